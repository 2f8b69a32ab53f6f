package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/spf13/cobra"

	"webapp/internal/adopt"
	"webapp/internal/adopt/snapshot"
	"webapp/internal/assume"
	"webapp/internal/terraform"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// adoption is what the command line says.
type adoption struct {
	from     source
	to       output
	selector snapshot.Selector
	services []string // NAME, or that of the stack's service = NAME
}

func (p Program) adopt() *cobra.Command {
	var a adoption
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Take into a stack what exists already, without touching it",
		Long: `Take into a stack what exists already, without touching it.

It synthesizes the stack, finds in the account what its resources could be, and writes Terraform's import blocks beside
the stack. Then it plans, and prints the overrides that the settings need so that Terraform changes nothing: these go to
standard output, and all else to standard error. It changes nothing itself, neither in the account nor in the settings
nor in the state. docs/adopting.md has the steps.`,
		Example: "  webapp adopt --settings shop.yaml --cluster production --ecs-service shop-web > overrides.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilSignal()
			defer stop()
			return a.run(ctx, cmd, p)
		},
	}
	noArguments(cmd)
	a.from.addFlags(cmd)
	a.to.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&a.selector.VPC, "vpc", "", "the `id` of the existing VPC (default that of the load balancer)")
	flags.StringVar(&a.selector.LoadBalancer, "load-balancer", "",
		"the `name` of the existing load balancer (default that of the service)")
	flags.StringVar(&a.selector.Cluster, "cluster", "", "the `name` of the existing ECS cluster (default the stack's)")
	flags.StringArrayVar(&a.services, "ecs-service", nil,
		"the `name` of the existing ECS service (default the stack's); of one of several: STACK'S=EXISTING")
	return cmd
}

func (a adoption) run(ctx context.Context, cmd *cobra.Command, p Program) error {
	out, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	all, err := a.from.load(cmd)
	if err != nil {
		return err
	}
	s, err := a.chosen(all)
	if err != nil {
		return err
	}
	if err := p.write(a.to.folder, []settings.Stack{s}); err != nil {
		return err
	}
	file := stackFile(a.to.folder, s.StackName())
	stack, err := tfstack.Read(file)
	if err != nil {
		return err
	}
	if a.selector.Services, err = existingServices(stack, a.services); err != nil {
		return err
	}
	matches, err := find(ctx, s, stack, a.selector)
	if err != nil {
		return err
	}
	if err := matches.WriteTable(stderr); err != nil {
		return err
	}
	folder := filepath.Dir(file)
	if err := matches.WriteImports(filepath.Join(folder, adopt.ImportsFile)); err != nil {
		return err
	}
	fmt.Fprintln(stderr, "\nPlanning")
	planned, err := planIn(ctx, folder, stderr)
	if err != nil {
		return err
	}
	return printResult(a.from.file, folder, stack, planned, out, stderr)
}

// chosen is the one stack that something is adopted into.
func (a adoption) chosen(all []settings.Stack) (settings.Stack, error) {
	if len(all) > 1 {
		names := stackNames(all)
		return settings.Stack{}, fmt.Errorf("%s has the stacks %s; adopt into one of them: --stack %s",
			a.from.file, strings.Join(names, ", "), names[0])
	}
	return all[0], nil
}

// existingServices reads the names of --ecs-service: the existing one's, by that of the stack's.
func existingServices(stack *tfstack.Stack, given []string) (map[string]string, error) {
	names := snapshot.ServiceNames(stack)
	known := strings.Join(names, ", ")
	all := map[string]string{}
	for _, text := range given {
		inStack, existing, both := strings.Cut(text, "=")
		if !both {
			if len(names) != 1 {
				return nil, fmt.Errorf("--ecs-service %s: the stack has the services %s; say which of them it is: "+
					"--ecs-service %s=%s", text, known, names[0], text)
			}
			inStack, existing = names[0], text
		}
		switch {
		case slices.Contains(names, inStack):
			all[inStack] = existing
		case slices.Contains(names, existing): // as an override names it since the last time
			all[existing] = existing
		default:
			return nil, fmt.Errorf("--ecs-service %s: the stack has no service %s; write one of %s",
				text, inStack, known)
		}
	}
	return all, nil
}

func find(
	ctx context.Context, s settings.Stack, stack *tfstack.Stack, selector snapshot.Selector,
) (adopt.Matches, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return adopt.Matches{}, fmt.Errorf("reading the AWS environment: %w", err)
	}
	existing, err := snapshot.Read(ctx, assume.Role(cfg, s.AWS.Role, s.AWS.Region), stack, selector)
	if err != nil {
		return adopt.Matches{}, err
	}
	return adopt.Find(stack, existing), nil
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

// printResult says what the plan would do to what exists, and what comes next.
func printResult(settingsFile, folder string, stack *tfstack.Stack, planned *tfjson.Plan, out, stderr io.Writer) error {
	a := adopt.Assess(stack, planned)
	if len(a.Overrides) > 0 {
		if err := adopt.WriteOverrides(out, a.Overrides); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "\nTerraform would change or replace %d of these. Add the overrides to %s, or the "+
			"settings that they name,\n"+
			"and run the same command again.\n", len(a.Overrides), settingsFile)
		return nil
	}
	if len(a.Unresolved) > 0 {
		return fmt.Errorf("do not apply: whatever the overrides say, Terraform would destroy or replace\n  %s",
			strings.Join(a.Unresolved, "\n  "))
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
	fmt.Fprintf(stderr, "\nTerraform would take over %d, create %d, and replace and destroy nothing.\n",
		imported, created)
	if len(a.Cosmetic) > 0 {
		fmt.Fprintf(stderr, "It would change these only in what AWS does not store, such as whether Terraform waits "+
			"for them:\n  %s\n", strings.Join(a.Cosmetic, "\n  "))
	}
	if len(a.Completed) > 0 {
		fmt.Fprintf(stderr, "It would complete these, which an interrupted apply of this stack created:\n  %s\n",
			strings.Join(a.Completed, "\n  "))
	}
	fmt.Fprintf(stderr, "Take it over, and remove the import blocks when they have done their work:\n  terraform "+
		"-chdir=%s apply\n  rm %s\n",
		folder, filepath.Join(folder, adopt.ImportsFile))
	return nil
}
