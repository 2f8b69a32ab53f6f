package settings

import (
	"maps"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/cron"
)

// Schedule changes the limits of scaling at certain times. It always sets both: a limit that it does not give is that
// of scaling, so the result does not depend on which schedule ran before.
// Source: Application Auto Scaling user guide, "Scheduled scaling".
type Schedule struct {
	// Cron is a cron expression with six fields: minute, hour, day of the month, month, day of the week, year, such as
	// 0 7 ? * MON-FRI *. One of the two days is a question mark. Set exactly one of cron, rate and at.
	Cron string `yaml:"cron"`

	// Rate is an interval in minutes, hours or days, such as 12 hours, counted from Start or, without it, from the
	// creation of the schedule. Set exactly one of cron, rate and at.
	Rate string `yaml:"rate"`

	// At is a single time, such as 2026-12-01T09:00:00. Set exactly one of cron, rate and at.
	At string `yaml:"at"`

	// TimeZone of cron and at, such as Europe/Paris. A time that is skipped when daylight saving time begins does not
	// occur. Default UTC.
	TimeZone string `yaml:"timeZone"`

	// Start is the time from which the schedule applies, with an offset, such as 2026-11-01T00:00:00Z. Default: none.
	Start string `yaml:"start"`

	// End is the time until which the schedule applies, with an offset, like Start. Default: none.
	End string `yaml:"end"`

	// Min is the minimum number of tasks from then on, 0 to Max. Default: scaling.min.
	Min int `yaml:"min" range:"0,5000"`

	// Max is the maximum number of tasks from then on, Min to 5000. Default: scaling.max.
	Max int `yaml:"max" range:"0,5000"`
}

const atLayout = "2006-01-02T15:04:05"

func (s *Schedule) SetDefaults() { s.TimeZone = "UTC" }

func (s *Schedule) derive(scaling *Scaling, given func(path string) bool) {
	if !given("min") {
		s.Min = scaling.Min
	}
	if !given("max") {
		s.Max = scaling.Max
	}
}

func (s *Schedule) Check(c configfile.Checker) {
	s.checkWhen(c)
	if _, err := cron.Location(s.TimeZone); err != nil {
		hint := configfile.Suggest(s.TimeZone, cron.Zones())
		if !strings.HasPrefix(hint, "did you mean") {
			hint = "write its name, such as Europe/Paris or UTC"
		}
		c.At("timeZone").Problemf("%q is not a time zone; %s", s.TimeZone, hint)
	}
	start, end := checkTime(c.At("start"), s.Start), checkTime(c.At("end"), s.End)
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		c.At("end").Problemf("%s is not after start (%s); write a later time", s.End, s.Start)
	}
	if c.Valid("min", "max") && s.Min > s.Max {
		// Reported at the schedule itself: one of the two may not be in the file.
		c.Problemf("the minimum from then on (%d) is above the maximum (%d); set a lower min or a higher max here",
			s.Min, s.Max)
	}
}

func (s *Schedule) checkWhen(c configfile.Checker) {
	kinds := 0
	for _, kind := range []string{s.Cron, s.Rate, s.At} {
		if kind != "" {
			kinds++
		}
	}
	if kinds != 1 && c.Valid("cron", "rate", "at") {
		c.Problemf("has %d of cron, rate and at; write exactly one of them, such as cron: 0 7 ? * MON-FRI *", kinds)
		return
	}
	for setting, text := range map[string]string{"cron": s.Cron, "rate": s.Rate, "at": s.At} {
		if kind, inner, ok := strings.Cut(text, "("); ok && slices.Contains([]string{"cron", "rate", "at"}, kind) &&
			strings.HasSuffix(inner, ")") {
			c.At(setting).Problemf("%q is AWS's notation; write %s: %s", text, kind, strings.TrimSuffix(inner, ")"))
			return
		}
	}
	if s.Cron != "" {
		if _, err := cron.Parse(s.Cron); err != nil {
			c.At("cron").Problemf("%q is not a valid cron expression: %v", s.Cron, err)
		}
	}
	if s.Rate != "" {
		if _, err := cron.ParseRate(s.Rate); err != nil {
			c.At("rate").Problemf("%q is not a valid rate: %v", s.Rate, err)
		}
	}
	if s.At != "" {
		if _, err := time.Parse(atLayout, s.At); err != nil {
			c.At("at").Problemf("%q is not a valid time; write one without an offset, such as 2026-12-01T09:00:00, "+
				"and set timeZone", s.At)
		}
	}
}

// Expression returns the schedule in Application Auto Scaling's notation: cron(…), rate(…) or at(…).
func (s *Schedule) Expression() string {
	switch {
	case s.Cron != "":
		return "cron(" + s.Cron + ")"
	case s.Rate != "":
		return "rate(" + s.Rate + ")"
	}
	return "at(" + s.At + ")"
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
