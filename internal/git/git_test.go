package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// repository is a fresh one, with the tests' own name and settings rather than the machine's.
type repository struct {
	t      *testing.T
	folder string
}

func (r repository) git(arguments ...string) string {
	r.t.Helper()
	command := exec.Command("git", append([]string{"-C", r.folder}, arguments...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=a",
		"GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	output, err := command.Output()
	if err != nil {
		r.t.Fatalf("git %v: %v", arguments, err)
	}
	return string(output[:max(0, len(output)-1)])
}

func (r repository) write(name, text string) string {
	r.t.Helper()
	path := filepath.Join(r.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func TestLastChange(t *testing.T) {
	r := repository{t, t.TempDir()}
	want := func(file, commit string) {
		t.Helper()
		if got := LastChange(file); got != commit {
			t.Errorf("%s: got %q, want %q", filepath.Base(file), got, commit)
		}
	}
	file := r.write("webapp.yaml", "a")
	want(file, "") // no repository
	r.git("init", "--quiet")
	want(file, "") // never committed
	r.git("add", ".")
	r.git("commit", "--quiet", "-m", "one")
	one := r.git("rev-parse", "HEAD")
	want(file, one)
	r.write("other.yaml", "b")
	r.git("add", ".")
	r.git("commit", "--quiet", "-m", "two")
	want(file, one)
	r.write("webapp.yaml", "c")
	want(file, one+"-changed")

	shallow := repository{t, filepath.Join(t.TempDir(), "clone")}
	r.git("clone", "--quiet", "--depth", "1", "file://"+r.folder, shallow.folder)
	want(filepath.Join(shallow.folder, "webapp.yaml"), "")
}
