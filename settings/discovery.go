package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Namespace is where services find each other by name: a private DNS zone of the VPC in AWS Cloud Map. It is made when
// a service has connect or discovery.
type Namespace struct {
	// Name of the zone, a domain name in lower case, such as shop.internal, that nothing in the VPC needs from another
	// DNS server. Default: the stack's name with .internal behind it; of a stack's name over 63 characters the end
	// gives way to a hash.
	Name string `yaml:"name"`

	// Existing looks a namespace of this name up instead of creating one, so that services of several stacks find each
	// other. Default false.
	Existing bool `yaml:"existing"`

	// AllowedSources are who may call the services that are found by name, beside those of this stack: ranges of IPv4
	// or IPv6 addresses, and ids of security groups and of managed prefix lists. Services of another stack in the same
	// namespace call from that stack's group of peers, or from its VPC's range. Each source makes a rule for every port
	// of these services, and a security group has 60 rules unless the account's quota is higher. Default: none.
	AllowedSources []string `yaml:"allowedSources"`
}

// Connect is ECS Service Connect: other services of the namespace reach this one at its name, with retries, even load
// and metrics by a proxy that ECS adds to every task; and this one reaches them. A task knows the services that were
// there when it started, and no later ones: list under calls which ones the service calls.
// Source: ECS developer guide, "Use Service Connect to connect Amazon ECS services with short names".
type Connect struct {
	// Name by which others reach the service, 1 to 63 lower-case letters, digits, hyphens and underscores. Default: the
	// service's name under services; for the first service the application's.
	Name string `yaml:"name"`

	// Port at which others reach it. Default: the container's first port.
	Port int `yaml:"port" range:"1,65535"`

	// Protocol that the service speaks: http, http2, grpc or tcp. The proxy's retries and metrics of requests are for
	// the first three. ECS refuses to change it in a service that is there: keep it when targetGroup.protocolVersion changes,
	// or give the service another discoveryName. Default: that of targetGroup.protocolVersion.
	// Source: ECS API, PortMapping, appProtocol.
	Protocol string `yaml:"protocol" enum:"http,http2,grpc,tcp"`

	// DiscoveryName is the name in the namespace by which the proxies find the service; nobody calls it. No other
	// service, and no discovery.name, may have it. With another one, services that call this one reach it again once
	// they are redeployed; calls has Terraform do so. 1 to 63 lower-case letters, digits, hyphens and underscores.
	// Default: connect.name with -sc behind it.
	// Source: ECS API, ServiceConnectService.
	DiscoveryName string `yaml:"discoveryName"`

	// Calls are the services of this file that the service calls, by their connect.name. They are deployed before it,
	// and it is redeployed when one is added or gets another name, port or protocol. Services cannot call each other in
	// a circle here. Default: none.
	Calls []string `yaml:"calls"`
}

// Protocols of Service Connect.
const (
	connectHTTP, connectHTTP2, connectGRPC, connectTCP = "http", "http2", "grpc", "tcp"

	// longestBeforeSuffix leaves room for the suffix in a part of a name in DNS.
	connectSuffix, longestBeforeSuffix = "-sc", 60
)

// Endpoint describes how others reach the service. Whoever calls it is redeployed when it changes.
func (k *Connect) Endpoint() string {
	return fmt.Sprintf("%s:%d/%s/%s", k.Name, k.Port, k.Protocol, k.DiscoveryName)
}

// Discovery is a DNS record of the namespace with the addresses of the service's healthy tasks, for clients that do not
// take part in Service Connect.
// Source: ECS developer guide, "Use service discovery to connect Amazon ECS services with DNS names".
type Discovery struct {
	// Name of the record in the namespace, 1 to 63 lower-case letters, digits, hyphens and underscores. Default: as
	// connect.name has it.
	Name string `yaml:"name"`

	// TTL is how long a client may keep the answer, 0s or more. Default 10s: tasks come and go, and an answer that is
	// older leads nowhere.
	// Source: Cloud Map API, DnsRecord.
	TTL time.Duration `yaml:"ttl" range:"0s,2147483647s"`
}

var (
	dnsLabel = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
	dnsName  = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// maxDNSLabel is how long one part of a name in DNS may be.
const maxDNSLabel = 63

func (n *Namespace) Check(c configfile.Checker) {
	if !dnsName.MatchString(n.Name) || len(n.Name) > maxDomainName {
		c.At("name").Problemf("%q is not a domain name in lower case; write one such as shop.internal", n.Name)
	}
	configfile.CheckItems(c.At("allowedSources"), n.AllowedSources, "list each once", func(c configfile.Checker, who string) {
		switch {
		case strings.HasPrefix(who, "sg-"):
			if !securityGroupID.MatchString(who) {
				c.Problemf("%q is not a security group's id; write one such as sg-0123456789abcdef0", who)
			}
		case strings.HasPrefix(who, "pl-"):
			if !prefixListID.MatchString(who) {
				c.Problemf("%q is not a prefix list's id; write one such as pl-0123456789abcdef0", who)
			}
		default:
			checkCIDR(c, who)
		}
	})
}

func (k *Connect) Check(c configfile.Checker) {
	checkDNSLabel(c.At("name"), k.Name)
	checkDNSLabel(c.At("discoveryName"), k.DiscoveryName)
	configfile.CheckItems(c.At("calls"), k.Calls, "list each service once", func(configfile.Checker, string) {})
}

func (d *Discovery) SetDefaults() { d.TTL = 10 * time.Second }

func (d *Discovery) Check(c configfile.Checker) {
	checkDNSLabel(c.At("name"), d.Name)
}

func checkDNSLabel(c configfile.Checker, name string) {
	if !dnsLabel.MatchString(name) {
		c.Problemf("%q (%d characters) is not a name in DNS; write 1 to 63 lower-case letters, digits, hyphens and "+
			"underscores", name, len(name))
	}
}

// UsesNamespace says whether a service of the stack finds others, or is found, by name.
func (s *Stack) UsesNamespace() bool {
	return slices.ContainsFunc(s.Workloads(), func(w NamedWorkload) bool { return w.UsesServiceDiscovery() })
}

// UsesServiceDiscovery says whether other services of the namespace reach this one without the load balancer.
func (w *Workload) UsesServiceDiscovery() bool {
	return w.Service.Connect != nil || w.Service.Discovery != nil
}

// deriveNames gives what is found by name the name of its service.
func (w NamedWorkload) deriveNames(s *Stack, given func(path string) bool) {
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
		if !given("service.connect.discoveryName") {
			connect.DiscoveryName = connect.Name[:min(longestBeforeSuffix, len(connect.Name))] + connectSuffix
		}
		if !given("service.connect.protocol") {
			connect.Protocol = map[string]string{http1: connectHTTP, http2: connectHTTP2, grpc: connectGRPC}[w.Service.TargetGroup.ProtocolVersion]
		}
	}
	if discovery := w.Service.Discovery; discovery != nil && !given("service.discovery.name") {
		discovery.Name = name
	}
}

// checkCalls reports calls to services that the file does not have, and circles.
func (s *Stack) checkCalls(c configfile.Checker) {
	servers := map[string]NamedWorkload{}
	for _, w := range s.Workloads() {
		if w.Service.Connect != nil {
			servers[w.Service.Connect.Name] = w
		}
	}
	for _, w := range s.Workloads() {
		if w.Service.Connect == nil {
			continue
		}
		for i, name := range w.Service.Connect.Calls {
			at := c.At(w.path(fmt.Sprintf("service.connect.calls[%d]", i)))
			server, ok := servers[name]
			switch {
			case !ok:
				at.Problemf("%q is not the connect.name of a service in this file; write one of %s", name, strings.Join(slices.Sorted(maps.Keys(servers)), ", "))
			case server.Key == w.Key:
				at.Problemf("%q is the service itself; remove it", name)
			case callsOnward(servers, name, w.Service.Connect.Name, map[string]bool{}):
				at.Problemf("%q calls %s as well, if only by way of others, and neither can be deployed before the "+
					"other; remove one of the two calls. "+
					"The removed one still works, once its tasks have started anew", name, w.Service.Connect.Name)
			}
		}
	}
}

// callsOnward reports whether a service calls another one, directly or by way of others.
func callsOnward(servers map[string]NamedWorkload, from, to string, seen map[string]bool) bool {
	server, ok := servers[from]
	if !ok || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(server.Service.Connect.Calls, func(next string) bool {
		return next == to || callsOnward(servers, next, to, seen)
	})
}

// Calls reports whether the settings say that the workload calls another one of its stack.
func (w *Workload) Calls(server NamedWorkload) bool {
	return w.Service.Connect != nil && server.Service.Connect != nil && slices.Contains(w.Service.Connect.Calls, server.Service.Connect.Name)
}
