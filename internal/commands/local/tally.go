package local

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"webapp/internal/localaws/scheduler"
	"webapp/scaling"
)

// sample is how a service was doing at a time since the load began, by AWS's clock.
type sample struct {
	at    time.Duration
	state scheduler.State
}

// tally adds up what happens under a load, minute by minute of AWS.
type tally struct {
	minute  time.Duration // how long one lasts
	began   time.Time
	out     io.Writer
	total   vegeta.Metrics
	current vegeta.Metrics // of the requests that were answered in this minute
	samples []sample       // of this minute
	last    sample
	result  scaling.Result
	tasks   map[string]*taskLife
}

// taskLife is when a task was first seen, and first seen healthy, since the load began. Those of a task that was there
// before are 0.
type taskLife struct{ seen, healthy time.Duration }

func newTally(minute time.Duration, first scheduler.State, load scaling.Load, out io.Writer) *tally {
	t := &tally{minute: minute, began: time.Now(), out: out, last: sample{state: first}, tasks: map[string]*taskLife{},
		result: scaling.Result{Load: load, Peak: first.Desired, Measured: true}}
	for _, task := range first.Tasks {
		t.tasks[task.ID] = &taskLife{}
	}
	fmt.Fprintf(out, "MINUTE  REQUESTS  A SECOND      P50      P99    TASKS  FAILED\n")
	return t
}

// answered adds a request.
func (t *tally) answered(r *vegeta.Result) {
	t.total.Add(r)
	t.current.Add(r)
	if !failed(r) {
		t.result.Answered(r.Latency)
	}
}

func failed(r *vegeta.Result) bool { return r.Code < 200 || r.Code >= 400 }

// sampled adds how the service is doing. At the end of a minute it prints a line.
func (t *tally) sampled(s sample) {
	// The last minute ends with the load, when the last request was answered.
	for n := len(t.result.Minutes) + 1; time.Duration(n)*time.Minute <= min(s.at, t.result.Load.Duration()-1); n++ {
		t.endMinute(time.Minute)
	}
	t.samples = append(t.samples, s)
	for _, task := range s.state.Tasks {
		life := t.tasks[task.ID]
		if life == nil {
			life = &taskLife{seen: s.at}
			t.tasks[task.ID] = life
		}
		if task.Healthy && life.seen > 0 && life.healthy == 0 {
			life.healthy = s.at
		}
	}
	if from, to := t.last.state.Desired, s.state.Desired; from != to {
		t.result.Actions = append(t.result.Actions, scaling.Action{At: s.at, Since: s.at, Ready: s.at, From: from, To: to,
			Policy: "measured", Reason: fmt.Sprintf("the service's desired count became %d", to)})
		t.result.Peak = max(t.result.Peak, to)
	}
	for i := range t.result.Actions {
		if a := &t.result.Actions[i]; a.To > a.From && a.Ready == a.At && healthyTasks(s.state) >= a.To {
			a.Ready = s.at
		}
	}
	t.last = s
}

// endMinute closes a minute of AWS. The last one may be shorter.
func (t *tally) endMinute(lasted time.Duration) {
	t.current.Close()
	seconds := lasted.Minutes() * t.minute.Seconds()
	requests, bad := int(t.current.Requests), failures(t.current) //nolint:gosec // far fewer than 2^63
	running, paid := float64(t.last.state.Running), float64(len(t.last.state.Tasks))
	if n := len(t.samples); n > 0 {
		running, paid = 0, 0
		for _, s := range t.samples {
			running += float64(s.state.Running) / float64(n)
			paid += float64(len(s.state.Tasks)) / float64(n)
		}
	}
	m := scaling.Minute{
		Load: float64(requests) / seconds, Refused: float64(bad) / seconds, Desired: t.last.state.Desired,
		Running: t.last.state.Running, Paid: paid,
		CPU: math.NaN(), Memory: math.NaN(), Requests: math.NaN(), ResponseTime: math.NaN(),
	}
	if running > 0 {
		m.Requests = 60 * m.Load / running
	}
	if requests > 0 {
		m.ResponseTime = float64(t.current.Latencies.Mean) / float64(time.Millisecond)
	}
	t.result.Minutes = append(t.result.Minutes, m)
	t.result.TaskSeconds += int(paid * lasted.Seconds())
	fmt.Fprintf(t.out, "%6d  %8d  %8.1f  %7s  %7s  %4d/%-2d  %s\n", len(t.result.Minutes), requests, m.Load,
		inMilliseconds(t.current.Latencies.P50), inMilliseconds(t.current.Latencies.P99), m.Running, m.Desired,
		describeFailures(t.current))
	t.current, t.samples = vegeta.Metrics{}, nil
}

func inMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// end ends the load, after a time by AWS's clock.
func (t *tally) end(after time.Duration) {
	rest := min(after, t.result.Load.Duration()) - time.Duration(len(t.result.Minutes))*time.Minute
	t.endMinute(min(max(rest, time.Second), time.Minute))
	t.total.Close()
	t.result.Offered, t.result.Refused = float64(t.total.Requests), float64(failures(t.total))
	if t.total.Requests == 0 {
		fmt.Fprintln(t.out, "\nNo request was sent.")
		return
	}
	fmt.Fprintf(t.out, "\n%d requests, %s failed. Half of them took up to %s, 99 of 100 up to %s, the longest %s.\n",
		t.total.Requests, describeFailures(t.total), inMilliseconds(t.total.Latencies.P50),
		inMilliseconds(t.total.Latencies.P99), inMilliseconds(t.total.Latencies.Max))
}

func failures(m vegeta.Metrics) int {
	n := 0
	for status, times := range m.StatusCodes {
		if status < "200" || status >= "400" {
			n += times
		}
	}
	return n
}

// describeFailures says how many requests failed, and how: "3 (2 × 503, 1 × no answer)".
func describeFailures(m vegeta.Metrics) string {
	var ways []string
	for _, status := range slices.Sorted(maps.Keys(m.StatusCodes)) {
		switch {
		case status == "0":
			ways = append(ways, fmt.Sprintf("%d × no answer", m.StatusCodes[status]))
		case status < "200" || status >= "400":
			ways = append(ways, fmt.Sprintf("%d × %s", m.StatusCodes[status], status))
		}
	}
	if len(ways) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d (%s)", failures(m), strings.Join(ways, ", "))
}

// start is how long a task took from when it was first seen until it was healthy: the median of those that started
// under the load, by AWS's clock.
func (t *tally) start() (median time.Duration, known bool) {
	var all []time.Duration
	for _, life := range t.tasks {
		if life.healthy > 0 {
			all = append(all, life.healthy-life.seen)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}
