package settings

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Burst is a predefined step policy for sudden load. A target responds when its metric has been too high for three
// minutes in a row; sooner only with metrics each 20 seconds, which Terraform cannot switch on yet
// (aws/containers-roadmap #2113; docs/scaling.md). The burst adds tasks after one minute above its threshold, and the
// target later removes them.
type Burst struct {
	// On is the metric that the burst watches: cpu, memory, requests or responseTime. It must have a target. Default:
	// the first of these with a target.
	On MetricKind `yaml:"on"`

	// Threshold is the value of the metric, in the unit of its target, at which the burst adds tasks. It must be above
	// the target, and at most 100 for CPU and memory. Default: 1.5 times the target; for CPU and memory at most
	// half-way between the target and 100.
	Threshold float64 `yaml:"threshold"`

	// Percent is the number of tasks to add, in percent of the running ones, rounded down, but at least one task.
	// Default 100: the number doubles.
	Percent int `yaml:"percent" range:"1,1000" unit:"percent"`

	// Cooldown is the time after which a continuing overload adds tasks again. It should not be shorter than a task
	// takes to start and to affect the metric, or the same overload adds tasks twice. Default 3m.
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
		b.Threshold = burstThreshold(b.On, s.Target(b.On))
	}
}

// checkBurst applies the rules that span the burst and its target.
func (s *Scaling) checkBurst(c configfile.Checker) {
	b := s.Burst
	if !slices.Contains(metricKinds(), b.On) {
		if b.On == "" && c.Valid("", "on") {
			c.Problemf("needs a target, which removes the added tasks later; add cpu: {percent: 50} to scaling")
		}
		return
	}
	target := s.Target(b.On)
	if b.On == ResponseTime {
		noteSeconds(c.At("threshold"), b.Threshold)
	}
	switch {
	case target == 0 && c.At("on").ReportDropped(strings.TrimSuffix(c.Path(), "burst")+string(b.On),
		"write "+nested(c.Path(), "null")):
	case target == 0:
		c.At("on").Problemf("%s has no target, which is needed to remove the added tasks later; add scaling.%s, or "+
			"choose another metric", b.On, b.On)
	case b.Threshold <= target && target >= b.On.most():
		c.Problemf("has no room above the target of %s; lower that of scaling.%s, or choose another metric",
			describeMetric(b.On, target), b.On)
	case b.Threshold <= target:
		c.At("threshold").Problemf("%s is not above the target (%s), so the burst would respond to ordinary load; "+
			"write a higher value",
			describeMetric(b.On, b.Threshold), describeMetric(b.On, target))
	case b.Threshold > b.On.most():
		c.At("threshold").Problemf("%s can never be reached; write at most %.10g", describeMetric(b.On, b.Threshold),
			b.On.most())
	case !s.lowers():
		c.Problemf("needs something that removes the added tasks later, but scaleIn is false; remove it from "+
			"scaling.%s, or add steps that remove tasks", b.On)
	}
}

// StepScaling changes the number of tasks by steps that depend on the metric's value, when its alarm fires.
// Source: Application Auto Scaling user guide, "How step scaling for Application Auto Scaling works".
type StepScaling struct {
	// On is a built-in metric: cpu, memory, requests or responseTime. Set either On or Metric.
	On MetricKind `yaml:"on" optional:"true"`

	// Metric is any CloudWatch metric. Set either On or Metric. Default: none.
	Metric *Metric `yaml:"metric"`

	// When the alarm fires: above (the metric is at or above the first step) or below (at or below the first step). On a
	// built-in metric, steps above add tasks, and steps below remove them. Default above.
	When string `yaml:"when" enum:"above,below"`

	// Steps lists the changes and the values at which they begin: 1 to 20, or more if the account's quota is higher. The
	// first value is the alarm's threshold. In ascending order for above, in descending order for below. Required.
	Steps []Step `yaml:"steps"`

	// Adjustment is the meaning of a step's change: tasks (to add or remove), percent (of the running tasks), or exact
	// (the new number of tasks). Default tasks.
	Adjustment Adjustment `yaml:"adjustment"`

	// AtLeast is the minimum number of tasks that a change in percent adds or removes. Only with adjustment: percent.
	// Default 1.
	AtLeast int `yaml:"atLeast" range:"1,5000"`

	// Minutes in a row that the metric must be beyond the threshold before the alarm fires. Default 1.
	// Source: CloudWatch API, PutMetricAlarm EvaluationPeriods.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`

	// MissingData is how the alarm treats a minute without data: missing, ignore, breaching or notBreaching. Default
	// missing: without any data, nothing changes.
	// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
	MissingData MissingData `yaml:"missingData"`

	// Cooldown is the time after which the same step applies again while the alarm lasts. Default 5m.
	Cooldown time.Duration `yaml:"cooldown" range:"0s,2147483647s"`
}

// Step is a change that applies from one value of the metric to that of the next step.
type Step struct {
	// At is the value of the metric at which the step begins: in percent for cpu and memory, requests per task and
	// minute for requests, milliseconds for responseTime, otherwise the metric's own unit. For those, it is more than 0,
	// and at most 100 or 4000000; when below, less than that. Required.
	At float64 `yaml:"at"`

	// Change of the number of tasks, in the unit of adjustment. A negative change removes tasks. An exact number beyond
	// the limits, min and max, has the effect of the nearer one. Required.
	Change int `yaml:"change" range:"-5000,5000"`
}

const (
	above, below = "above", "below"
	maxSteps     = 20 // unless the account's quota is higher; Application Auto Scaling user guide, "Quotas"
)

// Below reports whether the steps respond to a metric that is too low.
func (s *StepScaling) Below() bool { return s.When == below }

func (s *StepScaling) SetDefaults() {
	*s = StepScaling{When: above, Adjustment: AdjustTasks, AtLeast: 1, Minutes: 1, MissingData: MissingMissing,
		Cooldown: defaultCooldown}
}

// ResetOthers lets an overlay replace a built-in metric with a custom one, or the other way round.
func (s *StepScaling) ResetOthers(given []string) {
	on, metric := slices.Contains(given, "on"), slices.Contains(given, "metric")
	if on && !metric {
		s.Metric = nil
	}
	if metric && !on {
		s.On = ""
	}
}

func (s *StepScaling) Check(c configfile.Checker) {
	switch {
	case s.On != "" && s.Metric != nil:
		c.At("metric").Problemf("cannot be combined with on; remove one of the two")
	case s.Metric != nil:
	case s.On != "":
	case c.Valid("", "on", "metric"):
		c.Problemf("has no metric; write on: cpu, or metric: {namespace: AWS/SQS, name: …}")
	}
	if s.AtLeast > 1 && s.Adjustment != AdjustPercent && c.Valid("adjustment") {
		c.At("atLeast").Problemf("only applies to changes in percent; remove it, or write adjustment: percent")
	}
	s.checkSteps(c.At("steps"), c.Valid("when"))
	if c.Valid("", "on", "metric", "when", "adjustment", "missingData") {
		s.checkDirection(c.At("steps"))
	}
}

// checkDirection reports steps on a built-in metric that go the wrong way: fewer tasks cannot take more load, and more
// tasks lower what each one has to do. A custom metric may be one that falls with the load. An alarm that missing data
// sets off may be for a service without tasks.
func (s *StepScaling) checkDirection(c configfile.Checker) {
	if s.On == "" || s.Adjustment == AdjustExact || s.MissingData == MissingBreaching {
		return
	}
	for i, step := range s.Steps {
		at := c.Index(i).At("change")
		switch {
		case step.Change == noChange:
		case !s.Below() && step.Change < 0:
			at.Problemf("%d removes tasks when the metric is high: the busier the service, the fewer tasks; write when: below "+
				"to remove tasks at low load, or a number above 0 to add tasks", step.Change)
		case s.Below() && step.Change > 0:
			at.Problemf("%d adds tasks when the metric is low: the less the service has to do, the more tasks; write when: "+
				"above to add tasks at high load, or a number below 0 to remove tasks", step.Change)
		}
	}
}

// checkSteps applies the rules of the steps. Some depend on the direction, if it is known.
func (s *StepScaling) checkSteps(c configfile.Checker, known bool) {
	if !c.Valid("") {
		return
	}
	switch n := len(s.Steps); {
	case n == 0:
		c.Problemf("has no steps; write some, such as [{at: 80, change: 2}]")
	case n > maxSteps:
		c.Notef("has %d steps; a policy has at most %d, unless the account's quota \"Step adjustments per step scaling "+
			"policy\" is higher", n, maxSteps)
	}
	if !slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Change != 0 || s.Adjustment == AdjustExact }) &&
		len(s.Steps) > 0 {
		c.Problemf("changes nothing, since every change is 0; write a number of tasks to add, such as change: 2, or a " +
			"negative one to remove tasks")
	}
	for i := range s.Steps {
		at := c.Index(i)
		if i > 0 && known && at.Valid("at") && c.Index(i-1).Valid("at") {
			switch before, here := s.Steps[i-1].At, s.Steps[i].At; {
			case s.Below() && here >= before:
				at.At("at").Problemf("%v is not below the previous step (%v); with when: below, write the steps in "+
					"descending order, each value once", here, before)
			case !s.Below() && here <= before:
				at.At("at").Problemf("%v is not above the previous step (%v); write the steps in ascending order, "+
					"each value once", here, before)
			}
		}
		if known {
			s.checkReach(at.At("at"), s.Steps[i].At)
		}
		if s.On == ResponseTime {
			noteSeconds(at.At("at"), s.Steps[i].At)
		}
		if s.Adjustment == AdjustExact && s.Steps[i].Change < 0 {
			at.At("change").Problemf("%d is not a valid number of tasks; write 0 or more, or adjustment: tasks",
				s.Steps[i].Change)
		}
	}
}

// checkReach reports a step of a built-in metric that begins where the metric never is, or always. Without data, an
// alarm can fire all the same if it treats that as breaching.
func (s *StepScaling) checkReach(c configfile.Checker, at float64) {
	most := s.On.most()
	never := !s.Below() && at > most || s.Below() && at <= 0
	switch {
	case s.On == "" || s.Metric != nil || never && s.MissingData == MissingBreaching:
	case never && at > most:
		c.Problemf("%s can never be reached; write at most %.10g", describeMetric(s.On, at), most)
	case never:
		c.Problemf("the metric never falls to %s; write a number above 0", describeMetric(s.On, at))
	case at <= 0:
		c.Problemf("%s is always reached, so the step would apply again and again; write a number above 0",
			describeMetric(s.On, at))
	case s.Below() && at >= most:
		c.Problemf("the metric is always below %s, so the step would apply again and again; write less than %.10g",
			describeMetric(s.On, at), most)
	}
}

// noChange marks a change that the file does not give. It is out of range for a given one.
const noChange = math.MinInt

func (s *Step) SetDefaults() { *s = Step{At: math.NaN(), Change: noChange} }

func (s *Step) Check(c configfile.Checker) {
	if math.IsNaN(s.At) {
		c.At("at").Problemf("is missing; write the value of the metric at which the step begins, such as at: 80")
	}
	if s.Change == noChange {
		c.At("change").Problemf("is missing; write the change of the number of tasks, such as change: 2")
	}
}

// checkSteps applies the rules of the step policies, and those that compare them and the burst.
func (s *Scaling) checkSteps(c configfile.Checker) {
	seen := map[string]string{}
	known := c.Valid("") || s.Burst != nil && s.Burst.On != ""
	if s.Burst != nil && known && c.Valid("cpu", "memory", "requests", "responseTime") {
		s.checkBurst(c.At("burst"))
		if c.Valid("burst") {
			seen[string(s.Burst.On)+" "+above] = c.At("burst").Path()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		at := c.At("steps").Key(name)
		checkScalingName(at, name, "policy")
		step := s.Steps[name]
		if at.Valid("") {
			configfile.CheckUnique(at, seen, metricOf(step.On, step.Metric)+" "+step.When, at.Path(), "two policies for "+
				"the same metric and direction would add up; merge their steps into one")
		}
		s.noteExact(c, at.At("steps"), step)
	}
	s.noteSteps(c)
}

// noteExact notes exact numbers of tasks beyond all limits, unless the limit comes from a later layer of the file.
// Source: Application Auto Scaling API, RegisterScalableTarget (MinCapacity, MaxCapacity).
func (s *Scaling) noteExact(c, at configfile.Checker, policy *StepScaling) {
	if policy.Adjustment != AdjustExact || !c.Valid("min", "max", "schedules") || !at.Valid("") {
		return
	}
	least, most := s.Min, s.MaxCapacity()
	for _, schedule := range s.Schedules {
		least = min(least, schedule.Min)
	}
	for i, step := range policy.Steps {
		at := at.Index(i).At("change")
		inOverlay := func(limit string) bool { return configfile.Later(c.At(limit), at) }
		switch {
		case step.Change < 0: // reported already, or missing
		case step.Change > most && !inOverlay("max"):
			at.Notef("%d is above the highest max (%d), beyond which scaling never goes; write at most %[2]d, or raise max",
				step.Change, most)
		case step.Change < least && !inOverlay("min"):
			at.Notef("%d is below the lowest min (%d), beyond which scaling never goes; write at least %[2]d, or lower min",
				step.Change, least)
		}
	}
}

// noteSteps points out steps that work against a target on their metric, or against other steps.
func (s *Scaling) noteSteps(c configfile.Checker) {
	targets := map[string]float64{}
	for _, t := range s.Policies().Targets {
		targets[metricOf(t.On, t.Metric)] = t.Value
	}
	type removal struct {
		path string
		at   float64
	}
	removals := map[string]removal{}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		step := s.Steps[name]
		i := slices.IndexFunc(step.Steps, func(step Step) bool { return step.Change < 0 })
		if !step.Below() || i < 0 {
			continue
		}
		metric, policy := metricOf(step.On, step.Metric), c.At("steps").Key(name)
		removals[metric] = removal{policy.Path(), step.Steps[i].At}
		if target, ok := targets[metric]; ok && step.Steps[i].At >= target {
			policy.At("steps").Index(i).At("at").Notef("%s is not below the target (%s), so the step would remove tasks "+
				"at ordinary load; write a lower value", describeMetric(step.On, step.Steps[i].At),
				describeMetric(step.On, target))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		step := s.Steps[name]
		i := slices.IndexFunc(step.Steps, func(step Step) bool { return step.Change > 0 })
		if step.Below() || i < 0 || step.Adjustment == AdjustExact { // an exact number may be fewer tasks, too
			continue
		}
		metric := metricOf(step.On, step.Metric)
		at, value := c.At("steps").Key(name).At("steps").Index(i).At("at"), step.Steps[i].At
		if target, ok := targets[metric]; ok && value <= target {
			at.Notef("%s is not above the target (%s), so the step would respond to ordinary load; write a higher value",
				describeMetric(step.On, value), describeMetric(step.On, target))
		}
		if r, ok := removals[metric]; ok && value <= r.at {
			at.Notef("%s is not above the %s below which %s removes tasks, so between the two they would be added and "+
				"removed in turn; write a higher value", describeMetric(step.On, value), describeMetric(step.On, r.at), r.path)
		}
	}
}

// metricOf returns a text that is the same for every policy on a metric.
func metricOf(on MetricKind, metric *Metric) string {
	if metric != nil {
		return metric.identity()
	}
	return string(on)
}
