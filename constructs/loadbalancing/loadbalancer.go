// Package loadbalancing is the way in: an application load balancer, its listener, and the target groups that it sends
// requests to.
package loadbalancing

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/network"
	"webapp/settings"
)

// LoadBalancer is an application load balancer, internet-facing or internal.
type LoadBalancer struct {
	scope    constructs.Construct
	resource lb.Lb
	vpc      *network.VPC
	group    *network.SecurityGroup
	listener lblistener.LbListener // nil until there is something to forward to
	port     int
}

// LoadBalancerProps say where the load balancer stands.
type LoadBalancerProps struct {
	Name     string // of the stack; the load balancer's own name begins with its first letters
	VPC      *network.VPC
	Subnets  network.Subnets
	Settings settings.LoadBalancer
}

// NewLoadBalancer makes a load balancer and its security group, which admits to the listener's port: everyone where it
// is public, the VPC's own addresses where it is not.
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings

	group := network.NewSecurityGroup(scope, "security-group", props.VPC, props.Name+"-load-balancer",
		"Load balancer of "+props.Name)
	if s.Public {
		group.AdmitRange("from-anywhere", network.Anywhere, s.Port, "Anyone to the listener")
	} else {
		group.AdmitRange("from-vpc", props.VPC.CIDR(), s.Port, "The VPC to the listener")
	}

	routes := props.Subnets.Routes()
	balancer := lb.NewLb(scope, jsii.String("Resource"), &lb.LbConfig{
		NamePrefix:              jsii.String(namePrefix(props.Name)),
		LoadBalancerType:        jsii.String("application"),
		Internal:                !s.Public,
		Subnets:                 jsii.Strings(props.Subnets.IDs()...),
		SecurityGroups:          jsii.Strings(group.ID()),
		DropInvalidHeaderFields: true,
		Tags:                    &map[string]*string{"Name": &props.Name},
		DependsOn:               &routes,
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// Public and internal cannot be changed in place: the new one is there before the old one goes.
			CreateBeforeDestroy: jsii.Bool(true),
			Precondition:        props.Subnets.AtLeast(2, "a load balancer"),
		},
	})
	return &LoadBalancer{scope: scope, resource: balancer, vpc: props.VPC, group: group, port: s.Port}
}

// SecurityGroup is the group that requests to the targets come from.
func (l *LoadBalancer) SecurityGroup() *network.SecurityGroup { return l.group }

// DNSName is the load balancer's address, known once applied.
func (l *LoadBalancer) DNSName() string { return *l.resource.DnsName() }

// URL is where the service answers, known once applied. It names the port where it is not the scheme's own.
func (l *LoadBalancer) URL() string {
	if l.port == 80 {
		return "http://" + l.DNSName()
	}
	return fmt.Sprintf("http://%s:%d", l.DNSName(), l.port)
}

// namePrefix makes a prefix to which Terraform adds something unique, so that a successor may exist beside the old one.
// AWS allows 32 characters, of which Terraform's addition leaves 6, and no two hyphens side by side.
func namePrefix(name string) string {
	const longest = 5
	return strings.TrimRight(name[:min(longest, len(name))], "-") + "-"
}
