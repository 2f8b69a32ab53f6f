package settings

import (
	"regexp"
	"unicode/utf8"

	"webapp/internal/names"
)

// Settings is one environment of a web service, complete and checked.
type Settings struct {
	// Name is the application's name. It names the stack, and every AWS resource that must have a name.
	// 1 to 32 lower-case letters, digits and hyphens, beginning with a letter. Required.
	Name string `yaml:"name"`

	// Environment is the environment's name, empty where the file has none. It is the overlay's key in the file.
	Environment string `yaml:"-"`

	// FurtherRegion is the region's name where the stack is one more of its environment, empty in the environment's own
	// region. It is the overlay's key in the file.
	FurtherRegion string `yaml:"-"`

	// HomeRegion is the environment's own region, empty where the file does not say it. It is aws.region without what a
	// further region lays over it.
	HomeRegion string `yaml:"-"`

	// SourceFile is the settings file as it was named, where that is below the working folder; else the last part of
	// it.
	SourceFile string `yaml:"-"`

	// SourceCommit is the commit that last changed the file; empty where that is unknown.
	SourceCommit string `yaml:"-"`

	// Notes say what is worth knowing about the file although nothing is wrong with it. See the function Notes.
	Notes Problems `yaml:"-" json:"-"`

	AWS          AWS          `yaml:"aws"`
	State        State        `yaml:"state"`
	Network      Network      `yaml:"network"`
	LoadBalancer LoadBalancer `yaml:"loadBalancer"`

	// Workload is the service itself; where there are several, the first one.
	Workload

	// Services are more services behind the same load balancer and in the same cluster, by name: 1 to 20 lower-case
	// letters, digits and hyphens, beginning with a letter. Each has a routing of its own, and the sections that the
	// first service has at the top of the file. Default: none.
	Services map[string]*Workload `yaml:"services"`

	Namespace Namespace `yaml:"namespace"`

	Observability Observability `yaml:"observability"`

	// Overrides change any property of any resource of the stack, after everything else. Default: none.
	Overrides []Override `yaml:"overrides"`
}

// StackName names the stack, and what exists once in it: "webapp", "webapp-staging", "webapp-staging-us-east-1". That
// of an environment's own region has no region in it, so that adding further ones renames nothing.
func (s Settings) StackName() string {
	name := s.Name
	for _, part := range []string{s.Environment, s.FurtherRegion} {
		if part != "" {
			name += "-" + part
		}
	}
	return name
}

func (s *Settings) setDefaults() {
	for _, part := range []section{&s.AWS, &s.State, &s.Network, &s.LoadBalancer, &s.Workload, &s.Namespace, &s.Observability} {
		part.setDefaults()
	}
}

// derive fills in what follows from other settings, where the file does not give it.
func (s *Settings) derive(given func(path string) bool) {
	s.State.derive(s, func(path string) bool { return given(join("state", path)) })
	if s.Network.kinds() == nil {
		s.Network.New = &NewVPC{}
		s.Network.New.setDefaults()
	}
	if !given("namespace.name") {
		s.Namespace.Name = names.Fit(s.StackName(), maxDNSLabel) + ".internal"
	}
	s.LoadBalancer.derive(s, func(path string) bool { return given(join("loadBalancer", path)) })
	for _, w := range s.Workloads() {
		w.derive(s, func(path string) bool { return given(w.path(path)) })
	}
	s.Observability.derive(s, func(path string) bool { return given(join("observability", path)) })
	if s.Network.New != nil {
		s.Network.New.derive(s, func(path string) bool { return given(join("network.new", path)) })
	}
}

// check applies the rules of every section, and those that span sections.
func (s *Settings) check(c checker) {
	checkName(c.at("name"), s.Name)
	s.AWS.check(c.at("aws"))
	if s.FurtherRegion != "" && c.fine("aws.region") {
		switch s.HomeRegion {
		case "":
			c.at("aws.region").problemf("is missing; an environment with further regions must say which one is its own")
		case s.FurtherRegion:
			c.at("aws.region").problemf("%s is among the further regions as well; take it out of regions", s.FurtherRegion)
		default:
			s.checkAccountOfRegion(c.at("aws"))
		}
	}
	s.State.check(c.at("state"))
	s.Network.check(c.at("network"))
	s.LoadBalancer.check(c.at("loadBalancer"))
	s.checkDualStack(c)
	s.checkVPCOfListener(c)
	s.noteOtherVPCs(c)
	s.checkServices(c)
	s.Namespace.check(c.at("namespace"))
	s.notePeers(c)
	if c.wrote("namespace") && !s.UsesNamespace() {
		c.at("namespace").problemf("has no effect: no service of the stack has service.connect or " +
			"service.discovery; add one of them, or remove it")
	}
	s.Observability.check(c.at("observability"))
	s.checkAlarms(c)
	s.checkPlaces(c)
	s.checkTags(c.at("aws.tags"))
	s.checkOverrides(c.at("overrides"))
	for _, w := range s.Workloads() {
		s.checkWayOut(c, w)
	}
	s.checkZonesOfRegion(c)
}

// checkWayOut: a Fargate task pulls its image through its own network interface, so it needs a way to the registry.
// Source: ECS developer guide, "Fargate task networking".
func (s *Settings) checkWayOut(c checker, w NamedWorkload) {
	publicAddresses := w.path("service.publicAddresses")
	if !c.fine("network", publicAddresses) {
		return
	}
	if s.Network.Default && !w.Service.PublicAddresses {
		c.at(publicAddresses).problemf("false leaves the tasks without a way to pull their image: " +
			"the default VPC has public subnets only; leave it out, or use another network")
	}
	created := s.Network.New
	if created != nil && created.Isolated {
		s.checkIsolated(c, w)
		return
	}
	if c.fine("network.new.natGateways") && created != nil && created.NATGateways == 0 && !w.Service.PublicAddresses {
		c.at("network").at("new").at("natGateways").problemf("0 leaves the tasks in the private subnets without a way "+
			"to pull their image; write 1, or set %s: true, or network.new.isolated: true where all they use is in AWS", publicAddresses)
	}
}

// nameRule tells which names applicationName and environmentName match.
const nameRule = "write 1 to %d lower-case letters, digits and hyphens, beginning with a letter and not ending with " +
	"a hyphen"

var (
	applicationName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	shortName       = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$`)
	ecsName         = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
)

func checkName(c checker, name string) {
	switch {
	case name == "":
		c.problemf("is missing; write the application's name, such as name: webapp")
	case !applicationName.MatchString(name):
		c.problemf("%q (%d characters) is no application's name; "+nameRule, name, utf8.RuneCountInString(name), 32)
	}
}

// checkECSName checks the name of a service or task family.
// Source: ECS API, CreateService serviceName and RegisterTaskDefinition family.
func checkECSName(c checker, name string) {
	if !ecsName.MatchString(name) {
		c.problemf("%q (%d characters) is a name that ECS refuses; write 1 to 255 letters, digits, hyphens and "+
			"underscores",
			name, utf8.RuneCountInString(name))
	}
}
