package adopt

import (
	"errors"
	"fmt"
	"slices"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// readLoadBalancer reads the load balancer of a name; without one, that of the services' target groups.
func (r *reader) readLoadBalancer(name string, groups []string) {
	if r.err != nil {
		return
	}
	client := elb.NewFromConfig(r.cfg)
	ask := &elb.DescribeLoadBalancersInput{}
	switch {
	case name != "":
		ask.Names = []string{name}
	case len(groups) > 0:
		found, err := client.DescribeTargetGroups(r.ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: groups})
		if r.failed("reading the services' target groups", err) {
			return
		}
		for _, g := range found.TargetGroups {
			ask.LoadBalancerArns = append(ask.LoadBalancerArns, g.LoadBalancerArns...)
		}
		slices.Sort(ask.LoadBalancerArns)
		ask.LoadBalancerArns = slices.Compact(ask.LoadBalancerArns)
	}
	if len(ask.Names)+len(ask.LoadBalancerArns) == 0 {
		if name = r.ownLoadBalancer(); name != "" {
			ask.Names = []string{name}
		}
	}
	if len(ask.Names)+len(ask.LoadBalancerArns) == 0 || r.err != nil {
		return
	}
	found, err := client.DescribeLoadBalancers(r.ctx, ask)
	var missing *elbtypes.LoadBalancerNotFoundException
	switch {
	case errors.As(err, &missing):
		r.err = fmt.Errorf("there is no load balancer %s in this account and region; write its name as the console "+
			"shows it: -load-balancer NAME", name)
		return
	case r.failed("reading the load balancer", err):
		return
	case len(found.LoadBalancers) != 1:
		r.err = fmt.Errorf("the services stand behind %d load balancers, and a stack has one; name it: "+
			"-load-balancer NAME", len(found.LoadBalancers))
		return
	}
	r.a.LoadBalancer = &found.LoadBalancers[0]
	listeners, err := client.DescribeListeners(r.ctx, &elb.DescribeListenersInput{LoadBalancerArn: r.a.LoadBalancer.LoadBalancerArn})
	if r.failed("reading the listeners", err) {
		return
	}
	r.a.Listeners = listeners.Listeners
	for _, l := range r.a.Listeners {
		rules, err := client.DescribeRules(r.ctx, &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
		if r.failed("reading the listener's rules", err) {
			return
		}
		r.a.ListenRules[*l.ListenerArn] = rules.Rules
	}
}
