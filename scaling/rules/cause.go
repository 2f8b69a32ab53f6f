package rules

import (
	"fmt"
	"math"
	"strconv"
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
	sum       sum
	waited    int // second of the end of the cooldown that the change has waited for; 0 for none

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
	return fmt.Sprintf("%s %s %s %s for %s%s", c.metric.Title(), c.metric.beside(c.value, c.threshold), side,
		c.metric.describe(c.threshold), minutes, c.sum)
}

// Waited returns the end of the cooldown that the change has waited for, in seconds; false if it has not waited.
func (c Cause) Waited() (int, bool) { return c.waited, c.waited > 0 }

// sum is the arithmetic of a target's change. The zero value stands for none.
type sum struct {
	from     int // tasks
	value    float64
	target   float64
	capacity int // proposed
	to       int // what the limits leave of it
}

// String writes the arithmetic: "; 2 × 98 / 50 = 3.9 → 4".
func (s sum) String() string {
	if s.from == 0 {
		return ""
	}
	exact, whole := float64(s.from)*s.value/s.target, proportional(s.from, s.value, s.target)
	value := Metric{}.beside(s.value, s.target)
	text := fmt.Sprintf("; %d × %s / %s = ", s.from, value, strconv.FormatFloat(s.target, 'f', -1, 64))
	if math.Abs(exact-float64(whole)) < epsilon {
		text += fmt.Sprint(whole)
	} else {
		text += fmt.Sprintf("%s → %d", beside(exact, math.Round(exact), 1), whole)
	}
	if s.capacity != whole {
		text += fmt.Sprintf(", gradually %d", s.capacity)
	}
	if s.to != s.capacity {
		text += fmt.Sprintf(", within the limits %d", s.to)
	}
	return text
}
