// Package commands holds the program's command line: a file for each command, and a folder for the large ones.
//
//	synth        settings → Terraform JSON; the default
//	check        the problems of settings files
//	local        the stacks on an AWS on this machine
//	simulate     how a service scales under a load
//	recommend    the settings that take the load with the fewest tasks
//	adopt        import blocks for what exists already
//	convert      a settings file from that of another tool
//	review       what a Terraform plan would do
//	run          a command once, in a task of its own
//	permissions  the IAM policies that deploying or planning takes
//	diagram      pictures of the stacks
//	schema       the JSON schema of a settings file
//	version
//
// A command exits with 0, or with 1 where there is a problem, which it prints once, on standard error. Other exit codes
// are in a command's help.
package commands

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Program is the command line, with the files that it carries.
type Program struct {
	LockFile []byte // Terraform's dependency lock file, which is written beside every stack
	Schema   []byte // the JSON schema of a settings file
}

// Run runs a command line and returns the process's exit code.
func (p Program) Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := p.root()
	root.SetArgs(doubleDashes(root, args))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	var exit exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return 1
}

// exitError is an error with an exit code of its own.
type exitError struct {
	error
	code int
}

func (e exitError) Unwrap() error { return e.error }

func (p Program) root() *cobra.Command {
	root := p.synth() // without a command
	root.Use = "webapp"
	root.Short = "Turn a settings file into the Terraform JSON of a web service on AWS"
	root.Long = root.Short + ".\n\nWithout a command it does what synth does. Options may be written with one dash " +
		"or two.\nIt exits with 0, or with 1 where there is a problem; a command's help names its other exit codes."
	root.Example = "  webapp check                       see whether webapp.yaml is valid\n" +
		"  webapp --settings shop.yaml        write its Terraform JSON into cdktf.out\n" +
		"  webapp local up                    deploy webapp.yaml to an AWS on this machine"
	root.Args = unknownCommand
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.synth(), p.check(), p.local(), simulate(), recommend(), p.adopt(), convertFile(), reviewPlan(),
		runTask(), p.permissions(), p.diagram(), p.schema(), version())
	return root
}

// noArguments refuses arguments. Shells complete none either.
func noArguments(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unexpected argument %q; see %s --help", args[0], cmd.CommandPath())
		}
		return nil
	}
	cmd.ValidArgsFunction = cobra.NoFileCompletions
}

// unknownCommand refuses what is written in the place of a subcommand, and suggests the nearest one.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + near[0] + "?"
	}
	return fmt.Errorf("unknown command %q for %s%s; see %s --help", args[0], cmd.CommandPath(), hint, cmd.CommandPath())
}

// flagError adds to an error of the flags what to do about it.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	}
	hint, nearest := "", 3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if distance := levenshtein.Distance(unknown.GetSpecifiedName(), f.Name, nil); distance < nearest {
			hint, nearest = "; did you mean --"+f.Name+"?", distance
		}
	})
	return fmt.Errorf("%w%s; see %s --help", err, hint, cmd.CommandPath())
}

// doubleDashes completes long options that are written with one dash, as Go's and Terraform's are: -settings becomes
// --settings. What begins with a one-letter option, such as -cvpcname=shared, is that one, and -1m is a negative value.
func doubleDashes(root *cobra.Command, args []string) []string {
	long, short := map[string]bool{"help": true}, map[string]bool{"h": true}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			long[f.Name] = true
			short[cmp.Or(f.Shorthand, f.Name)] = true
		})
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit(root)
	completed := make([]string, len(args))
	for i, arg := range args {
		completed[i] = arg
		if arg == "--" {
			return append(completed[:i], args[i:]...)
		}
		name, isFlag := strings.CutPrefix(arg, "-")
		name, _, _ = strings.Cut(name, "=")
		isLong := isFlag && len(name) > 1 && !strings.ContainsRune("-0123456789", rune(name[0]))
		if isLong && (long[name] || !short[name[:1]]) {
			completed[i] = "-" + arg
		}
	}
	return completed
}
