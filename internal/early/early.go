// Package early keeps jsii from extracting its runtime while Go initializes packages, before main can say what is
// wrong: where there is no temporary folder, that ends in a panic. Go initializes packages in the order of their paths
// where it can choose, and this one comes before jsii's. That is why it is a module of its own.
package early

import "os"

const (
	variable = "JSII_RUNTIME"
	nothing  = ": # never started" // a shell's command
)

var given = os.Getenv(variable)

func init() { _ = os.Setenv(variable, nothing) }

// Undo lets jsii extract its runtime again, or use the one that the environment names.
func Undo() {
	if given == "" || given == nothing { // that of a parent process
		_ = os.Unsetenv(variable)
	} else {
		_ = os.Setenv(variable, given)
	}
}
