package rules

import (
	"slices"
	"strings"
	"time"

	"webapp/settings"
)

// Plan is how a service scales.
type Plan struct {
	Min, Max  int
	Initial   int // tasks in the beginning
	Tracking  []Tracking
	Steps     []Steps
	Schedules []Schedule
	Suspended Suspended
}

// Suspended is what Application Auto Scaling must not do.
type Suspended struct{ ScaleIn, ScaleOut, Schedules bool }

// Tracking is a target-tracking policy.
type Tracking struct {
	Name             string
	Metric           Metric
	Target           float64 // percent, requests per task and minute, milliseconds, or the custom metric's unit
	ScaleIn          bool
	ScaleInCooldown  time.Duration
	ScaleOutCooldown time.Duration
}

// Steps is a step-scaling policy with its alarm.
type Steps struct {
	Name       string
	Metric     Metric
	Alarm      Alarm
	Adjustment settings.Adjustment
	AtLeast    int // tasks that a change in percent adds or removes at least
	Cooldown   time.Duration
	Steps      []Step
}

// Step is a change for a range of distances between the metric and the alarm's threshold.
type Step struct {
	Lower, Upper float64 // infinite where there is no bound
	Change       int
}

// Clone returns a copy that shares no policies with the plan.
func (p Plan) Clone() Plan {
	p.Tracking, p.Steps, p.Schedules = slices.Clone(p.Tracking), slices.Clone(p.Steps), slices.Clone(p.Schedules)
	return p
}

// HighResolution returns the plan with its targets for CPU and memory on metrics of high resolution, or without them.
func (p Plan) HighResolution(on bool) Plan {
	p = p.Clone()
	for i, t := range p.Tracking {
		p.Tracking[i].Metric.HighResolution = on && (t.Metric.Kind == settings.CPU || t.Metric.Kind == settings.Memory)
	}
	return p
}

// Sorted returns the plan with its policies ordered by name, so that plans from settings and from AWS are comparable.
func (p Plan) Sorted() Plan {
	p = p.Clone()
	slices.SortFunc(p.Tracking, func(a, b Tracking) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Steps, func(a, b Steps) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Schedules, func(a, b Schedule) int { return strings.Compare(a.Name, b.Name) })
	return p
}
