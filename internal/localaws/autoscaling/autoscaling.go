// Package autoscaling is the Application Auto Scaling of an account and region of the local AWS: it reads scalable
// targets, policies and schedules from the records, and changes the number of tasks of services by package
// scaling/rules.
package autoscaling

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/awsread"
	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/scheduler"
	"webapp/scaling/deployed"
	"webapp/scaling/rules"
)

const dimension = "ecs:service:DesiredCount"

// Services are what is scaled.
type Services interface {
	// Find returns a service by its name and that of its cluster.
	Find(cluster, name string) (scheduler.State, bool)
	SetDesired(arn string, tasks int)
}

// Options say what an Application Auto Scaling works with.
type Options struct {
	// Records is for clients of moto, Front for clients that see what the local AWS adds to it.
	Records, Front aws.Config
	Services       Services
	Metrics        *metrics.Store
	// Began is when the local AWS began, and Now the time of AWS.
	Began time.Time
	Now   func() time.Time
}

// AutoScaling is an Application Auto Scaling.
type AutoScaling struct {
	options Options

	reading sync.Mutex // held while the records are read
	mu      sync.Mutex
	minute  int // the last one that has ended
	targets map[string]*target
	// activities are the last ones, the newest first.
	activities []*Activity
}

// New returns an Application Auto Scaling without targets.
func New(o Options) *AutoScaling {
	return &AutoScaling{options: o, minute: -1, targets: map[string]*target{}}
}

func (a *AutoScaling) now() time.Time { return a.options.Now() }

// target is a service that scales.
type target struct {
	resource, cluster, service string
	plan                       rules.Plan
	scaler                     *rules.Scaler
	series                     map[rules.Metric]*series
	alarms                     map[string]policy // by the name of the policy in the plan
	changing                   *Activity         // nil where nothing changes
	to                         int               // tasks that the change asks for
	read, checked              time.Time         // AWS's time of the plan, and until when schedules have run
}

// policy is a policy's name, and those of the alarms that trigger it.
type policy struct{ name, high, low string }

// series are a metric's values as the plan has them.
type series struct {
	source source
	factor float64
	values rules.Series
}

// Refresh reads the records anew. It is called when they have changed.
func (a *AutoScaling) Refresh(ctx context.Context) error {
	a.reading.Lock()
	defer a.reading.Unlock()
	r := awsread.New(ctx, a.options.Front)
	targets, alarms := r.ScalableTargets(), r.Alarms()
	if err := r.Err(); err != nil {
		return err
	}
	used, known := map[string]bool{}, map[string]bool{}
	var problems []error
	for _, record := range targets {
		known[aws.ToString(record.ResourceId)] = true
		problems = append(problems, a.refreshTarget(ctx, aws.ToString(record.ResourceId), alarms, used))
	}
	problems = append(problems, a.deleteAlarms(ctx, alarms, used))
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.targets, func(resource string, _ *target) bool { return !known[resource] })
	return errors.Join(problems...)
}

// refreshTarget reads how one service scales. It notes which alarms are used.
func (a *AutoScaling) refreshTarget(
	ctx context.Context, resource string, alarms []types.MetricAlarm, used map[string]bool,
) error {
	parts := strings.Split(resource, "/")
	if len(parts) != 3 { // service/CLUSTER/NAME
		return fmt.Errorf("%s is not a service", resource)
	}
	t := &target{
		resource: resource, cluster: parts[1], service: parts[2],
		series: map[rules.Metric]*series{}, alarms: map[string]policy{}, read: a.now(), checked: a.now(),
	}
	r := awsread.New(ctx, a.options.Front)
	policies := r.ScalingPolicies(t.cluster, t.service)
	if err := r.Err(); err != nil {
		return err
	}
	for _, p := range policies {
		for _, alarm := range p.Alarms {
			used[aws.ToString(alarm.AlarmName)] = true
		}
	}
	// A policy that is left out scales nothing.
	plan, _, err := deployed.Read(ctx, a.options.Front, t.cluster, t.service)
	if err != nil {
		return err
	}
	plan.Initial = 0                    // the present number, which changes
	t.plan = plan.HighResolution(false) // metrics are measured once a minute here
	if err := a.connect(ctx, t, policies, alarms); err != nil {
		return err
	}
	return a.replace(ctx, t)
}

// connect finds the metrics and alarms of the policies.
func (a *AutoScaling) connect(
	ctx context.Context, t *target, policies []scalingtypes.ScalingPolicy, alarms []types.MetricAlarm,
) error {
	for _, p := range policies {
		name := aws.ToString(p.PolicyName)
		if p.TargetTrackingScalingPolicyConfiguration == nil {
			t.connectSteps(name, aws.ToString(p.PolicyARN), alarms)
			continue
		}
		known := policy{name: name}
		for _, alarm := range p.Alarms {
			if isLow(aws.ToString(alarm.AlarmName)) {
				known.low = aws.ToString(alarm.AlarmName)
			} else {
				known.high = aws.ToString(alarm.AlarmName)
			}
		}
		q := trackedBy(p, t.cluster, t.service)
		if i := slices.IndexFunc(t.plan.Tracking, func(of rules.Tracking) bool {
			return of.Name == deployed.PolicyName(name)
		}); i >= 0 {
			tracking := t.plan.Tracking[i]
			t.alarms[tracking.Name] = known
			t.addSeries(tracking.Metric, q)
		}
		if a.isCorrect(p, q, alarms) {
			continue
		}
		if err := a.correctAlarms(ctx, p, q, rules.DefaultAssumptions()); err != nil {
			return err
		}
	}
	return nil
}

// isCorrect reports whether the alarms of a policy are AWS's already. Correcting them again would reset their states.
func (a *AutoScaling) isCorrect(p scalingtypes.ScalingPolicy, q source, alarms []types.MetricAlarm) bool {
	target := aws.ToFloat64(p.TargetTrackingScalingPolicyConfiguration.TargetValue)
	for _, alarm := range p.Alarms {
		i := slices.IndexFunc(alarms, func(one types.MetricAlarm) bool {
			return aws.ToString(one.AlarmName) == aws.ToString(alarm.AlarmName)
		})
		if i < 0 || !q.same(sourceOf(alarms[i])) ||
			!isLow(aws.ToString(alarm.AlarmName)) && aws.ToFloat64(alarms[i].Threshold) != target ||
			!strings.HasSuffix(aws.ToString(alarms[i].AlarmDescription), aws.ToString(p.PolicyARN)+".") {
			return false
		}
	}
	return true
}

// connectSteps finds the alarm that calls a step policy.
func (t *target) connectSteps(name, arn string, alarms []types.MetricAlarm) {
	for _, alarm := range alarms {
		if !slices.Contains(alarm.AlarmActions, arn) {
			continue
		}
		for _, steps := range t.plan.Steps {
			if steps.Name == deployed.PolicyName(name) {
				t.alarms[steps.Name] = policy{name: name, high: aws.ToString(alarm.AlarmName)}
				t.addSeries(steps.Metric, sourceOf(alarm))
			}
		}
	}
}

// addSeries adds the metric of a policy. Plans have response times in milliseconds.
func (t *target) addSeries(metric rules.Metric, q source) {
	t.series[metric] = &series{source: q, factor: deployed.Factor(metric)}
}

// before is how many minutes of a metric a new policy sees.
const before = 30

// replace puts a target that was read in the place of the one that is known, unless nothing has changed. The number of
// tasks moves into new limits at once.
// Source: Application Auto Scaling API, RegisterScalableTarget.
func (a *AutoScaling) replace(ctx context.Context, t *target) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.targets[t.resource]; known != nil {
		if reflect.DeepEqual(known.plan, t.plan) && reflect.DeepEqual(known.alarms, t.alarms) {
			return nil
		}
		t.changing, t.to = known.changing, known.to
	}
	for _, s := range t.series {
		values, err := s.source.values(a.options.Metrics, a.minute, before)
		if err != nil {
			return err
		}
		s.values = s.scaled(values)
	}
	t.scaler = rules.NewScaler(t.plan, rules.DefaultAssumptions(), func(m rules.Metric) *rules.Series {
		if s := t.series[m]; s != nil {
			return &s.values
		}
		return nil
	})
	a.targets[t.resource] = t
	return a.moveIntoLimits(ctx, t)
}

func (s *series) scaled(values []float64) rules.Series {
	for i := range values {
		values[i] *= s.factor
	}
	return values
}

func (a *AutoScaling) moveIntoLimits(ctx context.Context, t *target) error {
	state, found := a.options.Services.Find(t.cluster, t.service)
	if want := t.scaler.Within(state.Desired); found && want != state.Desired {
		return a.set(ctx, t, state, want, limitCause(state.Desired, want))
	}
	return nil
}

func limitCause(from, to int) string {
	if to > from {
		return fmt.Sprintf("minimum capacity was set to %d", to)
	}
	return fmt.Sprintf("maximum capacity was set to %d", to)
}

// Minute lets the policies see the metrics of a minute that has ended.
func (a *AutoScaling) Minute(ctx context.Context, minute int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.minute = minute
	var problems []error
	for _, t := range a.targets {
		for _, s := range t.series {
			values, err := s.source.values(a.options.Metrics, minute, 1)
			problems = append(problems, err)
			s.values = append(s.values, s.scaled(values)...)
		}
		problems = append(problems, a.decide(ctx, t))
	}
	return errors.Join(problems...)
}

func (a *AutoScaling) decide(ctx context.Context, t *target) error {
	state, found := a.options.Services.Find(t.cluster, t.service)
	last := -1
	for _, s := range t.series {
		last = len(s.values) - 1
	}
	if !found || last < 0 {
		return nil
	}
	change, changes := t.scaler.Decide(last, a.present(state))
	if !changes {
		return nil
	}
	alarm := t.alarms[change.Policy].high
	if change.Cause.Kind == rules.LowAlarm {
		alarm = t.alarms[change.Policy].low
	}
	return a.set(ctx, t, state, change.To, fmt.Sprintf("monitor alarm %s in state ALARM triggered policy %s",
		alarm, t.alarms[change.Policy].name))
}

// present is the state of a service as the rules see it.
func (a *AutoScaling) present(s scheduler.State) rules.Now {
	return rules.Now{
		Second: int(a.now().Sub(a.options.Began).Seconds()), Desired: s.Desired, Running: s.Running,
		Deploying: s.Rollout == scheduler.InProgress,
	}
}

// set changes the desired count of a service: in the records, and of what runs.
func (a *AutoScaling) set(ctx context.Context, t *target, state scheduler.State, to int, cause string) error {
	if t.changing != nil {
		t.changing.finish(overridden, "Another scaling activity has been initiated.")
	}
	t.changing = a.begin(t.resource, fmt.Sprintf("Setting desired count to %d.", to), cause,
		fmt.Sprintf("Successfully set desired count to %d. Waiting for change to be fulfilled by ecs.", to))
	t.to = to
	_, err := ecs.NewFromConfig(a.options.Records).UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: &t.cluster, Service: &t.service, DesiredCount: count(to),
	})
	if err != nil {
		t.changing.finish("Failed", err.Error())
		t.changing = nil
		return err
	}
	a.options.Services.SetDesired(state.ARN, to)
	return nil
}

// Tick runs the schedules that are due, and completes the activities whose tasks ECS has started or stopped.
func (a *AutoScaling) Tick(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var problems []error
	for _, t := range a.targets {
		a.endChange(t)
		problems = append(problems, a.runSchedules(ctx, t))
	}
	return errors.Join(problems...)
}

func (a *AutoScaling) endChange(t *target) {
	state, found := a.options.Services.Find(t.cluster, t.service)
	if t.changing == nil || !found || state.Running != t.to || state.Pending > 0 {
		return
	}
	t.changing.finish(successful,
		fmt.Sprintf("Successfully set desired count to %d. Change successfully fulfilled by ecs.", t.to))
	t.changing = nil
	t.scaler.Ended(a.present(state).Second)
}

// runSchedules runs the schedules whose time has come since the last call.
func (a *AutoScaling) runSchedules(ctx context.Context, t *target) error {
	from, to := t.checked, a.now()
	t.checked = to
	if t.plan.Suspended.Schedules {
		return nil
	}
	var problems []error
	for _, schedule := range t.plan.Schedules {
		since := from
		if strings.HasPrefix(schedule.Expression, "rate(") {
			since = t.read // a rate counts from the schedule's beginning
		}
		times, err := schedule.Times(since, to)
		problems = append(problems, err)
		if n := len(times); n > 0 && !times[n-1].Before(from) {
			problems = append(problems, a.runSchedule(ctx, t, schedule))
		}
	}
	return errors.Join(problems...)
}

func (a *AutoScaling) runSchedule(ctx context.Context, t *target, schedule rules.Schedule) error {
	state, found := a.options.Services.Find(t.cluster, t.service)
	if !found {
		return nil
	}
	change, changes := t.scaler.Schedule(schedule, a.present(state))
	fewest, most := t.scaler.Limits()
	t.plan.Min, t.plan.Max = fewest, most
	description := fmt.Sprintf("min capacity to %d and max capacity to %d", fewest, most)
	ran := a.begin(t.resource, "Setting "+description,
		fmt.Sprintf("scheduled action name %s was triggered", schedule.Name), "")
	_, err := applicationautoscaling.NewFromConfig(a.options.Records).RegisterScalableTarget(ctx,
		&applicationautoscaling.RegisterScalableTargetInput{
			ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &t.resource,
			ScalableDimension: scalingtypes.ScalableDimension(dimension),
			MinCapacity:       count(fewest), MaxCapacity: count(most),
		})
	if err != nil {
		ran.finish("Failed", err.Error())
		return err
	}
	ran.finish(successful, "Successfully set "+description)
	if !changes {
		return nil
	}
	return a.set(ctx, t, state, change.To, limitCause(change.From, change.To))
}
