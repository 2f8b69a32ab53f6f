package snapshot

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webapp/internal/subprocess"
)

// program stands in for jsii's kernel, whose file has the same two parts. It prints what it was loaded with, the name
// of the package in the folder that it is told to load, and what describes the package.
const program = `
var __webpack_modules__ = { 7: () => ({ message: 'loaded' }) };
function __webpack_require__(id) { return (cache[id] ??= __webpack_modules__[id]()); }
const cache = {};
        function loadAssemblyFromPath(directory, validate = true) {
            return { types: { Shop: 'described in its folder' } };
        }

var __webpack_exports__ = {};

(() => {
    const found = __webpack_require__(7);
    const folder = process.argv[2];
    const { name } = require('module').createRequire(process.argv[1])(folder + '/lib/index.js');
    console.log(found.message, name, loadAssemblyFromPath(folder).types.Shop);
})();
//# sourceMappingURL=program.js.map`

// TestNodeStartsWithWhatIsLoaded starts Node in another folder than that in which the snapshot was made.
func TestNodeStartsWithWhatIsLoaded(t *testing.T) {
	const script = "globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; exports.name = " +
		"`package of evaluation ${globalThis.evaluations} in ${process.cwd()}`"
	const types = `{"types": {"Shop": "described in memory"}}`
	shop := string(Mark([]byte(script), []byte(types)))
	node := write(t, Contents{Program: program, Packages: map[string]Package{"shop": {Script: shop, Types: types}}})
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	start := filepath.Join(folder, "start.js")
	if err := os.WriteFile(start, []byte("globalThis.jsiiKernel()"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ script, want string }{
		"the same": {shop, "loaded package of evaluation 1 in " + here + " described in memory"},
		"another script": {string(Mark([]byte(script+" + ', changed'"), []byte(types))),
			"loaded package of evaluation 2 in " + folder + ", changed described in its folder"},
		"other types": {string(Mark([]byte(script), []byte("{}"))),
			"loaded package of evaluation 2 in " + folder + " described in its folder"},
		"no mark": {script, "loaded package of evaluation 2 in " + folder + " described in its folder"},
	} {
		t.Run(name, func(t *testing.T) {
			shop := t.TempDir()
			file := filepath.Join(shop, "lib", "index.js")
			if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(c.script), 0o600)); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), node, start, shop)
			command.Dir = folder
			command.Env = append(os.Environ(), optionsVariable+"="+options)
			printed, err := command.CombinedOutput()
			if got := string(bytes.TrimSpace(printed)); err != nil || got != c.want {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
}

// TestSnapshotIsForOneNode: Node refuses to start with the snapshot of another Node, or with other options.
func TestSnapshotIsForOneNode(t *testing.T) {
	folder := filepath.Dir(write(t, Contents{Program: program, Packages: map[string]Package{}}))
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
	node := write(t, Contents{Program: program, Packages: map[string]Package{}})
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

// TestNodeReadsNoAuthorities: Node warns of authorities that it cannot read.
func TestNodeReadsNoAuthorities(t *testing.T) {
	t.Setenv("NODE_EXTRA_CA_CERTS", filepath.Join(t.TempDir(), "missing.pem"))
	node := write(t, Contents{Program: program, Packages: map[string]Package{}})
	start := filepath.Join(t.TempDir(), "start.js")
	if err := os.WriteFile(start, []byte("console.log('started')"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, start)
	command.Env = append(os.Environ(), optionsVariable+"="+options)
	printed, err := command.CombinedOutput()
	if got := string(printed); err != nil || got != "started\n" {
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
