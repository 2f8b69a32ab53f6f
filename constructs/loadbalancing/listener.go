package loadbalancing

import (
	"fmt"
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
// routing. An existing listener always needs a routing, because its default action belongs to another stack.
// A service in the group depends on what is returned, because ECS refuses a group that no load balancer uses.
func (l *LoadBalancer) Forward(
	scope constructs.Construct, targets *TargetGroup, routing *settings.Routing,
) cdktf.ITerraformDependable {
	if routing == nil {
		l.listener.PutDefaultAction([]*lblistener.LbListenerDefaultAction{{
			Type: jsii.String("forward"), TargetGroupArn: &targets.arn,
		}})
		return l.listener
	}
	rule := lblistenerrule.NewLbListenerRule(scope, jsii.String("rule"), &lblistenerrule.LbListenerRuleConfig{
		ListenerArn: &l.listenerARN,
		Priority:    jsii.Number(routing.Priority),
		Condition:   conditions(*routing),
		Action: []*lblistenerrule.LbListenerRuleAction{{
			Type: jsii.String("forward"), TargetGroupArn: &targets.arn,
		}},
		// When a port is removed from a service, its rule must outlast the service's use of the target group. Otherwise
		// ECS can no longer deregister the old tasks.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	l.redirectAfter(rule)
	return rule
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
