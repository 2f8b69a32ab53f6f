package local

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws/autoscaling"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/monitor"
	"webapp/internal/localaws/topics"
)

func TestMonitoringIsPrinted(t *testing.T) {
	at := time.Date(2026, 11, 26, 22, 10, 0, 0, time.Local)
	var printed strings.Builder
	printMonitoring(&printed, live.Status{
		Alarms: []monitor.Alarm{{Name: "shop-cpu", State: "ALARM", Since: at}},
		Runs: []live.Run{
			{Schedule: "shop-report", At: at, State: "web ended with exit code 1", Failed: true},
			{Schedule: "shop-sweep", At: at, State: "RUNNING"},
		},
		Activities: []autoscaling.Activity{{
			Resource: "service/shop/shop", Status: "Successful", Description: "Setting desired count to 3.",
			Cause: "minimum capacity was set to 3", Start: at,
		}},
		Notifications: []topics.Message{
			{At: at, Subject: `ALARM: "shop-cpu" in EU (Ireland)`, Text: "{}"}, {At: at, Text: "A deployment failed."},
		},
	})
	want := "alarm shop-cpu\tALARM since 22:10:00\n" +
		"job 22:10:00\tshop-report FAILED: web ended with exit code 1\n" +
		"job 22:10:00\tshop-sweep RUNNING\n" +
		"scaling 22:10:00\tservice/shop/shop Successful: Setting desired count to 3.\n\tminimum capacity was set to 3\n" +
		"notification 22:10:00\tALARM: \"shop-cpu\" in EU (Ireland)\n" +
		"notification 22:10:00\tA deployment failed.\n"
	if diff := cmp.Diff(want, printed.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}
