package scaling

import (
	"time"

	"webapp/scaling/rules"
)

// Answered adds a request that was answered, to a result that is measured and not simulated.
func (r *Result) Answered(took time.Duration) { r.latency.add(took.Seconds(), 1) }

// MeetTargets finds out how the targets of the service's plan were met in the minutes of a result that is measured.
func (r *Result) MeetTargets() {
	for _, t := range r.Service.Plan.Tracking {
		if t.Metric.Kind == rules.Custom {
			continue
		}
		var values rules.Series
		for _, m := range r.Minutes {
			values = append(values, m.Metric(t.Metric.Kind))
		}
		r.Targets = append(r.Targets, targetResult(t, values))
	}
}

func targetResult(t rules.Tracking, values rules.Series) TargetResult {
	above := 0
	for _, value := range values {
		if value > t.Target {
			above++
		}
	}
	return TargetResult{Tracking: t, Values: values, Above: time.Duration(above) * time.Minute}
}
