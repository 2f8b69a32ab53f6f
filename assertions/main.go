package assertions

import (
	"fmt"
	"os"
	"testing"

	"webapp/internal/synth"
)

// Tests need no program's main to start jsii.
func init() { synth.Prepare() }

// cleansUp is set while Main runs.
var cleansUp bool

// Main runs the tests of a package that synthesizes stacks, and returns the exit code. CDKTF and jsii leave folders
// behind where they put temporary files; Main gives them a folder and removes it in the end. Each such package needs
//
//	func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }
func Main(m *testing.M) (code int) {
	stderr := os.Stderr // Finish silences os.Stderr
	folder, err := os.MkdirTemp("", "webapp-test-*")
	if err == nil {
		err = os.Setenv("TMPDIR", folder)
	}
	if err != nil {
		fmt.Fprintln(stderr, "making a temporary folder for the tests:", err)
		return 1
	}
	cleansUp = true
	defer func() {
		synth.Finish()
		if err := os.RemoveAll(folder); err != nil {
			fmt.Fprintln(stderr, "removing the temporary folder of the tests:", err)
			code = 1
		}
	}()
	return m.Run()
}

// needMain ends the test where Main does not run it.
func needMain(t testing.TB) {
	t.Helper()
	if !cleansUp {
		t.Fatal("synthesis would leave temporary folders behind; add to the tests of this package: " +
			"func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }")
	}
}
