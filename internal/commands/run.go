package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"webapp/internal/assume"
	"webapp/internal/commands/local"
	"webapp/internal/oneoff"
	"webapp/settings"
)

// oneTask is what the command line says.
type oneTask struct {
	from                        source
	service                     string
	command                     string
	words                       []string
	environment                 map[string]string
	container, cluster, running string
	timeout                     time.Duration
	request                     string
}

func runTask() *cobra.Command {
	t := oneTask{environment: map[string]string{}}
	cmd := &cobra.Command{
		Use:   "run [SERVICE|JOB] [-- COMMAND...]",
		Short: "Run a job, or a command once in a task of its own, and follow it",
		Long: `Run a command once in a task of its own, as a service of a deployed stack runs its tasks: with its image,
variables, secrets, roles and network. Without a SERVICE it is the one at the top of the settings file. With a JOB it
is the job, with its own command unless there is another.

The command replaces that of the container, and an image's entry point stays. --command needs a shell in the image. The
task runs on Fargate, not on Spot, gets no requests, and is not replaced. What it logs to CloudWatch Logs goes to
standard output, and all else to standard error. Ctrl-C stops the task; a second one ends this program without waiting.

It exits with the exit code of the container, or with
  1    the task did not start, or AWS refused something
  124  the task was stopped after --timeout
  130  the task was stopped by Ctrl-C`,
		Example: "  webapp run -- bin/rails db:migrate\n" +
			"  webapp run report\n" +
			"  webapp run worker --settings shop.yaml --environment prod --command 'bin/report --all | gzip > /tmp/r.gz'",
		Args:              t.arguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilSignal()
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal is not for the task
			return t.run(ctx, cmd)
		},
	}
	t.from.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&t.command, "command", "", "what to run, as a `line` of the image's shell: sh -c LINE")
	flags.FuncP("env", "", "give the container a variable, `NAME=VALUE`; may be repeated", func(pair string) error {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return errors.New("write NAME=VALUE")
		}
		t.environment[name] = value
		return nil
	})
	flags.StringVar(&t.container, "container", "", "the `name` of the container (default that of the settings)")
	flags.StringVar(&t.cluster, "cluster", "", "the `name` of the ECS cluster (default the stack's)")
	flags.StringVar(&t.running, "ecs-service", "", "the `name` of the ECS service (default the one of the settings)")
	flags.DurationVar(&t.timeout, "timeout", 0, "stop the task after this `time` (default never)")
	flags.StringVar(&t.request, "request", "", "the task in `JSON`, as a stack hands it over")
	_ = flags.MarkHidden("request") // it exists
	return cmd
}

// arguments are a service or none, and what follows two hyphens.
func (t *oneTask) arguments(cmd *cobra.Command, args []string) error {
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		args, t.words = args[:dash], args[dash:]
	}
	if len(args) > 1 {
		return fmt.Errorf("unexpected argument %q; write the command after --; see %s --help", args[1],
			cmd.CommandPath())
	}
	if len(args) == 1 {
		t.service = args[0]
	}
	if t.command != "" && len(t.words) > 0 {
		return errors.New("there are two commands, that of --command and that after --; leave one out")
	}
	if t.command == "" && cmd.Flags().Changed("command") {
		return errors.New("--command is empty; write a line for the image's shell, or leave it out")
	}
	if t.timeout < 0 {
		return fmt.Errorf("--timeout %s: write a time that is more than 0, such as 10m", t.timeout)
	}
	return nil
}

func (t *oneTask) run(ctx context.Context, cmd *cobra.Command) error {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithAppID(oneoff.AppID))
	if err != nil {
		return fmt.Errorf("reading the AWS environment: %w", err)
	}
	var task oneoff.Task
	if t.request != "" {
		if err := json.Unmarshal([]byte(t.request), &task); err != nil {
			return fmt.Errorf("--request: %w", err)
		}
		cfg = assume.Role(cfg, task.Role, task.Region)
	} else if task, cfg, err = t.find(ctx, cmd, cfg); err != nil {
		return err
	}
	code, err := oneoff.Run(ctx, cfg, task, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if ended, ok := errors.AsType[*oneoff.EndError](err); ok {
		// The local AWS knows more than AWS says.
		ended.Hint = cmp.Or(local.HintOn(ctx, os.Getenv("AWS_ENDPOINT_URL"), ended.Task), ended.Hint)
	}
	if err != nil {
		return exitError{err, code}
	}
	return nil
}

// find returns the task that the settings and the command line say, in the service as it is deployed, and the
// configuration for it.
func (t *oneTask) find(ctx context.Context, cmd *cobra.Command, cfg aws.Config) (oneoff.Task, aws.Config, error) {
	stack, w, err := t.chosen(cmd)
	if err != nil {
		return oneoff.Task{}, cfg, err
	}
	cfg = assume.Role(cfg, stack.AWS.Role, stack.AWS.Region)
	cluster := cmp.Or(t.cluster, stack.StackName())
	var task oneoff.Task
	hint := "With --cluster and --ecs-service you can name what has another name"
	switch {
	case w.IsJob() && t.running != "":
		return task, cfg, fmt.Errorf("--ecs-service %s: %s is a job, which no service runs; leave the option out", t.running,
			w.Key)
	case w.IsJob():
		task, err = oneoff.OfJob(ctx, cfg, cluster, w.Task.Family)
		hint = "With --cluster you can name a cluster that has another name"
	default:
		task, err = oneoff.OfService(ctx, cfg, cluster, cmp.Or(t.running, w.Service.Name))
	}
	if err != nil {
		return task, cfg, fmt.Errorf("%w\nIs the stack %s deployed, with these settings? %s", err, stack.StackName(), hint)
	}
	task.Container, task.Environment = cmp.Or(t.container, w.Container.Name), t.environment
	task.Timeout = int(math.Ceil(t.timeout.Seconds()))
	task.Command = t.words
	if t.command != "" {
		task.Command = []string{"sh", "-c", t.command}
	}
	return task, cfg, nil
}

// chosen is the one stack, and its service or job.
func (t *oneTask) chosen(cmd *cobra.Command) (settings.Stack, settings.NamedWorkload, error) {
	all, err := t.from.load(cmd)
	if err != nil {
		return settings.Stack{}, settings.NamedWorkload{}, err
	}
	if len(all) > 1 {
		names := stackNames(all)
		return settings.Stack{}, settings.NamedWorkload{}, fmt.Errorf("%s has the stacks %s; choose one of them: "+
			"--stack %s", t.from.file, strings.Join(names, ", "), names[0])
	}
	stack := all[0]
	names := []string{stack.Name}
	for _, w := range stack.Tasks() {
		if w.Key == t.service || w.Key == "" && t.service == stack.Name {
			return stack, w, nil
		}
		if w.Key != "" {
			names = append(names, w.Key)
		}
	}
	return stack, settings.NamedWorkload{}, fmt.Errorf("%s has no service or job %q; it has: %s", t.from.file, t.service,
		strings.Join(names, ", "))
}
