// Package loadbalancing is the way in: an application load balancer, its listener, and the target groups that it sends
// requests to.
package loadbalancing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawslb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawslblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/wafv2webaclassociation"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/network"
	"webapp/internal/expression"
	"webapp/settings"
)

// LoadBalancer is an application load balancer, internet-facing or internal, or a listener of one that another stack
// owns.
type LoadBalancer struct {
	scope    constructs.Construct
	settings settings.LoadBalancer
	vpc      *network.VPC
	group    *network.SecurityGroup
	resource lb.Lb  // nil where another stack owns it
	foundVPC string // of the load balancer that another stack owns, as an expression
	dnsName  string
	url      string // of a listener that another stack owns
	arn      string
	suffix   string // of the ARN, as metrics name it
	listener listener
	redirect lblistener.LbListener        // of plain HTTP; nil without
	admitted []cdktf.ITerraformDependable // the rules that let clients in
	tls      *certificates                // nil for plain HTTP
}

// LoadBalancerProps say where the load balancer stands.
type LoadBalancerProps struct {
	Name     string // of the stack; the load balancer's own name begins with its first letters
	Account  account.Account
	VPC      *network.VPC
	Subnets  network.Subnets
	Settings settings.LoadBalancer
}

// NewLoadBalancer makes a load balancer and its security group, or finds the listener to join:
//
//	clients → security group → listener (HTTPS by its certificates) → target groups
//	            redirect ↗
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	scope = constructs.NewConstruct(scope, &id)
	l := &LoadBalancer{scope: scope, settings: props.Settings, vpc: props.VPC}
	if props.Settings.Existing != nil {
		l.join(*props.Settings.Existing)
		return l
	}
	l.create(props)
	if l.settings.HTTPS != nil {
		l.tls = newCertificates(scope, l.settings)
	}
	if l.settings.WebACL != "" {
		wafv2webaclassociation.NewWafv2WebAclAssociation(scope, jsii.String("web-acl"), &wafv2webaclassociation.Wafv2WebAclAssociationConfigA{
			ResourceArn: l.resource.Arn(), WebAclArn: &l.settings.WebACL,
		})
	}
	return l
}

func (l *LoadBalancer) create(props LoadBalancerProps) {
	s := props.Settings
	l.group = network.NewSecurityGroup(l.scope, "security-group", props.VPC, props.Name+"-load-balancer",
		"Load balancer of "+props.Name)
	groups := []string{l.group.ID()}
	redirect := l.group
	if s.RedirectGroup() {
		redirect = network.NewSecurityGroup(l.scope, "redirect-security-group", props.VPC, props.Name+"-redirect",
			"Redirect of "+props.Name)
		groups = append(groups, redirect.ID())
	}
	l.admitClients(redirect)

	config := &lb.LbConfig{
		NamePrefix:               jsii.String(namePrefix(props.Name)),
		LoadBalancerType:         jsii.String("application"),
		Internal:                 !s.Public,
		Subnets:                  jsii.Strings(props.Subnets.IDs()...),
		SecurityGroups:           jsii.Strings(groups...),
		IdleTimeout:              jsii.Number(s.IdleTimeout.Seconds()),
		EnableDeletionProtection: s.DeletionProtection,
		DropInvalidHeaderFields:  s.DropInvalidHeaders,
		DesyncMitigationMode:     &s.DesyncMitigation,
		Tags:                     &map[string]*string{"Name": &props.Name},
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// Public and internal cannot be changed in place: the new one is there before the old one goes.
			CreateBeforeDestroy: jsii.Bool(true),
			// AWS refuses subnets of another VPC (ELB API, SetSubnets).
			ReplaceTriggeredBy: props.VPC.BoundTo(),
			Precondition:       props.Subnets.AtLeast(2, "a load balancer"),
		},
	}
	if s.DualStack {
		config.IpAddressType = jsii.String("dualstack")
	}
	needs := props.Subnets.Routes()
	if s.AccessLogs != nil {
		logs := newAccessLogs(l.scope, props.Name, props.Account, *s.AccessLogs)
		config.AccessLogs = logs.config
		needs = append(needs[:len(needs):len(needs)], logs.permissions...)
	}
	config.DependsOn = &needs
	l.resource = lb.NewLb(l.scope, jsii.String("Resource"), config)
	l.dnsName, l.arn, l.suffix = *l.resource.DnsName(), *l.resource.Arn(), *l.resource.ArnSuffix()
}

// join finds the listener of another stack.
func (l *LoadBalancer) join(s settings.ExistingListener) {
	found := dataawslblistener.NewDataAwsLbListener(l.scope, jsii.String("listener"), &dataawslblistener.DataAwsLbListenerConfig{Arn: &s.Listener})
	balancer := dataawslb.NewDataAwsLb(l.scope, jsii.String("found"), &dataawslb.DataAwsLbConfig{Arn: found.LoadBalancerArn()})
	l.dnsName, l.arn, l.suffix = *balancer.DnsName(), *balancer.Arn(), *balancer.ArnSuffix()
	l.foundVPC = expression.DataAddress(balancer) + ".vpc_id"
	l.listener = listener{arn: *found.Arn()}
	address := expression.DataAddress(found)
	l.url = fmt.Sprintf(`${lower(%[1]s.protocol)}://%[2]s${contains(["HTTP 80", "HTTPS 443"], "${%[1]s.protocol} ${%[1]s.port}") ? "" : ":${%[1]s.port}"}`,
		address, l.dnsName)
	id := s.SecurityGroup
	if id == "" {
		id = *cdktf.Token_AsString(cdktf.Fn_Element(balancer.SecurityGroups(), jsii.Number(0)), nil)
	}
	l.group = network.ExistingSecurityGroup(l.scope, id)
}

// admitClients opens the listener's port, and that of the redirect, to those whom the settings name; without any to
// everyone where the load balancer is public, to the VPC's own addresses where it is not. The redirect's port may be
// that of another group.
func (l *LoadBalancer) admitClients(redirect *network.SecurityGroup) {
	s := l.settings
	open := func(group *network.SecurityGroup, port int, what, formerSuffix string) {
		// The port is part of a rule's id: when HTTPS comes or goes, the rule of port 80 stays, and AWS is never asked
		// for a second one like it.
		admit := func(who string, rule func(id string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule) {
			made := rule(fmt.Sprintf("from-%s-%d", who, port))
			made.MoveFromId(jsii.String(expression.FormerAddress("aws_vpc_security_group_ingress_rule",
				"load-balancer", "security-group", "from-"+who+formerSuffix)))
		}
		admitRange := func(who, cidr, name string) {
			admit(who, func(id string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
				return group.AdmitRange(id, cidr, port, name+" to "+what)
			})
		}
		switch {
		case len(s.OpenTo) > 0:
			for _, who := range s.OpenTo {
				// By the range itself, so that another one in the list moves none.
				id := strings.NewReplacer("/", "-", ".", "-", ":", "-").Replace(who)
				if strings.HasPrefix(who, "pl-") {
					admit(id, func(id string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
						return group.AdmitPrefixList(id, who, port, who+" to "+what)
					})
				} else {
					admitRange(id, who, who)
				}
			}
		case s.Public:
			admitRange("anywhere", network.Anywhere, "Anyone")
			if s.DualStack {
				admitRange("anywhere-ipv6", network.AnywhereIPv6, "Anyone by IPv6")
			}
		default:
			admit("vpc", func(id string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
				return group.AdmitVPC(id, l.vpc, port, "The VPC to "+what)
			})
			if s.DualStack && l.vpc.DualStack() {
				admit("vpc-ipv6", func(id string) vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule {
					return group.AdmitIPv6(id, l.vpc.IPv6CIDR(), port, "The VPC by IPv6 to "+what)
				})
			}
		}
	}
	open(l.group, s.Port, "the listener", "")
	if s.HTTPS != nil && s.HTTPS.Redirect {
		open(redirect, httpPort, "the redirect", "-to-redirect")
	}
	l.admitted = slices.Clone(l.group.Rules())
	if redirect != l.group {
		l.admitted = append(l.admitted, redirect.Rules()...)
	}
}

// SecurityGroup is the group that requests to the targets come from.
func (l *LoadBalancer) SecurityGroup() *network.SecurityGroup { return l.group }

// DNSName is the load balancer's own address, known once applied.
func (l *LoadBalancer) DNSName() string { return l.dnsName }

// ARNSuffix is how metrics name the load balancer, known once applied.
func (l *LoadBalancer) ARNSuffix() string { return l.suffix }

// Shared says whether another stack owns the load balancer.
func (l *LoadBalancer) Shared() bool { return l.resource == nil }

const httpPort, httpsPort = 80, 443

// URL is where the service answers, known once applied. It names the port where it is not the scheme's own.
func (l *LoadBalancer) URL() string {
	if l.Shared() {
		return l.url
	}
	host, scheme, port := l.dnsName, "http", httpPort
	if l.settings.Domain != nil {
		host = l.settings.Domain.Name
	}
	if l.settings.HTTPS != nil {
		scheme, port = "https", httpsPort
	}
	if l.settings.Port == port {
		return scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, l.settings.Port)
}

// namePrefix makes a prefix to which Terraform adds something unique, so that a successor may exist beside the old one.
// AWS allows 32 characters, of which Terraform's addition leaves 6, and no two hyphens side by side.
func namePrefix(name string) string {
	const longest = 5
	return strings.TrimRight(name[:min(longest, len(name))], "-") + "-"
}
