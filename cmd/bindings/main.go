// Bindings makes the cut-down AWS bindings for this project, where they are not up to date: what `make bindings` runs.
//
//	bindings [-root .]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"webapp/internal/bindings"
)

func main() {
	root := flag.String("root", ".", "write them below this `folder`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *root)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	plan, err := bindings.NewPlan(ctx, ".")
	if err != nil {
		return err
	}
	if plan.Fresh(root) {
		return nil
	}
	fmt.Printf("Making the bindings smaller: the AWS provider has %d packages in use\n", len(plan.Packages))
	return plan.Write(ctx, ".", root)
}
