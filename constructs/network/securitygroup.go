package network

import (
	"fmt"

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
	group := securitygroup.NewSecurityGroup(scope, jsii.String("Resource"), &securitygroup.SecurityGroupConfig{
		VpcId:       jsii.String(vpc.ID()),
		NamePrefix:  jsii.String(name + "-"),
		Description: &description,
		Tags:        nameTag(name),
		Lifecycle:   &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	return &SecurityGroup{scope: scope, id: *group.Id()}
}

// ID is the group's id, known once applied.
func (g *SecurityGroup) ID() string { return g.id }

// Rules are what must be there before anything in the group can talk.
func (g *SecurityGroup) Rules() []cdktf.ITerraformDependable { return g.rules }

// AdmitRange lets a range of addresses connect to a port of the group.
func (g *SecurityGroup) AdmitRange(id, cidr string, port int, description string) {
	g.rules = append(g.rules, vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(g.scope, &id,
		&vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
			SecurityGroupId: &g.id,
			CidrIpv4:        &cidr,
			IpProtocol:      jsii.String("tcp"),
			FromPort:        jsii.Number(port),
			ToPort:          jsii.Number(port),
			Description:     &description,
		}))
}

// AdmitGroup lets what is in another group connect to a port of this one: the way out of there and the way in here.
// The port is part of the rules' ids: when it changes, the new rules are there before the tasks move to the new port, and
// the old ones go after the last task on the old one.
func (g *SecurityGroup) AdmitGroup(id string, from *SecurityGroup, port int, description string) {
	scope := constructs.NewConstruct(g.scope, jsii.String(fmt.Sprintf("%s-%d", id, port)))
	successorFirst := &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
	out := vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(scope, jsii.String("out"),
		&vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
			SecurityGroupId:           &from.id,
			ReferencedSecurityGroupId: &g.id,
			IpProtocol:                jsii.String("tcp"),
			FromPort:                  jsii.Number(port),
			ToPort:                    jsii.Number(port),
			Description:               &description,
			Lifecycle:                 successorFirst,
		})
	in := vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(scope, jsii.String("in"),
		&vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
			SecurityGroupId:           &g.id,
			ReferencedSecurityGroupId: &from.id,
			IpProtocol:                jsii.String("tcp"),
			FromPort:                  jsii.Number(port),
			ToPort:                    jsii.Number(port),
			Description:               &description,
			Lifecycle:                 successorFirst,
		})
	g.rules = append(g.rules, out, in)
}

// AllowOut lets what is in the group connect to anywhere.
func (g *SecurityGroup) AllowOut(id, description string) {
	// With protocol -1 (all) ports must be left out (provider documentation).
	out := vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(g.scope, &id,
		&vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
			SecurityGroupId: &g.id,
			CidrIpv4:        jsii.String(Anywhere),
			IpProtocol:      jsii.String("-1"),
			Description:     &description,
		})
	g.rules = append(g.rules, out)
}
