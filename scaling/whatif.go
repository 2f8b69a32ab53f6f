package scaling

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"webapp/settings"
)

// WhatIf is a failure, or another setting, that begins at some time during a load.
type WhatIf struct {
	Kind   WhatIfKind
	At     time.Duration // since the load's start
	Number float64       // its meaning depends on the kind
}

// WhatIfKind is a kind of what-if.
type WhatIfKind string

// The kinds of what-ifs, each with the meaning of its number.
const (
	ZoneLost      WhatIfKind = "zone-lost"             // zones that have tasks: those in one of them stop
	TasksKilled   WhatIfKind = "tasks-killed"          // tasks that stop
	RetryStorm    WhatIfKind = "retry-storm"           // how often clients send a refused request again
	FailingChecks WhatIfKind = "failing-health-checks" // percent of the tasks that fail when all are full
	SharedLimit   WhatIfKind = "shared-limit"          // requests a second that all tasks together can answer
	FastMetrics   WhatIfKind = "high-resolution"       // none: targets for CPU and memory get a value each 20 seconds
)

// WhatIfKinds are all kinds.
var WhatIfKinds = []WhatIfKind{ZoneLost, TasksKilled, RetryStorm, FailingChecks, SharedLimit, FastMetrics}

// whatIfRule is what may be written of a kind.
type whatIfRule struct {
	unit          string  // of its number; empty if it has none
	usual, most   float64 // the number if none is given, 0 if one must be; and the highest one
	whole         bool
	needs, allows bool // a time; without one, the what-if lasts from the load's start
	example       string
}

var whatIfRules = map[WhatIfKind]whatIfRule{
	ZoneLost:      {unit: "zones", usual: 2, most: 6, whole: true, needs: true, example: "zone-lost=3@10:30"},
	TasksKilled:   {unit: "tasks", usual: 1, most: 5000, whole: true, needs: true, example: "tasks-killed=2@10:30"},
	RetryStorm:    {unit: "retries", usual: 3, most: 20, whole: true, allows: true, example: "retry-storm=3"},
	FailingChecks: {unit: "percent of the tasks", usual: 50, most: 100, allows: true, example: "failing-health-checks=50"},
	SharedLimit:   {unit: "requests a second", most: maxRate, allows: true, example: "shared-limit=300"},
	FastMetrics:   {example: "high-resolution"},
}

// ParseWhatIf reads a what-if as the command line has it: KIND, KIND=NUMBER, or either with @TIME. The time is a time
// of day, which stands for the first one under the load; a duration since the load's start; or a date and time.
func ParseWhatIf(text string, load Load) (WhatIf, error) {
	before, at, timed := strings.Cut(text, "@")
	kind, number, numbered := strings.Cut(before, "=")
	w := WhatIf{Kind: WhatIfKind(kind)}
	rule, known := whatIfRules[w.Kind]
	if !known {
		return w, fmt.Errorf("%q is not known; write one of %s", kind, inOneLine(WhatIfKinds))
	}
	w.Number = rule.usual
	switch {
	case numbered && rule.unit == "":
		return w, fmt.Errorf("%s has no number; write %s", kind, rule.example)
	case numbered:
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return w, fmt.Errorf("%q is not a number of %s; write %s", number, rule.unit, rule.example)
		}
		w.Number = n
	case rule.unit != "" && rule.usual == 0:
		return w, fmt.Errorf("%s needs a number of %s; write %s", kind, rule.unit, rule.example)
	}
	switch {
	case timed && !rule.needs && !rule.allows:
		return w, fmt.Errorf("%s has no time; write %s", kind, rule.example)
	case !timed && rule.needs:
		return w, fmt.Errorf("%s needs a time; write %s", kind, rule.example)
	case timed:
		var err error
		if w.At, err = sinceStart(at, load); err != nil {
			return w, err
		}
	}
	return w, w.check(load)
}

func inOneLine[T ~string](words []T) string {
	var all []string
	for _, word := range words {
		all = append(all, string(word))
	}
	return strings.Join(all, ", ")
}

// sinceStart reads a time under a load: 10:30, 1h30m after its start, or a date and time.
func sinceStart(text string, load Load) (time.Duration, error) {
	if after, err := time.ParseDuration(text); err == nil {
		return after, nil
	}
	if of, err := time.Parse("15:04", text); err == nil {
		y, m, d := load.Start.Date()
		at := time.Date(y, m, d, of.Hour(), of.Minute(), 0, 0, load.Start.Location())
		if at.Before(load.Start) {
			at = time.Date(y, m, d+1, of.Hour(), of.Minute(), 0, 0, load.Start.Location())
		}
		return at.Sub(load.Start), nil
	}
	at, err := ParseTime(text, load.Start.Location())
	if err != nil {
		return 0, fmt.Errorf("%q is not a time; write 10:30, 45m after the start, or 2026-11-27 10:30", text)
	}
	return at.Sub(load.Start), nil
}

func (w WhatIf) check(load Load) error {
	rule, known := whatIfRules[w.Kind]
	least := 1.0
	if rule.unit == "" {
		least = 0
	}
	switch {
	case !known:
		return fmt.Errorf("the what-if %q is not known", w.Kind)
	case !(w.Number >= least && w.Number <= rule.most) || rule.whole && w.Number != math.Trunc(w.Number):
		return fmt.Errorf("%s=%v: write %v to %.0f %s, such as %s", w.Kind, w.Number, least, rule.most, rule.unit,
			rule.example)
	case w.At < 0 || w.At >= load.Duration():
		return fmt.Errorf("%s is not under the load, which lasts from %s to %s", w.Kind,
			load.Start.Format("Mon 15:04"), load.Start.Add(load.Duration()).Format("Mon 15:04"))
	}
	return nil
}

// With returns the service with a what-if.
func (s Service) With(w WhatIf) (Service, error) {
	if w.Kind != FastMetrics {
		s.WhatIfs = append(slices.Clip(s.WhatIfs), w)
		return s, nil
	}
	for _, t := range s.Plan.Tracking {
		if t.Metric.Kind == settings.CPU || t.Metric.Kind == settings.Memory {
			s.Plan = s.Plan.HighResolution(true)
			return s, nil
		}
	}
	return s, fmt.Errorf("the service has no target for CPU or memory; other metrics have no high resolution")
}

// earlier returns what-ifs for a load that begins later.
func earlier(all []WhatIf, by time.Duration) []WhatIf {
	all = slices.Clone(all)
	for i := range all {
		all[i].At = max(all[i].At-by, 0)
	}
	return all
}

// disturbances are the what-ifs of a running simulation.
type disturbances struct {
	coming  []WhatIf // ordered by time
	limit   float64  // requests a second that all tasks together can answer
	retries *retries // nil where clients send nothing again
	failing float64  // share of the tasks that fail their health checks when all are full
	failed  int      // tasks that did
	times   int      // at which they did
	said    []string
}

func newDisturbances(all []WhatIf) disturbances {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b WhatIf) int { return int(a.At - b.At) })
	return disturbances{coming: all, limit: math.Inf(1)}
}

func (d *disturbances) nextEvent() int {
	if len(d.coming) == 0 {
		return never
	}
	return int(d.coming[0].At.Seconds())
}

// disturb begins the what-ifs whose time has come.
func (e *engine) disturb(second int) {
	for e.nextEvent() <= second {
		w := e.coming[0]
		e.coming = e.coming[1:]
		at := e.load.Start.Add(time.Duration(second) * time.Second).Format("Mon 15:04")
		switch w.Kind {
		case ZoneLost:
			// ECS spreads tasks evenly, so that a zone has at most one more than another.
			of := e.running
			n := e.lose(second, int(math.Ceil(float64(of)/w.Number)))
			e.say("on %s one of %.0f zones is lost: its tasks stop, %d of %d, and ECS starts as many", at, w.Number, n, of)
		case TasksKilled:
			of := e.running
			n := e.lose(second, int(w.Number))
			e.say("on %s tasks are killed, %d of %d, and ECS starts as many", at, n, of)
		case RetryStorm:
			e.retries = &retries{waiting: make([]float64, int(w.Number)+1)}
		case FailingChecks:
			e.failing = w.Number / 100
		case SharedLimit:
			e.limit = w.Number
			e.say("from %s on all tasks together answer at most %.0f requests a second", at, w.Number)
		case FastMetrics: // which the plan has
		}
	}
}

func (d *disturbances) say(format string, values ...any) {
	d.said = append(d.said, "what if: "+fmt.Sprintf(format, values...))
}

// lose stops running tasks, and starts as many. It returns how many there were to stop.
func (e *engine) lose(second, tasks int) int {
	tasks = min(tasks, e.running)
	if tasks > 0 {
		e.running -= tasks
		e.pending += tasks
		e.starting = append(e.starting, batch{second + int(e.Model.Start.Seconds()), tasks})
	}
	return tasks
}

// failHealthChecks lets some tasks fail at the end of a minute throughout which all were full. The load balancer sends
// them nothing more, and ECS stops them when others run in their place. At least one goes on: where all tasks fail, the
// load balancer sends requests to all of them.
// Source: ECS API, DeploymentConfiguration (maximumPercent); Elastic Load Balancing user guide, "Health checks for
// Application Load Balancer target groups".
func (e *engine) failHealthChecks(second int, m tally) {
	if e.failing == 0 || e.overload.stretch < 60 || m.refused == 0 || e.running < 2 {
		return
	}
	n := e.lose(second, min(int(math.Ceil(float64(e.running)*e.failing)), e.running-1))
	e.failed, e.times = e.failed+n, e.times+1
	e.leaving += n
	e.draining = append(e.draining, batch{second + int(e.Model.Start.Seconds()), n})
	slices.SortStableFunc(e.draining, func(a, b batch) int { return a.at - b.at })
}

// notes say what the disturbances were.
func (d *disturbances) notes(r Result) []string {
	switch {
	case d.times > 0:
		d.say("full tasks fail their health checks: ECS replaced %d tasks in all, at %d times", d.failed, d.times)
	case d.failing > 0:
		d.say("full tasks fail their health checks: none did, since they were never full for a minute, or there was only one")
	}
	if d.retries != nil {
		d.say("clients send a refused request up to %d times again: %.3g %% more requests came", len(d.retries.waiting)-1,
			100*d.retries.total/max(r.Offered, 1))
	}
	return d.said
}

// retries are refused requests that come again, each a second later.
type retries struct {
	waiting []float64 // that come in the next second, by how often they have come; the first is the fresh ones
	came    float64   // in this second
	total   float64   // that came again
}

// arrive returns the requests of a second, fresh and repeated ones.
func (r *retries) arrive(fresh float64) float64 {
	r.waiting[0] = fresh
	r.came = 0
	for _, n := range r.waiting {
		r.came += n
	}
	r.total += r.came - fresh
	return r.came
}

// refuse takes those of a second's requests that were refused, and returns the ones that do not come again.
func (r *retries) refuse(lost float64) float64 {
	if lost == 0 {
		clear(r.waiting)
		return 0
	}
	share := min(lost/r.came, 1)
	last := len(r.waiting) - 1
	final := share * r.waiting[last]
	for i := last; i > 0; i-- {
		r.waiting[i] = share * r.waiting[i-1]
	}
	// What waited from before and finds no room any more does not come again.
	return final + max(lost-r.came, 0)
}
