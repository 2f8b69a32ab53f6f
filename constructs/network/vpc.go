// Package network is the VPC that a service runs in, and the security groups that say who may talk to whom.
//
// A VPC is created or found; whoever uses one does not see which. What is found is only known when Terraform plans, so
// its rules are preconditions there.
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

// Anywhere is every IPv4 address, AnywhereIPv6 every one of IPv6.
const (
	Anywhere     = "0.0.0.0/0"
	AnywhereIPv6 = "::/0"
)

// VPC is a network of public subnets, which route to the internet, and private ones, which do not.
type VPC struct {
	id, cidr        string
	identity        cdktf.TerraformResource
	ipv6CIDR        string // empty without IPv6
	public, private Subnets
	isolated        *isolated // nil where traffic may leave the VPC
	// secondary is the Terraform expression of the set of the VPC's further ranges of IPv4 addresses; empty for a
	// created VPC, which has none.
	secondary string
}

// NewVPC creates or finds the VPC.
func NewVPC(scope constructs.Construct, id string, here account.Account, s settings.Network) *VPC {
	scope = constructs.NewConstruct(scope, &id)
	var v *VPC
	switch {
	case s.Existing != nil:
		v = find(scope, *s.Existing)
	case s.Default:
		v = findDefault(scope)
	default:
		v = create(scope, here, *s.New)
	}
	v.identity = cdktf.NewDataResource(scope, jsii.String("vpc-id"), &cdktf.DataConfig{Input: &map[string]any{"id": v.id}})
	return v
}

// BoundTo is what a resource is replaced with that belongs to one VPC for life, though Terraform would change it in
// place, for its lifecycle's replace_triggered_by. It is the same whether the VPC is created or found, so that it also
// sees the one take the other's place.
func (v *VPC) BoundTo() *[]any { return &[]any{expression.Address(v.identity)} }

// ID is the VPC's id, known once it is applied or found.
func (v *VPC) ID() string { return v.id }

// IDExpression is the id for use inside an expression.
func (v *VPC) IDExpression() string { return expression.Address(v.identity) + ".input.id" }

// CIDR is the VPC's primary range of IPv4 addresses.
func (v *VPC) CIDR() string { return v.cidr }

// DualStack says whether the VPC is known to have addresses of IPv6 too.
func (v *VPC) DualStack() bool { return v.ipv6CIDR != "" }

// IPv6CIDR is the VPC's range of IPv6 addresses, known once it is applied; empty without one.
func (v *VPC) IPv6CIDR() string { return v.ipv6CIDR }

// Subnets returns the public or the private subnets, one in each zone.
func (v *VPC) Subnets(public bool) Subnets {
	if public {
		return v.public
	}
	return v.private
}

// Subnets are the subnets of one kind, one in each zone.
type Subnets struct {
	ids    []string
	routes []cdktf.ITerraformDependable
	found  *found // nil where the VPC is created, and the settings assure the number
	// zoneIDs is the Terraform expression of the list of the subnets' zones, by id; empty where only zones that Fargate
	// runs in are taken.
	zoneIDs string
}

// found is what is known of subnets that Terraform looks up.
type found struct {
	list  string // the Terraform expression of their ids
	where string // what has them, for a message: `The VPC "shared" has … public subnets`
	hint  string // what to do about too few
	named int    // how many subnets the settings name, each of another zone; 0 where they are found
}

// IDs are the subnets' ids. They may be a single token that stands for a list, so pass them on whole.
func (s Subnets) IDs() []string { return s.ids }

// Routes are what traffic needs beside the subnets themselves. Whoever sends traffic depends on them, so that they are
// there before it and go after it.
func (s Subnets) Routes() []cdktf.ITerraformDependable { return s.routes }

// withoutFargate are the ids of the zones that Fargate does not run in. A zone's id, unlike its name, means the same to
// every account.
// Source: ECS developer guide, "Supported Regions for Amazon ECS on AWS Fargate", Linux containers: of us-west-1
// usw1-az1 and usw1-az3 only; of ap-northeast-1 apne1-az1, apne1-az2 and apne1-az4 only; of cn-north-1 cnn1-az1 and
// cnn1-az2 only.
var withoutFargate = []string{"apne1-az3", "cnn1-az3", "cnn1-az4", "usw1-az2"}

// ForTasks returns the preconditions that tasks can run in the subnets, for the lifecycle of the service.
func (s Subnets) ForTasks() *[]*cdktf.Precondition {
	conditions := s.AtLeast(1, "a service")
	if s.zoneIDs == "" {
		return conditions
	}
	all := append(*conditions, &cdktf.Precondition{
		Condition: fmt.Sprintf("${length(setintersection(%s, %s)) == 0}", s.zoneIDs, quotedList(withoutFargate)),
		ErrorMessage: jsii.String(fmt.Sprintf("%s in the zone ${join(\", \", setintersection(%s, %s))}, in which "+
			"Fargate does not run: name subnets of other zones.",
			s.found.where, s.zoneIDs, quotedList(withoutFargate))),
	})
	return &all
}

// quotedList renders a list for a Terraform expression.
func quotedList(items []string) string { return `["` + strings.Join(items, `", "`) + `"]` }

// AtLeast returns the precondition that there are so many subnets, for the lifecycle of the resource that needs them.
func (s Subnets) AtLeast(count int, needer string) *[]*cdktf.Precondition {
	if s.found == nil {
		return nil
	}
	count = max(count, s.found.named)
	return &[]*cdktf.Precondition{{
		Condition: fmt.Sprintf("${length(%s) >= %d}", s.found.list, count),
		ErrorMessage: jsii.String(fmt.Sprintf("%s in ${length(%s)} zones, and %s needs %d: %s.",
			s.found.where, s.found.list, needer, count, s.found.hint)),
	}}
}
