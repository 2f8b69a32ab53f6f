package rules

// Scaler decides how many tasks a service has, as Application Auto Scaling does. It is a state machine without a clock:
// whoever drives it, a simulation or a running service, tells it the time with each call.
type Scaler struct {
	min, max  int
	suspended Suspended
	policies  *policies
	changing  *cooldown // of the change in progress; nil for none
}

// Now is the state of a service at the moment of a decision.
type Now struct {
	Second    int // on the driver's clock, which never goes back
	Desired   int // tasks that ECS is asked for
	Running   int // tasks that have started and are not being removed
	Deploying bool
}

// Change is a new number of tasks.
type Change struct {
	From, To int
	Policy   string // or schedule
	Cause    Cause
	Cooldown int // seconds, from the end of the change
}

// NewScaler returns the scaler of a plan. The series of a metric grows by a value in each of its periods; a policy
// without one is left out.
func NewScaler(p Plan, a Assumptions, series func(Metric) *Series) *Scaler {
	return &Scaler{min: p.Min, max: p.Max, suspended: p.Suspended, policies: newPolicies(p, a, series)}
}

// Limits returns the fewest and the most tasks, which schedules move.
func (s *Scaler) Limits() (fewest, most int) { return s.min, s.max }

// Within returns a number of tasks, moved into the limits.
func (s *Scaler) Within(tasks int) int { return min(max(tasks, s.min), s.max) }

// Schedule runs a schedule: it moves the limits, and at once the number of tasks into them.
// Source: Application Auto Scaling user guide, "How scheduled scaling works".
func (s *Scaler) Schedule(schedule Schedule, now Now) (Change, bool) {
	if s.suspended.Schedules {
		return Change{}, false
	}
	if schedule.Min != KeepLimit {
		s.min = schedule.Min
	}
	if schedule.Max != KeepLimit {
		s.max = schedule.Max
	}
	if s.Within(now.Desired) == now.Desired {
		return Change{}, false
	}
	s.Ended(now.Second)
	return Change{
		From: now.Desired, To: s.Within(now.Desired), Policy: schedule.Name,
		Cause: Cause{Kind: ScheduleRan, schedule: schedule.Name, min: s.min, max: s.max},
	}, true
}

// Decide lets the policies see the metrics up to a minute, and follows them within the limits. A scale-out goes before
// a scale-in.
// Source: Application Auto Scaling user guide, "Define cooldown periods".
func (s *Scaler) Decide(minute int, now Now) (Change, bool) { return s.decide(false, minute, now) }

// DecideHighResolution is Decide for the metrics of high resolution, up to one of their values.
func (s *Scaler) DecideHighResolution(seen int, now Now) (Change, bool) {
	return s.decide(true, seen, now)
}

func (s *Scaler) decide(highResolution bool, seen int, now Now) (Change, bool) {
	out, in := s.policies.evaluate(highResolution, seen, now)
	if out.capacity > now.Desired {
		want := min(out.capacity, s.max)
		if want <= now.Desired || s.suspended.ScaleOut {
			return Change{}, false
		}
		s.policies.endScaleInCooldowns()
		return s.follow(out, want, now), true
	}
	want := max(in.capacity, s.min)
	if in.policy == "" || want >= now.Desired || s.suspended.ScaleIn || now.Deploying {
		// While ECS deploys nothing scales in.
		// Source: ECS developer guide, "Use a target metric to scale Amazon ECS services".
		return Change{}, false
	}
	return s.follow(in, want, now), true
}

func (s *Scaler) follow(p proposal, want int, now Now) Change {
	s.Ended(now.Second) // a change in progress gives way to this one
	p.cooldown.begin(now, p.seconds)
	s.changing = p.cooldown
	p.cause.sum.to = want
	return Change{From: now.Desired, To: want, Policy: p.policy, Cause: p.cause, Cooldown: p.seconds}
}

// Ended tells the scaler that as many tasks run as the latest change asked for, or that ECS gave it up. Its cooldown
// counts from then on, and does not end before.
func (s *Scaler) Ended(second int) {
	if s.changing != nil {
		s.changing.end(second)
		s.changing = nil
	}
}
