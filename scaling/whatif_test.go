package scaling_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// fixed is a service of a fixed number of tasks, each of which answers 100 requests a second.
func fixed(tasks int) scaling.Service {
	return scaling.Service{
		Plan: rules.Plan{Min: tasks, Max: tasks, Initial: tasks}, Assumptions: rules.DefaultAssumptions(),
		Model: scaling.Model{
			Capacity: 100, Latency: 10 * time.Millisecond, FullCPU: 100, FullMemory: 100, Queue: time.Second,
			Start: time.Minute,
		},
	}
}

func withWhatIf(t *testing.T, s scaling.Service, load scaling.Load, text string) scaling.Service {
	t.Helper()
	w, err := scaling.ParseWhatIf(text, load)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.With(w); err != nil {
		t.Fatal(err)
	}
	return s
}

// refusedIn returns the requests that were refused from one minute to another.
func refusedIn(r scaling.Result, from, to int) float64 {
	sum := 0.0
	for _, m := range r.Minutes[from:to] {
		sum += 60 * m.Refused
	}
	return sum
}

// TestWhatIfs have their effect from their time on, and no other.
func TestWhatIfs(t *testing.T) {
	load := scaling.Steady(350, time.Hour)
	for _, tc := range []struct {
		name, whatIf         string
		tasks                int
		refusedAt, refusedTo int     // minutes between which requests are refused
		refused              float64 // there
	}{
		// Two of four tasks are gone for a minute, whose 200 requests a second do not suffice for 350. The queue of a second
		// takes 200 of the rest.
		{"a zone of two is lost", "zone-lost@10m", 4, 10, 11, 150*60 - 200},
		{"a zone of four is lost", "zone-lost=4@00:10", 4, 10, 11, 50*60 - 300},
		{"zones hold whole tasks", "zone-lost=3@10m", 4, 10, 11, 150*60 - 200},
		{"a task is killed", "tasks-killed@10m", 4, 10, 11, 50*60 - 300},
		{"more tasks are killed than there are", "tasks-killed=9@10m", 4, 10, 11, 350 * 60},
		{"one of many is not missed", "tasks-killed@10m", 5, 0, 0, 0},
		{"tasks share a limit", "shared-limit=300@30m", 4, 30, 60, 50*60*30 - 300},
		{"a limit that is not reached", "shared-limit=400", 4, 0, 0, 0},
		{"nobody retries what is answered", "retry-storm=3", 4, 0, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := scaling.Simulate(withWhatIf(t, fixed(tc.tasks), load, tc.whatIf), load)
			if got := refusedIn(r, tc.refusedAt, tc.refusedTo); math.Abs(got-tc.refused) > 1 {
				t.Errorf("refused in minutes %d to %d: got %.0f, want %.0f", tc.refusedAt, tc.refusedTo, got, tc.refused)
			}
			if others := r.Refused - tc.refused; math.Abs(others) > 1 {
				t.Errorf("%.0f requests are refused at other times", others)
			}
		})
	}
}

// TestTasksDoNotRaiseASharedLimit: where a database is full, more tasks are idle and do not help.
func TestTasksDoNotRaiseASharedLimit(t *testing.T) {
	load := scaling.Steady(350, time.Hour)
	few := scaling.Simulate(withWhatIf(t, fixed(4), load, "shared-limit=300"), load)
	many := scaling.Simulate(withWhatIf(t, fixed(8), load, "shared-limit=300"), load)
	if few.Refused != many.Refused {
		t.Errorf("4 tasks refuse %.0f requests, 8 tasks %.0f; want the same", few.Refused, many.Refused)
	}
	if got := many.Minutes[30].CPU; math.Abs(got-37.5) > 0.1 {
		t.Errorf("CPU of 8 tasks that answer 300 requests a second: got %v %%, want 37.5", got)
	}
	if got := many.Minutes[30].ResponseTime; got < 900 {
		t.Errorf("response time: got %.0f ms, want about a second in the queue", got)
	}
}

// peak is an hour at a usual rate, with a higher one from the tenth minute on for as long as given.
func peak(usual, high float64, lasts time.Duration) scaling.Load {
	const begins = 10 * time.Minute
	return scaling.Shape("peak", time.Hour, func(at time.Duration) float64 {
		if at >= begins && at < begins+lasts {
			return high
		}
		return usual
	})
}

// TestRetriesMakeAnOverloadWorse, and last no longer than it does.
func TestRetriesMakeAnOverloadWorse(t *testing.T) {
	load := peak(100, 400, 10*time.Minute)
	plain := scaling.Simulate(fixed(2), load)
	storm := scaling.Simulate(withWhatIf(t, fixed(2), load, "retry-storm=3"), load)
	// Each second of the peak 200 of 400 are answered, so that 400 fresh requests come with others that come again: each
	// is refused with a probability of p and gives up after four times, 400 (1 - p⁴) = 200.
	if got, want := storm.RefusedShare(), plain.RefusedShare(); got > want || got < want*0.9 {
		t.Errorf("refused for good: %v with retries, %v without; want about as many", got, want)
	}
	if got := refusedIn(storm, 21, 60); got != 0 {
		t.Errorf("%.0f requests are refused after the peak", got)
	}
	if storm.Offered != plain.Offered {
		t.Errorf("%.0f requests with retries, %.0f without; want each to count once", storm.Offered, plain.Offered)
	}
	noted := false
	for _, note := range storm.Notes {
		noted = noted || strings.Contains(note, "% more requests came")
	}
	if !noted {
		t.Errorf("notes: %q", storm.Notes)
	}
}

// TestOverloadedTasksThatFailTheirChecksStayOverloaded: what one minute of too much load begins goes on without it.
func TestOverloadedTasksThatFailTheirChecksStayOverloaded(t *testing.T) {
	load := peak(380, 500, 3*time.Minute)
	plain := scaling.Simulate(fixed(4), load)
	if got := refusedIn(plain, 15, 60); got != 0 {
		t.Fatalf("%.0f requests are refused after the peak without failing checks", got)
	}
	failing := scaling.Simulate(withWhatIf(t, fixed(4), load, "failing-health-checks=50"), load)
	if got := refusedIn(failing, 15, 60); got < 1000 {
		t.Errorf("%.0f requests are refused after the peak; want the tasks to fail again and again", got)
	}
}

// TestHighResolutionReactsSooner than a metric a minute, by minutes.
func TestHighResolutionReactsSooner(t *testing.T) {
	load := scaling.Shape("change", time.Hour, func(at time.Duration) float64 {
		if at < 30*time.Minute {
			return 10
		}
		return 90
	})
	slow := observed(rules.Plan{Min: 1, Max: 4}, 50)
	fast := withWhatIf(t, slow, load, "high-resolution")
	for _, tc := range []struct {
		service scaling.Service
		want    time.Duration
	}{
		{slow, 35 * time.Minute},                // three minutes, and two until the alarm sees them
		{fast, 31*time.Minute + 20*time.Second}, // a minute, and 20 seconds
	} {
		r := scaling.Simulate(tc.service, load)
		if len(r.Actions) == 0 || r.Actions[0].At != tc.want {
			t.Errorf("changes: got %v, want the first at %v", r.Actions, tc.want)
		}
	}
	if r := scaling.Simulate(fast, load); r.Targets[0].Above == 0 || len(r.Targets[0].ByMinute()) != len(r.Minutes) {
		t.Errorf("above the target for %v, %d values", r.Targets[0].Above, len(r.Targets[0].ByMinute()))
	}
	requests := slow
	requests.Plan.Tracking = []rules.Tracking{{Metric: rules.Metric{Kind: settings.Requests}, Target: 10}}
	if _, err := requests.With(scaling.WhatIf{Kind: scaling.FastMetrics}); err == nil {
		t.Error("a target for requests got a high resolution")
	}
}

func TestWhatIfsAreRead(t *testing.T) {
	load := scaling.Steady(1, 12*time.Hour)
	load.Start = time.Date(2026, time.November, 27, 22, 0, 0, 0, time.UTC)
	for text, want := range map[string]scaling.WhatIf{
		"zone-lost@23:30":                    {Kind: scaling.ZoneLost, Number: 2, At: 90 * time.Minute},
		"zone-lost=3@06:00":                  {Kind: scaling.ZoneLost, Number: 3, At: 8 * time.Hour},
		"tasks-killed=2@1h30m":               {Kind: scaling.TasksKilled, Number: 2, At: 90 * time.Minute},
		"retry-storm":                        {Kind: scaling.RetryStorm, Number: 3},
		"shared-limit=99.5@2026-11-28 01:00": {Kind: scaling.SharedLimit, Number: 99.5, At: 3 * time.Hour},
		"failing-health-checks":              {Kind: scaling.FailingChecks, Number: 50},
		"high-resolution":                    {Kind: scaling.FastMetrics},
	} {
		got, err := scaling.ParseWhatIf(text, load)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"flood":                 `"flood" is not known; write one of zone-lost, `,
		"zone-lost":             "zone-lost needs a time; write zone-lost=3@10:30",
		"zone-lost=x@1h":        `"x" is not a number of zones`,
		"zone-lost=1.5@1h":      "zone-lost=1.5: write 1 to 6 zones",
		"tasks-killed=0@1h":     "tasks-killed=0: write 1 to 5000 tasks",
		"shared-limit":          "shared-limit needs a number of requests a second",
		"shared-limit=NaN":      "shared-limit=NaN: write",
		"high-resolution=20":    "high-resolution has no number",
		"high-resolution@10:30": "high-resolution has no time",
		"tasks-killed@soon":     `"soon" is not a time; write 10:30`,
		"tasks-killed@12:00":    "is not under the load, which lasts from Fri 22:00 to Sat 10:00",
		"tasks-killed@-5m":      "is not under the load",
	} {
		if _, err := scaling.ParseWhatIf(text, load); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestWhatIfsTogetherKeepTheBooks lets everything go wrong at once.
func TestWhatIfsTogetherKeepTheBooks(t *testing.T) {
	load := scaling.FlashCrowd(20, 220)
	s := scaling.Of(article(t))
	s.Plan.Max = 9
	for _, text := range []string{
		"zone-lost@35m", "tasks-killed=3@40m", "zone-lost=3@2h", "retry-storm=5@33m", "failing-health-checks=100",
		"shared-limit=150@50m", "high-resolution", "tasks-killed=5000@3h",
	} {
		s = withWhatIf(t, s, load, text)
	}
	r := scaling.Simulate(s, load)
	for i, m := range r.Minutes {
		if m.Running < 0 || m.Running > m.Desired || m.Desired < 1 || m.Desired > 9 || m.Refused < 0 ||
			m.Paid < float64(m.Running)-9 || m.CPU < 0 || m.CPU > 100 {
			t.Fatalf("minute %d cannot be: %+v", i, m)
		}
	}
	if r.Refused <= 0 || r.Refused > r.Offered {
		t.Errorf("%v of %v requests are refused", r.Refused, r.Offered)
	}
	if last := r.Minutes[len(r.Minutes)-1]; last.Running != last.Desired || last.Refused > 0 {
		t.Errorf("in the end: %+v, want a service that has recovered", last)
	}
	ranges := scaling.Ranges{Runs: 20, MetricDelay: time.Minute, Start: 2, Noise: true}
	spread := r.Spread(ranges, scaling.Result.RefusedShare)
	if high := spread.Figures[0].High; !(high > 0 && high <= 1) {
		t.Errorf("refused in 19 of 20 runs: up to %v", high)
	}
}
