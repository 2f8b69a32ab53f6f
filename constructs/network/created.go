package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsavailabilityzones"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/defaultsecuritygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/eip"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/internetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/natgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetableassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// A VPC is cut into sixteenths: the first eight are for public subnets, one for each zone, the others for private ones.
// The cut does not depend on the number of zones, so that adding a zone moves no subnet.
const subnetBits, firstPrivate = 4, 8

// create makes a VPC:
//
//	internet gateway ← public subnets (one a zone) ← NAT gateways ← private subnets (one a zone)
func create(scope constructs.Construct, s settings.NewVPC) *VPC {
	v := vpc.NewVpc(scope, jsii.String("vpc"), &vpc.VpcConfig{
		CidrBlock:          &s.CIDR,
		EnableDnsSupport:   true,
		EnableDnsHostnames: true,
		Tags:               nameTag(s.Name),
	})
	// The group that AWS puts into every VPC admits whatever is in the group. Managed without rules, it admits nobody.
	defaultsecuritygroup.NewDefaultSecurityGroup(scope, jsii.String("default-security-group"),
		&defaultsecuritygroup.DefaultSecurityGroupConfig{VpcId: v.Id(), Tags: nameTag(s.Name + "-unused")})
	gateway := internetgateway.NewInternetGateway(scope, jsii.String("internet-gateway"),
		&internetgateway.InternetGatewayConfig{VpcId: v.Id(), Tags: nameTag(s.Name)})

	b := vpcBuilder{scope: scope, settings: s, vpc: v, zones: zoneNames(scope, s.Zones)}
	public, nats := b.publicSubnets(gateway)
	return &VPC{id: *v.Id(), cidr: s.CIDR, public: public, private: b.privateSubnets(nats)}
}

// zoneNames lists the region's own zones; those that an account must opt in to (local zones) hold no load balancer.
func zoneNames(scope constructs.Construct, atLeast int) *[]*string {
	zones := dataawsavailabilityzones.NewDataAwsAvailabilityZones(scope, jsii.String("zones"),
		&dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
			State: jsii.String("available"),
			Filter: []*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
				Name:   jsii.String("opt-in-status"),
				Values: jsii.Strings("opt-in-not-required"),
			}},
			Lifecycle: &cdktf.TerraformResourceLifecycle{
				Postcondition: &[]*cdktf.Postcondition{{
					Condition: fmt.Sprintf("${length(self.names) >= %d}", atLeast),
					ErrorMessage: jsii.String(fmt.Sprintf("This region has ${length(self.names)} availability zones, "+
						"and network.new.zones asks for %d: lower it, or choose another region.", atLeast)),
				}},
			},
		})
	return zones.Names()
}

// vpcBuilder holds what all subnets of a new VPC are made from.
type vpcBuilder struct {
	scope    constructs.Construct
	settings settings.NewVPC
	vpc      vpc.Vpc
	zones    *[]*string
}

// publicSubnets also makes the NAT gateways, which stand in them.
func (b vpcBuilder) publicSubnets(gateway internetgateway.InternetGateway) (Subnets, []natgateway.NatGateway) {
	scope := constructs.NewConstruct(b.scope, jsii.String("public"))
	table := b.routeTable(scope, "route-table", "public")
	toInternet := route.NewRoute(scope, jsii.String("route"), &route.RouteConfig{
		RouteTableId:         table.Id(),
		DestinationCidrBlock: jsii.String(Anywhere),
		GatewayId:            gateway.Id(),
		Timeouts:             patience(),
	})
	subnets := Subnets{routes: []cdktf.ITerraformDependable{toInternet}}
	var nats []natgateway.NatGateway
	for i := range b.settings.Zones {
		zone := constructs.NewConstruct(scope, jsii.String(zoneLetter(i)))
		s, association := b.subnet(zone, table, "public", i)
		subnets.ids = append(subnets.ids, *s.Id())
		subnets.routes = append(subnets.routes, association)
		if i < b.settings.NATGateways {
			nats = append(nats, b.natGateway(zone, s, i, subnets.routes))
		}
	}
	return subnets, nats
}

// privateSubnets route to the internet by the NAT gateways in turn; without any, nowhere.
func (b vpcBuilder) privateSubnets(nats []natgateway.NatGateway) Subnets {
	scope := constructs.NewConstruct(b.scope, jsii.String("private"))
	var subnets Subnets
	for i := range b.settings.Zones {
		zone := constructs.NewConstruct(scope, jsii.String(zoneLetter(i)))
		table := b.routeTable(zone, "route-table", "private-"+zoneLetter(i))
		s, association := b.subnet(zone, table, "private", i)
		subnets.ids = append(subnets.ids, *s.Id())
		subnets.routes = append(subnets.routes, association)
		if len(nats) > 0 {
			subnets.routes = append(subnets.routes, route.NewRoute(zone, jsii.String("route"), &route.RouteConfig{
				RouteTableId:         table.Id(),
				DestinationCidrBlock: jsii.String(Anywhere),
				NatGatewayId:         nats[i%len(nats)].Id(),
				Timeouts:             patience(),
			}))
		}
	}
	return subnets
}

// patience is how long a new route may take to appear: AWS shows it late at times (terraform-aws-modules/vpc waits as
// long).
func patience() *route.RouteTimeouts {
	return &route.RouteTimeouts{Create: jsii.String("5m")}
}

// natGateway lets private subnets reach the internet. AWS asks for its routes to be there first (provider documentation
// of aws_nat_gateway and aws_eip).
func (b vpcBuilder) natGateway(scope constructs.Construct, s subnet.Subnet, zone int, routes []cdktf.ITerraformDependable) natgateway.NatGateway {
	tags := nameTag(b.settings.Name + "-" + zoneLetter(zone))
	address := eip.NewEip(scope, jsii.String("nat-address"), &eip.EipConfig{
		Domain:    jsii.String("vpc"),
		Tags:      tags,
		DependsOn: &routes,
	})
	return natgateway.NewNatGateway(scope, jsii.String("nat-gateway"), &natgateway.NatGatewayConfig{
		AllocationId: address.Id(),
		SubnetId:     s.Id(),
		Tags:         tags,
		DependsOn:    &routes,
	})
}

func (b vpcBuilder) routeTable(scope constructs.Construct, id, name string) routetable.RouteTable {
	return routetable.NewRouteTable(scope, &id, &routetable.RouteTableConfig{
		VpcId: b.vpc.Id(),
		Tags:  nameTag(b.settings.Name + "-" + name),
	})
}

func (b vpcBuilder) subnet(scope constructs.Construct, table routetable.RouteTable, tier string, zone int) (subnet.Subnet, routetableassociation.RouteTableAssociation) {
	block := uint32(zone) //nolint:gosec // 0 to 5
	if tier == "private" {
		block += firstPrivate
	}
	tags := nameTag(fmt.Sprintf("%s-%s-%s", b.settings.Name, tier, zoneLetter(zone)))
	(*tags)["Tier"] = &tier
	s := subnet.NewSubnet(scope, jsii.String("subnet"), &subnet.SubnetConfig{
		VpcId:            b.vpc.Id(),
		CidrBlock:        jsii.String(subnetRange(b.settings.CIDR, block)),
		AvailabilityZone: cdktf.Token_AsString(cdktf.Fn_Element(b.zones, jsii.Number(zone)), nil),
		// Who needs a public address asks for it; nothing gets one by standing in the wrong subnet.
		MapPublicIpOnLaunch: false,
		Tags:                tags,
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// The zones' order is AWS's. When a region gains a zone, the subnets stay where they are.
			IgnoreChanges: jsii.Strings("availability_zone"),
		},
	})
	return s, routetableassociation.NewRouteTableAssociation(scope, jsii.String("route-table-association"),
		&routetableassociation.RouteTableAssociationConfig{SubnetId: s.Id(), RouteTableId: table.Id()})
}

// subnetRange returns one sixteenth of a VPC's range, which the settings have checked.
func subnetRange(cidr string, sixteenth uint32) string {
	block := netip.MustParsePrefix(cidr)
	bits := block.Bits() + subnetBits
	address := block.Addr().As4()
	start := binary.BigEndian.Uint32(address[:]) + sixteenth<<(32-bits)
	binary.BigEndian.PutUint32(address[:], start)
	return netip.PrefixFrom(netip.AddrFrom4(address), bits).String()
}

// zoneLetter names the zone's place in the region's list; its name is only known when Terraform plans.
func zoneLetter(i int) string { return "abcdef"[i : i+1] }

func nameTag(name string) *map[string]*string {
	return &map[string]*string{"Name": &name}
}
