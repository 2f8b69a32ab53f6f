package settings

import (
	"fmt"
	"slices"

	"webapp/internal/configfile"
)

// fargateSizes are the task sizes that Fargate offers for Linux: each CPU size with its memory sizes in MiB.
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

// sizesOf lists the memory sizes that Fargate offers with a CPU size, or nil if there is no such CPU size.
func sizesOf(cpu int) []int {
	for _, size := range fargateSizes {
		if size.cpu == cpu {
			return size.memory
		}
	}
	return nil
}

// checkFargateSize reports a memory size that Fargate does not offer with this much CPU, and what it offers.
func checkFargateSize(c configfile.Checker, cpu, memory int) {
	offered := sizesOf(cpu)
	if slices.Contains(offered, memory) {
		return
	}
	if slices.Contains(offered, memory*1024) {
		c.At("memory").Problemf("is in MiB, and %d GiB is %d MiB; write %d", memory, memory*1024, memory*1024)
		return
	}
	var fits []int
	for _, size := range fargateSizes {
		if slices.Contains(size.memory, memory) {
			fits = append(fits, size.cpu)
		}
	}
	hint := ""
	if len(fits) > 0 {
		hint = ", or set cpu to " + configfile.JoinNumbers(fits)
	}
	ofMemory, ofCPU := "", ""
	if !c.Given("memory") {
		ofMemory = ", the default of memory,"
	} else if !c.Given("cpu") {
		ofCPU = ", the default of cpu"
	}
	c.At("memory").Problemf("Fargate does not offer %d MiB%s with cpu %d%s; write %s%s", memory, ofMemory, cpu, ofCPU,
		describeSteps(offered), hint)
}

func steps(from, to, by int) []int {
	var all []int
	for n := from; n <= to; n += by {
		all = append(all, n)
	}
	return all
}

// describeSteps names the sizes: all of them if they are few, otherwise the first, the last and the step.
func describeSteps(sizes []int) string {
	if len(sizes) <= 4 {
		return configfile.JoinNumbers(sizes)
	}
	return fmt.Sprintf("%d to %d in steps of %d", sizes[0], sizes[len(sizes)-1], sizes[1]-sizes[0])
}
