package bindings

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNeedlessWorkIsFound: a piece that another release of CDKTF writes in another way would stay as it is, and
// synthesis slow, without a word.
func TestNeedlessWorkIsFound(t *testing.T) {
	module, err := goCommand(t.Context(), project, "list", "-m", "-f", "{{.Dir}}", cdktfModule)
	if err != nil {
		t.Fatal(err)
	}
	tarballs, err := filepath.Glob(filepath.Join(strings.TrimSpace(module), "jsii", "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		t.Fatalf("%d tarballs, %v", len(tarballs), err)
	}
	files, err := readAll(tarballs[0])
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(needless, 2) {
		found := 0
		for name, content := range files {
			if strings.HasSuffix(name, ".js") {
				found += bytes.Count(content, []byte(pair[0]))
			}
		}
		if found != 1 {
			t.Errorf("CDKTF has this %d times, want once: %s", found, pair[0])
		}
	}
}

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
