package scaling_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// The tests in this file state AWS's rules, a sentence each, on a service whose metric is given minute by minute.

// gauge is a service whose one metric is given: minute by minute for the whole of it, or for each number of tasks.
type gauge struct {
	plan        rules.Plan
	values      []float64 // of the metric "gauge"; NaN where there is none; the last one lasts
	others      map[string][]float64
	assumptions func(*rules.Assumptions)
	deployments []scaling.Window
	duration    time.Duration
}

// counts are the desired counts from minute to minute, each change once: "2 at 4m".
func (g gauge) run() scaling.Result {
	given := func(values []float64) func(scaling.Sample) (float64, bool) {
		return func(s scaling.Sample) (float64, bool) {
			v := values[min(int(s.Time/time.Minute), len(values)-1)]
			return v, !math.IsNaN(v)
		}
	}
	metrics := map[string]func(scaling.Sample) (float64, bool){"gauge": given(g.values)}
	for name, values := range g.others {
		metrics[name] = given(values)
	}
	assumptions := rules.DefaultAssumptions()
	// The other rules are plainer to see without these.
	assumptions.MaxScaleIn, assumptions.MetricDelay = 1, time.Minute
	if g.assumptions != nil {
		g.assumptions(&assumptions)
	}
	duration := g.duration
	if duration == 0 {
		duration = time.Hour
	}
	return scaling.Simulate(scaling.Service{
		Plan:        g.plan,
		Assumptions: assumptions,
		Deployments: g.deployments,
		Model: scaling.Model{
			Capacity: 100, Latency: time.Millisecond, FullCPU: 100, FullMemory: 100, Start: time.Minute,
			Metrics: metrics,
		},
	}, scaling.Steady(10, duration))
}

// change is one change of the number of tasks.
type change struct {
	Minute   int
	From, To int
}

func changes(r scaling.Result) []change {
	var all []change
	for _, a := range r.Actions {
		all = append(all, change{int(a.At / time.Minute), a.From, a.To})
	}
	return all
}

func repeat(n int, value float64) []float64 { return slices.Repeat([]float64{value}, n) }

var missing = math.NaN()

func custom(name string) rules.Metric { return rules.Metric{Kind: rules.Custom, Name: name} }

// tracking is a plan of 1 to 10 tasks that keeps the gauge at 50.
func tracking(initial int, more ...func(*rules.Tracking)) rules.Plan {
	t := rules.Tracking{
		Name: "gauge", Metric: custom("gauge"), Target: 50, ScaleIn: true,
		ScaleInCooldown: 5 * time.Minute, ScaleOutCooldown: 5 * time.Minute,
	}
	for _, m := range more {
		m(&t)
	}
	return rules.Plan{Min: 1, Max: 10, Initial: initial, Tracking: []rules.Tracking{t}}
}

// stepping is a plan of 1 to 10 tasks with a step policy on the gauge.
func stepping(initial int, more func(*rules.Steps)) rules.Plan {
	s := rules.Steps{
		Name: "steps", Metric: custom("gauge"), Adjustment: "tasks", AtLeast: 1, Cooldown: 5 * time.Minute,
		Alarm: rules.Alarm{OrEqual: true, Threshold: 50, Periods: 1, Datapoints: 1, Missing: "missing"},
		Steps: []rules.Step{{Lower: 0, Upper: 10, Change: 2}, {Lower: 10, Upper: math.Inf(1), Change: 3}},
	}
	if more != nil {
		more(&s)
	}
	return rules.Plan{Min: 1, Max: 10, Initial: initial, Steps: []rules.Steps{s}}
}

func scaleIn(s *rules.Steps) {
	s.Alarm.Below, s.Alarm.Threshold = true, 20
	s.Steps = []rules.Step{{Lower: -10, Upper: 0, Change: -1}, {Lower: math.Inf(-1), Upper: -10, Change: -2}}
}

func with(plan rules.Plan, change func(*rules.Plan)) rules.Plan {
	change(&plan)
	return plan
}

func gradually(a *rules.Assumptions) { a.MaxScaleIn = rules.DefaultAssumptions().MaxScaleIn }

func TestTargetTracking(t *testing.T) {
	second := func(p *rules.Plan, scaleIn bool) {
		other := p.Tracking[0]
		other.Name, other.Metric, other.ScaleIn = "other", custom("other"), scaleIn
		p.Tracking = append(p.Tracking, other)
	}
	for _, tc := range []struct {
		rule string
		gauge
		want []change
	}{
		{
			"at the target nothing changes", // "above the target value"
			gauge{plan: tracking(2), values: []float64{50}}, nil,
		},
		{
			"three minutes above the target scale out, a minute of delay later, in proportion to the metric",
			gauge{plan: tracking(2), values: append(repeat(10, 50), 100, 100, 100, 50)}, []change{{14, 2, 4}},
		},
		{
			"two minutes above the target do not", // 3 of 3
			gauge{plan: tracking(2), values: append(repeat(10, 50), 100, 100, 50)}, nil,
		},
		{
			"what is added is rounded up, so that it suffices",
			gauge{plan: tracking(4), values: append(repeat(3, 51), 50)}, []change{{4, 4, 5}},
		},
		{
			"never above the maximum",
			gauge{plan: tracking(8), values: append(repeat(3, 500), 50)}, []change{{4, 8, 10}},
		},
		{
			"fifteen minutes more than a tenth below the target scale in",
			gauge{plan: tracking(4), values: append(repeat(15, 25), 48)}, []change{{16, 4, 2}},
		},
		{
			"fourteen do not", // 15 of 15
			gauge{plan: tracking(4), values: append(repeat(14, 25), 48)}, nil,
		},
		{
			"less than a tenth below the target does not", // "typically more than 10 % lower"
			gauge{plan: tracking(4), values: []float64{45}, duration: 2 * time.Hour}, nil,
		},
		{
			"no task is removed whose removal would bring the metric above the target",
			gauge{plan: tracking(2), values: []float64{40}, duration: 2 * time.Hour}, nil,
		},
		{
			"never below the minimum",
			gauge{plan: tracking(4), values: []float64{1}}, []change{{16, 4, 1}},
		},
		{
			"with real zeros a service scales in to a minimum of none",
			gauge{plan: with(tracking(4), func(p *rules.Plan) { p.Min = 0 }),
				values: []float64{0}}, []change{{16, 4, 0}},
		},
		{
			"without data nothing changes", // "does not interpret insufficient data as low utilization"
			gauge{plan: tracking(4), values: []float64{missing}, duration: 2 * time.Hour}, nil,
		},
		{
			"in a scale-out cooldown what was added counts, so that the same need adds nothing",
			gauge{plan: tracking(2), values: append(repeat(7, 100), 50)}, []change{{4, 2, 4}},
		},
		{
			"in a scale-out cooldown a larger need adds the difference",
			gauge{plan: tracking(2), values: append(append(repeat(4, 100), 150, 150), 50)}, []change{{4, 2, 4},
				{6, 4, 6}},
		},
		{
			// the tasks run at 5:00, which is noticed at 5:30
			"after a scale-out cooldown, which counts from the end of the change, the same metric adds again",
			gauge{plan: tracking(2), values: append(repeat(10, 100), 50)}, []change{{4, 2, 4}, {11, 4, 8}},
		},
		{
			"in a scale-in cooldown nothing is removed",
			gauge{plan: tracking(10), values: append(append(repeat(15, 40), repeat(4, 20)...), 48)}, []change{{16, 10,
				8}},
		},
		{
			"after it the next ones are",
			gauge{plan: tracking(10), values: append(repeat(21, 40), 48)}, []change{{16, 10, 8}, {22, 8, 7}},
		},
		{
			"a scale-in cooldown does not hold up a scale-out",
			gauge{plan: tracking(10, func(t *rules.Tracking) { t.ScaleInCooldown = time.Hour }),
				values: append(append(repeat(15, 40), repeat(3, 60)...), 48)},
			[]change{{16, 10, 8}, {19, 8, 10}},
		},
		{
			"a scale-out ends a scale-in cooldown",
			gauge{plan: tracking(10, func(t *rules.Tracking) { t.ScaleInCooldown = time.Hour }),
				values: append(append(append(repeat(15, 40), repeat(3, 60)...), repeat(15, 40)...), 48)},
			[]change{{16, 10, 8}, {19, 8, 10}, {34, 10, 8}},
		},
		{
			"from no task at all, one value above the target adds one",
			gauge{plan: with(tracking(0), func(p *rules.Plan) { p.Min = 0 }),
				values: append(repeat(5, 20), 60, 45)}, []change{{7, 0, 1}},
		},
		{
			"and scaling goes on from what runs then",
			gauge{plan: with(tracking(0), func(p *rules.Plan) { p.Min = 0 }),
				values: append(repeat(5, 20), 150, 150, 150, 45)}, []change{{7, 0, 1}, {9, 1, 3}},
		},
		{
			"with scale-in off nothing is removed",
			gauge{plan: tracking(4, func(t *rules.Tracking) { t.ScaleIn = false }), values: []float64{1},
				duration: 2 * time.Hour}, nil,
		},
		{
			"any of several targets scales out", // "if any of the policies are ready to scale out"
			gauge{plan: with(tracking(2), func(p *rules.Plan) { second(p, true) }), values: []float64{48},
				others: map[string][]float64{"other": append(repeat(3, 75), 48)}},
			[]change{{4, 2, 3}},
		},
		{
			"of several targets the largest capacity counts, out",
			gauge{plan: with(tracking(2), func(p *rules.Plan) { second(p, true) }),
				values: append(repeat(3, 100), 48), others: map[string][]float64{"other": append(repeat(3, 75), 48)}},
			[]change{{4, 2, 4}},
		},
		{
			"of several targets the largest capacity counts, in",
			gauge{plan: with(tracking(8), func(p *rules.Plan) { second(p, true) }),
				values: append(repeat(15, 10), 48), others: map[string][]float64{"other": append(repeat(15, 25), 48)}},
			[]change{{16, 8, 4}},
		},
		{
			"targets scale in only when all of them are ready",
			gauge{plan: with(tracking(8), func(p *rules.Plan) { second(p, true) }), values: []float64{10},
				others: map[string][]float64{"other": {48}}}, nil,
		},
		{
			"a target without data keeps all others from scaling in",
			gauge{plan: with(tracking(8), func(p *rules.Plan) { second(p, true) }), values: []float64{10},
				others: map[string][]float64{"other": {missing}}}, nil,
		},
		{
			"a target with scale-in off has no say in it", // "with the scale-in portion enabled"
			gauge{plan: with(tracking(8), func(p *rules.Plan) { second(p, false) }),
				values: append(repeat(15, 25), 48), others: map[string][]float64{"other": {48}}},
			[]change{{16, 8, 4}},
		},
		{
			"while ECS deploys nothing scales in",
			gauge{plan: tracking(4), values: append(repeat(25, 25), 48),
				deployments: []scaling.Window{{From: 10 * time.Minute, To: 20 * time.Minute}}}, []change{{20, 4,
				2}, {26, 2, 1}},
		},
		{
			"while ECS deploys the service still scales out",
			gauge{plan: tracking(2), values: append(repeat(3, 100), 50),
				deployments: []scaling.Window{{To: time.Hour}}}, []change{{4, 2, 4}},
		},
		{
			"suspended scale-in removes nothing",
			gauge{plan: with(tracking(4), func(p *rules.Plan) { p.Suspended.ScaleIn = true }),
				values: []float64{1}}, nil,
		},
		{
			"suspended scale-out adds nothing",
			gauge{plan: with(tracking(4), func(p *rules.Plan) { p.Suspended.ScaleOut = true }),
				values: append(repeat(10, 100), 48)}, nil,
		},
		{
			"assumed: the latest minute counts",
			gauge{plan: tracking(2), values: append(repeat(9, 50), 60, 60, 150, 50)}, []change{{13, 2, 6}},
		},
		{
			"assumed: a target removes a tenth of the tasks at once, but at least one",
			gauge{plan: tracking(4), values: append(repeat(28, 10), 48), assumptions: gradually},
			[]change{{16, 4, 3}, {22, 3, 2}, {28, 2, 1}},
		},
		{
			"assumed: of more than ten tasks a tenth is more than one",
			gauge{plan: with(tracking(25), func(p *rules.Plan) { p.Max = 30 }), values: append(repeat(15, 10), 48),
				assumptions: gradually}, []change{{16, 25, 22}},
		},
		{
			"assumed: the metrics' delay",
			gauge{plan: tracking(2), values: append(repeat(3, 100), 50),
				assumptions: func(a *rules.Assumptions) { a.MetricDelay = 150 * time.Second }}, []change{{5, 2, 4}},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, changes(tc.run())); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// A change is measured from the tasks that run: the same need is not answered again while its tasks start.
// Source: ECS developer guide, "Automatically scale your Amazon ECS service", considerations ("runaway scaling").
func TestTasksThatStartSlowlyAreNotAddedAgainAndAgain(t *testing.T) {
	cpu := rules.Metric{Kind: settings.CPU}
	plan := rules.Plan{Min: 1, Max: 200, Initial: 1, Tracking: []rules.Tracking{
		{Name: "cpu", Metric: cpu, Target: 50, ScaleIn: true, ScaleInCooldown: time.Minute,
			ScaleOutCooldown: time.Minute},
	}}
	r := scaling.Simulate(scaling.Service{Plan: plan, Assumptions: rules.DefaultAssumptions(), Model: scaling.Model{
		Capacity: 100, Latency: time.Millisecond, FullCPU: 100, FullMemory: 100, Start: 5 * time.Minute,
	}}, scaling.Steady(250, 2*time.Hour)) // five tasks at their target
	if r.Peak < 5 || r.Peak > 10 {
		t.Errorf("a load for 5 tasks leads to %d", r.Peak)
	}
}

func TestStepScaling(t *testing.T) {
	percent := func(atLeast, change int) func(*rules.Steps) {
		return func(s *rules.Steps) {
			s.Adjustment, s.AtLeast = "percent", atLeast
			s.Steps = []rules.Step{{Lower: 0, Upper: math.Inf(1), Change: change}}
		}
	}
	percentIn := func(atLeast, change int) func(*rules.Steps) {
		return func(s *rules.Steps) {
			scaleIn(s)
			s.Adjustment, s.AtLeast = "percent", atLeast
			s.Steps = []rules.Step{{Lower: math.Inf(-1), Upper: 0, Change: change}}
		}
	}
	exact := func(s *rules.Steps) {
		s.Adjustment = "exact"
		s.Steps = []rules.Step{{Lower: 0, Upper: math.Inf(1), Change: 7}}
	}
	for _, tc := range []struct {
		rule string
		gauge
		want []change
	}{
		{"one minute at the threshold takes the first step", gauge{plan: stepping(2, nil), values: []float64{50, 0}},
			[]change{{2, 2, 4}}},
		{"a lower bound belongs to its step", gauge{plan: stepping(2, nil), values: []float64{60, 0}},
			[]change{{2, 2, 5}}},
		{"an upper bound does not", gauge{plan: stepping(2, nil), values: []float64{59.9, 0}}, []change{{2, 2, 4}}},
		{"below a threshold the upper bound belongs to its step",
			gauge{plan: stepping(8, scaleIn), values: []float64{20, 30}}, []change{{2, 8, 7}}},
		{"below a threshold the lower bound does not", gauge{plan: stepping(8, scaleIn), values: []float64{10, 30}},
			[]change{{2, 8, 6}}},
		{
			"in the cooldown a larger step adds the difference: 2 first, then 3 make 3", // AWS's own example
			gauge{plan: stepping(2, nil), values: []float64{50, 60, 0}}, []change{{2, 2, 4}, {3, 4, 5}},
		},
		{"in the cooldown the same step adds nothing",
			gauge{plan: stepping(2, nil), values: append(repeat(5, 50), 0)}, []change{{2, 2, 4}}},
		{"an alarm that lasts acts again after the cooldown",
			gauge{plan: stepping(2, nil), values: append(repeat(8, 50), 0)}, []change{{2, 2, 4}, {9, 4, 6}}},
		{"a scale-in waits for the cooldown of the one before",
			gauge{plan: stepping(8, scaleIn), values: append(repeat(7, 15), 30)}, []change{{2, 8, 7}, {8, 7, 6}}},
		{
			"it does not wait for the cooldown of another policy",
			gauge{plan: with(stepping(8, scaleIn), func(p *rules.Plan) {
				other := p.Steps[0]
				other.Name, other.Metric = "other", custom("other")
				p.Steps = append(p.Steps, other)
			}), values: []float64{15, 30}, others: map[string][]float64{"other": {30, 30, 15, 30}}},
			[]change{{2, 8, 7}, {4, 7, 6}},
		},
		// AWS's own example
		{"25 percent of 4 tasks is 1, but at least 2 are added",
			gauge{plan: stepping(4, percent(2, 25)), values: []float64{50, 0}}, []change{{2, 4, 6}}},
		{"more than one task is rounded down", gauge{plan: stepping(5, percent(1, 50)), values: []float64{50, 0}},
			[]change{{2, 5, 7}}},
		{"less than one task is one", gauge{plan: stepping(5, percent(1, 10)), values: []float64{50, 0}},
			[]change{{2, 5, 6}}},
		{"a removal of more than one task is rounded towards none",
			gauge{plan: stepping(5, percentIn(1, -50)), values: []float64{15, 30}}, []change{{2, 5, 3}}},
		{"a removal of less than one task is one",
			gauge{plan: stepping(5, percentIn(1, -10)), values: []float64{15, 30}}, []change{{2, 5, 4}}},
		{"a removal is at least as large as said",
			gauge{plan: stepping(8, percentIn(3, -10)), values: []float64{15, 30}}, []change{{2, 8, 5}}},
		{"an exact capacity is set", gauge{plan: stepping(2, exact), values: []float64{50, 0}}, []change{{2, 2, 7}}},
		{"an exact capacity may be less", gauge{plan: stepping(9, exact), values: []float64{50, 0}},
			[]change{{2, 9, 7}}},
		{"never above the maximum", gauge{plan: stepping(9, nil), values: []float64{90, 0}}, []change{{2, 9, 10}}},
		{"never below the minimum", gauge{plan: stepping(2, scaleIn), values: []float64{0, 30}}, []change{{2, 2, 1}}},
		{
			"a step that adds goes before targets that remove",
			gauge{plan: with(tracking(4), func(p *rules.Plan) {
				p.Steps = stepping(0, func(s *rules.Steps) { s.Metric = custom("other") }).Steps
			}), values: repeat(15, 25), others: map[string][]float64{"other": append(append(repeat(14, 0),
				50), 0)}, duration: 17 * time.Minute},
			[]change{{16, 4, 6}},
		},
		{
			"a cooldown is that of its policy: a target adds while a step waits",
			gauge{plan: with(tracking(2), func(p *rules.Plan) { p.Steps = stepping(0, nil).Steps }),
				values: append(repeat(3, 100), 48)},
			[]change{{2, 2, 5}, {4, 5, 10}},
		},
		{
			"of a step and a target the larger capacity counts",
			gauge{plan: with(tracking(2), func(p *rules.Plan) {
				p.Steps = stepping(0, func(s *rules.Steps) { s.Alarm.Periods, s.Alarm.Datapoints = 3, 3 }).Steps
			}), values: append(repeat(3, 200), 48)},
			[]change{{4, 2, 8}},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, changes(tc.run())); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSchedules(t *testing.T) {
	limit := func(expression string, low, high int, more ...func(*rules.Schedule)) rules.Plan {
		s := rules.Schedule{Name: "limits", Expression: expression, Min: low, Max: high, Start: day(5)}
		for _, m := range more {
			m(&s)
		}
		return with(tracking(3), func(p *rules.Plan) { p.Schedules = []rules.Schedule{s} })
	}
	// The load begins on Monday, 2026-01-05, at midnight UTC.
	for _, tc := range []struct {
		rule string
		gauge
		want []change
	}{
		{"below the new minimum the service scales out at once",
			gauge{plan: limit("cron(30 0 * * ? *)", 6, 10), values: []float64{48}}, []change{{30, 3, 6}}},
		{"above the new maximum it scales in at once",
			gauge{plan: limit("at(2026-01-05T00:20:00)", 1, 2), values: []float64{48}}, []change{{20, 3, 2}}},
		{"within the new limits nothing changes",
			gauge{plan: limit("at(2026-01-05T00:20:00)", 2, 4), values: []float64{48}}, nil},
		{"a schedule without a maximum leaves it",
			gauge{plan: limit("at(2026-01-05T00:01:00)", 4, rules.KeepLimit),
				values: append(repeat(20, 500), 48)}, []change{{1, 3, 4}, {4, 4, 10}}},
		{"the new limits hold from then on", gauge{plan: limit("at(2026-01-05T00:01:00)", 2, 5),
			values: append(repeat(20, 500), 48)}, []change{{4, 3, 5}}},
		{"times are read in the schedule's time zone",
			gauge{plan: limit("cron(30 1 ? * MON *)", 6, 10, func(s *rules.Schedule) { s.TimeZone = "Europe/Paris" }),
				values: []float64{48}}, []change{{30, 3, 6}}},
		{"before its start a schedule does nothing",
			gauge{plan: limit("cron(30 0 * * ? *)", 6, 10, func(s *rules.Schedule) { s.Start = day(6) }),
				values: []float64{48}}, nil},
		{"after its end it does nothing more", gauge{plan: limit("cron(30 0 * * ? *)", 6, 10,
			func(s *rules.Schedule) { s.End = day(5) }), values: []float64{48}}, nil},
		{"a rate counts from its start", gauge{plan: limit("rate(45 minutes)", 6, 10,
			func(s *rules.Schedule) { s.Start = day(5).Add(10 * time.Minute) }), values: []float64{48}},
			[]change{{10, 3, 6}}},
		{"at the start the limits are those of the schedule that ran last", gauge{plan: with(tracking(3),
			func(p *rules.Plan) {
				p.Schedules = []rules.Schedule{
					{Name: "weekend", Expression: "cron(0 20 ? * FRI *)", Min: 1, Max: 4},
					{Name: "new year", Expression: "at(2026-01-01T00:00:00)", Min: 2, Max: 9},
				}
			}), values: []float64{500}}, []change{{4, 3, 4}}},
		{"a limit that the last one left alone is that of the one before", gauge{plan: with(tracking(3),
			func(p *rules.Plan) {
				p.Schedules = []rules.Schedule{
					{Name: "sunday", Expression: "cron(0 20 ? * SUN *)", Min: 2, Max: rules.KeepLimit},
					{Name: "new year", Expression: "at(2026-01-01T00:00:00)", Min: 1, Max: 5},
				}
			}), values: []float64{500}}, []change{{4, 3, 5}}},
		{"suspended schedules do nothing", gauge{plan: with(limit("cron(30 0 * * ? *)", 6, 10),
			func(p *rules.Plan) { p.Suspended.Schedules = true }), values: []float64{48}}, nil},
		{
			"schedules move the limits while scaling is suspended",
			gauge{plan: with(limit("cron(30 0 * * ? *)", 6, 10),
				func(p *rules.Plan) { p.Suspended.ScaleOut, p.Suspended.ScaleIn = true, true }), values: []float64{48}},
			[]change{{30, 3, 6}},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, changes(tc.run())); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func day(n int) time.Time { return time.Date(2026, time.January, n, 0, 0, 0, 0, time.UTC) }

// TestModel checks what the model makes of a load, against what paper and pencil do.
func TestModel(t *testing.T) {
	plan := rules.Plan{Min: 2, Max: 2, Initial: 2}
	model := scaling.Model{
		Capacity: 100, Latency: 10 * time.Millisecond, IdleCPU: 10, FullCPU: 90, IdleMemory: 30, FullMemory: 70,
		Queue: time.Second, Start: time.Minute,
	}
	run := func(load scaling.Load) scaling.Result {
		return scaling.Simulate(scaling.Service{Plan: plan, Model: model, Assumptions: rules.DefaultAssumptions()},
			load)
	}
	half := run(scaling.Steady(100, time.Hour)).Minutes[30]
	if half.CPU != 50 || half.Memory != 50 || half.Requests != 3000 || half.Load != 100 || half.Refused != 0 {
		t.Errorf("two tasks at half their capacity: got %+v, want 50 %% CPU and memory, 3000 requests a task and "+
			"minute", half)
	}
	if quiet := run(scaling.Steady(100, time.Hour)); quiet.Overloaded != 0 {
		t.Errorf("two tasks at half their capacity: overloaded for %v", quiet.Overloaded)
	}
	if half.ResponseTime < 10 || half.ResponseTime > 20 {
		t.Errorf("response time: got %v ms, want little more than 10", half.ResponseTime)
	}
	overload := run(scaling.Steady(300, time.Hour))
	// A second's worth of requests waits; beyond it a third is refused.
	if got, want := overload.Refused, 300.0*3600-200*3600-200; math.Abs(got-want) > 1 {
		t.Errorf("refused: got %v, want %v", got, want)
	}
	if overload.Overloaded != time.Hour || overload.LongestOverload != time.Hour {
		t.Errorf("overloaded: got %v, %v at a time, want the whole hour", overload.Overloaded, overload.LongestOverload)
	}
	if got := overload.Minutes[30].CPU; got != 90 {
		t.Errorf("CPU: got %v, want 90", got)
	}
	if got, want := overload.TaskHours(), 2.0; got != want {
		t.Errorf("task hours: got %v, want %v", got, want)
	}
	plan = rules.Plan{}
	none := run(scaling.Steady(10, time.Hour))
	if none.RefusedShare() != 1 || none.Overloaded != time.Hour || !math.IsNaN(none.Minutes[5].Metric(settings.CPU)) {
		t.Errorf("without a task: got %v refused and a CPU use of %v, want all and none", none.RefusedShare(),
			none.Minutes[5].CPU)
	}
}

func TestTasksTakeTimeToStartAndToDrain(t *testing.T) {
	plan := rules.Plan{Min: 1, Max: 9, Initial: 2, Schedules: []rules.Schedule{
		{Name: "up", Expression: "at(2026-01-05T00:10:00)", Min: 5, Max: 9},
		{Name: "down", Expression: "at(2026-01-05T00:20:00)", Min: 1, Max: 3},
		{Name: "up again", Expression: "at(2026-01-05T00:30:00)", Min: 9, Max: 9},
		{Name: "never mind", Expression: "at(2026-01-05T00:31:00)", Min: 1, Max: 4},
	}}
	r := scaling.Simulate(scaling.Service{Plan: plan, Assumptions: rules.DefaultAssumptions(), Model: scaling.Model{
		Capacity: 100, Latency: time.Millisecond, FullCPU: 100, FullMemory: 100, Start: 2 * time.Minute,
		Drain: 3 * time.Minute,
	}}, scaling.Steady(10, time.Hour))
	for minute, want := range map[int]struct {
		running int
		paid    float64
	}{
		9: {2, 2}, 10: {2, 5}, 11: {2, 5}, 12: {5, 5}, // three start
		20: {3, 5}, 22: {3, 5}, 23: {3, 3}, // two drain
		30: {3, 9}, 31: {3, 4}, 32: {4, 4}, // of six that start, five are called off
	} {
		if got := r.Minutes[minute]; got.Running != want.running || got.Paid != want.paid {
			t.Errorf("minute %d: got %d tasks and %v paid, want %d and %v", minute, got.Running, got.Paid,
				want.running, want.paid)
		}
	}
}
