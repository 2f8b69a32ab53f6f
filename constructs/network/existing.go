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

// findDefault finds the region's default VPC. Its default subnets, one in each zone, are public.
// Source: VPC user guide, "Default VPC components".
func findDefault(scope constructs.Construct) *VPC {
	v := dataawsvpc.NewDataAwsVpc(scope, jsii.String("vpc"), &dataawsvpc.DataAwsVpcConfig{Default: true})
	subnets := dataawssubnets.NewDataAwsSubnets(scope, jsii.String("subnets"), &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{
			{Name: jsii.String("vpc-id"), Values: &[]*string{v.Id()}},
			{Name: jsii.String("default-for-az"), Values: jsii.Strings("true")},
		},
	})
	list := local(scope, "default-subnets", fmt.Sprintf("[for id, subnet in %s : id if %s]",
		readSubnets(scope, "subnet", subnets.Ids(), nil), hasFargate))
	return &VPC{id: *v.Id(), cidr: *v.CidrBlock(), secondary: secondaryRanges(scope, v), public: Subnets{
		ids: plain(cdktf.Token_AsList("${"+list+"}", nil)),
		found: &found{
			list:  list,
			where: "The default VPC has default subnets",
			hint:  "create the missing ones (aws ec2 create-default-subnet), or use another network",
		},
	}}
}

// hasFargate is the condition on a subnet, in a Terraform expression, that tasks can run in its zone.
var hasFargate = fmt.Sprintf("!contains(%s, subnet.availability_zone_id)", quotedList(withoutFargate))

// secondaryRanges returns the expression of the set of a VPC's ranges of IPv4 addresses beside its primary one.
func secondaryRanges(scope constructs.Construct, v dataawsvpc.DataAwsVpc) string {
	vpc := expression.DataAddress(v)
	return local(scope, "secondary-ranges", fmt.Sprintf(
		`toset([for a in %s.cidr_block_associations : a.cidr_block if a.state == "associated" && a.cidr_block != %s.cidr_block])`, vpc, vpc))
}

// find finds a VPC, and its subnets where the settings do not name them.
func find(scope constructs.Construct, s settings.ExistingVPC) *VPC {
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
		id:   *f.vpc.Id(),
		cidr: *f.vpc.CidrBlock(),

		secondary: secondaryRanges(scope, f.vpc),
		public: f.subnets("public", s.PublicSubnets, &found{
			where: "The " + name + " has public subnets (their route table leads to an internet gateway)",
			hint:  "add some, or set loadBalancer.public: false and service.publicAddresses: false",
		}),
		private: f.subnets("private", s.PrivateSubnets, &found{
			where: "The " + name + " has private subnets (their route table leads to no internet gateway)",
			hint:  "add some, or set service.publicAddresses: true to run the tasks in its public ones",
		}),
	}
}

// finder looks up the subnets of a VPC.
type finder struct {
	scope  constructs.Construct
	vpc    dataawsvpc.DataAwsVpc
	name   string  // the VPC's, for a message: VPC shared
	routes *routes // nil until they are asked for
}

// subnets takes those that the settings name; without any, those whose routes are of the tier.
func (f *finder) subnets(tier string, s *settings.ExistingSubnets, byRoute *found) Subnets {
	switch {
	case s == nil:
		if f.routes == nil {
			r := readRoutes(f.scope, f.vpc)
			f.routes = &r
		}
		return f.routes.subnets(tier, byRoute)
	case len(s.IDs) > 0:
		return f.byID(tier, s.IDs)
	default:
		return f.byTags(tier, s.Tags)
	}
}

// byID takes all subnets that the settings name, which a load balancer wants to be in different zones.
func (f *finder) byID(tier string, ids []string) Subnets {
	setting := "network.existing." + tier + "Subnets.ids"
	subnets := readSubnets(f.scope, tier+"-subnet", jsii.Strings(ids...), &cdktf.TerraformResourceLifecycle{
		Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${self.vpc_id == %s.id}", expression.DataAddress(f.vpc)),
			ErrorMessage: jsii.String(fmt.Sprintf("%s: ${self.id} is in ${self.vpc_id}, not in the %s: name subnets "+
				"of that one.",
				setting, f.name)),
		}},
	})
	return Subnets{ids: ids, zoneIDs: fmt.Sprintf("[for subnet in values(%s) : subnet.availability_zone_id]", subnets), found: &found{
		list:  local(f.scope, tier+"-zones", fmt.Sprintf(`distinct([for subnet in values(%s) : subnet.availability_zone])`, subnets)),
		where: fmt.Sprintf("The %s has the subnets of %s", f.name, setting),
		hint:  "name one in each zone",
		named: len(ids),
	}}
}

// byTags takes of the tagged subnets the first one in each zone.
func (f *finder) byTags(tier string, wanted map[string]string) Subnets {
	ids := dataawssubnets.NewDataAwsSubnets(f.scope, jsii.String(tier+"-subnets"), &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{{Name: jsii.String("vpc-id"), Values: &[]*string{f.vpc.Id()}}},
		Tags:   expression.Texts(wanted),
	})
	zones := readSubnets(f.scope, tier+"-subnet", ids.Ids(), nil)
	list := local(f.scope, tier, fmt.Sprintf(
		`[for ids in values({ for id, subnet in %s : subnet.availability_zone => id... if %s }) : sort(ids)[0]]`, zones, hasFargate))
	return Subnets{ids: plain(cdktf.Token_AsList("${"+list+"}", nil)), found: &found{
		list:  list,
		where: fmt.Sprintf("The %s has subnets with the tags %s", f.name, describeTags(wanted)),
		hint:  "tag more of them, or correct network.existing." + tier + "Subnets.tags",
	}}
}

// readSubnets looks up each of a list of subnets, and returns the expression that maps their ids to them. The lifecycle
// may be nil.
func readSubnets(scope constructs.Construct, id string, ids *[]*string, lifecycle *cdktf.TerraformResourceLifecycle) string {
	each := cdktf.TerraformIterator_FromList(ids)
	return expression.DataAddress(dataawssubnet.NewDataAwsSubnet(scope, &id, &dataawssubnet.DataAwsSubnetConfig{
		ForEach:   each,
		Id:        cdktf.Token_AsString(each.Value(), nil),
		Lifecycle: lifecycle,
	}))
}

// describeTags renders tags for a message: team=web, tier=shared.
func describeTags(tags map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+tags[key])
	}
	return strings.Join(all, ", ")
}

// routes is what a VPC's route tables tell of its subnets, as Terraform expressions.
type routes struct {
	scope constructs.Construct
	// zones maps the id of every subnet to its data source.
	zones string
	// tables maps the id of every subnet to its route table's id.
	tables string
	// routeTables maps the id of every route table to its data source.
	routeTables string
}

// readRoutes looks up every subnet and every route table of the VPC. A subnet without a route table of its own uses the
// VPC's main one.
// Source: VPC user guide, "Subnet route tables".
func readRoutes(scope constructs.Construct, v dataawsvpc.DataAwsVpc) routes {
	inVPC := []*dataawssubnets.DataAwsSubnetsFilter{{Name: jsii.String("vpc-id"), Values: &[]*string{v.Id()}}}
	subnetIDs := dataawssubnets.NewDataAwsSubnets(scope, jsii.String("subnets"),
		&dataawssubnets.DataAwsSubnetsConfig{Filter: inVPC})
	zones := readSubnets(scope, "subnet", subnetIDs.Ids(), nil)
	tableIDs := dataawsroutetables.NewDataAwsRouteTables(scope, jsii.String("route-tables"),
		&dataawsroutetables.DataAwsRouteTablesConfig{VpcId: v.Id()})
	eachTable := cdktf.TerraformIterator_FromList(tableIDs.Ids())
	tables := dataawsroutetable.NewDataAwsRouteTable(scope, jsii.String("route-table"), &dataawsroutetable.DataAwsRouteTableConfig{
		ForEach:      eachTable,
		RouteTableId: cdktf.Token_AsString(eachTable.Value(), nil),
	})

	r := routes{
		scope:       scope,
		zones:       zones,
		routeTables: expression.DataAddress(tables),
	}
	own := local(scope, "own-route-table", fmt.Sprintf(
		`{ for pair in flatten([for id, table in %s : [for a in table.associations : { subnet = a.subnet_id, table = id }]]) : pair.subnet => pair.table if pair.subnet != "" }`,
		r.routeTables))
	main := local(scope, "main-route-table", fmt.Sprintf(
		`one([for id, table in %s : id if anytrue([for a in table.associations : a.main])])`, r.routeTables))
	r.tables = local(scope, "route-table-of-subnet", fmt.Sprintf(
		`{ for id in keys(%s) : id => lookup(%s, id, %s) }`, r.zones, own, main))
	return r
}

// subnets selects the public or private subnets, of several in a zone the first by id: a load balancer takes one a
// zone. Of the private ones those that have a way out come first, since a task needs one unless the VPC has endpoints.
func (r routes) subnets(tier string, f *found) Subnets {
	const out = `[for route in table.routes : route.gateway_id if route.cidr_block == "0.0.0.0/0"]`
	internet := fmt.Sprintf(`[for id, table in %s : id if anytrue([for gateway in %s : startswith(gateway, "igw-")])]`, r.routeTables, out)
	onward := fmt.Sprintf(`[for id, table in %s : id if anytrue([for gateway in %s : !startswith(gateway, "igw-")])]`, r.routeTables, out)
	isolated := fmt.Sprintf(`[for id, table in %s : id if length(%s) == 0]`, r.routeTables, out)

	choice := r.oneInEachZone(internet)
	if tier == "private" {
		withWayOut := local(r.scope, "private-with-way-out", r.oneInEachZone(onward))
		choice = fmt.Sprintf(`length(%s) > 0 ? %s : %s`, withWayOut, withWayOut, r.oneInEachZone(isolated))
	}
	f.list = local(r.scope, tier, choice)
	return Subnets{ids: plain(cdktf.Token_AsList("${"+f.list+"}", nil)), found: f}
}

func (r routes) oneInEachZone(tables string) string {
	return fmt.Sprintf(`[for ids in values({ for id, subnet in %s : subnet.availability_zone => id... if contains(%s, %s[id]) && %s }) : sort(ids)[0]]`,
		r.zones, tables, r.tables, hasFargate)
}

// local names an expression, so that the plan stays readable, and returns the reference to it.
func local(scope constructs.Construct, id, expression string) string {
	return "local." + *cdktf.NewTerraformLocal(scope, &id, "${"+expression+"}").FriendlyUniqueId()
}

// plain turns a provider's list of strings into Go's.
func plain(list *[]*string) []string {
	strings := make([]string, len(*list))
	for i, s := range *list {
		strings[i] = *s
	}
	return strings
}
