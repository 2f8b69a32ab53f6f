package settings

import (
	"fmt"
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
func (w *Workload) checkZero(
	c configfile.Checker, now time.Time, report func(c configfile.Checker, format string, args ...any),
) {
	if w.leavesZero() {
		return
	}
	s, desired := w.Scaling, w.Service.DesiredCount
	const rest = "nothing would start one again: without tasks, the CPU, memory, request and response time metrics " +
		"have no data; write 1 or more, or add a schedule with a min of 1 or more, or a step or a target on a metric " +
		"that exists without tasks"
	if s.Min == 0 && (desired == 0 || s.removes()) && !s.lifts(nil, now) {
		report(c.At("min"), "0 lets the service scale down to no tasks, and "+rest)
	}
	var zeros []string
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		at := s.Schedules[name]
		isOver := !now.IsZero() && at.over(now)
		if at.Min == 0 && (at.Max == 0 || s.removes()) && !isOver && !s.lifts(at, now) {
			zeros = append(zeros, name)
		}
	}
	if len(zeros) == 0 {
		return
	}
	others := "" // one message is enough, since one schedule that starts tasks is
	if len(zeros) > 1 {
		others = ", as from " + configfile.JoinWords(zeros[1:], "and") + " on,"
	}
	report(c.At("schedules").Key(zeros[0]), "from then on%s the service may scale down to no tasks, and "+rest+"%s",
		others, s.adviseAt(zeros[0]))
}

// adviseAt ends the advice for a schedule that sets a minimum of zero again after the last time of another one.
func (s *Scaling) adviseAt(zero string) string {
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		if s.Schedules[name].Min > 0 {
			return fmt.Sprintf("; %s is not enough, since %s comes again after its last time", name, zero)
		}
	}
	return ""
}

// lifts reports whether a schedule ends the minimum of zero of another one, or that of scaling if zero is nil. One that
// comes once, or that ends, does not if the other one comes again later. Schedules that are over at a time, unless it
// is the zero time, do not.
func (s *Scaling) lifts(zero *Schedule, now time.Time) bool {
	for _, schedule := range s.Schedules {
		if schedule.Min == 0 || !now.IsZero() && schedule.over(now) {
			continue
		}
		if last := schedule.until(); zero == nil || last.IsZero() || zero.over(last) {
			return true
		}
	}
	return false
}

// noteSuspended notes that a service may stay without tasks while the schedules do not run that would start one.
func (w *Workload) noteSuspended(c configfile.Checker) {
	s := w.Scaling
	if !s.Suspends(SuspendSchedules) || s.Suspends(SuspendScaleIn) || s.Min > 0 || w.leavesZero() ||
		!s.removes() && w.Service.DesiredCount > 0 {
		return
	}
	c.At("suspended").Notef("has the schedules, which alone would start a task again once the service has none; write " +
		"min: 1 until they are no longer suspended")
}

// leavesZero reports whether a policy starts the first task of a service that has none.
func (w *Workload) leavesZero() bool {
	s := w.Scaling
	for _, step := range s.Steps {
		// Without data an alarm does not fire, unless it treats missing data as breaching.
		hasData := step.Metric != nil && !w.produces(step.Metric)
		if (hasData || step.MissingData == MissingBreaching) && step.adds() {
			return true
		}
	}
	for _, t := range s.Metrics {
		if !w.produces(&t.Metric) {
			return true
		}
	}
	return s.Backlog != nil
}

// produces reports whether a CloudWatch metric has no data unless a task of the service runs. AWS names the target
// groups, so those of other services cannot be told from its own.
func (w *Workload) produces(m *Metric) bool {
	switch m.Namespace + " " + m.Name {
	case "AWS/ECS CPUUtilization", "AWS/ECS MemoryUtilization":
		return m.Dimensions["ServiceName"] == w.Service.Name
	case "AWS/ApplicationELB RequestCountPerTarget", "AWS/ApplicationELB TargetResponseTime":
		return !w.Worker && m.Dimensions["TargetGroup"] != ""
	}
	return false
}

// removes reports whether any policy reduces the number of tasks.
func (s *Scaling) removes() bool {
	for _, step := range s.Steps {
		if step.Adjustment == AdjustExact || slices.ContainsFunc(step.Steps, func(s Step) bool { return s.Change < 0 }) {
			return true
		}
	}
	return slices.ContainsFunc(s.Policies().Targets, func(t TargetPolicy) bool { return t.ScaleIn })
}

// lowers reports whether anything reduces the number of tasks: a policy, or a schedule with a lower maximum.
func (s *Scaling) lowers() bool {
	for _, schedule := range s.Schedules {
		if schedule.Max < s.MaxCapacity() {
			return true
		}
	}
	return s.removes()
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
