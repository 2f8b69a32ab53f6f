package rules

import (
	"math"

	"webapp/settings"
)

// Alarm is a CloudWatch alarm on a metric of one-minute values.
type Alarm struct {
	Below      bool // fires when the metric is below the threshold, not above it
	OrEqual    bool // also fires at the threshold
	Threshold  float64
	Periods    int // minutes to evaluate
	Datapoints int // number of them that must breach
	Missing    settings.MissingData
}

// State of an alarm.
type State int

// The states of a CloudWatch alarm.
const (
	OK State = iota
	InAlarm
	InsufficientData
)

// evaluationRange is the number of minutes that an alarm evaluates beyond its periods, in place of missing ones.
// Source: CloudWatch user guide, "How alarm state is evaluated when data is missing": five for three periods.
const evaluationRange = 2

// Evaluate returns the alarm's state after a minute, from the values up to it; NaN stands for a missing one. Minutes
// before the first one count as values within the threshold.
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
	case settings.MissingBreaching:
		if breaching+missing >= a.Datapoints {
			return InAlarm
		}
		return OK
	case settings.MissingNotBreaching:
		return OK
	case settings.MissingIgnore:
		if breaching+missing < a.Datapoints {
			return OK
		}
		return before
	case settings.MissingMissing: // the existing values decide
	}
	switch {
	case found == 0:
		return InsufficientData
	case breaching == found:
		return InAlarm // all existing values breach
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
