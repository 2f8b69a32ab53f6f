package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ownTest is the test that docs/testing.md shows.
var ownTest = regexp.MustCompile("(?s)<!-- a test compiles and runs this file: tests/team_test.go -->\n```go\n(.*?)```")

// TestPageOnOwnTests compiles the test that the page shows, and runs it with a settings file that keeps its rules and
// with one that breaks them.
func TestPageOnOwnTests(t *testing.T) {
	source := ownTest.FindStringSubmatch(read(t, "docs/testing.md"))
	if source == nil {
		t.Fatal("docs/testing.md shows no test")
	}
	folder := t.TempDir()
	own := filepath.Join(folder, "tests")
	write(t, filepath.Join(own, "team_test.go"), source[1])
	root, err := filepath.Abs(project)
	if err != nil {
		t.Fatal(err)
	}
	// Go takes the file for one in the folder of the project.
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "tests", "team_test.go"): filepath.Join(own, "team_test.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "overlay.json"), string(overlay))
	program := filepath.Join(folder, "own.test")
	compile := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-c", "-o", program, "-overlay",
		filepath.Join(folder, "overlay.json"), "./tests")
	compile.Dir = root
	if output, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}

	example := read(t, "examples/webapp.yaml")
	for _, tc := range []struct {
		name, settings string
		passes         bool
	}{
		{"that keeps the rules", example, true},
		{"that breaks one", strings.Replace(example, "public: true", "public: false", 1), false},
	} {
		write(t, filepath.Join(folder, "webapp.yaml"), tc.settings)
		run := exec.CommandContext(t.Context(), program)
		run.Dir = own
		if output, err := run.CombinedOutput(); (err == nil) != tc.passes {
			t.Errorf("beside a file %s: %v\n%s", tc.name, err, output)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
