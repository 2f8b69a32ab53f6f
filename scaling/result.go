package scaling

import (
	"math"
	"slices"
	"time"

	"webapp/scaling/rules"
)

// Result is the outcome of a simulation.
type Result struct {
	Load    Load
	Service Service
	Minutes []Minute
	Actions []Action
	Targets []TargetResult

	Offered, Refused float64 // requests; one that is sent again counts once
	TaskSeconds      int     // of all tasks that cost money: starting, running and draining ones
	Peak             int     // the highest desired count
	// Overloaded is the time in which requests waited, as all tasks were full, and LongestOverload its longest stretch:
	// how long it took until there were enough tasks.
	Overloaded, LongestOverload time.Duration
	// Measured says that this is what happened, not a simulation.
	Measured bool
	// Notes say what could not be simulated.
	Notes []string

	latency histogram
}

// Minute is the state of a minute. Its metrics are NaN where AWS would have none.
type Minute struct {
	Load, Refused    float64 // requests a second
	Desired, Running int     // tasks at its end
	Fewest, Most     int     // the limits then, which schedules move
	Paid             float64 // tasks on average, including those that start or drain
	CPU, Memory      float64 // percent
	Requests         float64 // per task
	ResponseTime     float64 // milliseconds
	Backlog          float64 // messages that wait for each task
}

// Action is a change of the number of tasks.
type Action struct {
	At       time.Duration // since the load's start
	From, To int
	Policy   string
	Reason   string
	Since    time.Duration // when the metric began to breach
	Ready    time.Duration // when the added tasks take requests
	// Waited is the end of the cooldown that the change has waited for; 0 for none.
	Waited time.Duration
	// Cools is when the cooldown of this change ends, unless another change comes before.
	Cools time.Duration
}

// TargetResult is how a target was met.
type TargetResult struct {
	rules.Tracking
	Values rules.Series
	Above  time.Duration // time above the target
}

// ByMinute returns the values of the target's metric minute by minute: their average where there are several.
func (t TargetResult) ByMinute() []float64 {
	n := int(time.Minute / t.Metric.Period())
	if n == 1 {
		return t.Values
	}
	var all []float64
	for values := range slices.Chunk(t.Values, n) {
		sum := 0.0
		for _, value := range values {
			sum += value
		}
		all = append(all, sum/float64(len(values)))
	}
	return all
}

// RefusedShare is the share of the requests that were refused, 0 to 1.
func (r Result) RefusedShare() float64 {
	if r.Offered == 0 {
		return 0
	}
	return r.Refused / r.Offered
}

// TaskHours is the time of all tasks that cost money.
func (r Result) TaskHours() float64 { return float64(r.TaskSeconds) / 3600 }

// Cost is the price of the task hours; 0 where that of one is not known.
func (r Result) Cost() float64 { return r.TaskHours() * r.Service.TaskHourPrice }

// Latency is the time within which a share of the answered requests, such as 0.99, was answered, to about 3 %.
func (r Result) Latency(share float64) time.Duration { return r.latency.quantile(share) }

// MaxChangesPerHour is the largest number of changes within any hour. A service that follows a changing load has many
// of them.
func (r Result) MaxChangesPerHour() int {
	most, first := 0, 0
	for i, a := range r.Actions {
		for a.At-r.Actions[first].At >= time.Hour {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// BackAtMinimum returns how long it takes, from a time on, until the service is at its minimum; false if it never is.
func (r Result) BackAtMinimum(after time.Duration) (time.Duration, bool) {
	for i := int(after / time.Minute); i < len(r.Minutes); i++ {
		if r.Minutes[i].Desired <= r.Minutes[i].Fewest {
			return max(time.Duration(i)*time.Minute-after, 0), true
		}
	}
	return 0, false
}

// FirstReaction is the time from when a metric began to breach until the first added task took requests; 0 if none was
// added. The tasks may still be too few then: see LongestOverload.
func (r Result) FirstReaction() time.Duration {
	for _, a := range r.Actions {
		if a.To > a.From && a.Ready > a.At && a.Since < a.At {
			return a.Ready - a.Since
		}
	}
	return 0
}

// histogram counts requests by how long they took, in classes of about 3 %.
type histogram [histogramClasses]float64

const (
	histogramShift   = 52 - 5 // keeps the exponent and five digits behind it
	histogramFirst   = (1023 - 20) << 5
	histogramClasses = 34 << 5 // a millionth of a second to four hours
)

func (h *histogram) add(seconds, requests float64) {
	i := int(math.Float64bits(seconds)>>histogramShift) - histogramFirst
	h[min(max(i, 0), histogramClasses-1)] += requests
}

func (h *histogram) quantile(share float64) time.Duration {
	total := 0.0
	for _, n := range h {
		total += n
	}
	below := 0.0
	for i, n := range h {
		below += n
		if n > 0 && below >= share*total {
			upper := math.Float64frombits(uint64(i+1+histogramFirst) << histogramShift)
			return time.Duration(upper * float64(time.Second))
		}
	}
	return 0
}
