package terraform

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webapp/internal/subprocess"
)

func TestFindPrefersASupportedTerraformOnThePath(t *testing.T) {
	project, onPath := t.TempDir(), t.TempDir()
	installFake(t, onPath, "1.12.0")
	t.Setenv("PATH", onPath+":"+os.Getenv("PATH"))
	var said bytes.Buffer
	got, err := Find(t.Context(), project, &said)
	if want := filepath.Join(onPath, "terraform"); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if said.Len() > 0 {
		t.Errorf("it says %q although nothing is to be installed", said.String())
	}
}

func TestFindTakesTheInstalledOneWhereThePathHasATooOldOne(t *testing.T) {
	project, onPath := t.TempDir(), t.TempDir()
	installFake(t, onPath, "1.5.7")
	installFake(t, filepath.Join(project, ".tools"), Pinned)
	t.Setenv("PATH", onPath+":/usr/bin:/bin")
	got, err := Find(t.Context(), project, &bytes.Buffer{})
	if want := filepath.Join(project, ".tools", "terraform"); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestStackRunsInItsFolderWithItsEnvironment(t *testing.T) {
	folder := t.TempDir()
	script(t, filepath.Join(folder, "terraform"),
		`echo "$PWD: $*"; echo "$AWS_ENDPOINT_URL $FROM_OUTSIDE ${TF_INPUT-unset}"`)
	t.Setenv("FROM_OUTSIDE", "kept")
	t.Setenv("AWS_ENDPOINT_URL", "http://real.example.com")
	var said bytes.Buffer
	stack, err := Open(filepath.Join(folder, "terraform"), folder,
		map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, &said)
	if err != nil {
		t.Fatal(err)
	}
	if err := stack.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s: init -input=false -no-color -lockfile=readonly\nhttp://127.0.0.1:1 kept unset\n", folder)
	if got := said.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFailedInitTellsWhatTerraformSaid(t *testing.T) {
	folder := t.TempDir()
	script(t, filepath.Join(folder, "terraform"), `echo "Error: no such provider"; exit 1`)
	stack, err := Open(filepath.Join(folder, "terraform"), folder, nil, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "running terraform init: exit status 1\nError: no such provider"
	if err := stack.Init(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// installFake makes a terraform that knows its version only.
func installFake(t *testing.T, folder, version string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	script(t, filepath.Join(folder, "terraform"), fmt.Sprintf(`echo 'Terraform v%s'`, version))
}

func script(t *testing.T, path string, lines ...string) {
	t.Helper()
	if err := subprocess.WriteScript(path, "#!/bin/sh\n"+strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
}
