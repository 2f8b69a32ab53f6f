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
// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", with its tables.
func (a Alarm) Evaluate(values []float64, before State) State {
	found, breaching, oldest := a.look(values)
	missing := a.Periods - found
	switch {
	case breaching >= a.Datapoints:
		return InAlarm
	case missing == 0:
		return OK
	case a.Missing == settings.MissingBreaching && breaching+missing >= a.Datapoints:
		return InAlarm
	case a.Missing == settings.MissingBreaching, a.Missing == settings.MissingNotBreaching, breaching < found:
		return OK
	case a.Missing == settings.MissingIgnore:
		return before
	case found > 0 && oldest >= a.Datapoints:
		// Nothing has contradicted the oldest value for as long as the alarm looks back: see the same page, "Avoiding
		// premature transitions to alarm state". A younger one does not suffice.
		return InAlarm
	}
	return InsufficientData
}

// look counts the latest values that an alarm finds, as many as its periods, and those of them that breach. The age of
// the oldest of them is 1 for the latest minute.
func (a Alarm) look(values []float64) (found, breaching, oldest int) {
	for age := 1; age <= a.Periods+evaluationRange && found < a.Periods; age++ {
		i := len(values) - age
		if i >= 0 && math.IsNaN(values[i]) {
			continue
		}
		found++
		oldest = age
		if i >= 0 && a.Breaches(values[i]) {
			breaching++
		}
	}
	return found, breaching, oldest
}

// Breaches reports whether a value is beyond the threshold.
func (a Alarm) Breaches(value float64) bool {
	switch {
	case a.OrEqual && value == a.Threshold:
		return true
	case a.Below:
		return value < a.Threshold
	}
	return value > a.Threshold
}
