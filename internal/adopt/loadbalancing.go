package adopt

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/tfstack"
)

func (m *matcher) loadBalancer(tfstack.Resource) (known, id string) {
	if m.LoadBalancer == nil {
		return "", ""
	}
	return aws.ToString(m.LoadBalancer.LoadBalancerArn), ""
}

func (m *matcher) listener(r tfstack.Resource) (known, id string) {
	for _, l := range m.Listeners {
		if m.of(r, "load_balancer_arn") == aws.ToString(l.LoadBalancerArn) &&
			int32(r.Number("port")) == aws.ToInt32(l.Port) {
			return aws.ToString(l.ListenerArn), ""
		}
	}
	return "", ""
}

// targetGroup finds the one of the service's load balancer at the same container port; without a service, the one that
// the listener forwards to.
func (m *matcher) targetGroup(r tfstack.Resource) (known, id string) {
	for _, service := range m.users(r, "aws_ecs_service", "load_balancer") {
		existing, ok := m.Services[service.Text("name")]
		blocks := service.Blocks("load_balancer")
		for i, block := range blocks {
			if !ok || !m.stack.RefersTo(block, r) {
				continue
			}
			for _, attached := range existing.LoadBalancers {
				if aws.ToInt32(attached.ContainerPort) == int32(block.Number("container_port")) {
					return aws.ToString(attached.TargetGroupArn), ""
				}
			}
			if i < len(existing.LoadBalancers) && len(blocks) == len(existing.LoadBalancers) {
				return aws.ToString(existing.LoadBalancers[i].TargetGroupArn), "" // its tasks listen on another port
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

// listenerRule finds the one that forwards to the same target group; else the one with the same priority.
func (m *matcher) listenerRule(r tfstack.Resource) (known, id string) {
	rules := m.ListenerRules[m.of(r, "listener_arn")]
	for _, existing := range rules {
		target := forwardsTo(existing.Actions)
		if target != "" && !aws.ToBool(existing.IsDefault) && target == m.of(r, "action") {
			return aws.ToString(existing.RuleArn), ""
		}
	}
	for _, existing := range rules {
		if aws.ToString(existing.Priority) == strconv.Itoa(int(int32(r.Number("priority")))) {
			return aws.ToString(existing.RuleArn), ""
		}
	}
	return "", ""
}

// forwardsTo returns the only target group that actions forward to; empty where there is none.
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
