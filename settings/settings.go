package settings

import (
	"regexp"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/names"
)

// Settings is the content of a settings file.
type Settings struct {
	// Name is the application's name: 1 to 32 lower-case letters, digits and hyphens, beginning with a letter. It is
	// the name of the stack, and the names of the stack's resources begin with it. Required.
	Name string `yaml:"name"`

	AWS          AWS          `yaml:"aws"`
	State        State        `yaml:"state"`
	Network      Network      `yaml:"network"`
	LoadBalancer LoadBalancer `yaml:"loadBalancer"`

	// Workload is the service at the top of the file.
	Workload

	// Services are additional services behind the same load balancer and in the same cluster, by name: 1 to 20
	// lower-case letters, digits and hyphens, beginning with a letter. Each needs a routing or is a worker, and has the
	// same sections as the service at the top of the file, from which it inherits nothing. Default: none.
	Services map[string]*Workload `yaml:"services"`

	// Jobs are tasks that run to their end, by name: 1 to 20 lower-case letters, digits and hyphens, beginning with a
	// letter. They run in the cluster and network of the services. Default: none.
	Jobs map[string]*Job `yaml:"jobs"`

	Namespace Namespace `yaml:"namespace"`

	Observability Observability `yaml:"observability"`

	// Pipeline creates the roles of a pipeline that plans and deploys the stack. They are limited by the tags Application
	// and Environment, of which aws.tags must leave one. Default: none.
	Pipeline *Pipeline `yaml:"pipeline"`

	// Preview makes an environment a template for previews, such as one of each pull request. By itself the environment
	// is not a stack. The option --preview pr-123 makes one of it, NAME-ENVIRONMENT-pr-123, with a state of its own. All
	// previews share the load balancer of loadBalancer.existing. The rules of a preview are for its own host, whatever
	// hosts and priorities the file gives, and come after all that the listener has. Default: none.
	Preview *Preview `yaml:"preview"`

	// Overrides change resource properties that no setting covers. They are applied last. Default: none.
	Overrides []Override `yaml:"overrides"`
}

// derive fills in what follows from other settings, where the file does not give it. What the file drops, with null, is
// not inherited.
func (s *Stack) derive(given, drops func(path string) bool) {
	s.State.derive(s, func(path string) bool { return given(configfile.JoinPath("state", path)) })
	if s.Network.kinds() == nil {
		s.Network.New = &CreatedVPC{}
		s.Network.New.SetDefaults()
	}
	if !given("namespace.name") {
		s.Namespace.Name = names.Fit(s.StackName(), maxDNSLabel) + ".internal"
	}
	s.LoadBalancer.derive(s, func(path string) bool { return given(configfile.JoinPath("loadBalancer", path)) })
	canonicalRanges(s.LoadBalancer.AllowedSources)
	canonicalRanges(s.Namespace.AllowedSources)
	for _, w := range s.Workloads() {
		w.derive(s, func(path string) bool { return given(w.path(path)) })
	}
	s.derivePriorities(given)
	s.deriveJobs(given, drops)
	s.derivePreview()
	s.Observability.derive(s, func(path string) bool { return given(configfile.JoinPath("observability", path)) })
	if s.Network.New != nil {
		s.Network.New.derive(s, func(path string) bool { return given(configfile.JoinPath("network.new", path)) })
	}
}

// Check applies the rules of the settings at the top of the file.
func (s *Settings) Check(c configfile.Checker) {
	checkName(c.At("name"), s.Name)
	s.checkCreatedBucket(c)
	if len(s.Jobs) > 0 && s.Container.Image == "" && c.Valid("container") {
		c.At("jobs").Problemf("use the cluster and network of a service, but the file has no service at the top; add its " +
			"container, or, for jobs alone, a service that never runs: worker: true, container: {image: …}, service: " +
			"{desiredCount: 0}")
	}
	s.Workload.Check(c)
}

// checkTogether applies the rules that span sections.
func (s *Stack) checkTogether(c configfile.Checker) {
	if s.AdditionalRegion != "" && c.Valid("aws.region") {
		if s.PrimaryRegion == s.AdditionalRegion {
			c.At("aws.region").Problemf("%s is also listed under additionalRegions; remove it there",
				s.AdditionalRegion)
		} else {
			s.checkAccountOfRegion(c.At("aws"))
		}
	}
	s.checkOpened(c)
	s.checkPreview(c)
	s.checkBalancerSubnets(c)
	s.noteUnusedSubnets(c)
	s.checkDualStack(c)
	s.checkVPCOfListener(c)
	s.noteOtherVPCs(c)
	s.checkServices(c)
	s.checkJobs(c)
	s.checkVolumes(c)
	s.notePeers(c)
	if c.Written("namespace") && !s.UsesNamespace() {
		c.At("namespace").Problemf("has no effect: no service of the stack has service.connect or service.discovery; " +
			"add one of them, or remove it")
	}
	s.checkHidden(c)
	s.checkAlarms(c)
	s.checkInsights(c)
	home := s.checkPlaces(c)
	s.checkSecretKeys(c, home)
	s.checkPipeline(c)
	s.checkStateKey(c)
	s.checkTags(c.At("aws.tags"))
	s.checkOverrides(c.At("overrides"))
	for _, w := range s.Tasks() {
		s.checkEgress(c, w, &home)
	}
	s.checkNoGateways(c, &home)
	s.checkZonesOfRegion(c)
	s.checkAddresses(c)
}

// checkOpened reports a null that would let more clients in than the file says before it. A worker has no clients.
func (s *Stack) checkOpened(c configfile.Checker) {
	if !s.OnlyWorkers() {
		c.At("loadBalancer").CheckDropped()
	}
	for _, w := range s.Workloads() {
		if !w.Worker {
			c.At(w.path("routing")).CheckDropped()
		}
	}
}

// checkEgress reports tasks that cannot reach a registry: a Fargate task pulls its image through its own network
// interface.
// Source: ECS developer guide, "Fargate task networking".
func (s *Stack) checkEgress(c configfile.Checker, w NamedWorkload, home *home) {
	assignPublicIP := w.path("service.assignPublicIp")
	if !c.Valid("network.default", "network.new.isolated", assignPublicIP) {
		return
	}
	if s.Network.Default && !w.Service.AssignPublicIP {
		c.At(assignPublicIP).Problemf("false prevents the tasks from pulling their image, since the default VPC has " +
			"only public subnets; remove it, or use another network")
	}
	if created := s.Network.New; created != nil && created.Isolated {
		s.checkIsolated(c, w, home)
	}
}

// nameRule describes the names that applicationName and shortName match.
const nameRule = "write 1 to %d lower-case letters, digits and hyphens, beginning with a letter and not ending with " +
	"a hyphen"

var (
	applicationName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	shortName       = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)
	ecsName         = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
)

func checkName(c configfile.Checker, name string) {
	switch {
	case name == "":
		c.Problemf("is missing; write the application's name, such as name: webapp")
	case applicationName.MatchString(inWords(name)) && inWords(name) != name:
		c.Problemf("%q is not a valid application name: it has lower-case letters, digits and hyphens; write %s", name,
			inWords(name))
	case !applicationName.MatchString(name):
		c.Problemf("%q (%s) is not a valid application name; "+nameRule, name, configfile.Characters(name), 32)
	}
}

// inWords writes a name in lower case with hyphens.
func inWords(name string) string {
	return strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(name))
}

// checkECSName checks the name of a service or task family.
// Source: ECS API, CreateService serviceName and RegisterTaskDefinition family.
func checkECSName(c configfile.Checker, name string) {
	if !ecsName.MatchString(name) {
		c.Problemf("%q (%s) is not a valid name in ECS; write 1 to 255 letters, digits, hyphens and underscores", name,
			configfile.Characters(name))
	}
}
