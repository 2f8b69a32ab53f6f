package rules

// Scaler decides how many tasks a service has, as Application Auto Scaling does. It is a state machine without a clock:
// whoever drives it, a simulation or a running service, tells it the time with each call.
type Scaler struct {
	min, max  int
	suspended Suspended
	policies  *policies
	inUntil   int // the second until which nothing scales in
	latest    proposal
}

// Now is the state of a service at the moment of a decision.
type Now struct {
	Second    int // on the driver's clock, which never goes back
	Desired   int // tasks that ECS is asked for
	Running   int // tasks that take requests
	Deploying bool
}

// Change is a new number of tasks.
type Change struct {
	From, To int
	Policy   string // or schedule
	Cause    Cause
}

// NewScaler returns the scaler of a plan. The series of a metric grows by a value a minute; a policy without one is
// left out.
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
	return Change{
		From: now.Desired, To: s.Within(now.Desired), Policy: schedule.Name,
		Cause: Cause{Kind: ScheduleRan, schedule: schedule.Name, min: s.min, max: s.max},
	}, s.Within(now.Desired) != now.Desired
}

// Decide lets the policies see the metrics up to a minute, and follows them within the limits.
//
// A scale-out goes before a scale-in, and ends its cooldown.
// Source: Application Auto Scaling user guide, "Define cooldown periods".
func (s *Scaler) Decide(minute int, now Now) (Change, bool) {
	out, in := s.policies.evaluate(minute, now.Second, now.Desired)
	if out.capacity > now.Desired {
		want := min(out.capacity, s.max)
		if want <= now.Desired || s.suspended.ScaleOut {
			return Change{}, false
		}
		out.cooldown.begin(now.Second, now.Desired, out.seconds)
		s.inUntil, s.latest = 0, out
		return Change{now.Desired, want, out.policy, out.cause}, true
	}
	want := max(in.capacity, s.min)
	if in.policy == "" || want >= now.Desired || s.suspended.ScaleIn || now.Second < s.inUntil || now.Deploying {
		// While ECS deploys nothing scales in.
		// Source: ECS developer guide, "Use a target metric to scale Amazon ECS services".
		return Change{}, false
	}
	s.inUntil, s.latest = now.Second+in.seconds, in
	return Change{now.Desired, want, in.policy, in.cause}, true
}

// Ended tells the scaler that the service has reached the number of tasks of the latest change. The cooldown that
// follows the change counts from then on.
// Source: Application Auto Scaling API, TargetTrackingScalingPolicyConfiguration.
func (s *Scaler) Ended(second int) {
	switch {
	case s.latest.policy == "":
		return
	case s.latest.cooldown != nil:
		s.latest.cooldown.until = second + s.latest.seconds
	default:
		s.inUntil = second + s.latest.seconds
	}
	s.latest = proposal{}
}
