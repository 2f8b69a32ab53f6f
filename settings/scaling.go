package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"webapp/internal/configfile"
)

// Scaling lets Application Auto Scaling choose the number of tasks between two limits. Targets (cpu, memory, requests,
// responseTime, backlog, metrics) keep a metric near a value; with several targets, the one that needs the most tasks
// wins. Steps and burst respond to a metric with a fixed change, and schedules move the limits.
// Source: Application Auto Scaling user guide, "Target tracking scaling policies".
type Scaling struct {
	// Min is the minimum number of tasks, 0 to Max. With 0, something must be able to start the first task again: a
	// schedule with a min of 1 or more, the target backlog, or a step or target on another metric that exists without
	// tasks. The metrics cpu, memory, requests and responseTime have no data without tasks. Default 1.
	Min int `yaml:"min" range:"0,5000"`

	// Max is the maximum number of tasks, Min to 5000. It also limits the cost of the service. Default 5.
	Max int `yaml:"max" range:"1,5000"`

	// CPU tracks the average CPU use of the service's tasks. Default: none.
	CPU *TargetTracking `yaml:"cpu"`

	// Memory tracks the average memory use of the service's tasks. Adding tasks does not lower what each one uses when
	// idle: a target near that value prevents the service from scaling in, and a target below it drives the service to
	// Max. Default: none.
	Memory *TargetTracking `yaml:"memory"`

	// Requests tracks the number of requests that each task gets from the load balancer, on all its ports. It responds
	// sooner than CPU, and works well if all requests take about the same effort. Default: none.
	Requests *RequestTracking `yaml:"requests"`

	// ResponseTime tracks how long the tasks take to respond. Overloaded tasks respond many times slower, so an
	// overload drives the service to Max. If the cause of slow responses is elsewhere, such as in a database, adding
	// tasks does not help. Without requests the metric has no data, and nothing scales in. Default: none.
	ResponseTime *ResponseTimeTracking `yaml:"responseTime"`

	// Backlog tracks the number of messages in the service's queue for each task. The service needs a queue. It reads
	// Container Insights metrics, which it turns on. Default: none.
	Backlog *BacklogTracking `yaml:"backlog"`

	// Metrics are other CloudWatch metrics to track, by names that you choose: 1 to 40 lower-case letters, digits and
	// hyphens, beginning with a letter. Each metric must fall when tasks are added: the number of queued messages per
	// task does, the total number of messages does not. Default: none.
	Metrics map[string]*MetricTracking `yaml:"metrics"`

	// Burst adds tasks after one minute of overload; a target waits for three. It needs a target. Default: none.
	Burst *Burst `yaml:"burst"`

	// Steps change the number of tasks depending on how far a metric is from normal, by names as those of metrics. Each
	// has an alarm. Default: none.
	Steps map[string]*StepScaling `yaml:"steps"`

	// Schedules change the limits at certain times, by names as those of metrics. With schedules, a changed min or max
	// applies only when the next schedule that uses it runs. Default: none.
	Schedules map[string]*Schedule `yaml:"schedules"`

	// Suspended lists what scaling must not do for now: scaleIn, scaleOut (by targets, steps and burst) and schedules.
	// Default: none.
	Suspended []string `yaml:"suspended" enum:"scaleIn,scaleOut,schedules"`
}

// Values of suspended.
const (
	SuspendScaleIn   = "scaleIn"
	SuspendScaleOut  = "scaleOut"
	SuspendSchedules = "schedules"
)

func (s *Scaling) SetDefaults() {
	s.Min = 1
	s.Max = 5
}

func (s *Scaling) derive(given func(path string) bool) {
	for name, schedule := range s.Schedules {
		at := configfile.JoinPath("schedules", configfile.QuoteKey(name))
		schedule.derive(s, func(path string) bool { return given(configfile.JoinPath(at, path)) })
	}
	if s.Burst != nil {
		s.Burst.derive(s, func(path string) bool { return given(configfile.JoinPath("burst", path)) })
	}
}

func (s *Scaling) ShorthandKey(value string) string {
	if _, err := strconv.Atoi(value); err == nil {
		return "max"
	}
	return ""
}

func (s *Scaling) Check(c configfile.Checker) {
	switch {
	case !c.Valid("min", "max") || s.Min <= s.Max:
	case configfile.Later(c.At("min"), c.At("max")):
		c.At("min").Problemf("%d is above scaling.max (%d); lower min to at most %d, or raise max", s.Min, s.Max, s.Max)
	default:
		c.At("max").Problemf("%d is below scaling.min (%d); raise max to at least %d, or lower min", s.Max, s.Min,
			s.Min)
	}
	configfile.CheckItems(c.At("suspended"), s.Suspended, "list each one once", func(configfile.Checker, string) {})
	if slices.Equal(s.Suspended, []string{SuspendSchedules}) && len(s.Schedules) == 0 &&
		c.Written("suspended") && c.Valid("schedules") {
		c.At("suspended").Problemf("has no effect: there are no schedules to suspend; write [scaleIn, scaleOut] for what " +
			"targets and steps do, or remove it")
	}
	s.checkPolicies(c)
	s.checkSchedules(c)
}

// checkPolicies applies the rules of each policy, and those that compare policies.
func (s *Scaling) checkPolicies(c configfile.Checker) {
	if c.Valid("", "cpu", "memory", "requests", "responseTime", "backlog", "metrics", "steps", "schedules") &&
		!s.scales() {
		if s.Min == s.Max {
			c.Problemf(fixedSize, s.Min)
		} else {
			c.Problemf("has no target, so the service would never scale; add cpu: {percent: 50} or memory: {percent: " +
				"50}, or remove scaling and write service: {desiredCount: …} for a fixed number of tasks")
		}
	}
	switch {
	case s.Burst != nil || !c.Valid("", "steps", "schedules") || s.lowers():
	case len(s.Policies().Targets) > 0:
		c.Notef("nothing ever removes tasks, since scaleIn is false for every target; remove it from one of them, or add " +
			"steps that remove tasks")
	case len(s.Steps) > 0:
		c.Notef("nothing ever removes tasks, since all steps add some; add steps that remove tasks, with when: below and a " +
			"change below 0, or a target such as cpu: {percent: 50}")
	case len(s.Schedules) > 0:
		c.Notef("nothing ever removes tasks, since a lower min stops none; write a lower max for one of the schedules, or " +
			"add a target such as cpu: {percent: 50}")
	}
	s.checkPolicyNames(c.At("metrics"))
	tracked := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		at := c.At("metrics").Key(name)
		checkScalingName(at, name, "policy")
		// Application Auto Scaling refuses a second target-tracking policy of the same metric.
		configfile.CheckUnique(at, tracked, s.Metrics[name].identity(), at.Path(), "two targets on the same metric "+
			"would work against each other; remove one")
	}
	s.checkSteps(c)
	if n := s.policies(); n > maxScalingPolicies {
		c.Problemf("has %d policies, but a service can have at most %d; remove some", n, maxScalingPolicies)
	}
}

const fixedSize = "has no target, and min and max are both %d, so the number of tasks is fixed; remove scaling and " +
	"write service: {desiredCount: %[1]d}"

// checkEffect reports steps and schedules that can never change the number of tasks. A target always may: with other
// limits, in another environment, it would.
func (s *Scaling) checkEffect(c configfile.Checker, desired int) {
	if !s.scales() || len(s.Policies().Targets) > 0 || s.Burst != nil {
		return
	}
	start, least, most := max(desired, s.Min), s.Min, s.MaxCapacity()
	for _, schedule := range s.Schedules {
		if schedule.Min > start || schedule.Max < start {
			return
		}
		least = min(least, schedule.Min)
	}
	for name, policy := range s.Steps {
		if !c.At("steps").Key(name).Valid("", "steps") {
			return
		}
		for _, step := range policy.Steps {
			change := step.Change
			if change == noChange {
				return
			}
			if policy.Adjustment == AdjustExact {
				change -= start
			}
			if change > 0 && most > start || change < 0 && least < start {
				return
			}
		}
	}
	if least == most {
		c.Problemf(fixedSize, least)
		return
	}
	c.Problemf("has no target, and neither steps nor schedules ever change the number of tasks from the %d that the "+
		"service starts with; add cpu: {percent: 50} or memory: {percent: 50}, or remove scaling and write service: "+
		"{desiredCount: %[1]d}", start)
}

// checkPolicyNames reports metrics whose policy would overwrite that of a built-in target. The names of step policies,
// and that of the burst, end differently.
// Source: Application Auto Scaling API, PutScalingPolicy ("creates or updates").
func (s *Scaling) checkPolicyNames(c configfile.Checker) {
	for _, t := range s.Policies().Targets {
		if t.Metric == nil && s.Metrics[t.Name] != nil {
			c.Key(t.Name).Problemf("is the name of the policy of scaling.%s too; choose another name", t.On)
		}
	}
}

// maxScalingPolicies and maxSchedules: Application Auto Scaling user guide, "Quotas".
const (
	maxScalingPolicies = 50
	maxSchedules       = 200
)

// scales reports whether anything ever changes the number of tasks.
func (s *Scaling) scales() bool { return s.policies() > 0 || len(s.Schedules) > 0 }

// withoutBacklog returns how an overlay that drops the queue scales without its length.
func (s *Scaling) withoutBacklog(c configfile.Checker) string {
	rest := *s
	if rest.Backlog = nil; rest.scales() {
		return "write " + nested(c.At("backlog").Path(), "null")
	}
	return "write " + nested(c.Path(), "null")
}

func (s *Scaling) policies() int {
	all := s.Policies()
	return len(all.Targets) + len(all.Steps)
}

// Target returns the target of one of the built-in metrics, or 0 if there is none.
func (s *Scaling) Target(metric MetricKind) float64 {
	for _, t := range s.Policies().Targets {
		if t.On == metric {
			return t.Value
		}
	}
	return 0
}

// tracked lists the built-in metrics with a target.
func (s *Scaling) tracked() []MetricKind {
	return slices.DeleteFunc(metricKinds(), func(metric MetricKind) bool { return s.Target(metric) == 0 })
}

// MaxCapacity returns the highest possible number of tasks: max, or the max of a schedule.
func (s *Scaling) MaxCapacity() int {
	most := s.Max
	for _, schedule := range s.Schedules {
		most = max(most, schedule.Max)
	}
	return most
}

// Suspends reports whether scaling must not do this for now.
func (s *Scaling) Suspends(what string) bool { return slices.Contains(s.Suspended, what) }

// checkScalingName checks the name of a policy or schedule, which becomes part of its name in AWS, of that of its
// alarm, and of a Terraform address.
func checkScalingName(c configfile.Checker, name, kind string) {
	if !policyName.MatchString(name) {
		c.Problemf("%q is not a valid name of a %s; "+nameRule, name, kind, 40)
	}
}

// describeMetric returns the value of a metric with its unit: "50 %". That of a custom metric is unknown.
func describeMetric(metric MetricKind, value float64) string {
	switch metric {
	case Requests:
		return fmt.Sprintf("%.10g requests a minute", value)
	case ResponseTime:
		return fmt.Sprintf("%.10g ms", value)
	case Backlog:
		return fmt.Sprintf("%.10g messages for each task", value)
	case CPU, Memory:
		return fmt.Sprintf("%.10g %%", value)
	}
	return fmt.Sprintf("%.10g", value)
}
