package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	eventscheduler "github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/scheduler"
	scalingrules "webapp/scaling/rules"
)

// schedules are those of EventBridge Scheduler. It starts tasks of ECS; schedules of other targets do nothing here.
type schedules struct {
	world *World

	mu    sync.Mutex
	known map[string]*schedule // by ARN
	runs  []*Run               // the newest first
	// counted are the values of the metrics of the present minute.
	counted measured
}

// schedule is a schedule as the records have it.
type schedule struct {
	arn     string
	record  *eventscheduler.GetScheduleOutput
	created time.Time // AWS's time from which a rate counts
	checked time.Time // AWS's time until which it has run
	due     []*due
}

// due is a run that has not been started yet.
type due struct {
	at       time.Time
	attempts int
}

// Run is a run that Scheduler has started, or given up starting.
type Run struct {
	Schedule string    `json:"schedule"`
	At       time.Time `json:"at"` // by the clock of this machine
	// Task is the ARN of its task, empty where there is none.
	Task string `json:"task"`
	// State is what has become of it, in words.
	State string `json:"state"`
	// Failed says that it ended with another exit code than 0, or was not started.
	Failed bool `json:"failed"`

	essential []string // the containers whose exit codes count
}

func newSchedules(w *World) *schedules {
	return &schedules{world: w, known: map[string]*schedule{}, counted: measured{}}
}

// ScheduleChanged is called when a schedule was created or has changed. Who has assumed a role does not say of which
// account it is, but the ARN does.
func (w *World) ScheduleChanged(arn string) {
	if err := w.schedules.read(w.ctx, arn); err != nil {
		w.monitoring.report(err)
	}
}

// SchedulesDeleted is called when schedules of a region may be gone.
func (w *World) SchedulesDeleted(region string) {
	w.monitoring.report(w.schedules.readAll(w.ctx, region))
}

// read reads a schedule. A rate without a start begins to run at once.
// Source: EventBridge Scheduler user guide, "Schedule types", rate-based schedules.
func (s *schedules) read(ctx context.Context, arn string) error {
	_, name, _ := strings.Cut(arn, ":schedule/")
	group, name, _ := strings.Cut(name, "/")
	record, err := eventscheduler.NewFromConfig(s.world.config(placeOf(arn))).GetSchedule(ctx,
		&eventscheduler.GetScheduleInput{GroupName: &group, Name: &name})
	var missing *schedulertypes.ResourceNotFoundException
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	s.world.monitoring.of(placeOf(arn)) // which measures it
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		delete(s.known, arn)
		return nil
	}
	now := s.world.now()
	read := &schedule{arn: arn, record: record, created: now, checked: now}
	if before := s.known[arn]; before != nil &&
		aws.ToString(before.record.ScheduleExpression) == aws.ToString(record.ScheduleExpression) {
		read.created, read.checked, read.due = before.created, before.checked, before.due
	} else if strings.HasPrefix(aws.ToString(record.ScheduleExpression), "rate(") && record.StartDate == nil {
		read.due = []*due{{at: now}}
	}
	s.known[arn] = read
	return nil
}

// readAll reads the known schedules of a region again.
func (s *schedules) readAll(ctx context.Context, region string) error {
	var problems []error
	for _, one := range s.all() {
		if placeOf(one.arn).region == region {
			problems = append(problems, s.read(ctx, one.arn))
		}
	}
	return errors.Join(problems...)
}

func (s *schedules) all() []*schedule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*schedule
	for _, one := range s.known {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *schedule) int { return cmp.Compare(a.arn, b.arn) })
	return all
}

// tick starts what is due. It is not called twice at once.
func (s *schedules) tick() error {
	now := s.world.now()
	var problems []error
	for _, one := range s.all() {
		problems = append(problems, s.comesDue(one, now))
		for _, run := range s.take(one) {
			if s.start(one, run, now) {
				continue
			}
			s.mu.Lock()
			one.due = append(one.due, run)
			s.mu.Unlock()
		}
	}
	return errors.Join(problems...)
}

// comesDue adds the runs whose time has come since the last call.
func (s *schedules) comesDue(one *schedule, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := one.checked
	one.checked = now
	if one.record.State == schedulertypes.ScheduleStateDisabled {
		return nil
	}
	times := scalingrules.Schedule{
		Name: aws.ToString(one.record.Name), Expression: aws.ToString(one.record.ScheduleExpression),
		TimeZone: aws.ToString(one.record.ScheduleExpressionTimezone),
		Start:    aws.ToTime(one.record.StartDate), End: aws.ToTime(one.record.EndDate),
	}
	since := from
	if strings.HasPrefix(times.Expression, "rate(") {
		since = one.created
	}
	all, err := times.Times(since, now)
	for _, at := range all {
		if !at.Before(from) {
			one.due = append(one.due, &due{at: at})
		}
	}
	return err
}

// take returns the runs that are due, and takes them from the schedule.
func (s *schedules) take(one *schedule) []*due {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := one.due
	one.due = nil
	return taken
}

// start starts a run, and reports whether that is done with: false means that it is to be tried later.
// Source: EventBridge Scheduler API, RetryPolicy.
func (s *schedules) start(one *schedule, run *due, now time.Time) bool {
	target := one.record.Target
	if target == nil || target.EcsParameters == nil {
		return true
	}
	s.count(one, "InvocationAttemptCount")
	started, err := s.runTask(one)
	run.attempts++
	if err == nil {
		started.Schedule, started.At = aws.ToString(one.record.Name), time.Now()
		s.keep(started)
		return true
	}
	s.count(one, "TargetErrorCount")
	policy := schedulertypes.RetryPolicy{}
	if target.RetryPolicy != nil {
		policy = *target.RetryPolicy
	}
	age := time.Duration(aws.ToInt32(policy.MaximumEventAgeInSeconds)) * time.Second
	if run.attempts <= int(aws.ToInt32(policy.MaximumRetryAttempts)) && now.Sub(run.at) < age {
		return false
	}
	s.count(one, "InvocationDroppedCount")
	s.keep(&Run{
		Schedule: aws.ToString(one.record.Name), At: time.Now(), State: "not started: " + err.Error(), Failed: true,
	})
	return true
}

// count adds one to a metric of the schedule's group.
// Source: EventBridge Scheduler user guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch".
func (s *schedules) count(one *schedule, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counted.add(placeOf(one.arn), metrics.Metric{Namespace: "AWS/Scheduler", Name: name, Dimensions: map[string]string{
		"ScheduleGroup": aws.ToString(one.record.GroupName),
	}}, types.StandardUnitCount, 1)
}

// minute adds what was counted since the last call.
func (s *schedules) minute(all measured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, data := range s.counted {
		all[p] = append(all[p], data...)
	}
	s.counted = measured{}
}

// runTask starts the task of a schedule, as its role may.
func (s *schedules) runTask(one *schedule) (*Run, error) {
	ctx := s.world.ctx
	in, err := runTaskInput(one.record)
	if err != nil {
		return nil, err
	}
	client := ecs.NewFromConfig(s.world.front(placeOf(one.arn)))
	definition, err := client.DescribeTaskDefinition(ctx,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: in.TaskDefinition})
	if err != nil {
		return nil, err
	}
	if err := s.permitted(one, *definition.TaskDefinition); err != nil {
		return nil, err
	}
	out, err := client.RunTask(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(out.Tasks) == 0 {
		return nil, fmt.Errorf("RunTask started nothing: %v", out.Failures)
	}
	run := &Run{Task: aws.ToString(out.Tasks[0].TaskArn)}
	for _, c := range definition.TaskDefinition.ContainerDefinitions {
		if c.Essential == nil || *c.Essential {
			run.essential = append(run.essential, aws.ToString(c.Name))
		}
	}
	return run, nil
}

// permitted reports what the schedule's role may not do.
// Source: EventBridge Scheduler user guide, "Set up the execution role" and "Confused deputy prevention".
func (s *schedules) permitted(one *schedule, definition ecstypes.TaskDefinition) error {
	place, target := placeOf(one.arn), one.record.Target
	role, err := s.world.readRole(s.world.ctx, place, aws.ToString(target.RoleArn), aws.ToString(one.record.Name))
	if err != nil {
		return err
	}
	if role == nil || !role.trustsScheduler(place, aws.ToString(one.record.GroupName)) {
		return fmt.Errorf("the execution role %s must allow EventBridge Scheduler to assume it",
			aws.ToString(target.RoleArn))
	}
	run := role.denialWith("ecs:RunTask", aws.ToString(definition.TaskDefinitionArn), "ecs:cluster",
		aws.ToString(target.Arn))
	if run != "" {
		return errors.New(run)
	}
	for _, arn := range []*string{definition.ExecutionRoleArn, definition.TaskRoleArn} {
		if arn == nil {
			continue
		}
		pass := role.denialWith("iam:PassRole", *arn, "iam:PassedToService", "ecs-tasks.amazonaws.com")
		if pass != "" {
			return errors.New(pass)
		}
	}
	return nil
}

// startedBy is how ECS says that EventBridge Scheduler has started a task. It is not documented; people have published
// what ECS describes.
const startedBy = "chronos-schedule/"

// runTaskInput turns the parameters of a schedule into those of RunTask. Its input is what is different in the task.
// Source: EventBridge Scheduler API, EcsParameters; ECS developer guide, "Using Amazon EventBridge Scheduler to
// schedule Amazon ECS tasks".
func runTaskInput(record *eventscheduler.GetScheduleOutput) (*ecs.RunTaskInput, error) {
	p := record.Target.EcsParameters
	in := &ecs.RunTaskInput{
		Cluster: record.Target.Arn, TaskDefinition: p.TaskDefinitionArn, Count: p.TaskCount, Group: p.Group,
		LaunchType: ecstypes.LaunchType(p.LaunchType), PlatformVersion: p.PlatformVersion,
		EnableECSManagedTags: aws.ToBool(p.EnableECSManagedTags),
		EnableExecuteCommand: aws.ToBool(p.EnableExecuteCommand),
		PropagateTags:        ecstypes.PropagateTags(p.PropagateTags),
		StartedBy:            aws.String(shortened(startedBy + aws.ToString(record.Name))),
	}
	for _, item := range p.CapacityProviderStrategy {
		in.CapacityProviderStrategy = append(in.CapacityProviderStrategy, ecstypes.CapacityProviderStrategyItem{
			CapacityProvider: item.CapacityProvider, Base: item.Base, Weight: item.Weight,
		})
	}
	if n := p.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		in.NetworkConfiguration = &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: n.AwsvpcConfiguration.Subnets, SecurityGroups: n.AwsvpcConfiguration.SecurityGroups,
			AssignPublicIp: ecstypes.AssignPublicIp(n.AwsvpcConfiguration.AssignPublicIp),
		}}
	}
	if input := aws.ToString(record.Target.Input); input != "" {
		in.Overrides = &ecstypes.TaskOverride{}
		if err := json.Unmarshal([]byte(input), in.Overrides); err != nil {
			return nil, fmt.Errorf("reading the schedule's input: %w", err)
		}
	}
	return in, nil
}

// shortened cuts a text to the length that startedBy may have. Source: ECS API, RunTask.
func shortened(text string) string { return text[:min(len(text), 128)] }

// remembered is how many runs are kept.
const remembered = 50

func (s *schedules) keep(run *Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append([]*Run{run}, s.runs[:min(len(s.runs), remembered-1)]...)
}

// status returns the last runs, the newest first, with what has become of them.
func (s *schedules) status() []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Run{}
	for _, run := range s.runs {
		if run.Task != "" {
			if tasks, _ := s.world.scheduler.Tasks([]string{run.Task}); len(tasks) == 1 {
				task, _ := tasks[0].(object)
				run.State, run.Failed = run.outcome(task)
			}
		}
		all = append(all, *run)
	}
	return all
}

// outcome says in words what has become of the task: its state, or how it has ended.
func (r *Run) outcome(task object) (state string, failed bool) {
	status, _ := task["lastStatus"].(string)
	if status != scheduler.Stopped {
		return status, false
	}
	reason, _ := task["stoppedReason"].(string)
	state, failed = reason, task["stopCode"] != string(ecstypes.TaskStopCodeEssentialContainerExited)
	containers, _ := task["containers"].([]any)
	for _, item := range containers {
		container, _ := item.(object)
		name, _ := container["name"].(string)
		if code, exited := container["exitCode"]; exited && !failed && slices.Contains(r.essential, name) {
			state, failed = fmt.Sprintf("%s ended with exit code %v", name, code), fmt.Sprint(code) != "0"
		}
	}
	return state, failed
}
