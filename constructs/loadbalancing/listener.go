package loadbalancing

import (
	"maps"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistenerrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// Forward sends requests to the target group: those that the routing chooses, or without one all that no other routing
// does. Whoever joins the group depends on what is returned: ECS refuses a group that no load balancer uses.
func (l *LoadBalancer) Forward(scope constructs.Construct, targets *TargetGroup, routing *settings.Routing) cdktf.ITerraformDependable {
	if routing == nil {
		l.listen(&lblistener.LbListenerDefaultAction{Type: jsii.String("forward"), TargetGroupArn: &targets.arn})
		return l.listener
	}
	if l.listener == nil {
		// Every service has a routing: what none of them chooses is nobody's.
		l.listen(&lblistener.LbListenerDefaultAction{
			Type: jsii.String("fixed-response"),
			FixedResponse: &lblistener.LbListenerDefaultActionFixedResponse{
				StatusCode: jsii.String("404"), ContentType: jsii.String("text/plain"), MessageBody: jsii.String("Not found"),
			},
		})
	}
	return lblistenerrule.NewLbListenerRule(scope, jsii.String("rule"), &lblistenerrule.LbListenerRuleConfig{
		ListenerArn: l.listener.Arn(),
		Priority:    jsii.Number(routing.Priority),
		Condition:   conditions(*routing),
		Action: []*lblistenerrule.LbListenerRuleAction{{
			Type: jsii.String("forward"), TargetGroupArn: &targets.arn,
		}},
	})
}

// listen accepts HTTP on the load balancer's port.
func (l *LoadBalancer) listen(otherwise *lblistener.LbListenerDefaultAction) {
	l.listener = lblistener.NewLbListener(l.scope, jsii.String("listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.resource.Arn(),
		Port:            jsii.Number(l.port),
		Protocol:        jsii.String("HTTP"),
		DefaultAction:   []*lblistener.LbListenerDefaultAction{otherwise},
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// It is only ever replaced together with its load balancer.
			CreateBeforeDestroy: jsii.Bool(true),
		},
	})
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
