package scaling

import "math"

// Alarm is a CloudWatch alarm on a metric of one-minute values.
type Alarm struct {
	Below      bool // the metric is too low, not too high
	OrEqual    bool // at the threshold already
	Threshold  float64
	Periods    int    // minutes that are looked at
	Datapoints int    // of them that must breach
	Missing    string // how a minute without a value counts: missing, ignore, breaching, notBreaching
}

// State of an alarm.
type State int

// The states of a CloudWatch alarm.
const (
	OK State = iota
	InAlarm
	InsufficientData
)

// evaluationRange is how many more minutes than its periods an alarm looks at, to make up for missing ones.
// Source: CloudWatch user guide, "How alarm state is evaluated when data is missing": five for three periods.
const evaluationRange = 2

// Evaluate returns the alarm's state after a minute, of which values has all up to it; NaN where one is missing. What
// was before the first minute counts as a value within the threshold.
// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", with its table.
func (a Alarm) Evaluate(values []float64, before State) State {
	found, breaching := 0, 0
	for i := len(values) - 1; i >= len(values)-a.Periods-evaluationRange && found < a.Periods; i-- {
		if i < 0 {
			found++
			continue
		}
		if math.IsNaN(values[i]) {
			continue
		}
		found++
		if a.breaches(values[i]) {
			breaching++
		}
	}
	missing := a.Periods - found
	switch {
	case breaching >= a.Datapoints:
		return InAlarm
	case missing == 0:
		return OK
	}
	switch a.Missing {
	case "breaching":
		if breaching+missing >= a.Datapoints {
			return InAlarm
		}
		return OK
	case "notBreaching":
		return OK
	case "ignore":
		if breaching+missing < a.Datapoints {
			return OK
		}
		return before
	}
	switch {
	case found == 0:
		return InsufficientData
	case breaching == found:
		return InAlarm // the values that there are all breach
	}
	return OK
}

func (a Alarm) breaches(value float64) bool {
	switch {
	case a.OrEqual && value == a.Threshold:
		return true
	case a.Below:
		return value < a.Threshold
	}
	return value > a.Threshold
}
