package scaling

import (
	"fmt"
	"math"
	"slices"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// Simulate simulates the service under the load. It panics on an invalid service or load: use Check where they come
// from a user.
func Simulate(s Service, load Load) Result {
	if err := s.Check(load); err != nil {
		panic(err)
	}
	e := newEngine(s, load)
	for second := 0; second < e.end; {
		second = e.minuteFrom(second)
	}
	return e.finish()
}

// Check returns why a service and a load cannot be simulated.
func (s Service) Check(load Load) error {
	if len(load.PerSecond) == 0 {
		return fmt.Errorf("the load is empty")
	}
	if i := slices.IndexFunc(load.PerSecond, func(rate float64) bool { return !isRate(rate) }); i >= 0 {
		return fmt.Errorf("the load is %v requests a second after %d seconds; it must be 0 to %.0f", load.PerSecond[i],
			i, maxRate)
	}
	p := s.Plan
	if p.Min < 0 || p.Max < p.Min {
		return fmt.Errorf("the plan's limits are %d to %d tasks", p.Min, p.Max)
	}
	a := s.Assumptions
	if a.HighMinutes < 1 || a.LowMinutes < 1 || a.LowFraction <= 0 || a.MaxScaleIn <= 0 {
		return fmt.Errorf("the assumptions are not set; begin with rules.DefaultAssumptions")
	}
	if a.MetricDelay < 0 || a.ActivityDelay < 0 {
		return fmt.Errorf("metrics arrive %v late and activities end %v late; both must be 0 or more", a.MetricDelay,
			a.ActivityDelay)
	}
	for _, t := range p.Tracking {
		if !(t.Target > 0) {
			return fmt.Errorf("policy %s has the target %v; it is above 0", t.Name, t.Target)
		}
	}
	if _, err := rules.Firings(p.Schedules, load.Start, load.Start.Add(time.Second)); err != nil {
		return err
	}
	return s.Model.check()
}

// never is a second that no simulation reaches.
const never = math.MaxInt

// batch is tasks that start or drain until a second.
type batch struct{ at, tasks int }

// engine is a running simulation.
type engine struct {
	Service
	load      Load
	end       int // seconds
	latency   *[latencySteps + 1]float64
	desired   int
	running   int     // tasks that get requests
	starting  []batch // ordered by when they are ready
	draining  []batch // ordered by when they end
	pending   int     // sum of starting
	leaving   int     // sum of draining
	waiting   float64 // requests
	overload  overload
	scaler    *rules.Scaler
	ends      int            // when the scaler learns that a change has ended; never where there is none
	schedules []rules.Firing // ordered by when they run
	values    map[rules.Metric]*rules.Series
	minute    tally
	result    Result
}

// overload counts seconds in which requests wait.
type overload struct{ total, stretch, longest int }

func (o *overload) add(waits bool) {
	if !waits {
		o.stretch = 0
		return
	}
	o.total++
	o.stretch++
	o.longest = max(o.longest, o.stretch)
}

// tally is the sums of a minute.
type tally struct {
	offered, refused float64
	seconds          int     // with tasks
	use              float64 // share of the capacity, summed over those seconds
	perTask          float64 // requests for each task
	served, latency  float64
	tasks            int // summed over the seconds
}

func newEngine(s Service, load Load) *engine {
	e := &engine{
		Service: s, load: load, end: len(load.PerSecond), latency: s.Model.latencies(),
		values: map[rules.Metric]*rules.Series{},
	}
	e.scaler = rules.NewScaler(s.Plan, s.Assumptions, e.series)
	// Check has found the schedules to be valid.
	before, _ := rules.Before(s.Plan.Schedules, load.Start)
	for _, f := range before {
		e.scaler.Schedule(f.Schedule, rules.Now{})
	}
	e.schedules, _ = rules.Firings(s.Plan.Schedules, load.Start, load.Start.Add(load.Duration()))
	e.desired = e.scaler.Within(s.Plan.Initial)
	e.running, e.ends = e.desired, never
	e.result.Load, e.result.Service, e.result.Peak = load, s, e.desired
	e.result.Minutes = make([]Minute, 0, e.end/60+1)
	return e
}

// series returns the values of a metric, which grow by one a minute; nil where the model has no such metric.
func (e *engine) series(m rules.Metric) *rules.Series {
	if m.Kind == rules.Custom && e.Model.Metrics[m.Name] == nil {
		note := fmt.Sprintf("no model gives the metric %s, so its policy is left out", m.Name)
		if !slices.Contains(e.result.Notes, note) {
			e.result.Notes = append(e.result.Notes, note)
		}
		return nil
	}
	if e.values[m] == nil {
		values := make(rules.Series, 0, e.end/60+1)
		e.values[m] = &values
	}
	return e.values[m]
}

// minuteFrom simulates the minute that begins at a second, and returns where the next one begins. The number of tasks
// is fixed between two events, so that the seconds between them are one tight loop.
func (e *engine) minuteFrom(start int) int {
	stop := min(start+60, e.end)
	// The alarms now see the minute that ended MetricDelay ago.
	delay := int(e.Assumptions.MetricDelay.Seconds())
	decide := start + delay%60
	seen := start/60 - 1 - delay/60
	for second := start; second < stop; {
		e.settle(second)
		if second == decide && seen >= 0 {
			if change, ok := e.scaler.Decide(seen, e.now(second)); ok {
				e.scale(second, change)
			}
		}
		next := stop
		for _, event := range []int{decide, first(e.starting), first(e.draining), e.ends, e.nextSchedule()} {
			if event > second && event < next {
				next = event
			}
		}
		e.serve(second, next)
		second = next
	}
	e.publish(start)
	return stop
}

func first(batches []batch) int {
	if len(batches) == 0 {
		return never
	}
	return batches[0].at
}

func (e *engine) nextSchedule() int {
	if len(e.schedules) == 0 {
		return never
	}
	return int(e.schedules[0].At.Sub(e.load.Start).Seconds())
}

// settle applies what is due: tasks become ready, tasks end, schedules run.
func (e *engine) settle(second int) {
	for len(e.starting) > 0 && e.starting[0].at <= second {
		e.running += e.starting[0].tasks
		e.pending -= e.starting[0].tasks
		e.starting = e.starting[1:]
	}
	for len(e.draining) > 0 && e.draining[0].at <= second {
		e.leaving -= e.draining[0].tasks
		e.draining = e.draining[1:]
	}
	if e.ends <= second {
		e.scaler.Ended(e.ends)
		e.ends = never
	}
	for e.nextSchedule() <= second {
		if change, ok := e.scaler.Schedule(e.schedules[0].Schedule, e.now(second)); ok {
			e.scale(second, change)
		}
		e.schedules = e.schedules[1:]
	}
}

// now is what the scaler sees of the service.
func (e *engine) now(second int) rules.Now {
	at := time.Duration(second) * time.Second
	return rules.Now{
		Second: second, Desired: e.desired, Running: e.running,
		Deploying: slices.ContainsFunc(e.Deployments, func(w Window) bool { return at >= w.From && at < w.To }),
	}
}

// serve simulates the requests from one second to another.
func (e *engine) serve(from, to int) {
	m := &e.minute
	m.tasks += (e.running + e.pending + e.leaving) * (to - from)
	loads := e.load.PerSecond[from:to]
	if e.running == 0 {
		// Without a target the load balancer refuses requests.
		for _, rate := range loads {
			m.offered += rate
			m.refused += rate
			e.overload.add(rate > 0)
		}
		m.refused += e.waiting
		e.waiting = 0
		return
	}
	capacity := e.Model.Capacity * float64(e.running)
	inverse := 1 / capacity
	room := capacity * e.Model.Queue.Seconds()
	waiting, latency, histogram := e.waiting, e.latency, &e.result.latency
	over := e.overload
	var offered, refused, used, served, slow float64
	for _, rate := range loads {
		offered += rate
		work := waiting + rate
		answered := min(work, capacity)
		waiting = work - answered
		if waiting > room {
			refused += waiting - room
			waiting = room
		}
		over.add(waiting > 0)
		use := answered * inverse
		took := latency[int(use*latencySteps)] + waiting*inverse
		used += use
		served += answered
		slow += took * answered
		histogram.add(took, answered)
	}
	e.waiting, e.overload = waiting, over
	m.offered += offered
	m.refused += refused
	m.seconds += to - from
	m.use += used
	m.perTask += offered / float64(e.running)
	m.served += served
	m.latency += slow
}

// publish ends a minute with the metrics that CloudWatch will have of it.
func (e *engine) publish(start int) {
	m := e.minute
	e.minute = tally{}
	length := float64(min(60, e.end-start))
	fewest, most := e.scaler.Limits()
	r := Minute{
		Load: m.offered / length, Refused: m.refused / length,
		Desired: e.desired, Running: e.running, Fewest: fewest, Most: most, Paid: float64(m.tasks) / length,
		// ECS has no utilization without a running task, and the load balancer no response time without a response.
		// Source: Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer".
		CPU: math.NaN(), Memory: math.NaN(), Requests: math.NaN(), ResponseTime: math.NaN(),
	}
	if m.seconds > 0 {
		use := m.use / float64(m.seconds)
		r.CPU = e.Model.IdleCPU + (e.Model.FullCPU-e.Model.IdleCPU)*use
		r.Memory = e.Model.IdleMemory + (e.Model.FullMemory-e.Model.IdleMemory)*use
		r.Requests = m.perTask * 60 / length
	}
	if m.served > 0 {
		const milliseconds = 1000
		r.ResponseTime = m.latency / m.served * milliseconds
	}
	for metric, values := range e.values {
		*values = append(*values, e.value(metric, r, start))
	}
	e.result.Minutes = append(e.result.Minutes, r)
	e.result.Offered += m.offered
	e.result.Refused += m.refused
	e.result.TaskSeconds += m.tasks
}

func (e *engine) value(metric rules.Metric, r Minute, start int) float64 {
	if metric.Kind != rules.Custom {
		return r.Metric(metric.Kind)
	}
	value, ok := e.Model.Metrics[metric.Name](Sample{
		Time: time.Duration(start) * time.Second, Load: r.Load, Tasks: float64(e.running), Waiting: e.waiting,
	})
	if !ok {
		return math.NaN()
	}
	return value
}

// scale changes the desired count. Tasks that have not started yet are removed first.
func (e *engine) scale(second int, c rules.Change) {
	at := time.Duration(second) * time.Second
	a := Action{At: at, From: c.From, To: c.To, Policy: c.Policy, Reason: c.Cause.String(), Since: at, Ready: at}
	if until, ok := c.Cause.Waited(); ok {
		a.Waited = time.Duration(until) * time.Second
	}
	if c.Cause.Kind != rules.ScheduleRan {
		a.Since = time.Duration(c.Cause.Since()) * time.Minute
	}
	e.desired = c.To
	e.result.Peak = max(e.result.Peak, c.To)
	switch change := c.To - e.running - e.pending; {
	case change > 0:
		a.Ready += e.Model.Start
		e.starting = append(e.starting, batch{second + int(e.Model.Start.Seconds()), change})
		e.pending += change
	case change < 0:
		e.remove(second, -change)
	}
	e.ends = second + int(e.Assumptions.ActivityDelay.Seconds())
	if n := len(e.starting); n > 0 {
		e.ends += e.starting[n-1].at - second
	}
	if c.Cooldown > 0 {
		a.Cools = time.Duration(e.ends+c.Cooldown) * time.Second
	}
	e.result.Actions = append(e.result.Actions, a)
}

func (e *engine) remove(second, tasks int) {
	for tasks > 0 && len(e.starting) > 0 {
		latest := &e.starting[len(e.starting)-1]
		gone := min(tasks, latest.tasks)
		latest.tasks -= gone
		e.pending -= gone
		tasks -= gone
		if latest.tasks == 0 {
			e.starting = e.starting[:len(e.starting)-1]
		}
	}
	if tasks > 0 {
		e.running -= tasks
		e.leaving += tasks
		e.draining = append(e.draining, batch{second + int(e.Model.Drain.Seconds()), tasks})
	}
}

// finish returns the result, with how each target was met.
func (e *engine) finish() Result {
	e.result.Overloaded = time.Duration(e.overload.total) * time.Second
	e.result.LongestOverload = time.Duration(e.overload.longest) * time.Second
	for _, t := range e.Plan.Tracking {
		values := e.values[t.Metric]
		if values == nil {
			continue
		}
		e.result.Targets = append(e.result.Targets, targetResult(t, *values))
	}
	return e.result
}

// Metric returns the minute's value of one of the metrics that every service has; NaN where there is none.
func (m Minute) Metric(kind settings.MetricKind) float64 {
	switch kind {
	case settings.CPU:
		return m.CPU
	case settings.Memory:
		return m.Memory
	case settings.Requests:
		return m.Requests
	case settings.ResponseTime:
		return m.ResponseTime
	}
	return math.NaN()
}
