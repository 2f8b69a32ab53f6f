package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"webapp/internal/given"
	"webapp/internal/inventory"
	"webapp/internal/localaws"
	"webapp/internal/terraform"
	"webapp/settings"
)

var started = time.Now()

// step says what comes next, and how long it took to get here.
func step(out io.Writer, format string, args ...any) {
	fmt.Fprintf(out, "[%3.0f s] %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, args...))
}

// Up starts the local AWS unless it runs already, deploys the stacks to it, and prints what exists then. The function
// writes the stacks into a folder. A minute of AWS lasts as long as given, if this starts the local AWS.
func (h Home) Up(
	ctx context.Context, all []settings.Stack, minute time.Duration, synthesize func(outdir string) error,
	out io.Writer,
) error {
	executable, err := terraform.Find(ctx, ".", out)
	if err != nil {
		return err
	}
	release, err := h.use()
	if err != nil {
		return err
	}
	defer release()
	step(out, "Starting the local AWS")
	s, err := h.start(ctx, accountOf(all), minute, out)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go h.watch(ctx, s, cancel)

	prepared, err := h.prepare(ctx, s, all, out)
	if err != nil {
		return withCause(ctx, err)
	}
	step(out, "Synthesizing")
	if err := synthesize(h.path("cdktf.out")); err != nil {
		return withCause(ctx, err)
	}
	for _, one := range all {
		if err := h.adapt(s, one, prepared[one.StackName()]); err != nil {
			return err
		}
	}
	go h.followDeployments(ctx, s, cancel, out)
	for _, one := range all {
		if err := h.deploy(ctx, executable, s, one, out); err != nil {
			return fmt.Errorf("%w\nWhat was created until then is on the local AWS. To start over, %s",
				withCause(ctx, err), startAgain)
		}
	}
	if err := h.awaitServices(ctx, s, out); err != nil {
		return err
	}
	if err := h.tryListeners(ctx, s, out); err != nil {
		return withCause(ctx, err)
	}
	fmt.Fprintf(out, "\nLook around:  eval \"$(%[1]s local env)\"; aws ecs list-clusters\n"+
		"Go back:      end that shell, or do what the last line of `%[1]s local env` says\n"+
		"Remove it:    %[1]s local down\n", program)
	return nil
}

// accountOf is the account that the local AWS is: that of the first stack. Terraform reaches others by roles.
func accountOf(all []settings.Stack) string {
	if account := all[0].AWS.AccountID(); account != "" {
		return account
	}
	return localaws.Account
}

// withCause puts why a command was canceled before its own account of it.
func withCause(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w\n%w", cause, err)
}

func (h Home) deploy(ctx context.Context, executable string, server server, s settings.Stack, out io.Writer) error {
	stack, err := h.open(executable, server, s.StackName(), out)
	if err != nil {
		return err
	}
	step(out, "Preparing Terraform for the stack %s", s.StackName())
	if err := stack.Init(ctx); err != nil {
		return err
	}
	deploying := "Deploying %s"
	if !s.OnlyWorkers() {
		deploying += "; the load balancer alone takes Terraform a minute"
	}
	step(out, deploying, s.StackName())
	if err := stack.Run(ctx, "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return fmt.Errorf("deploying %s: %w", s.StackName(), err)
	}
	stack.SetStdout(io.Discard) // the outputs follow in a form for people
	outputs, err := stack.Output(ctx)
	if err != nil {
		return fmt.Errorf("reading the outputs: %w", err)
	}
	found, err := inventory.Read(ctx, given.Config(server.URL, server.Account, s), s.StackName(), s.Service.Name)
	if err != nil {
		return err
	}
	step(out, "Deployed %s", s.StackName())
	fmt.Fprintln(out, "\nOutputs")
	for _, name := range []string{"LoadBalancerDNS", "ServiceURL", "QueueURL"} {
		if _, there := outputs[name]; !there {
			continue // a stack of workers has no load balancer, and others no queue of their own
		}
		var value string
		if err := json.Unmarshal(outputs[name].Value, &value); err != nil {
			return fmt.Errorf("reading the output %s: %w", name, err)
		}
		fmt.Fprintf(out, "  %s = %s\n", name, value)
	}
	fmt.Fprintln(out, "\nWhat exists now, according to the AWS API")
	return found.WriteTable(out)
}

// Down destroys the stacks and stops the local AWS, even if Terraform cannot destroy everything.
// Patience is how long Terraform may take for each stack.
func (h Home) Down(ctx context.Context, patience time.Duration, out io.Writer) error {
	const nothing = "The local AWS is not running; there is nothing to destroy"
	if _, err := os.Stat(string(h)); errors.Is(err, fs.ErrNotExist) {
		step(out, nothing)
		return nil
	}
	release, err := h.use()
	if err != nil {
		return err
	}
	defer release()
	s, alive := h.find()
	if !alive {
		step(out, nothing)
		return h.clear()
	}
	failed := s.check(ctx)
	if failed == nil {
		failed = h.destroy(ctx, s, patience, out)
	}
	var left []string
	if failed != nil {
		left = h.left()
	}
	if err := h.stop(s); err != nil {
		return errors.Join(failed, err)
	}
	step(out, "The local AWS is stopped")
	if err := h.clear(); err != nil || failed == nil {
		return err
	}
	return fmt.Errorf("%w\nThe local AWS was stopped all the same. "+
		"What Terraform had not destroyed is gone with it: %s",
		failed, list(left))
}

func list(addresses []string) string {
	if len(addresses) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d resources\n  %s", len(addresses), strings.Join(addresses, "\n  "))
}

// destroy destroys every stack, the later ones too where one fails.
func (h Home) destroy(ctx context.Context, s server, patience time.Duration, out io.Writer) error {
	executable, err := terraform.Find(ctx, ".", out)
	if err != nil {
		return err
	}
	stacks, err := filepath.Glob(h.path("cdktf.out", "stacks", "*"))
	if err != nil {
		return err
	}
	var failed []error
	for _, path := range stacks {
		name := filepath.Base(path)
		if _, err := os.Stat(h.stateFile(name)); err != nil {
			continue // never deployed, as those of buckets for states
		}
		step(out, "Destroying %s", name)
		if err := h.destroyOne(ctx, executable, s, name, patience, out); err != nil {
			failed = append(failed, fmt.Errorf("destroying %s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

func (h Home) destroyOne(
	ctx context.Context, executable string, s server, name string, patience time.Duration, out io.Writer,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it has not ended within %s", patience))
	defer stop()
	go h.watch(ctx, s, cancel)
	stack, err := h.open(executable, s, name, out)
	if err != nil {
		return err
	}
	return withCause(ctx, stack.Run(ctx, "destroy", "-auto-approve", "-input=false", "-no-color"))
}

// left are the addresses of all resources that the states still know.
func (h Home) left() []string {
	files, err := filepath.Glob(h.path("*.tfstate"))
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var all []string
	for _, file := range files {
		var state struct {
			Resources []struct{ Mode, Type, Name string }
		}
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &state)
		}
		if err != nil {
			stack := strings.TrimSuffix(filepath.Base(file), ".tfstate")
			all = append(all, fmt.Sprintf("all of %s, whose state cannot be read: %v", stack, err))
		}
		for _, r := range state.Resources {
			if r.Mode == "managed" {
				all = append(all, r.Type+"."+r.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (h Home) stackFolder(stack string) string { return h.path("cdktf.out", "stacks", stack) }

func (h Home) stateFile(stack string) string { return h.path(stack + ".tfstate") }

func (h Home) open(executable string, server server, stack string, out io.Writer) (*terraform.Stack, error) {
	environment := localaws.Environment(server.URL)
	folder, err := h.programFolder()
	if err != nil {
		return nil, err
	}
	environment["PATH"] = folder + string(os.PathListSeparator) + os.Getenv("PATH")
	return terraform.Open(executable, h.stackFolder(stack), environment, out)
}

// programFolder is a folder in which this program has the name by which a stack calls it for a command before a
// release.
func (h Home) programFolder() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	folder, err := filepath.Abs(h.path("bin"))
	if err != nil {
		return "", err
	}
	link := filepath.Join(folder, "webapp")
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.RemoveAll(link)); err != nil {
		return "", err
	}
	return folder, os.Symlink(self, link)
}
