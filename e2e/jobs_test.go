package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"webapp/internal/localaws"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/topics"
	"webapp/internal/oneoff"
)

// TestJobsRunAtTheirTimes deploys jobs, one of which fails, and then another version of one of them.
func TestJobsRunAtTheirTimes(t *testing.T) {
	d := newRunningDeployment(t, localaws.MeasuringEvery(minuteLength))
	before := everything(t, d.aws)
	const text = `
name: shop
worker: true
container: {image: orders}
service: {assignPublicIp: true}
jobs:
  report:
    schedule: {cron: "* * * * ? *", timeZone: Europe/Paris}
    extends: shop
    container: {command: [sh, -c, echo the report is written]}
  broken:
    schedule: {rate: 1 day}
    container: {image: broken, command: [sh, -c, exit 3]}
    sidecars: {agent: {image: agent}}
  import: {extends: shop, container: {name: import, command: [echo, imported]}}
observability: {alarms: {fewerRunning: null}}
`
	d.synthesizeText(text)
	d.apply()
	d.awaitStatus("a run of the report", func(s live.Status) bool {
		return slices.ContainsFunc(s.Runs, func(r live.Run) bool {
			return r.Schedule == "shop-report" && r.State == "orders ended with exit code 0" && !r.Failed
		})
	})
	d.awaitLog("/ecs/shop-report", "the report is written")
	d.awaitStatus("a notification of the job that fails", func(s live.Status) bool {
		return slices.ContainsFunc(s.Notifications, func(m topics.Message) bool {
			return strings.HasPrefix(m.Text, `"A run of shop-broken failed: Essential container in task exited`)
		})
	})
	for _, m := range must(d.status())(t).Notifications {
		if strings.Contains(m.Text, "A run of shop-report failed") {
			t.Errorf("the report, which does not fail, notified: %s", m.Text)
		}
	}
	if runs := must(d.status())(t).Runs; slices.ContainsFunc(runs, func(r live.Run) bool {
		return r.Schedule == "shop-import"
	}) {
		t.Errorf("the import runs without a schedule: %+v", runs)
	}
	d.runByHand("shop-import", "import", "imported\n")
	d.synthesizeText(strings.Replace(text, "is written", "is better", 1))
	d.apply()
	d.awaitLog("/ecs/shop-report", "the report is better")
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// awaitLog waits until a log group has a line.
func (d *deployment) awaitLog(group, line string) {
	d.t.Helper()
	d.awaitStatus("the line "+line, func(live.Status) bool {
		events := must(cloudwatchlogs.NewFromConfig(d.aws).FilterLogEvents(d.t.Context(),
			&cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group}))(d.t).Events
		return slices.ContainsFunc(events, func(e types.FilteredLogEvent) bool { return aws.ToString(e.Message) == line })
	})
}

// runByHand runs a job, and fails where it does not write what it should.
func (d *deployment) runByHand(family, container, want string) {
	d.t.Helper()
	task := must(oneoff.OfJob(d.t.Context(), d.aws, "shop", family))(d.t)
	task.Container = container
	var out, status strings.Builder
	code, err := oneoff.Run(d.t.Context(), d.aws, task, &out, &status)
	if code != 0 || err != nil || out.String() != want {
		d.t.Errorf("%s ended with %d (%v) and wrote %q, want %q\n%s", family, code, err, out.String(), want, status.String())
	}
}

// awaitStatus waits until what runs is as it should be.
func (d *deployment) awaitStatus(what string, condition func(live.Status) bool) {
	d.t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(5 * time.Minute); !condition(must(d.status())(d.t)); <-again.C {
		if time.Now().After(deadline) {
			status := must(d.status())(d.t)
			d.t.Fatalf("waited for %s: %+v\n%+v", what, status.Runs, status.Notifications)
		}
	}
}
