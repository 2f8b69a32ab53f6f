package cron

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// nicknames of schedules. Source: crontab(5), "EXTENSIONS".
var nicknames = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// FromUnix turns a cron expression of Unix into one of AWS, in which one of the two days is a question mark, days of
// the week begin with 1 for Sunday, and years come last. It is empty for any other text, and if both days are limited:
// then each of them counts in Unix, and AWS has nothing like it.
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
		fields[2], fields[4] = "?", weekdays(fields[4])
	default:
		return ""
	}
	expression := strings.Join(fields, " ") + " *"
	if _, err := Parse(expression); err != nil {
		return ""
	}
	return expression
}

var dayNumber = regexp.MustCompile(`[0-9]+`)

// weekdays renumbers the days of the week, from 0 for Sunday to 1. What follows a slash is a step and no day.
func weekdays(field string) string {
	items := strings.Split(field, ",")
	for i, item := range items {
		days, step, stepped := strings.Cut(item, "/")
		if days == "*" {
			days = "0"
		}
		days = dayNumber.ReplaceAllStringFunc(days, func(day string) string {
			n, err := strconv.Atoi(day)
			if err != nil {
				return day
			}
			return strconv.Itoa(n%7 + 1) // 7 is Sunday too
		})
		if items[i] = days; stepped {
			items[i] += "/" + step
		}
	}
	return strings.Join(items, ",")
}

// withQuestionMark turns an expression with six fields into one in which one of the two days is a question mark. It is
// empty if both days are limited, or if the rest is wrong too.
func withQuestionMark(fields []string) string {
	days, weekdays := fields[2], fields[4]
	switch {
	case days == "?" && weekdays == "?":
		days = "*"
	case weekdays == "*":
		weekdays = "?"
	case days == "*":
		days = "?"
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
