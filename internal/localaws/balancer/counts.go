package balancer

import (
	"slices"
	"time"
)

// Counts are what a group's requests came to since they were last taken. They become the metrics RequestCount,
// HTTPCode_Target_*, HTTPCode_ELB_* and TargetResponseTime.
type Counts struct {
	// ByStatus are the answers of targets by the first digit of their status.
	ByStatus [6]int
	// Own are the errors of the load balancer itself, by status: 502, 503, 504.
	Own map[int]int
	// Times are how long the targets took until they answered, in seconds, in ascending order.
	Times []float64
}

// Requests is how many requests reached a target and were answered by it.
func (c Counts) Requests() int {
	n := 0
	for _, of := range c.ByStatus {
		n += of
	}
	return n
}

type counts = Counts

func (g *group) count(t *target, status int, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t == nil {
		if g.counts.Own == nil {
			g.counts.Own = map[int]int{}
		}
		g.counts.Own[status]++
		return
	}
	g.counts.ByStatus[min(status/100, 5)]++
	g.counts.Times = append(g.counts.Times, took.Seconds())
}

// Take returns what a group's requests came to since the last call.
func (b *Balancer) Take(groupARN string) Counts {
	g := b.group(groupARN)
	if g == nil {
		return Counts{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.counts
	g.counts = Counts{}
	slices.Sort(taken.Times)
	return taken
}
