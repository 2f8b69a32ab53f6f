package scaling

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"webapp/internal/cron"
	"webapp/settings"
)

// Plan is how a service scales: what settings ask for, and what AWS then has.
type Plan struct {
	Min, Max  int
	Initial   int // tasks at the start of a simulation
	Tracking  []Tracking
	Steps     []Steps
	Schedules []Schedule
	Suspended Suspended
}

// Suspended is what Application Auto Scaling must not do.
type Suspended struct{ ScaleIn, ScaleOut, Schedules bool }

// Metric is what a policy looks at.
type Metric struct {
	// Kind is one of the metrics that every service has (settings.CPU, Memory, Requests, ResponseTime), or Custom.
	Kind string
	// Name of a custom metric, by which Model.Metrics has it.
	Name string
}

// Custom is the kind of a metric that the service's model does not bring by itself.
const Custom = "custom"

// Tracking is a target-tracking policy.
type Tracking struct {
	Name             string
	Metric           Metric
	Target           float64 // percent, requests a task and minute, milliseconds, or the custom metric's unit
	ScaleIn          bool
	ScaleInCooldown  time.Duration
	ScaleOutCooldown time.Duration
}

// Steps is a step policy with its alarm.
type Steps struct {
	Name       string
	Metric     Metric
	Alarm      Alarm
	Adjustment string // settings: tasks, percent, exact
	AtLeast    int    // tasks that a change in percent adds or removes at least
	Cooldown   time.Duration
	Steps      []Step
}

// Step is a change for a range of distances between the metric and the alarm's threshold.
type Step struct {
	Lower, Upper float64 // infinite where there is no bound
	Change       int
}

// Schedule moves the limits.
type Schedule struct {
	Name       string
	Expression string // cron(…), rate(…) or at(…)
	TimeZone   string
	Start, End time.Time // zero for none
	Min, Max   int       // negative where the schedule leaves a limit as it is
}

// KeepLimit is the limit of a schedule that leaves it as it is.
const KeepLimit = -1

// PlanOf is the plan that a workload's settings ask for. Without scaling the number of tasks never changes.
func PlanOf(w settings.Workload) Plan {
	s := w.Scaling
	if s == nil {
		n := w.Service.DesiredCount
		return Plan{Min: n, Max: n, Initial: n}
	}
	p := Plan{Min: s.Min, Max: s.Max, Initial: w.Service.DesiredCount, Suspended: Suspended{
		ScaleIn:   s.Suspends(settings.SuspendScaleIn),
		ScaleOut:  s.Suspends(settings.SuspendScaleOut),
		Schedules: s.Suspends(settings.SuspendSchedules),
	}}
	track := func(name string, metric Metric, target float64, pace settings.Pace) {
		p.Tracking = append(p.Tracking, Tracking{
			Name: name, Metric: metric, Target: target,
			ScaleIn: pace.ScaleIn, ScaleInCooldown: pace.ScaleInCooldown, ScaleOutCooldown: pace.ScaleOutCooldown,
		})
	}
	if s.CPU != nil {
		track("cpu", Metric{Kind: settings.CPU}, s.CPU.Percent, s.CPU.Pace)
	}
	if s.Memory != nil {
		track("memory", Metric{Kind: settings.Memory}, s.Memory.Percent, s.Memory.Pace)
	}
	if s.Requests != nil {
		track("requests", Metric{Kind: settings.Requests}, s.Requests.PerMinute, s.Requests.Pace)
	}
	if s.ResponseTime != nil {
		track("response-time", Metric{Kind: settings.ResponseTime}, s.ResponseTime.Milliseconds, s.ResponseTime.Pace)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		m := s.Metrics[name]
		track(name, Metric{Kind: Custom, Name: m.Name}, m.Target, m.Pace)
	}
	if b := s.Burst; b != nil {
		p.Steps = append(p.Steps, stepsOf("burst", settings.StepScaling{
			On: b.On, Steps: []settings.Step{{At: b.Threshold, Change: b.Percent}}, Adjustment: "percent", AtLeast: 1,
			Minutes: 1, MissingData: "missing", Cooldown: b.Cooldown,
		}))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		p.Steps = append(p.Steps, stepsOf(name, *s.Steps[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		at := s.Schedules[name]
		schedule := Schedule{Name: name, Expression: at.Expression(), TimeZone: at.TimeZone, Min: at.Min, Max: at.Max}
		// Texts that are no times were refused by the settings.
		schedule.Start, _ = time.Parse(time.RFC3339, at.Start)
		schedule.End, _ = time.Parse(time.RFC3339, at.End)
		schedule.Start, schedule.End = schedule.Start.UTC(), schedule.End.UTC()
		p.Schedules = append(p.Schedules, schedule)
	}
	p.sort()
	return p
}

// sort orders the policies by name, so that it does not matter where the plan came from.
func (p *Plan) sort() {
	slices.SortFunc(p.Tracking, func(a, b Tracking) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Steps, func(a, b Steps) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Schedules, func(a, b Schedule) int { return strings.Compare(a.Name, b.Name) })
}

// Sorted returns the plan with its policies ordered by name.
func (p Plan) Sorted() Plan {
	p.Tracking, p.Steps, p.Schedules = slices.Clone(p.Tracking), slices.Clone(p.Steps), slices.Clone(p.Schedules)
	p.sort()
	return p
}

func stepsOf(name string, s settings.StepScaling) Steps {
	metric := Metric{Kind: s.On}
	if s.Metric != nil {
		metric = Metric{Kind: Custom, Name: s.Metric.Name}
	}
	below := s.Below()
	p := Steps{
		Name: name, Metric: metric, Adjustment: s.Adjustment, AtLeast: s.AtLeast, Cooldown: s.Cooldown,
		Alarm: Alarm{Below: below, OrEqual: true, Threshold: s.Steps[0].At, Periods: s.Minutes, Datapoints: s.Minutes, Missing: s.MissingData},
	}
	for i, step := range s.Steps {
		near, far := step.At-s.Steps[0].At, math.Inf(1)
		if below {
			far = math.Inf(-1)
		}
		if i+1 < len(s.Steps) {
			far = s.Steps[i+1].At - s.Steps[0].At
		}
		p.Steps = append(p.Steps, Step{Lower: min(near, far), Upper: max(near, far), Change: step.Change})
	}
	return p
}

// times lists when the schedule comes up between two times, the first one included. A rate without a start counts from
// the first of them: AWS counts from when the schedule was made, which the plan does not know.
func (s Schedule) times(from, to time.Time) ([]time.Time, error) {
	kind, inner, ok := strings.Cut(strings.TrimSuffix(s.Expression, ")"), "(")
	if !ok {
		return nil, fmt.Errorf("schedule %s: %q is no cron, rate or at expression", s.Name, s.Expression)
	}
	zone := s.TimeZone
	if zone == "" {
		zone = "UTC" // Application Auto Scaling API, ScheduledAction: the default
	}
	location, err := cron.Location(zone)
	if err != nil {
		return nil, fmt.Errorf("schedule %s: %w", s.Name, err)
	}
	next, err := occurrences(kind, inner, s.Start, from, location)
	if err != nil {
		return nil, fmt.Errorf("schedule %s: %s: %w", s.Name, s.Expression, err)
	}
	var all []time.Time
	for t := next(from.Add(-time.Second)); !t.IsZero() && t.Before(to); t = next(t) {
		if !t.Before(s.Start) && (s.End.IsZero() || !t.After(s.End)) {
			all = append(all, t)
		}
	}
	return all, nil
}

// occurrences returns what finds the next time after another one; zero when there is none.
func occurrences(kind, inner string, start, from time.Time, location *time.Location) (func(time.Time) time.Time, error) {
	switch kind {
	case "cron":
		expression, err := cron.Parse(inner)
		if err != nil {
			return nil, err
		}
		return func(after time.Time) time.Time { return expression.Next(after.In(location)) }, nil
	case "rate":
		every, err := cron.ParseRate(inner)
		if err != nil {
			return nil, err
		}
		first := start
		if first.IsZero() {
			first = from.Add(every)
		}
		return func(after time.Time) time.Time {
			if after.Before(first) {
				return first
			}
			return first.Add((after.Sub(first)/every + 1) * every)
		}, nil
	case "at":
		at, err := time.ParseInLocation("2006-01-02T15:04:05", inner, location)
		return func(after time.Time) time.Time {
			if at.After(after) {
				return at
			}
			return time.Time{}
		}, err
	}
	return nil, fmt.Errorf("%q is neither cron nor rate nor at", kind)
}
