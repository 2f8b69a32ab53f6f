package rules

// cooldown is the time after a change in which a policy makes no other one of the same direction. It counts from the
// end of the change: when the tasks run, or are gone. Each policy has one of its own for each direction.
// Source: Application Auto Scaling API, TargetTrackingScalingPolicyConfiguration and StepScalingPolicyConfiguration.
//
// In the cooldown of a scale-out, the tasks that it added count: the policy adds more only for a larger need, measured
// from the tasks that ran before the first of them.
// Source: Application Auto Scaling user guide, "Define cooldown periods" (targets) and "Cooldown period" (steps).
type cooldown struct {
	changing bool // the change has not ended
	until    int  // second, once it has
	length   int  // seconds
	base     int  // tasks that ran before
}

func (c *cooldown) active(second int) bool { return c.changing || second < c.until }

// endedFor returns the second at which the cooldown has ended, if a change waited for it until now; 0 if none did.
func (c *cooldown) endedFor(waits bool, second int) int {
	const evaluations = 60 // seconds from one to the next
	if !waits || c.active(second) || second-c.until > evaluations {
		return 0
	}
	return c.until
}

// from returns the number of tasks that a scale-out is measured from. From no task at all, AWS adds the first one, and
// goes on from what runs then.
// Source: ECS developer guide, "Automatically scale your Amazon ECS service", considerations.
func (c *cooldown) from(now Now) int {
	if c.active(now.Second) && c.base > 0 {
		return c.base
	}
	return now.Running
}

// begin starts the cooldown of a change, or extends it.
func (c *cooldown) begin(now Now, seconds int) {
	if !c.active(now.Second) {
		c.base = now.Running
	}
	c.changing, c.length = true, seconds
}

// end is called at the end of the change.
func (c *cooldown) end(second int) {
	c.changing, c.until = false, second+c.length
}
