package settings

import (
	"maps"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/cron"
)

// Schedule moves the limits of scaling at certain times. It states both: what it does not give is scaling's own, so
// that the limits after it do not depend on which schedule ran before.
// Source: Application Auto Scaling user guide, "Scheduled scaling".
type Schedule struct {
	// Cron says when, in six fields: minute, hour, day of the month, month, day of the week, year, such as 0 7 ? *
	// MON-FRI *. One of the two days is a question mark. Exactly one of cron, rate and at.
	Cron string `yaml:"cron"`

	// Rate says how often, such as 12 hours, counted from Start or else from when the schedule is made: minutes, hours
	// or days. Exactly one of cron, rate and at.
	Rate string `yaml:"rate"`

	// At says when, once, such as 2026-12-01T09:00:00. Exactly one of cron, rate and at.
	At string `yaml:"at"`

	// TimeZone that cron and at are read in, such as Europe/Paris. A time that the change to summer time leaves out
	// does not come. Default UTC.
	TimeZone string `yaml:"timeZone"`

	// Start is the time before which the schedule does nothing, with its offset, such as 2026-11-01T00:00:00Z. Default:
	// none.
	Start string `yaml:"start"`

	// End is the time after which the schedule does nothing more, as Start. Default: none.
	End string `yaml:"end"`

	// Min is the fewest tasks from then on, 0 to Max. Default: scaling's own min.
	Min int `yaml:"min" range:"0,5000"`

	// Max is the most tasks from then on, Min to 5000. Default: scaling's own max.
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
		// At the schedule itself: one of the two may stand nowhere in the file.
		c.Problemf("the minimum from then on (%d) is above the maximum (%d); write a lower min or a higher max here", s.Min, s.Max)
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
		c.Problemf("has %d times; write exactly one of cron, rate and at, such as cron: 0 7 ? * MON-FRI *", kinds)
		return
	}
	for setting, text := range map[string]string{"cron": s.Cron, "rate": s.Rate, "at": s.At} {
		if kind, inner, ok := strings.Cut(text, "("); ok && slices.Contains([]string{"cron", "rate", "at"}, kind) && strings.HasSuffix(inner, ")") {
			c.At(setting).Problemf("%q is how AWS writes it; write %s: %s", text, kind, strings.TrimSuffix(inner, ")"))
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
			c.At("at").Problemf("%q is not a valid time; write one without an offset, such as 2026-12-01T09:00:00, and its "+
				"timeZone", s.At)
		}
	}
}

// Expression is the schedule as Application Auto Scaling has it: cron(…), rate(…) or at(…).
func (s *Schedule) Expression() string {
	switch {
	case s.Cron != "":
		return "cron(" + s.Cron + ")"
	case s.Rate != "":
		return "rate(" + s.Rate + ")"
	}
	return "at(" + s.At + ")"
}

// checkTime reports what is no time with an offset. Without a text there is none.
func checkTime(c configfile.Checker, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		c.Problemf("%q is not a valid time; write one with its offset, such as 2026-12-01T09:00:00Z or "+
			"2026-12-01T10:00:00+01:00", text)
	}
	return t
}

// checkSchedules applies the rules of the schedules.
func (s *Scaling) checkSchedules(c configfile.Checker) {
	if n := len(s.Schedules); n > maxSchedules {
		c.Problemf("%d schedules are more than the %d that a service can have; remove some", n, maxSchedules)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		checkPolicyName(c.Key(name), name)
	}
}
