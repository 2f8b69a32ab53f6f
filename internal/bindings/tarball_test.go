package bindings

import (
	"bytes"
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
