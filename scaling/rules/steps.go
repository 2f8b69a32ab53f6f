package rules

import (
	"math"

	"webapp/settings"
)

// stepper is a step-scaling policy at work.
type stepper struct {
	Steps
	values                  *Series
	state                   State
	outCooldown, inCooldown cooldown
	outWaits, inWaits       bool // the alarm fires, and the cooldown lasts
}

// evaluate updates the state of the alarm after a minute.
func (s *stepper) evaluate(minute int) {
	s.state = s.Alarm.Evaluate((*s.values)[:minute+1], s.state)
}

// change proposes the capacity of the step for the metric's distance from the threshold. An alarm calls its policy
// every minute until it ends.
// Source: Application Auto Scaling user guide, "How step scaling works"; CloudWatch user guide, "Alarm actions".
func (s *stepper) change(minute int, now Now) (p proposal, out, ok bool) {
	if s.state != InAlarm {
		s.outWaits, s.inWaits = false, false
		return p, false, false
	}
	value := s.values.last(minute)
	step, ok := s.step(value - s.Alarm.Threshold)
	if !ok {
		return p, false, false
	}
	p = proposal{
		policy: s.Name, seconds: int(s.Cooldown.Seconds()),
		cause: Cause{
			Kind: StepAlarm, metric: s.Metric, value: value, alarm: s.Alarm, threshold: s.Alarm.Threshold,
			values: (*s.values)[:minute+1],
		},
	}
	start := s.outCooldown.from(now)
	p.capacity, p.cooldown = s.adjust(start, step.Change), &s.outCooldown
	p.cause.sum = s.sum(start, p.capacity, step)
	if s.Adjustment == settings.AdjustExact {
		start = now.Desired
	}
	if p.capacity > start {
		p.cause.waited = s.outCooldown.endedFor(s.outWaits, now.Second)
		s.outWaits = s.outCooldown.active(now.Second)
		return p, true, true
	}
	// A removal is measured from the present number, not from that before a scale-out.
	p.capacity, p.cooldown = s.adjust(now.Running, step.Change), &s.inCooldown
	p.cause.sum = s.sum(now.Running, p.capacity, step)
	p.cause.waited = s.inCooldown.endedFor(s.inWaits, now.Second)
	s.inWaits = s.inCooldown.active(now.Second)
	return p, false, !s.inWaits
}

// sum is the arithmetic of a step.
func (s *stepper) sum(from, capacity int, step Step) sum {
	return sum{from: from, capacity: capacity, step: stepSum{s.Adjustment, step.Change, s.AtLeast}}
}

// step returns the step for a distance. Above the threshold a step includes its lower bound and excludes the upper one;
// below the threshold it is the other way round.
// Source: Application Auto Scaling API, StepAdjustment.
func (s *stepper) step(distance float64) (Step, bool) {
	for _, step := range s.Steps.Steps {
		in := distance >= step.Lower && distance < step.Upper
		if s.Alarm.Below {
			in = distance > step.Lower && distance <= step.Upper
		}
		if in {
			return step, true
		}
	}
	return Step{}, false
}

// adjust applies a change. Fractions of a task are rounded towards zero, but to one whole task where the change is less
// than one; and a change in percent is at least AtLeast.
// Source: Application Auto Scaling user guide, "Scaling adjustment types"; API StepScalingPolicyConfiguration.
func (s *stepper) adjust(tasks, change int) int {
	switch s.Adjustment {
	case settings.AdjustExact:
		return change
	case settings.AdjustPercent:
		part := float64(tasks) * float64(change) / 100
		whole := int(part)
		if math.Abs(part) < 1 && part != 0 {
			whole = int(math.Copysign(1, part))
		}
		switch {
		case change > 0:
			whole = max(whole, s.AtLeast)
		case change < 0:
			whole = min(whole, -s.AtLeast)
		}
		return tasks + whole
	default: // AdjustTasks
		return tasks + change
	}
}
