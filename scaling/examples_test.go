package scaling_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webapp/scaling"
	"webapp/settings"
)

// TestExamplesMeetTheirObjective lets every service of the examples that scales live through a day and a slow ramp, of
// as much load as four fifths of its most tasks answer at its targets. It refuses no more than one request in a
// thousand, and does not flap.
func TestExamplesMeetTheirObjective(t *testing.T) {
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	scaled := 0
	for _, file := range files {
		all, err := settings.Load(file, settings.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			for _, w := range s.Workloads() {
				if w.Scaling == nil {
					continue
				}
				scaled++
				t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+w.Name, func(t *testing.T) {
					service := scaling.Of(*w.Workload)
					service.Plan.Schedules = nil // which no load of a day is made for
					peak := 0.8 * service.AtTargets(service.Plan.Max)
					quiet := 0.5 * service.AtTargets(service.Plan.Min)
					for _, load := range []scaling.Load{scaling.Day(quiet, peak), scaling.SlowRamp(quiet, peak)} {
						if r := scaling.Simulate(service, load); service.Model.Messages {
							wantMessagesTaken(t, r)
						} else {
							wantObjective(t, r)
						}
					}
				})
			}
		}
	}
	if scaled < 5 {
		t.Errorf("%d services scale", scaled)
	}
}

func wantObjective(t *testing.T, r scaling.Result) {
	t.Helper()
	if got := r.RefusedShare(); got > 0.001 {
		t.Errorf("%s: %.2f %% of the requests are refused", r.Load.Name, 100*got)
	}
	if got := maxReversalsPerHour(r); got > 2 {
		t.Errorf("%s: the service turned %d times in an hour", r.Load.Name, got)
	}
	if got := r.Latency(0.99); got > 500*time.Millisecond {
		t.Errorf("%s: one request in a hundred takes more than %v", r.Load.Name, got)
	}
}

// maxReversalsPerHour is the largest number of changes within any hour that scaled in after a scale-out, or out after a
// scale-in. A service that follows a changing load changes often; one that flaps reverses often.
func maxReversalsPerHour(r scaling.Result) int {
	var reversals []scaling.Action
	for i := 1; i < len(r.Actions); i++ {
		if before, now := r.Actions[i-1], r.Actions[i]; (now.To > now.From) != (before.To > before.From) {
			reversals = append(reversals, now)
		}
	}
	return scaling.Result{Actions: reversals}.MaxChangesPerHour()
}

// wantMessagesTaken allows what a backlog brings with it: messages wait while tasks start, and the number of tasks goes
// up and down around what the load needs, since a queue only gets shorter while there are more.
func wantMessagesTaken(t *testing.T, r scaling.Result) {
	t.Helper()
	if got := maxReversalsPerHour(r); got > 4 {
		t.Errorf("%s: the service turned %d times in an hour", r.Load.Name, got)
	}
	if got := r.Latency(0.99); got > 5*time.Minute {
		t.Errorf("%s: one message in a hundred waits for %v", r.Load.Name, got)
	}
}

// The article's service: 1 to 5 tasks, CPU and memory at 50 %, a task of half a vCPU that answers 100 requests a
// second.

func TestArticlesServiceAnswersADay(t *testing.T) {
	r := scaling.Simulate(scaling.Of(article(t)), scaling.Day(20, 220))
	wantObjective(t, r)
	if r.Peak != 5 {
		t.Errorf("peak: got %d tasks, want all 5", r.Peak)
	}
}

func TestArticlesServiceIsSlowToAnswerAFlashCrowd(t *testing.T) {
	w := article(t)
	r := scaling.Simulate(scaling.Of(w), scaling.FlashCrowd(20, 220))
	// Three minutes of alarm, two of delay, one to start; and since CPU ends at 100 %, each answer at most doubles the
	// tasks, seven minutes apart: the cooldown counts from when they run.
	if got, want := r.FirstReaction(), 6*time.Minute; got != want {
		t.Errorf("the first task is there after %v, want %v", got, want)
	}
	// Four tasks are enough for the crowd. They are there at minute 43; it is more than one task answers 24 s after 30.
	if got := r.LongestOverload; got < 12*time.Minute || got > 14*time.Minute || r.Overloaded < got {
		t.Errorf("there are enough tasks after %v (of %v with too few), want about 13 minutes", got, r.Overloaded)
	}
	if got := r.RefusedShare(); got < 0.02 {
		t.Errorf("%.2f %% of the requests are refused: the article's settings are better than they were", 100*got)
	}
	if back, ok := r.BackAtMinimum(46 * time.Minute); !ok || back > 2*time.Hour {
		t.Errorf("back at one task: %v, %v after the peak", ok, back)
	}

	t.Log("a burst, a short cooldown and one more task lose a fraction of it")
	better := w
	changed := *w.Scaling
	changed.Min = 2
	cpu := *changed.CPU
	cpu.ScaleOutCooldown = 3 * time.Minute
	changed.CPU, changed.Memory = &cpu, nil
	changed.Burst = &settings.Burst{On: settings.CPU, Threshold: 75, Percent: 100, Cooldown: 3 * time.Minute}
	better.Scaling = &changed
	improved := scaling.Simulate(scaling.Of(better), scaling.FlashCrowd(20, 220))
	if got, want := improved.RefusedShare(), r.RefusedShare()/4; got > want {
		t.Errorf("%.2f %% of the requests are refused, want at most %.2f %%", 100*got, 100*want)
	}
}

// Memory that a task has whatever it does is not shared by more tasks, so that a target for it can never be met.
func TestMemoryTargetHoldsTheServiceWhereItsIdleMemoryIs(t *testing.T) {
	service := scaling.Of(article(t))
	quiet := scaling.Steady(10, 6*time.Hour)
	for _, tc := range []struct {
		idle float64
		want int
	}{
		{20, 1}, // far below the target: the service follows its load
		{47, 2}, // within a tenth below it: nothing ever scales in
		{55, 5}, // above it: more tasks do not help, so all of them run
	} {
		service.Model.IdleMemory, service.Model.FullMemory = tc.idle, tc.idle+10
		if got := final(scaling.Simulate(service, quiet)); got != tc.want {
			t.Errorf("with %v %% of memory in an idle task: got %d tasks for a load of one, want %d", tc.idle, got,
				tc.want)
		}
	}
}
