// Package cli holds what all command lines of the project have in common.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// Flags returns a set of flags for Parse. The usage is what -help prints above them: one line for each form.
func Flags(name, usage string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage:\n  %s\n", usage)
		options := 0
		flags.VisitAll(func(*flag.Flag) { options++ })
		if options > 0 {
			fmt.Fprintln(flags.Output(), "\nOptions:")
			flags.PrintDefaults()
		}
	}
	return flags
}

// Parse parses arguments. A mistake is an error, which its caller prints, and prints nothing itself; -help prints the
// usage and returns flag.ErrHelp.
func Parse(flags *flag.FlagSet, args []string, out io.Writer) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(out)
		flags.Usage()
		return err
	case err != nil:
		return fmt.Errorf("%w; see -help", err)
	}
	return nil
}

// Exit prints the error of a command, if there is one, and returns the exit code: 0, or 1 for an error.
func Exit(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, err)
	return 1
}
