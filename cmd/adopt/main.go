// Adopt takes into a stack what exists already, without touching it: it writes Terraform's import blocks beside the
// stack, and tells which overrides the settings need so that Terraform would change nothing:
//
//	go run ./cmd/adopt [-settings webapp.yaml] [-environment NAME] [-stack NAME] [-service NAME] [-cluster NAME] [-load-balancer NAME] [-vpc ID]
//
// It changes nothing itself, neither in the account nor in the settings nor in the state. The overrides go to standard
// output, all else to standard error. docs/adopting.md has the steps.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"webapp/internal/adopt"
	"webapp/internal/assume"
	"webapp/internal/cli"
	"webapp/internal/terraform"
	"webapp/settings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(cli.Exit(err, os.Stderr))
}

// options are what the command line says.
type options struct {
	settings, environment, stack, outdir string
	wanted                               adopt.Wanted
	services                             []string // NAME, or that of the stack's service = NAME
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := cli.Flags("adopt", "adopt [options] > overrides.yaml")
	flags.StringVar(&o.settings, "settings", "webapp.yaml", "settings `file`")
	flags.StringVar(&o.environment, "environment", "", "the `environment`, where the file has several")
	flags.StringVar(&o.stack, "stack", "", "the `stack`, where an environment has several regions")
	flags.StringVar(&o.outdir, "outdir", "cdktf.out", "output `folder` of the synthesis")
	flags.StringVar(&o.wanted.VPC, "vpc", "", "`id` of the VPC (default that of the load balancer)")
	flags.StringVar(&o.wanted.LoadBalancer, "load-balancer", "", "`name` of the load balancer (default that of the service)")
	flags.StringVar(&o.wanted.Cluster, "cluster", "", "`name` of the ECS cluster (default the stack's)")
	flags.Func("service", "`name` of the ECS service (default the stack's); of one of several: STACK'S=EXISTING", func(value string) error {
		o.services = append(o.services, value)
		return nil
	})
	if err := cli.Parse(flags, args, stderr); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	s, err := load(o)
	if err != nil {
		return err
	}
	folder, stack, err := synthesize(ctx, o, s, stderr)
	if err != nil {
		return err
	}
	if o.wanted.Services, err = services(stack, o.services); err != nil {
		return err
	}
	matches, err := find(ctx, s, stack, o.wanted)
	if err != nil {
		return err
	}
	if err := matches.WriteTable(stderr); err != nil {
		return err
	}
	if err := matches.WriteImports(filepath.Join(folder, adopt.ImportsFile)); err != nil {
		return err
	}
	fmt.Fprintln(stderr, "\nPlanning")
	planned, err := planIn(ctx, folder, stderr)
	if err != nil {
		return err
	}
	return tell(o.settings, folder, stack, planned, out, stderr)
}

// load reads the settings of the one stack that something is adopted into.
func load(o options) (settings.Settings, error) {
	all, err := settings.Load(o.settings, settings.Options{Environment: o.environment})
	if err != nil {
		return settings.Settings{}, err
	}
	var names []string
	for _, s := range all {
		if s.StackName() == o.stack {
			return s, nil
		}
		names = append(names, s.StackName())
	}
	if o.stack != "" || len(all) > 1 {
		return settings.Settings{}, fmt.Errorf("%s has the stacks %s; adopt into one of them: -stack %s", o.settings, strings.Join(names, ", "), names[0])
	}
	return all[0], nil
}

// synthesize writes the stack by the program itself, so that no other one needs Node.
func synthesize(ctx context.Context, o options, s settings.Settings, stderr io.Writer) (folder string, stack adopt.Stack, err error) {
	program := exec.CommandContext(ctx, "go", "run", ".", "-settings", o.settings, "-environment", s.Environment, "-outdir", o.outdir)
	program.Stderr = stderr
	if err := program.Run(); err != nil {
		return "", stack, fmt.Errorf("synthesizing: %w", err)
	}
	folder = filepath.Join(o.outdir, "stacks", s.StackName())
	stack, err = adopt.ReadStack(filepath.Join(folder, "cdk.tf.json"))
	return folder, stack, err
}

// services reads the names of -service: the existing one's, by that of the stack's.
func services(stack adopt.Stack, given []string) (map[string]string, error) {
	names := stack.Services()
	known := strings.Join(names, ", ")
	all := map[string]string{}
	for _, text := range given {
		inStack, existing, both := strings.Cut(text, "=")
		if !both {
			if len(names) != 1 {
				return nil, fmt.Errorf("-service %s: the stack has the services %s; say which of them it is: "+
					"-service %s=%s", text, known, names[0], text)
			}
			inStack, existing = names[0], text
		}
		switch {
		case slices.Contains(names, inStack):
			all[inStack] = existing
		case slices.Contains(names, existing): // as an override names it since the last time
			all[existing] = existing
		default:
			return nil, fmt.Errorf("-service %s: the stack has no service %s; write one of %s", text, inStack, known)
		}
	}
	return all, nil
}

func find(ctx context.Context, s settings.Settings, stack adopt.Stack, wanted adopt.Wanted) (adopt.Matches, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return adopt.Matches{}, fmt.Errorf("reading the AWS environment: %w", err)
	}
	account, err := adopt.Read(ctx, assume.Role(cfg, s.AWS.Role, s.AWS.Region), stack, wanted)
	if err != nil {
		return adopt.Matches{}, err
	}
	return adopt.Find(stack, account), nil
}

// planIn has Terraform plan in the stack's folder.
func planIn(ctx context.Context, folder string, stderr io.Writer) (planned *tfjson.Plan, err error) {
	executable, err := terraform.Find(ctx, ".", stderr)
	if err != nil {
		return nil, err
	}
	tf, err := terraform.Open(executable, folder, nil, io.Discard)
	if err != nil {
		return nil, err
	}
	if err := tf.Init(ctx); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "adopt-")
	if err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	file := filepath.Join(scratch, "tfplan")
	if _, err := tf.Plan(ctx, tfexec.Out(file)); err != nil {
		return nil, fmt.Errorf("planning with the import blocks: %w", err)
	}
	if planned, err = tf.ShowPlanFile(ctx, file); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	return planned, nil
}

// tell says what the plan would do to what exists, and what comes next.
func tell(settingsFile, folder string, stack adopt.Stack, planned *tfjson.Plan, out, stderr io.Writer) error {
	kept, stubborn, noted, finished := adopt.Keep(stack, planned)
	if len(kept) > 0 {
		if err := adopt.WriteOverrides(out, kept); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "\nTerraform would change or replace %d of these. Add the overrides to %s, or the "+
			"settings that they name,\n"+
			"and run the same command again.\n", len(kept), settingsFile)
		return nil
	}
	if len(stubborn) > 0 {
		return fmt.Errorf("do not apply: Terraform would destroy or replace, whatever the overrides say,\n  %s", strings.Join(stubborn, "\n  "))
	}
	var imported, created int
	for _, change := range planned.ResourceChanges {
		if change.Change.Importing != nil {
			imported++
		}
		if change.Change.Actions.Create() {
			created++
		}
	}
	fmt.Fprintf(stderr, "\nTerraform would take over %d, create %d, and replace and destroy nothing.\n", imported, created)
	if len(noted) > 0 {
		fmt.Fprintf(stderr, "It would change these only in what AWS does not tell, such as whether Terraform waits "+
			"for them:\n  %s\n", strings.Join(noted, "\n  "))
	}
	if len(finished) > 0 {
		fmt.Fprintf(stderr, "It would bring these, which an earlier apply of this stack made, to what the settings "+
			"say:\n  %s\n",
			strings.Join(finished, "\n  "))
	}
	fmt.Fprintf(stderr, "Take it over, and remove the import blocks when they have done their work:\n  terraform "+
		"-chdir=%s apply\n  rm %s\n",
		folder, filepath.Join(folder, adopt.ImportsFile))
	return nil
}
