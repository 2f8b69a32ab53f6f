package settings

import (
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

	// Min is the minimum number of tasks from then on, 0 to Max. Default: scaling.min.
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
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		c.At("end").Problemf("%s is not after start (%s); write a later time", s.End, s.Start)
	}
	// Reported at the schedule itself: one of the two may not be in the file. Then an unknown key may be meant for it.
	bothGiven := c.Given("min") && c.Given("max")
	if c.Valid("min", "max") && s.Min > s.Max && (bothGiven || c.Valid("")) {
		c.Problemf("the minimum from then on (%d) is above the maximum (%d); set a lower min or a higher max here",
			s.Min, s.Max)
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

// checkSchedules applies the rules of the schedules.
func (s *Scaling) checkSchedules(c configfile.Checker) {
	if n := len(s.Schedules); n > maxSchedules {
		c.Problemf("has %d schedules, but a service can have at most %d; remove some", n, maxSchedules)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		checkPolicyName(c.Key(name), name)
	}
}
