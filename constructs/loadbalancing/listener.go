package loadbalancing

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistenercertificate"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistenerrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// Forward sends requests to the target group: those that match the routing or, where it is nil, all that match no other
// routing. With a login, only those of users who have logged in. An existing listener always needs a routing, because
// its default action belongs to another stack.
// A service in the group depends on what is returned, because ECS refuses a group that no load balancer uses.
func (l *LoadBalancer) Forward(
	scope constructs.Construct, targets *TargetGroup, routing *settings.Routing, login *settings.Login,
) cdktf.ITerraformDependable {
	l.allowLogin(login)
	if routing == nil {
		l.listener.PutDefaultAction(defaultActions(targets, login))
		return l.listener
	}
	config := &lblistenerrule.LbListenerRuleConfig{
		ListenerArn: &l.listenerARN,
		Condition:   conditions(*routing),
		Action:      ruleActions(targets, login),
		// When a port is removed from a service, its rule must outlast the service's use of the target group. Otherwise
		// ECS can no longer deregister the old tasks.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if routing.Before == nil {
		config.Priority = jsii.Number(routing.Priority)
	}
	rule := lblistenerrule.NewLbListenerRule(scope, ruleID(*routing), config)
	if routing.Before != nil {
		l.numbered = append(l.numbered, numberedRule{rule, len(routing.Before)})
	}
	l.redirectAfter(rule)
	return rule
}

// numberedRule is a rule that gets the first priority after all that the listener has, and its place among those of the
// stack.
type numberedRule struct {
	lblistenerrule.LbListenerRule
	place int
}

// ruleID returns a rule's construct id. A numbered rule stays where it is when another one is added. So its id changes
// with the rules before it: then it is created again, after them.
func ruleID(routing settings.Routing) *string {
	if len(routing.Before) == 0 {
		return jsii.String("rule")
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(strings.Join(routing.Before, "\n")))
	return jsii.String(fmt.Sprintf("rule-%08x", hash.Sum32()))
}

// OrderRules makes Terraform create the rules without a priority one after the other, in their order. The provider
// gives each the number after the highest one of the listener, and tries again if another stack was faster.
// Source: AWS provider, resource aws_lb_listener_rule, "priority", and its function retryListenerRuleCreate.
func (l *LoadBalancer) OrderRules() {
	slices.SortFunc(l.numbered, func(a, b numberedRule) int { return a.place - b.place })
	for i := 1; i < len(l.numbered); i++ {
		l.numbered[i].SetDependsOn(&[]*string{jsii.String(expression.Address(l.numbered[i-1].LbListenerRule))})
	}
}

// listen creates the listener on the load balancer's port, and the one that redirects plain HTTP where the settings ask
// for it. Until Forward says otherwise, the listener answers 404 Not Found to what matches no routing.
//
// Each port has a resource of its own. When HTTPS is switched on or off, the listener on port 80 stays and only changes
// its action. A listener that moved to another port would leave the old one closed for a while, and AWS refuses a
// second listener on a port that is not free yet.
func (l *LoadBalancer) listen() {
	config := &lblistener.LbListenerConfig{
		LoadBalancerArn: l.resource.Arn(),
		Port:            jsii.Number(l.settings.Port),
		Protocol:        jsii.String("HTTP"),
		DefaultAction:   []*lblistener.LbListenerDefaultAction{notFound()},
		DependsOn:       &l.clientRules,
		// It is replaced only together with its load balancer, and removed after the listener of another port exists.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if l.certificates != nil {
		config.Protocol = jsii.String("HTTPS")
		config.SslPolicy = &l.settings.HTTPS.Policy
		config.CertificateArn = &l.certificates.standard
		config.MutualAuthentication = newMutualAuthentication(l.scope, l.name, *l.settings.HTTPS)
	}
	l.listener = lblistener.NewLbListener(l.scope, listenerID(l.settings.Port), config)
	l.listener.MoveFromId(formerListener("listener"))
	l.listenerARN = *l.listener.Arn()
	if l.certificates == nil {
		return
	}
	for _, arn := range l.certificates.additional {
		// The id comes from the certificate's own, so that adding a certificate to the list replaces no other.
		id := "certificate-" + arn[strings.LastIndex(arn, "/")+1:]
		lblistenercertificate.NewLbListenerCertificate(l.scope, &id, &lblistenercertificate.LbListenerCertificateConfig{
			ListenerArn: l.listener.Arn(), CertificateArn: &arn,
		})
	}
	if l.settings.HTTPS.Redirect {
		l.redirectHTTP()
		l.redirectAfter(l.listener)
	}
}

// notFound is the action for requests that no service takes.
func notFound() *lblistener.LbListenerDefaultAction {
	return &lblistener.LbListenerDefaultAction{
		Type: jsii.String("fixed-response"),
		FixedResponse: &lblistener.LbListenerDefaultActionFixedResponse{
			StatusCode:  jsii.String("404"),
			ContentType: jsii.String("text/plain"), MessageBody: jsii.String("Not found"),
		},
	}
}

func listenerID(port int) *string { return jsii.String(fmt.Sprintf("listener-%d", port)) }

// formerListener returns the address of a listener in earlier releases, which named listeners by what they do.
func formerListener(id string) *string {
	return jsii.String(expression.FormerAddress("aws_lb_listener", "load-balancer", id))
}

// redirectAfter makes Terraform create the redirect after the resource, so that clients are not sent to something that
// does not answer yet.
func (l *LoadBalancer) redirectAfter(resource cdktf.TerraformResource) {
	if l.redirect != nil {
		after := append(*l.redirect.DependsOn(), jsii.String(expression.Address(resource)))
		l.redirect.SetDependsOn(&after)
	}
}

// redirectHTTP creates the listener that redirects plain HTTP to HTTPS.
func (l *LoadBalancer) redirectHTTP() {
	l.redirect = lblistener.NewLbListener(l.scope, listenerID(httpPort), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.resource.Arn(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction: []*lblistener.LbListenerDefaultAction{{
			Type: jsii.String("redirect"),
			Redirect: &lblistener.LbListenerDefaultActionRedirect{
				Protocol: jsii.String("HTTPS"), Port: jsii.String(strconv.Itoa(l.settings.Port)),
				StatusCode: jsii.String("HTTP_301"),
			},
		}},
		DependsOn: &l.clientRules,
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	l.redirect.MoveFromId(formerListener("redirect"))
}

// conditions returns the rule conditions of a routing: one for paths, hosts and sources, and one for each header.
func conditions(r settings.Routing) []*lblistenerrule.LbListenerRuleCondition {
	var all []*lblistenerrule.LbListenerRuleCondition
	add := func(c lblistenerrule.LbListenerRuleCondition) { all = append(all, &c) }
	if len(r.Paths) > 0 {
		add(lblistenerrule.LbListenerRuleCondition{
			PathPattern: &lblistenerrule.LbListenerRuleConditionPathPattern{Values: jsii.Strings(r.Paths...)},
		})
	}
	if len(r.Hosts) > 0 {
		add(lblistenerrule.LbListenerRuleCondition{
			HostHeader: &lblistenerrule.LbListenerRuleConditionHostHeader{Values: jsii.Strings(r.Hosts...)},
		})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		add(lblistenerrule.LbListenerRuleCondition{
			HttpHeader: &lblistenerrule.LbListenerRuleConditionHttpHeader{
				HttpHeaderName: &name, Values: jsii.Strings(r.Headers[name]...),
			},
		})
	}
	if len(r.Sources) > 0 {
		add(lblistenerrule.LbListenerRuleCondition{
			SourceIp: &lblistenerrule.LbListenerRuleConditionSourceIp{Values: jsii.Strings(r.Sources...)},
		})
	}
	return all
}
