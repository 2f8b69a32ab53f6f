package commands

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"webapp/internal/commands/local"
	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
)

func (p Program) local() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Deploy the stacks to an AWS on this machine",
		Long: `Deploy the stacks to a local AWS: a stand-in for AWS on this machine, which needs no account.

It has state and output of its own, in the folder .local. A real account and a real state are never touched.`,
		Example: "  webapp local up --settings shop.yaml\n  eval \"$(webapp local env)\"\n  webapp local down",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("webapp local needs a command: up, down, env, status, logs, stop or load; " +
					"see webapp local --help")
			}
			return unknownCommand(cmd, args)
		},
	}
	cmd.AddCommand(p.localUp(), localDown(), localEnv(), localStatus(), localLogs(), localStop(),
		localLoad(), localServe(), localStandIn())
	return cmd
}

func (p Program) localUp() *cobra.Command {
	var from source
	var home local.Home
	var minute time.Duration
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the local AWS, deploy the stacks, and show what exists",
		Long: `Start the local AWS, deploy the stacks of the settings, and show what exists then.

Where the local AWS runs already, it brings the stacks there up to date. It installs Terraform if there is none.`,
		Example: "  webapp local up\n  webapp local up --settings shop.yaml --environment staging",
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := from.load(cmd)
			if err != nil {
				return err
			}
			ctx, stop := untilSignal()
			defer stop()
			return home.Up(ctx, all, minute, func(outdir string) error { return p.write(outdir, all) }, enduring(cmd))
		},
	}
	noArguments(cmd)
	from.addFlags(cmd)
	addFolderFlag(cmd, &home)
	addMinuteFlag(cmd, &minute)
	return cmd
}

func localDown() *cobra.Command {
	var home local.Home
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Destroy what was deployed, and stop the local AWS",
		Long: `Destroy what was deployed to the local AWS, and stop it.

It stops in any case. What Terraform fails to destroy is gone with it; then it is listed, and the exit code is 1.`,
		Example: "  webapp local down\n  webapp local down --timeout 30s",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilSignal()
			defer stop()
			return home.Down(ctx, timeout, enduring(cmd))
		},
	}
	noArguments(cmd)
	addFolderFlag(cmd, &home)
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Minute, "the `time` that Terraform may take to destroy a stack")
	return cmd
}

func localEnv() *cobra.Command {
	return printing(local.Home.PrintEnvironment, &cobra.Command{
		Use:   "env",
		Short: "Print shell commands that point other tools at the local AWS",
		Long: `Print shell commands that point other tools, such as aws and terraform, at the local AWS.

They change the shell that evaluates them. To undo that, end the shell, or evaluate the last line of the output, which
is a comment: it unsets what the others have set. AWS_PROFILE and AWS_SESSION_TOKEN, if you had set them, are yours to
set again.`,
		Example: "  eval \"$(webapp local env)\"\n  aws ecs list-clusters",
	})
}

func localStatus() *cobra.Command {
	watch := false
	status := func(home local.Home, ctx context.Context, out io.Writer) error {
		if !watch {
			return home.PrintStatus(ctx, out)
		}
		ctx, stop := untilSignal()
		defer stop()
		return home.WatchStatus(ctx, isTerminal(out), out)
	}
	cmd := printing(status, &cobra.Command{
		Use:   "status",
		Short: "Show the services' tasks, and where they answer",
		Long: `Show how the services on the local AWS are doing: their tasks, their last events, where they answer, and
what keeps tasks from starting.

With --watch it shows that again each second, until Ctrl-C. Where the output is not a terminal, it shows it again when
it has changed.`,
		Example: "  webapp local status\n  webapp local status --watch",
	})
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again each second, until Ctrl-C")
	return cmd
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// printing completes a command that prints something of the local AWS.
func printing(report func(local.Home, context.Context, io.Writer) error, cmd *cobra.Command) *cobra.Command {
	var home local.Home
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return report(home, cmd.Context(), cmd.OutOrStdout()) }
	noArguments(cmd)
	addFolderFlag(cmd, &home)
	return cmd
}

// localServe is what up starts in the background.
func localServe() *cobra.Command {
	var home local.Home
	var account string
	var minute time.Duration
	cmd := &cobra.Command{
		Use:    "serve",
		Hidden: true,
		Short:  "Run the local AWS in the foreground",
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := untilSignal()
			defer stop()
			self, err := os.Executable()
			if err != nil {
				return err
			}
			return home.Serve(ctx, account, minute, []string{self, "local", "stand-in"})
		},
	}
	noArguments(cmd)
	addFolderFlag(cmd, &home)
	addMinuteFlag(cmd, &minute)
	cmd.Flags().StringVar(&account, "account", localaws.Account, "the `account` that the local AWS is")
	return cmd
}

// localStandIn is what the local AWS runs in the place of an image that it cannot have.
func localStandIn() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "stand-in",
		Hidden: true,
		Short:  "Listen on a container's ports in the place of its image",
		RunE:   func(cmd *cobra.Command, _ []string) error { return engine.StandIn(cmd.Context(), cmd.OutOrStdout()) },
	}
	noArguments(cmd)
	return cmd
}

func addMinuteFlag(cmd *cobra.Command, minute *time.Duration) {
	cmd.Flags().DurationVar(minute, "minute", time.Minute, "how long a minute of AWS lasts: a shorter `time` "+
		"shows scaling sooner")
}

func addFolderFlag(cmd *cobra.Command, home *local.Home) {
	cmd.Flags().StringVar((*string)(home), "folder", ".local", "the `folder` that holds everything of the local AWS")
	_ = cmd.MarkFlagDirname("folder") // it exists
}

// untilSignal returns a context that ends when a signal asks the program to stop, so that Terraform has the time to
// write its state. A signal that is ignored, as nohup does it, stays ignored.
func untilSignal() (ctx context.Context, stop context.CancelFunc) {
	var signals []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	return signal.NotifyContext(context.Background(), signals...)
}

// enduring returns a command's standard output for something that must not end when nobody reads it any more, such as
// a deployment behind a pipe: Terraform would be killed, and forget what it was creating.
func enduring(cmd *cobra.Command) io.Writer {
	signal.Ignore(syscall.SIGPIPE)
	return &enduringWriter{cmd.OutOrStdout()}
}

type enduringWriter struct{ w io.Writer }

func (e *enduringWriter) Write(p []byte) (int, error) {
	if _, err := e.w.Write(p); err != nil {
		e.w = io.Discard
	}
	return len(p), nil
}
