package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageFile is a file that a page has its reader write.
var pageFile = regexp.MustCompile("(?s)<!-- e2e writes this file: (\\S+) -->\n```\\w+\n(.*?)```")

// TestGettingStarted follows docs/getting-started.md as a reader does: it writes the file that the page shows, and runs
// every block of commands in order.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/getting-started.md", nil)
	folder, programs := t.TempDir(), t.TempDir()
	run := func(folder, commands string) string {
		t.Helper()
		shell := exec.Command("bash", "-euo", "pipefail", "-c", commands) // not with t.Context(): it must clean up too
		shell.Dir = folder
		shell.Env = append(os.Environ(), "GOBIN="+programs,
			"PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"))
		output, err := shell.CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v\n%s", commands, err, output)
		}
		return string(output)
	}
	files := pageFile.FindAllSubmatch(page, -1)
	if len(files) != 1 {
		t.Fatalf("the page shows %d files, want 1", len(files))
	}
	if err := os.WriteFile(filepath.Join(folder, string(files[0][1])), files[0][2], 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := e2eBlock.FindAllSubmatch(page, -1)
	if all := strings.Count(string(page), "```sh\n"); len(blocks) != all {
		t.Errorf("of %d blocks of commands, %d are run", all, len(blocks))
	}
	for _, block := range blocks {
		name, commands := string(block[1]), string(block[2])
		report(t, name)
		switch name {
		case "install":
			onACore(func() { run(project, commands) })
		case "look":
			if got, want := run(folder, commands), "shop-staging\t1\n"; got != want {
				t.Errorf("the page's look around: got %q, want %q", got, want)
			}
		default:
			run(folder, commands)
		}
		if t.Failed() {
			run(folder, "webapp local down")
			return
		}
	}
}
