package settings

import (
	"fmt"
	"maps"
	"slices"

	"webapp/internal/configfile"
)

// Scaling lets Application Auto Scaling choose the number of tasks between two limits. Targets (cpu, memory, requests,
// responseTime, metrics) keep a metric near a value; where there are several, the one that asks for most tasks wins.
// Steps and the burst answer to a metric by a fixed change; schedules move the limits.
// Source: Application Auto Scaling user guide, "Target tracking scaling policies".
type Scaling struct {
	// Min is the fewest tasks to run, 0 to Max. With 0 there must be something that starts the first task again: a
	// schedule with a min of 1 or more, or a step or a target on a metric that exists without tasks, such as the length
	// of a queue. CPU, memory, requests and responseTime do not. Default 1.
	Min int `yaml:"min" range:"0,5000"`

	// Max is the most tasks to run, Min to 5000; it is also the limit of what the service can cost. Default 5.
	Max int `yaml:"max" range:"1,5000"`

	// CPU tracks the average CPU use of the service's tasks. Default: none.
	CPU *TargetTracking `yaml:"cpu"`

	// Memory tracks the average memory use of the service's tasks. What an idle task uses is not shared by more tasks:
	// a target near it keeps the service from scaling in, and one below it takes it to Max and keeps it there. Default:
	// none.
	Memory *TargetTracking `yaml:"memory"`

	// Requests tracks the requests that a task gets from the load balancer. It answers sooner than CPU, which grows
	// with them, and is right where all requests cost about the same. Default: none.
	Requests *RequestTracking `yaml:"requests"`

	// ResponseTime tracks how long the tasks take to answer. Full tasks answer many times slower, not a little, so that
	// in an overload it asks for as many tasks as Max allows; and slow for another reason, such as a database, they do
	// not get faster by being more. Without requests it has no data, and lets nothing scale in. Default: none.
	ResponseTime *ResponseTimeTracking `yaml:"responseTime"`

	// Metrics are any metrics of CloudWatch to track, by names of your own, such as the messages that wait in a queue
	// for each task. Each must fall when tasks are added: messages for each task will do, all messages will not.
	// Default: none.
	Metrics map[string]*MetricTracking `yaml:"metrics"`

	// Burst adds tasks after one minute of overload, beside a target, which waits three. Default: none.
	Burst *Burst `yaml:"burst"`

	// Steps are changes of the number of tasks by how far a metric is from normal, by names of your own, each with an
	// alarm. Default: none.
	Steps map[string]*StepScaling `yaml:"steps"`

	// Schedules are times at which the limits move, by names of your own. As soon as there is one, schedules own the
	// limits that run: a changed min or max in the file then comes into force with the next schedule that gives it.
	// Default: none.
	Schedules map[string]*Schedule `yaml:"schedules"`

	// Suspended is what scaling must not do for now: scaleIn, scaleOut (by targets, steps and burst) and schedules.
	// Default: none.
	Suspended []string `yaml:"suspended" enum:"scaleIn,scaleOut,schedules"`
}

// The metrics that every service has.
const (
	CPU          = "cpu"
	Memory       = "memory"
	Requests     = "requests"
	ResponseTime = "responseTime"
)

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

func (s *Scaling) Check(c configfile.Checker) {
	if c.Valid("min", "max") && s.Max < s.Min {
		c.At("max").Problemf("%d is below scaling.min (%d); raise max to at least %d, or lower min", s.Max, s.Min, s.Min)
	}
	s.checkPolicies(c)
	s.checkSchedules(c.At("schedules"))
}

// checkPolicies applies the rules of each policy, and those that hold among them.
func (s *Scaling) checkPolicies(c configfile.Checker) {
	if c.Valid("cpu", "memory", "requests", "responseTime", "metrics", "steps", "schedules") && !s.scales() {
		if s.Min == s.Max {
			c.Problemf("has no target, and min and max are both %d: the number of tasks is fixed; remove scaling "+
				"and write "+
				"service: {desiredCount: %d}", s.Min, s.Min)
		} else {
			c.Problemf("has no target, so that it would never scale; add cpu: {percent: 50} or memory: {percent: 50}, " +
				"or remove scaling and write service: {desiredCount: …} for a fixed number")
		}
	}
	tracked := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		at := c.At("metrics").Key(name)
		checkPolicyName(at, name)
		// Application Auto Scaling refuses a second target-tracking policy of the same metric.
		configfile.CheckUnique(at, tracked, s.Metrics[name].identity(), at.Path(), "two targets of one metric pull the service to and "+
			"fro; remove one")
	}
	s.checkSteps(c)
	if n := s.policies(); n > maxScalingPolicies {
		c.Problemf("%d policies are more than the %d that a service can have; remove some", n, maxScalingPolicies)
	}
}

// maxScalingPolicies and maxSchedules: Application Auto Scaling user guide, "Quotas".
const (
	maxScalingPolicies = 50
	maxSchedules       = 200
)

// scales says whether anything ever changes the number of tasks.
func (s *Scaling) scales() bool { return s.policies() > 0 || len(s.Schedules) > 0 }

func (s *Scaling) policies() int {
	n := len(s.Metrics) + len(s.Steps)
	for _, there := range []bool{s.CPU != nil, s.Memory != nil, s.Requests != nil, s.ResponseTime != nil, s.Burst != nil} {
		if there {
			n++
		}
	}
	return n
}

// Target is the value that a target keeps one of the metrics near that every service has; 0 where there is no such
// target.
func (s *Scaling) Target(metric string) float64 {
	switch {
	case metric == CPU && s.CPU != nil:
		return s.CPU.Percent
	case metric == Memory && s.Memory != nil:
		return s.Memory.Percent
	case metric == Requests && s.Requests != nil:
		return s.Requests.PerMinute
	case metric == ResponseTime && s.ResponseTime != nil:
		return s.ResponseTime.Milliseconds
	}
	return 0
}

// tracked lists those of the metrics that every service has which have a target.
func (s *Scaling) tracked() []string {
	return slices.DeleteFunc([]string{CPU, Memory, Requests, ResponseTime}, func(metric string) bool { return s.Target(metric) == 0 })
}

// MaxCapacity is the most tasks that ever run: max, or that of a schedule.
func (s *Scaling) MaxCapacity() int {
	most := s.Max
	for _, schedule := range s.Schedules {
		most = max(most, schedule.Max)
	}
	return most
}

// Suspends says whether scaling must not do this for now.
func (s *Scaling) Suspends(what string) bool { return slices.Contains(s.Suspended, what) }

// checkPolicyName: the name becomes part of the policy's and the alarm's, and of a Terraform address.
func checkPolicyName(c configfile.Checker, name string) {
	if !policyName.MatchString(name) {
		c.Problemf("%q is not a valid policy name; "+nameRule, name, 40)
	}
}

// describeMetric names one of the metrics that every service has with a value: "50 %".
func describeMetric(metric string, value float64) string {
	switch metric {
	case Requests:
		return fmt.Sprintf("%v requests a minute", value)
	case ResponseTime:
		return fmt.Sprintf("%v ms", value)
	}
	return fmt.Sprintf("%v %%", value)
}
