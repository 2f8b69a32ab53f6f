package settings

import "fmt"

// Task is the Fargate task: how much of a machine each copy of the containers gets, and what it may do.
type Task struct {
	// Family groups the revisions of the task definition, and is the prefix of the log streams. 1 to 255 letters,
	// digits, hyphens and underscores. Default: the stack's name, with the service's behind it under services.
	Family string `yaml:"family"`

	// CPU of a task, in CPU units of 1/1024 vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default 256.
	CPU int `yaml:"cpu"`

	// MemoryMiB of a task, in MiB. Each CPU size has its own: 256 has 512, 1024 and 2048; 512 has 1024 to 4096, 1024 has 2048 to
	// 8192, 2048 has 4096 to 16384 and 4096 has 8192 to 30720, each in steps of 1024; 8192 has 16384 to 61440 in steps of 4096;
	// 16384 has 32768 to 122880 in steps of 8192. Default 512.
	// Source: ECS developer guide, "Task CPU and memory" for Fargate.
	MemoryMiB int `yaml:"memory"`

	// Architecture of the processor, which the images must be built for: X86_64 or ARM64, which costs a fifth less.
	// Default X86_64.
	Architecture string `yaml:"architecture"`

	// EphemeralStorage of a task, in GiB, 21 to 200. Default: the 20 that Fargate gives without a charge.
	// Source: ECS API, EphemeralStorage.
	EphemeralStorage int `yaml:"ephemeralStorage"`

	// Volumes are folders that containers share or that outlive tasks, by name; containers mount them. Default: none.
	Volumes map[string]*Volume `yaml:"volumes"`

	Role Role `yaml:"role"`

	// SecretKeys are ARNs of the KMS keys that secrets and parameters are encrypted with, where it is not AWS's own key;
	// ECS may decrypt with these. Default: none.
	SecretKeys []string `yaml:"secretKeys"`
}

const (
	x86, arm = "X86_64", "ARM64"

	minEphemeralStorage, maxEphemeralStorage = 21, 200
)

func (t *Task) setDefaults() {
	t.CPU = 256
	t.MemoryMiB = 512
	t.Architecture = x86
}

func (t *Task) check(c checker) {
	checkECSName(c.at("family"), t.Family)
	if c.fine("cpu", "memory") {
		checkFargateSize(c, t.CPU, t.MemoryMiB)
	}
	oneOf(c.at("architecture"), t.Architecture, x86, arm)
	if t.EphemeralStorage != 0 && !isWithin(c.at("ephemeralStorage"), t.EphemeralStorage, minEphemeralStorage, maxEphemeralStorage) {
		c.at("ephemeralStorage").problemf("%d GiB are not on offer; write %d to %d, or leave it out for the 20 that cost nothing",
			t.EphemeralStorage, minEphemeralStorage, maxEphemeralStorage)
	}
	for name, volume := range t.Volumes {
		at := c.at("volumes").key(name)
		checkECSName(at, name)
		volume.check(at)
	}
	t.Role.check(c.at("role"))
	for i, key := range t.SecretKeys {
		checkKey(c.at("secretKeys").index(i), key)
	}
}

// checkFits reports containers that ask for more than their task has.
func (w *Workload) checkFits(c checker) {
	cpu, memory := 0, 0
	for _, k := range w.Containers() {
		cpu += k.CPU
		memory += max(k.MemoryReservationMiB, k.MemoryMiB)
	}
	if cpu > w.Task.CPU {
		c.at("task").at("cpu").problemf("%d is less than the %d CPU units of its containers; give the task more, or them less", w.Task.CPU, cpu)
	}
	if memory > w.Task.MemoryMiB {
		c.at("task").at("memory").problemf("%d is less than the %d MiB of its containers; give the task more, or them less", w.Task.MemoryMiB, memory)
	}
}

// checkContainers applies the rules that hold among the containers of a task.
func (w *Workload) checkContainers(c checker) {
	all := map[string]NamedContainer{}
	ports := map[int]string{}
	for _, k := range w.Containers() {
		at := c.at(k.path)
		if k.path != "container" && k.path != tracingPath && k.Name == w.Container.Name { // checkTracing knows what to write instead
			at.problemf("%s is the name of the first container; write another one, or give that one a name", k.Name)
		}
		all[k.Name] = k
		for i, port := range k.Ports {
			portAt := at.at("ports").index(i)
			unique(portAt, ports, port, portAt.path, "the containers of a task share its ports; list each once")
		}
		if w.Service.Exec && k.ReadOnly {
			at.at("readOnly").problemf("true keeps service.exec from working: its agent writes to the container's file system; write false, or exec: false")
		}
	}
	for _, k := range w.Containers() {
		// CloudWatch Logs API, PutLogEvents: a stream is FAMILY/CONTAINER/TASK, and the task's id has 32 characters.
		if n := len(w.Task.Family) + len("/") + len(k.Name) + len("/") + 32; n > maxLogStream {
			c.at("task").at("family").problemf("has %d characters, and makes a log stream of %d with the container %s; a stream's name has at most %d: "+
				"write a shorter family, or name for the container", len(w.Task.Family), n, k.Name, maxLogStream)
		}
	}
	if len(all) > maxContainers {
		c.at("sidecars").problemf("has %d containers; a task has at most %d beside the first", len(w.Sidecars), maxContainers-1)
	}
	for _, k := range w.Containers() {
		at := c.at(k.path)
		for i, mount := range k.Mounts {
			if _, ok := w.Task.Volumes[mount.Volume]; !ok && mount.Volume != "" {
				at.at(fmt.Sprintf("mounts[%d].volume", i)).problemf("there is no volume %q; %s", mount.Volume, chooseKey(mount.Volume, w.Task.Volumes,
					"add it under task.volumes"))
			}
		}
		k.checkDependencies(at.at("dependsOn"), all)
	}
	w.checkFits(c)
}

const maxLogStream = 512

// maxContainers of a task. Source: ECS service quotas, "Containers per task definition".
const maxContainers = 10
