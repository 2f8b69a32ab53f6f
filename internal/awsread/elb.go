package awsread

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// LoadBalancer returns the load balancer of a name; nil where there is none.
func (r *Reader) LoadBalancer(name string) *elbtypes.LoadBalancer {
	out, found := lookUp[*elbtypes.LoadBalancerNotFoundException](r, "the load balancer "+name,
		elb.NewFromConfig(r.cfg).DescribeLoadBalancers, &elb.DescribeLoadBalancersInput{Names: []string{name}})
	if !found || len(out.LoadBalancers) == 0 {
		return nil
	}
	return &out.LoadBalancers[0]
}

// AllLoadBalancers returns the load balancers of the account and region.
func (r *Reader) AllLoadBalancers() []elbtypes.LoadBalancer {
	return r.loadBalancers(&elb.DescribeLoadBalancersInput{})
}

// LoadBalancers returns the load balancers of some ARNs.
func (r *Reader) LoadBalancers(arns ...string) []elbtypes.LoadBalancer {
	if len(arns) == 0 {
		return nil // AWS would return all of them
	}
	return r.loadBalancers(&elb.DescribeLoadBalancersInput{LoadBalancerArns: arns})
}

func (r *Reader) loadBalancers(in *elb.DescribeLoadBalancersInput) []elbtypes.LoadBalancer {
	pages := elb.NewDescribeLoadBalancersPaginator(elb.NewFromConfig(r.cfg), in)
	return All(r, "the load balancers", pages, func(out *elb.DescribeLoadBalancersOutput) []elbtypes.LoadBalancer {
		return out.LoadBalancers
	})
}

// AllTargetGroups returns the target groups of the account and region.
func (r *Reader) AllTargetGroups() []elbtypes.TargetGroup {
	return r.targetGroups(&elb.DescribeTargetGroupsInput{})
}

// TargetGroups returns the target groups of some ARNs.
func (r *Reader) TargetGroups(arns ...string) []elbtypes.TargetGroup {
	if len(arns) == 0 {
		return nil // AWS would return all of them
	}
	return r.targetGroups(&elb.DescribeTargetGroupsInput{TargetGroupArns: arns})
}

func (r *Reader) targetGroups(in *elb.DescribeTargetGroupsInput) []elbtypes.TargetGroup {
	pages := elb.NewDescribeTargetGroupsPaginator(elb.NewFromConfig(r.cfg), in)
	return All(r, "the target groups", pages, func(out *elb.DescribeTargetGroupsOutput) []elbtypes.TargetGroup {
		return out.TargetGroups
	})
}

// Listeners returns the listeners of a load balancer.
func (r *Reader) Listeners(loadBalancer string) []elbtypes.Listener {
	pages := elb.NewDescribeListenersPaginator(elb.NewFromConfig(r.cfg),
		&elb.DescribeListenersInput{LoadBalancerArn: &loadBalancer})
	return All(r, "the listeners", pages, func(out *elb.DescribeListenersOutput) []elbtypes.Listener {
		return out.Listeners
	})
}

// ListenerRules returns the rules of a listener.
func (r *Reader) ListenerRules(listener string) []elbtypes.Rule {
	pages := elb.NewDescribeRulesPaginator(elb.NewFromConfig(r.cfg), &elb.DescribeRulesInput{ListenerArn: &listener})
	return All(r, "the listener's rules", pages,
		func(out *elb.DescribeRulesOutput) []elbtypes.Rule { return out.Rules })
}

// LoadBalancingTags returns the tags of load balancers and target groups, by ARN.
func (r *Reader) LoadBalancingTags(arns []string) map[string]map[string]string {
	const atOnce = 20 // Elastic Load Balancing API, DescribeTags
	tags := map[string]map[string]string{}
	for some := range slices.Chunk(arns, atOnce) {
		found := Call(r, "the tags of load balancers and target groups", elb.NewFromConfig(r.cfg).DescribeTags,
			&elb.DescribeTagsInput{ResourceArns: some})
		for _, of := range found.TagDescriptions {
			tags[aws.ToString(of.ResourceArn)] = tagMap(of.Tags, func(t elbtypes.Tag) (*string, *string) {
				return t.Key, t.Value
			})
		}
	}
	return tags
}
