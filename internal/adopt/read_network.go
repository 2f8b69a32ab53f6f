package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// readNetwork reads the VPC of an id; without one, that of the load balancer, or of a service's subnets.
func (r *reader) readNetwork(id string) {
	named := id != ""
	if !named && r.a.LoadBalancer != nil {
		id = aws.ToString(r.a.LoadBalancer.VpcId)
	}
	client := ec2.NewFromConfig(r.cfg)
	if id == "" {
		id = r.vpcOfServices(client)
	}
	if id == "" {
		id = r.ownVPC()
	}
	if id == "" || r.err != nil {
		return
	}
	in := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{id}}}
	vpcs, err := client.DescribeVpcs(r.ctx, &ec2.DescribeVpcsInput{Filters: in})
	if r.failed("reading the VPC", err) {
		return
	}
	if len(vpcs.Vpcs) != 1 {
		r.err = fmt.Errorf("there is no VPC %s in this account and region; write its id as the console shows it: "+
			"-vpc vpc-…", id)
		return
	}
	r.a.VPC = &vpcs.Vpcs[0]
	r.readInVPC(client, id, in)
}

func (r *reader) vpcOfServices(client *ec2.Client) string {
	for _, s := range r.a.Services {
		if s.NetworkConfiguration == nil || s.NetworkConfiguration.AwsvpcConfiguration == nil || r.err != nil {
			continue
		}
		subnets, err := client.DescribeSubnets(r.ctx, &ec2.DescribeSubnetsInput{SubnetIds: s.NetworkConfiguration.AwsvpcConfiguration.Subnets})
		if !r.failed("reading the service's subnets", err) && len(subnets.Subnets) > 0 {
			return aws.ToString(subnets.Subnets[0].VpcId)
		}
	}
	return ""
}

func (r *reader) readInVPC(client *ec2.Client, id string, in []ec2types.Filter) {
	zones, err := client.DescribeAvailabilityZones(r.ctx, &ec2.DescribeAvailabilityZonesInput{
		Filters: []ec2types.Filter{{Name: aws.String("opt-in-status"), Values: []string{"opt-in-not-required"}}},
	})
	if r.failed("reading the zones", err) {
		return
	}
	for _, z := range zones.AvailabilityZones {
		r.a.Zones = append(r.a.Zones, aws.ToString(z.ZoneName))
	}
	slices.Sort(r.a.Zones)
	subnets, err := client.DescribeSubnets(r.ctx, &ec2.DescribeSubnetsInput{Filters: in})
	if r.failed("reading the subnets", err) {
		return
	}
	r.a.Subnets = subnets.Subnets
	slices.SortFunc(r.a.Subnets, func(a, b ec2types.Subnet) int { return strings.Compare(*a.SubnetId, *b.SubnetId) })
	tables, err := client.DescribeRouteTables(r.ctx, &ec2.DescribeRouteTablesInput{Filters: in})
	if r.failed("reading the route tables", err) {
		return
	}
	r.a.RouteTables = tables.RouteTables
	gateways, err := client.DescribeInternetGateways(r.ctx, &ec2.DescribeInternetGatewaysInput{
		Filters: []ec2types.Filter{{Name: aws.String("attachment.vpc-id"), Values: []string{id}}},
	})
	if r.failed("reading the internet gateway", err) {
		return
	}
	r.a.Gateways = gateways.InternetGateways
	outward, err := client.DescribeEgressOnlyInternetGateways(r.ctx, nil)
	if r.failed("reading the egress-only gateways", err) {
		return
	}
	for _, g := range outward.EgressOnlyInternetGateways {
		if len(g.Attachments) > 0 && aws.ToString(g.Attachments[0].VpcId) == id {
			r.a.EgressOnly = append(r.a.EgressOnly, g)
		}
	}
	nats, err := client.DescribeNatGateways(r.ctx, &ec2.DescribeNatGatewaysInput{Filter: in})
	if r.failed("reading the NAT gateways", err) {
		return
	}
	r.a.NATGateways = slices.DeleteFunc(nats.NatGateways, func(n ec2types.NatGateway) bool {
		return n.State == ec2types.NatGatewayStateDeleted || n.State == ec2types.NatGatewayStateDeleting
	})
	endpoints, err := client.DescribeVpcEndpoints(r.ctx, &ec2.DescribeVpcEndpointsInput{Filters: in})
	if r.failed("reading the endpoints", err) {
		return
	}
	r.a.Endpoints = slices.DeleteFunc(endpoints.VpcEndpoints, func(e ec2types.VpcEndpoint) bool {
		return strings.HasPrefix(strings.ToLower(string(e.State)), "delet") // AWS shows a deleted one for a while
	})
	r.readGroups(client, in)
	r.readFlowLogs(client, id)
	r.readPrefixLists(client)
}

func (r *reader) readFlowLogs(client *ec2.Client, vpc string) {
	if r.err != nil {
		return
	}
	logs, err := client.DescribeFlowLogs(r.ctx, &ec2.DescribeFlowLogsInput{
		Filter: []ec2types.Filter{{Name: aws.String("resource-id"), Values: []string{vpc}}},
	})
	if r.failed("reading the flow logs", err) {
		return
	}
	r.a.FlowLogs = logs.FlowLogs
	for _, f := range r.a.FlowLogs {
		r.readRole(lastPart(aws.ToString(f.DeliverLogsPermissionArn)))
	}
}

func (r *reader) readPrefixLists(client *ec2.Client) {
	if r.err != nil || len(r.a.Endpoints) == 0 {
		return
	}
	lists, err := client.DescribePrefixLists(r.ctx, nil)
	if r.failed("reading the prefix lists", err) {
		return
	}
	r.a.PrefixLists = map[string]string{}
	for _, l := range lists.PrefixLists {
		r.a.PrefixLists[aws.ToString(l.PrefixListName)] = aws.ToString(l.PrefixListId)
	}
}

func (r *reader) readGroups(client *ec2.Client, in []ec2types.Filter) {
	groups, err := client.DescribeSecurityGroups(r.ctx, &ec2.DescribeSecurityGroupsInput{Filters: in})
	if r.failed("reading the security groups", err) {
		return
	}
	r.a.SecurityGroups = groups.SecurityGroups
	var ids []string
	for _, g := range r.a.SecurityGroups {
		ids = append(ids, aws.ToString(g.GroupId))
	}
	const most = 200 // values of one filter
	for some := range slices.Chunk(ids, most) {
		pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
			Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: some}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(r.ctx)
			if r.failed("reading the security groups' rules", err) {
				return
			}
			r.a.Rules = append(r.a.Rules, page.SecurityGroupRules...)
		}
	}
}
