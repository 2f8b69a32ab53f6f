package network

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupegressrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// SecurityGroup says who may talk to what is in it. It starts closed in both directions. Each rule is a resource of its
// own: inside the groups' resources, two groups could not refer to each other.
type SecurityGroup struct {
	scope constructs.Construct
	id    string
	rules []cdktf.ITerraformDependable
}

// NewSecurityGroup makes a group without rules. Its name is a prefix, so that it can be replaced while it is in use.
func NewSecurityGroup(scope constructs.Construct, id string, vpc *VPC, name, description string) *SecurityGroup {
	scope = constructs.NewConstruct(scope, &id)
	prefix := name + "-"
	if strings.HasPrefix(prefix, "sg-") { // which AWS keeps for ids (EC2 API, CreateSecurityGroup)
		prefix = "of-" + prefix
	}
	group := securitygroup.NewSecurityGroup(scope, jsii.String("Resource"), &securitygroup.SecurityGroupConfig{
		VpcId:       jsii.String(vpc.ID()),
		NamePrefix:  &prefix,
		Description: &description,
		Tags:        nameTag(name),
		Lifecycle:   &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	return &SecurityGroup{scope: scope, id: *group.Id()}
}

// ExistingSecurityGroup is a group that another stack owns, to which this one adds rules.
func ExistingSecurityGroup(scope constructs.Construct, id string) *SecurityGroup {
	return &SecurityGroup{scope: scope, id: id}
}

// ID is the group's id, known once applied.
func (g *SecurityGroup) ID() string { return g.id }

// Rules are what must be there before anything in the group can talk.
func (g *SecurityGroup) Rules() []cdktf.ITerraformDependable { return g.rules }

// AdmitRange lets a range of addresses, IPv4 or IPv6, connect to a port of the group.
func (g *SecurityGroup) AdmitRange(id, cidr string, port int, description string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
	config := g.ingress(port, description)
	if strings.Contains(cidr, ":") {
		config.CidrIpv6 = &cidr
	} else {
		config.CidrIpv4 = &cidr
	}
	return g.admit(id, config)
}

// AdmitVPC lets all ranges of IPv4 addresses of a VPC connect to a port of the group. It returns the rule of the
// primary one.
func (g *SecurityGroup) AdmitVPC(id string, vpc *VPC, port int, description string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
	primary := g.AdmitRange(id, vpc.cidr, port, description)
	if vpc.secondary == "" {
		return primary
	}
	config := g.ingress(port, description)
	config.CidrIpv4 = jsii.String("${each.value}")
	// CDKTF's iterator would wrap the expression in a second one, which Terraform refuses.
	g.admit(id+"-secondary", config).AddOverride(jsii.String("for_each"), "${"+vpc.secondary+"}")
	return primary
}

// AdmitIPv6 is AdmitRange for a range of IPv6 that is only known when Terraform plans.
func (g *SecurityGroup) AdmitIPv6(id, cidr string, port int, description string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
	config := g.ingress(port, description)
	config.CidrIpv6 = &cidr
	return g.admit(id, config)
}

// AdmitPrefixList lets the addresses of a managed prefix list connect to a port of the group.
func (g *SecurityGroup) AdmitPrefixList(id, list string, port int, description string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
	config := g.ingress(port, description)
	config.PrefixListId = &list
	return g.admit(id, config)
}

// AdmitSource lets a source connect to a port of the group: a range of addresses, a security group or a managed prefix
// list, by its id. A group may be one that this stack does not manage; it must let the connections out by itself.
func (g *SecurityGroup) AdmitSource(source string, port int, description string) {
	// By the source itself, so that another one in the list moves none.
	id := fmt.Sprintf("from-%s-%d", strings.NewReplacer("/", "-", ".", "-", ":", "-").Replace(source), port)
	switch {
	case strings.HasPrefix(source, "pl-"):
		g.AdmitPrefixList(id, source, port, description)
	case strings.HasPrefix(source, "sg-"):
		config := g.ingress(port, description)
		config.ReferencedSecurityGroupId = &source
		g.admit(id, config)
	default:
		g.AdmitRange(id, source, port, description)
	}
}

func (g *SecurityGroup) ingress(port int, description string) *vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig {
	return &vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
		SecurityGroupId: &g.id,
		IpProtocol:      jsii.String("tcp"),
		FromPort:        jsii.Number(port),
		ToPort:          jsii.Number(port),
		Description:     &description,
	}
}

func (g *SecurityGroup) admit(id string, config *vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
	rule := vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(g.scope, &id, config)
	g.rules = append(g.rules, rule)
	return rule
}

// AdmitGroup lets what is in another group connect to a port of this one: the way out of there and the way in here. The
// port is part of the rules' ids: when it changes, the new rules are there before the tasks move to the new port, and
// the old ones go after the last task on the old one.
func (g *SecurityGroup) AdmitGroup(id string, from *SecurityGroup, port int, description string) {
	scope := constructs.NewConstruct(g.scope, jsii.String(fmt.Sprintf("%s-%d", id, port)))
	leave := from.egress(port, description)
	leave.ReferencedSecurityGroupId, leave.Lifecycle = &g.id, goesLast()
	enter := g.ingress(port, description)
	enter.ReferencedSecurityGroupId, enter.Lifecycle = &from.id, goesLast()
	out := vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(scope, jsii.String("out"), leave)
	in := vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(scope, jsii.String("in"), enter)
	g.rules = append(g.rules, out, in)
}

// AdmittedBy lets what is in the group connect to a port of another group, which admits the group's addresses already.
func (g *SecurityGroup) AdmittedBy(id string, to *SecurityGroup, port int, description string) {
	config := g.egress(port, description)
	config.ReferencedSecurityGroupId = &to.id
	g.allow(id, config)
}

func (g *SecurityGroup) allowRange(id, cidr string, port int, description string) {
	config := g.egress(port, description)
	config.CidrIpv4 = &cidr
	g.allow(id, config)
}

func (g *SecurityGroup) allowPrefixList(id, list string, port int, description string) {
	config := g.egress(port, description)
	config.PrefixListId = &list
	g.allow(id, config)
}

// allowAnywhere takes Anywhere or AnywhereIPv6.
func (g *SecurityGroup) allowAnywhere(id, cidr, description string) {
	config := &vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
		SecurityGroupId: &g.id, IpProtocol: jsii.String(allProtocols), Description: &description,
	}
	if cidr == AnywhereIPv6 {
		config.CidrIpv6 = &cidr
	} else {
		config.CidrIpv4 = &cidr
	}
	g.allow(id, config)
}

// allProtocols stands for every protocol. Ports must be left out with it (provider documentation).
const allProtocols = "-1"

func (g *SecurityGroup) egress(port int, description string) *vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig {
	return &vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
		SecurityGroupId: &g.id,
		IpProtocol:      jsii.String("tcp"),
		FromPort:        jsii.Number(port),
		ToPort:          jsii.Number(port),
		Description:     &description,
	}
}

func (g *SecurityGroup) allow(id string, config *vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig) {
	// A way out that is closed stays open until the last task that needs it is gone.
	config.Lifecycle = goesLast()
	g.rules = append(g.rules, vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(g.scope, &id, config))
}
