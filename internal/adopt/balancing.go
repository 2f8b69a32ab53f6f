package adopt

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func (m *matcher) loadBalancer(Resource) (known, id string) {
	if m.LoadBalancer == nil {
		return "", ""
	}
	return aws.ToString(m.LoadBalancer.LoadBalancerArn), ""
}

func (m *matcher) listener(r Resource) (known, id string) {
	for _, l := range m.Listeners {
		if m.of(r, "load_balancer_arn") == aws.ToString(l.LoadBalancerArn) && r.number("port") == aws.ToInt32(l.Port) {
			return aws.ToString(l.ListenerArn), ""
		}
	}
	return "", ""
}

// targetGroup finds the one that the service is attached to at the same port; without a service, the one that the
// listener forwards to.
func (m *matcher) targetGroup(r Resource) (known, id string) {
	for _, service := range m.users(r, "aws_ecs_service", "load_balancer") {
		existing, ok := m.Services[service.text("name")]
		blocks := service.blocks("load_balancer")
		for i, block := range blocks {
			if !ok || !slices.Contains(m.stack.references(block), r.Address()) {
				continue
			}
			port, _ := block["container_port"].(float64)
			for _, attached := range existing.LoadBalancers {
				if aws.ToInt32(attached.ContainerPort) == int32(port) {
					return aws.ToString(attached.TargetGroupArn), ""
				}
			}
			if i < len(existing.LoadBalancers) && len(blocks) == len(existing.LoadBalancers) {
				return aws.ToString(existing.LoadBalancers[i].TargetGroupArn), "" // the tasks listen elsewhere
			}
		}
	}
	for _, listener := range m.users(r, "aws_lb_listener", "default_action") {
		for _, l := range m.Listeners {
			if m.known[listener.Address()] == aws.ToString(l.ListenerArn) {
				return forwardsTo(l.DefaultActions), ""
			}
		}
	}
	return "", ""
}

// listenerRule finds the one that forwards to the same targets; else the one of the same priority.
func (m *matcher) listenerRule(r Resource) (known, id string) {
	rules := m.ListenRules[m.of(r, "listener_arn")]
	for _, existing := range rules {
		target := forwardsTo(existing.Actions)
		if target != "" && !aws.ToBool(existing.IsDefault) && target == m.of(r, "action") {
			return aws.ToString(existing.RuleArn), ""
		}
	}
	for _, existing := range rules {
		if aws.ToString(existing.Priority) == strconv.Itoa(int(r.number("priority"))) {
			return aws.ToString(existing.RuleArn), ""
		}
	}
	return "", ""
}

// forwardsTo is the target group of actions that forward to one.
func forwardsTo(actions []elbtypes.Action) string {
	for _, a := range actions {
		switch {
		case a.TargetGroupArn != nil:
			return *a.TargetGroupArn
		case a.ForwardConfig != nil && len(a.ForwardConfig.TargetGroups) == 1:
			return aws.ToString(a.ForwardConfig.TargetGroups[0].TargetGroupArn)
		}
	}
	return ""
}
