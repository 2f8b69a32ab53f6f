package settings

import (
	"fmt"
	"slices"
)

// fargateSizes are the task sizes that Fargate sells for Linux: each CPU size with its memory sizes in MiB.
// Source: ECS developer guide, "Task CPU and memory" for Fargate.
var fargateSizes = []struct {
	cpu    int
	memory []int
}{
	{256, []int{512, 1024, 2048}},
	{512, steps(1024, 4096, 1024)},
	{1024, steps(2048, 8192, 1024)},
	{2048, steps(4096, 16384, 1024)},
	{4096, steps(8192, 30720, 1024)},
	{8192, steps(16384, 61440, 4096)},
	{16384, steps(32768, 122880, 8192)},
}

// checkFargateSize reports a pair of CPU and memory that Fargate does not sell, and those that it does.
func checkFargateSize(c checker, cpu, memory int) {
	var cpus, fits []int
	for _, size := range fargateSizes {
		cpus = append(cpus, size.cpu)
		if slices.Contains(size.memory, memory) {
			fits = append(fits, size.cpu)
		}
	}
	if isOffered(c.at("cpu"), cpu, cpus...) {
		i := slices.Index(cpus, cpu)
		if !slices.Contains(fits, cpu) {
			if slices.Contains(fargateSizes[i].memory, memory*1024) {
				c.at("memory").problemf("is in MiB, and %d GiB are %d; write %d", memory, memory*1024, memory*1024)
				return
			}
			hint := ""
			if len(fits) > 0 {
				hint = ", or take cpu " + numbers(fits)
			}
			c.at("memory").problemf("Fargate has no %d MiB with cpu %d; write %s%s",
				memory, cpu, describeSteps(fargateSizes[i].memory), hint)
		}
		return
	}
	if slices.Contains(cpus, cpu*1024) {
		c.at("cpu").problemf("is in CPU units, and %d vCPU are %d; write %d", cpu, cpu*1024, cpu*1024)
		return
	}
	c.at("cpu").problemf("%d CPU units are not on offer; write %s", cpu, numbers(cpus))
}

func steps(from, to, by int) []int {
	var all []int
	for n := from; n <= to; n += by {
		all = append(all, n)
	}
	return all
}

// describeSteps names the sizes: all of them while they are few, else the first, the last and the step.
func describeSteps(sizes []int) string {
	if len(sizes) <= 4 {
		return numbers(sizes)
	}
	return fmt.Sprintf("%d to %d in steps of %d", sizes[0], sizes[len(sizes)-1], sizes[1]-sizes[0])
}
