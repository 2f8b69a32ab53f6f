package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

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

// ContainerHealthCheck is a command that ECS runs in the container.
// Sources: ECS API, HealthCheck, for the ranges; Docker Engine (moby), daemon/health.go, for CMD and CMD-SHELL: the
// shell gets only the first text as its command line.
type ContainerHealthCheck struct {
	// Command to run: [CMD-SHELL, a line for the shell] or [CMD, a program, its arguments…]. Required.
	Command []string `yaml:"command" shape:"shell"`

	// Interval between two checks. Default 30s.
	Interval time.Duration `yaml:"interval" range:"5s,300s"`

	// Timeout after which a check counts as failed. Default 5s.
	Timeout time.Duration `yaml:"timeout" range:"2s,60s"`

	// Retries is the number of failed checks in a row that makes the container unhealthy. Default 3.
	Retries int `yaml:"retries" range:"1,10"`

	// StartPeriod is how long after the start failed checks are ignored. Default 0s.
	StartPeriod time.Duration `yaml:"startPeriod" range:"0s,300s"`
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

// Mount makes a volume available in a container.
type Mount struct {
	// Volume is the volume's name under task.volumes. Required.
	Volume string `yaml:"volume"`

	// Path in the container, an absolute path. Required.
	Path string `yaml:"path"`

	// ReadOnly prevents the container from writing to the volume. Default false.
	ReadOnly bool `yaml:"readOnly"`
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

const (
	defaultStopTimeout = 30 * time.Second
)

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
	} else if wrong := wrongSecret(o.Credentials); wrong != "" {
		c.At("credentials").Problemf("%s", wrong)
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

var (
	containerUser      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
	environmentFileARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::([^/:*?]+)/[^*?]*\.env$`)
	// The names of secrets created by AWS services contain an exclamation mark, such as rds!db-….
	secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$`)
	// ECS needs all or none of the parts key, stage and version after the ARN: :key:: is valid, but :key and :key: are
	// not.
	secretReference = regexp.MustCompile(`^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:` +
		`secret:[A-Za-z0-9/_+=.@!-]+)(:[^:$]*:[^:$]*:[^:$]*)?$`)
	// ECS developer guide, "Pass Secrets Manager secrets through Amazon ECS environment variables": a stage or a version.
	versionedSecret  = regexp.MustCompile(`^arn:[^:]*:secretsmanager(:[^:]*){5}:[^:]+:[^:]+$`)
	incompleteSecret = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:` +
		`secret:[A-Za-z0-9/_+=.@!-]+:([^:$]*(:[^:$]*)?)$`)
	spacesInSecret = regexp.MustCompile(`^(?s)(\s+arn:aws.*|arn:aws.*(:\s|\s:|\s$))`)
	// parameterName begins with a slash. Parameter Store accepts other names too, but they could be anything, even a
	// secret.
	parameterName = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	// parameterStart matches what begins as a parameter: its ARN without the name, if any, and its name.
	parameterStart = regexp.MustCompile(`^(?s)(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?(/.*)$`)
	namesOfAWS     = regexp.MustCompile(`^(?i)/(aws|ssm)`)
	// publicParameter matches the names of AWS's own parameters that anybody may read.
	// Source: Systems Manager user guide, "Working with public parameters" and "Referencing AWS Secrets Manager secrets".
	publicParameter = regexp.MustCompile(`^/aws/(service|reference/secretsmanager)/`)
	// notInParameters matches a character that the name of a parameter cannot have.
	notInParameters = regexp.MustCompile(`[^A-Za-z0-9/._-]`)
	parameterARN    = regexp.MustCompile(`^arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+$`)
	kmsKeyARN       = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,128}$`)
	kmsAliasARN     = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:alias/[A-Za-z0-9/_-]{1,250}$`)
)

// ResetOthers lets an overlay replace a variable with a secret of the same name, or the other way round.
func (o *ContainerSettings) ResetOthers(given []string) {
	isGiven := map[string]bool{}
	for _, key := range given {
		isGiven[key] = true
	}
	replace := func(section string, by, others map[string]string, other string) {
		for name := range by {
			key := configfile.QuoteKey(name)
			if isGiven[configfile.JoinPath(section, key)] && !isGiven[configfile.JoinPath(other, key)] {
				delete(others, name)
			}
		}
	}
	replace("secrets", o.Secrets, o.Environment, "environment")
	replace("environment", o.Environment, o.Secrets, "secrets")
}

func (o *ContainerOptions) checkEnvironment(c configfile.Checker) {
	for name, value := range o.Environment {
		at := c.At("environment").Key(name)
		checkVariableName(at, name)
		checkVariable(at, name, value)
		if strings.Contains(value, "${") {
			at.Notef("the container gets ${…} literally; nothing replaces it")
		}
	}
	for name, reference := range o.Secrets {
		at := c.At("secrets").Key(name)
		checkVariableName(at, name)
		if _, both := o.Environment[name]; both {
			at.Problemf("is also in environment; remove one of the two")
		}
		if parts := incompleteSecret.FindStringSubmatch(reference); parts != nil {
			given := append(strings.Split(parts[1], ":"), "", "")[:3]
			at.Problemf("has only some of the three parts after a secret's ARN (key, stage and version), but ECS needs all "+
				"or none; write :%s:%s: at its end, and put the whole text in quotes", given[0], given[1])
		} else if spacesInSecret.MatchString(reference) {
			at.Problemf("has a space at an end, or beside a colon, which ECS would take for a part of the name; remove it")
		} else if versionedSecret.MatchString(reference) {
			at.Problemf("has both a stage and a version after the secret's ARN, of which ECS takes only one; leave one of " +
				"them out, such as :password:AWSPREVIOUS: for a stage")
		} else if wrong := wrongParameter(reference); wrong != "" {
			at.Problemf("looks like a parameter, but %s", wrong)
		} else if parts := secretReference.FindStringSubmatch(reference); parts != nil && wrongSecret(parts[1]) != "" {
			at.Problemf("%s", wrongSecret(parts[1]))
		} else if !secretReference.MatchString(reference) && !parameterARN.MatchString(reference) &&
			!parameterName.MatchString(reference) {
			// The message leaves out the value: it may be the secret itself, and messages end up in logs.
			at.Problemf("is not a reference to a secret; write the ARN of a secret, such as " +
				"\"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::\" (in quotes), or of a " +
				"parameter, such as arn:aws:ssm:eu-west-1:123456789012:parameter/db, or a parameter's name, such as " +
				"/db")
		}
	}
}

// wrongParameter says which rule is broken by a text that begins as the name or the ARN of a parameter, or "". It does
// not repeat the text, which may be a secret.
// Source: SSM API, PutParameter (Name).
func wrongParameter(text string) string {
	parts := parameterStart.FindStringSubmatch(text)
	if parts == nil {
		return ""
	}
	name := parts[2]
	plain, _, hasVersion := strings.Cut(name, ":")
	switch levels, length := strings.Count(name, "/"), len(cmp.Or(parts[1], shortestParameter)+name); {
	case hasVersion && parameterName.MatchString(plain):
		return "ECS accepts no version or label after it; write the name alone"
	case notInParameters.MatchString(name):
		return "it has a character that a name cannot have; write letters, digits, dots, hyphens and underscores between " +
			"slashes"
	case strings.HasSuffix(name, "/"), strings.Contains(name, "//"):
		return "it ends with a slash, or has two in a row; remove one"
	case levels > maxParameterLevels:
		return fmt.Sprintf("it has %d levels, of which Parameter Store takes at most %d; write a shorter one", levels,
			maxParameterLevels)
	case length > maxParameterARN:
		return fmt.Sprintf("its ARN has %d characters, of which Parameter Store takes at most %d; write a shorter one",
			length, maxParameterARN)
	case namesOfAWS.MatchString(name) && !publicParameter.MatchString(name):
		return "Parameter Store takes no name that begins with aws or ssm; write another one"
	}
	return ""
}

const (
	maxParameterLevels = 15
	maxParameterARN    = 1011
	// shortestParameter is what stands before the name in an ARN, where the name of the region is shortest.
	shortestParameter = "arn:aws:ssm:eu-west-1:123456789012:parameter"
)

// wrongSecret says what is wrong with the ARN of a secret that has the right form, or "".
// Source: Secrets Manager API, CreateSecret (Name).
func wrongSecret(arn string) string {
	const most = 512
	name := fullSecretARN.ReplaceAllString(partOf(arn, 5), "")
	if length := len(strings.TrimPrefix(name, "secret:")); length > most {
		return fmt.Sprintf("has a secret's name of %d characters, of which Secrets Manager takes at most %d; write the "+
			"secret's own ARN", length, most)
	}
	return ""
}

// maxEnvironmentFiles of a container. Source: ECS API, EnvironmentFile.
const maxEnvironmentFiles = 10

func (o *ContainerOptions) checkEnvironmentFiles(c configfile.Checker) {
	configfile.CheckItems(c, o.EnvironmentFiles, "list each file once", func(c configfile.Checker, file string) {
		checkARN(c, file, environmentFileARN, ".env file in S3", "arn:aws:s3:::my-bucket/web.env")
		checkPolicyText(c, file, "rename the file")
		if parts := environmentFileARN.FindStringSubmatch(file); parts != nil {
			checkBucket(c, parts[1])
		}
	})
	if n := len(o.EnvironmentFiles); n > maxEnvironmentFiles {
		c.Problemf("has %d files, but a container can have at most %d; merge some of them", n, maxEnvironmentFiles)
	}
}

// checkVariableName reports names that an environment variable cannot have, and those that ECS sets itself. ECS accepts
// any other name, such as Logging:Level, which .NET reads.
// Source: ECS API, KeyValuePair; ECS developer guide, "Amazon ECS environment variables".
func checkVariableName(c configfile.Checker, name string) {
	switch {
	case strings.TrimSpace(name) == "" || strings.ContainsFunc(name,
		func(r rune) bool { return r == '=' || unicode.IsControl(r) }):
		c.Problemf("%q is not a valid variable name; write one without =, such as LOG_LEVEL", name)
	case strings.HasPrefix(name, "ECS_CONTAINER_METADATA_URI"), strings.HasPrefix(name, "AWS_CONTAINER_CREDENTIALS_"),
		name == "AWS_EXECUTION_ENV":
		c.Problemf("ECS sets %s itself; write another name", name)
	case strings.TrimSpace(name) != name:
		c.Notef("%q begins or ends with a space, which is a part of the variable's name; write it without", name)
	}
}

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

func (h *ContainerHealthCheck) SetDefaults() {
	h.Interval = 30 * time.Second
	h.Timeout = 5 * time.Second
	h.Retries = 3
}

func (h *ContainerHealthCheck) Check(c configfile.Checker) {
	switch {
	case len(h.Command) == 0:
		c.At("command").Problemf("is missing; write one such as [CMD-SHELL, curl -f http://localhost:8000/health || " +
			"exit 1]")
	case h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL":
		c.At("command").Problemf("begins with %q; begin with CMD for a program and its arguments, or with CMD-SHELL "+
			"for a shell command line", h.Command[0])
	case len(h.Command) == 1 || strings.TrimSpace(h.Command[1]) == "":
		c.At("command").Problemf("has nothing after %s; add the command", h.Command[0])
	case h.Command[0] == "CMD-SHELL" && len(h.Command) > 2:
		c.At("command").Problemf("has %d texts after CMD-SHELL, but the shell runs only the first one; write a "+
			"single text, such as [CMD-SHELL, curl -f http://localhost:8000/health || exit 1], or use CMD",
			len(h.Command)-1)
	case h.Command[0] == "CMD" && len(h.Command) == 2 && strings.ContainsAny(h.Command[1], " \n"):
		c.At("command").Problemf("has a command line after CMD, which needs a program and its arguments as separate " +
			"texts; write CMD-SHELL instead of CMD")
	case h.Command[0] == "CMD":
		h.checkProgram(c.At("command"))
	}
	for i := range h.Command {
		checkWord(c.At("command").Index(i), h.Command, i)
	}
}

// FromText returns how to write a volume of Compose: data:/data:ro.
func (m *Mount) FromText(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || !strings.HasPrefix(parts[1], "/") {
		return "{volume: data, path: /data}"
	}
	volume, readOnly := parts[0], ""
	if !shortName.MatchString(volume) { // a folder of the host, which Fargate does not have
		volume = "data"
	}
	if len(parts) > 2 && slices.Contains(strings.Split(parts[2], ","), "ro") {
		readOnly = ", readOnly: true"
	}
	return fmt.Sprintf("{volume: %s, path: %s%s}", volume, parts[1], readOnly)
}

func (m *Mount) Check(c configfile.Checker) {
	if m.Volume == "" {
		c.At("volume").Problemf("is missing; write the name of a volume from task.volumes")
	}
	checkPath(c.At("path"), m.Path)
	// Docker Engine (moby), volume/mounts: "destination can't be '/'", and a colon separates the parts of a mount.
	switch {
	case strings.HasPrefix(m.Path, "/") && path.Clean(m.Path) == "/":
		c.At("path").Problemf("%q is the container's whole file system, which a volume cannot replace; write a "+
			"folder, such as /data", m.Path)
	case kernelFolder.MatchString(path.Clean(m.Path)):
		c.At("path").Problemf("%q has the kernel's files, and a container that mounts a volume there does not start; "+
			"write another folder, such as /data", m.Path)
	case path.Clean(m.Path) == "/dev" || path.Clean(m.Path) == "/sys":
		c.At("path").Notef("hides the container's %s, without which many programs fail; write a folder of its own, such as "+
			"/data", m.Path)
	case strings.Contains(m.Path, ":"):
		c.At("path").Problemf("%q contains a colon; write only the path, such as /data, and readOnly: true if the "+
			"container must not write", m.Path)
	}
}

// kernelFolder matches the folders of the kernel, where no volume can be mounted.
// Source: opencontainers/runc, libcontainer/rootfs_linux.go, checkProcMount.
var kernelFolder = regexp.MustCompile(`^/proc(/|$)`)

// checkPath reports a text that is not an absolute path.
func checkPath(c configfile.Checker, path string) {
	if !strings.HasPrefix(path, "/") {
		c.Problemf("%q is not an absolute path; write one that begins with /, such as /data", path)
	}
}

// checkARN reports a text that is not an ARN of the expected kind.
func checkARN(c configfile.Checker, text string, valid *regexp.Regexp, what, example string) {
	object, ok := strings.CutPrefix(text, "s3://")
	if arn := "arn:aws:s3:::" + object; ok && valid.MatchString(arn) {
		example = arn
	}
	switch {
	case !valid.MatchString(text):
		c.Problemf("%q is not the ARN of a %s; write one such as %s", text, what, example)
	case len(text) > maxARN:
		c.Problemf("has %d characters, but an ARN has at most %d; write the ARN of a %s, such as %s", len(text), maxARN,
			what, example)
	}
}

// maxARN is the maximum length of ARNs in IAM and WAF.
// Sources: IAM API, AttachRolePolicy PolicyArn; WAF API, AssociateWebACL WebACLArn.
const maxARN = 2048

// checkKey reports a text that is not the ARN of a KMS key. An alias is not accepted: CloudWatch Logs does not resolve
// it, and a policy that names an alias permits nothing. Of the AWS managed keys, only that of the service can be used.
// Sources: CloudWatch Logs API, AssociateKmsKey; KMS developer guide, "Specifying KMS keys in IAM policy statements".
func checkKey(c configfile.Checker, arn, service string) {
	switch owner := awsManagedKey(arn); {
	case owner != "" && owner != service:
		c.Problemf("%s is the AWS managed key of another service; write the ARN of a customer managed key, such as "+
			"arn:aws:kms:eu-west-1:123456789012:key/0123…", arn)
	case kmsAliasARN.MatchString(arn):
		c.Problemf("%s is an alias, but the key itself is needed; write the key's ARN, such as "+
			"arn:aws:kms:eu-west-1:123456789012:key/0123…", arn)
	default:
		checkARN(c, arn, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
	}
}

// awsManagedKey returns the service whose AWS managed key an alias is, or "" for another key. Nobody can change the
// policy of such a key: it lets the account use it through that service, and no other service use it.
// Sources: KMS API, CreateAlias; KMS developer guide, "AWS managed keys".
func awsManagedKey(arn string) string {
	service, isOne := strings.CutPrefix(partOf(arn, 5), "alias/aws/")
	if !isOne {
		return ""
	}
	return service
}

// checkDependencies reports conditions that can never become true.
// Source: ECS API, ContainerDependency.
func (k NamedContainer) checkDependencies(c, sidecars configfile.Checker, all map[string]NamedContainer) {
	waitsFor := func(name string) []string { return slices.Sorted(maps.Keys(all[name].DependsOn)) }
	for name, condition := range k.DependsOn {
		at := c.Key(name)
		other, ok := all[name]
		if name == k.Name {
			at.Problemf("a container cannot wait for itself; remove this line")
			continue
		}
		if !ok && !sidecars.Key(name).Valid("") {
			continue
		}
		if !ok {
			others := maps.Clone(all)
			delete(others, k.Name)
			at.Problemf("the task has no other container %q; %s", name, configfile.SuggestKey(name, others, "remove "+
				"it"))
			continue
		}
		switch {
		case !slices.Contains(conditions, condition):
			at.Problemf("%q is not a valid condition; %s", condition,
				configfile.Suggest(cmp.Or(composeConditions[condition], condition), conditions))
		case condition == "HEALTHY" && other.HealthCheck == nil:
			at.Problemf("HEALTHY needs a healthCheck in %s, which has none; add one, or write START", name)
		case (condition == "COMPLETE" || condition == "SUCCESS") && other.Essential:
			at.Problemf("%s waits for %s to end, but that container is essential, and the whole task ends with it; "+
				"write START or HEALTHY", condition, name)
		default:
			if way := circle(k.Name, name, waitsFor); way != nil {
				at.Problemf("%s, so none of them would start; remove one of these", describeCircle(way, "waits for"))
			}
		}
	}
}

var conditions = []string{"START", "HEALTHY", "COMPLETE", "SUCCESS"}

// composeConditions maps the conditions of Docker Compose to those of ECS.
var composeConditions = map[string]string{
	"service_started": "START", "service_healthy": "HEALTHY", "service_completed_successfully": "SUCCESS",
}

// SecretARNs returns the ARNs of the secrets that ECS reads to start the container, sorted, without duplicates and
// without the key, stage and version of a reference.
func (o ContainerOptions) SecretARNs() []string {
	var arns []string
	if o.Credentials != "" {
		arns = append(arns, o.Credentials)
	}
	for _, reference := range o.Secrets {
		if parts := secretReference.FindStringSubmatch(reference); parts != nil {
			arns = append(arns, parts[1])
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// Parameters returns the SSM parameters that ECS reads to start the container, sorted and without duplicates: ARNs, and
// names that begin with a slash.
func (o ContainerOptions) Parameters() []string {
	var all []string
	for _, reference := range o.Secrets {
		if parameterARN.MatchString(reference) || parameterName.MatchString(reference) {
			all = append(all, reference)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
