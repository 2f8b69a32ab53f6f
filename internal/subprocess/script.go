package subprocess

import (
	"os"
	"syscall"
)

// WriteScript writes a script that can be run at once. A process that is forked while the file is open for writing has
// it open as well until it executes its program, and the script cannot be run before that: "text file busy"
// (golang.org/issue/22315).
func WriteScript(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o700)
}
