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
	if a.HighMinutes < 1 || a.LowMinutes < 1 || a.HighResolutionHigh < 1 || a.HighResolutionLow < 1 ||
		a.LowFraction <= 0 || a.MaxScaleIn <= 0 {
		return fmt.Errorf("the assumptions are not set; begin with rules.DefaultAssumptions")
	}
	if a.MetricDelay < 0 || a.HighResolutionDelay < 0 || a.ActivityDelay < 0 {
		return fmt.Errorf("metrics arrive %v late, those of high resolution %v, and activities end %v late; all must be 0 "+
			"or more", a.MetricDelay, a.HighResolutionDelay, a.ActivityDelay)
	}
	for _, t := range p.Tracking {
		if !(t.Target > 0) {
			return fmt.Errorf("policy %s has the target %v; it is above 0", t.Name, t.Target)
		}
	}
	for _, w := range s.WhatIfs {
		if err := w.check(load); err != nil {
			return err
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
	fine      *tally // the minute's up to the latest 20 seconds; nil where no metric has high resolution
	disturbances
	result Result
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
	e.disturbances = newDisturbances(s.WhatIfs)
	e.result.Load, e.result.Service, e.result.Peak = load, s, e.desired
	e.result.Minutes = make([]Minute, 0, e.end/60+1)
	return e
}

// series returns the values of a metric, which grow by one a minute; nil where the model has no such metric.
func (e *engine) series(m rules.Metric) *rules.Series {
	if m.Kind == rules.Custom && e.Model.Metrics[m.Name] == nil {
		note := fmt.Sprintf("the metric %s has no values, so its policy is left out; in AWS it may add tasks, or keep the "+
			"service from scaling in; --metric-values %s=FILE gives it values", m.Name, m.Name)
		if !slices.Contains(e.result.Notes, note) {
			e.result.Notes = append(e.result.Notes, note)
		}
		return nil
	}
	if e.values[m] == nil {
		values := make(rules.Series, 0, e.end/int(m.Period().Seconds())+1)
		e.values[m] = &values
	}
	if m.HighResolution {
		e.fine = &tally{}
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
		if e.fine != nil {
			e.decideFine(second)
		}
		next := stop
		for _, event := range []int{
			decide, first(e.starting), first(e.draining), e.ends, e.nextSchedule(), e.nextEvent(),
		} {
			if event > second && event < next {
				next = event
			}
		}
		if e.fine != nil {
			next = e.nextFine(second, next)
		}
		e.serve(second, next)
		if e.fine != nil && next%fineSeconds == 0 {
			e.publishFine()
		}
		second = next
	}
	e.publish(start)
	return stop
}

// fineSeconds is the period of metrics of high resolution.
const fineSeconds = int(rules.HighResolution / time.Second)

// decideFine lets the alarms on metrics of high resolution see the value that ended HighResolutionDelay ago.
func (e *engine) decideFine(second int) {
	ended := second - int(e.Assumptions.HighResolutionDelay.Seconds())
	if ended < fineSeconds || ended%fineSeconds != 0 {
		return
	}
	if change, ok := e.scaler.DecideHighResolution(ended/fineSeconds-1, e.now(second)); ok {
		e.scale(second, change)
	}
}

// nextFine returns the next second at which a period of 20 seconds ends, or is seen, if it is before another second.
func (e *engine) nextFine(second, next int) int {
	delay := int(e.Assumptions.HighResolutionDelay.Seconds()) % fineSeconds
	ends := second - second%fineSeconds + fineSeconds
	seen := second + fineSeconds - (second-delay+fineSeconds)%fineSeconds
	return min(next, ends, seen)
}

// publishFine ends a period of 20 seconds with the values of the metrics of high resolution.
func (e *engine) publishFine() {
	share := func(before, now tally) float64 { return (now.use - before.use) / float64(now.seconds-before.seconds) }
	use := share(*e.fine, e.minute) // NaN without a running task
	*e.fine = e.minute
	for metric, values := range e.values {
		if !metric.HighResolution {
			continue
		}
		r := Minute{CPU: e.Model.cpu(use), Memory: e.Model.memory(use)}
		*values = append(*values, r.Metric(metric.Kind))
	}
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
	e.disturb(second)
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
	retries := e.retries
	if e.running == 0 && e.Model.Messages {
		for _, rate := range loads {
			m.offered += rate
			e.waiting += rate
			e.overload.add(e.waiting > 0)
		}
		return
	}
	if e.running == 0 {
		// Without a target the load balancer refuses requests.
		for _, rate := range loads {
			m.offered += rate
			if retries != nil {
				rate = retries.refuse(retries.arrive(rate))
			}
			m.refused += rate
			e.overload.add(rate > 0)
		}
		m.refused += e.waiting
		e.waiting = 0
		return
	}
	capacity := e.Model.Capacity * float64(e.running)
	able := min(capacity, e.limit) // of answering, in a second
	inverse, wait := 1/capacity, 1/able
	room := able * e.Model.Queue.Seconds()
	if e.Model.Messages {
		room = math.Inf(1)
	}
	waiting, latency, histogram := e.waiting, e.latency, &e.result.latency
	over := e.overload
	var offered, refused, used, served, slow, again float64
	for _, rate := range loads {
		offered += rate
		if retries != nil {
			fresh := rate
			rate = retries.arrive(rate)
			again += rate - fresh
		}
		work := waiting + rate
		answered := min(work, able)
		waiting = work - answered
		lost := 0.0
		if waiting > room {
			lost = waiting - room
			waiting = room
		}
		if retries != nil {
			lost = retries.refuse(lost)
		}
		refused += lost
		over.add(waiting > 0)
		use := answered * inverse
		took := latency[int(use*latencySteps)] + waiting*wait
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
	m.perTask += (offered + again) / float64(e.running)
	m.served += served
	m.latency += slow
}

// publish ends a minute with the metrics that CloudWatch will have of it.
func (e *engine) publish(start int) {
	m := e.minute
	e.minute = tally{}
	if e.fine != nil {
		*e.fine = tally{}
	}
	length := float64(min(60, e.end-start))
	fewest, most := e.scaler.Limits()
	r := Minute{
		Load: m.offered / length, Refused: m.refused / length,
		Desired: e.desired, Running: e.running, Fewest: fewest, Most: most, Paid: float64(m.tasks) / length,
		// ECS has no utilization without a running task, and the load balancer no response time without a response.
		// Source: Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer".
		CPU: math.NaN(), Memory: math.NaN(), Requests: math.NaN(), ResponseTime: math.NaN(), Backlog: e.backlog(),
	}
	if m.seconds > 0 {
		use := m.use / float64(m.seconds)
		r.CPU, r.Memory = e.Model.cpu(use), e.Model.memory(use)
		r.Requests = m.perTask * 60 / length
	}
	if m.served > 0 {
		const milliseconds = 1000
		r.ResponseTime = m.latency / m.served * milliseconds
	}
	for metric, values := range e.values {
		if !metric.HighResolution {
			*values = append(*values, e.value(metric, r, start))
		}
	}
	e.result.Minutes = append(e.result.Minutes, r)
	e.result.Offered += m.offered
	e.result.Refused += m.refused
	e.result.TaskSeconds += m.tasks
	e.failHealthChecks(start+int(length), m)
}

// backlog returns the messages that wait for each running task. While none runs, a single message exceeds the target,
// as the expression of the policy says; see constructs/ecs.
func (e *engine) backlog() float64 {
	if e.running > 0 {
		return e.waiting / float64(e.running)
	}
	for _, t := range e.Plan.Tracking {
		if t.Metric.Kind == settings.Backlog {
			return math.Floor(e.waiting) * (t.Target + 1)
		}
	}
	return math.NaN()
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
		a.Since = c.Cause.Since()
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
	e.result.Notes = append(e.result.Notes, e.notes(e.result)...)
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
	case settings.Backlog:
		return m.Backlog
	}
	return math.NaN()
}
