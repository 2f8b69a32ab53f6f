package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// program is what users run: a binary of its own, since a test's binary links more than it does.
var program string

func TestMain(m *testing.M) {
	os.Exit(buildProgram(m))
}

func buildProgram(m *testing.M) int {
	folder, err := os.MkdirTemp("", "webapp-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "webapp")
	build := exec.Command("go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// TestGoodSettingsAreAccepted runs the program on all valid settings files at once. It synthesizes each of them, too.
func TestGoodSettingsAreAccepted(t *testing.T) {
	files := goodFiles(t)
	var stdout, stderr strings.Builder
	command := exec.CommandContext(t.Context(), program, append([]string{"check"}, files...)...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
	if lines := strings.Count(stdout.String(), " is valid: "); lines != len(files) {
		t.Errorf("%d of %d files are valid:\n%s", lines, len(files), &stdout)
	}
}

// goodFiles returns all valid settings files: the examples, and those of tests.
func goodFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"examples/*.yaml", "settings/testdata/*.yaml", "settings/testdata/good/*.yaml"} {
		matches, err := filepath.Glob(pattern)
		if err != nil || len(matches) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(matches), err)
		}
		files = append(files, matches...)
	}
	return files
}

// TestBadSettingsAreRefused runs the program on every invalid settings file. It reports all problems on standard error,
// prints nothing on standard output, exits with 1, and writes nothing.
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
			err = os.WriteFile(filepath.Join(folder, "webapp.yaml"), []byte(sections["webapp.yaml"]), 0o600)
			if err != nil {
				t.Fatal(err)
			}
			environment := strings.TrimSpace(sections["environment"])
			command := exec.CommandContext(t.Context(), program, "--environment", environment)
			command.Dir = folder
			var stdout, stderr strings.Builder
			command.Stdout, command.Stderr = &stdout, &stderr
			if err := command.Run(); command.ProcessState.ExitCode() != 1 {
				t.Errorf("exit code %d, %v, want 1", command.ProcessState.ExitCode(), err)
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

// TestProgram runs the scripts, which call the program as a user does, with its files, messages and exit codes.
func TestProgram(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
			return nil
		},
	})
}
