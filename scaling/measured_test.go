package scaling_test

import (
	"math"
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
