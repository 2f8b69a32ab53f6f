package settings

import (
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// maxGroupRules is the default quota of rules of a security group, in each direction and for each family of addresses.
// Source: VPC user guide, "Amazon VPC quotas".
const maxGroupRules = 60

// ruleQuota is how the console of AWS calls it.
const ruleQuota = `unless the quota "Inbound or outbound rules per security group" of the account is higher`

// families are those of addresses, with the mark that the notation of each has.
var families = []struct{ name, mark string }{{"IPv4", "."}, {"IPv6", ":"}}

// countRanges counts the ranges of a family of addresses.
func countRanges(sources []string, mark string) int {
	n := 0
	for _, who := range sources {
		if strings.Contains(who, mark) {
			n++
		}
	}
	return n
}

// notePeers notes more rules than a security group holds: each port of services that are found by name has one for the
// peers, and one for each of the allowed sources. Groups and prefix lists count in both families.
func (s *Stack) notePeers(c configfile.Checker) {
	ports := map[int]bool{}
	for _, w := range s.Workloads() {
		if !w.UsesServiceDiscovery() || len(w.Container.Ports) == 0 { // which is refused elsewhere
			continue
		}
		ports[w.Container.TargetPort()] = true
		if w.Service.Discovery == nil {
			continue
		}
		for _, k := range w.Containers() {
			for _, port := range k.Ports {
				ports[port] = true
			}
		}
	}
	sources := s.Namespace.AllowedSources
	others := len(slices.DeleteFunc(slices.Clone(sources), func(who string) bool { return strings.ContainsAny(who, ".:") }))
	for _, family := range families {
		if n := len(ports) * (1 + others + countRanges(sources, family.mark)); n > maxGroupRules {
			c.At("namespace.allowedSources").Notef("make %d rules of %s (sources: %d, ports: %d); a security group "+
				"has %d of them, %s. "+
				"Put several ranges into a larger one; a prefix list counts as many rules as it may have entries", n, family.name, len(sources), len(ports), maxGroupRules, ruleQuota)
			return
		}
	}
}

// noteOtherVPCs notes what is in a VPC of its own, beside a VPC that the stack creates: it can only be used if it was
// made for that one after the first deployment.
func (s *Stack) noteOtherVPCs(c configfile.Checker) {
	if s.Network.New == nil {
		return
	}
	for _, w := range s.Workloads() {
		if len(w.Service.SecurityGroups) > 0 {
			c.At(w.path("service.securityGroups")).Notef("a task's groups must be in its VPC, which this stack " +
				"creates; deploy it without them first, " +
				"and create them in that VPC, or name the VPC that they are in: network: {existing: {id: " +
				"vpc-0123456789abcdef0}}")
		}
		for name, v := range w.Task.Volumes {
			if v.FileSystem != "" {
				c.At(w.path("task.volumes")).Key(name).At("fileSystem").Notef("tasks reach a file system by a mount " +
					"target in their VPC, which this stack creates; " +
					"deploy it without the volume first, and create mount targets in that VPC, or name the VPC that " +
					"they are in: network: {existing: {id: vpc-0123456789abcdef0}}")
			}
		}
	}
	if s.Namespace.Existing && s.UsesNamespace() {
		c.At("namespace.existing").Notef("unless it was made in the VPC that this stack creates, after the first " +
			"deployment, the namespace is in another one: names of " +
			"service.discovery do not resolve here, and tasks reach those of other stacks only where the two VPCs " +
			"are peered or routed to each other")
	}
}
