package cron

import (
	"regexp"
	"strconv"
	"strings"
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
