package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroutetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroutetables"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssubnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssubnets"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsvpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// lookUpDefault looks up the region's default VPC. Its default subnets, one in each zone, are public.
// Source: VPC user guide, "Default VPC components".
func lookUpDefault(scope constructs.Construct) *VPC {
	v := dataawsvpc.NewDataAwsVpc(scope, jsii.String("vpc"), &dataawsvpc.DataAwsVpcConfig{Default: true})
	subnets := dataawssubnets.NewDataAwsSubnets(scope, jsii.String("subnets"), &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{
			{Name: jsii.String("vpc-id"), Values: &[]*string{v.Id()}},
			{Name: jsii.String("default-for-az"), Values: jsii.Strings("true")},
		},
	})
	list := local(scope, "default-subnets", fmt.Sprintf("[for id, subnet in %s : id if %s]",
		readSubnets(scope, "subnet", subnets.Ids(), nil), hasFargate))
	return &VPC{id: *v.Id(), cidr: *v.CidrBlock(), secondary: secondaryRanges(scope, v), public: subnetsOf(&lookup{
		list:  list,
		where: "The default VPC has default subnets",
		hint:  "create the missing ones (aws ec2 create-default-subnet), or use another network",
	})}
}

// hasFargate is the Terraform expression for whether the zone of a subnet has Fargate.
var hasFargate = fmt.Sprintf("!contains(%s, subnet.availability_zone_id)", quotedList(withoutFargate))

// secondaryRanges returns the Terraform expression for the set of a VPC's IPv4 ranges other than the primary one.
func secondaryRanges(scope constructs.Construct, v dataawsvpc.DataAwsVpc) string {
	vpc := expression.DataAddress(v)
	return local(scope, "secondary-ranges", fmt.Sprintf(`toset([for a in %s.cidr_block_associations : a.cidr_block `+
		`if a.state == "associated" && a.cidr_block != %s.cidr_block])`, vpc, vpc))
}

// lookUpExisting looks up a VPC, and its subnets where the settings do not name them.
func lookUpExisting(scope constructs.Construct, s settings.ExistingVPC) *VPC {
	config := &dataawsvpc.DataAwsVpcConfig{}
	name := "VPC " + s.Name
	switch {
	case s.ID != "":
		config.Id = &s.ID
		name = "VPC " + s.ID
	case len(s.Tags) > 0:
		config.Tags = expression.Texts(s.Tags)
		name = "VPC with the tags " + describeTags(s.Tags)
	default:
		config.Tags = nameTag(s.Name)
	}
	f := &finder{scope: scope, vpc: dataawsvpc.NewDataAwsVpc(scope, jsii.String("vpc"), config), name: name}
	return &VPC{
		id: *f.vpc.Id(), cidr: *f.vpc.CidrBlock(), secondary: secondaryRanges(scope, f.vpc),
		public: f.subnets("public", s.PublicSubnets, &lookup{
			where: "The " + name + " has public subnets (their route table leads to an internet gateway)",
			hint:  "add some, or set loadBalancer.public: false and service.assignPublicIp: false",
		}),
		private: f.subnets("private", s.PrivateSubnets, &lookup{
			where: "The " + name + " has private subnets (their route table leads to no internet gateway)",
			hint:  "add some, or set service.assignPublicIp: true to run the tasks in its public ones",
		}),
	}
}

// finder looks up the subnets of a VPC.
type finder struct {
	scope  constructs.Construct
	vpc    dataawsvpc.DataAwsVpc
	name   string  // of the VPC, for messages: VPC shared
	routes *routes // nil until a tier needs them
}

// subnets returns the subnets that the settings name or, where they name none, those that the route tables put into the
// tier.
func (f *finder) subnets(tier string, s *settings.ExistingSubnets, byRoute *lookup) Subnets {
	switch {
	case s == nil:
		if f.routes == nil {
			r := readRoutes(f.scope, f.vpc)
			f.routes = &r
		}
		return f.routes.ofTier(tier, byRoute)
	case len(s.IDs) > 0:
		return f.byID(tier, s.IDs)
	default:
		return f.byTags(tier, s.Tags)
	}
}

// byID returns all subnets that the settings name. A load balancer requires that they are in different zones.
func (f *finder) byID(tier string, ids []string) Subnets {
	setting := "network.existing." + tier + "Subnets.ids"
	subnets := readSubnets(f.scope, tier+"-subnet", jsii.Strings(ids...), &cdktf.TerraformResourceLifecycle{
		Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${self.vpc_id == %s.id}", expression.DataAddress(f.vpc)),
			ErrorMessage: jsii.String(fmt.Sprintf(
				"%s: ${self.id} is in ${self.vpc_id}, not in the %s: name subnets of that one.", setting, f.name)),
		}},
	})
	zones := fmt.Sprintf(`distinct([for subnet in values(%s) : subnet.availability_zone])`, subnets)
	return Subnets{
		ids:     ids,
		zoneIDs: fmt.Sprintf("[for subnet in values(%s) : subnet.availability_zone_id]", subnets),
		lookup: &lookup{
			list:  local(f.scope, tier+"-zones", zones),
			where: fmt.Sprintf("The %s has the subnets of %s", f.name, setting),
			hint:  "name one in each zone",
			named: len(ids),
		},
	}
}

// byTags returns the first of the tagged subnets in each zone.
func (f *finder) byTags(tier string, tags map[string]string) Subnets {
	ids := dataawssubnets.NewDataAwsSubnets(f.scope, jsii.String(tier+"-subnets"), &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{{Name: jsii.String("vpc-id"), Values: &[]*string{f.vpc.Id()}}},
		Tags:   expression.Texts(tags),
	})
	subnets := readSubnets(f.scope, tier+"-subnet", ids.Ids(), nil)
	list := local(f.scope, tier, fmt.Sprintf(
		`[for ids in values({ for id, subnet in %s : subnet.availability_zone => id... if %s }) : sort(ids)[0]]`,
		subnets, hasFargate))
	return subnetsOf(&lookup{
		list:  list,
		where: fmt.Sprintf("The %s has subnets with the tags %s", f.name, describeTags(tags)),
		hint:  "tag more of them, or correct network.existing." + tier + "Subnets.tags",
	})
}

// readSubnets looks up each subnet of a list, and returns the Terraform expression for the map of the subnets by id.
// The lifecycle may be nil.
func readSubnets(
	scope constructs.Construct, id string, ids *[]*string, lifecycle *cdktf.TerraformResourceLifecycle,
) string {
	each := cdktf.TerraformIterator_FromList(ids)
	return expression.DataAddress(dataawssubnet.NewDataAwsSubnet(scope, &id, &dataawssubnet.DataAwsSubnetConfig{
		ForEach:   each,
		Id:        cdktf.Token_AsString(each.Value(), nil),
		Lifecycle: lifecycle,
	}))
}

// describeTags writes tags for a message: team=web, tier=shared.
func describeTags(tags map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+tags[key])
	}
	return strings.Join(all, ", ")
}

// routes holds the Terraform expressions for a VPC's subnets and route tables.
type routes struct {
	scope   constructs.Construct
	subnets string // map of the subnets by id
	tables  string // map of the route tables by id
	tableOf string // map of the subnets' route table ids by the subnets' ids
}

// readRoutes looks up all subnets and route tables of the VPC. A subnet without a route table of its own uses the VPC's
// main one.
// Source: VPC user guide, "Subnet route tables".
func readRoutes(scope constructs.Construct, v dataawsvpc.DataAwsVpc) routes {
	inVPC := []*dataawssubnets.DataAwsSubnetsFilter{{Name: jsii.String("vpc-id"), Values: &[]*string{v.Id()}}}
	subnetIDs := dataawssubnets.NewDataAwsSubnets(scope, jsii.String("subnets"),
		&dataawssubnets.DataAwsSubnetsConfig{Filter: inVPC})
	subnets := readSubnets(scope, "subnet", subnetIDs.Ids(), nil)
	tableIDs := dataawsroutetables.NewDataAwsRouteTables(scope, jsii.String("route-tables"),
		&dataawsroutetables.DataAwsRouteTablesConfig{VpcId: v.Id()})
	eachTable := cdktf.TerraformIterator_FromList(tableIDs.Ids())
	table := dataawsroutetable.NewDataAwsRouteTable(scope, jsii.String("route-table"),
		&dataawsroutetable.DataAwsRouteTableConfig{
			ForEach:      eachTable,
			RouteTableId: cdktf.Token_AsString(eachTable.Value(), nil),
		})
	tables := expression.DataAddress(table)
	own := local(scope, "own-route-table", fmt.Sprintf(
		`{ for pair in flatten([for id, table in %s : [for a in table.associations : `+
			`{ subnet = a.subnet_id, table = id }]]) : pair.subnet => pair.table if pair.subnet != "" }`, tables))
	main := local(scope, "main-route-table", fmt.Sprintf(
		`one([for id, table in %s : id if anytrue([for a in table.associations : a.main])])`, tables))
	tableOf := local(scope, "route-table-of-subnet", fmt.Sprintf(
		`{ for id in keys(%s) : id => lookup(%s, id, %s) }`, subnets, own, main))
	return routes{scope: scope, subnets: subnets, tables: tables, tableOf: tableOf}
}

// ofTier returns the public or private subnets, the first by id in each zone, because a load balancer takes one a zone.
// Private subnets with a default route are preferred, because a task needs one unless the VPC has endpoints.
func (r routes) ofTier(tier string, l *lookup) Subnets {
	const gateways = `[for route in table.routes : route.gateway_id if route.cidr_block == "0.0.0.0/0"]`
	tablesWhere := func(condition string) string {
		return fmt.Sprintf(`[for id, table in %s : id if %s]`, r.tables, condition)
	}
	internet := tablesWhere(`anytrue([for gateway in ` + gateways + ` : startswith(gateway, "igw-")])`)
	outward := tablesWhere(`anytrue([for gateway in ` + gateways + ` : !startswith(gateway, "igw-")])`)
	isolated := tablesWhere(`length(` + gateways + `) == 0`)

	choice := r.oneInEachZone(internet)
	if tier == "private" {
		preferred := local(r.scope, "private-with-way-out", r.oneInEachZone(outward))
		choice = fmt.Sprintf(`length(%s) > 0 ? %s : %s`, preferred, preferred, r.oneInEachZone(isolated))
	}
	l.list = local(r.scope, tier, choice)
	return subnetsOf(l)
}

func (r routes) oneInEachZone(tables string) string {
	return fmt.Sprintf(`[for ids in values({ for id, subnet in %s : subnet.availability_zone => id... `+
		`if contains(%s, %s[id]) && %s }) : sort(ids)[0]]`, r.subnets, tables, r.tableOf, hasFargate)
}

// subnetsOf returns the subnets whose ids are the looked-up list.
func subnetsOf(l *lookup) Subnets {
	return Subnets{ids: plain(cdktf.Token_AsList("${"+l.list+"}", nil)), list: l.list, lookup: l}
}

// local gives an expression a name, so that the plan stays readable, and returns the reference to it.
func local(scope constructs.Construct, id, expression string) string {
	return "local." + *cdktf.NewTerraformLocal(scope, &id, "${"+expression+"}").FriendlyUniqueId()
}

// plain converts a list of string pointers, as the bindings return it.
func plain(list *[]*string) []string {
	strings := make([]string, len(*list))
	for i, s := range *list {
		strings[i] = *s
	}
	return strings
}
