package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// program is what users run: a binary of its own, since a test's binary links more than it does.
var program string

func TestMain(m *testing.M) {
	// Under nohup this signal is ignored, and programs that are started inherit that, unless somebody listens for it.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
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
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, ".")
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

// TestBadSettingsAreRefused runs the program on all invalid settings files, those of each environment at once. It
// reports all problems on standard error, prints nothing on standard output, exits with 1, and writes nothing.
func TestBadSettingsAreRefused(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("settings", "testdata", "bad", "*.txtar"))
	if err != nil || len(archives) < 40 {
		t.Fatalf("%d bad files, %v", len(archives), err)
	}
	folder := t.TempDir()
	files, want := map[string][]string{}, map[string]string{}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string]string{}
		for _, section := range archive.Files {
			sections[section.Name] = string(section.Data)
		}
		file := strings.TrimSuffix(filepath.Base(path), ".txtar") + ".yaml"
		if err := os.WriteFile(filepath.Join(folder, file), []byte(sections["webapp.yaml"]), 0o600); err != nil {
			t.Fatal(err)
		}
		environment := strings.TrimSpace(sections["environment"])
		files[environment] = append(files[environment], file)
		for line := range strings.Lines(sections["want"]) {
			want[environment] += strings.Replace(line, "webapp.yaml:", file+":", 1)
		}
	}
	for environment, all := range files {
		args := append([]string{"check"}, all...)
		if environment != "" {
			args = append(args, "--environment", environment)
		}
		command := exec.CommandContext(t.Context(), program, args...)
		command.Dir = folder
		var stdout, stderr strings.Builder
		command.Stdout, command.Stderr = &stdout, &stderr
		if err := command.Run(); command.ProcessState.ExitCode() != 1 {
			t.Errorf("environment %q: exit code %d, %v, want 1", environment, command.ProcessState.ExitCode(), err)
		}
		if diff := cmp.Diff(want[environment], stderr.String()); diff != "" {
			t.Errorf("environment %q: standard error (-want +got):\n%s", environment, diff)
		}
		if stdout.Len() > 0 {
			t.Errorf("environment %q: standard output: %s", environment, stdout.String())
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != len(archives) {
		t.Errorf("it wrote something: %d files, %v, want %d", len(left), err, len(archives))
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
