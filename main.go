// Webapp turns a settings file into the Terraform JSON of a web service on AWS. CDKTF runs it for synth, diff, deploy and
// destroy; it can be run by itself as well:
//
//	go run . [-settings webapp.yaml] [-environment name] [-outdir cdktf.out] [-c vpcname=name]
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/git"
	"webapp/internal/synth"
	"webapp/settings"
	"webapp/stacks"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run is main without its process: it returns the exit code, 0 or 1.
func run(args []string, stderr io.Writer) int {
	synth.Prepare()
	defer synth.Finish()
	options, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = synthesize(options, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// options are what the command line and the CDKTF context choose.
type options struct {
	settings, environment, outdir, vpcname string
}

func synthesize(o options, stderr io.Writer) error {
	all, err := settings.Load(o.settings, settings.Options{
		Environment: o.environment, VPCName: o.vpcname, Commit: git.LastChange(o.settings),
	})
	if err != nil {
		return err
	}
	err = synth.Write(o.outdir, synth.LockFile, func(app cdktf.App) error {
		return stacks.Build(app, all...)
	})
	if notes := settings.Notes(all); err == nil && len(notes) > 0 {
		fmt.Fprintln(stderr, notes)
	}
	return err
}

// parseFlags reads the command line over the CDKTF context.
func parseFlags(args []string, stderr io.Writer) (options, error) {
	context, err := readContext()
	if err != nil {
		return options{}, err
	}
	o := options{settings: "webapp.yaml", outdir: "cdktf.out"}
	known := map[string]*string{"settings": &o.settings, "environment": &o.environment, "vpcname": &o.vpcname}
	for key, value := range known {
		if v, ok := context[key].(string); ok && v != "" {
			*value = v
		}
	}
	if dir := os.Getenv("CDKTF_OUTDIR"); dir != "" {
		o.outdir = dir
	}
	flags := flag.NewFlagSet("webapp", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.settings, "settings", o.settings, "settings `file`")
	flags.StringVar(&o.environment, "environment", o.environment, "the only `environment` to synthesize (default all)")
	flags.StringVar(&o.outdir, "outdir", o.outdir, "output `folder`")
	flags.Func("c", "CDKTF context, `key=value`: vpcname, settings or environment", func(pair string) error {
		key, value, _ := strings.Cut(pair, "=")
		into, ok := known[key]
		if !ok {
			return errors.New("write vpcname=…, settings=… or environment=…")
		}
		*into = value
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	return o, nil
}

// readContext reads the CDKTF context as CDKTF does: from cdktf.json, which its command line hands over in
// CDKTF_CONTEXT_JSON. Run by itself, without that command line, the variable wins over the file.
func readContext() (map[string]any, error) {
	if text := os.Getenv("CDKTF_CONTEXT_JSON"); text != "" {
		var context map[string]any
		if err := json.Unmarshal([]byte(text), &context); err != nil {
			return nil, fmt.Errorf("reading CDKTF_CONTEXT_JSON: %w", err)
		}
		return context, nil
	}
	text, err := os.ReadFile("cdktf.json")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var config struct{ Context map[string]any }
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("reading cdktf.json: %w", err)
	}
	return config.Context, nil
}
