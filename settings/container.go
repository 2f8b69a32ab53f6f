package settings

import (
	"errors"
	"maps"
	"math"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Container is the main container of a task.
type Container struct {
	// Name in the task definition, 1 to 255 letters, digits, hyphens and underscores. Default: the last part of the
	// image's name, without tag and digest.
	Name string `yaml:"name"`

	// Ports on which the container accepts TCP connections. The load balancer sends requests to the first one.
	// Required, except for a worker.
	Ports []int `yaml:"ports" range:"1,65535" unit:"port"`

	ContainerOptions
}

// Sidecar is an additional container of a task, such as a proxy or an agent.
type Sidecar struct {
	// Essential stops the whole task if this container ends. Default false.
	Essential bool `yaml:"essential"`

	// Ports on which the container accepts TCP connections. The containers of a task cannot share a port. Default:
	// none.
	Ports []int `yaml:"ports" range:"1,65535" unit:"port"`

	ContainerOptions
}

// ContainerOptions are the settings that every container of a task can have.
// Source: ECS API, ContainerDefinition.
type ContainerOptions struct {
	// Image to run, written as for docker pull. For an image in a private ECR repository, the tasks get permission to
	// pull it. Required.
	Image string `yaml:"image"`

	ContainerSettings
}

// ContainerSettings are the settings of a container besides its image.
type ContainerSettings struct {
	// Credentials for a private registry other than ECR: the ARN of a secret in Secrets Manager that holds
	// {"username": …, "password": …}. Default: none.
	Credentials string `yaml:"credentials" arn:"secretsmanager" secret:"true"`

	// PullThroughCache says that the image's private ECR repository is filled by a pull through cache rule. ECS may
	// then also import the image from the upstream registry (ecr:BatchImportUpstreamImage) and create the repository
	// (ecr:CreateRepository). Not with network.new.isolated, since ECR fetches an image over the internet the first
	// time. Default false.
	// Source: ECR user guide, "IAM permissions required to sync an upstream registry with an Amazon ECR private
	// registry".
	PullThroughCache bool `yaml:"pullThroughCache"`

	// Environment holds environment variables by name. A name is any text without =, such as LOG_LEVEL or
	// Logging:Level. ECS does not set a variable whose value is empty. Passwords and keys belong in Secrets; a name such
	// as DB_PASSWORD or API_KEY is refused, unless it begins as one that a web framework publishes, such as
	// NEXT_PUBLIC_. Default: none.
	Environment map[string]string `yaml:"environment" secret:"true"`

	// Secrets holds environment variables whose values ECS reads when the container starts, by name: the ARN of a
	// secret in Secrets Manager, followed by :key:: for one key of a JSON secret, or of a parameter in the SSM
	// Parameter Store. ECS gets permission to read exactly these. They may be in another region. For a parameter in the
	// stack's own account and region, its name is enough if it begins with a slash: /shop/database/url. Default: none.
	// Source: ECS API, Secret.
	Secrets map[string]string `yaml:"secrets" secret:"true"`

	// EnvironmentFiles are ARNs of files in S3 whose names end in .env, with a variable on each line; at most 10.
	// Default: none.
	// Source: ECS API, EnvironmentFile.
	EnvironmentFiles []string `yaml:"environmentFiles" arn:"s3" secret:"true"`

	// EntryPoint replaces the image's entry point. Default: the image's.
	EntryPoint []string `yaml:"entryPoint" shape:"words"`

	// Command replaces the image's command. Default: the image's.
	Command []string `yaml:"command" shape:"words"`

	// User to run as: a name or number, optionally followed by a colon and a group. A user other than root cannot write
	// to a volume in the task's own storage without preparation; see task.volumes.NAME.fileSystem. Default: the
	// image's.
	User string `yaml:"user"`

	// WorkingDirectory in which the container runs, an absolute path. Default: the image's.
	WorkingDirectory string `yaml:"workingDirectory"`

	// ReadOnly makes the container's file system read-only, except for volumes. This is safer, but many images need to
	// write. Default false.
	ReadOnly bool `yaml:"readOnly"`

	// Init runs an init process in the container that forwards signals and reaps child processes. Always on with
	// service.exec. Default false.
	Init bool `yaml:"init"`

	// StopTimeout is how long the container may take to stop before it is killed. Default 30s.
	StopTimeout time.Duration `yaml:"stopTimeout" range:"2s,120s"`

	// OpenFiles is the maximum number of open files (nofile), the only limit that Fargate lets you change. Default:
	// Fargate's 65535.
	OpenFiles int `yaml:"openFiles" range:"1024,1048576"`

	// HealthCheck is a command that ECS runs in the container to check its health. ECS replaces a task if an essential
	// container is unhealthy. Default: none; the load balancer always checks the main container.
	HealthCheck *ContainerHealthCheck `yaml:"healthCheck"`

	// RestartPolicy restarts the container in the running task when it ends, instead of replacing the task. For a
	// container that has to end (of a job or a release, or one that others wait for), ignoredExitCodes must contain 0.
	// Default: none; the task ends with an essential container.
	RestartPolicy *ContainerRestartPolicy `yaml:"restartPolicy"`

	// VersionConsistency says whether all tasks of a deployment run the image that its tag named when the deployment
	// began. With disabled, each task gets the image that the tag names when it starts, so that the tasks of a service
	// may run different images. Default enabled.
	// Source: ECS developer guide, "Container image resolution".
	VersionConsistency VersionConsistency `yaml:"versionConsistency"`

	// MultilinePattern is a regular expression (Go's, RE2) that the first line of a log message matches. The lines up to
	// the next match become one event in CloudWatch Logs, such as a stack trace. Default: none; each line is an event.
	// Source: ECS API, LogConfiguration, awslogs-multiline-pattern; Docker's awslogs driver, for the syntax.
	MultilinePattern string `yaml:"multilinePattern"`

	// Labels are the container's Docker labels. Default: none.
	Labels map[string]string `yaml:"labels"`

	// Mounts lists the volumes that the container mounts. Default: none.
	Mounts []Mount `yaml:"mounts"`

	// DependsOn lists the containers to wait for before this one starts, each with a condition: START (it has started),
	// HEALTHY (its healthCheck passes), COMPLETE (it has ended) or SUCCESS (it has ended with exit code 0). Default:
	// none.
	DependsOn map[string]string `yaml:"dependsOn" shape:"START"`

	// CPU is the number of CPU units reserved for the container when the task is busy, up to the task's. Default 0: no
	// reservation.
	CPU int `yaml:"cpu" range:"0,16384" unit:"CPU units"`

	// MemoryMiB is the memory limit, in MiB, above which the container is killed, up to the task's. Default 0: no limit
	// but the task's.
	MemoryMiB int `yaml:"memory" range:"6,122880" optional:"true" unit:"MiB"`

	// MemoryReservationMiB is the memory reserved for the container, in MiB, up to its limit. Without it, the limit is
	// reserved. The containers of a task can reserve up to the task's memory. Default 0.
	MemoryReservationMiB int `yaml:"memoryReservation" range:"6,122880" optional:"true" unit:"MiB"`
}

// ContainerRestartPolicy restarts a container when it ends.
// Source: ECS API, ContainerRestartPolicy.
type ContainerRestartPolicy struct {
	// IgnoredExitCodes are those after which the container is not restarted; at most 50. Default: none.
	IgnoredExitCodes []int `yaml:"ignoredExitCodes" range:"0,255" unit:"exit code"`

	// AttemptPeriod is how long the container must have run to be restarted. A container that ends earlier stays ended,
	// and so does the task if it is essential. Default 5m.
	AttemptPeriod time.Duration `yaml:"attemptPeriod" range:"1m,30m"`
}

// VersionConsistency says whether an image's tag is resolved once for each deployment.
type VersionConsistency string

// The values of VersionConsistency. Source: ECS API, ContainerDefinition.
const (
	VersionConsistencyEnabled  VersionConsistency = "enabled"
	VersionConsistencyDisabled VersionConsistency = "disabled"
)

// Allowed returns the values that the API takes.
func (VersionConsistency) Allowed() []string {
	return words(VersionConsistencyEnabled, VersionConsistencyDisabled)
}

// NamedContainer is a container of a task and its name.
type NamedContainer struct {
	Name      string
	Essential bool
	Ports     []int
	*ContainerOptions

	path string // in the file, from its workload
}

// Containers lists the containers of a task: the main container, then the sidecars by name, then the trace collector.
func (w *Workload) Containers() []NamedContainer {
	all := []NamedContainer{{
		Name: w.Container.Name, Essential: true, Ports: w.Container.Ports,
		ContainerOptions: &w.Container.ContainerOptions, path: "container",
	}}
	for _, name := range slices.Sorted(maps.Keys(w.Sidecars)) {
		s := w.Sidecars[name]
		all = append(all, NamedContainer{
			Name: name, Essential: s.Essential, Ports: s.Ports, ContainerOptions: &s.ContainerOptions,
			path: configfile.JoinPath("sidecars", configfile.QuoteKey(name)),
		})
	}
	if w.Tracing != nil {
		all[0].ContainerOptions = traced(w.Container.ContainerOptions, w.Service.Name)
		all = append(all, w.Tracing.collector())
	}
	return all
}

// TargetPort returns the port to which the load balancer and other services send requests.
func (k Container) TargetPort() int { return k.Ports[0] }

func (k *Container) Check(c configfile.Checker) {
	k.ContainerOptions.Check(c)
	checkPorts(c.At("ports"), k.Ports)
	if c.Valid("image") {
		checkECSName(c.At("name"), k.Name)
	}
}

func (s *Sidecar) Check(c configfile.Checker) {
	s.ContainerOptions.Check(c)
	checkPorts(c.At("ports"), s.Ports)
}

func checkPorts(c configfile.Checker, ports []int) {
	for i, port := range ports {
		at := c.Index(i)
		if slices.Index(ports, port) < i {
			at.Problemf("%d is listed twice; list each port once", port)
		}
	}
}

const defaultStopTimeout = 30 * time.Second

func (o *ContainerSettings) SetDefaults() {
	o.StopTimeout = defaultStopTimeout
	o.VersionConsistency = VersionConsistencyEnabled
}

func (o *ContainerOptions) ShorthandKey(string) string { return "image" }

func (o *ContainerOptions) Check(c configfile.Checker) {
	checkImage(c.At("image"), o.Image)
	o.checkOptions(c)
}

// checkOptions applies the rules of all settings but the image.
func (o *ContainerOptions) checkOptions(c configfile.Checker) {
	if _, ok := o.ECRRepository(); o.PullThroughCache && !ok && o.Image != "" {
		c.At("pullThroughCache").Problemf("true needs an image in a private ECR registry, but %s is not in one; "+
			"write the image's address in the cache, such as "+
			"123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx:stable, or remove pullThroughCache",
			o.Image)
	}
	if o.Credentials != "" && !secretARN.MatchString(o.Credentials) {
		c.At("credentials").Problemf("is not the ARN of a secret; write one such as " +
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf")
	} else if o.Credentials != "" {
		checkSecret(c.At("credentials"), o.Credentials)
	}
	if _, ok := o.ECRRepository(); ok && o.Credentials != "" {
		c.At("credentials").Problemf("is only for registries other than ECR, but the image is in a private ECR " +
			"repository, from which the tasks may pull anyway; remove it")
	}
	o.checkEnvironment(c)
	o.checkEnvironmentFiles(c.At("environmentFiles"))
	for name, texts := range map[string][]string{"entryPoint": o.EntryPoint, "command": o.Command} {
		checkWords(c.At(name), texts)
	}
	if len(o.EntryPoint) > 0 && strings.Contains(o.EntryPoint[0], " ") {
		c.At("entryPoint").Index(0).Problemf("%q has a space, and no program has such a name; write each of its words as an "+
			"item of its own, such as [/bin/sh, -c]", o.EntryPoint[0])
	}
	checkShell(c.At("entryPoint"), o.EntryPoint, shellLine(o.EntryPoint), 0)
	noteVariables(c.At("entryPoint"), o.EntryPoint, shellLine(o.EntryPoint), lineForShell)
	o.checkCommand(c.At("command"), o.Command)
	for key, value := range o.Labels {
		if key == "" {
			c.At("labels").Key(key).Problemf("has no name; write one, such as team")
		}
		checkVariable(c.At("labels").Key(key), key, value)
	}
	if o.User != "" && !containerUser.MatchString(o.User) {
		c.At("user").Problemf("%q is not a valid user; write a name or number, optionally with a colon and a group, "+
			"such as 1000:1000", o.User)
	}
	checkUserIDs(c.At("user"), o.User)
	if o.WorkingDirectory != "" {
		checkPath(c.At("workingDirectory"), o.WorkingDirectory)
	}
	if _, err := syntax.Parse(o.MultilinePattern, syntax.Perl); err != nil {
		c.At("multilinePattern").Problemf("%q is not a valid regular expression (%v); write one that the first line of "+
			"a message matches, such as \"^[0-9]{4}-\"", o.MultilinePattern, err)
	}
	paths := map[string]string{}
	for i := range o.Mounts {
		at := c.At("mounts").Index(i)
		configfile.CheckUnique(at.At("path"), paths, path.Clean(o.Mounts[i].Path), at.At("path").Path(), "mount only "+
			"one volume at a path")
	}
	if c.Valid("memory", "memoryReservation") && o.MemoryMiB != 0 && o.MemoryReservationMiB > o.MemoryMiB {
		c.At("memoryReservation").Problemf("%d is above the container's limit, memory (%d); lower it, or raise memory",
			o.MemoryReservationMiB, o.MemoryMiB)
	}
}

// checkUserIDs reports the id of a user or group that is too large.
// Source: github.com/moby/sys, user/user.go (maxID).
func checkUserIDs(c configfile.Checker, user string) {
	for id := range strings.SplitSeq(user, ":") {
		n, err := strconv.ParseUint(id, 10, 64)
		if isNumber := err == nil || errors.Is(err, strconv.ErrRange); isNumber && (err != nil || n > math.MaxInt32) {
			c.Problemf("%s is out of range; write ids from 0 to %d, such as 1000:1000", id, math.MaxInt32)
		}
	}
}

var containerUser = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)

func (p *ContainerRestartPolicy) SetDefaults() { p.AttemptPeriod = 5 * time.Minute }

// checkEnds reports a restart policy with which a container that has to end never would: ECS starts it again after a
// success too, if it has run for attemptPeriod.
// Source: ECS API, ContainerRestartPolicy.
func (o *ContainerSettings) checkEnds(c configfile.Checker, why string) {
	if p := o.RestartPolicy; p != nil && !slices.Contains(p.IgnoredExitCodes, 0) {
		c.At("restartPolicy").Problemf("restarts a container that has run for %s or longer, even after exit code 0, but %s; "+
			"write ignoredExitCodes: [0], or remove restartPolicy", configfile.Seconds(p.AttemptPeriod), why)
	}
}

// maxIgnoredExitCodes of a container. Source: ECS API, ContainerRestartPolicy.
const maxIgnoredExitCodes = 50

func (p *ContainerRestartPolicy) Check(c configfile.Checker) {
	if n := len(p.IgnoredExitCodes); n > maxIgnoredExitCodes {
		c.At("ignoredExitCodes").Problemf("has %d exit codes; list at most %d", n, maxIgnoredExitCodes)
	}
	configfile.CheckItems(c.At("ignoredExitCodes"), p.IgnoredExitCodes, "list each code once",
		func(configfile.Checker, int) {})
}
