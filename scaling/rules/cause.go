package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"webapp/settings"
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

// Since returns the time from the first value of the metric to the first of those in a row that breach. A schedule has
// no such time.
func (c Cause) Since() time.Duration { return time.Duration(c.first()) * c.metric.Period() }

// first returns the first of the periods in a row in which the metric breached.
func (c Cause) first() int {
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
	lasted := time.Duration(len(c.values)-c.first()) * c.metric.Period()
	return fmt.Sprintf("%s %s %s %s for %s%s", c.metric.Title(), c.metric.distinct(c.value, c.threshold), side,
		c.metric.describe(c.threshold), inWords(lasted), c.sum)
}

// inWords writes a duration: "1 minute", "7 minutes 40 seconds".
func inWords(d time.Duration) string {
	var parts []string
	if minutes := d / time.Minute; minutes == 1 {
		parts = append(parts, "1 minute")
	} else if minutes > 0 {
		parts = append(parts, fmt.Sprintf("%d minutes", minutes))
	}
	if seconds := d % time.Minute / time.Second; seconds > 0 {
		parts = append(parts, fmt.Sprintf("%d seconds", seconds))
	}
	return strings.Join(parts, " ")
}

// Waited returns the end of the cooldown that the change has waited for, in seconds; false if it has not waited.
func (c Cause) Waited() (int, bool) { return c.waited, c.waited > 0 }

// sum is the arithmetic of a change. The zero value stands for none.
type sum struct {
	from     int // tasks
	value    float64
	target   float64 // 0 for a step
	step     stepSum
	capacity int // proposed
	to       int // what the limits leave of it
}

// stepSum is a step's change, and how it is meant.
type stepSum struct {
	adjustment settings.Adjustment
	change     int
	atLeast    int
}

// String writes the arithmetic: "; 2 × 98 / 50 = 3.9 → 4", or of a step "; 4 + 50 % = 6".
func (s sum) String() string {
	var text string
	switch {
	case s.step.adjustment != "":
		text = s.step.describe(s.from, s.capacity)
	case s.from != 0:
		text = s.proportion()
	default:
		return ""
	}
	if s.to != s.capacity {
		text += fmt.Sprintf(", within the limits %d", s.to)
	}
	return "; " + text
}

// describe writes how a step comes from one number of tasks to another.
func (s stepSum) describe(from, to int) string {
	if s.adjustment == settings.AdjustExact {
		return fmt.Sprintf("the step asks for %d", to)
	}
	sign, change := "+", s.change
	if change < 0 {
		sign, change = "−", -change
	}
	if s.adjustment != settings.AdjustPercent {
		return fmt.Sprintf("%d %s %d = %d", from, sign, change, to)
	}
	text := fmt.Sprintf("%d %s %d %% = ", from, sign, change)
	exact := float64(from) * (1 + float64(s.change)/100)
	if math.Abs(exact-float64(to)) < epsilon {
		return text + fmt.Sprint(to)
	}
	text += fmt.Sprintf("%s → %d", distinct(exact, math.Round(exact), 1), to)
	if moved := max(to-from, from-to); moved == s.atLeast && math.Abs(exact-float64(from)) < float64(moved) {
		text += fmt.Sprintf(", as at least %d", s.atLeast)
	}
	return text
}

// proportion writes the arithmetic of a target.
func (s sum) proportion() string {
	exact, whole := float64(s.from)*s.value/s.target, proportional(s.from, s.value, s.target)
	value := Metric{}.distinct(s.value, s.target)
	text := fmt.Sprintf("%d × %s / %s = ", s.from, value, strconv.FormatFloat(s.target, 'f', -1, 64))
	if math.Abs(exact-float64(whole)) < epsilon {
		text += fmt.Sprint(whole)
	} else {
		text += fmt.Sprintf("%s → %d", distinct(exact, math.Round(exact), 1), whole)
	}
	if s.capacity != whole {
		text += fmt.Sprintf(", gradually %d", s.capacity)
	}
	return text
}
