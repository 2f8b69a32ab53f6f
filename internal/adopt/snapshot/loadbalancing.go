package snapshot

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// readLoadBalancer reads the load balancer of a name. Without one, it reads that of the services' target groups; else
// the stack's own.
func (s *scan) readLoadBalancer(name string) {
	if name != "" {
		s.LoadBalancer = s.account.LoadBalancer(name)
		if s.LoadBalancer == nil {
			s.account.Fail("load balancer %s does not exist in this account and region; write its name as the "+
				"console shows it: --load-balancer NAME", name)
		}
	} else {
		s.LoadBalancer = s.loadBalancerOfServices()
	}
	if s.LoadBalancer == nil {
		s.LoadBalancer = s.ownLoadBalancer()
	}
	if s.LoadBalancer == nil {
		return
	}
	s.Listeners = s.account.Listeners(aws.ToString(s.LoadBalancer.LoadBalancerArn))
	for _, l := range s.Listeners {
		arn := aws.ToString(l.ListenerArn)
		s.ListenerRules[arn] = s.account.ListenerRules(arn)
	}
}

// loadBalancerOfServices returns the load balancer that sends requests to the services; nil where there is none.
func (s *scan) loadBalancerOfServices() *elbtypes.LoadBalancer {
	var groups []string
	for _, service := range s.Services {
		for _, attached := range service.LoadBalancers {
			if attached.TargetGroupArn != nil {
				groups = append(groups, *attached.TargetGroupArn)
			}
		}
	}
	if len(groups) == 0 {
		return nil
	}
	var arns []string
	for _, group := range s.account.TargetGroups(groups...) {
		arns = append(arns, group.LoadBalancerArns...)
	}
	slices.Sort(arns)
	if arns = slices.Compact(arns); len(arns) == 0 {
		return nil
	}
	found := s.account.LoadBalancers(arns...)
	if len(found) != 1 {
		s.account.Fail("the services are behind %d load balancers, and a stack has one; name it: --load-balancer "+
			"NAME", len(found))
		return nil
	}
	return &found[0]
}
