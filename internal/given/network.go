package given

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/settings"
)

// vpc is the VPC that a stack is deployed to.
type vpc struct {
	id     string
	public []string // subnets, each in another zone
}

// network creates the VPC that the settings name, and its subnets.
func (p *preparing) network() error {
	existing := p.settings.Network.Existing
	if existing == nil {
		return nil
	}
	what := "VPC " + existing.Name + existing.ID
	tags := existing.Tags
	switch {
	case existing.Name != "":
		tags = map[string]string{"Name": existing.Name}
	case existing.ID == "":
		what = "VPC with the tags " + describe(tags)
	}
	id, err := p.once(what, func() (*string, error) { return p.createVPC(tags) })
	if err != nil {
		return err
	}
	p.replace(existing.ID, id)
	if p.vpc, err = p.readVPC(id); err != nil {
		return err
	}
	if err := p.subnets(id, public, existing.PublicSubnets); err != nil {
		return err
	}
	return p.subnets(id, private, existing.PrivateSubnets)
}

// inVPC returns the VPC of the settings, or the default VPC, which every account has.
func (p *preparing) inVPC() (*vpc, error) {
	if p.vpc != nil {
		return p.vpc, nil
	}
	found, err := p.ec2().DescribeVpcs(p.ctx, &ec2.DescribeVpcsInput{Filters: filters("is-default", "true")})
	if err != nil {
		return nil, err
	}
	if len(found.Vpcs) != 1 {
		return nil, fmt.Errorf("%s has %d default VPCs", p.cfg.Region, len(found.Vpcs))
	}
	p.vpc, err = p.readVPC(*found.Vpcs[0].VpcId)
	return p.vpc, err
}

// The tag with the kind of a subnet or route table, and its values.
const (
	tierTag         = "Tier"
	public, private = "public", "private"
)

func (p *preparing) ec2() *ec2.Client { return ec2.NewFromConfig(p.cfg) }

// readVPC reads the subnets of a VPC. Those of a default VPC are public.
func (p *preparing) readVPC(id string) (*vpc, error) {
	found, err := p.ec2().DescribeSubnets(p.ctx, &ec2.DescribeSubnetsInput{Filters: filters("vpc-id", id)})
	if err != nil {
		return nil, err
	}
	v := &vpc{id: id}
	inZone := map[string]bool{}
	for _, s := range found.Subnets {
		if zone := *s.AvailabilityZone; !inZone[zone] &&
			(aws.ToBool(s.DefaultForAz) || hasTag(s.Tags, tierTag, public)) {
			v.public, inZone[zone] = append(v.public, *s.SubnetId), true
		}
	}
	return v, nil
}

// matching returns a value that a pattern of EC2's filters matches.
var matching = strings.NewReplacer("*", "", "?", "x").Replace

// createVPC creates a typical VPC: in every zone a public subnet, and a private one with a route to a NAT gateway; and
// one more of each in the first zone.
func (p *preparing) createVPC(tags map[string]string) (*string, error) {
	created, err := p.ec2().CreateVpc(p.ctx, &ec2.CreateVpcInput{
		CidrBlock: aws.String("10.20.0.0/16"), AmazonProvidedIpv6CidrBlock: aws.Bool(true),
		TagSpecifications: tagged(types.ResourceTypeVpc, tags),
	})
	if err != nil {
		return nil, err
	}
	id := created.Vpc.VpcId
	if err := p.createRoutes(id); err != nil {
		return nil, err
	}
	zones, err := p.zones()
	if err != nil {
		return nil, err
	}
	for _, tier := range []string{public, private} {
		var first string
		for _, zone := range append(zones, zones[0]) {
			subnet, err := p.createSubnet(*id, tier, zone)
			if err != nil {
				return nil, err
			}
			if first == "" {
				first = *subnet
			}
		}
		if tier == public {
			if err := p.createWayOut(*id, first); err != nil {
				return nil, err
			}
		}
	}
	return id, nil
}

func (p *preparing) zones() ([]string, error) {
	found, err := p.ec2().DescribeAvailabilityZones(p.ctx, nil)
	if err != nil {
		return nil, err
	}
	var zones []string
	for _, z := range found.AvailabilityZones {
		zones = append(zones, *z.ZoneName)
	}
	return zones, nil
}

// createRoutes gives a VPC an internet gateway and a route table for each kind of subnets.
func (p *preparing) createRoutes(vpc *string) error {
	client := p.ec2()
	gateway, err := client.CreateInternetGateway(p.ctx, nil)
	if err != nil {
		return err
	}
	id := gateway.InternetGateway.InternetGatewayId
	if _, err := client.AttachInternetGateway(p.ctx,
		&ec2.AttachInternetGatewayInput{InternetGatewayId: id, VpcId: vpc}); err != nil {
		return err
	}
	for _, tier := range []string{public, private} {
		if _, err := client.CreateRouteTable(p.ctx, &ec2.CreateRouteTableInput{
			VpcId: vpc, TagSpecifications: tagged(types.ResourceTypeRouteTable, map[string]string{tierTag: tier}),
		}); err != nil {
			return err
		}
	}
	table, err := p.routeTable(*vpc, public)
	if err != nil {
		return err
	}
	for _, route := range []*ec2.CreateRouteInput{
		{DestinationCidrBlock: aws.String("0.0.0.0/0")}, {DestinationIpv6CidrBlock: aws.String("::/0")},
	} {
		route.RouteTableId, route.GatewayId = table, id
		if _, err := client.CreateRoute(p.ctx, route); err != nil {
			return err
		}
	}
	return nil
}

// createWayOut creates a NAT gateway in a public subnet, and the route to it from the private subnets.
func (p *preparing) createWayOut(vpc, subnet string) error {
	client := p.ec2()
	address, err := client.AllocateAddress(p.ctx, nil)
	if err != nil {
		return err
	}
	nat, err := client.CreateNatGateway(p.ctx, &ec2.CreateNatGatewayInput{
		SubnetId: &subnet, ConnectivityType: types.ConnectivityTypePublic, AllocationId: address.AllocationId,
	})
	if err != nil {
		return err
	}
	table, err := p.routeTable(vpc, private)
	if err != nil {
		return err
	}
	_, err = client.CreateRoute(p.ctx, &ec2.CreateRouteInput{
		RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: nat.NatGateway.NatGatewayId,
	})
	return err
}

func (p *preparing) routeTable(vpc, tier string) (*string, error) {
	found, err := p.ec2().DescribeRouteTables(p.ctx,
		&ec2.DescribeRouteTablesInput{Filters: filters("vpc-id", vpc, "tag:"+tierTag, tier)})
	if err != nil {
		return nil, err
	}
	if len(found.RouteTables) != 1 {
		return nil, fmt.Errorf("the %s has %d route tables for %s subnets", vpc, len(found.RouteTables), tier)
	}
	return found.RouteTables[0].RouteTableId, nil
}

// createSubnet creates another subnet, with the next free addresses of the VPC.
func (p *preparing) createSubnet(vpc, tier, zone string) (*string, error) {
	client := p.ec2()
	there, err := client.DescribeSubnets(p.ctx, &ec2.DescribeSubnetsInput{Filters: filters("vpc-id", vpc)})
	if err != nil {
		return nil, err
	}
	of, err := client.DescribeVpcs(p.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
	if err != nil {
		return nil, err
	}
	next := len(there.Subnets)
	// A VPC's range is a /56, so that its address ends with 00::/56.
	ipv6 := strings.Replace(*of.Vpcs[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock, "00::/56",
		fmt.Sprintf("%02x::/64", next), 1)
	created, err := client.CreateSubnet(p.ctx, &ec2.CreateSubnetInput{
		VpcId: &vpc, AvailabilityZone: &zone, CidrBlock: aws.String(fmt.Sprintf("10.20.%d.0/24",
			next)), Ipv6CidrBlock: &ipv6,
		TagSpecifications: tagged(types.ResourceTypeSubnet, map[string]string{tierTag: tier}),
	})
	if err != nil {
		return nil, err
	}
	table, err := p.routeTable(vpc, tier)
	if err != nil {
		return nil, err
	}
	id := created.Subnet.SubnetId
	_, err = client.AssociateRouteTable(p.ctx, &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: id})
	return id, err
}

// subnets creates the subnets that the settings name by id, in as many zones as possible, or tags those of the tier.
func (p *preparing) subnets(vpc, tier string, s *settings.ExistingSubnets) error {
	if s == nil {
		return nil
	}
	zones, err := p.zones()
	if err != nil {
		return err
	}
	for i, id := range s.IDs {
		if err := p.named("subnet", id, func() (*string,
			error) {
			return p.createSubnet(vpc, tier, zones[i%len(zones)])
		}); err != nil {
			return err
		}
	}
	if len(s.Tags) == 0 {
		return nil
	}
	_, err = p.once("subnets with the tags "+describe(s.Tags)+" in "+vpc, func() (*string, error) {
		found, err := p.ec2().DescribeSubnets(p.ctx,
			&ec2.DescribeSubnetsInput{Filters: filters("vpc-id", vpc, "tag:"+tierTag, tier)})
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, subnet := range found.Subnets {
			ids = append(ids, *subnet.SubnetId)
		}
		_, err = p.ec2().CreateTags(p.ctx, &ec2.CreateTagsInput{Resources: ids, Tags: tags(s.Tags)})
		return nil, err
	})
	return err
}

// securityGroups creates those that the settings name.
func (p *preparing) securityGroups() error {
	var ids []string
	if existing := p.settings.LoadBalancer.Existing; existing != nil && existing.SecurityGroup != "" {
		ids = append(ids, existing.SecurityGroup)
	}
	for _, w := range p.settings.Tasks() {
		ids = append(ids, w.Service.SecurityGroups...)
	}
	for _, source := range p.settings.Namespace.AllowedSources {
		if strings.HasPrefix(source, "sg-") {
			ids = append(ids, source)
		}
	}
	for _, id := range ids {
		if err := p.named("security group", id, func() (*string,
			error) {
			return p.createGroup("given-" + id)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (p *preparing) createGroup(name string) (*string, error) {
	v, err := p.inVPC()
	if err != nil {
		return nil, err
	}
	created, err := p.ec2().CreateSecurityGroup(p.ctx, &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("What the settings take as given"), VpcId: &v.id,
	})
	if err != nil {
		return nil, err
	}
	return created.GroupId, nil
}

// prefixLists creates those that the settings name.
func (p *preparing) prefixLists() error {
	for _, id := range slices.Concat(p.settings.LoadBalancer.AllowedSources, p.settings.Namespace.AllowedSources) {
		if !strings.HasPrefix(id, "pl-") {
			continue
		}
		if err := p.named("prefix list", id, func() (*string, error) {
			created, err := p.ec2().CreateManagedPrefixList(p.ctx, &ec2.CreateManagedPrefixListInput{
				PrefixListName: aws.String("given-" + id), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(5),
			})
			if err != nil {
				return nil, err
			}
			return created.PrefixList.PrefixListId, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// filters are pairs of a name and a value.
func filters(pairs ...string) []types.Filter {
	var all []types.Filter
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, types.Filter{Name: &pair[0], Values: pair[1:]})
	}
	return all
}

func tagged(kind types.ResourceType, all map[string]string) []types.TagSpecification {
	if len(all) == 0 {
		return nil
	}
	return []types.TagSpecification{{ResourceType: kind, Tags: tags(all)}}
}

func tags(all map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(matching(all[key]))})
	}
	return list
}

func hasTag(all []types.Tag, key, value string) bool {
	return slices.ContainsFunc(all, func(t types.Tag) bool { return *t.Key == key && *t.Value == value })
}

// describe renders tags: team=web, tier=shared.
func describe(tags map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+tags[key])
	}
	return strings.Join(all, ", ")
}
