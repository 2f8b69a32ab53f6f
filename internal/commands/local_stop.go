package commands

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"webapp/internal/commands/local"
)

func localStop() *cobra.Command {
	var home local.Home
	var reason string
	cmd := &cobra.Command{
		Use:   "stop TASK",
		Short: "Stop a task, and show how its service heals",
		Long: `Stop a task by ECS's StopTask, and print the events of its service until it has its tasks again.

The beginning of the task's id will do if no other task's id begins like it; webapp local status lists them. It exits
with 1 if the service does not have its tasks again within ten minutes, or if it is interrupted before.`,
		Example: "  webapp local stop 1a2b3c\n  webapp local stop 1a2b3c --reason 'to see what happens'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "" {
				return fmt.Errorf("which task? Write the beginning of its id, as webapp local status shows it; see %s --help",
					cmd.CommandPath())
			}
			ctx, stop := untilSignal()
			defer stop()
			return home.StopTask(ctx, args[0], reason, cmd.OutOrStdout())
		},
	}
	atMostOne(cmd, func(ctx context.Context) []string { return home.TaskIDs(ctx) })
	addFolderFlag(cmd, &home)
	cmd.Flags().StringVar(&reason, "reason", "stopped by webapp local stop", "the `reason` that the task stopped for")
	return cmd
}
