package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"webapp/internal/assume"
	"webapp/internal/inventory"
	"webapp/internal/localaws"
	"webapp/internal/terraform"
	"webapp/settings"
)

var outdir = filepath.Join(folder, "cdktf.out")

var started = time.Now()

// step says what comes next, and how long it took to get here.
func step(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "[%3.0f s] %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, args...))
}

func up(ctx context.Context, settingsFile string, out io.Writer) error {
	// A mistake in the settings is told before anything is started.
	all, err := settings.Load(settingsFile, settings.Options{})
	if err != nil {
		return err
	}
	executable, err := terraform.Find(ctx, ".", out)
	if err != nil {
		return err
	}
	step(out, "Starting the local AWS")
	server, err := start(ctx, out)
	if err != nil {
		return err
	}

	step(out, "Synthesizing %s", settingsFile)
	synthesize := exec.CommandContext(ctx, "go", "run", ".", "-settings", settingsFile, "-outdir", outdir)
	synthesize.Stdout, synthesize.Stderr = out, os.Stderr
	if err := synthesize.Run(); err != nil {
		return fmt.Errorf("synthesizing: %w", err)
	}
	for _, s := range all {
		if err := deploy(ctx, executable, server, s, out); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nLook around:  eval \"$(go run ./cmd/local env)\"; aws ecs list-clusters\nRemove it:    make down\n")
	return nil
}

func deploy(ctx context.Context, executable string, server where, s settings.Settings, out io.Writer) error {
	if err := keepStateHere(s.StackName()); err != nil {
		return err
	}
	stack, err := open(executable, server, s.StackName(), out)
	if err != nil {
		return err
	}
	step(out, "Preparing Terraform for the stack %s", s.StackName())
	if err := stack.Init(ctx); err != nil {
		return err
	}
	step(out, "Deploying %s; the load balancer alone takes Terraform a minute", s.StackName())
	if err := stack.Apply(ctx); err != nil {
		return fmt.Errorf("deploying %s: %w", s.StackName(), err)
	}
	stack.SetStdout(io.Discard) // the outputs follow in a form for people
	outputs, err := stack.Output(ctx)
	if err != nil {
		return fmt.Errorf("reading the outputs: %w", err)
	}
	cfg := assume.Role(localaws.Config(server.URL), s.AWS.Role, s.AWS.Region)
	found, err := inventory.Read(ctx, cfg, s.StackName(), s.Service.Name)
	if err != nil {
		return err
	}
	step(out, "Deployed %s", s.StackName())
	fmt.Fprintln(out, "\nOutputs")
	for _, name := range []string{"LoadBalancerDNS", "ServiceURL"} {
		var value string
		if err := json.Unmarshal(outputs[name].Value, &value); err != nil {
			return fmt.Errorf("reading the output %s: %w", name, err)
		}
		fmt.Fprintf(out, "  %s = %s\n", name, value)
	}
	fmt.Fprintln(out, "\nWhat exists now, as the AWS API tells")
	return found.WriteTable(out)
}

func down(ctx context.Context, out io.Writer) error {
	server, ok := running(ctx)
	if !ok {
		step(out, "The local AWS does not run; nothing to destroy")
		return os.RemoveAll(folder)
	}
	executable, err := terraform.Find(ctx, ".", out)
	if err != nil {
		return err
	}
	stacks, err := filepath.Glob(filepath.Join(outdir, "stacks", "*"))
	if err != nil {
		return err
	}
	slices.Sort(stacks)
	for _, path := range stacks {
		if _, err := os.Stat(stateFile(filepath.Base(path))); err != nil {
			continue // never deployed, as those of buckets for states
		}
		stack, err := open(executable, server, filepath.Base(path), out)
		if err != nil {
			return err
		}
		step(out, "Destroying %s", filepath.Base(path))
		if err := stack.Destroy(ctx); err != nil {
			return fmt.Errorf("destroying %s: %w", filepath.Base(path), err)
		}
	}
	if err := stop(ctx, server); err != nil {
		return err
	}
	step(out, "The local AWS is stopped")
	return os.RemoveAll(folder)
}

// keepStateHere puts a stack's state beside the output, wherever the settings would have it: that is not on the local AWS.
func keepStateHere(stack string) error {
	path, err := filepath.Rel(stackFolder(stack), stateFile(stack))
	if err != nil {
		return err
	}
	override, err := json.Marshal(map[string]any{"terraform": map[string]any{"backend": map[string]any{"local": map[string]any{"path": path}}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(stackFolder(stack), "backend_override.tf.json"), override, 0o600)
}

func stackFolder(stack string) string { return filepath.Join(outdir, "stacks", stack) }

func stateFile(stack string) string { return filepath.Join(folder, stack+".tfstate") }

func open(executable string, server where, stack string, out io.Writer) (*terraform.Stack, error) {
	return terraform.Open(executable, stackFolder(stack), localaws.Environment(server.URL), out)
}
