package scaling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// The tests in this file replay what people measured on AWS. docs/scaling.md has the table.

// observed is a service of one target for CPU, with the model of a task that has no other load.
func observed(p rules.Plan, target float64) scaling.Service {
	p.Initial = p.Min
	p.Tracking = []rules.Tracking{{
		Name: "cpu", Metric: rules.Metric{Kind: settings.CPU}, Target: target, ScaleIn: true,
		ScaleInCooldown: 5 * time.Minute, ScaleOutCooldown: 5 * time.Minute,
	}}
	return scaling.Service{Plan: p, Assumptions: rules.DefaultAssumptions(), Model: scaling.Model{
		Capacity: 100, Latency: time.Millisecond, FullCPU: 100, FullMemory: 100, Start: 23 * time.Second,
	}}
}

func highResolution(s scaling.Service) scaling.Service {
	s.Plan = s.Plan.HighResolution(true)
	return s
}

// atAnyPhase simulates a load that changes from one rate to another at each second of a minute in turn, and returns how
// long after it the first change came: the shortest and the longest time.
func atAnyPhase(s scaling.Service, before, after float64) (shortest, longest time.Duration) {
	for phase := range time.Duration(60) {
		changes := time.Hour + phase*time.Second
		r := scaling.Simulate(s, scaling.Shape("change", 2*time.Hour, func(t time.Duration) float64 {
			if t < changes {
				return before
			}
			return after
		}))
		i := slices.IndexFunc(r.Actions, func(a scaling.Action) bool { return a.At >= changes })
		if i < 0 {
			return -1, -1
		}
		took := r.Actions[i].At - changes
		if shortest == 0 || took < shortest {
			shortest = took
		}
		longest = max(longest, took)
	}
	return shortest, longest
}

// TestTimesOfPublicMeasurements compares how long it takes until the number of tasks changes. The tolerance is a period
// of the metric: the second of it in which a load changes is not known, nor is that in which an alarm is evaluated.
func TestTimesOfPublicMeasurements(t *testing.T) {
	for _, tc := range []struct {
		name           string
		service        scaling.Service
		before, after  float64
		earliest, last time.Duration // observed
	}{
		{"AWS's benchmark of one-minute metrics", observed(rules.Plan{Min: 1, Max: 10}, 50), 10, 100,
			363 * time.Second, 363 * time.Second},
		{"one Fargate task, CPU target of 50", observed(rules.Plan{Min: 1, Max: 2}, 50), 10, 80,
			252 * time.Second, 394 * time.Second},
		{"AWS's benchmark of 20-second metrics", highResolution(observed(rules.Plan{Min: 1, Max: 10}, 50)), 10, 100,
			86 * time.Second, 86 * time.Second},
		{"the low alarm of a CPU target of 70", observed(rules.Plan{Min: 1, Max: 2}, 70), 130, 0,
			17 * time.Minute, 17 * time.Minute},
	} {
		shortest, longest := atAnyPhase(tc.service, tc.before, tc.after)
		t.Logf("%s: %v to %v", tc.name, shortest, longest)
		tolerance := tc.service.Plan.Tracking[0].Metric.Period()
		if shortest < 0 || longest < tc.earliest-tolerance || shortest > tc.last+tolerance {
			t.Errorf("%s: simulated %v to %v, observed %v to %v", tc.name, shortest, longest, tc.earliest, tc.last)
		}
	}
}

// At 93 % of a target of 70, one task became two, which had 52.8 %, and they stayed.
func TestTwoTasksStayWhereOneWouldBeTooFew(t *testing.T) {
	s := observed(rules.Plan{Min: 1, Max: 4}, 70)
	s.Model.IdleCPU = 12.6
	r := scaling.Simulate(s, scaling.Steady(92, 4*time.Hour))
	if len(r.Actions) != 1 || r.Peak != 2 {
		t.Errorf("got the changes %v, want one to 2 tasks", r.Actions)
	}
	if cpu := r.Minutes[200].CPU; cpu < 52 || cpu > 54 {
		t.Errorf("CPU of two tasks: got %v, want 52.8", cpu)
	}
}

// Changes by a step of -1 with a cooldown of 300 s were exactly 6 minutes apart: the cooldown counts from the end of a
// change, and the alarm calls its policy once a minute.
func TestStepsOfACooldownOfFiveMinutesAreSixMinutesApart(t *testing.T) {
	g := gauge{plan: stepping(6, scaleIn), values: []float64{15}}
	want := []change{{2, 6, 5}, {8, 5, 4}, {14, 4, 3}, {20, 3, 2}, {26, 2, 1}}
	if diff := cmp.Diff(want, changes(g.run())); diff != "" {
		t.Errorf("changes (-observed +simulated):\n%s", diff)
	}
}

// When the load of a service of 2 to 6 tasks with a target for requests ended, it went to 5 tasks first.
func TestTasksAreNotRemovedAllAtOnce(t *testing.T) {
	s := observed(rules.Plan{Min: 2, Max: 6}, 0)
	s.Plan.Tracking[0].Metric, s.Plan.Tracking[0].Target = rules.Metric{Kind: settings.Requests}, 1000
	r := scaling.Simulate(s, scaling.Shape("ends", 4*time.Hour, func(t time.Duration) float64 {
		if t < time.Hour {
			return 95
		}
		return 0
	}))
	var counts []int
	for _, a := range r.Actions {
		counts = append(counts, a.To)
	}
	if want := []int{6, 5, 4, 3, 2}; !slices.Equal(counts, want) {
		t.Errorf("tasks: got %v, want %v", counts, want)
	}
}
