package rules

// Policies are the policies of a service at work.
type Policies struct {
	trackers   []*tracker
	steppers   []*stepper
	maxScaleIn float64
}

// NewPolicies returns the policies of a plan. The series of a metric grows by a value a minute; a policy without one is
// left out.
func NewPolicies(p Plan, a Assumptions, series func(Metric) *Series) *Policies {
	policies := &Policies{maxScaleIn: a.MaxScaleIn}
	for _, t := range p.Tracking {
		if values := series(t.Metric); values != nil {
			policies.trackers = append(policies.trackers, newTracker(t, a, values))
		}
	}
	for _, steps := range p.Steps {
		if values := series(steps.Metric); values != nil {
			policies.steppers = append(policies.steppers, &stepper{Steps: steps, values: values, cooldown: &Cooldown{}})
		}
	}
	if a.SharedCooldown {
		shared := &Cooldown{}
		for _, t := range policies.trackers {
			t.cooldown = shared
		}
		for _, s := range policies.steppers {
			s.cooldown = shared
		}
	}
	return policies
}

// Evaluate lets the policies see a minute's metrics, and returns the largest capacity that they propose for scaling out
// and for scaling in. A proposal without a policy stands for none.
//
// Each policy that is ready to scale out does; targets scale in only when all targets that may are ready; and of
// several capacities the largest one counts, both ways.
// Source: Application Auto Scaling user guide, "Multiple scaling policies"; ECS developer guide, "Use a target metric
// to scale Amazon ECS services".
func (p *Policies) Evaluate(minute, second, desired int) (out, in Proposal) {
	for _, t := range p.trackers {
		t.evaluate(minute)
		if proposal, ok := t.out(minute, second, desired); ok {
			out = larger(out, proposal)
		}
	}
	for _, s := range p.steppers {
		s.evaluate(minute)
		proposal, ok := s.change(minute, second, desired)
		switch {
		case ok && proposal.Capacity > desired:
			out = larger(out, proposal)
		case ok && proposal.Capacity < desired:
			in = larger(in, proposal)
		}
	}
	if proposal, ready := p.trackedIn(minute, desired); ready {
		in = larger(in, proposal)
	}
	return out, in
}

// trackedIn returns the largest proposal of the targets that may scale in, if all of them are ready.
func (p *Policies) trackedIn(minute, desired int) (agreed Proposal, ready bool) {
	for _, t := range p.trackers {
		if !t.ScaleIn {
			continue
		}
		proposal, ready := t.in(minute, desired, p.maxScaleIn)
		if !ready {
			return Proposal{}, false
		}
		agreed = larger(agreed, proposal)
	}
	return agreed, agreed.Policy != ""
}

// larger returns the proposal of the larger capacity; the first one where they are equal.
func larger(a, b Proposal) Proposal {
	if a.Policy == "" || b.Capacity > a.Capacity {
		return b
	}
	return a
}
