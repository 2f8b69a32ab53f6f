// Webapp turns a settings file into the Terraform JSON of a web service on AWS. CDKTF runs it for synth, diff, deploy
// and destroy; it can be run by itself as well:
//
//	go run . [-settings webapp.yaml] [-environment name] [-outdir cdktf.out] [-c vpcname=name]
//	go run . check [-environment name] FILE...
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/cli"
	"webapp/internal/git"
	"webapp/internal/synth"
	"webapp/settings"
	"webapp/stacks"
)

// lockFile goes beside every stack, so that the program works outside its checkout too.
//
//go:embed .terraform.lock.hcl
var lockFile []byte

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without its process: it returns the exit code, 0 or 1.
func run(args []string, stdout, stderr io.Writer) int {
	err := synth.Run(func() error {
		if len(args) > 0 && args[0] == "check" {
			return check(args[1:], stdout, stderr)
		}
		return synthesize(args, stdout, stderr)
	})
	return cli.Exit(err, stderr)
}

// options are what the command line and the CDKTF context choose.
type options struct {
	settings, environment, outdir, vpcname string
}

// context are the options that the CDKTF context can set, by its keys.
func (o *options) context() map[string]*string {
	return map[string]*string{"settings": &o.settings, "environment": &o.environment, "vpcname": &o.vpcname}
}

func (o *options) load(file string) ([]settings.Settings, error) {
	return settings.Load(file, settings.Options{
		Environment: o.environment, VPCName: o.vpcname, Commit: git.LastChange(file),
	})
}

// synthesize writes the stacks of a settings file.
func synthesize(args []string, stdout, stderr io.Writer) error {
	o, err := newOptions()
	if err != nil {
		return err
	}
	if dir := os.Getenv("CDKTF_OUTDIR"); dir != "" {
		o.outdir = dir
	}
	flags := o.flags("webapp", "webapp [options]\n  webapp check [options] FILE...")
	flags.StringVar(&o.settings, "settings", o.settings, "read this settings `file`")
	flags.StringVar(&o.outdir, "outdir", o.outdir, "write into this `folder`")
	if err := cli.Parse(flags, args, stdout); err != nil {
		return err
	}
	if o.settings == "" {
		return errors.New("the settings file has no name; write it after -settings")
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	if o.outdir == "" {
		return errors.New("-outdir is empty; write the name of a folder, such as cdktf.out")
	}
	all, err := o.load(o.settings)
	if err != nil {
		return err
	}
	err = synth.Write(o.outdir, lockFile, func(app cdktf.App) error {
		return stacks.Build(app, all...)
	})
	if err == nil {
		printNotes(stderr, all)
	}
	return err
}

// check reports the problems of settings files, of all at once, and writes nothing.
func check(args []string, stdout, stderr io.Writer) error {
	o, err := newOptions()
	if err != nil {
		return err
	}
	flags := o.flags("webapp check", "webapp check [options] FILE...")
	if err := cli.Parse(flags, args, stdout); err != nil {
		return err
	}
	files := flags.Args()
	if len(files) == 0 {
		files = []string{o.settings}
	}
	var problems []error
	for _, file := range files {
		all, err := o.load(file)
		if err == nil {
			err = synth.Check(func(app cdktf.App) error { return stacks.Build(app, all...) })
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		fmt.Fprintf(stdout, "%s is valid: %s\n", file, strings.Join(stackNames(all), ", "))
		printNotes(stderr, all)
	}
	return errors.Join(problems...)
}

func printNotes(stderr io.Writer, all []settings.Settings) {
	if notes := settings.Notes(all); len(notes) > 0 {
		fmt.Fprintln(stderr, notes)
	}
}

func stackNames(all []settings.Settings) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.StackName())
	}
	return names
}

// newOptions returns the defaults, with the CDKTF context over them.
func newOptions() (options, error) {
	o := options{settings: "webapp.yaml", outdir: "cdktf.out"}
	return o, readContext(o.context())
}

// flags are those that all commands have.
func (o *options) flags(name, usage string) *flag.FlagSet {
	flags := cli.Flags(name, usage)
	flags.StringVar(&o.environment, "environment", o.environment, "take only this `environment` (default all)")
	known := o.context()
	flags.Func("c", "set `key=value` of the CDKTF context: vpcname, settings or environment", func(pair string) error {
		key, value, ok := strings.Cut(pair, "=")
		option := known[key]
		if option == nil || !ok {
			return errors.New("write vpcname=…, settings=… or environment=…")
		}
		*option = value
		return nil
	})
	return flags
}
