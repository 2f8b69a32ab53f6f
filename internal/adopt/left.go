package adopt

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// left lists what stands in the same VPC, load balancer and cluster, but is no part of the stack.
func (m *matcher) left() []string {
	managed := map[string]bool{}
	for _, known := range m.known {
		managed[known] = true
	}
	var all []string
	note := func(what, id, more string) {
		if !managed[id] {
			if more != "" {
				more = ", " + more
			}
			all = append(all, fmt.Sprintf("%s %s%s", what, id, more))
		}
	}
	for _, s := range m.Subnets {
		note("subnet", aws.ToString(s.SubnetId), aws.ToString(s.CidrBlock))
	}
	for _, t := range m.RouteTables {
		more := ""
		for _, a := range t.Associations {
			if aws.ToBool(a.Main) {
				more = "the VPC's main one"
			}
		}
		note("route table", aws.ToString(t.RouteTableId), more)
	}
	for _, n := range m.NATGateways {
		note("NAT gateway", aws.ToString(n.NatGatewayId), "")
	}
	for _, e := range m.Endpoints {
		note("endpoint", aws.ToString(e.VpcEndpointId), aws.ToString(e.ServiceName))
	}
	for _, g := range m.SecurityGroups {
		note("security group", aws.ToString(g.GroupId), aws.ToString(g.GroupName))
	}
	for _, r := range m.Rules {
		if group := aws.ToString(r.GroupId); managed[group] {
			note("rule", aws.ToString(r.SecurityGroupRuleId), "which goes on to hold in "+group)
		}
	}
	for _, l := range m.Listeners {
		note("listener", aws.ToString(l.ListenerArn), fmt.Sprint("port ", aws.ToInt32(l.Port)))
		for _, r := range m.ListenRules[aws.ToString(l.ListenerArn)] {
			if !aws.ToBool(r.IsDefault) {
				note("listener rule", aws.ToString(r.RuleArn), "priority "+aws.ToString(r.Priority))
			}
		}
	}
	for _, s := range m.Services {
		for _, p := range s.Policies {
			note("scaling policy", "ecs/"+aws.ToString(p.ResourceId)+"/"+dimension+"/"+aws.ToString(p.PolicyName), "")
		}
	}
	for _, s := range m.OtherServices {
		note("service", s, "of the same cluster")
	}
	all = append(all, m.strays()...)
	slices.Sort(all)
	return all
}
