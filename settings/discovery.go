package settings

import (
	"regexp"
	"slices"
	"time"
)

// Namespace is where services find each other by name: a private DNS zone of the VPC in AWS Cloud Map. It is made when a
// service has connect or discovery.
type Namespace struct {
	// Name of the zone, a domain name in lower case, such as shop.internal, that nothing in the VPC needs from another DNS server.
	// Default: the stack's name with .internal behind it; of a stack's name over 63 characters the end gives way to a hash.
	Name string `yaml:"name"`

	// Existing looks a namespace of this name up instead of creating one, so that services of several stacks find each
	// other. Default false.
	Existing bool `yaml:"existing"`
}

// Connect is ECS Service Connect: other services of the namespace reach this one at its name, with retries, even load and
// metrics by a proxy that ECS adds to every task; and this one reaches them.
// Source: ECS developer guide, "Use Service Connect to connect Amazon ECS services with short names".
type Connect struct {
	// Name by which others reach the service, 1 to 63 lower-case letters, digits, hyphens and underscores. Default: the service's name
	// under services; for the first service the application's.
	Name string `yaml:"name"`

	// Port at which others reach it, 1 to 65535. Default: the container's first port.
	Port int `yaml:"port"`
}

// Discovery is a DNS record of the namespace with the addresses of the service's healthy tasks, for clients that do not
// take part in Service Connect.
// Source: ECS developer guide, "Use service discovery to connect Amazon ECS services with DNS names".
type Discovery struct {
	// Name of the record in the namespace, 1 to 63 lower-case letters, digits, hyphens and underscores. Default: as connect.name has it.
	Name string `yaml:"name"`

	// TTL is how long a client may keep the answer, 0s to 24h. Default 10s: tasks come and go.
	TTL time.Duration `yaml:"ttl"`
}

var (
	dnsLabel = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
	dnsName  = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// maxDNSLabel is how long one part of a name in DNS may be.
const maxDNSLabel = 63

func (n *Namespace) setDefaults() {}

func (n *Namespace) check(c checker) {
	if !dnsName.MatchString(n.Name) || len(n.Name) > maxDomainName {
		c.at("name").problemf("%q is not a domain name in lower case; write one such as shop.internal", n.Name)
	}
}

func (k *Connect) setDefaults() {}

func (k *Connect) check(c checker) {
	checkDNSLabel(c.at("name"), k.Name)
	checkPort(c.at("port"), k.Port)
}

func (d *Discovery) setDefaults() { d.TTL = 10 * time.Second }

func (d *Discovery) check(c checker) {
	checkDNSLabel(c.at("name"), d.Name)
	checkDuration(c.at("ttl"), d.TTL, 0, 24*time.Hour)
}

func checkDNSLabel(c checker, name string) {
	if !dnsLabel.MatchString(name) {
		c.problemf("%q (%d characters) is not a name in DNS; write 1 to 63 lower-case letters, digits, hyphens and underscores", name, len(name))
	}
}

// UsesNamespace says whether a service of the stack finds others, or is found, by name.
func (s *Settings) UsesNamespace() bool {
	return slices.ContainsFunc(s.Workloads(), func(w NamedWorkload) bool { return w.MeetsPeers() })
}

// MeetsPeers says whether other services of the namespace reach this one without the load balancer.
func (w *Workload) MeetsPeers() bool { return w.Service.Connect != nil || w.Service.Discovery != nil }

// deriveNames gives what is found by name the name of its service.
func (w NamedWorkload) deriveNames(s *Settings, given func(path string) bool) {
	name := w.Key
	if name == "" {
		name = s.Name
	}
	if connect := w.Service.Connect; connect != nil {
		if !given("service.connect.name") {
			connect.Name = name
		}
		if !given("service.connect.port") && len(w.Container.Ports) > 0 {
			connect.Port = w.Container.TargetPort()
		}
	}
	if discovery := w.Service.Discovery; discovery != nil && !given("service.discovery.name") {
		discovery.Name = name
	}
}
