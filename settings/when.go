package settings

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/cron"
)

// When says at which times something happens.
type When struct {
	// Cron is a cron expression with six fields: minute, hour, day of the month, month, day of the week, year, such as
	// 0 7 ? * MON-FRI *. One of the two days is a question mark. Days of the week in numbers count from 1 for Sunday.
	// Set exactly one of cron, rate and at.
	Cron string `yaml:"cron"`

	// Rate is an interval in minutes, hours or days, such as 12 hours, counted from the creation of the schedule.
	// Set exactly one of cron, rate and at.
	Rate string `yaml:"rate"`

	// At is a single time, such as 2026-12-01T09:00:00. Set exactly one of cron, rate and at.
	At string `yaml:"at"`

	// TimeZone of cron and at, such as Europe/Paris. Not with a rate. A time that is skipped when daylight saving time
	// begins does not occur, so that it cannot be the only one. Default UTC.
	TimeZone string `yaml:"timeZone"`
}

const atLayout = "2006-01-02T15:04:05"

func (w *When) SetDefaults() { w.TimeZone = "UTC" }

// ResetOthers lets an overlay give a time of another kind than the base.
func (w *When) ResetOthers(given []string) {
	kinds := map[string]*string{"cron": &w.Cron, "rate": &w.Rate, "at": &w.At}
	another := slices.ContainsFunc(given, func(key string) bool { return kinds[key] != nil && *kinds[key] != "" })
	for kind, text := range kinds {
		if another && !slices.Contains(given, kind) {
			*text = ""
		}
	}
}

// whenInAWS matches a schedule in AWS's notation.
var whenInAWS = regexp.MustCompile(`^(cron|rate|at)\((.+)\)$`)

// FromText returns how to write a schedule of another tool: AWS's notation, a rate, or a cron expression of Unix.
func (w *When) FromText(text string) string {
	if aws := whenInAWS.FindStringSubmatch(text); aws != nil {
		return fmt.Sprintf("{%s: %q}", aws[1], fromAWS(aws[1], aws[2]))
	}
	if rate := cron.RateFrom(text); rate != "" {
		return fmt.Sprintf("{rate: %s}", rate)
	}
	if expression := cron.FromOther(text); expression != "" {
		return fmt.Sprintf("{cron: %q}", expression)
	}
	return `one of cron, rate and at, such as {cron: "0 3 * * ? *"} for every day at three`
}

// fromAWS returns the text of a kind of schedule in AWS's notation, corrected if that is possible.
func fromAWS(kind, text string) string {
	switch kind {
	case "cron":
		return cmp.Or(cron.FromOther(text), text)
	case "rate":
		return cmp.Or(cron.RateFrom(text), text)
	}
	return text
}

func (w *When) Check(c configfile.Checker) {
	w.checkKind(c)
	// A time zone of the base may be for the times of other targets.
	if w.Rate != "" && c.Written("timeZone") && c.Written("rate") && c.Valid("", "timeZone") {
		c.At("timeZone").Problemf("has no effect on a rate, which is the same in every time zone; remove it, or write cron " +
			"or at instead of rate")
		return
	}
	zone, err := cron.Location(w.TimeZone)
	if err != nil {
		c.At("timeZone").Problemf("%q is not a time zone; %s", w.TimeZone, adviseZone(w.TimeZone))
		return
	}
	w.checkSkipped(c, zone)
}

// checkSkipped reports a schedule that never runs, because clocks skip all of its times when daylight saving time
// begins.
// Source: EventBridge Scheduler user guide, "Schedule types": daylight saving time.
func (w *When) checkSkipped(c configfile.Checker, zone *time.Location) {
	const skipped = "in %s, whose clocks are set forward then; write "
	switch {
	case !c.Valid("", "cron", "rate", "at", "timeZone"):
	case w.At != "":
		if before, after := besideSkipped(w.At, zone); !after.IsZero() {
			c.At("at").Problemf("%s does not exist "+skipped+"%s or %s", w.At, w.TimeZone, before.Format(atLayout),
				after.Format(atLayout))
		}
	case w.Cron != "":
		e, err := cron.Parse(w.Cron)
		if err != nil || !e.First(zone).IsZero() {
			return
		}
		const clock = "15:04"
		before, after := besideSkipped(e.First(time.UTC).Format(atLayout), zone)
		c.At("cron").Problemf("%q names only times that do not exist "+skipped+"another time, such as %s or %s", w.Cron,
			w.TimeZone, before.Format(clock), after.Format(clock))
	}
}

// besideSkipped returns the last minute before a time that the clocks of a zone skip, and the first one after it. They
// are zero for a time that exists.
func besideSkipped(text string, zone *time.Location) (before, after time.Time) {
	t, err := time.ParseInLocation(atLayout, text, zone)
	if err != nil || t.Format(atLayout) == text {
		return time.Time{}, time.Time{}
	}
	// The time is moved by the difference, in one direction or the other.
	start, end := t.ZoneBounds()
	if t.Format(atLayout) < text {
		start = end
	}
	return start.Add(-time.Minute), start
}

// zonesOfAbbreviations are the places that most people mean by an abbreviation that the IANA database does not have.
var zonesOfAbbreviations = map[string]string{
	"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles",
	"MDT": "America/Denver", "CST": "America/Chicago", "CDT": "America/Chicago", "EDT": "America/New_York",
	"ET": "America/New_York", "BRT": "America/Sao_Paulo", "BST": "Europe/London", "WEST": "Europe/Lisbon",
	"CEST": "Europe/Paris", "EEST": "Europe/Athens", "MSK": "Europe/Moscow", "IST": "Asia/Kolkata",
	"SGT": "Asia/Singapore", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "AEST": "Australia/Sydney",
	"AEDT": "Australia/Sydney",
	"NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland", "Z": "UTC",
}

// offset matches a time zone that is written as its difference to UTC.
var offset = regexp.MustCompile(`^(?:GMT|UTC)?([+-])0?([0-9]{1,2})(?::?00)?$`)

// adviseZone returns what to write instead of a text that is not a time zone. Names that look alike can be hours apart,
// so only those of places are compared.
func adviseZone(text string) string {
	upper := strings.ToUpper(text)
	if zone, ok := zonesOfAbbreviations[upper]; ok {
		return fmt.Sprintf("write %s", zone)
	}
	if parts := offset.FindStringSubmatch(upper); parts != nil {
		zone := fmt.Sprintf("Etc/GMT%s%s", map[string]string{"+": "-", "-": "+"}[parts[1]], parts[2])
		if _, err := cron.Location(zone); err == nil {
			return fmt.Sprintf("write %s, whose sign is the opposite, or a place such as Europe/Paris", zone)
		}
	}
	for _, zone := range cron.Zones() {
		if strings.EqualFold(zone, text) {
			return fmt.Sprintf("did you mean %s?", zone)
		}
	}
	for _, zone := range cron.Zones() {
		if strings.EqualFold(path.Base(zone), strings.ReplaceAll(text, " ", "_")) {
			return fmt.Sprintf("did you mean %s?", zone)
		}
	}
	if place := strings.Contains(text, "/") && !strings.HasPrefix(upper, "ETC/"); place {
		if hint := configfile.SuggestLikely(text, cron.Zones()); hint != "" {
			return hint
		}
	}
	return "write its name, such as Europe/Paris or UTC"
}

func (w *When) checkKind(c configfile.Checker) {
	var kinds []string
	for _, kind := range []struct{ setting, text string }{{"cron", w.Cron}, {"rate", w.Rate}, {"at", w.At}} {
		if kind.text != "" {
			kinds = append(kinds, kind.setting)
		}
	}
	if len(kinds) == 0 && c.Valid("", "cron", "rate", "at") {
		c.Problemf("has no cron, rate or at; write exactly one of them, such as cron: 0 7 ? * MON-FRI *")
		return
	}
	if len(kinds) > 1 && c.Valid("cron", "rate", "at") {
		c.Problemf("has %s, but a schedule has only one of cron, rate and at; keep one of them",
			configfile.JoinWords(kinds, "and"))
		return
	}
	for setting, text := range map[string]string{"cron": w.Cron, "rate": w.Rate, "at": w.At} {
		if kind, inner, ok := strings.Cut(text, "("); ok && slices.Contains([]string{"cron", "rate", "at"}, kind) &&
			strings.HasSuffix(inner, ")") {
			c.At(setting).Problemf("%q is AWS's notation; write %s: %s", text, kind,
				fromAWS(kind, strings.TrimSuffix(inner, ")")))
			return
		}
	}
	if w.Cron != "" {
		switch e, err := cron.Parse(w.Cron); {
		case err != nil && cron.RateFrom(w.Cron) != "":
			c.At("cron").Problemf("%q is an interval; write rate: %s instead of cron", w.Cron, cron.RateFrom(w.Cron))
		case err != nil:
			c.At("cron").Problemf("%q is not a valid cron expression: %v", w.Cron, err)
		case e.First(time.UTC).IsZero():
			c.At("cron").Problemf("%q names a time that never comes; write a day that its months have", w.Cron)
		default:
			w.noteDays(c.At("cron"))
		}
	}
	if w.Rate != "" {
		if expression := cron.FromOther(w.Rate); expression != "" {
			c.At("rate").Problemf("%q is a cron expression; write cron: %q instead of rate", w.Rate, expression)
		} else if _, err := cron.ParseRate(w.Rate); err != nil {
			c.At("rate").Problemf("%q is not a valid rate: %v", w.Rate, err)
		}
	}
	if w.At != "" {
		if utc, ok := strings.CutSuffix(w.At, "Z"); ok && len(utc) == len(atLayout) && w.TimeZone == "UTC" {
			c.At("at").Problemf("%q is not a valid time: its offset is in timeZone, whose default is UTC; write %s", w.At, utc)
		} else if _, err := time.Parse(atLayout, w.At); err != nil || len(w.At) != len(atLayout) { // fractions of a second
			c.At("at").Problemf("%q is not a valid time; write one without an offset, such as 2026-12-01T09:00:00, "+
				"and set timeZone", w.At)
		}
	}
}

// noteDays notes days of the week that are written in AWS's numbers: many people have those of Unix in mind, in which
// Sunday is 0.
// Source: EventBridge user guide, "Cron expressions reference": 1-7 or SUN-SAT.
func (w *When) noteDays(c configfile.Checker) {
	if written, aws, unix := cron.DaysInNumbers(w.Cron); written != "" {
		c.Notef("%s is %s, since AWS counts from 1 for Sunday; write the days by name: %s, or %s for what %s is in Unix",
			written, aws, aws, unix, written)
	}
}

// until returns a time after which the schedule never runs, or the zero time if it always runs again.
func (w *When) until() time.Time {
	zone, err := cron.Location(w.TimeZone)
	if err != nil {
		return time.Time{}
	}
	if at, err := time.ParseInLocation(atLayout, w.At, zone); err == nil {
		return at
	}
	if e, err := cron.Parse(w.Cron); err == nil && e.LastYear() > 0 {
		return time.Date(e.LastYear()+1, time.January, 1, 0, 0, 0, 0, zone)
	}
	return time.Time{}
}

// from returns the first time of the schedule at or after another, or the zero time if there is none. For a rate it
// returns the other time: only AWS knows from when it counts.
func (w *When) from(t time.Time) time.Time {
	zone, err := cron.Location(w.TimeZone)
	if err != nil {
		return time.Time{}
	}
	switch {
	case w.Cron != "":
		e, err := cron.Parse(w.Cron)
		if err != nil {
			return time.Time{}
		}
		return e.Next(t.Add(-time.Nanosecond).In(zone))
	case w.At != "":
		if at, err := time.ParseInLocation(atLayout, w.At, zone); err == nil && !at.Before(t) {
			return at
		}
		return time.Time{}
	}
	return t
}

// Expression returns the schedule in AWS's notation: cron(…), rate(…) or at(…). One space is between two fields.
func (w *When) Expression() string {
	switch {
	case w.Cron != "":
		return "cron(" + strings.Join(strings.Fields(w.Cron), " ") + ")"
	case w.Rate != "":
		return "rate(" + w.Rate + ")"
	}
	return "at(" + w.At + ")"
}
