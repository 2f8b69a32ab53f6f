package live

import (
	"context"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/internal/awsread"
)

// network is a VPC, as far as it decides who reaches whom.
type network struct {
	vpc       string
	resolves  bool // names of endpoints lead to them: the VPC has DNS support and DNS hostnames
	subnets   map[string]ec2types.Subnet
	tables    []ec2types.RouteTable
	nats      map[string]ec2types.NatGateway
	endpoints []ec2types.VpcEndpoint
	groups    map[string]ec2types.SecurityGroup
	lists     map[string]prefixList
}

// prefixList is a managed prefix list. Those of AWS's own have the name of a service, such as
// com.amazonaws.eu-west-1.s3.
type prefixList struct {
	name   string
	ranges []netip.Prefix
}

// networkReader reads a network.
type networkReader struct {
	*awsread.Reader
	client *ec2.Client
}

func readNetwork(ctx context.Context, cfg aws.Config, vpc string) (*network, error) {
	r := &networkReader{awsread.New(ctx, cfg), ec2.NewFromConfig(cfg)}
	inVPC := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}
	n := &network{
		vpc: vpc, resolves: r.attributes(vpc),
		subnets: map[string]ec2types.Subnet{}, nats: map[string]ec2types.NatGateway{},
		groups: map[string]ec2types.SecurityGroup{},
		tables: awsread.Call(r.Reader, "the route tables", r.client.DescribeRouteTables,
			&ec2.DescribeRouteTablesInput{Filters: inVPC}).RouteTables,
	}
	n.endpoints = awsread.Call(r.Reader, "the VPC endpoints", r.client.DescribeVpcEndpoints,
		&ec2.DescribeVpcEndpointsInput{Filters: inVPC}).VpcEndpoints
	for _, s := range awsread.Call(r.Reader, "the subnets", r.client.DescribeSubnets,
		&ec2.DescribeSubnetsInput{Filters: inVPC}).Subnets {
		n.subnets[aws.ToString(s.SubnetId)] = s
	}
	for _, g := range awsread.Call(r.Reader, "the NAT gateways", r.client.DescribeNatGateways,
		&ec2.DescribeNatGatewaysInput{Filter: inVPC}).NatGateways {
		n.nats[aws.ToString(g.NatGatewayId)] = g
	}
	groups := awsread.Call(r.Reader, "the security groups", r.client.DescribeSecurityGroups,
		&ec2.DescribeSecurityGroupsInput{Filters: inVPC})
	for _, g := range groups.SecurityGroups {
		n.groups[aws.ToString(g.GroupId)] = g
	}
	n.lists = r.prefixLists(n.groups)
	return n, r.Err()
}

// attributes reports whether the private names of interface endpoints lead to them. Source: AWS PrivateLink guide,
// "Private DNS".
func (r *networkReader) attributes(vpc string) bool {
	support := awsread.Call(r.Reader, "an attribute of the VPC", r.client.DescribeVpcAttribute,
		&ec2.DescribeVpcAttributeInput{
			VpcId: &vpc, Attribute: ec2types.VpcAttributeNameEnableDnsSupport,
		}).EnableDnsSupport
	names := awsread.Call(r.Reader, "an attribute of the VPC", r.client.DescribeVpcAttribute,
		&ec2.DescribeVpcAttributeInput{
			VpcId: &vpc, Attribute: ec2types.VpcAttributeNameEnableDnsHostnames,
		}).EnableDnsHostnames
	return support != nil && aws.ToBool(support.Value) && names != nil && aws.ToBool(names.Value)
}

// prefixLists reads the lists that the rules of security groups name.
func (r *networkReader) prefixLists(groups map[string]ec2types.SecurityGroup) map[string]prefixList {
	all := map[string]prefixList{}
	for _, g := range groups {
		for _, rule := range slices.Concat(g.IpPermissions, g.IpPermissionsEgress) {
			for _, list := range rule.PrefixListIds {
				id := aws.ToString(list.PrefixListId)
				if _, known := all[id]; !known {
					all[id] = r.prefixList(id)
				}
			}
		}
	}
	return all
}

func (r *networkReader) prefixList(id string) prefixList {
	var list prefixList
	described := awsread.Call(r.Reader, "the prefix lists", r.client.DescribeManagedPrefixLists,
		&ec2.DescribeManagedPrefixListsInput{
			PrefixListIds: []string{id},
		})
	for _, one := range described.PrefixLists {
		list.name = aws.ToString(one.PrefixListName)
	}
	out := awsread.Call(r.Reader, "the entries of a prefix list", r.client.GetManagedPrefixListEntries,
		&ec2.GetManagedPrefixListEntriesInput{PrefixListId: &id})
	for _, entry := range out.Entries {
		if prefix, err := netip.ParsePrefix(aws.ToString(entry.Cidr)); err == nil {
			list.ranges = append(list.ranges, prefix)
		}
	}
	return list
}

// ranges are the addresses of subnets.
func (n *network) ranges(subnets []string) []netip.Prefix {
	var all []netip.Prefix
	for _, id := range subnets {
		if prefix, err := netip.ParsePrefix(aws.ToString(n.subnets[id].CidrBlock)); err == nil {
			all = append(all, prefix)
		}
	}
	return all
}

// defaultGroup is the security group of whatever names none.
func (n *network) defaultGroup() []string {
	for id, g := range n.groups {
		if aws.ToString(g.GroupName) == "default" {
			return []string{id}
		}
	}
	return nil
}

// table returns the route table of a subnet: its own, or the VPC's main one.
func (n *network) table(subnet string) ec2types.RouteTable {
	var main ec2types.RouteTable
	for _, t := range n.tables {
		for _, a := range t.Associations {
			if aws.ToString(a.SubnetId) == subnet {
				return t
			}
			if aws.ToBool(a.Main) {
				main = t
			}
		}
	}
	return main
}

// defaultRoute returns the route by which a subnet reaches any address outside the VPC, nil where it has none.
func (n *network) defaultRoute(subnet string) *ec2types.Route {
	for _, r := range n.table(subnet).Routes {
		if aws.ToString(r.DestinationCidrBlock) == anywhere.String() && r.State != ec2types.RouteStateBlackhole {
			return &r
		}
	}
	return nil
}
