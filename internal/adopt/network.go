package adopt

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
)

func (m *matcher) vpc(tfstack.Resource) (known, id string) {
	if m.VPC == nil {
		return "", ""
	}
	return aws.ToString(m.VPC.VpcId), ""
}

func (m *matcher) defaultGroup(r tfstack.Resource) (known, id string) {
	for _, g := range m.SecurityGroups {
		if aws.ToString(g.GroupName) == "default" && m.of(r, "vpc_id") == aws.ToString(g.VpcId) {
			return aws.ToString(g.GroupId), ""
		}
	}
	return "", ""
}

func (m *matcher) internetGateway(r tfstack.Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.Gateways) == 0 {
		return "", ""
	}
	return aws.ToString(m.Gateways[0].InternetGatewayId), "" // a VPC has one
}

func (m *matcher) egressOnlyGateway(r tfstack.Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.EgressOnly) == 0 {
		return "", ""
	}
	return aws.ToString(m.EgressOnly[0].EgressOnlyInternetGatewayId), ""
}

func (m *matcher) subnetOfRange(r tfstack.Resource) (known, id string) {
	for _, s := range m.Subnets {
		if m.of(r, "vpc_id") == aws.ToString(s.VpcId) && r.Text("cidr_block") == aws.ToString(s.CidrBlock) {
			return aws.ToString(s.SubnetId), ""
		}
	}
	return "", ""
}

// subnetOfZone finds a subnet with other addresses, in the same zone, which is public or private like that of the
// stack. It prefers a subnet of the load balancer or of a service, then one with a default route.
func (m *matcher) subnetOfZone(r tfstack.Resource) (known, id string) {
	zone, public := m.zone(r), m.isToBePublic(r)
	var best string
	rank := func(s ec2types.Subnet) int {
		switch id := aws.ToString(s.SubnetId); {
		case slices.Contains(m.inUse(public), id):
			return 0
		case m.hasDefaultRoute(id):
			return 1
		}
		return 2
	}
	least := 3
	for _, s := range m.Subnets {
		id := aws.ToString(s.SubnetId)
		fits := m.of(r, "vpc_id") == aws.ToString(s.VpcId) && aws.ToString(s.AvailabilityZone) == zone &&
			m.isPublic(id) == public
		if fits && !m.isClaimed(r, id) && rank(s) < least {
			best, least = id, rank(s)
		}
	}
	return best, ""
}

var nthZone = regexp.MustCompile(`^\$\{element\(data\.aws_availability_zones\.[^,]+, (\d+)\)\}$`)

// zone returns the name of the availability zone of a subnet of the stack.
func (m *matcher) zone(subnet tfstack.Resource) string {
	zone := subnet.Text("availability_zone")
	if match := nthZone.FindStringSubmatch(zone); match != nil && len(m.Zones) > 0 {
		n, _ := strconv.Atoi(match[1]) // the expression matches digits only
		return m.Zones[n%len(m.Zones)]
	}
	return zone
}

// isToBePublic reports whether the stack routes a subnet to an internet gateway.
func (m *matcher) isToBePublic(subnet tfstack.Resource) bool {
	for _, association := range m.users(subnet, "aws_route_table_association", "subnet_id") {
		for _, table := range m.stack.References(association.Get("route_table_id")) {
			for _, route := range m.users(table, "aws_route", "route_table_id") {
				if route.Get("gateway_id") != nil {
					return true
				}
			}
		}
	}
	return false
}

// inUse returns the subnets of the load balancer, which are public, or those of the services' tasks.
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

// tableOf returns the route table of an existing subnet: its own, else the main one of the VPC.
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

func (m *matcher) hasDefaultRoute(subnet string) bool {
	table, _ := m.tableOf(subnet)
	return table != nil && slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool {
		return aws.ToString(r.DestinationCidrBlock) == "0.0.0.0/0"
	})
}

func (m *matcher) routeTable(r tfstack.Resource) (known, id string) {
	for _, association := range m.users(r, "aws_route_table_association", "route_table_id") {
		if subnet := m.of(association, "subnet_id"); subnet != "" {
			table, own := m.tableOf(subnet)
			if table != nil && (own || !m.hasOwnVPC()) && !m.isClaimed(r, aws.ToString(table.RouteTableId)) {
				return aws.ToString(table.RouteTableId), ""
			}
		}
	}
	return "", ""
}

func (m *matcher) association(r tfstack.Resource) (known, id string) {
	subnet := m.of(r, "subnet_id")
	table, own := m.tableOf(subnet)
	if subnet == "" || !own {
		return "", ""
	}
	return subnet + "/" + aws.ToString(table.RouteTableId), ""
}

func (m *matcher) route(r tfstack.Resource) (known, id string) {
	table := m.of(r, "route_table_id")
	for _, t := range m.RouteTables {
		for _, existing := range t.Routes {
			destination := aws.ToString(existing.DestinationCidrBlock) + aws.ToString(existing.DestinationIpv6CidrBlock)
			if table == aws.ToString(t.RouteTableId) && destination != "" &&
				destination == r.Text("destination_cidr_block")+r.Text("destination_ipv6_cidr_block") {
				return table + "_" + destination, ""
			}
		}
	}
	return "", ""
}

// natGateway finds the one in the same subnet; else the only one of the VPC, if the stack has only one too.
func (m *matcher) natGateway(r tfstack.Resource) (known, id string) {
	subnet := m.of(r, "subnet_id")
	for _, n := range m.NATGateways {
		if subnet != "" && aws.ToString(n.SubnetId) == subnet {
			return aws.ToString(n.NatGatewayId), ""
		}
	}
	if len(m.NATGateways) == 1 && len(m.stack.Resources("aws_nat_gateway")) == 1 {
		return aws.ToString(m.NATGateways[0].NatGatewayId), ""
	}
	return "", ""
}

func (m *matcher) address(r tfstack.Resource) (known, id string) {
	for _, nat := range m.users(r, "aws_nat_gateway", "allocation_id") {
		for _, n := range m.NATGateways {
			if m.known[nat.Address()] == aws.ToString(n.NatGatewayId) && len(n.NatGatewayAddresses) > 0 {
				return aws.ToString(n.NatGatewayAddresses[0].AllocationId), ""
			}
		}
	}
	return "", ""
}

func (m *matcher) endpoint(r tfstack.Resource) (known, id string) {
	// com.amazonaws.REGION.SERVICE, where the region may be an expression
	name := r.Text("service_name")
	service := name[strings.LastIndex(name, "}")+1:]
	for _, e := range m.Endpoints {
		isOfType := string(e.VpcEndpointType) == r.Text("vpc_endpoint_type")
		if service != "" && strings.HasSuffix(aws.ToString(e.ServiceName), service) && isOfType {
			return aws.ToString(e.VpcEndpointId), ""
		}
	}
	return "", ""
}

// securityGroupOfName finds a group that the stack itself created. Its members may be in other groups too.
func (m *matcher) securityGroupOfName(r tfstack.Resource) (known, id string) {
	for _, candidate := range m.groupsOf(r) {
		for _, g := range m.SecurityGroups {
			if aws.ToString(g.GroupId) == candidate && snapshot.HasName(r, aws.ToString(g.GroupName)) {
				return candidate, ""
			}
		}
	}
	return "", ""
}

// securityGroup finds a group by its members: the first that no other resource was matched with.
func (m *matcher) securityGroup(r tfstack.Resource) (known, id string) {
	for _, candidate := range m.groupsOf(r) {
		if !m.isClaimed(r, candidate) {
			return candidate, ""
		}
	}
	return "", ""
}

// groupsOf returns the existing groups of what the stack puts into a group, without those that the stack names by id.
func (m *matcher) groupsOf(r tfstack.Resource) []string {
	var found, literal []string
	for _, lb := range m.users(r, "aws_lb", "security_groups") {
		if m.known[lb.Address()] != "" {
			found = append(found, m.LoadBalancer.SecurityGroups...)
			literal = append(literal, tfstack.Texts(lb.Get("security_groups"))...)
		}
	}
	for _, service := range m.users(r, "aws_ecs_service", "network_configuration") {
		existing, ok := m.Services[service.Text("name")]
		if ok && existing.NetworkConfiguration != nil && existing.NetworkConfiguration.AwsvpcConfiguration != nil {
			found = append(found, existing.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups...)
			literal = append(literal, tfstack.Texts(service.Get("network_configuration"))...)
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

func (m *matcher) flowLog(r tfstack.Resource) (known, id string) {
	if m.of(r, "vpc_id") == "" || len(m.FlowLogs) == 0 {
		return "", ""
	}
	return aws.ToString(m.FlowLogs[0].FlowLogId), ""
}

// flowLogOf returns the existing flow log of which an argument in the stack refers to a resource.
func (m *matcher) flowLogOf(r tfstack.Resource, attribute string) (ec2types.FlowLog, bool) {
	for _, log := range m.users(r, "aws_flow_log", attribute) {
		for _, existing := range m.FlowLogs {
			if m.known[log.Address()] == aws.ToString(existing.FlowLogId) {
				return existing, true
			}
		}
	}
	return ec2types.FlowLog{}, false
}

// prefixList returns the id of the prefix list that a rule names: that of an endpoint's service, or its own.
func (m *matcher) prefixList(r tfstack.Resource) string {
	named := m.of(r, "prefix_list_id")
	for _, e := range m.Endpoints {
		if aws.ToString(e.VpcEndpointId) == named {
			return m.PrefixLists[aws.ToString(e.ServiceName)]
		}
	}
	return named
}

func (m *matcher) rule(r tfstack.Resource) (known, id string) {
	group := m.of(r, "security_group_id")
	for _, existing := range m.Rules {
		isOfGroup := group != "" && aws.ToString(existing.GroupId) == group
		isEgress := strings.Contains(r.Type, "_egress_")
		if isOfGroup && aws.ToBool(existing.IsEgress) == isEgress && m.allowsSame(r, existing) {
			return aws.ToString(existing.SecurityGroupRuleId), ""
		}
	}
	return "", ""
}

// allowsSame reports whether two rules allow the same connections.
func (m *matcher) allowsSame(r tfstack.Resource, existing ec2types.SecurityGroupRule) bool {
	protocol := aws.ToString(existing.IpProtocol)
	if r.Text("ip_protocol") != protocol {
		return false
	}
	samePorts := int32(r.Number("from_port")) == aws.ToInt32(existing.FromPort) &&
		int32(r.Number("to_port")) == aws.ToInt32(existing.ToPort)
	if protocol != "-1" && !samePorts { // rules for every protocol have no ports
		return false
	}
	var peer string
	if existing.ReferencedGroupInfo != nil {
		peer = aws.ToString(existing.ReferencedGroupInfo.GroupId)
	}
	return r.Text("cidr_ipv4") == aws.ToString(existing.CidrIpv4) &&
		r.Text("cidr_ipv6") == aws.ToString(existing.CidrIpv6) &&
		m.of(r, "referenced_security_group_id") == peer && m.prefixList(r) == aws.ToString(existing.PrefixListId)
}
