package settings

import (
	"fmt"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Task is the Fargate task: how much of a machine each copy of the containers gets, and what it may do.
type Task struct {
	// Family groups the revisions of the task definition, and is the prefix of the log streams. 1 to 255 letters,
	// digits, hyphens and underscores. Default: the stack's name, with the service's behind it under services.
	Family string `yaml:"family"`

	// CPU of a task, in CPU units of 1/1024 vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default 256.
	CPU int `yaml:"cpu" enum:"256,512,1024,2048,4096,8192,16384" unit:"CPU units"`

	// MemoryMiB is the memory of a task, in MiB. Each CPU size has its own: 256 has 512, 1024 and 2048; 512 has 1024 to 4096, 1024
	// has 2048 to 8192, 2048 has 4096 to 16384 and 4096 has 8192 to 30720, each in steps of 1024; 8192 has 16384 to
	// 61440 in steps of 4096; 16384 has 32768 to 122880 in steps of 8192. Default 512.
	// Source: ECS developer guide, "Task CPU and memory" for Fargate.
	MemoryMiB int `yaml:"memory" unit:"MiB"`

	// Architecture of the processor, which the images must be built for: X86_64 or ARM64, which costs a fifth less.
	// Default X86_64.
	Architecture string `yaml:"architecture" enum:"X86_64,ARM64"`

	// EphemeralStorage of a task, in GiB. Default: the 20 that Fargate gives without a charge.
	// Source: ECS API, EphemeralStorage.
	EphemeralStorage int `yaml:"ephemeralStorage" range:"21,200" optional:"true" unit:"GiB"`

	// Volumes are folders that containers share or that outlive tasks, by name; containers mount them. Default: none.
	Volumes map[string]*Volume `yaml:"volumes"`

	Role Role `yaml:"role"`

	// SecretKMSKeys are ARNs of the KMS keys that secrets and parameters are encrypted with, where it is not AWS's own
	// key; ECS may decrypt with these. Default: none.
	SecretKMSKeys []string `yaml:"secretKmsKeys" was:"secretKeys" secret:"true"`
}

const (
	x86, arm = "X86_64", "ARM64"
)

func (t *Task) SetDefaults() {
	t.CPU = 256
	t.MemoryMiB = 512
	t.Architecture = x86
}

// Explain says which of Fargate's sizes or words is most likely meant.
func (t *Task) Explain(key string, allowed configfile.Constraint) string {
	switch other := otherArchitectures[strings.ToLower(t.Architecture)]; {
	case key == "architecture" && other != "":
		return fmt.Sprintf("%q is another tool's word; write %s", t.Architecture, other)
	case key == "cpu" && sizesOf(t.CPU*1024) != nil:
		return fmt.Sprintf("is in CPU units, and %d vCPU are %d; write %d", t.CPU, t.CPU*1024, t.CPU*1024)
	case key == "cpu":
		return fmt.Sprintf("%d CPU units are not a size of Fargate's; write %s", t.CPU, allowed)
	case key == "ephemeralStorage" && t.EphemeralStorage == 20:
		return "20 GiB are what every task has, at no cost; leave it out"
	}
	return ""
}

func (t *Task) Check(c configfile.Checker) {
	checkECSName(c.At("family"), t.Family)
	if c.Valid("cpu", "memory") {
		checkFargateMemory(c.At("memory"), t.CPU, t.MemoryMiB)
	}
	for name := range t.Volumes {
		checkECSName(c.At("volumes").Key(name), name)
	}
	for i, key := range t.SecretKMSKeys {
		checkKey(c.At("secretKmsKeys").Index(i), key)
	}
}

// checkFits reports containers that ask for more than their task has, at the one that asks for most.
func (w *Workload) checkFits(c configfile.Checker) {
	w.checkShares(c, "cpu", "CPU units", w.Task.CPU, func(k NamedContainer) int { return k.CPU })
	w.checkShares(c, "memory", "MiB", w.Task.MemoryMiB, func(k NamedContainer) int { return max(k.MemoryReservationMiB, k.MemoryMiB) })
}

func (w *Workload) checkShares(c configfile.Checker, setting, unit string, has int, share func(NamedContainer) int) {
	containers := slices.DeleteFunc(w.Containers(), func(k NamedContainer) bool { return share(k) == 0 })
	sum, parts := 0, []string{}
	for _, k := range containers {
		sum += share(k)
		parts = append(parts, fmt.Sprintf("%s %d", k.Name, share(k)))
	}
	if sum <= has {
		return
	}
	largest := slices.MaxFunc(containers, func(a, b NamedContainer) int { return share(a) - share(b) })
	if setting == "memory" && largest.MemoryMiB < share(largest) {
		setting = "memoryReservation"
	}
	c.At(largest.path).At(setting).Problemf("the containers ask for %d %s (%s), and the task has %d; give the task "+
		"more (task.%s), or them less",
		sum, unit, strings.Join(parts, ", "), has, strings.TrimSuffix(setting, "Reservation"))
}

// checkContainers applies the rules that hold among the containers of a task.
func (w *Workload) checkContainers(c configfile.Checker) {
	all := map[string]NamedContainer{}
	ports := map[int]string{}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		// checkTracing knows what to write instead
		if k.path != "container" && k.path != tracingPath && k.Name == w.Container.Name {
			at.Problemf("%s is the name of the first container; write another one, or give that one a name", k.Name)
		}
		all[k.Name] = k
		for i, port := range k.Ports {
			portAt := at
			if k.path != tracingPath { // whose port is no setting
				portAt = at.At("ports").Index(i)
			}
			configfile.CheckUnique(portAt, ports, port, portAt.Path(), "the containers of a task share its ports; list each once")
		}
		if w.Service.Exec && k.ReadOnly {
			at.At("readOnly").Problemf("true keeps service.exec from working: its agent writes to the container's " +
				"file system; write false, or exec: false")
		}
	}
	for _, k := range w.Containers() {
		// CloudWatch Logs API, PutLogEvents: a stream is FAMILY/CONTAINER/TASK, and the task's id has 32 characters.
		if n := len(w.Task.Family) + len("/") + len(k.Name) + len("/") + 32; n > maxLogStream {
			c.At("task").At("family").Problemf("has %d characters, and makes a log stream of %d with the container "+
				"%s; a stream's name has at most %d: "+
				"write a shorter family, or name for the container", len(w.Task.Family), n, k.Name, maxLogStream)
		}
	}
	if len(all) > maxContainers {
		beside, most := "the first", maxContainers-1
		if w.Tracing != nil {
			beside, most = "the first and the collector that tracing adds", most-1
		}
		c.At("sidecars").Problemf("has %d containers; a task has at most %d beside %s", len(w.Sidecars), most, beside)
	}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		for i, mount := range k.Mounts {
			if _, ok := w.Task.Volumes[mount.Volume]; !ok && mount.Volume != "" {
				at.At(fmt.Sprintf("mounts[%d].volume", i)).Problemf("the task has no volume %q; %s", mount.Volume, configfile.SuggestKey(mount.Volume, w.Task.Volumes,
					"add it under task.volumes"))
			}
		}
		k.checkDependencies(at.At("dependsOn"), all)
	}
	w.checkFits(c)
	w.checkDefinitionSize(c)
}

// maxDefinitionSize of a task, in bytes. Source: ECS service quotas, "Task definition size".
const maxDefinitionSize = 64 << 10

// checkDefinitionSize reports containers that a task definition cannot hold, at the largest. AWS does not say how it
// counts; this is the length of the containers' JSON.
func (w *Workload) checkDefinitionSize(c configfile.Checker) {
	total, largest, where := 0, 0, ""
	for _, k := range w.Containers() {
		size := k.definitionSize()
		total += size
		if size > largest {
			largest, where = size, k.path
		}
	}
	if total > maxDefinitionSize {
		c.At(where).Problemf("makes the task definition about %d KiB long, and ECS takes at most %d; move variables "+
			"into environmentFiles, and labels or long commands into the image",
			(total+1023)>>10, maxDefinitionSize>>10)
	}
}

// definitionSize is about the length of the container's JSON in the task definition.
func (k NamedContainer) definitionSize() int {
	const (
		container = 300 // braces, names of properties, the configuration of logs
		variable  = len(`{"name":"","value":""},`)
		secret    = len(`{"name":"","valueFrom":""},`)
		file      = len(`{"type":"s3","value":""},`)
		label     = len(`"":"",`)
		item      = len(`"",`)
	)
	size := container + len(k.Name) + len(k.Image) + len(k.User) + len(k.WorkingDirectory) + len(k.Credentials)
	mapping := func(texts map[string]string, overhead int) {
		for name, text := range texts {
			size += overhead + len(name) + len(text)
		}
	}
	items := func(texts []string, overhead int) {
		for _, text := range texts {
			size += overhead + len(text)
		}
	}
	mapping(k.Environment, variable)
	mapping(k.Secrets, secret)
	mapping(k.Labels, label)
	items(k.EnvironmentFiles, file)
	items(k.EntryPoint, item)
	items(k.Command, item)
	if k.HealthCheck != nil {
		items(k.HealthCheck.Command, item)
	}
	return size
}

const maxLogStream = 512

// maxContainers of a task. Source: ECS service quotas, "Containers per task definition".
const maxContainers = 10
