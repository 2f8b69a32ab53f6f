// Local deploys the settings file to an AWS on this machine: what `make up` and `make down` run.
//
//	local up [-settings webapp.yaml]   start it, synthesize, deploy, show what exists
//	local down                         destroy all, stop it
//	local env                          print the variables that point other tools at it
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = "use: local up [-settings FILE] | local down | local env"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet("local "+args[0], flag.ContinueOnError)
	settingsFile := flags.String("settings", "webapp.yaml", "settings `file`")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return up(ctx, *settingsFile, out)
	case "down":
		return down(ctx, out)
	case "env":
		return printEnvironment(out)
	case "serve": // what up starts in the background
		return serve(ctx)
	default:
		return errors.New(usage)
	}
}
