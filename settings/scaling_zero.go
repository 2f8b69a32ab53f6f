package settings

import (
	"maps"
	"slices"
	"time"

	"webapp/internal/configfile"
)

// checkZero reports limits that let a service scale down to no tasks although nothing would start one again. The
// built-in metrics come from running tasks, so without a task there is nothing to scale by.
// Sources: ECS developer guide, "Amazon ECS CloudWatch metrics" (a service without running tasks has no CPU or memory
// utilization); ELB user guide, "CloudWatch metrics for your Application Load Balancer" (requests without a target are
// the load balancer's own 503, and count for no target group).
func (s *Scaling) checkZero(
	c configfile.Checker, desired int, now time.Time, report func(c configfile.Checker, format string, args ...any),
) {
	if s.leavesZero(now) {
		return
	}
	const rest = "nothing would start one again: without tasks, the CPU, memory, request and response time metrics " +
		"have no data; write 1 or more, or add a schedule with a min of 1 or more, or a step or a target on a metric " +
		"that exists without tasks"
	if s.Min == 0 && (desired == 0 || s.removes()) {
		report(c.At("min"), "0 lets the service scale down to no tasks, and "+rest)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		if at := s.Schedules[name]; at.Min == 0 && (at.Max == 0 || s.removes()) {
			report(c.At("schedules").Key(name), "from then on the service may scale down to no tasks, and "+rest)
		}
	}
}

// leavesZero reports whether something starts the first task of a service that has none. Schedules that are over at a
// time, unless it is the zero time, do not.
func (s *Scaling) leavesZero(now time.Time) bool {
	for _, schedule := range s.Schedules {
		if schedule.Min > 0 && (now.IsZero() || !schedule.over(now)) {
			return true
		}
	}
	for _, step := range s.Steps {
		// Without data an alarm does not fire, unless it treats missing data as breaching.
		if (step.Metric != nil || step.MissingData == MissingBreaching) && step.adds() {
			return true
		}
	}
	return len(s.Metrics) > 0 || s.Backlog != nil
}

// removes reports whether any policy reduces the number of tasks.
func (s *Scaling) removes() bool {
	for _, step := range s.Steps {
		if step.Adjustment == AdjustExact || slices.ContainsFunc(step.Steps, func(s Step) bool { return s.Change < 0 }) {
			return true
		}
	}
	return s.CPU != nil && s.CPU.ScaleIn || s.Memory != nil && s.Memory.ScaleIn ||
		s.Requests != nil && s.Requests.ScaleIn || s.ResponseTime != nil && s.ResponseTime.ScaleIn
}

// MayBeZero reports whether the service may have no task.
func (s *Scaling) MayBeZero() bool {
	for _, schedule := range s.Schedules {
		if schedule.Min == 0 {
			return true
		}
	}
	return s.Min == 0
}

// adds reports whether one of the steps adds tasks.
func (s *StepScaling) adds() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Change > 0 })
}
