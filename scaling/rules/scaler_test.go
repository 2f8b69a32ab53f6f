package rules_test

import (
	"math"
	"testing"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// driven is a scaler that a test drives, a minute a call.
type driven struct {
	*testing.T
	scaler *rules.Scaler
	values *rules.Series
	now    rules.Now
}

// drive starts a service of 1 to 10 tasks that keeps its CPU at 50 percent.
func drive(t *testing.T, tasks int) *driven {
	d := &driven{T: t, values: &rules.Series{}, now: rules.Now{Desired: tasks, Running: tasks}}
	cpu := rules.Metric{Kind: "cpu"}
	plan := rules.Plan{Min: 1, Max: 10, Tracking: []rules.Tracking{{
		Name: "cpu", Metric: cpu, Target: 50, ScaleIn: true,
		ScaleInCooldown: 5 * time.Minute, ScaleOutCooldown: 5 * time.Minute,
	}}}
	d.scaler = rules.NewScaler(plan, rules.DefaultAssumptions(), func(rules.Metric) *rules.Series { return d.values })
	return d
}

// minutes lets minutes of a CPU use pass until the number of tasks changes, and returns how many passed. No task is
// added before the test sets Running.
func (d *driven) minutes(most int, cpu float64) (passed int, change rules.Change) {
	d.Helper()
	for passed = 1; passed <= most; passed++ {
		*d.values = append(*d.values, cpu)
		d.now.Second += 60
		change, changed := d.scaler.Decide(len(*d.values)-1, d.now)
		if changed {
			d.now.Desired = change.To
			return passed, change
		}
	}
	d.Fatalf("nothing changed in %d minutes of %v %%", most, cpu)
	return 0, rules.Change{}
}

func (d *driven) reach() {
	d.now.Running = d.now.Desired
	d.scaler.Ended(d.now.Second)
}

func TestScaleOutCooldownCountsFromTheEndOfTheChange(t *testing.T) {
	d := drive(t, 2)
	_, change := d.minutes(3, 100)
	if change.From != 2 || change.To != 4 || change.Cause.Kind != rules.HighAlarm || change.Policy != "cpu" {
		t.Errorf("got %+v, want 2 to 4 tasks by the high alarm", change)
	}
	if got, want := change.Cause.String(), "CPU 100 % over 50 % for 3 minutes; 2 × 100 / 50 = 4"; got != want {
		t.Errorf("cause: got %q, want %q", got, want)
	}
	d.now.Second += 240 // the tasks take four minutes to start
	d.reach()
	if passed, again := d.minutes(9, 100); passed != 5 || again.To != 8 {
		t.Errorf("the next change came %d minutes after the first one ended, to %d tasks; want 5 and 8", passed, again.To)
	}
}

func TestScaleInCooldownCountsFromTheEndOfTheChange(t *testing.T) {
	d := drive(t, 10)
	if _, change := d.minutes(15, 40); change.To != 9 || change.Cause.Kind != rules.LowAlarm {
		t.Errorf("got %+v, want 9 tasks by the low alarm", change)
	}
	d.now.Second += 240
	d.reach()
	if passed, _ := d.minutes(9, 40); passed != 5 {
		t.Errorf("the next change came %d minutes after the first one ended, want 5", passed)
	}
}

func TestSchedulesMoveTheLimits(t *testing.T) {
	d := drive(t, 2)
	change, changed := d.scaler.Schedule(rules.Schedule{Name: "morning", Min: 4, Max: rules.KeepLimit}, d.now)
	if !changed || change.To != 4 || change.Cause.Kind != rules.ScheduleRan || change.Policy != "morning" {
		t.Errorf("got %+v, %v, want 4 tasks by the schedule", change, changed)
	}
	if fewest, most := d.scaler.Limits(); fewest != 4 || most != 10 {
		t.Errorf("limits: got %d to %d, want 4 to 10", fewest, most)
	}
}

// Tasks that start already are not asked for again.
// Source: ECS developer guide, "Automatically scale your Amazon ECS service", considerations.
func TestChangesStartFromTheTasksThatRun(t *testing.T) {
	d := drive(t, 3)
	d.now.Desired = 6 // a schedule's doing; three of them start
	for range 10 {
		*d.values = append(*d.values, 100)
		d.now.Second += 60
		if change, changed := d.scaler.Decide(len(*d.values)-1, d.now); changed {
			t.Fatalf("got %+v, want none: 3 tasks at twice their target need the 6 that are wanted already", change)
		}
	}
	if _, change := d.minutes(1, 150); change.To != 9 {
		t.Errorf("got %+v, want 9 tasks: three times the 3 that run", change)
	}
}

// TestCausesHaveTheirArithmetic, with as many digits as show why a number is rounded up.
func TestCausesHaveTheirArithmetic(t *testing.T) {
	for _, tc := range []struct {
		tasks, minutes int
		cpu            float64
		want           string
	}{
		{2, 3, 98, "CPU 98 % over 50 % for 3 minutes; 2 × 98 / 50 = 3.9 → 4"},
		{3, 3, 50.02, "CPU 50.02 % over 50 % for 3 minutes; 3 × 50.02 / 50 = 3.001 → 4"},
		{8, 3, 90, "CPU 90 % over 50 % for 3 minutes; 8 × 90 / 50 = 14.4 → 15, within the limits 10"},
		{6, 15, 10, "CPU 10 % under 45 % for 15 minutes; 6 × 10 / 50 = 1.2 → 2, gradually 5"},
	} {
		d := drive(t, tc.tasks)
		if _, change := d.minutes(tc.minutes, tc.cpu); change.Cause.String() != tc.want {
			t.Errorf("got  %q\nwant %q", change.Cause, tc.want)
		}
	}
}

func TestCausesSayWhichCooldownTheyWaitedFor(t *testing.T) {
	d := drive(t, 4)
	_, change := d.minutes(15, 10)
	if until, waited := change.Cause.Waited(); waited {
		t.Errorf("the first change has waited until %d", until)
	}
	d.reach()
	ended := d.now.Second + 300
	_, change = d.minutes(10, 10)
	if until, waited := change.Cause.Waited(); !waited || until != ended {
		t.Errorf("the second change has waited until %d (%v), want %d", until, waited, ended)
	}
}

// TestCauseOfAStepShowsItsArithmetic, and the cooldown that it has waited for.
func TestCauseOfAStepShowsItsArithmetic(t *testing.T) {
	for _, tc := range []struct {
		adjustment settings.Adjustment
		change     int
		atLeast    int
		tasks      int
		want       string
	}{
		{settings.AdjustTasks, 2, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 + 2 = 6"},
		{settings.AdjustTasks, -1, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 − 1 = 3"},
		{settings.AdjustTasks, 9, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 + 9 = 13, within the limits 10"},
		{settings.AdjustPercent, 50, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 + 50 % = 6"},
		{settings.AdjustPercent, 30, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 + 30 % = 5.2 → 5"},
		{settings.AdjustPercent, 10, 3, 4, "CPU 90 % over 80 % for 1 minute; 4 + 10 % = 4.4 → 7, as at least 3"},
		{settings.AdjustPercent, -10, 1, 4, "CPU 90 % over 80 % for 1 minute; 4 − 10 % = 3.6 → 3, as at least 1"},
		{settings.AdjustExact, 8, 1, 4, "CPU 90 % over 80 % for 1 minute; the step asks for 8"},
	} {
		d := driveSteps(t, tc.tasks, tc.adjustment, tc.change, tc.atLeast)
		if _, change := d.minutes(1, 90); change.Cause.String() != tc.want {
			t.Errorf("%+v: got %q, want %q", tc, change.Cause.String(), tc.want)
		}
	}
	d := driveSteps(t, 2, settings.AdjustTasks, 1, 1)
	d.minutes(1, 90)
	d.reach()
	ends := d.now.Second + 150
	passed, change := d.minutes(5, 90)
	if until, waited := change.Cause.Waited(); passed != 3 || !waited || until != ends {
		t.Errorf("after %d minutes: waited until %d (%v), want 3 minutes and %d", passed, until, waited, ends)
	}
}

// driveSteps starts a service of 1 to 10 tasks with one step from 80 percent of CPU on.
func driveSteps(t *testing.T, tasks int, adjustment settings.Adjustment, change, atLeast int) *driven {
	d := &driven{T: t, values: &rules.Series{}, now: rules.Now{Desired: tasks, Running: tasks}}
	plan := rules.Plan{Min: 1, Max: 10, Steps: []rules.Steps{{
		Name: "busy", Metric: rules.Metric{Kind: "cpu"}, Adjustment: adjustment, AtLeast: atLeast,
		Cooldown: 150 * time.Second, Alarm: rules.Alarm{OrEqual: true, Threshold: 80, Periods: 1, Datapoints: 1},
		Steps: []rules.Step{{Lower: 0, Upper: math.Inf(1), Change: change}},
	}}}
	d.scaler = rules.NewScaler(plan, rules.DefaultAssumptions(), func(rules.Metric) *rules.Series { return d.values })
	return d
}
