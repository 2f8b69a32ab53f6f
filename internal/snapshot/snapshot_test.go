package snapshot

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webapp/internal/subprocess"
)

// program stands in for jsii's kernel, whose file has the same two parts. It prints what it was loaded with, and the
// name of the package that it is told to load.
const program = `
var __webpack_modules__ = { 7: () => ({ message: 'loaded' }) };
function __webpack_require__(id) { return (cache[id] ??= __webpack_modules__[id]()); }
const cache = {};

var __webpack_exports__ = {};

(() => {
    const found = __webpack_require__(7);
    console.log(found.message, require('module').createRequire(process.argv[1])(process.argv[2]).name);
})();
//# sourceMappingURL=program.js.map`

// TestNodeStartsWithWhatIsLoaded starts Node in another folder than that in which the snapshot was made.
func TestNodeStartsWithWhatIsLoaded(t *testing.T) {
	const text = "globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; exports.name = " +
		"`package of evaluation ${globalThis.evaluations} in ${process.cwd()}`"
	node := write(t, Contents{Program: program, Packages: map[string]string{"shop": text}})
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	start := filepath.Join(folder, "start.js")
	for file, content := range map[string]string{
		start:                               "globalThis.jsiiKernel()",
		filepath.Join(folder, "same.js"):    text,
		filepath.Join(folder, "changed.js"): text + " + ', changed'",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		"same.js":    "loaded package of evaluation 1 in " + here,
		"changed.js": "loaded package of evaluation 2 in " + folder + ", changed",
	} {
		command := exec.CommandContext(t.Context(), node, start, filepath.Join(folder, file))
		command.Dir = folder
		command.Env = append(os.Environ(), optionsVariable+"="+options)
		printed, err := command.CombinedOutput()
		if got := string(bytes.TrimSpace(printed)); err != nil || got != want {
			t.Errorf("%s: got %q and %v, want %q", file, got, err, want)
		}
	}
}

// TestSnapshotIsForOneNode: Node refuses to start with the snapshot of another Node, or with other options.
func TestSnapshotIsForOneNode(t *testing.T) {
	folder := filepath.Dir(write(t, Contents{Program: program, Packages: map[string]string{}}))
	other := t.TempDir()
	if err := subprocess.WriteScript(filepath.Join(other, "node"), "#!/bin/sh\n"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, variable, value string }{
		{"another Node comes first", "PATH", other},
		{"there is no Node", "PATH", t.TempDir()},
		{"the user gives Node options", optionsVariable, "--no-warnings"},
		{"the user chooses Node", JSIINode, "node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			if got := Launcher(folder); got != "" {
				t.Errorf("got %s, want none", got)
			}
		})
	}
	if got := Launcher(t.TempDir()); got != "" {
		t.Errorf("an empty folder has %s", got)
	}
	if Launcher(folder) == "" {
		t.Error("the snapshot is not used where nothing has changed")
	}
}

// TestPathsMayHaveSpaces starts Node from a folder whose name a shell would take for several words.
func TestPathsMayHaveSpaces(t *testing.T) {
	node := write(t, Contents{Program: program, Packages: map[string]string{}})
	moved := filepath.Join(t.TempDir(), `it's "mine" $HOME`)
	if err := os.CopyFS(moved, os.DirFS(filepath.Dir(node))); err != nil {
		t.Fatal(err)
	}
	start := filepath.Join(moved, "start.js")
	if err := os.WriteFile(start, []byte("console.log(typeof jsiiKernel)"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(moved, "node"), start)
	command.Env = append(os.Environ(), optionsVariable+"="+options)
	printed, err := command.CombinedOutput()
	if got := strings.TrimSpace(string(printed)); err != nil || got != "function" {
		t.Errorf("got %q and %v", got, err)
	}
}

// write writes a snapshot, and returns what starts Node with it.
func write(t *testing.T, contents Contents) string {
	t.Helper()
	t.Setenv(JSIINode, "")
	t.Setenv(optionsVariable, "")
	folder := t.TempDir()
	if err := Write(t.Context(), folder, contents); err != nil {
		t.Fatal(err)
	}
	return Launcher(folder)
}
