package settings

import (
	"cmp"
	// The digests that an image can be named by. The reference package accepts only those whose hash is linked in.
	_ "crypto/sha256"
	_ "crypto/sha512" // SHA-384 too
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/distribution/reference"

	"webapp/internal/configfile"
	"webapp/internal/credentials"
)

// Container is what runs in a task.
type Container struct {
	// Name in the task definition, 1 to 255 letters, digits, hyphens and underscores. Default: the last part of the
	// image's name, without tag and digest.
	Name string `yaml:"name"`

	// Ports on which the container accepts TCP connections, each once. The load balancer sends its requests to the
	// first one. Required.
	Ports []int `yaml:"ports" range:"1,65535" unit:"port"`

	ContainerOptions
}

// Sidecar is a container beside the first one, such as a proxy or an agent.
type Sidecar struct {
	// Essential stops the whole task when this container ends. Default false.
	Essential bool `yaml:"essential"`

	// Ports on which the container accepts TCP connections; no two containers of a task have the same. Default: none.
	Ports []int `yaml:"ports" range:"1,65535" unit:"port"`

	ContainerOptions
}

// ContainerOptions are what every container of a task may have.
// Source: ECS API, ContainerDefinition.
type ContainerOptions struct {
	// Image to run, as docker pull takes it. For a private ECR repository the tasks are granted the pull. Required.
	Image string `yaml:"image"`

	// Credentials for a private registry other than ECR: the ARN of a secret in Secrets Manager that holds
	// {"username": …, "password": …}. Default: none.
	Credentials string `yaml:"credentials" secret:"true"`

	// PullThroughCache says that the image comes into its private ECR repository by a pull through cache rule: ECS may
	// also import it from the upstream registry (ecr:BatchImportUpstreamImage), and create the repository
	// (ecr:CreateRepository). ECR fetches an image over the internet the first time, so that it cannot be combined with
	// network.new.isolated. Default false.
	// Source: ECR user guide, "IAM permissions required to sync an upstream registry with an Amazon ECR private
	// registry".
	PullThroughCache bool `yaml:"pullThroughCache"`

	// Environment variables by name; a name is any text without =, such as LOG_LEVEL or Logging:Level. One with an
	// empty value is not set: ECS leaves it out. What is secret belongs into Secrets. Default: none.
	Environment map[string]string `yaml:"environment" secret:"true"`

	// Secrets are environment variables whose values ECS reads when the container starts: the ARN of a secret in
	// Secrets Manager, with :key:: behind it for one key of a JSON secret, or of a parameter in the SSM Parameter
	// Store. ECS may read exactly these. They may be in another region. For a parameter in the stack's own account and
	// region its name is enough, beginning with a slash: /shop/database/url. Default: none.
	// Source: ECS API, Secret.
	Secrets map[string]string `yaml:"secrets" secret:"true"`

	// EnvironmentFiles are ARNs of files in S3 with a variable on each line, ending in .env; at most 10. Default: none.
	// Source: ECS API, EnvironmentFile.
	EnvironmentFiles []string `yaml:"environmentFiles" secret:"true"`

	// EntryPoint takes the place of the image's. Default: the image's.
	EntryPoint []string `yaml:"entryPoint" shape:"words"`

	// Command takes the place of the image's. Default: the image's.
	Command []string `yaml:"command" shape:"words"`

	// User to run as: a name or number, and after a colon a group. One that is not root cannot write to a volume of the
	// task's own storage as it is; see task.volumes.NAME.fileSystem. Default: the image's.
	User string `yaml:"user"`

	// WorkingDirectory to run in, an absolute path. Default: the image's.
	WorkingDirectory string `yaml:"workingDirectory"`

	// ReadOnly keeps the container from writing to its own file system, volumes aside. Safer, but many images do write,
	// so the default is false.
	ReadOnly bool `yaml:"readOnly"`

	// Init runs a process that passes signals on and reaps children before the container's own. Always with
	// service.exec. Default false.
	Init bool `yaml:"init"`

	// StopTimeout is how long the container may take to end before it is killed. Default 30s.
	StopTimeout time.Duration `yaml:"stopTimeout" range:"2s,120s"`

	// OpenFiles is how many files the container may hold open; the only limit (nofile) that Fargate lets one change.
	// Default: Fargate's 65535.
	OpenFiles int `yaml:"openFiles" range:"1024,1048576" optional:"true"`

	// HealthCheck is a command in the container that tells whether it works; ECS replaces the task where an essential
	// container does not. Default: none; the load balancer checks the first container anyway.
	HealthCheck *ContainerHealthCheck `yaml:"healthCheck"`

	// Labels are Docker labels. Default: none.
	Labels map[string]string `yaml:"labels"`

	// Mounts are where the container finds volumes. Default: none.
	Mounts []Mount `yaml:"mounts"`

	// DependsOn are the containers that come first, each with what it must have reached: START, HEALTHY (its
	// healthCheck), COMPLETE (it has ended) or SUCCESS (it has ended well). Default: none.
	DependsOn map[string]string `yaml:"dependsOn" shape:"START"`

	// CPU units that the container is sure of when the task is busy, 0 to the task's. Default 0: it shares what there
	// is.
	CPU int `yaml:"cpu" range:"0,16384" unit:"CPU units"`

	// MemoryMiB is the memory, in MiB, beyond which the container is killed, up to the task's; 0 for no limit but the task's. Default 0.
	MemoryMiB int `yaml:"memory" range:"6,122880" optional:"true" unit:"MiB"`

	// MemoryReservationMiB is the memory that is kept for the container, in MiB, up to its memory. Default 0.
	MemoryReservationMiB int `yaml:"memoryReservation" range:"6,122880" optional:"true" unit:"MiB"`
}

// ContainerHealthCheck is a command that ECS runs in the container.
// Source of the ranges: ECS API, HealthCheck; of what CMD and CMD-SHELL run: Docker Engine (moby), daemon/health.go,
// which hands a shell only the first text as its command line.
type ContainerHealthCheck struct {
	// Command to run: [CMD-SHELL, a line for the shell] or [CMD, a program, its arguments …]. Required.
	Command []string `yaml:"command" shape:"shell"`

	// Interval between two checks. Default 30s.
	Interval time.Duration `yaml:"interval" range:"5s,300s"`

	// Timeout after which a check has failed. Default 5s.
	Timeout time.Duration `yaml:"timeout" range:"2s,60s"`

	// Retries is how many failed checks in a row make the container unhealthy. Default 3.
	Retries int `yaml:"retries" range:"1,10"`

	// StartPeriod is how long failed checks do not count after the start. Default 0s.
	StartPeriod time.Duration `yaml:"startPeriod" range:"0s,300s"`
}

// Mount is where a container finds a volume.
type Mount struct {
	// Volume is its name under task.volumes. Required.
	Volume string `yaml:"volume"`

	// Path in the container, absolute. Required.
	Path string `yaml:"path"`

	// ReadOnly keeps the container from writing there. Default false.
	ReadOnly bool `yaml:"readOnly"`
}

// NamedContainer is a container of a task with its name.
type NamedContainer struct {
	Name      string
	Essential bool
	Ports     []int
	*ContainerOptions

	path string // in the file, from its workload
}

// Containers lists the containers of a task: the first one, then the sidecars by name, then the collector of traces.
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

// TargetPort is the port that the load balancer sends requests to.
func (k Container) TargetPort() int { return k.Ports[0] }

func (k *Container) Check(c configfile.Checker) {
	k.ContainerOptions.Check(c)
	if len(k.Ports) == 0 {
		c.At("ports").Problemf("is missing; write the port that the container listens on, such as [8000]")
	}
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
			at.Problemf("%d is there twice; list each port once", port)
		} else {
		}
	}
}

// nameOfImage is the last part of an image's name, without tag and digest.
func nameOfImage(image string) string {
	image, _, _ = strings.Cut(image, "@")
	image = image[strings.LastIndex(image, "/")+1:]
	image, _, _ = strings.Cut(image, ":")
	// ECS allows no dots in a container's name.
	return strings.ReplaceAll(image, ".", "-")
}

const (
	defaultStopTimeout = 30 * time.Second
)

func (o *ContainerOptions) SetDefaults() { o.StopTimeout = defaultStopTimeout }

func (o *ContainerOptions) Check(c configfile.Checker) {
	checkImage(c.At("image"), o.Image)
	if _, ok := o.ECRRepository(); o.PullThroughCache && !ok && o.Image != "" {
		c.At("pullThroughCache").Problemf("true is for an image in a private ECR registry, and %s is not in one; "+
			"write the cache's own address of it, "+
			"such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx:stable, or remove "+
			"pullThroughCache", o.Image)
	}
	if o.Credentials != "" && !secretARN.MatchString(o.Credentials) {
		c.At("credentials").Problemf("is not the ARN of a secret; write one such as " +
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf")
	}
	if _, ok := o.ECRRepository(); ok && o.Credentials != "" {
		c.At("credentials").Problemf("are for a registry other than ECR, and the image is in a private ECR " +
			"repository, whose pull the tasks are granted " +
			"anyway; remove them")
	}
	o.checkEnvironment(c)
	o.checkEnvironmentFiles(c.At("environmentFiles"))
	for name, texts := range map[string][]string{"entryPoint": o.EntryPoint, "command": o.Command} {
		for i, text := range texts {
			if text == "" {
				c.At(name).Index(i).Problemf("is empty; write a program or an argument, or leave it out")
			}
			checkNoCredential(c.At(name).Index(i), text)
		}
	}
	for key, value := range o.Labels {
		if key == "" {
			c.At("labels").Key(key).Problemf("has no name; write one, such as team")
		}
		checkNoCredential(c.At("labels").Key(key), value)
	}
	if o.User != "" && !containerUser.MatchString(o.User) {
		c.At("user").Problemf("%q is not a valid user; write a name or number, and after a colon a group, such as 1000:1000", o.User)
	}
	if o.WorkingDirectory != "" {
		checkPath(c.At("workingDirectory"), o.WorkingDirectory)
	}
	paths := map[string]string{}
	for i := range o.Mounts {
		at := c.At("mounts").Index(i)
		configfile.CheckUnique(at.At("path"), paths, path.Clean(o.Mounts[i].Path), at.At("path").Path(), "one volume can stand at a path")
	}
	if c.Valid("memory", "memoryReservation") && o.MemoryMiB != 0 && o.MemoryReservationMiB > o.MemoryMiB {
		c.At("memoryReservation").Problemf("%d is above memory (%d), the container's limit; lower it, or raise memory", o.MemoryReservationMiB, o.MemoryMiB)
	}
}

var (
	containerUser    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
	likelySecretName = regexp.MustCompile(`(?i)(password|passwd|(^|_)pass|secret|token|(api|private|access|secret)_?key|secret_key_base|credentials?)$`)
	// harmlessValue is no secret by any name: nothing, a number, a switch, such as that of ALLOW_EMPTY_PASSWORD, a
	// path, or an ARN.
	harmlessValue      = regexp.MustCompile(`^((?i)[0-9.]*|true|false|yes|no|on|off|/.*|arn:.*)$`)
	environmentFileARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/[^*?]*\.env$`)
	// Names that AWS services give to their secrets hold an exclamation mark, such as RDS's rds!db-….
	secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$`)
	// The key, stage and version behind the ARN are none or all three: ECS takes :key::, and neither :key nor :key:.
	secretReference  = regexp.MustCompile(`^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+)(:[^:$]*:[^:$]*:[^:$]*)?$`)
	incompleteSecret = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+(:[^:$]*){1,2}$`)
	// parameterName begins with a slash, unlike other names that Parameter Store takes: those look like anything, a
	// secret too.
	parameterName = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+){1,15}$`)
	parameterARN  = regexp.MustCompile(`^arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+$`)
	kmsKeyARN     = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,128}$`)
	kmsAliasARN   = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:alias/[A-Za-z0-9/_-]{1,250}$`)
)

func (o *ContainerOptions) checkEnvironment(c configfile.Checker) {
	for name, value := range o.Environment {
		at := c.At("environment").Key(name)
		checkVariableName(at, name)
		switch {
		case credentials.Find(value) != "":
			checkNoCredential(at, value)
		case likelySecretName.MatchString(name) && !harmlessValue.MatchString(value):
			at.Problemf("has the name of a secret, and would be readable in the file, the state and the console: " +
				"put it into Secrets Manager and its ARN into secrets")
		}
		if strings.Contains(value, "${") {
			at.Notef("the container gets ${…} as it is written; nothing replaces it on the way")
		}
	}
	for name, reference := range o.Secrets {
		at := c.At("secrets").Key(name)
		checkVariableName(at, name)
		if _, both := o.Environment[name]; both {
			at.Problemf("is in environment too; write it in one of them")
		}
		if incompleteSecret.MatchString(reference) {
			at.Problemf("has some of the three parts behind a secret's ARN, and ECS wants none or all: the key, the " +
				"stage and the version, each of which " +
				"may be empty; write :password:: for the key password, and the whole in quotes")
		} else if !secretReference.MatchString(reference) && !parameterARN.MatchString(reference) && !parameterName.MatchString(reference) {
			// Without the value: it may be the secret itself, and problems end up in logs.
			at.Problemf("is not a reference to a secret; write the ARN of a secret, such as " +
				"\"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::\" (in quotes), " +
				"or of a parameter, such as arn:aws:ssm:eu-west-1:123456789012:parameter/db, or a parameter's name, " +
				"such as /db")
		}
	}
}

// maxEnvironmentFiles of a container. Source: ECS API, EnvironmentFile.
const maxEnvironmentFiles = 10

func (o *ContainerOptions) checkEnvironmentFiles(c configfile.Checker) {
	for i, file := range o.EnvironmentFiles {
		at := c.Index(i)
		checkARN(at, file, environmentFileARN, ".env file in S3", "arn:aws:s3:::my-bucket/web.env")
		checkPolicyText(at, file, "give the file a name without it")
		if parts := environmentFileARN.FindStringSubmatch(file); parts != nil {
			checkBucket(at, parts[1])
		}
	}
	if n := len(o.EnvironmentFiles); n > maxEnvironmentFiles {
		c.Problemf("are %d files; a container has at most %d: put several into one", n, maxEnvironmentFiles)
	}
}

// checkVariableName reports names that no process can have in its environment, and those that ECS sets itself. ECS
// takes any other one, such as Logging:Level, as .NET reads it.
// Source: ECS API, KeyValuePair; ECS developer guide, "Amazon ECS environment variables".
func checkVariableName(c configfile.Checker, name string) {
	switch {
	case strings.TrimSpace(name) == "" || strings.ContainsFunc(name, func(r rune) bool { return r == '=' || unicode.IsControl(r) }):
		c.Problemf("%q is not a variable's name; write one without =, such as LOG_LEVEL", name)
	case strings.HasPrefix(name, "ECS_CONTAINER_METADATA_URI"), strings.HasPrefix(name, "AWS_CONTAINER_CREDENTIALS_"), name == "AWS_EXECUTION_ENV":
		c.Problemf("ECS sets %s itself; write another name", name)
	}
}

func (h *ContainerHealthCheck) SetDefaults() {
	h.Interval = 30 * time.Second
	h.Timeout = 5 * time.Second
	h.Retries = 3
}

func (h *ContainerHealthCheck) Check(c configfile.Checker) {
	switch {
	case len(h.Command) == 0:
		c.At("command").Problemf("is missing; write one such as [CMD-SHELL, curl -f http://localhost:8000/health || exit 1]")
	case h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL":
		c.At("command").Problemf("begins with %q; write CMD before a program and its arguments, or CMD-SHELL before "+
			"a line for the shell", h.Command[0])
	case len(h.Command) == 1 || strings.TrimSpace(h.Command[1]) == "":
		c.At("command").Problemf("has nothing behind %s; write the command too", h.Command[0])
	case h.Command[0] == "CMD-SHELL" && len(h.Command) > 2:
		c.At("command").Problemf("has %d texts behind CMD-SHELL, whose shell runs the first one alone; write one "+
			"text, such as "+
			"[CMD-SHELL, curl -f http://localhost:8000/health || exit 1], or CMD instead", len(h.Command)-1)
	case h.Command[0] == "CMD" && len(h.Command) == 2 && strings.ContainsAny(h.Command[1], " \n"):
		c.At("command").Problemf("has a whole line behind CMD, which wants a program and its arguments as texts of " +
			"their own; write CMD-SHELL instead of CMD")
	}
	for i, text := range h.Command {
		checkNoCredential(c.At("command").Index(i), text)
	}
}

func (m *Mount) Check(c configfile.Checker) {
	if m.Volume == "" {
		c.At("volume").Problemf("is missing; write a volume's name under task.volumes")
	}
	checkPath(c.At("path"), m.Path)
	// Docker Engine (moby), volume/mounts: "destination can't be '/'", and a colon is between the parts of a mount.
	switch {
	case strings.HasPrefix(m.Path, "/") && path.Clean(m.Path) == "/":
		c.At("path").Problemf("%q is the container's whole file system, which no volume can stand for; write a "+
			"folder, such as /data", m.Path)
	case strings.Contains(m.Path, ":"):
		c.At("path").Problemf("%q has a colon in it; write the path alone, such as /data, and readOnly: true where "+
			"the container must not write", m.Path)
	}
}

// checkPath reports what is no absolute path in a container.
func checkPath(c configfile.Checker, path string) {
	if !strings.HasPrefix(path, "/") {
		c.Problemf("%q is not an absolute path; write one that begins with /, such as /data", path)
	}
}

// checkARN reports a text that is not the ARN of such a thing.
func checkARN(c configfile.Checker, text string, valid *regexp.Regexp, what, example string) {
	switch {
	case !valid.MatchString(text):
		c.Problemf("%q is not the ARN of a %s; write one such as %s", text, what, example)
	case len(text) > maxARN:
		c.Problemf("has %d characters, and an ARN has at most %d; write that of a %s, such as %s", len(text), maxARN, what, example)
	}
}

// maxARN is how long IAM's and WAF's ARNs may be.
// Sources: IAM API, AttachRolePolicy PolicyArn; WAF API, AssociateWebACL WebACLArn.
const maxARN = 2048

// checkKey reports what is not the ARN of a KMS key, where AWS does not look an alias up: CloudWatch Logs wants the key
// itself, and a policy that names an alias permits nothing.
// Sources: CloudWatch Logs API, AssociateKmsKey; KMS developer guide, "Specifying KMS keys in IAM policy statements".
func checkKey(c configfile.Checker, arn string) {
	if kmsAliasARN.MatchString(arn) {
		c.Problemf("%s is an alias, and the key itself is needed; write its ARN, such as "+
			"arn:aws:kms:eu-west-1:123456789012:key/0123…", arn)
		return
	}
	checkARN(c, arn, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
}

// checkDependencies reports what a container could wait for in vain.
// Source: ECS API, ContainerDependency.
func (k NamedContainer) checkDependencies(c configfile.Checker, all map[string]NamedContainer) {
	for name, condition := range k.DependsOn {
		at := c.Key(name)
		other, ok := all[name]
		if name == k.Name {
			at.Problemf("a container cannot wait for itself; remove it")
			continue
		}
		if !ok {
			others := maps.Clone(all)
			delete(others, k.Name)
			at.Problemf("the task has no other container %q; %s", name, configfile.SuggestKey(name, others, "leave it out"))
			continue
		}
		switch {
		case !slices.Contains(conditions, condition):
			at.Problemf("%q is not on offer; %s", condition, configfile.Suggest(cmp.Or(composeConditions[condition], condition), conditions))
		case condition == "HEALTHY" && other.HealthCheck == nil:
			at.Problemf("HEALTHY needs a healthCheck of %s, which has none; add it, or write START", name)
		case (condition == "COMPLETE" || condition == "SUCCESS") && other.Essential:
			at.Problemf("%s waits for %s to end, but it is essential, and the task ends with it; write START or HEALTHY", condition, name)
		case waitsFor(all, name, k.Name, map[string]bool{}):
			at.Problemf("%s waits for %s in turn, so that neither would start; remove one of the two", name, k.Name)
		}
	}
}

var conditions = []string{"START", "HEALTHY", "COMPLETE", "SUCCESS"}

// composeConditions are Docker Compose's words for them.
var composeConditions = map[string]string{
	"service_started": "START", "service_healthy": "HEALTHY", "service_completed_successfully": "SUCCESS",
}

// waitsFor says whether a container waits for another, directly or by way of others.
func waitsFor(all map[string]NamedContainer, name, other string, seen map[string]bool) bool {
	if name == other {
		return true
	}
	if seen[name] {
		return false
	}
	seen[name] = true
	k, ok := all[name]
	if !ok {
		return false
	}
	for next := range k.DependsOn {
		if waitsFor(all, next, other, seen) {
			return true
		}
	}
	return false
}

func checkImage(c configfile.Checker, image string) {
	if image == "" {
		c.Problemf("is missing; write the image to run, such as public.ecr.aws/nginx/nginx:stable")
		return
	}
	if registryAlone.MatchString(image) {
		c.Problemf("%q is a registry, without a repository in it; write the repository's name too, such as "+
			"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1", image)
		return
	}
	if _, err := reference.ParseNormalizedNamed(image); err != nil {
		c.Problemf("%q is not a valid image; write it as docker pull takes it (a lower-case name, no https://, no spaces), "+
			"such as public.ecr.aws/nginx/nginx:stable", image)
	}
}

// ECRRepository is a private repository in Amazon ECR.
type ECRRepository struct {
	Account, Region, Name string
	// Host of the registry. There are several for each, but a VPC endpoint answers for the plain one only.
	Host, PlainHost string
}

// ECRRepository returns the private ECR repository that the image comes from, if it does.
func (o ContainerOptions) ECRRepository() (ECRRepository, bool) {
	parts := ecrImage.FindStringSubmatch(o.Image)
	if parts == nil {
		return ECRRepository{}, false
	}
	host, account, region, suffix, name := parts[1], parts[2], parts[3], parts[4], parts[5]
	plain := fmt.Sprintf("%s.dkr.ecr.%s.%s", account, region, plainSuffixes.Replace(suffix))
	return ECRRepository{Account: account, Region: region, Name: name, Host: host, PlainHost: plain}, true
}

// ecrImage matches an image in a private ECR registry, by one of the registry's hosts: plain, FIPS, dual-stack, or
// both.
// Sources: AWS General Reference, "Amazon ECR endpoints and quotas"; for the suffixes of China and of the European
// Sovereign Cloud the credential provider of Amazon EKS's images (awslabs/amazon-eks-ami), and botocore's partitions.
var ecrImage = regexp.MustCompile(`^(([0-9]{12})\.(?:dkr\.ecr|dkr\.ecr-fips|dkr-ecr|dkr-ecr-fips)\.([a-z0-9-]+)\.` +
	`(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|on\.amazonwebservices\.eu))/([^:@]+)`)

// registryAlone matches a private ECR registry where an image should be, with a tag or without. To Docker it is the
// name of an image in Docker Hub.
var registryAlone = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr[^/]*/?$`)

// plainSuffixes are those of the hosts without IPv6.
var plainSuffixes = strings.NewReplacer("on.amazonwebservices.", "amazonaws.", "on.aws", "amazonaws.com")

// SecretARNs are the secrets in Secrets Manager that ECS reads to start the container, without the key, stage and
// version of a reference, each once.
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

// Parameters are the parameters in the SSM Parameter Store that ECS reads to start the container, each once: ARNs, and
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
