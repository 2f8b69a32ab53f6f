package rules

import (
	"fmt"
	"math"

	"webapp/settings"
)

// Series is a metric's values, minute by minute; NaN where one is missing.
type Series []float64

// last returns the latest value up to a minute; NaN where there is none.
func (s Series) last(minute int) float64 {
	for i := minute; i >= 0; i-- {
		if !math.IsNaN(s[i]) {
			return s[i]
		}
	}
	return math.NaN()
}

// Proposal is the number of tasks that a policy asks for.
type Proposal struct {
	Policy   string
	Capacity int
	Cooldown *Cooldown // nil for scaling in, for which the service has one cooldown
	Seconds  int       // of the cooldown that follows
	Cause    Cause
}

// Cause is why a policy asks for another number of tasks.
type Cause struct {
	metric    Metric
	value     float64
	alarm     Alarm
	threshold float64
	values    Series // up to the minute that made the alarm fire
}

// Since returns the first of the minutes in a row in which the metric breached.
func (c Cause) Since() int {
	first := len(c.values) - 1
	for i := first; i >= 0 && (math.IsNaN(c.values[i]) || c.alarm.breaches(c.values[i])); i-- {
		first = i
	}
	return first
}

// String describes the cause: "CPU 93 % over 50 % for 3 minutes".
func (c Cause) String() string {
	side := "over"
	if c.alarm.Below {
		side = "under"
	}
	minutes := "1 minute"
	if n := len(c.values) - c.Since(); n != 1 {
		minutes = fmt.Sprintf("%d minutes", n)
	}
	return fmt.Sprintf("%s %s %s %s for %s",
		c.metric.Title(), c.metric.describe(c.value), side, c.metric.describe(c.threshold), minutes)
}

// Cooldown is a policy's memory of the tasks that it added.
//
// While it lasts, these tasks count: the policy adds more only for a larger need, measured from the number of tasks
// before the first of them.
// Source: Application Auto Scaling user guide, "Define cooldown periods" (targets) and "Cooldown period" (steps).
type Cooldown struct {
	until int // second; 0 for none
	base  int // tasks before the scale-out that started it
}

// from returns the number of tasks that a change is measured from.
func (c *Cooldown) from(second, desired int) int {
	if second < c.until {
		return c.base
	}
	return desired
}

// Begin starts the cooldown, or extends it.
func (c *Cooldown) Begin(second, desired, seconds int) {
	if second >= c.until {
		c.base = desired
	}
	c.until = second + seconds
}

// tracker is a target-tracking policy at work.
type tracker struct {
	Tracking
	values    *Series
	high, low Alarm
	highState State
	lowState  State
	cooldown  *Cooldown
}

func newTracker(t Tracking, a Assumptions, values *Series) *tracker {
	return &tracker{
		Tracking: t, values: values, cooldown: &Cooldown{},
		// "It should scale out when the metric is above the target", and never when it is below.
		// Source: Application Auto Scaling user guide, "Considerations".
		high: Alarm{
			Threshold: t.Target, Periods: a.HighMinutes, Datapoints: a.HighMinutes, Missing: settings.MissingMissing,
		},
		low: Alarm{
			Below: true, Threshold: t.Target * a.LowFraction, Periods: a.LowMinutes, Datapoints: a.LowMinutes,
			Missing: settings.MissingMissing,
		},
	}
}

// evaluate updates the states of both alarms after a minute.
func (t *tracker) evaluate(minute int) {
	values := (*t.values)[:minute+1]
	t.highState = t.high.Evaluate(values, t.highState)
	t.lowState = t.low.Evaluate(values, t.lowState)
}

// out proposes the capacity that brings the metric back to its target, in proportion and rounded up.
// Source: Application Auto Scaling user guide, "How target tracking scaling works" (in proportion), "Considerations"
// (rounding avoids adding too little or removing too much). That the latest minute counts is not documented.
func (t *tracker) out(minute, second, desired int) (Proposal, bool) {
	if t.highState != InAlarm {
		return Proposal{}, false
	}
	value := t.values.last(minute)
	return Proposal{
		Policy:   t.Name,
		Capacity: proportional(t.cooldown.from(second, desired), value, t.Target),
		Cooldown: t.cooldown, Seconds: int(t.ScaleOutCooldown.Seconds()),
		Cause: Cause{t.Metric, value, t.high, t.Target, (*t.values)[:minute+1]},
	}, true
}

// in proposes the capacity that the highest value of the low alarm's minutes still allows. That the highest value
// counts is not documented; AWS says that it removes tasks "more gradually" than it adds them.
//
// Where the removal of one task would bring the metric above the target, the rounding keeps the number as it is.
// Source: Application Auto Scaling user guide, "How target tracking scaling works".
func (t *tracker) in(minute, desired int, maxScaleIn float64) (Proposal, bool) {
	if t.lowState != InAlarm {
		return Proposal{}, false
	}
	highest := math.Inf(-1)
	for i := max(0, minute-t.low.Periods+1); i <= minute; i++ {
		if value := (*t.values)[i]; value > highest {
			highest = value
		}
	}
	fewest := desired - int(math.Ceil(float64(desired)*maxScaleIn))
	return Proposal{
		Policy:   t.Name,
		Capacity: max(proportional(desired, highest, t.Target), fewest),
		Seconds:  int(t.ScaleInCooldown.Seconds()),
		Cause:    Cause{t.Metric, highest, t.low, t.low.Threshold, (*t.values)[:minute+1]},
	}, true
}

func proportional(tasks int, value, target float64) int {
	const epsilon = 1e-9 // 3 tasks at 50 of 50 must stay 3 in spite of binary fractions
	return int(math.Ceil(float64(tasks)*value/target - epsilon))
}
