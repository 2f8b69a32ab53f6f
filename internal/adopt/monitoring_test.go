package adopt

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/adopt/snapshot"
)

// TestWhatWatchesIsFoundByItsName: an alarm of another name is somebody else's, and what has no counterpart is made.
func TestWhatWatchesIsFoundByItsName(t *testing.T) {
	stack := stackOf(t, `{
		"aws_cloudwatch_metric_alarm": {"cpu": {"alarm_name": "web-cpu"}, "memory": {"alarm_name": "web-memory"}},
		"aws_cloudwatch_event_rule": {"failed": {"name": "web-failed-deployments"}, "other": {"name": "web-other"}},
		"aws_cloudwatch_event_target": {
			"failed": {"rule": "${aws_cloudwatch_event_rule.failed.name}", "target_id": "alarms"},
			"other": {"rule": "${aws_cloudwatch_event_rule.other.name}", "target_id": "alarms"}
		},
		"aws_scheduler_schedule_group": {"report": {"name": "web-report"}, "other": {"name": "web-other"}},
		"aws_scheduler_schedule": {"report": {"name": "web-report", "group_name": "web-report"}},
		"aws_sns_topic": {"t": {"name": "web-alarms"}},
		"aws_sqs_queue": {"q": {"name": "web-mailer"}, "other": {"name": "web-orders"}},
		"aws_sns_topic_policy": {"p": {"arn": "${aws_sns_topic.t.arn}"}}
	}`)
	account := snapshot.Snapshot{Monitoring: map[string]map[string]string{
		"aws_cloudwatch_metric_alarm":  {"web-cpu": "web-cpu", "shop-memory": "shop-memory"},
		"aws_cloudwatch_event_rule":    {"web-failed-deployments": "web-failed-deployments"},
		"aws_scheduler_schedule":       {"web-report": "web-report/web-report"},
		"aws_scheduler_schedule_group": {"web-report": "web-report"},
		"aws_sns_topic":                {"web-alarms": "arn:topic"},
		"aws_sqs_queue":                {"web-mailer": "https://sqs/web-mailer"},
	}}
	want := map[string]string{
		"aws_cloudwatch_metric_alarm.cpu":     "web-cpu",
		"aws_cloudwatch_event_rule.failed":    "web-failed-deployments",
		"aws_cloudwatch_event_target.failed":  "web-failed-deployments/alarms",
		"aws_scheduler_schedule.report":       "web-report/web-report",
		"aws_scheduler_schedule_group.report": "web-report",
		"aws_sns_topic.t":                     "arn:topic",
		"aws_sns_topic_policy.p":              "arn:topic",
		"aws_sqs_queue.q":                     "https://sqs/web-mailer",
	}
	if diff := cmp.Diff(want, ids(Find(stack, account))); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}
