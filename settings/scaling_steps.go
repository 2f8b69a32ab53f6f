package settings

import (
	"maps"
	"math"
	"slices"
	"time"

	"webapp/internal/configfile"
)

// Burst is a ready step policy for sudden load. A target waits until its metric was too high for three minutes in a
// row; the burst adds tasks after one minute above its threshold, and the target brings the number back. (The three
// minutes cannot be changed: aws/containers-roadmap #2113, #1208.)
type Burst struct {
	// On is the metric that it watches: cpu, memory, requests or responseTime; it must have a target. Default: the
	// first of these that has one.
	On string `yaml:"on" enum:"cpu,memory,requests,responseTime" optional:"true"`

	// Threshold is the metric's value, in the unit of its target, from which on a minute is an overload. It is above
	// the target; of CPU and memory at most 100. Default: one and a half times the target; of CPU and memory at most
	// half-way to 100.
	Threshold float64 `yaml:"threshold"`

	// Percent is how many tasks are added, in percent of those that run; a part of a task is left out, but one is added
	// at least. Default 100: the number doubles.
	Percent int `yaml:"percent" range:"1,1000" unit:"percent"`

	// Cooldown is the time after which an overload that lasts adds tasks again, 0s or more. Default 3m. It should not
	// be shorter than a task takes to start and show in the metric, or the same overload is answered twice.
	Cooldown time.Duration `yaml:"cooldown" range:"0s,2147483647s"`
}

func (b *Burst) SetDefaults() {
	b.Percent = 100
	b.Cooldown = 3 * time.Minute
}

func (b *Burst) derive(s *Scaling, given func(path string) bool) {
	if tracked := s.tracked(); !given("on") && len(tracked) > 0 {
		b.On = tracked[0]
	}
	if !given("threshold") {
		b.Threshold = burstThreshold(MetricKind(b.On), s.Target(b.On))
	}
}

// checkBurst applies the rules that the burst and its target have together.
func (s *Scaling) checkBurst(c configfile.Checker) {
	b := s.Burst
	if !slices.Contains([]string{CPU, Memory, Requests, ResponseTime}, b.On) {
		if b.On == "" {
			c.Problemf("has no target beside it, which would bring the number of tasks back; add cpu: {percent: 50}")
		}
		return
	}
	target := s.Target(b.On)
	switch {
	case target == 0:
		c.At("on").Problemf("%s has no target, which would bring the number of tasks back; add scaling.%s, or write "+
			"another metric", b.On, b.On)
	case b.Threshold <= target && target >= 100 && (b.On == CPU || b.On == Memory):
		c.Problemf("has no room above the target of %s; lower scaling.%s.percent, or take another metric", describeMetric(b.On, target), b.On)
	case b.Threshold <= target:
		c.At("threshold").Problemf("%s is not above the target (%s), so that the burst would answer ordinary load; "+
			"write more",
			describeMetric(b.On, b.Threshold), describeMetric(b.On, target))
	case (b.On == CPU || b.On == Memory) && b.Threshold > 100:
		c.At("threshold").Problemf("%v %% is more than the tasks have, so that it would never be reached; write at "+
			"most 100", b.Threshold)
	}
}

// StepScaling changes the number of tasks by as much as the metric's value calls for, when an alarm of its own goes
// off.
// Source: Application Auto Scaling user guide, "How step scaling for Application Auto Scaling works".
type StepScaling struct {
	// On is one of the metrics that every service has: cpu, memory, requests or responseTime. Either this or Metric.
	On string `yaml:"on" enum:"cpu,memory,requests,responseTime" optional:"true"`

	// Metric is any metric of CloudWatch. Either this or on. Default: none.
	Metric *Metric `yaml:"metric"`

	// When the alarm goes off: above (the metric is at the first step or above it) or below (at it or below it).
	// Default above.
	When string `yaml:"when" enum:"above,below"`

	// Steps are what to do from which value on, beginning with the alarm's threshold, 1 to 20. Upward for above,
	// downward for below. Required.
	Steps []Step `yaml:"steps"`

	// Adjustment says what a step's change is: tasks, percent (of the tasks that run), or exact (their new number).
	// Default tasks.
	Adjustment string `yaml:"adjustment" enum:"tasks,percent,exact"`

	// AtLeast is the fewest tasks that a change in percent adds or removes. Default 1. Only with adjustment: percent.
	AtLeast int `yaml:"atLeast" range:"1,5000"`

	// Minutes that the metric must have been there before the alarm goes off. Default 1.
	// Source: CloudWatch API, PutMetricAlarm EvaluationPeriods.
	Minutes int `yaml:"minutes" range:"1,1440"`

	// MissingData is what a minute without data counts as: missing, ignore, breaching or notBreaching. Default missing:
	// without any data nothing is done.
	// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
	MissingData string `yaml:"missingData" enum:"missing,ignore,breaching,notBreaching"`

	// Cooldown is the time after which the same step is taken again while the alarm lasts, 0s or more. Default 5m.
	Cooldown time.Duration `yaml:"cooldown" range:"0s,2147483647s"`
}

// Step is a change from a value of the metric on, up to the next step's.
type Step struct {
	// At is the metric's value from which on the step is taken: percent for CPU and memory, requests a task and minute,
	// milliseconds for responseTime, else the metric's own unit. Required.
	At float64 `yaml:"at"`

	// Change in the unit of adjustment; negative removes tasks. Required.
	Change int `yaml:"change" range:"-5000,5000"`
}

const (
	above, below = "above", "below"
	maxSteps     = 20 // Application Auto Scaling user guide, "Quotas"
)

// Below says whether the steps answer a metric that is too low.
func (s *StepScaling) Below() bool { return s.When == below }

func (s *StepScaling) SetDefaults() {
	*s = StepScaling{When: above, Adjustment: "tasks", AtLeast: 1, Minutes: 1, MissingData: "missing", Cooldown: defaultCooldown}
}

func (s *StepScaling) Check(c configfile.Checker) {
	switch {
	case s.On != "" && s.Metric != nil:
		c.At("metric").Problemf("stands beside on; write one of them")
	case s.Metric != nil:
	case s.On != "":
	case c.Valid("on", "metric"):
		c.Problemf("has no metric; write on: cpu, or metric: {namespace: AWS/SQS, name: …}")
	}
	if s.AtLeast > 1 && s.Adjustment != "percent" && c.Valid("adjustment") {
		c.At("atLeast").Problemf("is only for changes in percent; leave it out, or write adjustment: percent")
	}
	s.checkSteps(c.At("steps"))
}

func (s *StepScaling) checkSteps(c configfile.Checker) {
	if !c.Valid("") {
		return
	}
	if n := len(s.Steps); n == 0 || n > maxSteps {
		c.Problemf("has %d steps; write 1 to %d, such as [{at: 80, change: 2}]", n, maxSteps)
	}
	for i := range s.Steps {
		at := c.Index(i)
		if i > 0 && at.Valid("at") && c.Index(i-1).Valid("at") {
			switch before, here := s.Steps[i-1].At, s.Steps[i].At; {
			case s.Below() && here >= before:
				at.At("at").Problemf("%v is not below the step before (%v); order the steps of when: below "+
					"downward, each value once", here, before)
			case !s.Below() && here <= before:
				at.At("at").Problemf("%v is not above the step before (%v); order the steps upward, each value once", here, before)
			}
		}
		if s.Adjustment == "exact" && s.Steps[i].Change < 0 {
			at.At("change").Problemf("%d is not a valid number of tasks; write 0 or more, or adjustment: tasks", s.Steps[i].Change)
		}
	}
}

// noChange marks a change that the file does not give. No file can say it.
const noChange = math.MinInt

func (s *Step) SetDefaults() { *s = Step{At: math.NaN(), Change: noChange} }

func (s *Step) Check(c configfile.Checker) {
	if math.IsNaN(s.At) {
		c.At("at").Problemf("is missing; write the metric's value from which on the step is taken, such as at: 80")
	}
	if s.Change == noChange {
		c.At("change").Problemf("is missing; write how the number of tasks changes, such as change: 2")
	}
}

// checkSteps applies the rules of the step policies, and those that hold among them and the burst.
func (s *Scaling) checkSteps(c configfile.Checker) {
	seen := map[string]string{}
	if s.Burst != nil && c.Valid("cpu", "memory", "requests", "responseTime", "burst") {
		s.checkBurst(c.At("burst"))
		if c.Valid("burst") {
			seen[s.Burst.On+" "+above] = c.At("burst").Path()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		at := c.At("steps").Key(name)
		checkPolicyName(at, name)
		step := s.Steps[name]
		if at.Valid("") {
			metric := step.On
			if step.Metric != nil {
				metric = step.Metric.identity()
			}
			configfile.CheckUnique(at, seen, metric+" "+step.When, at.Path(), "two policies that answer the same values of one metric "+
				"add up by chance; put the steps into one")
		}
	}
}
