package scheduler

import (
	"cmp"
	"slices"
)

// limits are how many tasks a service may have while it is deployed.
type limits struct {
	desired        int
	minimumPercent int // of desired that must be healthy, rounded up
	maximumPercent int // of desired that may exist, rounded down
}

// lower is how many healthy tasks must be left. Source: ECS developer guide, "Amazon ECS deployment failure detection"
// and API DeploymentConfiguration.
func (l limits) lower() int { return (l.desired*l.minimumPercent + 99) / 100 }

func (l limits) upper() int { return l.desired * l.maximumPercent / 100 }

// member is a task as the plan sees it.
type member struct {
	id      string
	healthy bool // it runs, and passes the health checks that it has
	zone    string
}

// plan says how many tasks of the primary deployment to start, and which tasks to stop. Members that are being stopped
// are not among those that it gets.
func plan(l limits, primary, old []member) (start int, stop []string) {
	healthy := count(primary) + count(old)
	surplus := len(primary) - l.desired
	for _, m := range leastNeeded(primary) {
		if surplus <= 0 {
			break
		}
		surplus--
		stop = append(stop, m.id)
		if m.healthy {
			healthy--
		}
	}
	for _, m := range leastNeeded(old) {
		if m.healthy && healthy <= l.lower() {
			continue
		}
		stop = append(stop, m.id)
		if m.healthy {
			healthy--
		}
	}
	exist := len(primary) + len(old) - len(stop)
	return max(0, min(l.desired-len(primary), l.upper()-exist)), stop
}

func count(members []member) int {
	n := 0
	for _, m := range members {
		if m.healthy {
			n++
		}
	}
	return n
}

// leastNeeded sorts the members by who can go first: those that serve nobody, then one of the zone that has most.
func leastNeeded(members []member) []member {
	left, sorted := slices.Clone(members), []member{}
	for len(left) > 0 {
		zones := map[string]int{}
		for _, m := range left {
			zones[m.zone]++
		}
		next := slices.MinFunc(left, func(a, b member) int {
			return cmp.Or(compareBool(a.healthy, b.healthy), zones[b.zone]-zones[a.zone])
		})
		sorted = append(sorted, next)
		left = slices.DeleteFunc(left, func(m member) bool { return m.id == next.id })
	}
	return sorted
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// breakerThreshold is how many tasks in a row must fail until the circuit breaker ends a deployment: half of the
// desired count, but 3 to 200. Source: ECS developer guide, "How the Amazon ECS deployment circuit breaker detects
// failures".
func breakerThreshold(desired int) int { return min(max((desired+1)/2, 3), 200) }
