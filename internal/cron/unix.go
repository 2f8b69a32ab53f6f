package cron

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nicknames of schedules. Source: crontab(5), "EXTENSIONS".
var nicknames = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// FromUnix turns a cron expression of Unix into one of AWS, in which one of the two days is a question mark, and years
// come last. Days of the week have their names, which are the same in both: AWS counts from 1 for Sunday. It is empty
// for any other text, and if both days are limited: then each of them counts in Unix, and AWS has nothing like it.
func FromUnix(text string) string {
	if long, ok := nicknames[text]; ok {
		text = long
	}
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return ""
	}
	switch {
	case fields[4] == "*" || fields[4] == "?":
		fields[4] = "?"
		if fields[2] == "?" {
			fields[2] = "*"
		}
	case fields[2] == "*" || fields[2] == "?":
		fields[2], fields[4] = "?", daysByName(fields[4], inUnix)
	default:
		return ""
	}
	expression := strings.Join(fields, " ") + " *"
	if _, err := Parse(expression); err != nil {
		return ""
	}
	return expression
}

var (
	dayNumber = regexp.MustCompile(`[0-9]+`)
	// dayOfMonth matches the last of a day of the week in a month, or the first, the second…: 6L, 6#2.
	dayOfMonth = regexp.MustCompile(`^([0-9]+)(L|#[0-9]+)$`)
)

// The number of Sunday.
const (
	inUnix = 0 // or 7
	inAWS  = 1
)

// daysByName returns a field with days of the week by name, given the number of Sunday. What follows a slash is a step,
// for which the days are listed. Days of a month, such as 6L, have no names, but AWS's numbers.
func daysByName(field string, sunday int) string {
	days := fields[4]
	name := func(number string) string {
		n, err := strconv.Atoi(number)
		if err != nil || n < sunday || n > 7 {
			return number
		}
		return days.names[(n-sunday)%7]
	}
	items := strings.Split(field, ",")
	for i, item := range items {
		if parts := dayOfMonth.FindStringSubmatch(item); parts != nil {
			items[i] = strconv.Itoa(slices.Index(days.names, name(parts[1]))+inAWS) + parts[2]
			continue
		}
		span, step, stepped := strings.Cut(item, "/")
		if span == "0-7" { // with Sunday twice
			span = "0-6"
		}
		items[i] = dayNumber.ReplaceAllStringFunc(span, name)
		if !stepped {
			continue
		}
		values, err := days.parse(items[i] + "/" + step)
		if err != nil {
			return field
		}
		var names []string
		for n, name := range days.names {
			if values[n+inAWS] {
				names = append(names, name)
			}
		}
		items[i] = strings.Join(names, ",")
	}
	return strings.Join(items, ",")
}

// DaysInNumbers returns the days of the week of a valid expression if they are written in numbers, and their names in
// AWS and in Unix. It returns nothing for every day, for days of a month, such as 2#1, which Unix does not have, and
// for 2-6, which is Monday to Friday: other days are hardly meant by it.
func DaysInNumbers(expression string) (written, aws, unix string) {
	e, err := Parse(expression)
	if err != nil || len(e.weekdays) == 0 || len(e.weekdays) == 7 {
		return "", "", ""
	}
	written = strings.Fields(expression)[4]
	aws, unix = daysByName(written, inAWS), daysByName(written, inUnix)
	if aws == unix || written == "2-6" {
		return "", "", ""
	}
	return written, aws, unix
}

// withQuestionMark turns an expression with six fields into one in which one of the two days is a question mark. Who
// writes two stars counts the days of the week as Unix does, most likely, so that they get their names. It is empty if
// both days are limited, or if the rest is wrong too.
func withQuestionMark(fields []string) string {
	days, weekdays := fields[2], fields[4]
	switch {
	case days == "?" && weekdays == "?":
		days = "*"
	case weekdays == "*":
		weekdays = "?"
	case days == "*" && strings.ContainsAny(weekdays, "L#"): // which Unix does not have
		days = "?"
	case days == "*":
		days, weekdays = "?", daysByName(weekdays, inUnix)
	default:
		return ""
	}
	expression := strings.Join([]string{fields[0], fields[1], days, fields[3], weekdays, fields[5]}, " ")
	if _, err := Parse(expression); err != nil {
		return ""
	}
	return expression
}

// FromOther turns a cron expression that is almost one of AWS, or one of Unix, into one of AWS. It is empty for any
// other text.
func FromOther(text string) string {
	fields := strings.Fields(text)
	if _, err := Parse(text); err == nil {
		return strings.Join(fields, " ")
	}
	if len(fields) == 6 {
		return withQuestionMark(fields)
	}
	return cmp.Or(FromUnix(text), FromUnix("@"+strings.ToLower(text)), atTimeOfDay(text))
}

// atTimeOfDay turns a time of day, such as 03:00, into an expression for every day. It is empty for any other text.
func atTimeOfDay(text string) string {
	at, err := time.Parse("15:04", text)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d * * ? *", at.Minute(), at.Hour())
}

// interval matches the intervals of other tools, apart from those of Go: every 5 minutes, 5 min, every hour.
var interval = regexp.MustCompile(`(?i)^(?:@?(every) +)?([0-9]+)? *(min(?:ute)?s?|h(?:(?:ou)?rs?)?|d(?:ays?)?)$`)

// RateFrom turns an interval of another tool, such as every 5 minutes, @every 1h30m or 5m, into a rate. It is empty for
// any other text.
func RateFrom(text string) string {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	every, err := time.ParseDuration(strings.TrimPrefix(text, "@every "))
	if parts := interval.FindStringSubmatch(text); err != nil && parts != nil && (parts[1] != "" || parts[2] != "") {
		n, err := number(cmp.Or(parts[2], "1"))
		if err != nil || n > maxRate {
			return ""
		}
		every = time.Duration(n) * units[strings.ToLower(parts[3])[0]]
	}
	for _, unit := range []string{"day", "hour", "minute"} {
		length := units[unit[0]]
		if every < length || every%length != 0 || every/length > maxRate {
			continue
		}
		rate := fmt.Sprintf("%d %s", every/length, unit)
		if every > length {
			rate += "s"
		}
		return rate
	}
	return ""
}
