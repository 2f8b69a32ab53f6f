// Local deploys the settings file to an AWS on this machine: what `make up` and `make down` run.
//
//	local up [-settings webapp.yaml]   start it, synthesize, deploy, show what exists
//	local down [-timeout 5m]           destroy all, stop it, whatever goes wrong
//	local env                          print the variables that point other tools at it
//
// Each takes -folder, for several of them side by side.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"webapp/internal/cli"
	"webapp/internal/localaws"
)

const usage = "use: local up [-settings FILE] | local down [-timeout DURATION] | local env; each with [-folder FOLDER]"

func main() {
	// A closed terminal and a closed pipe must not end this process while Terraform works: it would be killed too, and
	// forget what it was making. It is asked to end instead, and then has time to write its state.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Exit(run(ctx, os.Args[1:], &enduring{os.Stdout}), os.Stderr)
	stop()
	os.Exit(code)
}

// enduring writes as long as anybody reads. Whoever has gone away is no reason to stop.
type enduring struct{ w io.Writer }

func (e *enduring) Write(p []byte) (int, error) {
	if _, err := e.w.Write(p); err != nil {
		e.w = io.Discard
	}
	return len(p), nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := cli.Flags("local "+args[0], "local "+args[0]+" [options]")
	folder := flags.String("folder", ".local", "the `folder` that holds everything of the local AWS")
	var command func(h home) error
	switch args[0] {
	case "up":
		settingsFile := flags.String("settings", "webapp.yaml", "settings `file`")
		command = func(h home) error { return h.up(ctx, *settingsFile, out) }
	case "down":
		patience := flags.Duration("timeout", 5*time.Minute, "how long Terraform may take to destroy a stack")
		command = func(h home) error { return h.down(ctx, *patience, out) }
	case "env":
		command = func(h home) error { return h.printEnvironment(ctx, out) }
	case "serve": // what up starts in the background
		account := flags.String("account", localaws.Account, "the `account` that the local AWS is")
		command = func(h home) error { return h.serve(ctx, *account) }
	default:
		return errors.New(usage)
	}
	if err := cli.Parse(flags, args[1:], out); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; %s", flags.Arg(0), usage)
	}
	return command(home(*folder))
}
