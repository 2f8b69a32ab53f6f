package scaling

import (
	"fmt"
	"math"

	"webapp/settings"
)

// proposal is what a policy wants.
type proposal struct {
	capacity int
	cooldown *cooldown
	seconds  int // of the cooldown that follows
	why      cause
}

// cause is why, which is put into words only for what is done.
type cause struct {
	metric    Metric
	value     float64
	alarm     Alarm
	threshold float64
	values    []float64 // up to the minute that set it off
}

// since is the first of the minutes in a row in which the metric was wrong.
func (c cause) since() int {
	first := len(c.values) - 1
	for i := first; i >= 0 && (math.IsNaN(c.values[i]) || c.alarm.breaches(c.values[i])); i-- {
		first = i
	}
	return first
}

func (c cause) String() string {
	word := "over"
	if c.alarm.Below {
		word = "under"
	}
	return fmt.Sprintf("%s %s %s for %s", describe(c.metric, c.value), word, describeTarget(c.metric, c.threshold), minutes(len(c.values)-c.since()))
}

// cooldown is a policy's memory of what it added.
//
// While it lasts, what was added counts: the policy adds no more unless a larger scale-out is called for, measured from
// before the first of them.
// Source: Application Auto Scaling user guide, "Define cooldown periods" (targets) and "Cooldown period" (steps).
type cooldown struct {
	until int // second; 0 for none
	base  int // tasks before what started it
}

// from is the number of tasks that a change is measured from.
func (c *cooldown) from(second, desired int) int {
	if second < c.until {
		return c.base
	}
	return desired
}

func (c *cooldown) begin(second, desired, seconds int) {
	if second >= c.until {
		c.base = desired
	}
	c.until = second + seconds
}

// tracker is a target-tracking policy at work.
type tracker struct {
	Tracking
	values    *[]float64
	high, low Alarm
	highState State
	lowState  State
	cooldown  *cooldown
}

func newTracker(t Tracking, a Assumptions, values *[]float64) *tracker {
	return &tracker{
		Tracking: t, values: values, cooldown: &cooldown{},
		// "It should scale out when the metric is above the target", and never when it is below.
		// Source: Application Auto Scaling user guide, "Considerations".
		high: Alarm{Threshold: t.Target, Periods: a.HighMinutes, Datapoints: a.HighMinutes, Missing: "missing"},
		low:  Alarm{Below: true, Threshold: t.Target * a.LowFraction, Periods: a.LowMinutes, Datapoints: a.LowMinutes, Missing: "missing"},
	}
}

// evaluate sets the states of both alarms after a minute.
func (t *tracker) evaluate(minute int) {
	values := (*t.values)[:minute+1]
	t.highState = t.high.Evaluate(values, t.highState)
	t.lowState = t.low.Evaluate(values, t.lowState)
}

// out is the capacity that brings the metric back to its target, in proportion, rounded up so that it suffices.
// Source: Application Auto Scaling user guide, "How target tracking scaling works" (in proportion), "Considerations"
// (rounding prevents adding too little or removing too much). That the latest minute counts is not documented.
func (t *tracker) out(minute, second, desired int) (proposal, bool) {
	if t.highState != InAlarm {
		return proposal{}, false
	}
	value := last(*t.values, minute)
	return proposal{
		capacity: proportional(t.cooldown.from(second, desired), value, t.Target),
		cooldown: t.cooldown, seconds: int(t.ScaleOutCooldown.Seconds()),
		why: cause{t.Metric, value, t.high, t.Target, (*t.values)[:minute+1]},
	}, true
}

// in is the capacity that the metric's highest value of the low alarm's minutes still allows. That the highest counts
// is not documented; AWS says that it removes "more gradually" than it adds.
//
// Where the removal of one task would bring the metric above the target, the rounding leaves the number as it is.
// Source: Application Auto Scaling user guide, "How target tracking scaling works".
func (t *tracker) in(minute, desired int, most float64) (proposal, bool) {
	if t.lowState != InAlarm {
		return proposal{}, false
	}
	highest := math.Inf(-1)
	for i := max(0, minute-t.low.Periods+1); i <= minute; i++ {
		if value := (*t.values)[i]; value > highest {
			highest = value
		}
	}
	fewest := desired - int(math.Ceil(float64(desired)*most))
	return proposal{
		capacity: max(proportional(desired, highest, t.Target), fewest),
		seconds:  int(t.ScaleInCooldown.Seconds()),
		why:      cause{t.Metric, highest, t.low, t.low.Threshold, (*t.values)[:minute+1]},
	}, true
}

func proportional(tasks int, value, target float64) int {
	const dust = 1e-9 // 3 tasks at 50 of 50 are 3, whatever binary fractions make of it
	return int(math.Ceil(float64(tasks)*value/target - dust))
}

// stepper is a step policy at work.
type stepper struct {
	Steps
	values   *[]float64
	state    State
	cooldown *cooldown
}

func (s *stepper) evaluate(minute int) {
	s.state = s.Alarm.Evaluate((*s.values)[:minute+1], s.state)
}

// change is what the step for the metric's distance from the threshold makes of the number of tasks. An alarm goes on
// to call its policy every minute that it lasts.
// Source: Application Auto Scaling user guide, "How step scaling works"; CloudWatch user guide, "Alarm actions".
func (s *stepper) change(minute, second, desired int) (proposal, bool) {
	if s.state != InAlarm {
		return proposal{}, false
	}
	value := last(*s.values, minute)
	step, ok := s.step(value - s.Alarm.Threshold)
	if !ok {
		return proposal{}, false
	}
	p := proposal{
		capacity: s.adjust(s.cooldown.from(second, desired), step.Change),
		cooldown: s.cooldown, seconds: int(s.Cooldown.Seconds()),
		why: cause{s.Metric, value, s.Alarm, s.Alarm.Threshold, (*s.values)[:minute+1]},
	}
	if p.capacity < desired { // a removal is not measured from before what was added
		p.capacity = s.adjust(desired, step.Change)
	}
	return p, true
}

// step finds the step for a distance. Above the threshold the lower bound belongs to a step and the upper one does not;
// below it is the other way round.
// Source: Application Auto Scaling API, StepAdjustment.
func (s *stepper) step(distance float64) (Step, bool) {
	for _, step := range s.Steps.Steps {
		in := distance >= step.Lower && distance < step.Upper
		if s.Alarm.Below {
			in = distance > step.Lower && distance <= step.Upper
		}
		if in {
			return step, true
		}
	}
	return Step{}, false
}

// adjust applies a change. A part of a task is rounded: towards zero beyond one task, to a whole one below it; and a
// change in percent is at least AtLeast.
// Source: Application Auto Scaling user guide, "Scaling adjustment types"; API StepScalingPolicyConfiguration.
func (s *stepper) adjust(tasks, change int) int {
	switch s.Adjustment {
	case "exact":
		return change
	case "percent":
		part := float64(tasks) * float64(change) / 100
		whole := int(part)
		if math.Abs(part) < 1 && part != 0 {
			whole = int(math.Copysign(1, part))
		}
		switch {
		case change > 0:
			whole = max(whole, s.AtLeast)
		case change < 0:
			whole = min(whole, -s.AtLeast)
		}
		return tasks + whole
	}
	return tasks + change
}

// last is the latest value up to a minute; NaN where there is none.
func last(values []float64, minute int) float64 {
	for i := minute; i >= 0; i-- {
		if !math.IsNaN(values[i]) {
			return values[i]
		}
	}
	return math.NaN()
}

var metricNames = map[string]string{
	settings.CPU: "CPU", settings.Memory: "memory", settings.Requests: "requests", settings.ResponseTime: "response time",
}

// Title names the metric for people.
func (m Metric) Title() string {
	if name, ok := metricNames[m.Kind]; ok {
		return name
	}
	return m.Name
}

// Unit of the metric's values, behind a number.
func (m Metric) Unit() string {
	return map[string]string{settings.CPU: " %", settings.Memory: " %", settings.Requests: " a minute", settings.ResponseTime: " ms"}[m.Kind]
}

func describe(m Metric, value float64) string { return m.Title() + " " + describeTarget(m, value) }

func describeTarget(m Metric, value float64) string {
	if value >= 10 || value == math.Trunc(value) {
		return fmt.Sprintf("%.0f%s", value, m.Unit())
	}
	return fmt.Sprintf("%.2g%s", value, m.Unit())
}

func minutes(n int) string {
	if n == 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
