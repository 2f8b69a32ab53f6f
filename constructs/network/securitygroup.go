package network

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	egress "github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupegressrule"
	ingress "github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// SecurityGroup is a firewall around the resources that are in it. A new one allows nothing in either direction. Each
// rule is a resource of its own; as parts of the groups' resources, two groups could not refer to each other.
type SecurityGroup struct {
	scope    constructs.Construct
	id       string
	rules    []cdktf.ITerraformDependable
	triggers *[]any // replace the rules that let this group into others; nil where only its id does
}

// SecurityGroupProps are the properties of a SecurityGroup.
type SecurityGroupProps struct {
	VPC *VPC
	// Name is a prefix, which Terraform completes, so that the group can be replaced while it is in use.
	Name        string
	Description string
}

// NewSecurityGroup creates a group without rules.
func NewSecurityGroup(scope constructs.Construct, id string, props SecurityGroupProps) *SecurityGroup {
	scope = constructs.NewConstruct(scope, &id)
	prefix := props.Name + "-"
	if strings.HasPrefix(prefix, "sg-") { // reserved for ids (EC2 API, CreateSecurityGroup)
		prefix = "of-" + prefix
	}
	group := securitygroup.NewSecurityGroup(scope, jsii.String("Resource"), &securitygroup.SecurityGroupConfig{
		VpcId:       jsii.String(props.VPC.ID()),
		NamePrefix:  &prefix,
		Description: &props.Description,
		Tags:        nameTag(props.Name),
		Lifecycle:   createBeforeDestroy(),
	})
	return &SecurityGroup{scope: scope, id: *group.Id()}
}

// ExistingSecurityGroup returns a group of another stack, by its AWS id. This stack only adds rules to it.
func ExistingSecurityGroup(scope constructs.Construct, groupID string) *SecurityGroup {
	return &SecurityGroup{scope: scope, id: groupID}
}

// ReplaceRulesBy names what changes when another group takes this one's place. Terraform would change the rules that
// let the group into others in place, and shut out the old group while it is still in use.
func (g *SecurityGroup) ReplaceRulesBy(address string) { g.triggers = &[]any{address} }

// ID returns the group's id, known once applied.
func (g *SecurityGroup) ID() string { return g.id }

// Rules returns the group's rules, for resources in the group to depend on.
func (g *SecurityGroup) Rules() []cdktf.ITerraformDependable { return g.rules }

// AllowFromCIDR lets a range of IPv4 or IPv6 addresses connect to a port of the group.
func (g *SecurityGroup) AllowFromCIDR(
	id, cidr string, port int, description string,
) ingress.VpcSecurityGroupIngressRule {
	if strings.Contains(cidr, ":") {
		return g.AllowFromIPv6(id, cidr, port, description)
	}
	config := g.ingressRule(port, description)
	config.CidrIpv4 = &cidr
	return g.addIngress(id, config)
}

// AllowFromIPv6 lets a range of IPv6 addresses, which may be a token, connect to a port of the group.
func (g *SecurityGroup) AllowFromIPv6(
	id, cidr string, port int, description string,
) ingress.VpcSecurityGroupIngressRule {
	config := g.ingressRule(port, description)
	config.CidrIpv6 = &cidr
	return g.addIngress(id, config)
}

// AllowFromVPC lets all IPv4 ranges of a VPC connect to a port of the group. It returns the rule for the primary range.
func (g *SecurityGroup) AllowFromVPC(
	id string, vpc *VPC, port int, description string,
) ingress.VpcSecurityGroupIngressRule {
	primary := g.AllowFromCIDR(id, vpc.cidr, port, description)
	if vpc.secondary == "" {
		return primary
	}
	config := g.ingressRule(port, description)
	config.CidrIpv4 = jsii.String("${each.value}")
	// CDKTF's iterator would put the expression into another one, which Terraform refuses.
	g.addIngress(id+"-secondary", config).AddOverride(jsii.String("for_each"), "${"+vpc.secondary+"}")
	return primary
}

// AllowFromPrefixList lets the addresses of a managed prefix list connect to a port of the group.
func (g *SecurityGroup) AllowFromPrefixList(
	id, list string, port int, description string,
) ingress.VpcSecurityGroupIngressRule {
	config := g.ingressRule(port, description)
	config.PrefixListId = &list
	return g.addIngress(id, config)
}

// AllowFromSource lets a source connect to a port of the group. A source is a range of addresses, or the id of a
// security group or of a managed prefix list. A group of another stack needs an egress rule of its own.
func (g *SecurityGroup) AllowFromSource(source string, port int, description string) {
	// The id comes from the source itself, so that adding one to a list replaces no other rule.
	id := fmt.Sprintf("from-%s-%d", strings.NewReplacer("/", "-", ".", "-", ":", "-").Replace(source), port)
	switch {
	case strings.HasPrefix(source, "pl-"):
		g.AllowFromPrefixList(id, source, port, description)
	case strings.HasPrefix(source, "sg-"):
		config := g.ingressRule(port, description)
		config.ReferencedSecurityGroupId = &source
		g.addIngress(id, config)
	default:
		g.AllowFromCIDR(id, source, port, description)
	}
}

// AllowFrom lets the resources in another group connect to a port of this one. It creates the egress rule of the other
// group and the ingress rule of this one. The port is part of the rules' ids: when it changes, the new rules exist
// before the tasks move to the new port, and the old ones are destroyed after the last task on the old port has ended.
func (g *SecurityGroup) AllowFrom(id string, from *SecurityGroup, port int, description string) {
	scope := constructs.NewConstruct(g.scope, jsii.String(fmt.Sprintf("%s-%d", id, port)))
	leave := from.egressRule(port, description)
	leave.ReferencedSecurityGroupId, leave.Lifecycle = &g.id, createBeforeDestroy()
	enter := g.ingressRule(port, description)
	enter.ReferencedSecurityGroupId, enter.Lifecycle = &from.id, createBeforeDestroy()
	enter.Lifecycle.ReplaceTriggeredBy = from.triggers
	out := egress.NewVpcSecurityGroupEgressRule(scope, jsii.String("out"), leave)
	in := ingress.NewVpcSecurityGroupIngressRule(scope, jsii.String("in"), enter)
	g.rules = append(g.rules, out, in)
}

// AllowTo lets the resources in the group connect to a port of another group, which must already allow their addresses.
func (g *SecurityGroup) AllowTo(id string, to *SecurityGroup, port int, description string) {
	config := g.egressRule(port, description)
	config.ReferencedSecurityGroupId = &to.id
	g.addEgress(id, config)
}

// AllowHTTPSToAnywhere lets the resources in the group connect to any IPv4 address by HTTPS.
func (g *SecurityGroup) AllowHTTPSToAnywhere(id, description string) {
	g.allowToCIDR(id, Anywhere, httpsPort, description)
}

func (g *SecurityGroup) allowToCIDR(id, cidr string, port int, description string) {
	config := g.egressRule(port, description)
	config.CidrIpv4 = &cidr
	g.addEgress(id, config)
}

func (g *SecurityGroup) allowToPrefixList(id, list string, port int, description string) {
	config := g.egressRule(port, description)
	config.PrefixListId = &list
	g.addEgress(id, config)
}

// allowToAnywhere allows all protocols and ports. The range is Anywhere or AnywhereIPv6.
func (g *SecurityGroup) allowToAnywhere(id, cidr, description string) {
	config := &egress.VpcSecurityGroupEgressRuleConfig{
		SecurityGroupId: &g.id, IpProtocol: jsii.String(allProtocols), Description: &description,
	}
	if cidr == AnywhereIPv6 {
		config.CidrIpv6 = &cidr
	} else {
		config.CidrIpv4 = &cidr
	}
	g.addEgress(id, config)
}

// allProtocols is AWS's value for every protocol. A rule with it must not have ports (provider documentation).
const allProtocols = "-1"

func (g *SecurityGroup) ingressRule(port int, description string) *ingress.VpcSecurityGroupIngressRuleConfig {
	return &ingress.VpcSecurityGroupIngressRuleConfig{
		SecurityGroupId: &g.id,
		IpProtocol:      jsii.String("tcp"),
		FromPort:        jsii.Number(port),
		ToPort:          jsii.Number(port),
		Description:     &description,
	}
}

func (g *SecurityGroup) egressRule(port int, description string) *egress.VpcSecurityGroupEgressRuleConfig {
	return &egress.VpcSecurityGroupEgressRuleConfig{
		SecurityGroupId: &g.id,
		IpProtocol:      jsii.String("tcp"),
		FromPort:        jsii.Number(port),
		ToPort:          jsii.Number(port),
		Description:     &description,
	}
}

func (g *SecurityGroup) addIngress(
	id string, config *ingress.VpcSecurityGroupIngressRuleConfig,
) ingress.VpcSecurityGroupIngressRule {
	rule := ingress.NewVpcSecurityGroupIngressRule(g.scope, &id, config)
	g.rules = append(g.rules, rule)
	return rule
}

func (g *SecurityGroup) addEgress(id string, config *egress.VpcSecurityGroupEgressRuleConfig) {
	// A rule that is removed stays until the last task that needs it has ended.
	config.Lifecycle = createBeforeDestroy()
	g.rules = append(g.rules, egress.NewVpcSecurityGroupEgressRule(g.scope, &id, config))
}
