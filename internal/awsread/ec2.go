package awsread

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Filter is a condition on what EC2 returns.
func Filter(name string, values ...string) ec2types.Filter {
	return ec2types.Filter{Name: &name, Values: values}
}

// InVPC is the condition that something belongs to a VPC.
func InVPC(id string) ec2types.Filter { return Filter("vpc-id", id) }

// VPCs returns the VPCs that meet conditions.
func (r *Reader) VPCs(filters ...ec2types.Filter) []ec2types.Vpc {
	pages := ec2.NewDescribeVpcsPaginator(ec2.NewFromConfig(r.cfg), &ec2.DescribeVpcsInput{Filters: filters})
	return All(r, "the VPCs", pages, func(out *ec2.DescribeVpcsOutput) []ec2types.Vpc { return out.Vpcs })
}

// Zones returns the names of the region's availability zones that need no opt-in, sorted.
func (r *Reader) Zones() []string {
	found := Call(r, "the availability zones", ec2.NewFromConfig(r.cfg).DescribeAvailabilityZones,
		&ec2.DescribeAvailabilityZonesInput{Filters: []ec2types.Filter{Filter("opt-in-status", "opt-in-not-required")}})
	var names []string
	for _, z := range found.AvailabilityZones {
		names = append(names, aws.ToString(z.ZoneName))
	}
	slices.Sort(names)
	return names
}

// Subnets returns the subnets that meet conditions.
func (r *Reader) Subnets(filters ...ec2types.Filter) []ec2types.Subnet {
	pages := ec2.NewDescribeSubnetsPaginator(ec2.NewFromConfig(r.cfg), &ec2.DescribeSubnetsInput{Filters: filters})
	return All(r, "the subnets", pages, func(out *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return out.Subnets })
}

// SubnetsByID returns the subnets of some ids.
func (r *Reader) SubnetsByID(ids []string) []ec2types.Subnet {
	if len(ids) == 0 {
		return nil // AWS would return all of them
	}
	return r.Subnets(Filter("subnet-id", ids...))
}

// RouteTables returns the route tables that meet conditions.
func (r *Reader) RouteTables(filters ...ec2types.Filter) []ec2types.RouteTable {
	pages := ec2.NewDescribeRouteTablesPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeRouteTablesInput{Filters: filters})
	return All(r, "the route tables", pages, func(out *ec2.DescribeRouteTablesOutput) []ec2types.RouteTable {
		return out.RouteTables
	})
}

// InternetGateways returns the internet gateways that meet conditions.
func (r *Reader) InternetGateways(filters ...ec2types.Filter) []ec2types.InternetGateway {
	pages := ec2.NewDescribeInternetGatewaysPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeInternetGatewaysInput{Filters: filters})
	return All(r, "the internet gateways", pages,
		func(out *ec2.DescribeInternetGatewaysOutput) []ec2types.InternetGateway {
			return out.InternetGateways
		})
}

// EgressOnlyGateways returns the egress-only internet gateways of a VPC. EC2 has no filter for the VPC.
func (r *Reader) EgressOnlyGateways(vpc string) []ec2types.EgressOnlyInternetGateway {
	pages := ec2.NewDescribeEgressOnlyInternetGatewaysPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeEgressOnlyInternetGatewaysInput{})
	items := func(out *ec2.DescribeEgressOnlyInternetGatewaysOutput) []ec2types.EgressOnlyInternetGateway {
		return out.EgressOnlyInternetGateways
	}
	found := All(r, "the egress-only internet gateways", pages, items)
	return slices.DeleteFunc(found, func(g ec2types.EgressOnlyInternetGateway) bool {
		return len(g.Attachments) == 0 || aws.ToString(g.Attachments[0].VpcId) != vpc
	})
}

// NATGateways returns the NAT gateways of a VPC. EC2 shows deleted ones for about an hour; they are left out.
func (r *Reader) NATGateways(vpc string) []ec2types.NatGateway {
	pages := ec2.NewDescribeNatGatewaysPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeNatGatewaysInput{Filter: []ec2types.Filter{InVPC(vpc)}})
	found := All(r, "the NAT gateways", pages, func(out *ec2.DescribeNatGatewaysOutput) []ec2types.NatGateway {
		return out.NatGateways
	})
	return slices.DeleteFunc(found, func(n ec2types.NatGateway) bool {
		return n.State == ec2types.NatGatewayStateDeleted || n.State == ec2types.NatGatewayStateDeleting
	})
}

// Addresses returns the Elastic IP addresses that meet conditions.
func (r *Reader) Addresses(filters ...ec2types.Filter) []ec2types.Address {
	return Call(r, "the Elastic IP addresses", ec2.NewFromConfig(r.cfg).DescribeAddresses,
		&ec2.DescribeAddressesInput{Filters: filters}).Addresses
}

// Endpoints returns the endpoints of a VPC. EC2 shows deleted ones for a while; they are left out.
func (r *Reader) Endpoints(vpc string) []ec2types.VpcEndpoint {
	pages := ec2.NewDescribeVpcEndpointsPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeVpcEndpointsInput{Filters: []ec2types.Filter{InVPC(vpc)}})
	found := All(r, "the endpoints", pages, func(out *ec2.DescribeVpcEndpointsOutput) []ec2types.VpcEndpoint {
		return out.VpcEndpoints
	})
	return slices.DeleteFunc(found, func(e ec2types.VpcEndpoint) bool {
		return strings.HasPrefix(strings.ToLower(string(e.State)), "delet") // EC2 writes the states in either case
	})
}

// SecurityGroups returns the security groups that meet conditions.
func (r *Reader) SecurityGroups(filters ...ec2types.Filter) []ec2types.SecurityGroup {
	pages := ec2.NewDescribeSecurityGroupsPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeSecurityGroupsInput{Filters: filters})
	return All(r, "the security groups", pages, func(out *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup {
		return out.SecurityGroups
	})
}

// SecurityGroupsByID returns the security groups of some ids.
func (r *Reader) SecurityGroupsByID(ids []string) []ec2types.SecurityGroup {
	if len(ids) == 0 {
		return nil // AWS would return all of them
	}
	return r.SecurityGroups(Filter("group-id", ids...))
}

// SecurityGroupRules returns the rules of security groups.
func (r *Reader) SecurityGroupRules(groups []string) []ec2types.SecurityGroupRule {
	const atOnce = 200 // values of one filter
	var found []ec2types.SecurityGroupRule
	for some := range slices.Chunk(groups, atOnce) {
		pages := ec2.NewDescribeSecurityGroupRulesPaginator(ec2.NewFromConfig(r.cfg),
			&ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{Filter("group-id", some...)}})
		items := func(out *ec2.DescribeSecurityGroupRulesOutput) []ec2types.SecurityGroupRule {
			return out.SecurityGroupRules
		}
		found = append(found, All(r, "the security groups' rules", pages, items)...)
	}
	return found
}

// FlowLogs returns the flow logs of a VPC.
func (r *Reader) FlowLogs(vpc string) []ec2types.FlowLog {
	pages := ec2.NewDescribeFlowLogsPaginator(ec2.NewFromConfig(r.cfg),
		&ec2.DescribeFlowLogsInput{Filter: []ec2types.Filter{Filter("resource-id", vpc)}})
	return All(r, "the flow logs", pages, func(out *ec2.DescribeFlowLogsOutput) []ec2types.FlowLog {
		return out.FlowLogs
	})
}

// PrefixLists returns the ids of the prefix lists of AWS services that have a gateway endpoint, by the service's name.
func (r *Reader) PrefixLists() map[string]string {
	pages := ec2.NewDescribePrefixListsPaginator(ec2.NewFromConfig(r.cfg), &ec2.DescribePrefixListsInput{})
	found := All(r, "the prefix lists", pages, func(out *ec2.DescribePrefixListsOutput) []ec2types.PrefixList {
		return out.PrefixLists
	})
	ids := map[string]string{}
	for _, l := range found {
		ids[aws.ToString(l.PrefixListName)] = aws.ToString(l.PrefixListId)
	}
	return ids
}
