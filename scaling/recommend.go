package scaling

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// Objective is what a service must achieve under a load.
type Objective struct {
	Refused float64       // largest share of the requests, 0 to 1
	Latency time.Duration // within which 99 of 100 answered requests are answered; 0 for any
}

// Met reports whether a result meets the objective.
func (o Objective) Met(r Result) bool { return o.miss(r) == 0 }

// miss returns by how much a result misses the objective; 0 where it meets it.
func (o Objective) miss(r Result) float64 {
	miss := max(r.RefusedShare()-o.Refused, 0)
	if o.Latency > 0 {
		miss += max(float64(r.Latency(0.99))/float64(o.Latency)-1, 0)
	}
	return miss
}

// Recommendation is the plan with the fewest task hours that was found to meet an objective.
type Recommendation struct {
	Judged
	Service   Service
	Before    Judged // the service as it was
	Changes   []Change
	Simulated int // plans
}

// Judged is how a plan does.
type Judged struct {
	Result Result // of the load as it is
	Met    bool   // the objective, in all runs
	// Survives is the largest multiple of the load, up to MostSurge, under which all runs still meet the objective.
	Survives float64
}

// MostSurge is the largest multiple of the load that is tried.
const MostSurge = 8

// Change is a changed setting, and how a plan with all changes up to it does.
type Change struct {
	Judged
	Setting  string // in the settings file's words
	From, To string
}

// knob is a setting that the search turns.
type knob struct {
	setting string
	values  func(rules.Plan) []int // to try; the present one need not be among them
	get     func(rules.Plan) int   // 0 for none
	set     func(*rules.Plan, int)
	show    func(rules.Plan, int) string
}

// Recommend searches for the settings that meet the objective under the load with the fewest task hours: the limits,
// the targets for CPU and requests, the scale-out cooldown, and a burst. Other targets, steps and schedules stay as
// they are. The maximum stays one and a half times as high as what the load needs, or as it was.
//
// A plan meets the objective where it does so in each run of the ranges. Its task hours are those of the load as it is.
//
// It turns one setting after another to its best value until none improves, starting from the service as it is and from
// an overprovisioned plan. The same input gives the same output. It finds a good plan, not always the best one.
func Recommend(s Service, load Load, o Objective, ranges Ranges) Recommendation {
	search := &search{service: s, objective: o, seen: map[string]*candidate{}, least: leastMax(s, load)}
	search.runs = append([]run{{s, load}}, ranges.all(s, load)...)
	ranges.More = 0
	if search.surges = ranges.all(s, load); len(search.surges) == 0 {
		search.surges = search.runs
	}
	start := search.look(s.Plan)
	best := start
	for _, from := range []rules.Plan{s.Plan, overprovisioned(s, load)} {
		found := search.descend(from)
		if search.better(found, best) {
			best = found
		}
	}
	r := Recommendation{Service: s, Simulated: len(search.seen), Before: search.judge(start), Judged: search.judge(best)}
	r.Service.Plan = best.plan
	r.Changes = search.explain(start, best)
	return r
}

// run is a service, whatever its plan, and a load.
type run struct {
	service Service
	load    Load
}

// all returns all runs.
func (r Ranges) all(s Service, load Load) []run {
	var all []run
	for i := range r.Runs {
		service, varied := r.trial(i, s, load, make([]float64, len(load.PerSecond)))
		all = append(all, run{service, varied})
	}
	return all
}

// with simulates a plan in a run, under a multiple of its load.
func (r run) with(p rules.Plan, factor float64) Result {
	r.service.Plan = p
	if factor != 1 {
		r.load.PerSecond = slices.Clone(r.load.PerSecond)
		for i, rate := range r.load.PerSecond {
			r.load.PerSecond[i] = min(factor*rate, maxRate)
		}
	}
	return Simulate(r.service, r.load)
}

// overprovisioned returns a plan that meets nearly any objective, at a price.
func overprovisioned(s Service, load Load) rules.Plan {
	p := s.Plan.Clone()
	p.Max = max(p.Max, int(2*load.Peak()/s.Model.Capacity)+1)
	p.Min = p.Max
	return p
}

// leastMax returns the lowest maximum to recommend. A simulated peak is not the highest one that will ever come, and a
// service at its maximum does not scale.
func leastMax(s Service, load Load) int {
	const margin = 1.5
	unlimited := s
	unlimited.Plan.Max = max(s.Plan.Max, 4*fewestTasks(s, load))
	need := float64(Simulate(unlimited, load).Peak)
	return min(int(math.Ceil(margin*need)), s.Plan.Max)
}

// fewestTasks returns the number of tasks that answer the load at its peak.
func fewestTasks(s Service, load Load) int { return int(load.Peak()/s.Model.Capacity) + 1 }

type candidate struct {
	plan   rules.Plan
	result Result
	miss   float64
}

type search struct {
	service   Service
	runs      []run // the first one is the load as it is
	surges    []run // those without more requests than the load has
	objective Objective
	seen      map[string]*candidate
	least     int // the lowest maximum to recommend
}

// better prefers what meets the objective, then fewer task hours, then fewer changes of the number of tasks.
func (s *search) better(a, b *candidate) bool {
	return cmp.Or(
		cmp.Compare(a.miss, b.miss),
		cmp.Compare(a.result.TaskSeconds, b.result.TaskSeconds),
		cmp.Compare(len(a.result.Actions), len(b.result.Actions)),
	) < 0
}

// look simulates the plans that were not simulated yet, and returns the last one.
func (s *search) look(plans ...rules.Plan) *candidate {
	var fresh []*candidate
	var last *candidate
	for _, plan := range plans {
		key := fmt.Sprintf("%+v", plan)
		if s.seen[key] == nil {
			s.seen[key] = &candidate{plan: plan}
			fresh = append(fresh, s.seen[key])
		}
		last = s.seen[key]
	}
	misses := make([]float64, len(fresh)*len(s.runs))
	parallel(len(misses), func(_, i int) {
		c, run := fresh[i/len(s.runs)], i%len(s.runs)
		result := s.runs[run].with(c.plan, 1)
		misses[i] = s.objective.miss(result)
		if run == 0 {
			c.result = result
		}
	})
	for i, c := range fresh {
		c.miss = slices.Max(misses[i*len(s.runs):][:len(s.runs)])
	}
	return last
}

func (s *search) judge(c *candidate) Judged {
	return Judged{Result: c.result, Met: c.miss == 0, Survives: s.survives(c.plan)}
}

// survives bisects, as if whatever survives a surge survives a smaller one too.
func (s *search) survives(p rules.Plan) float64 {
	stands := func(factor float64) bool {
		missed := make([]bool, len(s.surges))
		parallel(len(missed), func(_, i int) { missed[i] = !s.objective.Met(s.surges[i].with(p, factor)) })
		return !slices.Contains(missed, true)
	}
	if stands(MostSurge) {
		return MostSurge
	}
	low, high := 0.0, float64(MostSurge)
	for high-low > 0.05 {
		if middle := (low + high) / 2; stands(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// descend turns one knob after another to its best until a round changes nothing.
func (s *search) descend(from rules.Plan) *candidate {
	best := s.look(from)
	for range 4 { // rounds; each is better than the one before, and two or three are usual
		before := best
		for _, k := range s.knobs() {
			var plans []rules.Plan
			for _, value := range k.values(best.plan) {
				plan := best.plan.Clone()
				k.set(&plan, value)
				if plan.Min <= plan.Max {
					plans = append(plans, plan)
				}
			}
			s.look(plans...)
			for _, plan := range plans {
				if c := s.look(plan); s.better(c, best) {
					best = c
				}
			}
		}
		if best == before {
			break
		}
	}
	return best
}

// explain walks from one plan to another, each time by the change that gains most.
func (s *search) explain(from, to *candidate) []Change {
	var changes []Change
	at := from
	left := s.knobs()
	for len(left) > 0 {
		best, bestKnob := (*candidate)(nil), -1
		for i, k := range left {
			if k.get(at.plan) == k.get(to.plan) {
				continue
			}
			plan := at.plan.Clone()
			k.set(&plan, k.get(to.plan))
			if plan.Min > plan.Max {
				continue
			}
			if c := s.look(plan); best == nil || s.better(c, best) {
				best, bestKnob = c, i
			}
		}
		if best == nil {
			break
		}
		k := left[bestKnob]
		changes = append(changes, Change{
			Judged: s.judge(best), Setting: k.setting, From: k.show(at.plan, k.get(at.plan)),
			To: k.show(to.plan, k.get(to.plan)),
		})
		at = best
		left = slices.Delete(left, bestKnob, bestKnob+1)
	}
	return changes
}

// knobs returns the settings that the search turns.
func (s *search) knobs() []knob {
	service := s.service
	needed := fewestTasks(service, s.runs[0].load)
	number := func(_ rules.Plan, n int) string { return fmt.Sprint(n) }
	all := []knob{
		{
			setting: "scaling.max", get: func(p rules.Plan) int { return p.Max }, show: number,
			set: func(p *rules.Plan, n int) { p.Max = n; p.Initial = min(p.Initial, n) },
			values: func(p rules.Plan) []int {
				return spread(max(p.Min, s.least), max(3*needed, service.Plan.Max, s.least), 10)
			},
		},
		{
			setting: "scaling.min", get: func(p rules.Plan) int { return p.Min }, show: number,
			set: func(p *rules.Plan, n int) {
				p.Min, p.Max = n, max(p.Max, n)
				p.Initial = min(max(p.Initial, p.Min), p.Max)
			},
			values: func(rules.Plan) []int { return spread(1, max(2*needed, service.Plan.Min), 12) },
		},
		burstKnob(),
	}
	for _, t := range service.Plan.Tracking {
		switch t.Metric.Kind {
		case settings.CPU:
			all = append(all, targetKnob(t, "percent", []int{30, 40, 50, 60, 70, 80}))
		case settings.Requests:
			full := service.Model.Capacity * 60
			var values []int
			for _, percent := range []int{30, 40, 50, 60, 70, 80} {
				values = append(values, max(int(full*float64(percent)/100), 1))
			}
			all = append(all, targetKnob(t, "perMinute", values))
		default:
			continue
		}
		all = append(all, cooldownKnob(service, t))
	}
	return all
}

func targetKnob(t rules.Tracking, key string, values []int) knob {
	return knob{
		setting: "scaling." + t.Name + "." + key,
		values:  func(rules.Plan) []int { return values },
		get:     func(p rules.Plan) int { return int(trackingOf(&p, t.Name).Target) },
		set: func(p *rules.Plan, n int) {
			trackingOf(p, t.Name).Target = float64(n)
			// The threshold of a burst must stay above the target.
			for i, s := range p.Steps {
				if s.Name == burstName && s.Metric == t.Metric && s.Alarm.Threshold <= float64(n) {
					p.Steps[i].Alarm.Threshold = settings.NewBurst(t.Metric.Kind, float64(n)).Threshold
				}
			}
		},
		show: func(_ rules.Plan, n int) string { return fmt.Sprint(n) },
	}
}

// cooldownKnob turns a scale-out cooldown, but not below the time that a change takes to show in the metric: the
// service would oscillate.
func cooldownKnob(service Service, t rules.Tracking) knob {
	shows := service.Model.Start + service.Assumptions.MetricDelay + time.Minute
	least := int((shows + time.Minute - 1) / time.Minute)
	return knob{
		setting: "scaling." + t.Name + ".scaleOutCooldown",
		values:  func(rules.Plan) []int { return []int{least, 5, 10} },
		get:     func(p rules.Plan) int { return int(trackingOf(&p, t.Name).ScaleOutCooldown / time.Minute) },
		set:     func(p *rules.Plan, n int) { trackingOf(p, t.Name).ScaleOutCooldown = time.Duration(n) * time.Minute },
		show:    func(_ rules.Plan, n int) string { return fmt.Sprintf("%dm", n) },
	}
}

const burstName = "burst"

// burstKnob is the percentage of a burst; 0 for none.
func burstKnob() knob {
	return knob{
		setting: "scaling.burst",
		values:  func(rules.Plan) []int { return []int{0, 50, 100, 200} },
		get: func(p rules.Plan) int {
			if i := burstOf(p); i >= 0 {
				return p.Steps[i].Steps[0].Change
			}
			return 0
		},
		set: setBurst,
		show: func(p rules.Plan, percent int) string {
			if percent == 0 {
				return "none"
			}
			if i := burstOf(p); i >= 0 {
				s := p.Steps[i]
				return fmt.Sprintf("{on: %s, threshold: %v, percent: %d}", s.Metric.Kind, s.Alarm.Threshold, percent)
			}
			return fmt.Sprintf("{percent: %d}", percent)
		},
	}
}

// setBurst replaces the burst of a plan. It is on the metric of the first target that is not custom.
func setBurst(p *rules.Plan, percent int) {
	p.Steps = slices.DeleteFunc(p.Steps, isBurst)
	on := slices.IndexFunc(p.Tracking, func(t rules.Tracking) bool { return t.Metric.Kind != rules.Custom })
	if percent == 0 || on < 0 {
		return
	}
	t := p.Tracking[on]
	burst := settings.NewBurst(t.Metric.Kind, t.Target)
	burst.Percent = percent
	p.Steps = append(p.Steps, stepsOf(burst.Policy()))
	*p = p.Sorted()
}

// spread returns some numbers from low to high, both included, closer together where they are small.
func spread(low, high, most int) []int {
	var all []int
	for n := low; n < high; {
		all = append(all, n)
		n = max(n+1, n+(n*2)/most)
	}
	return append(all, max(high, low))
}

// trackingOf returns the target-tracking policy of a name, to be read or changed.
func trackingOf(p *rules.Plan, name string) *rules.Tracking {
	for i := range p.Tracking {
		if p.Tracking[i].Name == name {
			return &p.Tracking[i]
		}
	}
	panic("scaling: the plan has no policy " + name) // cannot happen: the knobs are made of the plan
}

// burstOf returns the index of the burst among a plan's step policies, or -1.
func burstOf(p rules.Plan) int { return slices.IndexFunc(p.Steps, isBurst) }

func isBurst(s rules.Steps) bool {
	return s.Name == burstName && s.Adjustment == settings.AdjustPercent && len(s.Steps) > 0
}
