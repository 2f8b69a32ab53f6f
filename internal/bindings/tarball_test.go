package bindings

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestBundleIsTheSameEveryTime: with other bytes every program would be linked again, and jsii would unpack the package
// into its cache once more.
func TestBundleIsTheSameEveryTime(t *testing.T) {
	files := npmPackage{
		indexFile:             []byte("exports.part = require('./part');"),
		"package/lib/part.js": []byte("exports.name = __filename ? 'part' : '';"),
	}
	first, err := files.bundle()
	if err != nil {
		t.Fatal(err)
	}
	second, err := files.bundle()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("two bundles of the same files:\n%s\n%s", first, second)
	}
}

// TestBundleKeepsTheNamesOfClasses: CDKTF's errors hold them.
func TestBundleKeepsTheNamesOfClasses(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	script, err := npmPackage{indexFile: []byte(`
		class App { static of(x) { return x instanceof App; } static none = new App(); }
		exports.App = App;
	`)}.bundle()
	if err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), node, "--eval", string(script)+"\nconsole.log(new "+
		"module.exports.App().constructor.name)").CombinedOutput()
	if got := strings.TrimSpace(string(printed)); err != nil || got != "App" {
		t.Errorf("the class is named %q, %v", got, err)
	}
}
