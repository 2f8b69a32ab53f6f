package settings

import "math"

// Scaling lets Application Auto Scaling choose the number of tasks between two limits, so that each target keeps near
// its value. Several targets may be given: the one that asks for most tasks wins.
// Source: Application Auto Scaling user guide, "Target tracking scaling policies".
type Scaling struct {
	// Min is the fewest tasks to run, 0 to Max. Default 1.
	Min int `yaml:"min"`

	// Max is the most tasks to run, Min to 5000; it is also the limit of what the service can cost. Default 5.
	Max int `yaml:"max"`

	// CPU tracks the average CPU use of the service's tasks. Default: none.
	CPU *TargetTracking `yaml:"cpu"`

	// Memory tracks the average memory use of the service's tasks. Default: none.
	Memory *TargetTracking `yaml:"memory"`
}

// TargetTracking adds tasks while a metric is above its target and removes them while it is below.
type TargetTracking struct {
	// Percent is the average use to keep near, in percent of what the tasks have, 1 to 100. Required.
	Percent float64 `yaml:"percent"`
}

func (s *Scaling) setDefaults() {
	s.Min = 1
	s.Max = 5
}

func (s *Scaling) check(c checker) {
	within(c.at("min"), s.Min, 0, maxTasksPerService)
	within(c.at("max"), s.Max, 1, maxTasksPerService)
	if c.fine("min", "max") && s.Max < s.Min {
		c.at("max").problemf("%d is below scaling.min (%d); raise max to at least %d, or lower min", s.Max, s.Min, s.Min)
	}
	if c.fine("cpu", "memory") && s.CPU == nil && s.Memory == nil {
		c.problemf("has no target, so that it would never scale; add cpu: {percent: 50} or memory: {percent: 50}")
	}
	if s.CPU != nil {
		s.CPU.check(c.at("cpu"))
	}
	if s.Memory != nil {
		s.Memory.check(c.at("memory"))
	}
}

func (t *TargetTracking) setDefaults() {
	t.Percent = math.NaN() // required, and no file can say it
}

func (t *TargetTracking) check(c checker) {
	if math.IsNaN(t.Percent) {
		c.at("percent").problemf("is missing; write the average use to keep near, such as percent: 50")
	}
	within(c.at("percent"), t.Percent, 1, 100)
}
