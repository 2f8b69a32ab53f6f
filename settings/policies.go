package settings

import (
	"maps"
	"math"
	"slices"
	"time"
)

// MetricKind is one of the built-in metrics, which every service has.
type MetricKind string

// The built-in metrics. Only a service with a queue has a backlog.
const (
	CPU          MetricKind = "cpu"
	Memory       MetricKind = "memory"
	Requests     MetricKind = "requests"
	ResponseTime MetricKind = "responseTime"
	Backlog      MetricKind = "backlog"
)

// backlogPolicy is the name of the policy on the backlog.
const backlogPolicy = "backlog"

// metricKinds are the metrics that a burst or a step can be on.
func metricKinds() []MetricKind { return []MetricKind{CPU, Memory, Requests, ResponseTime} }

// Allowed returns the names of the built-in metrics.
func (MetricKind) Allowed() []string { return words(metricKinds()...) }

// most returns the largest value that the metric can have.
func (m MetricKind) most() float64 {
	switch m {
	case CPU, Memory:
		return 100
	case ResponseTime:
		return maxLatency
	case Requests, Backlog:
	}
	return math.Inf(1)
}

// Adjustment is how a step changes the number of tasks.
type Adjustment string

// The adjustments: by a number of tasks, by a percentage of the running ones, or to an exact number.
const (
	AdjustTasks   Adjustment = "tasks"
	AdjustPercent Adjustment = "percent"
	AdjustExact   Adjustment = "exact"
)

// Allowed returns the adjustments.
func (Adjustment) Allowed() []string { return words(AdjustTasks, AdjustPercent, AdjustExact) }

// MissingData is how an alarm treats a minute without data.
type MissingData string

// The treatments of a minute without data.
// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
const (
	MissingMissing      MissingData = "missing"
	MissingIgnore       MissingData = "ignore"
	MissingBreaching    MissingData = "breaching"
	MissingNotBreaching MissingData = "notBreaching"
)

// Allowed returns the treatments.
func (MissingData) Allowed() []string {
	return words(MissingMissing, MissingIgnore, MissingBreaching, MissingNotBreaching)
}

func words[T ~string](values ...T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

// Policies are the scaling policies of a service.
type Policies struct {
	Targets []TargetPolicy
	Steps   []StepPolicy
}

// TargetPolicy keeps a metric near a value.
type TargetPolicy struct {
	Name  string
	On    MetricKind // empty for a custom metric
	Value float64    // in the unit of the settings
	Cooldowns
	Metric *Metric // a custom metric, or nil
}

// StepPolicy changes the number of tasks when its alarm fires.
type StepPolicy struct {
	Name        string
	IsBurst     bool
	On          MetricKind // empty for a custom metric
	Metric      *Metric    // a custom metric, or nil
	Below       bool       // fires when the metric is at the first step or below it, not above it
	Steps       []Step
	Adjustment  Adjustment
	AtLeast     int // minimum number of tasks that a change in percent adds or removes
	Minutes     int // before the alarm fires
	MissingData MissingData
	Cooldown    time.Duration
}

// Policies lists the policies in the order of the settings, those with custom names sorted by name.
func (s *Scaling) Policies() Policies {
	var p Policies
	if s.CPU != nil {
		p.Targets = append(p.Targets, TargetPolicy{Name: "cpu", On: CPU, Value: s.CPU.Percent,
			Cooldowns: s.CPU.Cooldowns})
	}
	if s.Memory != nil {
		p.Targets = append(p.Targets, TargetPolicy{Name: "memory", On: Memory, Value: s.Memory.Percent,
			Cooldowns: s.Memory.Cooldowns})
	}
	if t := s.Requests; t != nil {
		p.Targets = append(p.Targets, TargetPolicy{Name: "requests", On: Requests, Value: t.PerMinute,
			Cooldowns: t.Cooldowns})
	}
	if t := s.ResponseTime; t != nil {
		p.Targets = append(p.Targets,
			TargetPolicy{Name: "response-time", On: ResponseTime, Value: t.Milliseconds, Cooldowns: t.Cooldowns})
	}
	if t := s.Backlog; t != nil {
		p.Targets = append(p.Targets, TargetPolicy{Name: backlogPolicy, On: Backlog, Value: t.PerTask,
			Cooldowns: t.Cooldowns})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		t := s.Metrics[name]
		p.Targets = append(p.Targets, TargetPolicy{Name: name, Metric: &t.Metric, Value: t.Target,
			Cooldowns: t.Cooldowns})
	}
	if s.Burst != nil {
		p.Steps = append(p.Steps, s.Burst.Policy())
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		p.Steps = append(p.Steps, s.Steps[name].policy(name))
	}
	return p
}

// NewBurst returns a burst with the default settings for a metric with a target.
func NewBurst(on MetricKind, target float64) Burst {
	var b Burst
	b.SetDefaults()
	b.On, b.Threshold = on, burstThreshold(on, target)
	return b
}

// burstThreshold returns the default threshold of a burst: one and a half times the target, but at most half-way from
// it to the largest value of the metric.
func burstThreshold(on MetricKind, target float64) float64 {
	return min(target*1.5, (target+on.most())/2)
}

// Policy returns the burst as a step policy: one step, after one minute above the threshold.
func (b Burst) Policy() StepPolicy {
	return StepPolicy{
		Name: "burst", IsBurst: true, On: b.On, Steps: []Step{{At: b.Threshold, Change: b.Percent}},
		Adjustment: AdjustPercent, AtLeast: 1, Minutes: 1, MissingData: MissingMissing, Cooldown: b.Cooldown,
	}
}

func (s *StepScaling) policy(name string) StepPolicy {
	return StepPolicy{
		Name: name, On: s.On, Metric: s.Metric, Below: s.Below(), Steps: s.Steps,
		Adjustment: s.Adjustment, AtLeast: s.AtLeast, Minutes: s.Minutes, MissingData: s.MissingData,
		Cooldown: s.Cooldown,
	}
}
