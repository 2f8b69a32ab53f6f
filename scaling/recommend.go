package scaling

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"webapp/settings"
)

// Objective is what a service must reach under a load.
type Objective struct {
	Refused float64       // largest share of the requests, 0 to 1
	Latency time.Duration // within which 99 of 100 answered requests are answered; 0 for any
}

// Met says whether a result reaches the objective.
func (o Objective) Met(r Result) bool { return o.miss(r) == 0 }

// miss is by how much a result misses the objective; 0 where it is met.
func (o Objective) miss(r Result) float64 {
	miss := max(r.RefusedShare()-o.Refused, 0)
	if o.Latency > 0 {
		miss += max(float64(r.Latency(0.99))/float64(o.Latency)-1, 0)
	}
	return miss
}

// Recommendation is the plan of the fewest task hours that was found to meet an objective.
type Recommendation struct {
	Service   Service
	Result    Result
	Before    Result // of the service as it was
	Met       bool
	Changes   []Change
	Simulated int // services that were looked at
}

// Change is one setting that differs, and what it buys: the results with all changes up to it.
type Change struct {
	Setting  string // in the settings file's words
	From, To string
	Result   Result
	Met      bool
}

// knob is a setting that the search turns, with what it can be.
type knob struct {
	setting string
	values  func(Plan) []int // in the setting's order; the present one need not be among them
	get     func(Plan) int   // 0 for none
	set     func(*Plan, int)
	show    func(Plan, int) string
}

// Recommend searches the settings that meet the objective under the load with the fewest task hours: the limits, the
// targets for CPU and requests, the scale-out cooldown, and a burst. Targets of other kinds, steps and schedules stay
// as they are.
//
// It turns one setting after another to its best, until none gets better, from the service as it is and from careful
// settings. The same input gives the same output. It finds a good plan, not always the best one.
func Recommend(s Service, load Load, o Objective) Recommendation {
	search := &search{service: s, load: load, objective: o, seen: map[string]*candidate{}}
	start := search.look(s.Plan)
	best := start
	for _, from := range []Plan{s.Plan, careful(s, load)} {
		found := search.descend(from)
		if search.better(found, best) {
			best = found
		}
	}
	r := Recommendation{Before: start.result, Simulated: len(search.seen)}
	r.Service = s
	r.Service.Plan = best.plan
	r.Result = best.result
	r.Met = o.Met(best.result)
	r.Changes = search.explain(start, best)
	return r
}

// careful is a plan that meets nearly any objective, at a price.
func careful(s Service, load Load) Plan {
	p := s.Plan.clone()
	p.Max = max(p.Max, int(2*load.Peak()/s.Model.Capacity)+1)
	p.Min = p.Max
	return p
}

type candidate struct {
	plan   Plan
	result Result
	miss   float64
}

type search struct {
	service   Service
	load      Load
	objective Objective
	seen      map[string]*candidate
}

// better prefers what meets the objective, then fewer task hours, then fewer changes of the number of tasks.
func (s *search) better(a, b *candidate) bool {
	return cmp.Or(
		cmp.Compare(a.miss, b.miss),
		cmp.Compare(a.result.TaskSeconds, b.result.TaskSeconds),
		cmp.Compare(len(a.result.Actions), len(b.result.Actions)),
	) < 0
}

// look simulates plans that were not looked at yet, several at a time, and returns the last one.
func (s *search) look(plans ...Plan) *candidate {
	const atOnce = 4
	var waiting sync.WaitGroup
	tokens := make(chan struct{}, atOnce)
	var last *candidate
	for _, plan := range plans {
		key := fmt.Sprintf("%+v", plan)
		c, ok := s.seen[key]
		if !ok {
			c = &candidate{plan: plan}
			s.seen[key] = c
			waiting.Go(func() {
				tokens <- struct{}{}
				defer func() { <-tokens }()
				service := s.service
				service.Plan = plan
				c.result = Simulate(service, s.load)
				c.miss = s.objective.miss(c.result)
			})
		}
		last = c
	}
	waiting.Wait()
	return last
}

// descend turns one knob after another to its best until a round changes nothing.
func (s *search) descend(from Plan) *candidate {
	best := s.look(from)
	for range 4 { // rounds; each is better than the one before, and two or three are usual
		before := best
		for _, k := range knobs(s.service, s.load) {
			var plans []Plan
			for _, value := range k.values(best.plan) {
				plan := best.plan.clone()
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

// explain walks from one plan to another, each time by the change that gains most, and leaves out what gains nothing.
func (s *search) explain(from, to *candidate) []Change {
	var changes []Change
	at := from
	left := knobs(s.service, s.load)
	for len(left) > 0 {
		best, bestKnob := (*candidate)(nil), -1
		for i, k := range left {
			if k.get(at.plan) == k.get(to.plan) {
				continue
			}
			plan := at.plan.clone()
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
			Setting: k.setting, From: k.show(at.plan, k.get(at.plan)), To: k.show(to.plan, k.get(to.plan)),
			Result: best.result, Met: s.objective.Met(best.result),
		})
		at = best
		left = slices.Delete(left, bestKnob, bestKnob+1)
	}
	return changes
}

// knobs are what the search turns.
func knobs(service Service, load Load) []knob {
	needed := max(int(load.Peak()/service.Model.Capacity)+1, 1)
	number := func(_ Plan, n int) string { return fmt.Sprint(n) }
	all := []knob{
		{
			setting: "scaling.max", get: func(p Plan) int { return p.Max }, show: number,
			set:    func(p *Plan, n int) { p.Max = n; p.Initial = min(p.Initial, n) },
			values: func(p Plan) []int { return spread(p.Min, max(3*needed, service.Plan.Max), 10) },
		},
		{
			setting: "scaling.min", get: func(p Plan) int { return p.Min }, show: number,
			set: func(p *Plan, n int) {
				p.Min, p.Max = n, max(p.Max, n)
				p.Initial = min(max(p.Initial, p.Min), p.Max)
			},
			values: func(Plan) []int { return spread(1, max(2*needed, service.Plan.Min), 12) },
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

func targetKnob(t Tracking, key string, values []int) knob {
	return knob{
		setting: "scaling." + t.Name + "." + key,
		values:  func(Plan) []int { return values },
		get:     func(p Plan) int { return int(p.tracking(t.Name).Target) },
		set: func(p *Plan, n int) {
			p.tracking(t.Name).Target = float64(n)
			// A burst keeps its distance from its target.
			for i, s := range p.Steps {
				if s.Name == burstName && s.Metric == t.Metric && s.Alarm.Threshold <= float64(n) {
					p.Steps[i].Alarm.Threshold = burstThreshold(t.Metric, float64(n))
				}
			}
		},
		show: func(_ Plan, n int) string { return fmt.Sprint(n) },
	}
}

// cooldownKnob turns a scale-out cooldown, but not below the time that a change takes to show: the service would swing.
func cooldownKnob(service Service, t Tracking) knob {
	shows := service.Model.Start + service.Assumptions.MetricDelay + time.Minute
	least := int((shows + time.Minute - 1) / time.Minute)
	return knob{
		setting: "scaling." + t.Name + ".scaleOutCooldown",
		values:  func(Plan) []int { return []int{least, 5, 10} },
		get:     func(p Plan) int { return int(p.tracking(t.Name).ScaleOutCooldown / time.Minute) },
		set:     func(p *Plan, n int) { p.tracking(t.Name).ScaleOutCooldown = time.Duration(n) * time.Minute },
		show:    func(_ Plan, n int) string { return fmt.Sprintf("%dm", n) },
	}
}

const burstName = "burst"

// burstKnob has no burst (0), or one that adds so many percent.
func burstKnob() knob {
	return knob{
		setting: "scaling.burst",
		values:  func(Plan) []int { return []int{0, 50, 100, 200} },
		get: func(p Plan) int {
			if i := p.burst(); i >= 0 {
				return p.Steps[i].Steps[0].Change
			}
			return 0
		},
		set: func(p *Plan, percent int) {
			if i := p.burst(); i >= 0 {
				p.Steps = slices.Delete(p.Steps, i, i+1)
			}
			on := slices.IndexFunc(p.Tracking, func(t Tracking) bool { return t.Metric.Kind != Custom })
			if percent == 0 || on < 0 {
				return
			}
			t := p.Tracking[on]
			p.Steps = append(p.Steps, stepsOf(burstName, settings.StepScaling{
				On: t.Metric.Kind, Steps: []settings.Step{{At: burstThreshold(t.Metric, t.Target), Change: percent}},
				Adjustment: "percent", AtLeast: 1, Minutes: 1, MissingData: "missing", Cooldown: 3 * time.Minute,
			}))
			p.sort()
		},
		show: func(p Plan, percent int) string {
			if percent == 0 {
				return "none"
			}
			for _, s := range p.Steps {
				if s.Name == burstName {
					return fmt.Sprintf("{on: %s, threshold: %v, percent: %d}", s.Metric.Kind, s.Alarm.Threshold, percent)
				}
			}
			return fmt.Sprintf("{percent: %d}", percent)
		},
	}
}

// burstThreshold is the settings' default.
func burstThreshold(m Metric, target float64) float64 {
	threshold := 1.5 * target
	if m.Kind == settings.CPU || m.Kind == settings.Memory {
		threshold = min(threshold, (target+100)/2)
	}
	return threshold
}

// spread lists some numbers from low to high, both included, closer together where they are small.
func spread(low, high, most int) []int {
	var all []int
	for n := low; n < high; {
		all = append(all, n)
		n = max(n+1, n+(n*2)/most)
	}
	return append(all, max(high, low))
}

func (p Plan) clone() Plan {
	p.Tracking, p.Steps, p.Schedules = slices.Clone(p.Tracking), slices.Clone(p.Steps), slices.Clone(p.Schedules)
	return p
}

// tracking is the policy of a name, to be read or changed.
func (p *Plan) tracking(name string) *Tracking {
	for i := range p.Tracking {
		if p.Tracking[i].Name == name {
			return &p.Tracking[i]
		}
	}
	panic("scaling: the plan has no policy " + name)
}

func (p Plan) burst() int {
	return slices.IndexFunc(p.Steps, func(s Steps) bool { return s.Name == burstName && s.Adjustment == "percent" && len(s.Steps) > 0 })
}
