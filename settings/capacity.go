package settings

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
	// Base is how many tasks run on this kind at least, before weights count, 0 to 100000; of the two kinds only one
	// may have a base. Default 0.
	Base int `yaml:"base"`

	// Weight of this kind among the tasks beyond the base, 0 to 1000: with 1 and 3, one task in four. Default 0.
	Weight int `yaml:"weight"`
}

const maxCapacityBase, maxCapacityWeight = 100_000, 1000

func (p *Capacity) setDefaults() {}

func (p *Capacity) check(c checker) {
	p.OnDemand.check(c.at("onDemand"))
	p.Spot.check(c.at("spot"))
	switch {
	case !c.fine("onDemand", "spot"):
	case p.OnDemand == CapacityShare{} && p.Spot == CapacityShare{}:
		c.problemf("has no share with a base or a weight; write onDemand: {base: 1, weight: 1} and spot: {weight: " +
			"3}, or remove it")
	case p.OnDemand.Base > 0 && p.Spot.Base > 0:
		c.at("spot").at("base").problemf("%d beside onDemand.base (%d); only one of the two may have a base: remove "+
			"this one", p.Spot.Base, p.OnDemand.Base)
	case p.OnDemand.Weight == 0 && p.Spot.Weight == 0:
		c.at("onDemand").at("weight").problemf("0 in both shares leaves tasks beyond the base nowhere to run; write " +
			"a weight in one of them")
	case p.OnDemand == CapacityShare{}:
		// ECS takes it, and does not fall back by itself (aws/containers-roadmap #773).
		c.at("spot").notef("is the only capacity: nothing runs while Spot has none; write onDemand: {base: 1} where " +
			"that matters")
	}
}

func (p *CapacityShare) setDefaults() {}

func (p *CapacityShare) check(c checker) {
	within(c.at("base"), p.Base, 0, maxCapacityBase)
	within(c.at("weight"), p.Weight, 0, maxCapacityWeight)
}
