// Bindings makes the cut-down AWS bindings for this project, where they are not up to date: what `make bindings` runs.
//
//	bindings [-root .]
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"webapp/internal/bindings"
	"webapp/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := cli.Exit(run(ctx, os.Args[1:], os.Stdout), os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := cli.Flags("bindings", "bindings [options]")
	root := flags.String("root", ".", "write them below this `folder`")
	if err := cli.Parse(flags, args, out); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see -help", flags.Arg(0))
	}
	plan, err := bindings.NewPlan(ctx, ".")
	if err != nil {
		return err
	}
	if plan.Fresh(*root) {
		return nil
	}
	fmt.Fprintf(out, "Making the bindings smaller: the AWS provider has %d packages in use\n", len(plan.Packages))
	return plan.Write(ctx, ".", *root)
}
