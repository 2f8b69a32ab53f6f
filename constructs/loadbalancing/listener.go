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

// listener is what takes requests: made by this stack, or found.
type listener struct {
	arn      string
	resource cdktf.ITerraformDependable // nil where another stack owns it
}

// Forward sends requests to the target group: those that the routing chooses, or without one all that no other routing
// does. Whoever joins the group depends on what is returned: ECS refuses a group that no load balancer uses.
func (l *LoadBalancer) Forward(scope constructs.Construct, targets *TargetGroup, routing *settings.Routing) cdktf.ITerraformDependable {
	if routing == nil {
		l.listen(&lblistener.LbListenerDefaultAction{Type: jsii.String("forward"), TargetGroupArn: &targets.arn})
		return l.listener.resource
	}
	if l.listener.arn == "" {
		// Every service has a routing: what none of them chooses is nobody's.
		l.listen(&lblistener.LbListenerDefaultAction{
			Type: jsii.String("fixed-response"),
			FixedResponse: &lblistener.LbListenerDefaultActionFixedResponse{
				StatusCode: jsii.String("404"), ContentType: jsii.String("text/plain"), MessageBody: jsii.String("Not found"),
			},
		})
	}
	rule := lblistenerrule.NewLbListenerRule(scope, jsii.String("rule"), &lblistenerrule.LbListenerRuleConfig{
		ListenerArn: &l.listener.arn,
		Priority:    jsii.Number(routing.Priority),
		Condition:   conditions(*routing),
		Action: []*lblistenerrule.LbListenerRuleAction{{
			Type: jsii.String("forward"), TargetGroupArn: &targets.arn,
		}},
		// When a port of the service is removed, its rule goes after the service has let go of the target group: ECS
		// can otherwise no longer take the old tasks out of the group.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	l.redirectAfter(rule)
	return rule
}

// listen accepts requests on the load balancer's port, and plain HTTP too where it is to be redirected. There is one
// resource for each port. When HTTPS comes or goes, the listener on port 80 stays and only changes what it does: a
// listener that moved to another port would leave its own closed for a while, and AWS refuses a second one on a port
// that is not yet free.
func (l *LoadBalancer) listen(otherwise *lblistener.LbListenerDefaultAction) {
	config := &lblistener.LbListenerConfig{
		LoadBalancerArn: l.resource.Arn(),
		Port:            jsii.Number(l.settings.Port),
		Protocol:        jsii.String("HTTP"),
		DefaultAction:   []*lblistener.LbListenerDefaultAction{otherwise},
		DependsOn:       &l.admitted,
		// It is only ever replaced together with its load balancer, and removed when another port has taken its place.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if l.tls != nil {
		config.Protocol = jsii.String("HTTPS")
		config.SslPolicy = &l.settings.HTTPS.Policy
		config.CertificateArn = &l.tls.first
	}
	made := lblistener.NewLbListener(l.scope, listenerID(l.settings.Port), config)
	made.MoveFromId(formerListener("listener"))
	l.listener = listener{arn: *made.Arn(), resource: made}
	if l.tls == nil {
		return
	}
	for _, arn := range l.tls.more {
		// By the certificate's own id, so that another one in the list moves none.
		id := "certificate-" + arn[strings.LastIndex(arn, "/")+1:]
		lblistenercertificate.NewLbListenerCertificate(l.scope, &id, &lblistenercertificate.LbListenerCertificateConfig{
			ListenerArn: made.Arn(), CertificateArn: &arn,
		})
	}
	if l.settings.HTTPS.Redirect {
		l.redirectHTTP()
		l.redirectAfter(made)
	}
}

func listenerID(port int) *string { return jsii.String(fmt.Sprintf("listener-%d", port)) }

// formerListener is the address of a listener in releases that named listeners by what they do.
func formerListener(id string) *string {
	return jsii.String(expression.FormerAddress("aws_lb_listener", "load-balancer", id))
}

// redirectAfter has plain HTTP redirected only once something is in place where clients are sent to.
func (l *LoadBalancer) redirectAfter(resource cdktf.TerraformResource) {
	if l.redirect != nil {
		after := append(*l.redirect.DependsOn(), jsii.String(expression.Address(resource)))
		l.redirect.SetDependsOn(&after)
	}
}

// redirectHTTP answers plain HTTP with where to go instead.
func (l *LoadBalancer) redirectHTTP() {
	l.redirect = lblistener.NewLbListener(l.scope, listenerID(httpPort), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.resource.Arn(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction: []*lblistener.LbListenerDefaultAction{{
			Type: jsii.String("redirect"),
			Redirect: &lblistener.LbListenerDefaultActionRedirect{
				Protocol: jsii.String("HTTPS"), Port: jsii.String(strconv.Itoa(l.settings.Port)), StatusCode: jsii.String("HTTP_301"),
			},
		}},
		DependsOn: &l.admitted,
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	l.redirect.MoveFromId(formerListener("redirect"))
}

// conditions renders a routing: one condition for each thing that it asks, and one for each header.
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
