package rules

import (
	"fmt"
	"math"
)

// CauseKind is the kind of a cause.
type CauseKind int

// What changes the number of tasks: the two alarms of a target, the alarm of a step policy, or a schedule.
const (
	HighAlarm CauseKind = iota
	LowAlarm
	StepAlarm
	ScheduleRan
)

// Cause is why the number of tasks changes.
type Cause struct {
	Kind CauseKind

	metric    Metric
	value     float64
	alarm     Alarm
	threshold float64
	values    Series // up to the minute that made the alarm fire

	schedule string
	min, max int
}

// Since returns the first of the minutes in a row in which the metric breached. A schedule has none.
func (c Cause) Since() int {
	first := len(c.values) - 1
	for i := first; i >= 0 && (math.IsNaN(c.values[i]) || c.alarm.Breaches(c.values[i])); i-- {
		first = i
	}
	return first
}

// String describes the cause: "CPU 93 % over 50 % for 3 minutes".
func (c Cause) String() string {
	if c.Kind == ScheduleRan {
		return fmt.Sprintf("schedule %s: %d to %d tasks", c.schedule, c.min, c.max)
	}
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
