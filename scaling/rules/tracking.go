package rules

import (
	"math"

	"webapp/settings"
)

// tracker is a target-tracking policy at work.
type tracker struct {
	Tracking
	values                  *Series
	high, low               Alarm
	highState, lowState     State
	outCooldown, inCooldown cooldown
	outWaits, inWaits       bool // the alarm fires, and the cooldown lasts
	seen                    int  // the latest value that the alarms have seen; -1 for none
}

// Alarms returns the two alarms that Application Auto Scaling creates for a target.
func (t Tracking) Alarms(a Assumptions) (high, low Alarm) {
	// "It should scale out when the metric is above the target", and never when it is below.
	// Source: Application Auto Scaling user guide, "Considerations".
	above, below := a.HighMinutes, a.LowMinutes
	if t.Metric.HighResolution {
		above, below = a.HighResolutionHigh, a.HighResolutionLow
	}
	high = Alarm{Threshold: t.Target, Periods: above, Datapoints: above, Missing: settings.MissingMissing}
	low = Alarm{
		Below: true, Threshold: t.Target * a.LowFraction, Periods: below, Datapoints: below,
		Missing: settings.MissingMissing,
	}
	return high, low
}

func newTracker(t Tracking, a Assumptions, values *Series) *tracker {
	high, low := t.Alarms(a)
	return &tracker{Tracking: t, values: values, high: high, low: low, seen: -1}
}

// evaluate updates the states of both alarms after a value.
func (t *tracker) evaluate(seen int) {
	t.seen = seen
	values := (*t.values)[:seen+1]
	t.highState = t.high.Evaluate(values, t.highState)
	t.lowState = t.low.Evaluate(values, t.lowState)
}

// out proposes the capacity that brings the metric back to its target, in proportion and rounded up.
// Source: Application Auto Scaling user guide, "How target tracking scaling works" (in proportion), "Considerations"
// (rounding avoids adding too little or removing too much). That the latest value counts is not documented.
//
// It is measured from the tasks that run, not from those that are wanted, lest a need be answered again and again while
// its tasks start. From no task at all, the first value above the target adds the smallest number of tasks.
// Source: ECS developer guide, "Automatically scale your Amazon ECS service", considerations.
func (t *tracker) out(now Now) (proposal, bool) {
	value, alarm := t.values.last(t.seen), t.high
	from := t.outCooldown.from(now)
	capacity := proportional(from, value, t.Target)
	fires := t.highState == InAlarm
	waited := t.outCooldown.endedFor(t.outWaits, now.Second)
	t.outWaits = fires && t.outCooldown.active(now.Second)
	if now.Running == 0 && now.Desired == 0 {
		alarm.Periods, alarm.Datapoints = 1, 1
		from, capacity = 0, 1
		fires = alarm.Breaches((*t.values)[t.seen])
	}
	return proposal{
		policy: t.Name, capacity: capacity, cooldown: &t.outCooldown, seconds: int(t.ScaleOutCooldown.Seconds()),
		cause: Cause{
			Kind: HighAlarm, metric: t.Metric, value: value, alarm: alarm, threshold: t.Target,
			values: (*t.values)[:t.seen+1], waited: waited,
			sum: sum{from: from, value: value, target: t.Target, capacity: capacity},
		},
	}, fires
}

// in proposes the capacity that the highest of the low alarm's values still allows. That the highest value
// counts is not documented; AWS says that it removes tasks "more gradually" than it adds them.
//
// Where the removal of one task would bring the metric above the target, the rounding keeps the number as it is.
// Source: Application Auto Scaling user guide, "How target tracking scaling works".
func (t *tracker) in(now Now, maxScaleIn float64) (proposal, bool) {
	waited := t.inCooldown.endedFor(t.inWaits, now.Second)
	t.inWaits = t.lowState == InAlarm && t.inCooldown.active(now.Second)
	if t.lowState != InAlarm || t.inWaits {
		return proposal{}, false
	}
	highest := math.Inf(-1)
	for i := max(0, t.seen-t.low.Periods+1); i <= t.seen; i++ {
		if value := (*t.values)[i]; value > highest {
			highest = value
		}
	}
	fewest := now.Running - int(math.Ceil(float64(now.Running)*maxScaleIn))
	capacity := max(proportional(now.Running, highest, t.Target), fewest)
	return proposal{
		policy: t.Name, capacity: capacity,
		cooldown: &t.inCooldown, seconds: int(t.ScaleInCooldown.Seconds()),
		cause: Cause{
			Kind: LowAlarm, metric: t.Metric, value: highest, alarm: t.low, threshold: t.low.Threshold,
			values: (*t.values)[:t.seen+1], waited: waited,
			sum: sum{from: now.Running, value: highest, target: t.Target, capacity: capacity},
		},
	}, true
}

// epsilon is below any share of a task: 3 tasks at 50 of 50 must stay 3 in spite of binary fractions.
const epsilon = 1e-9

func proportional(tasks int, value, target float64) int {
	return int(math.Ceil(float64(tasks)*value/target - epsilon))
}
