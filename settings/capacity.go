package settings

import "webapp/internal/configfile"

// Capacity says how many tasks run on Fargate's ordinary capacity, and how many on Fargate Spot: cheaper, and taken
// away at two minutes' notice. Without the section all run on ordinary capacity. The section can be added, changed and
// removed at any time: the service stays, and a rolling deployment moves its tasks.
// Source: ECS developer guide, "Amazon ECS clusters for Fargate workloads".
type Capacity struct {
	// OnDemand is the share of ordinary capacity. Without it nothing runs for as long as Spot has no capacity.
	OnDemand CapacityShare `yaml:"onDemand"`

	// Spot is the share of Fargate Spot.
	Spot CapacityShare `yaml:"spot"`
}

// CapacityShare is how many of the tasks run on one kind of capacity.
type CapacityShare struct {
	// Base is how many tasks run on this kind at least, before weights count; of the two kinds only one may have a
	// base. Default 0.
	Base int `yaml:"base" range:"0,100000"`

	// Weight of this kind among the tasks beyond the base: with 1 and 3, one task in four. Default 0.
	Weight int `yaml:"weight" range:"0,1000"`
}

func (p *Capacity) Check(c configfile.Checker) {
	switch {
	case !c.Valid("onDemand", "spot"):
	case p.OnDemand == CapacityShare{} && p.Spot == CapacityShare{}:
		c.Problemf("has no share with a base or a weight; write onDemand: {base: 1, weight: 1} and spot: {weight: " +
			"3}, or remove it")
	case p.OnDemand.Base > 0 && p.Spot.Base > 0:
		c.At("spot").At("base").Problemf("%d beside onDemand.base (%d); only one of the two may have a base: remove "+
			"this one", p.Spot.Base, p.OnDemand.Base)
	case p.OnDemand.Weight == 0 && p.Spot.Weight == 0:
		c.At("onDemand").At("weight").Problemf("0 in both shares leaves tasks beyond the base nowhere to run; write " +
			"a weight in one of them")
	case p.OnDemand == CapacityShare{}:
		// ECS takes it, and does not fall back by itself (aws/containers-roadmap #773).
		c.At("spot").Notef("is the only capacity: nothing runs while Spot has none; write onDemand: {base: 1} where " +
			"that matters")
	}
}

func (p *CapacityShare) Check(c configfile.Checker) {
}
