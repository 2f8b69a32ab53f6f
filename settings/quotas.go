package settings

import (
	"fmt"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// maxGroupRules is the default quota of rules of a security group, for each direction and address family.
// Source: VPC user guide, "Amazon VPC quotas".
const maxGroupRules = 60

// ruleQuota names the quota as the AWS console does.
const ruleQuota = `unless the account's quota "Inbound or outbound rules per security group" is higher`

const ipv4 = "IPv4"

// families are the address families, each with the character that marks its notation.
var families = []struct{ name, mark string }{{ipv4, "."}, {"IPv6", ":"}}

// weightOfCloudFront is the number of rules as which CloudFront's list of IPv4 ranges counts.
// Source: VPC user guide, "AWS-managed prefix lists".
const weightOfCloudFront = 55

// listsOfCloudFront are the ids of CloudFront's list in the regions of which AWS has published them.
// Source: AWS blog, "Limit access to your origins using the AWS-managed prefix list for Amazon CloudFront".
var listsOfCloudFront = []string{
	"pl-58a04531", "pl-22a6434b", "pl-31a14458", "pl-9aa247f3", "pl-31a34658", "pl-b8a742d1", "pl-38a64351", "pl-a3a144ca",
	"pl-fab65393", "pl-4fa04526", "pl-93a247fa", "pl-75b1541c", "pl-5da64334", "pl-3b927c52", "pl-b6a144df", "pl-4ea04527",
	"pl-82a045eb",
}

// countRanges counts the ranges of an address family.
func countRanges(sources []string, mark string) int {
	n := 0
	for _, who := range sources {
		if strings.Contains(who, mark) {
			n++
		}
	}
	return n
}

// notePeers notes that a security group may have too many rules. Each port of a service with connect or discovery has a
// rule for the peers, one for each allowed source, and with discovery one for each job. Security groups and prefix
// lists count in both families.
func (s *Stack) notePeers(c configfile.Checker) {
	ports := map[int]bool{}
	for _, w := range s.Workloads() {
		if !w.UsesServiceDiscovery() || len(w.Container.Ports) == 0 { // reported elsewhere
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
	others := len(slices.DeleteFunc(slices.Clone(sources), func(who string) bool {
		return strings.ContainsAny(who,
			".:")
	}))
	jobs, counted := 0, ""
	if s.UsesDiscovery() && len(s.Jobs) > 0 {
		jobs, counted = len(s.Jobs), fmt.Sprintf(", jobs: %d", len(s.Jobs))
	}
	for _, family := range families {
		if n := len(ports) * (1 + jobs + others + countRanges(sources, family.mark)); n > maxGroupRules {
			c.At("namespace.allowedSources").Notef("makes %d %s rules (sources: %d, ports: %d%s); a security group has "+
				"at most %d, %s. Merge several ranges into a larger one; a prefix list counts as many rules as it "+
				"may have entries", n, family.name, len(sources), len(ports), counted, maxGroupRules, ruleQuota)
			return
		}
	}
}

// noteTargets notes that the load balancer's security group may have too many outbound rules. It has one for each port
// that the load balancer connects to, in each service, and one for user pools. Rules for a security group count in both
// families.
func (s *Stack) noteTargets(c configfile.Checker) {
	rules, toUserPools := 0, 0
	for _, w := range s.Workloads() {
		if w.Worker || len(w.Container.Ports) == 0 { // reported elsewhere
			continue
		}
		ports := map[int]bool{w.Container.TargetPort(): true, w.Service.HealthCheck.Port: true}
		for _, more := range w.Service.AdditionalPorts {
			ports[more.Port], ports[more.HealthCheck.Port] = true, true
		}
		delete(ports, 0) // a health check of the port itself
		rules += len(ports)
		if len(w.logins()) > 0 && s.LoadBalancer.Existing == nil {
			toUserPools = 1
		}
	}
	if n := rules + toUserPools; n > maxGroupRules {
		c.At("services").Notef("make %d outbound rules of the load balancer's security group, one for each port that it "+
			"connects to; a security group has at most %d, %s", n, maxGroupRules, ruleQuota)
	}
}

// maxTargetGroups is a quota of load balancers that AWS does not raise.
// Source: ELB user guide, "Quotas for your Application Load Balancers".
const maxTargetGroups = 100

// checkTargetGroups reports more target groups than a load balancer can have: each service has one, and one for each of
// its additional ports.
func (s *Stack) checkTargetGroups(c configfile.Checker) {
	groups := 0
	for _, w := range s.Workloads() {
		if !w.Worker {
			groups += 1 + len(w.Service.AdditionalPorts)
		}
	}
	if groups > maxTargetGroups {
		c.At("services").Problemf("need %d target groups, one for each service and additional port, but a load balancer "+
			"has at most %d, a quota that AWS does not raise; split the services into several files, each with a load "+
			"balancer of its own", groups, maxTargetGroups)
	}
}

// noteOtherVPCs notes settings that name resources in a VPC, in a stack that creates its own VPC: such resources can
// only exist after the first deployment.
func (s *Stack) noteOtherVPCs(c configfile.Checker) {
	if s.Network.New == nil {
		return
	}
	for _, w := range s.Tasks() {
		if len(w.Service.SecurityGroups) > 0 {
			c.At(w.path("service.securityGroups")).Notef("a task's security groups must be in its VPC, which this " +
				"stack creates; deploy without them first and create them in that VPC, or use their VPC: network: " +
				"{existing: {id: vpc-0123456789abcdef0}}")
		}
		for name, v := range w.Task.Volumes {
			if v.FileSystem != "" {
				c.At(w.path("task.volumes")).Key(name).At("fileSystem").Notef("tasks reach a file system through " +
					"mount targets in their VPC, which this stack creates; deploy without the volume first and " +
					"create mount targets in that VPC, or use the VPC of the mount targets: network: {existing: {id: " +
					"vpc-0123456789abcdef0}}")
			}
		}
	}
	if s.Namespace.Existing && s.UsesNamespace() {
		c.At("namespace.existing").Notef("the namespace belongs to another VPC unless it was created in this stack's " +
			"VPC after the first deployment: names of service.discovery then do not resolve here, and tasks reach " +
			"those of other stacks only if the two VPCs are peered or routed to each other")
	}
}
