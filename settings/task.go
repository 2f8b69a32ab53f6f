package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Task configures the Fargate task that runs a copy of the containers: its size, its storage and its permissions.
type Task struct {
	// Family is the name of the task definition, and the prefix of the log streams. 1 to 255 letters, digits, hyphens
	// and underscores. Default: the stack's name; under services, followed by the service's.
	Family string `yaml:"family"`

	// CPU of the task, in CPU units of 1/1024 vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default 256.
	CPU int `yaml:"cpu" enum:"256,512,1024,2048,4096,8192,16384" unit:"CPU units"`

	// MemoryMiB is the memory of the task, in MiB. The possible sizes depend on cpu: 256 has 512, 1024 and 2048; 512
	// has 1024 to 4096, 1024 has 2048 to 8192, 2048 has 4096 to 16384 and 4096 has 8192 to 30720, each in steps of
	// 1024; 8192 has 16384 to 61440 in steps of 4096; 16384 has 32768 to 122880 in steps of 8192. Default 512.
	// Source: ECS developer guide, "Task CPU and memory" for Fargate.
	MemoryMiB int `yaml:"memory" unit:"MiB"`

	// Architecture of the processor, for which the images must be built: X86_64 or ARM64. ARM64 is about 20 % cheaper.
	// Default X86_64.
	Architecture string `yaml:"architecture" enum:"X86_64,ARM64"`

	// EphemeralStorage of the task, in GiB. Default: the 20 GiB that Fargate includes.
	// Source: ECS API, EphemeralStorage.
	EphemeralStorage int `yaml:"ephemeralStorage" range:"21,200" unit:"GiB"`

	// Volumes are folders that containers share, or that outlive tasks, by name: 1 to 255 letters, digits, hyphens and
	// underscores. Containers use them with mounts. Default: none.
	Volumes map[string]*Volume `yaml:"volumes"`

	Role Role `yaml:"role"`

	// ExecutionRole grants AWS permissions to ECS in addition to those that it gets anyway to start the containers: to
	// pull their images, to read their secrets and files, and to write their logs. The containers themselves do not have
	// them. The role has the permissions boundary of role. Default: no further permissions.
	// Source: ECS developer guide, "Amazon ECS task execution IAM role".
	ExecutionRole Grants `yaml:"executionRole"`

	// SecretKMSKeys are the ARNs of the KMS keys that encrypt the secrets and parameters, if they are not AWS managed
	// keys. ECS gets permission to decrypt with them. A secret of another account can be read only with its key here, and
	// if the policies of the secret and of the key allow this account. Default: none.
	// Source: Secrets Manager user guide, "Access AWS Secrets Manager secrets from a different account".
	SecretKMSKeys []string `yaml:"secretKmsKeys" arn:"kms" was:"secretKeys" secret:"true"`
}

const (
	x86, arm = "X86_64", "ARM64"
)

func (t *Task) SetDefaults() {
	t.CPU = 256
	t.MemoryMiB = 512
	t.Architecture = x86
}

// Explain suggests the size or word that is most likely meant.
func (t *Task) Explain(key string, allowed configfile.Constraint) string {
	switch other := otherArchitectures[strings.ToLower(t.Architecture)]; {
	case key == "architecture" && other != "":
		return fmt.Sprintf("%q is another tool's name for it; write %s", t.Architecture, other)
	case key == "cpu" && sizesOf(t.CPU*1024) != nil:
		return fmt.Sprintf("is in CPU units, and %d vCPU is %d CPU units; write %d", t.CPU, t.CPU*1024, t.CPU*1024)
	case key == "cpu":
		return fmt.Sprintf("Fargate has no size of %d CPU units; write %s", t.CPU, allowed)
	case key == "ephemeralStorage" && t.EphemeralStorage == 20:
		return "20 GiB is what every task has at no cost; remove it"
	}
	return ""
}

func (t *Task) Check(c configfile.Checker) {
	checkECSName(c.At("family"), t.Family)
	if c.Valid("cpu", "memory") {
		checkFargateSize(c, t.CPU, t.MemoryMiB)
	}
	for name := range t.Volumes {
		checkECSName(c.At("volumes").Key(name), name)
	}
	configfile.CheckItems(c.At("secretKmsKeys"), t.SecretKMSKeys, "list each key once",
		func(c configfile.Checker, key string) {
			if awsManagedKey(key) != "" {
				c.Problemf("is an AWS managed key, which needs no permission here; remove it")
				return
			}
			checkKey(c, key, "")
		})
}

// checkSecretKeys reports keys that decrypt nothing of what ECS reads to start the containers, be they those of a job
// that has the keys from the service it extends. A key decrypts only in its own region. Environment files are in a
// bucket, whose region is not known.
// Sources: ECS developer guide, "Amazon ECS task execution IAM role"; KMS developer guide, "Multi-Region keys in AWS
// KMS".
func (s *Stack) checkSecretKeys(c configfile.Checker, home home) {
	for _, w := range s.Tasks() {
		reads, known, regions := false, true, texts{}
		for _, user := range s.withExtending(w) {
			for _, k := range user.Containers() {
				if k.path == tracingPath {
					continue
				}
				readable := c.At(user.path(k.path)).Valid("secrets", "credentials", "environmentFiles")
				reads = reads || !readable || k.Credentials != "" || len(k.Secrets)+len(k.EnvironmentFiles) > 0
				known = known && readable && len(k.EnvironmentFiles) == 0
				references := slices.AppendSeq([]string{k.Credentials}, maps.Values(k.Secrets))
				for _, reference := range slices.DeleteFunc(references, func(text string) bool { return text == "" }) {
					region := regionOf(reference)
					if parameterName.MatchString(reference) {
						region = home.region.value
					}
					known = known && region != ""
					regions.add(region)
				}
			}
		}
		path := w.path("task.secretKmsKeys")
		switch {
		case len(w.Task.SecretKMSKeys) == 0 || !c.Written(path):
		case !reads && c.At(path).Index(0).Valid(""): // otherwise one problem is enough
			c.At(path).Notef("has no effect: ECS reads no secret, parameter or environment file for these containers; " +
				"remove it, or allow kms:Decrypt in task.role.statements for what the containers decrypt themselves")
		case known:
			for i, key := range w.Task.SecretKMSKeys {
				if at := c.At(path).Index(i); at.Valid("") && !regions[regionOf(key)] {
					at.Problemf("is a key in %s, but the secrets and parameters are in %s, and a key decrypts only in its own "+
						"region; write the key from there, or remove it", regionOf(key), strings.Join(regions.sorted(), " and "))
				}
			}
		}
	}
}

// checkFits reports containers that together need more than the task has, at the largest one. A size that Fargate does
// not offer is reported already; for a job, it may be that of the service that it extends.
// Source: ECS API, ContainerDefinition (cpu, memory and memoryReservation).
func (w *Workload) checkFits(c configfile.Checker) {
	if !c.Valid("task.cpu", "task.memory") || !slices.Contains(sizesOf(w.Task.CPU), w.Task.MemoryMiB) {
		return
	}
	for _, k := range w.Containers() {
		if k.MemoryMiB > w.Task.MemoryMiB {
			c.At(k.path).At("memory").Problemf("%d is above the task's memory (%d); lower it, or raise task.memory",
				k.MemoryMiB, w.Task.MemoryMiB)
		}
	}
	w.checkShares(c, "cpu", "CPU units", w.Task.CPU, func(k NamedContainer) int { return k.CPU })
	w.checkShares(c, "memory", "MiB", w.Task.MemoryMiB, func(k NamedContainer) int {
		return cmp.Or(k.MemoryReservationMiB, k.MemoryMiB)
	})
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
	at := c.At(largest.path).At(setting)
	if setting == "memory" && largest.MemoryReservationMiB != 0 {
		at = c.At(largest.path).At("memoryReservation")
	}
	at.Problemf("the containers need %d %s (%s), but the task has %d; raise task.%s, or lower these", sum, unit,
		strings.Join(parts, ", "), has, setting)
}

// checkBuffers reports log buffers that leave the containers none of the task's memory, and notes those that leave
// little. Each container has a buffer, which grows while its lines cannot be delivered.
// Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch" (max-buffer-size).
func (w *Workload) checkBuffers(c configfile.Checker) {
	if w.Logs.Blocking || !c.Valid("logs.buffer", "task.cpu", "task.memory") ||
		!slices.Contains(sizesOf(w.Task.CPU), w.Task.MemoryMiB) {
		return
	}
	at, n, each := c.At("logs.buffer"), len(w.Containers()), w.Logs.BufferMiB
	of := fmt.Sprintf("%d MiB", each)
	if n > 1 {
		of += fmt.Sprintf(" for each of the task's %d containers", n)
	}
	advice := fmt.Sprintf("write at most %d, or raise task.memory", w.Task.MemoryMiB/2/n)
	switch sum := n * each; {
	case sum >= w.Task.MemoryMiB:
		at.Problemf("%s leaves the containers none of the task's memory (%d MiB); %s", of, w.Task.MemoryMiB, advice)
	case sum > w.Task.MemoryMiB/2:
		at.Notef("%s is more than half of the task's memory (%d MiB), which the containers lack while log lines cannot be "+
			"delivered; %s", of, w.Task.MemoryMiB, advice)
	}
}

// checkContainers applies the rules that span the containers of a task.
func (w *Workload) checkContainers(c configfile.Checker) {
	all := map[string]NamedContainer{}
	ports := map[int]string{}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		// checkTracing reports the collector, with better advice
		if k.path != "container" && k.path != tracingPath && k.Name == w.Container.Name {
			at.Problemf("%s is the name of the main container; choose another name, or set container.name", k.Name)
		}
		all[k.Name] = k
		for i, port := range k.Ports {
			portAt := at
			if k.path != tracingPath { // whose ports are not a setting
				portAt = at.At("ports").Index(i)
			}
			configfile.CheckUnique(portAt, ports, port, portAt.Path(), "the containers of a task share its ports; "+
				"change one of the two")
		}
		if w.Service.Exec && !k.Init && k.path != tracingPath && at.Written("init") {
			at.At("init").Problemf("false has no effect with service.exec: true, which always runs an init process; remove " +
				"this line, or write service.exec: false")
		}
		switch {
		case !w.Service.Exec || !k.ReadOnly:
		case k.path == "container":
			at.At("readOnly").Problemf("true breaks service.exec, whose agent writes to the container's file system; " +
				"write false, or set service.exec: false")
		default: // ECS accepts it, and service.exec works in the other containers
			at.At("readOnly").Notef("true keeps service.exec out of this container, since its agent writes to the " +
				"container's file system; write false if you want a shell here")
		}
	}
	for _, k := range w.Containers() {
		// CloudWatch Logs API, PutLogEvents: a stream's name is FAMILY/CONTAINER/TASK, and the task's id has 32
		// characters.
		if n := len(w.Task.Family) + len("/") + len(k.Name) + len("/") + 32; n > maxLogStream {
			c.At("task").At("family").Problemf("has %d characters, so the name of a log stream has %d with the "+
				"container %s, but at most %d are allowed; shorten the family, or the container's name",
				len(w.Task.Family), n, k.Name, maxLogStream)
		}
	}
	if len(all) > maxContainers {
		beside, most := "the main container", maxContainers-1
		if w.Tracing != nil {
			beside, most = "the main container and the collector that tracing adds", most-1
		}
		c.At("sidecars").Problemf("has %d containers, but a task can have at most %d besides %s; remove some",
			len(w.Sidecars), most, beside)
	}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		for name, condition := range k.DependsOn {
			if other, ok := all[name]; ok && (condition == "COMPLETE" || condition == "SUCCESS") {
				other.checkEnds(c.At(other.path), k.Name+" waits for its end")
			}
		}
		for i, mount := range k.Mounts {
			volume, mounted := c.At("task.volumes").Key(mount.Volume), at.At(fmt.Sprintf("mounts[%d].volume", i))
			if w.Task.Volumes[mount.Volume] == nil && mount.Volume != "" && volume.Valid("") &&
				!mounted.ReportDropped(volume.Path(), k.withoutMounts(at.At("mounts"), w.Task.Volumes)) {
				mounted.Problemf("the task has no volume %q; %s", mount.Volume,
					adviseVolume(mount.Volume, w.Task.Volumes, c.At("task.volumes").Path()))
			}
		}
		k.checkDependencies(at.At("dependsOn"), c, all)
	}
	w.noteOwners(c)
	w.checkFits(c)
	w.checkBuffers(c)
	w.checkDefinitionSize(c)
}

// maxDefinitionSize of a task, in bytes. Source: ECS service quotas, "Task definition size".
const maxDefinitionSize = 64 << 10

// checkDefinitionSize reports containers that exceed the size of a task definition, at the largest one. AWS does not
// say how it counts; this is the length of the containers' JSON.
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
		c.At(where).Problemf("makes the task definition about %d KiB long, but ECS accepts at most %d KiB; move "+
			"variables into environmentFiles, and labels or long commands into the image",
			(total+1023)>>10, maxDefinitionSize>>10)
	}
}

// definitionSize estimates the length of the container's JSON in the task definition.
func (k NamedContainer) definitionSize() int {
	const (
		container = 300 // braces, property names, the log configuration
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
