package synth

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

var errNodeEnded = errors.New("the Node.js that CDKTF runs in ended before the stacks were complete: it was killed, " +
	"lacks memory, or does " +
	"not work; see that `node --version` prints 20.9 or newer and that 500 MB of memory are free, and run again")

// failure is an error for what jsii panicked with. What a machine lacks is named, with the remedy. All else is a bug,
// of ours or of CDKTF: settings are checked before.
func failure(cause any) error {
	if err := machine(cause); err != nil && !debug() {
		return err
	}
	text := fmt.Sprint(cause)
	if !debug() {
		text, _, _ = strings.Cut(text, "\n")
	}
	return fmt.Errorf("synthesizing failed, which is a bug: %s (run again with WEBAPP_DEBUG=1 for all of it)", text)
}

// explain adds the remedy to an error, where it is one of the machine's.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if known := machine(err); known != nil {
		return known
	}
	return err
}

// machine returns the error for what is not the program's fault, or nil. Node's own errors come as text.
func machine(cause any) error {
	err, _ := cause.(error)
	text := fmt.Sprint(cause)
	first, _, _ := strings.Cut(text, "\n")
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, exec.ErrNotFound) || has("executable file not found"):
		return errors.New("CDKTF needs Node.js, but found no node on the PATH; install 20.9 or newer: " +
			"https://nodejs.org")
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) ||
		has("ENOSPC", "EDQUOT", "EFBIG"):
		return fmt.Errorf("the disk is full, or a limit is reached: %s; free some space, or set TMPDIR or --outdir "+
			"to a folder elsewhere", first)
	case has("no response received from child process", "broken pipe", "file already closed",
		"this process has been closed", "EOF"):
		return errNodeEnded
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%s; write with --outdir and TMPDIR to folders that you may write to", first)
	}
	return nil
}

func debug() bool { return os.Getenv("WEBAPP_DEBUG") != "" }
