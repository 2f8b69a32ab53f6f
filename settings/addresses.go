package settings

import (
	"fmt"
	"slices"
	"strconv"

	"webapp/internal/configfile"
)

// reservedAddresses are those that AWS keeps of each subnet (VPC user guide, "Subnet CIDR blocks"). balancerAddresses
// are those that a load balancer needs in each of its subnets (ELB user guide, "Subnets for your load balancer").
const reservedAddresses, balancerAddresses = 5, 8

// addressNeeds are the addresses that the public or the private subnets of a new VPC need.
type addressNeeds struct {
	// least and most are for tasks: those that the services begin with, and those that scaling may start.
	least, most int
	others      int
	// parts say what the others are for.
	parts []string
}

// addressNeeds counts one address for each task, and one in each zone for each interface endpoint. A deployment may
// need more for a while, and so may jobs.
// Sources: ECS developer guide, "Fargate task networking"; AWS PrivateLink guide, "Access an AWS service using an
// interface VPC endpoint".
func (s *Stack) addressNeeds(public bool) addressNeeds {
	var needs addressNeeds
	v := s.Network.New
	add := func(n int, what string) {
		if n > 0 {
			needs.others += n
			needs.parts = append(needs.parts, fmt.Sprintf("%d for %s", n, what))
		}
	}
	if !s.OnlyWorkers() && s.BalancerIsInPublicSubnets() == public {
		add(v.Zones*balancerAddresses, "the load balancer")
	}
	if public {
		add(v.NATGateways, "NAT gateways")
	} else {
		isGateway := func(endpoint string) bool { return endpoint == S3 || endpoint == DynamoDB }
		add(v.Zones*len(slices.DeleteFunc(slices.Clone(v.Endpoints), isGateway)), "endpoints")
	}
	for _, w := range s.Workloads() {
		if w.Service.AssignPublicIP != public {
			continue
		}
		least := w.Service.DesiredCount
		most := least
		if w.Scaling != nil {
			least, most = max(least, w.Scaling.Min), w.Scaling.MaxCapacity()
		}
		needs.least, needs.most = needs.least+least, needs.most+most
	}
	return needs
}

// checkAddresses reports subnets of a new VPC with too few addresses for the tasks, and notes those that only have too
// few for what scaling may start. The sizes of other subnets are not known.
func (s *Stack) checkAddresses(c configfile.Checker) {
	v := s.Network.New
	if v == nil || !c.Valid("network", "network.new.cidr", "network.new.zones", "network.new.zoneNames",
		"network.new.natGateways", "network.new.endpoints") {
		return
	}
	for _, w := range s.Workloads() {
		if !c.At(w.path("")).Valid("service.desiredCount", "service.assignPublicIp", "scaling", "scaling.min",
			"scaling.max", "scaling.schedules") {
			return
		}
	}
	s.checkSubnets(c.At("network.new"), "private", v.PrivateSubnetPrefix, s.addressNeeds(false))
	s.checkSubnets(c.At("network.new"), "public", v.PublicSubnetPrefix, s.addressNeeds(true))
}

// checkSubnets checks the public or the private subnets.
func (s *Stack) checkSubnets(c configfile.Checker, kind string, prefix int, needs addressNeeds) {
	v, setting := s.Network.New, kind+"SubnetPrefix"
	if !c.Valid(setting) {
		return
	}
	addresses := func(prefix int) int { return v.Zones * (1<<(32-prefix) - reservedAddresses) }
	at, size, isPrefix := c.At("cidr"), v.CIDR, c.Given(setting)
	if isPrefix {
		at, size = c.At(setting), strconv.Itoa(prefix)
	}
	has := addresses(prefix)
	report, tasks, when := at.Problemf, needs.least, ""
	if needs.others+tasks <= has {
		report, tasks, when = at.Notef, needs.most, "with as many tasks as scaling may start, "
	}
	needed, parts, fewer := needs.others+tasks, needs.parts, "run fewer tasks"
	if needed <= has {
		return
	}
	if tasks > 0 {
		parts = append([]string{fmt.Sprintf("%d for tasks", tasks)}, parts...)
	}
	if needs.others >= has {
		fewer = "list fewer endpoints"
	}
	larger := v.largerSubnets(prefix, isPrefix, func(prefix int) bool { return addresses(prefix) >= needed })
	report("%s gives the %s subnets %d addresses, besides the %d that AWS reserves in each, but %s%d are needed (%s); "+
		"%s%s", size, kind, has, reservedAddresses, when, needed, configfile.JoinWords(parts, "and"), larger, fewer)
}

// largerSubnets says how to have subnets that are large enough, followed by "or", or returns "" if no VPC has them. The
// prefix is that of the subnets now, which the file gives or not.
func (v *CreatedVPC) largerSubnets(prefix int, given bool, enough func(prefix int) bool) string {
	for p := prefix - 1; given && p >= v.sixteenth(); p-- {
		if enough(p) {
			return fmt.Sprintf("write %d or less, or ", p)
		}
	}
	for sixteenth := v.sixteenth() - 1; sixteenth >= largestVPCBits+4; sixteenth-- {
		switch {
		case !enough(sixteenth):
		case given:
			return fmt.Sprintf("remove this line and write a network.new.cidr of /%d or larger, or ", sixteenth-4)
		default:
			return fmt.Sprintf("write a range of /%d or larger, or ", sixteenth-4)
		}
	}
	return ""
}
