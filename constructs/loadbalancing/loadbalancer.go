// Package loadbalancing distributes requests to tasks: an application load balancer, its listener with its rules, and
// target groups.
package loadbalancing

import (
	"cmp"
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

// LoadBalancer is an application load balancer with its listener. Another stack may own both; then this stack adds only
// rules and target groups.
type LoadBalancer struct {
	scope        constructs.Construct
	name         string // of the stack
	settings     settings.LoadBalancer
	vpc          *network.VPC
	group        *network.SecurityGroup
	resource     lb.Lb                 // nil where another stack owns it
	listener     lblistener.LbListener // nil where another stack owns it
	redirect     lblistener.LbListener // of plain HTTP; nil without one
	certificates *certificates         // nil for plain HTTP
	clientRules  []cdktf.ITerraformDependable
	numbered     []numberedRule // those without a priority
	opened       bool           // for logins
	identity     string         // the address of what changes with the load balancer and its group
	listenerARN  string
	dnsName      string
	suffix       string // of the ARN, as metrics use it
	existingVPC  string // Terraform expression of an existing load balancer's VPC
	existingURL  string // of an existing listener
}

// LoadBalancerProps are the properties of a LoadBalancer.
type LoadBalancerProps struct {
	// Name is the stack's. Only its first letters become part of the load balancer's own name.
	Name     string
	Account  *account.Account
	VPC      *network.VPC
	Subnets  network.Subnets
	Settings settings.LoadBalancer
	// Host is the name at which the stack answers behind another stack's load balancer. Default: the load balancer's
	// own.
	Host string
}

// NewLoadBalancer creates a load balancer with its security group and listener, or looks up an existing listener:
//
//	clients → security group → listener (HTTPS with its certificates) → target groups
//	          redirect of HTTP ↗
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	scope = constructs.NewConstruct(scope, &id)
	l := &LoadBalancer{scope: scope, name: props.Name, settings: props.Settings, vpc: props.VPC}
	if props.Settings.Existing != nil {
		l.identify(l.lookUp(*props.Settings.Existing, props.Host))
		return l
	}
	l.create(props)
	l.identify(*l.resource.Arn())
	if l.settings.HTTPS != nil {
		l.certificates = newCertificates(scope, l.settings)
	}
	if l.settings.WebACL != "" {
		wafv2webaclassociation.NewWafv2WebAclAssociation(scope, jsii.String("web-acl"),
			&wafv2webaclassociation.Wafv2WebAclAssociationConfigA{
				ResourceArn: l.resource.Arn(), WebAclArn: &l.settings.WebACL,
			})
	}
	l.listen()
	return l
}

func (l *LoadBalancer) create(props LoadBalancerProps) {
	s := props.Settings
	l.group = network.NewSecurityGroup(l.scope, "security-group", network.SecurityGroupProps{
		VPC: props.VPC, Name: props.Name + "-load-balancer", Description: "Load balancer of " + props.Name,
	})
	groups := []string{l.group.ID()}
	redirect := l.group
	if s.RedirectGroup() {
		redirect = network.NewSecurityGroup(l.scope, "redirect-security-group", network.SecurityGroupProps{
			VPC: props.VPC, Name: props.Name + "-redirect", Description: "Redirect of " + props.Name,
		})
		groups = append(groups, redirect.ID())
	}
	l.allowClients(redirect)

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
		// Always set, because the provider leaves AWS's value alone where it is missing.
		IpAddressType: jsii.String("ipv4"),
		Tags:          &map[string]*string{"Name": &props.Name},
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// Public and internal cannot be changed in place: the new load balancer exists before the old one is
			// destroyed.
			CreateBeforeDestroy: jsii.Bool(true),
			// AWS refuses to move a load balancer to subnets of another VPC (ELB API, SetSubnets).
			ReplaceTriggeredBy: props.VPC.ReplaceTriggers(),
			Precondition:       props.Subnets.AtLeast(2, "a load balancer"),
		},
	}
	if s.DualStack {
		config.IpAddressType = jsii.String("dualstack")
	}
	needs := slices.Clone(props.Subnets.Routes())
	if s.AccessLogs != nil {
		logs := newAccessLogs(l.scope, props.Name, props.Account, *s.AccessLogs)
		config.AccessLogs = logs.config
		needs = append(needs, logs.permissions...)
	}
	config.DependsOn = &needs
	l.resource = lb.NewLb(l.scope, jsii.String("Resource"), config)
	l.dnsName, l.suffix = *l.resource.DnsName(), *l.resource.ArnSuffix()
}

// identify keeps the load balancer's ARN and its security group's id in one place for created and existing ones. So
// what belongs to one load balancer is also replaced when another kind takes its place. Terraform triggers no
// replacement by a resource that is created, which is why deployed stacks keep what they have.
// Source: Terraform, EvaluateReplaceTriggeredBy.
func (l *LoadBalancer) identify(arn string) {
	l.identity = expression.Address(cdktf.NewDataResource(l.scope, jsii.String("identity"),
		&cdktf.DataConfig{Input: &map[string]any{"arn": arn, "securityGroup": l.group.ID()}}))
	l.group.ReplaceRulesBy(l.identity + ".input.securityGroup")
}

// replaceTriggers returns the replace_triggered_by of a target group, which AWS lets no other load balancer use.
// Source: ELB API, CreateListener and CreateRule, "TargetGroupAssociationLimit".
func (l *LoadBalancer) replaceTriggers() *[]any {
	triggers := []any{l.identity + ".input.arn"}
	if !l.Shared() {
		// For the apply that creates the identity in a stack of an earlier release.
		triggers = append(triggers, expression.Address(l.resource)+".arn")
	}
	return &triggers
}

// lookUp finds the listener of another stack, and its load balancer, whose ARN it returns.
func (l *LoadBalancer) lookUp(s settings.ExistingListener, host string) string {
	listener := dataawslblistener.NewDataAwsLbListener(l.scope, jsii.String("listener"),
		&dataawslblistener.DataAwsLbListenerConfig{Arn: &s.Listener})
	balancer := dataawslb.NewDataAwsLb(l.scope, jsii.String("found"),
		&dataawslb.DataAwsLbConfig{Arn: listener.LoadBalancerArn()})
	l.listenerARN, l.dnsName, l.suffix = *listener.Arn(), *balancer.DnsName(), *balancer.ArnSuffix()
	l.existingVPC = expression.DataAddress(balancer) + ".vpc_id"
	l.existingURL = fmt.Sprintf(`${lower(%[1]s.protocol)}://%[2]s`+
		`${contains(["HTTP 80", "HTTPS 443"], "${%[1]s.protocol} ${%[1]s.port}") ? "" : ":${%[1]s.port}"}`,
		expression.DataAddress(listener), cmp.Or(host, l.dnsName))
	id := s.SecurityGroup
	if id == "" {
		id = *cdktf.Token_AsString(cdktf.Fn_Element(balancer.SecurityGroups(), jsii.Number(0)), nil)
	}
	l.group = network.ExistingSecurityGroup(l.scope, id)
	return *balancer.Arn()
}

// allowClients opens the port of the listener, and that of the redirect, which may be in another group.
func (l *LoadBalancer) allowClients(redirect *network.SecurityGroup) {
	l.allowPort(l.group, l.settings.Port, "the listener", "")
	if l.settings.HTTPS != nil && l.settings.HTTPS.Redirect {
		l.allowPort(redirect, httpPort, "the redirect", "-to-redirect")
	}
	l.clientRules = slices.Clone(l.group.Rules())
	if redirect != l.group {
		l.clientRules = append(l.clientRules, redirect.Rules()...)
	}
}

// allowPort opens a port to the sources that the settings allow. Where they name none, it is open to everyone for a
// public load balancer, and to the VPC's own addresses for an internal one.
func (l *LoadBalancer) allowPort(group *network.SecurityGroup, port int, what, formerSuffix string) {
	s := l.settings
	// The port is part of a rule's id: when HTTPS is switched on or off, the rule of port 80 stays, and AWS is never
	// asked for a duplicate of it.
	id := func(source string) string { return fmt.Sprintf("from-%s-%d", source, port) }
	moved := func(source string, rule vpcsecuritygroupingressrule.VpcSecurityGroupIngressRule) {
		rule.MoveFromId(jsii.String(expression.FormerAddress("aws_vpc_security_group_ingress_rule",
			"load-balancer", "security-group", "from-"+source+formerSuffix)))
	}
	allowCIDR := func(source, cidr, name string) {
		moved(source, group.AllowFromCIDR(id(source), cidr, port, name+" to "+what))
	}
	switch {
	case len(s.AllowedSources) > 0:
		for _, allowed := range s.AllowedSources {
			// The id comes from the source itself, so that adding one to the list replaces no other rule.
			source := strings.NewReplacer("/", "-", ".", "-", ":", "-").Replace(allowed)
			if strings.HasPrefix(allowed, "pl-") {
				moved(source, group.AllowFromPrefixList(id(source), allowed, port, allowed+" to "+what))
			} else {
				allowCIDR(source, allowed, allowed)
			}
		}
	case s.Public:
		allowCIDR("anywhere", network.Anywhere, "Anyone")
		if s.DualStack {
			allowCIDR("anywhere-ipv6", network.AnywhereIPv6, "Anyone by IPv6")
		}
	default:
		moved("vpc", group.AllowFromVPC(id("vpc"), l.vpc, port, "The VPC to "+what))
		if s.DualStack && l.vpc.DualStack() {
			moved("vpc-ipv6", group.AllowFromIPv6(id("vpc-ipv6"), l.vpc.IPv6CIDR(), port, "The VPC by IPv6 to "+what))
		}
	}
}

// SecurityGroup returns the group from which requests reach the targets.
func (l *LoadBalancer) SecurityGroup() *network.SecurityGroup { return l.group }

// DNSName returns the load balancer's own DNS name, known once applied.
func (l *LoadBalancer) DNSName() string { return l.dnsName }

// ARNSuffix returns the part of the ARN that metrics use, known once applied.
func (l *LoadBalancer) ARNSuffix() string { return l.suffix }

// Shared reports whether another stack owns the load balancer.
func (l *LoadBalancer) Shared() bool { return l.resource == nil }

const httpPort, httpsPort = 80, 443

// URL returns the address of the service, known once applied. It includes the port unless that is the scheme's default.
func (l *LoadBalancer) URL() string {
	if l.Shared() {
		return l.existingURL
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

// namePrefix returns a prefix that Terraform completes to a unique name, so that a new resource can exist beside the
// one that it replaces. AWS allows 32 characters, of which Terraform's part leaves 6, and no two hyphens in a row.
func namePrefix(name string) string {
	const longest = 5
	return strings.TrimRight(name[:min(longest, len(name))], "-") + "-"
}
