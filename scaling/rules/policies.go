package rules

// policies are the policies of a service at work.
type policies struct {
	trackers   []*tracker
	steppers   []*stepper
	maxScaleIn float64
}

// proposal is the number of tasks that a policy asks for.
type proposal struct {
	policy   string
	capacity int
	cooldown *cooldown // of the policy, in this direction
	seconds  int       // that it lasts
	cause    Cause
}

func newPolicies(p Plan, a Assumptions, series func(Metric) *Series) *policies {
	all := &policies{maxScaleIn: a.MaxScaleIn}
	for _, t := range p.Tracking {
		if values := series(t.Metric); values != nil {
			all.trackers = append(all.trackers, newTracker(t, a, values))
		}
	}
	for _, steps := range p.Steps {
		if values := series(steps.Metric); values != nil {
			all.steppers = append(all.steppers, &stepper{Steps: steps, values: values})
		}
	}
	return all
}

// evaluate lets the policies of a resolution see the next value of their metrics, and returns the largest capacity that
// they propose for scaling out and for scaling in. A proposal without a policy stands for none.
//
// Each policy that is ready to scale out does; targets scale in only when all targets that may are ready; and of
// several capacities the largest one counts, both ways.
// Source: Application Auto Scaling user guide, "Multiple scaling policies"; ECS developer guide, "Use a target metric
// to scale Amazon ECS services".
func (p *policies) evaluate(highResolution bool, seen int, now Now) (out, in proposal) {
	for _, t := range p.trackers {
		if t.Metric.HighResolution != highResolution {
			continue
		}
		t.evaluate(seen)
		if proposed, ok := t.out(now); ok {
			out = larger(out, proposed)
		}
	}
	for _, s := range p.steppers {
		if s.Metric.HighResolution != highResolution {
			continue
		}
		s.evaluate(seen)
		proposed, isOut, ok := s.change(seen, now)
		switch {
		case !ok:
		case isOut:
			out = larger(out, proposed)
		default:
			in = larger(in, proposed)
		}
	}
	if proposed, ready := p.trackedIn(now); ready {
		in = larger(in, proposed)
	}
	return out, in
}

// trackedIn returns the largest proposal of the targets that may scale in, if all of them are ready.
func (p *policies) trackedIn(now Now) (agreed proposal, ready bool) {
	for _, t := range p.trackers {
		if !t.ScaleIn {
			continue
		}
		proposed, ready := t.in(now, p.maxScaleIn)
		if !ready {
			return proposal{}, false
		}
		agreed = larger(agreed, proposed)
	}
	return agreed, agreed.policy != ""
}

// endScaleInCooldowns is what a scale-out does.
// Source: Application Auto Scaling user guide, "Define cooldown periods".
func (p *policies) endScaleInCooldowns() {
	for _, t := range p.trackers {
		t.inCooldown = cooldown{}
	}
	for _, s := range p.steppers {
		s.inCooldown = cooldown{}
	}
}

// larger returns the proposal of the larger capacity; the first one where they are equal.
func larger(a, b proposal) proposal {
	if a.policy == "" || b.capacity > a.capacity {
		return b
	}
	return a
}
