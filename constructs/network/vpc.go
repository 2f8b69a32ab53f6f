// Package network creates the VPC that services run in, or looks up an existing one, and creates security groups.
//
// Other constructs use a VPC without knowing whether it was created or looked up. What is looked up is known only when
// Terraform plans, so its requirements are Terraform preconditions.
package network

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/internal/expression"
	"webapp/settings"
)

// Anywhere is the range of all IPv4 addresses, and AnywhereIPv6 that of all IPv6 addresses.
const (
	Anywhere     = "0.0.0.0/0"
	AnywhereIPv6 = "::/0"
)

// VPC is a network with public subnets, which have a route to an internet gateway, and private ones, which do not.
type VPC struct {
	id, cidr        string
	identity        string // the address of what changes with the id
	ipv6CIDR        string // empty without IPv6
	public, private Subnets
	isolated        *isolated // nil where traffic may leave the VPC
	// secondary is the Terraform expression for the set of the VPC's secondary IPv4 ranges. It is empty for a created
	// VPC, which has none.
	secondary string
}

// VPCProps are the properties of a VPC.
type VPCProps struct {
	Account  *account.Account
	Settings settings.Network
	// PermissionsBoundary is the ARN of a policy that limits what the VPC's role may do, "" for none.
	PermissionsBoundary string
}

// NewVPC creates the VPC, or looks up an existing one or the region's default one.
func NewVPC(scope constructs.Construct, id string, props VPCProps) *VPC {
	scope = constructs.NewConstruct(scope, &id)
	var v *VPC
	switch s := props.Settings; {
	case s.Existing != nil:
		v = lookUpExisting(scope, *s.Existing)
	case s.Default:
		v = lookUpDefault(scope)
	default:
		v = create(scope, props, *s.New)
	}
	v.identity = expression.Address(cdktf.NewDataResource(scope, jsii.String("vpc-id"),
		&cdktf.DataConfig{Input: &map[string]any{"id": v.id}}))
	return v
}

// ReplaceTriggers returns the replace_triggered_by for a resource that cannot move to another VPC, although Terraform
// would try to change it in place. It is the same for created and existing VPCs, so that the resource is also replaced
// when one takes the place of the other.
func (v *VPC) ReplaceTriggers() *[]any { return &[]any{v.identity} }

// ID returns the VPC's id, known once applied or looked up.
func (v *VPC) ID() string { return v.id }

// IDExpression returns the id in the form for use inside a Terraform expression.
func (v *VPC) IDExpression() string { return v.identity + ".input.id" }

// CIDR returns the VPC's primary IPv4 range.
func (v *VPC) CIDR() string { return v.cidr }

// DualStack reports whether the VPC is known to have IPv6 addresses too.
func (v *VPC) DualStack() bool { return v.ipv6CIDR != "" }

// IPv6CIDR returns the VPC's IPv6 range, known once applied. It is empty without IPv6.
func (v *VPC) IPv6CIDR() string { return v.ipv6CIDR }

// PublicSubnets returns the subnets with a route to an internet gateway, one in each zone.
func (v *VPC) PublicSubnets() Subnets { return v.public }

// PrivateSubnets returns the subnets without a route to an internet gateway, one in each zone.
func (v *VPC) PrivateSubnets() Subnets { return v.private }

// Subnets are all public or all private subnets of a VPC, one in each zone.
type Subnets struct {
	ids    []string
	list   string // Terraform expression for the list that ids is a token of; empty where ids are single ones
	routes []cdktf.ITerraformDependable
	lookup *lookup // nil for a created VPC, for which the settings check the number
	// zoneIDs is the Terraform expression for the list of the ids of the subnets' zones. It is empty where the subnets
	// are only in zones that have Fargate.
	zoneIDs string
}

// lookup is what is known about subnets that Terraform looks up.
type lookup struct {
	list  string // Terraform expression for the list of their ids or zones
	where string // begins messages: `The VPC shared has public subnets`
	hint  string // what to do when there are too few
	named int    // number of subnets that the settings name, each in another zone; 0 where they name none
}

// IDs returns the subnets' ids. They may be a single token that stands for a list, so always use all of them.
func (s Subnets) IDs() []string { return s.ids }

// Text returns the subnets' ids as one text, with a space between two.
func (s Subnets) Text() string {
	if s.list != "" { // CDKTF would write the token as a template within the expression
		return fmt.Sprintf(`${join(" ", %s)}`, s.list)
	}
	return *cdktf.Fn_Join(jsii.String(" "), jsii.Strings(s.ids...))
}

// Routes returns what traffic of the subnets needs. A resource that has such traffic depends on it, so that Terraform
// creates the routes before the resource and destroys them after it.
func (s Subnets) Routes() []cdktf.ITerraformDependable { return s.routes }

// withoutFargate are the ids of the zones that do not have Fargate. The id of a zone, unlike its name, means the same
// in every account.
// Source: ECS developer guide, "Supported Regions for Amazon ECS on AWS Fargate", Linux containers: of us-west-1
// usw1-az1 and usw1-az3 only; of ap-northeast-1 apne1-az1, apne1-az2 and apne1-az4 only; of cn-north-1 cnn1-az1 and
// cnn1-az2 only.
var withoutFargate = []string{"apne1-az3", "cnn1-az3", "cnn1-az4", "usw1-az2"}

// ForTasks returns the preconditions of a service whose tasks run in the subnets.
func (s Subnets) ForTasks() *[]*cdktf.Precondition {
	conditions := s.AtLeast(1, "a service")
	if s.zoneIDs == "" {
		return conditions
	}
	all := append(*conditions, &cdktf.Precondition{
		Condition: fmt.Sprintf("${length(setintersection(%s, %s)) == 0}", s.zoneIDs, quotedList(withoutFargate)),
		ErrorMessage: jsii.String(fmt.Sprintf("%s in the zone ${join(\", \", setintersection(%s, %s))}, in which "+
			"Fargate does not run: name subnets of other zones.",
			s.lookup.where, s.zoneIDs, quotedList(withoutFargate))),
	})
	return &all
}

// quotedList writes a list as a Terraform expression.
func quotedList(items []string) string { return `["` + strings.Join(items, `", "`) + `"]` }

// AtLeast returns the precondition of a resource, such as "a load balancer", that needs this number of subnets.
func (s Subnets) AtLeast(count int, resource string) *[]*cdktf.Precondition {
	if s.lookup == nil {
		return nil
	}
	count = max(count, s.lookup.named)
	return &[]*cdktf.Precondition{{
		Condition: fmt.Sprintf("${length(%s) >= %d}", s.lookup.list, count),
		ErrorMessage: jsii.String(fmt.Sprintf("%s in ${length(%s)} zones, and %s needs %d: %s.",
			s.lookup.where, s.lookup.list, resource, count, s.lookup.hint)),
	}}
}
