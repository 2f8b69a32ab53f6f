// Bindings makes the cut-down AWS bindings for this project, where they are not up to date: what `make bindings` runs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"webapp/internal/bindings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	plan, err := bindings.NewPlan(ctx, ".")
	if err != nil {
		return err
	}
	if plan.Fresh(".") {
		return nil
	}
	fmt.Printf("Cutting the AWS bindings down to the %d packages in use\n", len(plan.Packages))
	return plan.Write(ctx, ".", ".")
}
