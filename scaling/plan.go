package scaling

import (
	"math"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// PlanOf returns the plan that the settings of a workload describe. Without scaling, the number of tasks is fixed.
func PlanOf(w settings.Workload) rules.Plan {
	s := w.Scaling
	if s == nil {
		n := w.Service.DesiredCount
		return rules.Plan{Min: n, Max: n, Initial: n}
	}
	p := rules.Plan{Min: s.Min, Max: s.Max, Initial: w.Service.DesiredCount, Suspended: rules.Suspended{
		ScaleIn:   s.Suspends(settings.SuspendScaleIn),
		ScaleOut:  s.Suspends(settings.SuspendScaleOut),
		Schedules: s.Suspends(settings.SuspendSchedules),
	}}
	policies := s.Policies()
	for _, t := range policies.Targets {
		p.Tracking = append(p.Tracking, rules.Tracking{
			Name: t.Name, Metric: metricOf(t.On, t.Metric), Target: t.Value,
			ScaleIn: t.ScaleIn, ScaleInCooldown: t.ScaleInCooldown, ScaleOutCooldown: t.ScaleOutCooldown,
		})
	}
	for _, steps := range policies.Steps {
		p.Steps = append(p.Steps, stepsOf(steps))
	}
	for name, schedule := range s.Schedules {
		p.Schedules = append(p.Schedules, scheduleOf(name, schedule))
	}
	return p.Sorted()
}

func metricOf(on settings.MetricKind, custom *settings.Metric) rules.Metric {
	if custom != nil {
		return rules.Metric{Kind: rules.Custom, Name: custom.Name}
	}
	return rules.Metric{Kind: on}
}

// stepsOf returns a step policy, whose steps AWS has as distances from the alarm's threshold.
func stepsOf(s settings.StepPolicy) rules.Steps {
	threshold := s.Steps[0].At
	p := rules.Steps{
		Name: s.Name, Metric: metricOf(s.On,
			s.Metric), Adjustment: s.Adjustment, AtLeast: s.AtLeast, Cooldown: s.Cooldown,
		Alarm: rules.Alarm{
			Below: s.Below, OrEqual: true, Threshold: threshold,
			Periods: s.Minutes, Datapoints: s.Minutes, Missing: s.MissingData,
		},
	}
	for i, step := range s.Steps {
		near, far := step.At-threshold, math.Inf(1)
		if s.Below {
			far = math.Inf(-1)
		}
		if i+1 < len(s.Steps) {
			far = s.Steps[i+1].At - threshold
		}
		p.Steps = append(p.Steps, rules.Step{Lower: min(near, far), Upper: max(near, far), Change: step.Change})
	}
	return p
}

func scheduleOf(name string, s *settings.Schedule) rules.Schedule {
	// The settings have checked the times; an empty one leaves the zero time.
	start, _ := time.Parse(time.RFC3339, s.Start)
	end, _ := time.Parse(time.RFC3339, s.End)
	return rules.Schedule{
		Name: name, Expression: s.Expression(), TimeZone: s.TimeZone, Min: s.Min, Max: s.Max,
		Start: start.UTC(), End: end.UTC(),
	}
}
