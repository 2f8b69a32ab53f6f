package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"webapp/internal/configfile"
)

// Namespace is where services find each other by name: a private DNS zone of the VPC in AWS Cloud Map. It is created if
// a service has connect or discovery.
type Namespace struct {
	// Name of the zone, a domain name in lower case, such as shop.internal. It hides the same name on other DNS servers
	// from everything in the VPC. Default: the stack's name followed by .internal; if the stack's name has more than 63
	// characters, a hash replaces its end.
	Name string `yaml:"name"`

	// Existing looks up a namespace of this name instead of creating one, so that services of several stacks find each
	// other. They need different discovery.name and connect.discoveryName. Default false.
	Existing bool `yaml:"existing"`

	// AllowedSources are the additional clients that may call the services with connect or discovery: ranges of IPv4 or
	// IPv6 addresses, ids of security groups, and ids of managed prefix lists. The services of this stack with connect
	// or discovery may always call each other, and its jobs may call them if one of them has discovery. Services of
	// another stack in the same namespace call from that stack's peers security group, or from its VPC's range. Each
	// source, and each job, adds a rule for every port of these services, and a security group has at most 60 rules
	// unless the account's quota is higher. Default: none.
	AllowedSources []string `yaml:"allowedSources"`
}

// Connect turns on ECS Service Connect: services of the namespace reach each other by name, through a proxy that ECS
// adds to every task and that provides retries, even load and metrics. A task only knows the services that existed when
// it started: list the services that it calls under calls. A worker without ports only calls others.
// Source: ECS developer guide, "Use Service Connect to connect Amazon ECS services with short names".
type Connect struct {
	// Name by which other services reach this one, 1 to 63 lower-case letters, digits, hyphens and underscores, without
	// a hyphen at the beginning or end. Default: the service's name under services; for the service at the top of the
	// file, the application's name.
	Name string `yaml:"name"`

	// Port at which other services reach this one. Default: the container's first port.
	Port int `yaml:"port" range:"1,65535"`

	// Protocol that the service speaks: http, http2, grpc or tcp. The proxy provides retries and request metrics for
	// the first three only, and cannot read what is encrypted: with targetGroup.protocol HTTPS, it is tcp. ECS refuses
	// to change the protocol of an existing service: when targetGroup.protocol or protocolVersion changes, write the old
	// protocol here, or give the service another discoveryName. Default: the protocol of targetGroup.protocolVersion;
	// tcp with targetGroup.protocol HTTPS.
	// Source: ECS API, PortMapping, appProtocol.
	Protocol string `yaml:"protocol" enum:"http,http2,grpc,tcp"`

	// DiscoveryName is the name in the namespace by which the proxies find the service, of the same characters as name.
	// Clients do not use it. It must differ from every other discoveryName and discovery.name. After a change, other
	// services reach this one only once they are redeployed, which Terraform does for those that list it under calls.
	// Default: connect.name followed by -sc.
	// Source: ECS API, ServiceConnectService.
	DiscoveryName string `yaml:"discoveryName"`

	// Calls lists the services of this file that the service calls, by their connect.name. They are deployed first, and
	// this service is redeployed when one is added or changes its name, port or protocol. The lists must not form a
	// circle. Default: none.
	Calls []string `yaml:"calls"`
}

// Protocols of Service Connect.
const (
	connectHTTP, connectHTTP2, connectGRPC, connectTCP = "http", "http2", "grpc", "tcp"

	// longestBeforeSuffix leaves room for the suffix in a DNS label.
	connectSuffix, longestBeforeSuffix = "-sc", 60
)

// Endpoint describes how others reach the service. Services that call this one are redeployed when it changes.
func (k *Connect) Endpoint() string {
	return fmt.Sprintf("%s:%d/%s/%s", k.Name, k.Port, k.Protocol, k.DiscoveryName)
}

func (k *Connect) defaultDiscoveryName() string {
	return k.Name[:min(longestBeforeSuffix, len(k.Name))] + connectSuffix
}

// Discovery publishes the addresses of the service's healthy tasks as a DNS record in the namespace, for clients that
// do not use Service Connect.
// Source: ECS developer guide, "Use service discovery to connect Amazon ECS services with DNS names".
type Discovery struct {
	// Name of the record in the namespace, 1 to 63 lower-case letters, digits, hyphens and underscores, without a hyphen
	// at the beginning or end. Default: the service's name under services; for the service at the top of the file, the
	// application's name.
	Name string `yaml:"name"`

	// TTL is how long a client may cache the answer. A client with an outdated answer calls tasks that no longer exist.
	// Default 10s.
	// Source: Cloud Map API, DnsRecord.
	TTL time.Duration `yaml:"ttl" range:"0s,2147483647s"`
}

var (
	// dnsLabel is the name of a service in Cloud Map. Source: Cloud Map API, CreateService (Name).
	dnsLabel = regexp.MustCompile(`^([a-z0-9]|[a-z0-9_][a-z0-9_-]{0,61}[a-z0-9_])$`)
	dnsName  = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

func (n *Namespace) Check(c configfile.Checker) {
	isName := func(name string) bool { return dnsName.MatchString(name) && len(name) <= maxDomainName }
	if !isName(n.Name) {
		reportName(c.At("name"), n.Name, "domain name", "shop.internal", isName)
	}
	configfile.CheckItems(c.At("allowedSources"), n.AllowedSources, "list each once",
		func(c configfile.Checker, who string) {
			if strings.HasPrefix(who, "sg-") {
				if !securityGroupID.MatchString(who) {
					c.Problemf("%q is not the id of a security group; write one such as sg-0123456789abcdef0", who)
				}
				return
			}
			checkSource(c, who)
		})
}

// checkHidden reports a namespace that hides hosts which the tasks need to start, and notes one that hides others. Its
// zone answers for its name and for all names below, and those that it does not have do not exist in the VPC.
// Source: Route 53 developer guide, "Considerations when working with a private hosted zone".
func (s *Stack) checkHidden(c configfile.Checker) {
	at, name := c.At("namespace.name"), s.Namespace.Name
	if !s.UsesNamespace() || s.Namespace.Existing || !at.Valid("") {
		return
	}
	const instead = "write a name of your own, such as shop.internal"
	for _, host := range s.neededHosts() {
		if isWithinDomain(host, name) {
			at.Problemf("would hide %s from the tasks, which need it to start, since names in %s then exist only in the "+
				"namespace; "+instead, host, name)
			return
		}
	}
	if d := s.LoadBalancer.Domain; d != nil && s.LoadBalancer.Existing == nil && !s.OnlyWorkers() {
		for _, host := range d.Names() {
			if isWithinDomain(host, name) {
				at.Notef("hides %s, the stack's own domain, from everything in the VPC, since names in %s then exist only in "+
					"the namespace; "+instead+", unless nothing there calls the service by its domain", host, name)
				return
			}
		}
	}
	if why := ofOthers(name); why != "" {
		at.Notef("%s %s, and hides all names below it from everything in the VPC; "+instead, name, why)
	}
}

// neededHosts lists hosts that the tasks cannot start without: those of CloudWatch Logs and of public registries.
func (s *Stack) neededHosts() []string {
	ofAWS, _ := ecrSuffixes(s.AWS.Region)
	all := []string{ofAWS}
	if s.AWS.Region != "" {
		all[0] = fmt.Sprintf("logs.%s.%s", s.AWS.Region, ofAWS)
	}
	for _, w := range s.Tasks() {
		for _, k := range w.Containers() {
			host, _, _ := strings.Cut(registryOf(k.Image), ":")
			if _, registry := publicsuffix.PublicSuffix(host); registry { // others may be in the namespace
				all = append(all, host)
			}
		}
	}
	return all
}

// ofOthers names the owner of a domain that a namespace should not take, or returns "".
// Source: VPC user guide, "DNS attributes for your VPC" (the names of instances).
func ofOthers(name string) string {
	ofAWS := []string{"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "on.aws"}
	ofAddresses := []string{"ec2.internal", "compute.internal", "in-addr.arpa", "ip6.arpa"}
	within := func(domain string) bool { return isWithinDomain(name, domain) }
	suffix, registry := publicsuffix.PublicSuffix(name)
	switch {
	case slices.ContainsFunc(ofAWS, within):
		return "is a domain of AWS's services"
	case slices.ContainsFunc(ofAddresses, within):
		return "is a domain in which AWS names the addresses of a VPC"
	case registry && suffix == name:
		return "is a public suffix"
	}
	return ""
}

// isWithinDomain reports whether a name is that of a domain, or below it.
func isWithinDomain(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

func (k *Connect) Check(c configfile.Checker) {
	checkDNSLabel(c.At("name"), k.Name)
	checkDNSLabel(c.At("discoveryName"), k.DiscoveryName)
	configfile.CheckItems(c.At("calls"), k.Calls, "list each service once", func(configfile.Checker, string) {})
}

// Explain says what the protocol of a container with TLS is.
func (k *Connect) Explain(key string, _ configfile.Constraint) string {
	if wrong := strings.ToLower(k.Protocol); key == "protocol" && (wrong == "https" || wrong == "tls") {
		return fmt.Sprintf("%q is not a valid value: the proxy cannot read what is encrypted; write tcp if the container "+
			"itself serves TLS (targetGroup.protocol: HTTPS), otherwise http", k.Protocol)
	}
	return ""
}

func (d *Discovery) SetDefaults() { d.TTL = 10 * time.Second }

func (d *Discovery) Check(c configfile.Checker) {
	checkDNSLabel(c.At("name"), d.Name)
}

func checkDNSLabel(c configfile.Checker, name string) {
	first, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch {
	case dnsLabel.MatchString(name):
	case dnsLabel.MatchString(first):
		c.Problemf("%q is not a valid DNS label, which is in lower case and has no dots; write %s", name, first)
	default:
		c.Problemf("%q (%s) is not a valid DNS label; write 1 to 63 lower-case letters, digits, hyphens and underscores, "+
			"without a hyphen at the beginning or end, and not an underscore alone", name, configfile.Characters(name))
	}
}

// UsesNamespace reports whether any service of the stack uses Service Connect or service discovery.
func (s *Stack) UsesNamespace() bool {
	return slices.ContainsFunc(s.Workloads(), func(w NamedWorkload) bool { return w.UsesServiceDiscovery() })
}

// UsesDiscovery reports whether any service of the stack has a DNS name in the namespace. Jobs may call such a service,
// too. They have no Service Connect: ECS has it for services only (ECS API, RunTask).
func (s *Stack) UsesDiscovery() bool {
	return slices.ContainsFunc(s.Workloads(), func(w NamedWorkload) bool { return w.Service.Discovery != nil })
}

// UsesServiceDiscovery reports whether other services of the namespace reach this one without the load balancer.
func (w *Workload) UsesServiceDiscovery() bool {
	return w.Service.Connect != nil || w.Service.Discovery != nil
}

// deriveNames fills in the names of Service Connect and service discovery from the service's name.
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
			connect.DiscoveryName = connect.defaultDiscoveryName()
		}
		if !given("service.connect.protocol") {
			connect.Protocol = map[string]string{http1: connectHTTP, http2: connectHTTP2,
				grpc: connectGRPC}[w.Service.TargetGroup.ProtocolVersion]
			if w.Service.TargetGroup.Protocol == ProtocolHTTPS {
				connect.Protocol = connectTCP
			}
		}
	}
	if discovery := w.Service.Discovery; discovery != nil && !given("service.discovery.name") {
		discovery.Name = name
	}
}

// checkCalls reports calls to services that are not in the file, and circular calls.
func (s *Stack) checkCalls(c configfile.Checker) {
	servers := map[string]NamedWorkload{}
	for _, w := range s.Workloads() {
		if w.Service.Connect != nil && w.Serves() {
			servers[w.Service.Connect.Name] = w
		}
	}
	calls := func(name string) []string {
		if server, ok := servers[name]; ok {
			return server.Service.Connect.Calls
		}
		return nil
	}
	for _, w := range s.Workloads() {
		if w.Service.Connect == nil {
			continue
		}
		for i, name := range w.Service.Connect.Calls {
			at := c.At(w.path(fmt.Sprintf("service.connect.calls[%d]", i)))
			server, ok := servers[name]
			switch {
			case !ok && at.ReportDropped(s.droppedServer(c, name), onlyExisting(w.path("service.connect.calls"),
				w.Service.Connect.Calls, func(name string) bool { return servers[name].Workload != nil })):
			case !ok && s.anyMisnamed(c):
			case !ok:
				at.Problemf("%q is not the connect.name of any service in this file; %s", name,
					s.adviseCall(w, name, servers))
			case server.Key == w.Key:
				at.Problemf("%q is the service itself; remove it", name)
			default:
				if way := circle(w.Service.Connect.Name, name, calls); way != nil {
					at.Problemf("%s, so none of them can be deployed before the others; remove one of these calls. "+
						"One that is not listed still works once the tasks of the calling service have been restarted",
						describeCircle(way, "calls"))
				}
			}
		}
	}
}

// droppedServer returns the path of what an overlay has dropped, with null, of the service that has a name in Service
// Connect, or "".
func (s *Stack) droppedServer(c configfile.Checker, name string) string {
	if w, ok := s.workloadOf(name); ok {
		if w.Service.Connect == nil {
			return w.path("service.connect")
		}
		return w.path("container.ports")
	}
	if dropped := c.At("services").FindDropped(func(path string, values []string) bool {
		return strings.HasSuffix(path, ".service.connect.name") && slices.Contains(values, name)
	}); dropped != "" {
		return dropped
	}
	return configfile.JoinPath("services", configfile.QuoteKey(name))
}

// anyMisnamed reports whether a service has a name in Service Connect that cannot stay, so that the calls may be right.
func (s *Stack) anyMisnamed(c configfile.Checker) bool {
	return slices.ContainsFunc(s.Workloads(), func(w NamedWorkload) bool {
		return w.Service.Connect != nil && !c.At(w.path("service.connect.name")).Valid("")
	})
}

// adviseCall returns what to write instead of a name that no service has in Service Connect.
func (s *Stack) adviseCall(caller NamedWorkload, name string, servers map[string]NamedWorkload) string {
	meant, ok := s.workloadOf(name)
	switch {
	case !ok:
		others := maps.Clone(servers)
		maps.DeleteFunc(others, func(_ string, server NamedWorkload) bool { return server.Key == caller.Key })
		return configfile.SuggestKey(name, others, "remove it, or write the name of a service with connect and add "+
			"service: {connect: {}} to that one")
	case meant.Key == caller.Key:
		return "it is the service itself; remove it"
	case meant.Serves() && meant.Service.Connect != nil:
		return fmt.Sprintf("write %s, that of %s", meant.Service.Connect.Name, meant.describe())
	case meant.Serves():
		return fmt.Sprintf("add service: {connect: {}} to %s", meant.describe())
	case meant.Service.Connect != nil:
		return fmt.Sprintf("add the port that it listens on, such as container: {ports: [8000]}, to %s",
			meant.describe())
	}
	return fmt.Sprintf("add service: {connect: {}} and the port that it listens on, such as container: {ports: [8000]}, "+
		"to %s", meant.describe())
}

// Calls reports whether the workload lists another one of its stack under calls.
func (w *Workload) Calls(server NamedWorkload) bool {
	return w.Service.Connect != nil && server.Service.Connect != nil && server.Serves() &&
		slices.Contains(w.Service.Connect.Calls, server.Service.Connect.Name)
}
