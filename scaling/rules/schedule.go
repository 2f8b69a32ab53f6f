package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"webapp/internal/cron"
)

// Schedule moves the limits.
type Schedule struct {
	Name       string
	Expression string // cron(…), rate(…) or at(…)
	TimeZone   string
	Start, End time.Time // zero for none
	Min, Max   int       // KeepLimit where the schedule does not set a limit
}

// KeepLimit is a limit that a schedule does not set.
const KeepLimit = -1

// Times returns when the schedule runs between two times, the first one included. A rate without a start is counted
// from the first of them: AWS counts it from the creation of the schedule, which the plan does not know.
func (s Schedule) Times(from, to time.Time) ([]time.Time, error) {
	kind, inner, ok := strings.Cut(strings.TrimSuffix(s.Expression, ")"), "(")
	if !ok {
		return nil, fmt.Errorf("schedule %s: %q is not a cron, rate or at expression", s.Name, s.Expression)
	}
	zone := s.TimeZone
	if zone == "" {
		zone = "UTC" // the default; Application Auto Scaling API, ScheduledAction
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

// occurrences returns a function that finds the next time after another one; the zero time where there is none.
func occurrences(
	kind, inner string, start, from time.Time, location *time.Location,
) (func(time.Time) time.Time, error) {
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
	return nil, fmt.Errorf("%q is not one of cron, rate and at", kind)
}

// Firing is one time at which a schedule runs.
type Firing struct {
	At       time.Time
	Schedule Schedule
}

// Firings returns when schedules run between two times, the first one included, in order.
func Firings(schedules []Schedule, from, to time.Time) ([]Firing, error) {
	var all []Firing
	for _, s := range schedules {
		times, err := s.Times(from, to)
		if err != nil {
			return nil, err
		}
		for _, t := range times {
			all = append(all, Firing{t, s})
		}
	}
	inOrder(all)
	return all, nil
}

// Before returns the last time that each schedule ran before a time, in order: together they made the limits of that
// time. Schedules of which the last time is more than ten years ago, and rates without a start, are left out.
func Before(schedules []Schedule, at time.Time) ([]Firing, error) {
	const day = 24 * time.Hour
	var all []Firing
	for _, s := range schedules {
		if s.Start.IsZero() && strings.HasPrefix(s.Expression, "rate") {
			continue // which counts from its creation, and nobody knows when that was
		}
		for _, back := range []time.Duration{day, 8 * day, 32 * day, 367 * day, 3660 * day} {
			times, err := s.Times(at.Add(-back), at)
			if err != nil {
				return nil, err
			}
			if n := len(times); n > 0 {
				all = append(all, Firing{times[n-1], s})
				break
			}
		}
	}
	inOrder(all)
	return all, nil
}

func inOrder(all []Firing) {
	slices.SortStableFunc(all, func(a, b Firing) int { return a.At.Compare(b.At) })
}
