package rules

import (
	"math"

	"webapp/settings"
)

// tracker is a target-tracking policy at work.
type tracker struct {
	Tracking
	values    *Series
	high, low Alarm
	highState State
	lowState  State
	cooldown  *cooldown
}

func newTracker(t Tracking, a Assumptions, values *Series) *tracker {
	return &tracker{
		Tracking: t, values: values, cooldown: &cooldown{},
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
func (t *tracker) out(minute, second, desired int) (proposal, bool) {
	if t.highState != InAlarm {
		return proposal{}, false
	}
	value := t.values.last(minute)
	return proposal{
		policy:   t.Name,
		capacity: proportional(t.cooldown.from(second, desired), value, t.Target),
		cooldown: t.cooldown, seconds: int(t.ScaleOutCooldown.Seconds()),
		cause: Cause{
			Kind: HighAlarm, metric: t.Metric, value: value, alarm: t.high, threshold: t.Target,
			values: (*t.values)[:minute+1],
		},
	}, true
}

// in proposes the capacity that the highest value of the low alarm's minutes still allows. That the highest value
// counts is not documented; AWS says that it removes tasks "more gradually" than it adds them.
//
// Where the removal of one task would bring the metric above the target, the rounding keeps the number as it is.
// Source: Application Auto Scaling user guide, "How target tracking scaling works".
func (t *tracker) in(minute, desired int, maxScaleIn float64) (proposal, bool) {
	if t.lowState != InAlarm {
		return proposal{}, false
	}
	highest := math.Inf(-1)
	for i := max(0, minute-t.low.Periods+1); i <= minute; i++ {
		if value := (*t.values)[i]; value > highest {
			highest = value
		}
	}
	fewest := desired - int(math.Ceil(float64(desired)*maxScaleIn))
	return proposal{
		policy:   t.Name,
		capacity: max(proportional(desired, highest, t.Target), fewest),
		seconds:  int(t.ScaleInCooldown.Seconds()),
		cause: Cause{
			Kind: LowAlarm, metric: t.Metric, value: highest, alarm: t.low, threshold: t.low.Threshold,
			values: (*t.values)[:minute+1],
		},
	}, true
}

func proportional(tasks int, value, target float64) int {
	const epsilon = 1e-9 // 3 tasks at 50 of 50 must stay 3 in spite of binary fractions
	return int(math.Ceil(float64(tasks)*value/target - epsilon))
}
