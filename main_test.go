package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"webapp/internal/synth"
)

// TestMain makes the program itself a command of the scripts: it runs in a process of its own.
func TestMain(m *testing.M) {
	synth.Prepare() // also removes what jsii has put into the temporary folder by now
	testscript.Main(m, map[string]func(){"webapp": main})
}

// TestBadSettingsAreRefused runs the program on every bad settings file: it tells all problems on standard error and
// nothing on standard output, exits with 1, and writes nothing.
func TestBadSettingsAreRefused(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("settings", "testdata", "bad", "*.txtar"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := map[string]string{}
			for _, section := range archive.Files {
				sections[section.Name] = string(section.Data)
			}
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "webapp.yaml"), []byte(sections["webapp.yaml"]), 0o600); err != nil {
				t.Fatal(err)
			}
			program := exec.CommandContext(t.Context(), "webapp", "-environment", strings.TrimSpace(sections["environment"]))
			program.Dir = folder
			var stdout, stderr strings.Builder
			program.Stdout, program.Stderr = &stdout, &stderr
			if err := program.Run(); program.ProcessState.ExitCode() != 1 {
				t.Errorf("exit code %d, %v, want 1", program.ProcessState.ExitCode(), err)
			}
			if diff := cmp.Diff(sections["want"], stderr.String()); diff != "" {
				t.Errorf("standard error (-want +got):\n%s", diff)
			}
			if stdout.Len() > 0 {
				t.Errorf("standard output: %s", stdout.String())
			}
			left, err := os.ReadDir(folder)
			if err != nil || len(left) != 1 {
				t.Errorf("it wrote something: %v, %v", left, err)
			}
		})
	}
}

// TestProgram runs the scripts: the program as a user does, with its files, messages and exit codes.
func TestProgram(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			return nil
		},
	})
}
