// Package oneoff runs a task of an ECS service once, follows its logs, and returns the exit code of its container.
package oneoff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/awsread"
)

// Task is what is to run. In JSON it is what a stack hands over to the command before a release.
type Task struct {
	// Region and Role are those of the stack; empty where the environment says it.
	Region string `json:"region,omitempty"`
	Role   string `json:"role,omitempty"`

	Cluster        string            `json:"cluster"`        // the name or the ARN
	TaskDefinition string            `json:"taskDefinition"` // the ARN
	Container      string            `json:"container"`      // whose command and exit code it is
	Command        []string          `json:"command,omitempty"`
	Environment    map[string]string `json:"-"`

	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups"`
	AssignPublicIP bool     `json:"assignPublicIp"`

	// Timeout is how many seconds the task may take; 0 for any time.
	Timeout int `json:"timeout,omitempty"`

	// Attempts is how often a task is started that does not get as far as to run its container; 0 is 1. What it needs,
	// such as a role, may have been made a moment ago, and is not known everywhere yet. ECS's services try again, too.
	Attempts int `json:"attempts,omitempty"`
	// StartedBy is what ECS shows as the task's starter. Default webapp-run. With another one, the task waits for the
	// end of those of its task definition's family that were started before with it.
	StartedBy string `json:"startedBy,omitempty"`
}

// The exit codes besides those of the container.
const (
	CodeFailed      = 1   // the task did not start, or AWS refused something
	CodeTimeout     = 124 // as the command timeout of GNU has it
	CodeInterrupted = 130 // as shells have it for Ctrl-C
)

// AppID is how CloudTrail tells the calls of this package from others, by their user agent.
const AppID = "webapp-run"

// every is how long it waits between two questions to AWS.
const every = time.Second

// retryAfter is how long it waits before it starts a task again that has not run.
const retryAfter = 10 * time.Second

// stopsWithin is how long a task may take to stop when it is asked to: ECS gives a container up to two minutes after
// SIGTERM (ECS API, ContainerDefinition, stopTimeout), and needs some time itself.
const stopsWithin = 4 * time.Minute

// OfService is a task as the service runs its tasks now: its task definition and its network.
func OfService(ctx context.Context, cfg aws.Config, cluster, service string) (Task, error) {
	read := awsread.New(ctx, cfg)
	found := read.Service(cluster, service)
	if err := read.Err(); err != nil {
		return Task{}, err
	}
	if found == nil {
		return Task{}, fmt.Errorf("the cluster %s has no service %s", cluster, service)
	}
	t := Task{Cluster: cluster, TaskDefinition: aws.ToString(found.TaskDefinition)}
	if n := found.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		t.Subnets, t.SecurityGroups = n.AwsvpcConfiguration.Subnets, n.AwsvpcConfiguration.SecurityGroups
		t.AssignPublicIP = n.AwsvpcConfiguration.AssignPublicIp == types.AssignPublicIpEnabled
	}
	return t, nil
}

// run is a task at work.
type run struct {
	Task
	ecs    *ecs.Client
	logs   *logReader
	status io.Writer
	arn    string
	last   string // the state that was said last
}

// Run starts the task and follows it to its end: its container's output goes to out, and what becomes of the task to
// status. When the context ends it stops the task. It returns the exit code of the container, or one of this package's
// with an error that has AWS's words.
func Run(ctx context.Context, cfg aws.Config, t Task, out, status io.Writer) (code int, err error) {
	r := &run{Task: t, ecs: ecs.NewFromConfig(cfg), status: status}
	definition, err := r.definition(ctx, cfg)
	if err != nil {
		return CodeFailed, err
	}
	if err := r.awaitEarlier(ctx, aws.ToString(definition.Family)); err != nil {
		return CodeFailed, err
	}
	for attempt := 1; ; attempt++ {
		if err := r.start(ctx); err != nil {
			return CodeFailed, err
		}
		r.logs = newLogReader(cfg, definition, r.Container, r.id(), out)
		if r.logs == nil {
			r.say("does not log to CloudWatch Logs; its output is not shown")
		}
		code, err := r.follow(ctx)
		if ended, ok := errors.AsType[*EndError](err); !ok || ended.Ran || attempt >= t.Attempts {
			return code, err
		}
		fmt.Fprintf(status, "%v\nTrying again\n", err)
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return CodeInterrupted, err
		}
	}
}

// awaitEarlier waits for the end of a task that was started to the same end: Terraform kills this program when an apply
// is interrupted, but not the task, and a migration must not run twice at once.
func (r *run) awaitEarlier(ctx context.Context, family string) error {
	if r.StartedBy == "" {
		return nil
	}
	again := time.NewTicker(every)
	defer again.Stop()
	said := map[string]bool{}
	for {
		running, err := r.earlier(ctx, family)
		if err != nil || len(running) == 0 {
			return err
		}
		for _, id := range running {
			if !said[id] {
				fmt.Fprintf(r.status, "Task %.8s of %s, which was started before, still runs; waiting for its end\n", id, family)
				said[id] = true
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the task %s: %w", running[0], ctx.Err())
		}
	}
}

// earlier returns the ids of the tasks that were started to the same end and run. ListTasks takes no other filter with
// this one (ECS API).
func (r *run) earlier(ctx context.Context, family string) ([]string, error) {
	listed, err := r.ecs.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &r.Cluster, StartedBy: &r.StartedBy})
	if err != nil || len(listed.TaskArns) == 0 {
		return nil, err
	}
	described, err := r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &r.Cluster, Tasks: listed.TaskArns})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range described.Tasks {
		if aws.ToString(t.Group) == "family:"+family && !isStopped(&t) {
			ids = append(ids, awsread.ResourceName(aws.ToString(t.TaskArn)))
		}
	}
	return ids, nil
}

// definition reads the task definition, and finds the container in it.
func (r *run) definition(ctx context.Context, cfg aws.Config) (*types.TaskDefinition, error) {
	read := awsread.New(ctx, cfg)
	definition, _ := read.TaskDefinition(r.TaskDefinition)
	if err := read.Err(); err != nil {
		return nil, err
	}
	if definition == nil {
		return nil, fmt.Errorf("found no task definition %s", r.TaskDefinition)
	}
	var names []string
	for _, c := range definition.ContainerDefinitions {
		names = append(names, aws.ToString(c.Name))
	}
	if !slices.Contains(names, r.Container) {
		return nil, fmt.Errorf("the task definition %s has no container %q; it has: %s",
			awsread.ResourceName(r.TaskDefinition), r.Container, strings.Join(names, ", "))
	}
	return definition, nil
}

func (r *run) id() string { return awsread.ResourceName(r.arn) }

func (r *run) say(format string, values ...any) {
	fmt.Fprintf(r.status, "Task %.8s %s\n", r.id(), fmt.Sprintf(format, values...))
}

// start starts the task on Fargate's own capacity, whatever the service has: Spot could interrupt it.
func (r *run) start(ctx context.Context) error {
	override := types.ContainerOverride{Name: &r.Container, Command: r.Command}
	for name, value := range r.Environment {
		override.Environment = append(override.Environment, types.KeyValuePair{Name: &name, Value: &value})
	}
	public := types.AssignPublicIpDisabled
	if r.AssignPublicIP {
		public = types.AssignPublicIpEnabled
	}
	out, err := r.ecs.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &r.Cluster, TaskDefinition: &r.TaskDefinition, LaunchType: types.LaunchTypeFargate,
		StartedBy: aws.String(cmp.Or(r.StartedBy, AppID)),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: r.Subnets, SecurityGroups: r.SecurityGroups, AssignPublicIp: public,
		}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{override}},
	})
	if err != nil {
		return fmt.Errorf("starting the task: %w", err)
	}
	for _, f := range out.Failures {
		return fmt.Errorf("starting the task: %s %s", aws.ToString(f.Reason), aws.ToString(f.Detail))
	}
	if len(out.Tasks) == 0 {
		return errors.New("starting the task: AWS has started none, and says nothing")
	}
	r.arn = aws.ToString(out.Tasks[0].TaskArn)
	r.say("of %s: %s", awsread.ResourceName(r.TaskDefinition), r.what())
	return nil
}

func (r *run) what() string {
	if len(r.Command) == 0 {
		return "the command of its task definition"
	}
	return strings.Join(r.Command, " ")
}

// follow waits for the task's end.
func (r *run) follow(ctx context.Context) (code int, err error) {
	var timeout <-chan time.Time
	if r.Timeout > 0 {
		timeout = time.After(time.Duration(r.Timeout) * time.Second)
	}
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		task, err := r.look(ctx)
		if err != nil && ctx.Err() == nil {
			return CodeFailed, fmt.Errorf("%w\nThe task %s may still run; stop it with: aws ecs stop-task --cluster %s "+
				"--task %s", err, r.id(), r.Cluster, r.id())
		}
		if task != nil && isStopped(task) {
			return r.result(task)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return CodeInterrupted, r.stop(ctx, "it was interrupted")
		case <-timeout:
			return CodeTimeout, r.stop(ctx, fmt.Sprintf("it has not ended within %s",
				time.Duration(r.Timeout)*time.Second))
		}
	}
}

func isStopped(t *types.Task) bool {
	return aws.ToString(t.LastStatus) == string(types.DesiredStatusStopped)
}

// look says what has become of the task, and prints what it has logged since the last look.
func (r *run) look(ctx context.Context) (*types.Task, error) {
	described, err := r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &r.Cluster, Tasks: []string{r.arn}})
	if err != nil {
		return nil, fmt.Errorf("reading the task: %w", err)
	}
	if len(described.Tasks) == 0 {
		return nil, nil // it was started a moment ago: ECS is eventually consistent
	}
	task := &described.Tasks[0]
	if err := r.logs.print(ctx); err != nil {
		return nil, err
	}
	if state := aws.ToString(task.LastStatus); state != r.last {
		r.last = state
		r.say("is %s", state)
	}
	return task, nil
}

// stop stops the task, and waits until it has stopped. The error says why.
func (r *run) stop(ctx context.Context, why string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopsWithin)
	defer cancel()
	r.say("is asked to stop: %s", why)
	_, err := r.ecs.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: &r.Cluster, Task: &r.arn, Reason: aws.String("webapp run: " + why),
	})
	if err != nil {
		return fmt.Errorf("stopping the task: %w", err)
	}
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		task, err := r.look(ctx)
		if err == nil && task != nil && isStopped(task) {
			return fmt.Errorf("the task %s was stopped: %s", r.id(), why)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the task %s was asked to stop, and has not stopped yet: %s", r.id(), why)
		}
	}
}

// result is the exit code of the container, and an error unless it is 0.
func (r *run) result(task *types.Task) (int, error) {
	reason := fmt.Sprintf("%s (%s)", aws.ToString(task.StoppedReason), task.StopCode)
	for _, c := range task.Containers {
		if aws.ToString(c.Name) != r.Container {
			continue
		}
		if why := aws.ToString(c.Reason); why != "" && why != aws.ToString(task.StoppedReason) {
			reason += "\n" + why
		}
		if c.ExitCode == nil {
			break
		}
		code := int(*c.ExitCode)
		if code == 0 {
			r.say("has ended: %s", reason)
			return 0, nil
		}
		return code, &EndError{Task: r.arn, Words: fmt.Sprintf("the container %s of the task %s ended with exit code "+
			"%d: %s", r.Container, r.id(), code, reason), Hint: hintOn(reason), Ran: true}
	}
	return CodeFailed, &EndError{Task: r.arn,
		Words: fmt.Sprintf("the container %s of the task %s did not run: %s", r.Container, r.id(), reason),
		Hint:  cmp.Or(hintOn(reason), "See docs/troubleshooting.md.")}
}

// EndError is why a task did not do what it should: AWS's words, and a hint, which may be empty.
type EndError struct {
	Task, Words, Hint string
	Ran               bool // the container has run
}

func (e *EndError) Error() string {
	if e.Hint == "" {
		return e.Words
	}
	return e.Words + "\n" + e.Hint
}

// hints are about what AWS says of tasks, by a part of its words. Source: ECS developer guide, "Amazon ECS stopped
// tasks error messages".
var hints = []struct{ words, hint string }{
	{"CannotPullContainerError", "Does the image exist, may the execution role pull it, and do the task's subnets and " +
		"security groups lead to its registry?"},
	{"unable to pull secrets or registry auth", "Do the secrets exist, may the execution role read them, and do the " +
		"task's subnets and security groups lead to AWS's APIs?"},
	{"failed to validate logger args", "Does the log group exist, may the execution role write to it, and do the " +
		"task's subnets and security groups lead to CloudWatch Logs?"},
	{"unable to assume the role", "Does the role exist, and does it trust ecs-tasks.amazonaws.com? A role that was made " +
		"a moment ago may need a minute: try again."},
	{"OutOfMemory", "The container needs more memory: see task.memory."},
	{"Capacity is unavailable", "Fargate has no capacity of this size at the moment: try again, or choose other zones."},
}

func hintOn(reason string) string {
	for _, h := range hints {
		if strings.Contains(reason, h.words) {
			return h.hint
		}
	}
	return ""
}
