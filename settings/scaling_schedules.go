package settings

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"webapp/internal/configfile"
)

// Schedule changes the limits of scaling at certain times. It always sets both: a limit that it does not give is that
// of scaling, so the result does not depend on which schedule ran before.
// Source: Application Auto Scaling user guide, "Scheduled scaling".
type Schedule struct {
	When

	// Start is the time from which the schedule applies, and from which a rate counts, with an offset, such as
	// 2026-11-01T00:00:00Z. Default: none.
	Start string `yaml:"start"`

	// End is the time until which the schedule applies, with an offset, like Start. Default: none.
	End string `yaml:"end"`

	// Min is the minimum number of tasks from then on, 0 to Max. A schedule that sets 0 again and again needs another one
	// that sets 1 or more as often and as long, unless a policy starts the first task. Default: scaling.min.
	Min int `yaml:"min" range:"0,5000"`

	// Max is the maximum number of tasks from then on, Min to 5000. Default: scaling.max.
	Max int `yaml:"max" range:"0,5000"`
}

func (s *Schedule) derive(scaling *Scaling, given func(path string) bool) {
	if !given("min") {
		s.Min = scaling.Min
	}
	if !given("max") {
		s.Max = scaling.Max
	}
}

func (s *Schedule) Check(c configfile.Checker) {
	s.When.Check(c)
	start, end := checkTime(c.At("start"), s.Start), checkTime(c.At("end"), s.End)
	switch {
	case !c.Valid("", "cron", "rate", "at", "timeZone", "start", "end"):
	case !start.IsZero() && !end.IsZero() && !start.Before(end):
		c.At("end").Problemf("%s is not after start (%s); write a later time", s.End, s.Start)
	case s.Cron != "" || s.At != "":
		s.checkSpan(c, start)
	}
}

// over reports whether the schedule does nothing any more after a time.
func (s *Schedule) over(t time.Time) bool {
	next := s.from(t)
	end, err := time.Parse(time.RFC3339, s.End)
	return next.IsZero() || err == nil && next.After(end)
}

// until returns a time after which the schedule never runs, or the zero time if it always runs again.
func (s *Schedule) until() time.Time {
	last := s.When.until()
	if end, err := time.Parse(time.RFC3339, s.End); err == nil && (last.IsZero() || end.Before(last)) {
		return end
	}
	return last
}

// checkSpan reports a schedule whose times are all before its start or after its end.
func (s *Schedule) checkSpan(c configfile.Checker, start time.Time) {
	if start.IsZero() {
		start = time.Unix(0, 0) // before all times of schedules
	}
	if !s.over(start) || s.Start == "" && s.End == "" {
		return
	}
	var limits []string
	for _, limit := range [][2]string{{"start", s.Start}, {"end", s.End}} {
		if limit[1] != "" {
			limits = append(limits, fmt.Sprintf("%s (%s)", limit[0], limit[1]))
		}
	}
	kind, text := "cron", s.Cron
	if s.At != "" {
		kind, text = "at", s.At
	}
	c.At(kind).Problemf("%q has no time within %s, so nothing would ever happen; change one of them", text,
		configfile.JoinWords(limits, "and"))
}

// noteSchedules notes schedules of scaling and of jobs that are over, and limits that let a service scale down to no
// tasks because of that. These are only notes: a file must not become invalid as time passes, and a job that has run
// once may stay in the file.
func (s *Stack) noteSchedules(c configfile.Checker, now time.Time) {
	if now.IsZero() {
		return
	}
	for _, j := range s.NamedJobs() {
		if j.Schedule == nil || !j.Schedule.from(now).IsZero() {
			continue
		}
		const over = "is over, and does not come again; write a later time, or remove the schedule"
		at := c.At(j.path("schedule"))
		if j.Schedule.At != "" {
			at.At("at").Notef("%s "+over, j.Schedule.At)
		} else {
			at.At("cron").Notef("%q "+over, j.Schedule.Cron)
		}
	}
	for _, w := range s.Workloads() {
		if w.Scaling == nil {
			continue
		}
		at := c.At(w.path("scaling"))
		for _, name := range slices.Sorted(maps.Keys(w.Scaling.Schedules)) {
			if w.Scaling.Schedules[name].over(now) {
				at.At("schedules").Key(name).Notef("is over: all its times have passed; remove it, or write later ones")
			}
		}
		w.checkZero(at, now, configfile.Checker.Notef)
		w.noteSuspended(at)
	}
}

// noteSameTimes notes schedules that set different limits at the same times: AWS does not document which one wins.
func (s *Scaling) noteSameTimes(c configfile.Checker) {
	names := slices.Sorted(maps.Keys(s.Schedules))
	for i, name := range names {
		for _, before := range names[:i] {
			a, b := s.Schedules[before], s.Schedules[name]
			if a.Rate != "" || a.Expression() != b.Expression() || a.TimeZone != b.TimeZone ||
				a.Start != b.Start || a.End != b.End || a.Min == b.Min && a.Max == b.Max {
				continue
			}
			c.Key(name).Notef("has the times of %s, but other limits, and AWS does not say which ones apply then; write "+
				"another time, or remove one of them", c.Key(before).Path())
			break
		}
	}
}

// fewest returns the smallest number of tasks above zero to which a limit lets the service scale, and the setting of
// that limit: min, or the first such schedule.
func (s *Scaling) fewest() (tasks int, setting string) {
	tasks, setting = max(s.Min, 1), "scaling.min"
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		schedule := s.Schedules[name]
		if least := max(schedule.Min, 1); least < tasks && schedule.Max > 0 {
			tasks, setting = least, configfile.JoinPath("scaling.schedules", configfile.QuoteKey(name))
		}
	}
	return tasks, setting
}

// checkTime reports a text that is not a time with an offset. It returns the zero time for an empty or invalid text.
func checkTime(c configfile.Checker, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		c.Problemf("%q is not a valid time; write one with an offset, such as 2026-12-01T09:00:00Z or "+
			"2026-12-01T10:00:00+01:00", text)
	}
	return t
}

// checkLimits reports limits that cannot both apply. It reports them at the schedule itself: one of the two may not be
// in the file, but that of scaling. Then an unknown key may be meant for it.
func (s *Schedule) checkLimits(c, scaling configfile.Checker) {
	bothGiven := c.Given("min") && c.Given("max")
	if c.Valid("min", "max") && s.Min > s.Max && (bothGiven || c.Valid("") && scaling.Valid("min", "max")) {
		c.Problemf("the minimum from then on (%d) is above the maximum (%d); set a lower min or a higher max here",
			s.Min, s.Max)
	}
}

// checkSchedules applies the rules of the schedules.
func (s *Scaling) checkSchedules(scaling configfile.Checker) {
	c := scaling.At("schedules")
	if n := len(s.Schedules); n > maxSchedules {
		c.Problemf("has %d schedules, but a service can have at most %d; remove some", n, maxSchedules)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		checkScalingName(c.Key(name), name, "schedule")
		s.Schedules[name].checkLimits(c.Key(name), scaling)
	}
	s.noteSameTimes(c)
}
