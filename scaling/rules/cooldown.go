package rules

// cooldown is a policy's memory of the tasks that it added.
//
// While it lasts, these tasks count: the policy adds more only for a larger need, measured from the number of tasks
// before the first of them.
// Source: Application Auto Scaling user guide, "Define cooldown periods" (targets) and "Cooldown period" (steps).
type cooldown struct {
	until int // second; 0 for none
	base  int // tasks before the scale-out that started it
}

// from returns the number of tasks that a change is measured from.
func (c *cooldown) from(second, desired int) int {
	if second < c.until {
		return c.base
	}
	return desired
}

// begin starts the cooldown, or extends it.
func (c *cooldown) begin(second, desired, seconds int) {
	if second >= c.until {
		c.base = desired
	}
	c.until = second + seconds
}
