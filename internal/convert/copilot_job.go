package convert

import (
	"fmt"
	"regexp"
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

var awsSchedule = regexp.MustCompile(`^(cron|rate)\((.+)\)$`)

// schedule carries when a job starts. "none" is a job that is started by hand.
func (s *serviceWriter) schedule(v value) {
	text := strings.TrimSpace(v.text())
	every, isEvery := strings.CutPrefix(text, "@every ")
	key, expression := "cron", ""
	switch aws := awsSchedule.FindStringSubmatch(text); {
	case text == "none" || text == "":
		return
	case aws != nil:
		key, expression = aws[1], aws[2]
	case isEvery:
		key, expression = "rate", rateOf(every)
	default:
		expression = cron.FromUnix(text)
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
