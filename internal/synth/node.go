package synth

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"

	"github.com/aws/jsii-runtime-go"

	"early"

	"webapp/internal/snapshot"
)

// Prepare comes first in a program that synthesizes. It silences jsii's banner for Node versions that are past their
// end of life but work. jsii prepares its process while Go initializes packages, with the environment of that moment,
// so it has to prepare another one. The fast bindings then need one process less (internal/bindings/runtime).
func Prepare() {
	early.Undo()
	_ = os.Setenv("NODE_PRESERVE_SYMLINKS", "1")
	_ = os.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20,22")
	if node := loadedNode(); node != "" {
		_ = os.Setenv(snapshot.JSIINode, node)
	}
	jsii.Close()
}

// loadedNode returns what starts Node with jsii and CDKTF in its memory already. It is "" where there is no such
// snapshot beside the jsii that this program was compiled with, which is so with the whole bindings.
func loadedNode() string {
	function := runtime.FuncForPC(reflect.ValueOf(jsii.Close).Pointer())
	file, _ := function.FileLine(function.Entry())
	if !filepath.IsAbs(file) {
		return "" // compiled for other machines, with -trimpath
	}
	return snapshot.Launcher(filepath.Join(filepath.Dir(file), "..", filepath.Base(snapshot.Folder)))
}

// Finish comes last: it ends jsii's Node process and removes its temporary files. jsii waits for the process twice, and
// prints the second wait's failure ("exited abnormally: waitid: no child processes"), which would only worry people, so
// nothing more is printed to os.Stderr.
func Finish() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
