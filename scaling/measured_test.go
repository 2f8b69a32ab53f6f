package scaling_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// TestMeasuredResults have the figures of simulated ones: how the targets were met, and how long requests took.
func TestMeasuredResults(t *testing.T) {
	cpu := rules.Tracking{Name: "cpu", Metric: rules.Metric{Kind: settings.CPU}, Target: 50}
	custom := rules.Tracking{Name: "queue", Metric: rules.Metric{Kind: rules.Custom, Name: "Jobs"}, Target: 1}
	r := scaling.Result{
		Service: scaling.Service{Plan: rules.Plan{Tracking: []rules.Tracking{cpu, custom}}}, Measured: true,
		Offered: 200, Refused: 100, TaskSeconds: 7200,
		Minutes: []scaling.Minute{{CPU: 40}, {CPU: 60}, {CPU: math.NaN()}, {CPU: 51}},
	}
	r.MeetTargets()
	want := []scaling.TargetResult{
		{Tracking: cpu, Values: rules.Series{40, 60, math.NaN(), 51}, Above: 2 * time.Minute},
	}
	if diff := cmp.Diff(want, r.Targets, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 100 {
		r.Answered(time.Duration(i+1) * time.Millisecond)
	}
	if got := r.Latency(0.5); got < 50*time.Millisecond || got > 52*time.Millisecond {
		t.Errorf("half of the requests took up to %s, want about 50 ms", got)
	}
}

// TestMeasuredDayBesideTheSimulatedOne compares three minutes, one of which has no CPU.
func TestMeasuredDayBesideTheSimulatedOne(t *testing.T) {
	start := time.Date(2026, time.November, 20, 14, 0, 0, 0, time.UTC)
	m := scaling.Measured{
		Start: start, Requests: []float64{60, 60, 60, 60}, Tasks: []float64{2, 2, 4, 4},
		CPU: []float64{40, 60, math.NaN(), 20}, Memory: []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()},
		Response: []float64{10, 30, 20, 10},
	}
	simulated := scaling.Result{Load: m.Load(), Minutes: []scaling.Minute{
		{Running: 2, CPU: 50, ResponseTime: 10}, {Running: 2, CPU: 50, ResponseTime: 10},
		{Running: 2, CPU: 50, ResponseTime: 10}, {Running: 3, CPU: 30, ResponseTime: math.NaN()},
	}}
	activities := []scaling.Activity{
		{At: start.Add(-time.Hour), To: 3},
		{At: start.Add(125 * time.Second), To: 4, Policy: "cpu", Cause: "an alarm"},
		{At: start.Add(time.Hour), To: 1},
	}
	want := scaling.Comparison{
		Figures: []scaling.Deviation{
			{Values: m.Tasks, Minutes: 4, Mean: 0.75, Measured: 4, Simulated: 3},
			{Metric: rules.Metric{Kind: settings.CPU}, Values: m.CPU, Minutes: 3, Mean: 10, Measured: 60, Simulated: 50},
			{
				Metric: rules.Metric{Kind: settings.ResponseTime}, Values: m.Response, Minutes: 3, Mean: 10, Measured: 30,
				Simulated: 10,
			},
		},
		TaskHours: 12.0 / 60, SimulatedTaskHours: 9.0 / 60,
		Changes: []scaling.Action{{
			At: 125 * time.Second, Since: 125 * time.Second, Ready: 125 * time.Second, From: 3, To: 4, Policy: "cpu",
			Reason: "an alarm",
		}},
	}
	if diff := cmp.Diff(want, m.Compare(simulated, activities), cmpopts.EquateNaNs(),
		cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Log("without an earlier activity, a change begins at the tasks of the minute before")
	if got := m.Compare(simulated, activities[1:]).Changes[0].From; got != 2 {
		t.Errorf("from %d tasks, want 2", got)
	}
	if n, ok := m.InitialTasks(); !ok || n != 2 {
		t.Errorf("initial tasks: got %d, %v", n, ok)
	}
}

func TestScalingActivitiesAreRead(t *testing.T) {
	activity := func(start, description, status string) string {
		return `{"ActivityId": "1", "ResourceId": "service/shop/web", "StartTime": ` + start + `, "Description": "` +
			description + `", "StatusCode": "` + status + `", "Cause": "monitor alarm A in state ALARM triggered policy cpu"}`
	}
	list := func(all ...string) string { return `{"ScalingActivities": [` + strings.Join(all, ", ") + `]}` }
	later, sooner := `"2026-11-20T14:05:00.123000+01:00"`, "1795179600.5" // of both versions of the AWS CLI
	got, err := scaling.ReadActivities(strings.NewReader(list(
		activity(later, "Setting desired count to 4.", "Successful"),
		activity(later, "Setting desired count to 5.", "Failed"),
		activity(later, "Setting min capacity to 2 and max capacity to 9", "Successful"),
		activity(sooner, "Setting desired count to 3.", "Overridden"),
	)))
	want := []scaling.Activity{
		{
			At: time.Date(2026, time.November, 20, 13, 0, 0, 500_000_000, time.UTC), To: 3, Policy: "cpu",
			Cause: "monitor alarm A in state ALARM triggered policy cpu",
		},
		{
			At: time.Date(2026, time.November, 20, 13, 5, 0, 123_000_000, time.UTC), To: 4, Policy: "cpu",
			Cause: "monitor alarm A in state ALARM triggered policy cpu",
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n(-want +got):\n%s", err, diff)
	}
	for text, want := range map[string]string{
		`{"MetricDataResults": []}`: "found no list of ScalingActivities",
		`timestamp,tasks`:           "they must be what aws application-autoscaling",
		list(activity(later, "", ""), `{"ResourceId": "service/shop/api"}`): "get those of one service",
	} {
		if _, err := scaling.ReadActivities(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
