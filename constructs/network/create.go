package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsavailabilityzones"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/defaultsecuritygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/egressonlyinternetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/eip"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/internetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/natgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetableassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/internal/names"
	"webapp/settings"
)

// A VPC is divided into sixteenths: the first eight are for public subnets, one for each zone, the others for private
// ones. The division does not depend on the number of zones, so that adding a zone moves no subnet.
const subnetBits, firstPrivate = 4, 8

// create creates a VPC:
//
//	internet gateway ← public subnets (one a zone) ← NAT gateways ← private subnets (one a zone)
//	                                     S3 and other endpoints ←──┘
func create(scope constructs.Construct, props VPCProps, s settings.CreatedVPC) *VPC {
	config := &vpc.VpcConfig{
		CidrBlock:          &s.CIDR,
		EnableDnsSupport:   true,
		EnableDnsHostnames: true,
		Tags:               nameTag(s.Name),
	}
	if s.IPv6 {
		config.AssignGeneratedIpv6CidrBlock = true
	}
	v := vpc.NewVpc(scope, jsii.String("vpc"), config)
	// Every VPC has a default group that allows its members to reach each other. Managing it without rules removes
	// them.
	defaultsecuritygroup.NewDefaultSecurityGroup(scope, jsii.String("default-security-group"),
		&defaultsecuritygroup.DefaultSecurityGroupConfig{VpcId: v.Id(), Tags: nameTag(s.Name + "-unused")})
	gateway := internetgateway.NewInternetGateway(scope, jsii.String("internet-gateway"),
		&internetgateway.InternetGatewayConfig{
			VpcId: v.Id(), Tags: nameTag(s.Name),
			// Terraform would move it to another VPC, but AWS refuses to detach it while public addresses are in use.
			Lifecycle: &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{expression.Address(v) + ".id"}},
		})

	b := &vpcBuilder{scope: scope, settings: s, vpc: v}
	if len(s.ZoneNames) == 0 {
		b.zones = zoneNames(scope, s.Zones)
	} else {
		checkZones(scope, s.ZoneNames)
	}
	created := &VPC{id: *v.Id(), cidr: s.CIDR}
	if s.IPv6 {
		created.ipv6CIDR = *v.Ipv6CidrBlock()
	}
	var nats []natgateway.NatGateway
	created.public, nats = b.publicSubnets(gateway)
	created.private = b.privateSubnets(nats)
	b.addEndpoints(created, props.Account)
	if s.FlowLogs != nil {
		newFlowLogs(scope, props, v, s)
	}
	return created
}

// checkZones makes the plan fail where a named zone does not have Fargate. Only AWS can tell: the names of zones differ
// from account to account.
func checkZones(scope constructs.Construct, names []string) {
	dataawsavailabilityzones.NewDataAwsAvailabilityZones(scope, jsii.String("named-zones"),
		&dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
			Filter: []*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
				Name: jsii.String("zone-name"), Values: jsii.Strings(names...),
			}},
			Lifecycle: &cdktf.TerraformResourceLifecycle{
				Postcondition: &[]*cdktf.Postcondition{{
					Condition: fmt.Sprintf("${length(setintersection(self.zone_ids, %s)) == 0}",
						quotedList(withoutFargate)),
					ErrorMessage: jsii.String(fmt.Sprintf("network.new.zoneNames: one of them is the zone "+
						"${join(\", \", setintersection(self.zone_ids, %s))}, "+
						"in which Fargate does not run: name another one.", quotedList(withoutFargate))),
				}},
			},
		})
}

// zoneNames returns the region's zones that have Fargate, without those that an account must opt in to: these are local
// zones, which cannot hold a load balancer.
func zoneNames(scope constructs.Construct, atLeast int) *[]*string {
	zones := dataawsavailabilityzones.NewDataAwsAvailabilityZones(scope, jsii.String("zones"),
		&dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
			State:          jsii.String("available"),
			ExcludeZoneIds: jsii.Strings(withoutFargate...),
			Filter: []*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
				Name:   jsii.String("opt-in-status"),
				Values: jsii.Strings("opt-in-not-required"),
			}},
			Lifecycle: &cdktf.TerraformResourceLifecycle{
				Postcondition: &[]*cdktf.Postcondition{{
					Condition: fmt.Sprintf("${length(self.names) >= %d}", atLeast),
					ErrorMessage: jsii.String(fmt.Sprintf("This region has ${length(self.names)} availability zones "+
						"that Fargate runs in, and network.new.zones asks for %d: "+
						"lower it, or choose another region.", atLeast)),
				}},
			},
		})
	return zones.Names()
}

// vpcBuilder holds what the subnets of a new VPC have in common.
type vpcBuilder struct {
	scope    constructs.Construct
	settings settings.CreatedVPC
	vpc      vpc.Vpc
	zones    *[]*string // the region's zones; nil where the settings name them
	tables   []*string  // ids of the route tables of all subnets
}

// publicSubnets also creates the NAT gateways, which are in these subnets.
func (b *vpcBuilder) publicSubnets(gateway internetgateway.InternetGateway) (Subnets, []natgateway.NatGateway) {
	scope := constructs.NewConstruct(b.scope, jsii.String("public"))
	table := b.routeTable(scope, "route-table", "public")
	toInternet := route.NewRoute(scope, jsii.String("route"), &route.RouteConfig{
		RouteTableId:         table.Id(),
		DestinationCidrBlock: jsii.String(Anywhere),
		GatewayId:            gateway.Id(),
		Timeouts:             routeTimeouts(),
		Lifecycle:            createBeforeDestroy(),
	})
	subnets := Subnets{routes: []cdktf.ITerraformDependable{toInternet}}
	if b.settings.IPv6 {
		subnets.routes = append(subnets.routes, route.NewRoute(scope, jsii.String("route-ipv6"), &route.RouteConfig{
			RouteTableId:             table.Id(),
			DestinationIpv6CidrBlock: jsii.String(AnywhereIPv6),
			GatewayId:                gateway.Id(),
			Timeouts:                 routeTimeouts(),
			Lifecycle:                createBeforeDestroy(),
		}))
	}
	var nats []natgateway.NatGateway
	for i, z := range b.settings.ZoneList() {
		zone := constructs.NewConstruct(scope, jsii.String(z.Letter()))
		s, association := b.subnet(zone, table, "public", z)
		subnets.ids = append(subnets.ids, *s.Id())
		subnets.routes = append(subnets.routes, association)
		if i < b.settings.NATGateways {
			nats = append(nats, b.natGateway(zone, s, z, subnets.routes))
		}
	}
	return subnets, nats
}

// privateSubnets distributes the subnets over the NAT gateways. Without NAT gateways they have no route to the
// internet.
func (b *vpcBuilder) privateSubnets(nats []natgateway.NatGateway) Subnets {
	scope := constructs.NewConstruct(b.scope, jsii.String("private"))
	var egressOnly egressonlyinternetgateway.EgressOnlyInternetGateway
	if b.settings.IPv6 && !b.settings.Isolated {
		egressOnly = egressonlyinternetgateway.NewEgressOnlyInternetGateway(scope, jsii.String("egress-only-gateway"),
			&egressonlyinternetgateway.EgressOnlyInternetGatewayConfig{
				VpcId: b.vpc.Id(), Tags: nameTag(b.settings.Name),
			})
	}
	var subnets Subnets
	for i, z := range b.settings.ZoneList() {
		zone := constructs.NewConstruct(scope, jsii.String(z.Letter()))
		table := b.routeTable(zone, "route-table", "private-"+z.Letter())
		s, association := b.subnet(zone, table, "private", z)
		subnets.ids = append(subnets.ids, *s.Id())
		subnets.routes = append(subnets.routes, association)
		if len(nats) > 0 {
			subnets.routes = append(subnets.routes, route.NewRoute(zone, jsii.String("route"), &route.RouteConfig{
				RouteTableId:         table.Id(),
				DestinationCidrBlock: jsii.String(Anywhere),
				NatGatewayId:         nats[i%len(nats)].Id(),
				Timeouts:             routeTimeouts(),
				Lifecycle:            createBeforeDestroy(),
			}))
		}
		if egressOnly != nil {
			subnets.routes = append(subnets.routes, route.NewRoute(zone, jsii.String("route-ipv6"), &route.RouteConfig{
				RouteTableId:             table.Id(),
				DestinationIpv6CidrBlock: jsii.String(AnywhereIPv6),
				EgressOnlyGatewayId:      egressOnly.Id(),
				Timeouts:                 routeTimeouts(),
				Lifecycle:                createBeforeDestroy(),
			}))
		}
	}
	return subnets
}

// routeTimeouts allow for AWS showing a new route late (terraform-aws-modules/vpc waits as long).
func routeTimeouts() *route.RouteTimeouts {
	return &route.RouteTimeouts{Create: jsii.String("5m")}
}

// createBeforeDestroy keeps a part of the network until what uses it has moved. Otherwise Terraform would destroy it
// first. AWS refuses to delete a subnet that is in use, and without a route its tasks could not reach anything.
// Source: hashicorp/terraform-provider-aws #8536.
func createBeforeDestroy() *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
}

// natGateway lets private subnets reach the internet. Its own routes must exist first (provider documentation of
// aws_nat_gateway and aws_eip).
func (b *vpcBuilder) natGateway(
	scope constructs.Construct, s subnet.Subnet, zone settings.Zone, routes []cdktf.ITerraformDependable,
) natgateway.NatGateway {
	tags := nameTag(b.settings.Name + "-" + zone.Letter())
	// An address serves one gateway. A gateway that is replaced needs a new one.
	withGateway := createBeforeDestroy()
	withGateway.ReplaceTriggeredBy = &[]any{expression.Address(s) + ".id"}
	address := eip.NewEip(scope, jsii.String("nat-address"), &eip.EipConfig{
		Domain:    jsii.String("vpc"),
		Tags:      tags,
		DependsOn: &routes,
		Lifecycle: withGateway,
	})
	return natgateway.NewNatGateway(scope, jsii.String("nat-gateway"), &natgateway.NatGatewayConfig{
		AllocationId: address.Id(),
		SubnetId:     s.Id(),
		Tags:         tags,
		DependsOn:    &routes,
		Lifecycle:    createBeforeDestroy(),
	})
}

func (b *vpcBuilder) routeTable(scope constructs.Construct, id, name string) routetable.RouteTable {
	table := routetable.NewRouteTable(scope, &id, &routetable.RouteTableConfig{
		VpcId: b.vpc.Id(),
		Tags:  nameTag(b.settings.Name + "-" + name),
	})
	b.tables = append(b.tables, table.Id())
	return table
}

func (b *vpcBuilder) subnet(
	scope constructs.Construct, table routetable.RouteTable, tier string, zone settings.Zone,
) (subnet.Subnet, routetableassociation.RouteTableAssociation) {
	part, prefix := zone.Place, b.settings.PublicSubnetPrefix
	if tier == "private" {
		part, prefix = part+firstPrivate, b.settings.PrivateSubnetPrefix
	}
	tags := nameTag(fmt.Sprintf("%s-%s-%s", b.settings.Name, tier, zone.Letter()))
	(*tags)["Tier"] = &tier
	config := &subnet.SubnetConfig{
		VpcId:     b.vpc.Id(),
		CidrBlock: jsii.String(subnetRange(b.settings.CIDR, part, prefix)),
		// Resources that need a public address ask for it. None gets one by being in the wrong subnet.
		MapPublicIpOnLaunch: false,
		Tags:                tags,
		Lifecycle:           createBeforeDestroy(),
	}
	if zone.Name == "" {
		config.AvailabilityZone = cdktf.Token_AsString(cdktf.Fn_Element(b.zones, jsii.Number(zone.Place)), nil)
		// AWS decides the order of the zones. When a region gets another zone, the subnets stay where they are.
		config.Lifecycle.IgnoreChanges = jsii.Strings("availability_zone")
	} else {
		config.AvailabilityZone = &zone.Name
	}
	if b.settings.IPv6 {
		// AWS assigns a /56 to a VPC. Each subnet gets a /64 of it.
		config.Ipv6CidrBlock = cdktf.Fn_Cidrsubnet(b.vpc.Ipv6CidrBlock(), jsii.Number(8), jsii.Number(part))
		config.AssignIpv6AddressOnCreation = true
	}
	s := subnet.NewSubnet(scope, jsii.String("subnet"), config)
	return s, routetableassociation.NewRouteTableAssociation(scope, jsii.String("route-table-association"),
		&routetableassociation.RouteTableAssociationConfig{
			SubnetId: s.Id(), RouteTableId: table.Id(), Lifecycle: createBeforeDestroy(),
		})
}

// subnetRange returns the first addresses of one sixteenth of a VPC's range. The settings have checked the range.
func subnetRange(cidr string, sixteenth, prefix int) string {
	block := netip.MustParsePrefix(cidr)
	address := block.Addr().As4()
	offset := uint32(sixteenth) << (32 - block.Bits() - subnetBits) //nolint:gosec // 0 to 15
	start := binary.BigEndian.Uint32(address[:]) + offset
	binary.BigEndian.PutUint32(address[:], start)
	return netip.PrefixFrom(netip.AddrFrom4(address), prefix).String()
}

// plainName replaces the characters of a VPC's name that not every AWS resource allows in its name.
func plainName(name string) string {
	const longest = 80 // a security group's prefix has 100
	plain := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)) {
			return r
		}
		return '-'
	}, name)
	return plain[:min(longest, len(plain))]
}

func nameTag(name string) *map[string]*string {
	const longest = 256 // of a tag's value: EC2 user guide, "Tag restrictions"
	return &map[string]*string{"Name": jsii.String(names.Fit(name, longest))}
}
