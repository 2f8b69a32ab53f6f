package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"webapp/internal/cron"
)

// job converts a Scheduled Job.
func (s *serviceWriter) job() {
	v := s.v
	s.schedule(v.get("on").get("schedule"))
	s.container()
	s.sidecars(v.get("sidecars"))
	s.storage(v.get("storage"))
	s.networking(v.get("network"))
	service := s.at.at("service")
	s.at.set("assignPublicIp", service.values["assignPublicIp"] == true)
	if groups, ok := service.values["securityGroups"]; ok {
		s.at.set("securityGroups", groups)
	}
	s.at.remove("service")
	s.logging(v.get("logging"))
	s.leftOver()
	v.get("observability").get("tracing").note("is not carried: jobs have no tracing; write the collector as a sidecar")
	v.get("retries").note("is not carried: nothing starts a run again that has failed. Let the program try again, or " +
		"write container.restartPolicy; jobs.NAME.schedule.retries is for runs that could not start")
	v.get("timeout").note("is not carried: neither ECS nor EventBridge Scheduler ends a task after a time. Let the " +
		"program end by itself, or begin its command with timeout")
}

// fixedSchedules are the names of schedules. Source: Copilot's documentation, "Scheduled Job" manifest, on.schedule.
var fixedSchedules = map[string]string{
	"@yearly": "0 0 1 1 ? *", "@annually": "0 0 1 1 ? *", "@monthly": "0 0 1 * ? *", "@weekly": "0 0 ? * 1 *",
	"@daily": "0 0 * * ? *", "@midnight": "0 0 * * ? *", "@hourly": "0 * * * ? *",
}

var awsSchedule = regexp.MustCompile(`^(cron|rate)\((.+)\)$`)

// schedule carries when a job starts. "none" is a job that is started by hand.
func (s *serviceWriter) schedule(v value) {
	text := strings.TrimSpace(v.text())
	every, isEvery := strings.CutPrefix(text, "@every ")
	named, isNamed := fixedSchedules[text]
	key, expression := "cron", ""
	switch aws := awsSchedule.FindStringSubmatch(text); {
	case text == "none" || text == "":
		return
	case aws != nil:
		key, expression = aws[1], aws[2]
	case isNamed:
		expression = named
	case isEvery:
		key, expression = "rate", rateOf(every)
	default:
		expression = sixFields(text)
	}
	_, err := cron.Parse(expression)
	if key == "rate" {
		_, err = cron.ParseRate(expression)
	}
	if err != nil {
		v.note("is not carried: %q has no equal in EventBridge; until you write schedule, the job is started by hand", text)
		return
	}
	s.at.at("schedule").set(key, expression)
}

// rateOf is a duration such as 1h30m as AWS writes it: 90 minutes. It is empty for a part of a minute.
func rateOf(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Minute || d%time.Minute != 0 {
		return ""
	}
	n, unit := int(d/time.Minute), "minute"
	if d%time.Hour == 0 {
		n, unit = int(d/time.Hour), "hour"
	}
	if n > 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// sixFields turns a cron expression of Unix into one of AWS, in which one of the two days is a question mark, days of
// the week begin with 1 for Sunday, and years come last. It is empty if both days are limited: then each of them counts
// in Unix, and AWS has nothing like it.
func sixFields(text string) string {
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
	return strings.Join(fields, " ") + " *"
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
