package settings

import "webapp/internal/configfile"

// Capacity divides the tasks between Fargate's on-demand capacity and Fargate Spot, which is cheaper but can be taken
// away at two minutes' notice. Without this section, all tasks run on on-demand capacity. The section can be added,
// changed and removed at any time: the service stays, and a rolling deployment moves its tasks.
// Source: ECS developer guide, "Amazon ECS clusters for Fargate workloads".
type Capacity struct {
	// OnDemand is the share of on-demand capacity. Without it, no task can start while Spot has no capacity.
	OnDemand CapacityShare `yaml:"onDemand"`

	// Spot is the share of Fargate Spot.
	Spot CapacityShare `yaml:"spot"`
}

// CapacityShare says how many of the tasks run on one kind of capacity.
type CapacityShare struct {
	// Base is the number of tasks that run on this kind of capacity before the weights apply. Only one of the two kinds
	// may have a base. Default 0.
	Base int `yaml:"base" range:"0,100000"`

	// Weight is this kind's relative share of the tasks beyond the base: with weights of 1 and 3, it gets one task in
	// four or three in four. Default 0.
	Weight int `yaml:"weight" range:"0,1000"`
}

func (s *CapacityShare) ShorthandKey(string) string { return "weight" }

func (p *Capacity) Check(c configfile.Checker) {
	switch {
	case !c.Valid("onDemand", "spot"):
	case p.OnDemand == CapacityShare{} && p.Spot == CapacityShare{}:
		if c.Valid("") {
			c.Problemf("has neither a base nor a weight; write onDemand: {base: 1, weight: 1} and spot: {weight: 3}, or " +
				"remove it")
		}
	case p.OnDemand.Base > 0 && p.Spot.Base > 0:
		c.At("spot").At("base").Problemf("%d cannot be combined with onDemand.base (%d): only one of the two may "+
			"have a base; remove this one", p.Spot.Base, p.OnDemand.Base)
	case p.OnDemand.Weight == 0 && p.Spot.Weight == 0:
		c.At("onDemand").At("weight").Problemf("0 for both kinds leaves the tasks beyond the base nowhere to run; " +
			"give one of them a weight")
	case p.OnDemand == CapacityShare{}:
		// ECS accepts this, and does not fall back to on-demand capacity (aws/containers-roadmap #773).
		c.At("spot").Notef("is the only capacity: no task can start while Spot has none; write onDemand: {base: 1} " +
			"if that matters")
	}
}

// noteCapacity notes a base that leaves no task for the other kind of capacity, unless the base comes from an earlier
// layer of the file than the number of tasks.
func (w *Workload) noteCapacity(c configfile.Checker) {
	p, most, limit := w.Service.Capacity, w.Service.DesiredCount, c.At("service.desiredCount")
	if p == nil || !c.Valid("service.capacity") {
		return
	}
	if w.Scaling != nil {
		most, limit = w.Scaling.MaxCapacity(), c.At("scaling.max")
	}
	for _, kind := range []struct {
		setting, other string
		base, weight   int
	}{
		{"onDemand", "Fargate Spot", p.OnDemand.Base, p.Spot.Weight},
		{"spot", "on-demand capacity", p.Spot.Base, p.OnDemand.Weight},
	} {
		at := c.At("service.capacity").At(kind.setting).At("base")
		if most > 0 && kind.base >= most && kind.weight > 0 && !configfile.Later(limit, at) {
			at.Notef("%d is not less than the number of tasks (at most %d), so that none of them runs on %s; write a smaller "+
				"base, or run more tasks", kind.base, most, kind.other)
		}
	}
}
