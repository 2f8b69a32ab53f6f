package adopt

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (m *matcher) vpc(Resource) (known, id string) {
	if m.VPC == nil {
		return "", ""
	}
	return aws.ToString(m.VPC.VpcId), ""
}

func (m *matcher) defaultGroup(r Resource) (known, id string) {
	for _, g := range m.SecurityGroups {
		if aws.ToString(g.GroupName) == "default" && m.of(r, "vpc_id") == aws.ToString(g.VpcId) {
			return aws.ToString(g.GroupId), ""
		}
	}
	return "", ""
}

func (m *matcher) internetGateway(r Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.Gateways) == 0 {
		return "", ""
	}
	return aws.ToString(m.Gateways[0].InternetGatewayId), "" // a VPC has one
}

func (m *matcher) egressOnlyGateway(r Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.EgressOnly) == 0 {
		return "", ""
	}
	return aws.ToString(m.EgressOnly[0].EgressOnlyInternetGatewayId), ""
}

func (m *matcher) subnetOfRange(r Resource) (known, id string) {
	for _, s := range m.Subnets {
		if m.of(r, "vpc_id") == aws.ToString(s.VpcId) && r.text("cidr_block") == aws.ToString(s.CidrBlock) {
			return aws.ToString(s.SubnetId), ""
		}
	}
	return "", ""
}

// subnetOfZone finds a subnet of another range: in the same zone, public or private as it is meant to be. Those that
// the load balancer or a service stands in come first, then those with a way out.
func (m *matcher) subnetOfZone(r Resource) (known, id string) {
	zone, public := m.zone(r), m.meantToBePublic(r)
	var best string
	rank := func(s ec2types.Subnet) int {
		switch id := aws.ToString(s.SubnetId); {
		case slices.Contains(m.inUse(public), id):
			return 0
		case m.leadsOut(id):
			return 1
		}
		return 2
	}
	least := 3
	for _, s := range m.Subnets {
		id := aws.ToString(s.SubnetId)
		fits := m.of(r, "vpc_id") == aws.ToString(s.VpcId) && aws.ToString(s.AvailabilityZone) == zone && m.isPublic(id) == public
		if fits && !m.isTaken(r, id) && rank(s) < least {
			best, least = id, rank(s)
		}
	}
	return best, ""
}

var nthZone = regexp.MustCompile(`^\$\{element\(data\.aws_availability_zones\.[^,]+, (\d+)\)\}$`)

// zone is the name of the zone that a subnet is meant for.
func (m *matcher) zone(subnet Resource) string {
	zone := subnet.text("availability_zone")
	if match := nthZone.FindStringSubmatch(zone); match != nil && len(m.Zones) > 0 {
		n, _ := strconv.Atoi(match[1]) // digits, or the expression would not match
		return m.Zones[n%len(m.Zones)]
	}
	return zone
}

// meantToBePublic says whether the stack routes a subnet to an internet gateway.
func (m *matcher) meantToBePublic(subnet Resource) bool {
	for _, association := range m.users(subnet, "aws_route_table_association", "subnet_id") {
		for _, address := range m.stack.references(association.config["route_table_id"]) {
			for _, route := range m.users(m.stack.resources[address], "aws_route", "route_table_id") {
				if route.config["gateway_id"] != nil {
					return true
				}
			}
		}
	}
	return false
}

// inUse are the subnets that the load balancer stands in, or the services' tasks.
func (m *matcher) inUse(public bool) []string {
	var ids []string
	if public {
		if m.LoadBalancer != nil {
			for _, z := range m.LoadBalancer.AvailabilityZones {
				ids = append(ids, aws.ToString(z.SubnetId))
			}
		}
		return ids
	}
	for _, s := range m.Services {
		if s.NetworkConfiguration != nil && s.NetworkConfiguration.AwsvpcConfiguration != nil {
			ids = append(ids, s.NetworkConfiguration.AwsvpcConfiguration.Subnets...)
		}
	}
	return ids
}

// tableOf is the route table that an existing subnet uses: its own, else the VPC's main one.
func (m *matcher) tableOf(subnet string) (table *ec2types.RouteTable, own bool) {
	for i := range m.RouteTables {
		for _, a := range m.RouteTables[i].Associations {
			if aws.ToString(a.SubnetId) == subnet {
				return &m.RouteTables[i], true
			}
			if aws.ToBool(a.Main) {
				table = &m.RouteTables[i]
			}
		}
	}
	return table, false
}

func (m *matcher) isPublic(subnet string) bool {
	table, _ := m.tableOf(subnet)
	return table != nil && slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool {
		return strings.HasPrefix(aws.ToString(r.GatewayId), "igw-")
	})
}

func (m *matcher) leadsOut(subnet string) bool {
	table, _ := m.tableOf(subnet)
	return table != nil && slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool {
		return aws.ToString(r.DestinationCidrBlock) == "0.0.0.0/0"
	})
}

func (m *matcher) routeTable(r Resource) (known, id string) {
	for _, association := range m.users(r, "aws_route_table_association", "route_table_id") {
		if subnet := m.of(association, "subnet_id"); subnet != "" {
			table, own := m.tableOf(subnet)
			if table != nil && (own || !m.hasOwnVPC()) && !m.isTaken(r, aws.ToString(table.RouteTableId)) {
				return aws.ToString(table.RouteTableId), ""
			}
		}
	}
	return "", ""
}

func (m *matcher) association(r Resource) (known, id string) {
	subnet := m.of(r, "subnet_id")
	table, own := m.tableOf(subnet)
	if subnet == "" || !own {
		return "", ""
	}
	return subnet + "/" + aws.ToString(table.RouteTableId), ""
}

func (m *matcher) route(r Resource) (known, id string) {
	table := m.of(r, "route_table_id")
	for _, t := range m.RouteTables {
		for _, existing := range t.Routes {
			destination := aws.ToString(existing.DestinationCidrBlock) + aws.ToString(existing.DestinationIpv6CidrBlock)
			if table == aws.ToString(t.RouteTableId) && destination != "" &&
				destination == r.text("destination_cidr_block")+r.text("destination_ipv6_cidr_block") {
				return table + "_" + destination, ""
			}
		}
	}
	return "", ""
}

// natGateway finds the one in the same subnet; the only one of the VPC where the stack has only one, too.
func (m *matcher) natGateway(r Resource) (known, id string) {
	subnet := m.of(r, "subnet_id")
	for _, n := range m.NATGateways {
		if subnet != "" && aws.ToString(n.SubnetId) == subnet {
			return aws.ToString(n.NatGatewayId), ""
		}
	}
	if len(m.NATGateways) == 1 && len(m.stack.all("aws_nat_gateway")) == 1 {
		return aws.ToString(m.NATGateways[0].NatGatewayId), ""
	}
	return "", ""
}

func (m *matcher) address(r Resource) (known, id string) {
	for _, nat := range m.users(r, "aws_nat_gateway", "allocation_id") {
		for _, n := range m.NATGateways {
			if m.known[nat.Address()] == aws.ToString(n.NatGatewayId) && len(n.NatGatewayAddresses) > 0 {
				return aws.ToString(n.NatGatewayAddresses[0].AllocationId), ""
			}
		}
	}
	return "", ""
}

func (m *matcher) endpoint(r Resource) (known, id string) {
	// com.amazonaws.REGION.SERVICE, with the region known once applied
	name := r.text("service_name")
	service := name[strings.LastIndex(name, "}")+1:]
	for _, e := range m.Endpoints {
		if service != "" && strings.HasSuffix(aws.ToString(e.ServiceName), service) && string(e.VpcEndpointType) == r.text("vpc_endpoint_type") {
			return aws.ToString(e.VpcEndpointId), ""
		}
	}
	return "", ""
}

// securityGroupOfName finds a group that the stack itself has made: whoever is in it may be in others too.
func (m *matcher) securityGroupOfName(r Resource) (known, id string) {
	for _, candidate := range m.groupsOf(r) {
		for _, g := range m.SecurityGroups {
			if aws.ToString(g.GroupId) == candidate && r.isNamed(aws.ToString(g.GroupName)) {
				return candidate, ""
			}
		}
	}
	return "", ""
}

// securityGroup finds a group by who is in it: the first that no other resource is.
func (m *matcher) securityGroup(r Resource) (known, id string) {
	for _, candidate := range m.groupsOf(r) {
		if !m.isTaken(r, candidate) {
			return candidate, ""
		}
	}
	return "", ""
}

// groupsOf are the existing groups of what the stack puts into a group, but for those that the stack names by their
// ids.
func (m *matcher) groupsOf(r Resource) []string {
	var found, literal []string
	for _, lb := range m.users(r, "aws_lb", "security_groups") {
		if m.known[lb.Address()] != "" {
			found = append(found, m.LoadBalancer.SecurityGroups...)
			literal = append(literal, texts(lb.config["security_groups"])...)
		}
	}
	for _, service := range m.users(r, "aws_ecs_service", "network_configuration") {
		existing, ok := m.Services[service.text("name")]
		if ok && existing.NetworkConfiguration != nil && existing.NetworkConfiguration.AwsvpcConfiguration != nil {
			found = append(found, existing.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups...)
			literal = append(literal, texts(service.config["network_configuration"])...)
		}
	}
	for _, endpoint := range m.users(r, "aws_vpc_endpoint", "security_group_ids") {
		for _, e := range m.Endpoints {
			if m.known[endpoint.Address()] == aws.ToString(e.VpcEndpointId) {
				for _, g := range e.Groups {
					found = append(found, aws.ToString(g.GroupId))
				}
			}
		}
	}
	return slices.DeleteFunc(found, func(id string) bool { return slices.Contains(literal, id) })
}

var generated = regexp.MustCompile(`^[0-9a-f]{26}$`) // what Terraform puts behind a prefix

// isNamed reports whether something has the name that the stack would give it.
func (r Resource) isNamed(name string) bool {
	if prefix := r.text("name_prefix"); prefix != "" {
		rest, ok := strings.CutPrefix(name, prefix)
		return ok && generated.MatchString(rest)
	}
	return r.text("name") == name
}

func (m *matcher) flowLog(r Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.FlowLogs) == 0 {
		return "", ""
	}
	return aws.ToString(m.FlowLogs[0].FlowLogId), ""
}

// recordsOf is the existing flow log that an attribute of the stack's puts a resource into.
func (m *matcher) recordsOf(r Resource, attribute string) (ec2types.FlowLog, bool) {
	for _, log := range m.users(r, "aws_flow_log", attribute) {
		for _, existing := range m.FlowLogs {
			if m.known[log.Address()] == aws.ToString(existing.FlowLogId) {
				return existing, true
			}
		}
	}
	return ec2types.FlowLog{}, false
}

// prefixList is the id of the list that a rule names: that of an endpoint's service, or its own.
func (m *matcher) prefixList(r Resource) string {
	named := m.of(r, "prefix_list_id")
	for _, e := range m.Endpoints {
		if aws.ToString(e.VpcEndpointId) == named {
			return m.PrefixLists[aws.ToString(e.ServiceName)]
		}
	}
	return named
}

func (m *matcher) rule(r Resource) (known, id string) {
	group := m.of(r, "security_group_id")
	for _, existing := range m.Rules {
		if group != "" && aws.ToString(existing.GroupId) == group && aws.ToBool(existing.IsEgress) == strings.Contains(r.Type, "_egress_") && m.same(r, existing) {
			return aws.ToString(existing.SecurityGroupRuleId), ""
		}
	}
	return "", ""
}

// same says whether two rules admit the same.
func (m *matcher) same(r Resource, existing ec2types.SecurityGroupRule) bool {
	protocol := aws.ToString(existing.IpProtocol)
	if r.text("ip_protocol") != protocol {
		return false
	}
	if protocol != "-1" && (r.number("from_port") != aws.ToInt32(existing.FromPort) || r.number("to_port") != aws.ToInt32(existing.ToPort)) {
		return false
	}
	var peer string
	if existing.ReferencedGroupInfo != nil {
		peer = aws.ToString(existing.ReferencedGroupInfo.GroupId)
	}
	return r.text("cidr_ipv4") == aws.ToString(existing.CidrIpv4) && r.text("cidr_ipv6") == aws.ToString(existing.CidrIpv6) &&
		m.of(r, "referenced_security_group_id") == peer && m.prefixList(r) == aws.ToString(existing.PrefixListId)
}
