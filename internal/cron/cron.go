// Package cron parses the times of Application Auto Scaling's scheduled actions: cron and rate expressions, and time
// zones.
// Source: Application Auto Scaling user guide, "Schedule recurring scaling actions using cron expressions"; Amazon
// EventBridge's reference of cron expressions, which it refers to.
package cron

import (
	_ "embed" // for zones
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones must be the same on every machine
)

// Expression is a parsed cron expression with six fields.
type Expression struct {
	minutes, hours, days, months, weekdays, years set
	lastDay                                       bool // L: the month's last day
	lastWorkday                                   bool // LW: the month's last day from Monday to Friday
	nearest                                       int  // nW: the weekday nearest to day n; 0 for none
	lastWeekday                                   int  // nL: the last such weekday of the month, 1 to 7; 0 for none
	weekday                                       int  // n#m: the m-th such weekday of the month; 0 for none
	nth                                           int
	byWeekday                                     bool // the day of the month is a question mark
}

// set holds the values that a field allows.
type set map[int]bool

type field struct {
	name      string
	low, high int
	names     []string // of the values, starting at low
}

var fields = []field{
	{name: "minute", low: 0, high: 59},
	{name: "hour", low: 0, high: 23},
	{name: "day of the month", low: 1, high: 31},
	{name: "month", low: 1, high: 12,
		names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day of the week", low: 1, high: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
	{name: "year", low: 1970, high: 2199},
}

// Parse reads an expression such as "0 7 ? * MON-FRI *". The error is the second half of a sentence: what is wrong and
// what to write.
func Parse(text string) (Expression, error) {
	var e Expression
	parts := strings.Fields(text)
	if len(parts) != len(fields) {
		if six := FromUnix(text); six != "" {
			return e, fmt.Errorf("it is in the notation of Unix; write it in AWS's: %s", six)
		}
		if len(parts) == len(fields)-1 && !strings.ContainsAny(parts[2]+parts[4], "*?") {
			return e, errors.New("it is in the notation of Unix, in which either of the two days counts, and AWS has nothing " +
				"like it; write a schedule for each of the two")
		}
		if daily := atTimeOfDay(text); daily != "" {
			return e, fmt.Errorf("it is a time of day; write %s for every day", daily)
		}
		plural := "s"
		if len(parts) == 1 {
			plural = ""
		}
		return e, fmt.Errorf("it has %d field%s; write six: minute, hour, day of the month, month, day of the week, "+
			"year", len(parts), plural)
	}
	if (parts[2] == "?") == (parts[4] == "?") {
		const rule = "exactly one of the day of the month and the day of the week must be a question mark"
		if fixed := withQuestionMark(parts); fixed != "" {
			fixed = rule + "; write " + fixed
			if aws := daysByName(parts[4], inAWS); aws != daysByName(parts[4], inUnix) && !dayNumber.MatchString(aws) {
				fixed += fmt.Sprintf(", or %s if you count from 1 for Sunday, as AWS does", aws)
			}
			return e, errors.New(fixed)
		}
		if parts[2] != "?" {
			return e, errors.New(rule + "; to run on both, write a schedule for each of the two")
		}
		return e, errors.New(rule)
	}
	e.byWeekday = parts[2] == "?"
	sets := []*set{&e.minutes, &e.hours, &e.days, &e.months, &e.weekdays, &e.years}
	for i, part := range parts {
		if special, err := e.special(i, part); special || err != nil {
			if err != nil {
				return e, err
			}
			continue
		}
		values, err := fields[i].parse(part)
		if err != nil {
			return e, err
		}
		*sets[i] = values
	}
	return e, nil
}

// special parses the values that only days can have: ?, L, LW, nW, nL and n#m. EventBridge's reference does not have
// Quartz's L-n, the n-th day before the last.
func (e *Expression) special(i int, part string) (bool, error) {
	const dayOfMonth, dayOfWeek = 2, 4
	f := fields[i]
	switch {
	case part == "?" && (i == dayOfMonth || i == dayOfWeek):
		return true, nil
	case i == dayOfMonth && part == "L":
		e.lastDay = true
		return true, nil
	case i == dayOfMonth && part == "LW":
		e.lastWorkday = true
		return true, nil
	case (i == dayOfMonth || i == dayOfWeek) && strings.HasPrefix(part, "L-"):
		return true, fmt.Errorf("%q is not a valid %s: AWS does not count back from the last one; write L for the last one, "+
			"or a number", part, f.name)
	case i == dayOfMonth && strings.HasSuffix(part, "W"):
		n, err := f.value(strings.TrimSuffix(part, "W"))
		e.nearest = n
		return true, err
	case i == dayOfWeek && part == "L":
		e.weekdays = set{7: true}
		return true, nil
	case i == dayOfWeek && len(part) > 1 && strings.HasSuffix(part, "L"):
		n, err := f.value(strings.TrimSuffix(part, "L"))
		e.lastWeekday = n
		return true, err
	case i == dayOfWeek && strings.Contains(part, "#"):
		day, nth, _ := strings.Cut(part, "#")
		n, err := f.value(day)
		if err != nil {
			return true, err
		}
		e.weekday = n
		e.nth, err = number(nth)
		if err != nil || e.nth < 1 || e.nth > 5 {
			return true, fmt.Errorf("%q is not a valid day of the week: the number after # says which one of the "+
				"month, 1 to 5", part)
		}
		return true, nil
	}
	return false, nil
}

func (f field) parse(text string) (set, error) {
	values := set{}
	for item := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(item, "/")
		every := 1
		if stepped {
			n, err := number(step)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q is not a valid %s: the number after / is the step, 1 or more", item, f.name)
			}
			every = n
		}
		low, high := f.low, f.high
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if low, err = f.value(first); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if high, err = f.value(last); err != nil {
					return nil, err
				}
			case !stepped:
				high = low
			}
		}
		if low > high && f.names == nil {
			return nil, fmt.Errorf("%q is not a valid %s: the range ends before it begins", item, f.name)
		}
		if low > high { // FRI-MON
			high += f.high
		}
		for n := low; n <= high; n += every {
			values[(n-f.low)%(f.high-f.low+1)+f.low] = true
		}
	}
	return values, nil
}

func (f field) value(text string) (int, error) {
	if i := slices.Index(f.names, strings.ToUpper(text)); i >= 0 {
		return f.low + i, nil
	}
	n, err := number(text)
	if err != nil || n < f.low || n > f.high {
		names := ""
		if len(f.names) > 0 {
			names = fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
		}
		if text == "0" && f.low == 1 && len(f.names) == 7 { // Sunday in Unix
			return 0, fmt.Errorf("%q is not a valid %s: 1 is Sunday; write the days by name, such as SUN or MON-FRI", text,
				f.name)
		}
		return 0, fmt.Errorf("%q is not a valid %s; write %d to %d%s", text, f.name, f.low, f.high, names)
	}
	return n, nil
}

// number reads a number without a sign, which AWS's expressions do not have.
func number(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err
}

// First returns the earliest time that the expression names in a time zone, or the zero time if there is none: 30
// February does not exist, nor does an hour that daylight saving time skips.
func (e Expression) First(zone *time.Location) time.Time {
	return e.Next(time.Date(fields[len(fields)-1].low, time.January, 1, 0, 0, 0, 0, zone).Add(-time.Minute))
}

// LastYear returns the last year in which the expression may name a time, or 0 if there is always a next one.
func (e Expression) LastYear() int {
	last := slices.Max(slices.Collect(maps.Keys(e.years)))
	if last == fields[len(fields)-1].high {
		return 0
	}
	return last
}

// Next returns the first time after t, in t's time zone, or the zero time if there is none.
//
// Times that the change to daylight saving time skips do not occur. Of times that come twice when it ends, the first
// one counts, but an expression for every hour of the day runs in both hours.
// Source: EventBridge Scheduler user guide, "Schedule types": daylight saving time. It does not speak of every hour.
func (e Expression) Next(t time.Time) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for ; day.Year() <= 2199; day = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, t.Location()) {
		if !e.years[day.Year()] || !e.months[int(day.Month())] || !e.onDay(day) {
			continue
		}
		for hour := range 24 {
			if !e.hours[hour] {
				continue
			}
			if at := e.inHour(day, hour, t); !at.IsZero() {
				return at
			}
		}
	}
	return time.Time{}
}

// inHour returns the first time after t in an hour of a day, or the zero time if there is none.
func (e Expression) inHour(day time.Time, hour int, t time.Time) time.Time {
	const everyHour = 24
	var found time.Time
	for minute := range 60 {
		if !e.minutes[minute] {
			continue
		}
		first, second := both(time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, t.Location()))
		if first.Hour() != hour || first.Minute() != minute {
			continue // skipped: time.Date has moved it
		}
		at := first
		if !first.After(t) && len(e.hours) == everyHour {
			at = second
		}
		if at.After(t) && (found.IsZero() || at.Before(found)) {
			found = at
		}
	}
	return found
}

// both returns the times at which clocks show the same: two where clocks are set back, else twice the same one.
func both(t time.Time) (first, second time.Time) {
	const layout = "2006-01-02 15:04"
	first, second = t, t
	for _, setBack := range []time.Duration{30 * time.Minute, time.Hour} { // half an hour on Lord Howe Island
		if at := t.Add(-setBack); at.Format(layout) == t.Format(layout) {
			first = at
		}
		if at := t.Add(setBack); at.Format(layout) == t.Format(layout) {
			second = at
		}
	}
	return first, second
}

func (e Expression) onDay(day time.Time) bool {
	last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	weekday := int(day.Weekday()) + 1
	if !e.byWeekday {
		switch {
		case e.lastDay:
			return day.Day() == last
		case e.lastWorkday:
			return day.Day() == nearestWeekday(day, last, last)
		case e.nearest > 0:
			return day.Day() == nearestWeekday(day, min(e.nearest, last), last)
		}
		return e.days[day.Day()]
	}
	switch {
	case e.lastWeekday > 0:
		return weekday == e.lastWeekday && day.Day() > last-7
	case e.weekday > 0:
		return weekday == e.weekday && (day.Day()-1)/7+1 == e.nth
	}
	return e.weekdays[weekday]
}

// nearestWeekday returns the day of the month, Monday to Friday, that is nearest to a day and in the same month.
func nearestWeekday(month time.Time, day, last int) int {
	switch time.Date(month.Year(), month.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == last {
			return day - 2
		}
		return day + 1
	default:
		return day
	}
}

// maxRate is the largest number in a rate.
const maxRate = 10_000

// ParseRate parses a rate such as "5 minutes". The error is the second half of a sentence.
func ParseRate(text string) (time.Duration, error) {
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	count, unit, _ := strings.Cut(text, " ")
	n, err := number(count)
	base, known := units[strings.TrimSuffix(unit, "s")]
	switch {
	case err != nil || n < 1 || !known || n > maxRate:
		if rate := RateFrom(text); rate != "" {
			return 0, fmt.Errorf("write %s", rate)
		}
		return 0, fmt.Errorf("write a number from 1 to %d and minutes, hours or days, such as 12 hours", maxRate)
	case n == 1 && strings.HasSuffix(unit, "s"), n > 1 && !strings.HasSuffix(unit, "s"):
		return 0, errors.New("AWS requires the singular for 1 and the plural for more: 1 hour, 2 hours")
	}
	return time.Duration(n) * base, nil
}

// zones are the names of the IANA time zone database, release 2025c, and its links, such as US/Pacific. They are
// embedded because a machine's own database may lack some, or have other names that AWS does not know (localtime,
// posix/Europe/Paris).
// Source: Application Auto Scaling API, PutScheduledAction Timezone: the names that Joda-Time supports.
//
//go:embed zones.txt
var zones string

// Zones lists the names of all time zones.
func Zones() []string { return strings.Fields(zones) }

// Location returns the time zone with a name such as Europe/Paris.
func Location(name string) (*time.Location, error) {
	if !slices.Contains(Zones(), name) {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	return time.LoadLocation(name)
}
