package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"webapp/internal/commands/local"
)

func localLogs() *cobra.Command {
	var home local.Home
	var o local.LogOptions
	cmd := &cobra.Command{
		Use:   "logs [SERVICE]",
		Short: "Print what the tasks have written to CloudWatch Logs",
		Long: `Print what the tasks have written to CloudWatch Logs, those that have stopped too: the time, the service and
the container, the beginning of the task's id, and the line.

Without a SERVICE it prints the lines of all services. A service may be written as CLUSTER/SERVICE.`,
		Example: "  webapp local logs\n  webapp local logs web --container nginx --since 10m\n  webapp local logs --follow",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Since < 0 {
				return fmt.Errorf("--since %s: write a time that is 0 or more, such as 10m", o.Since)
			}
			if len(args) > 0 {
				o.Service = args[0]
			}
			ctx, stop := untilSignal()
			defer stop()
			return home.PrintLogs(ctx, o, cmd.OutOrStdout())
		},
	}
	atMostOne(cmd, func(ctx context.Context) []string { return home.ServiceNames(ctx) })
	addFolderFlag(cmd, &home)
	f := cmd.Flags()
	f.BoolVarP(&o.Follow, "follow", "f", false, "go on with new lines until Ctrl-C")
	f.StringVar(&o.Container, "container", "", "only the lines of the container of this `name`")
	f.DurationVar(&o.Since, "since", 0, "only lines that are younger than this `time`, by this machine's clock "+
		"(default all)")
	completing := func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		service := ""
		if len(args) > 0 {
			service = args[0]
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completesWithin)
		defer cancel()
		return home.ContainerNames(ctx, service), cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("container", completing) // the flag exists
	return cmd
}

// completesWithin bounds how long a shell waits for what the running local AWS knows.
const completesWithin = 2 * time.Second

// atMostOne lets a command take one argument or none. Shells complete it from a list.
func atMostOne(cmd *cobra.Command, list func(context.Context) []string) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("unexpected argument %q; see %s --help", args[1], cmd.CommandPath())
		}
		return nil
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completesWithin)
		defer cancel()
		return list(ctx), cobra.ShellCompDirectiveNoFileComp
	}
}
