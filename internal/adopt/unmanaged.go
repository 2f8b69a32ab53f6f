package adopt

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// unmanaged describes what is in the same VPC, load balancer and cluster, but not part of the stack.
func (m *matcher) unmanaged() []string {
	managed := map[string]bool{}
	for _, known := range m.known {
		managed[known] = true
	}
	var all []string
	add := func(what, id, detail string) {
		if managed[id] {
			return
		}
		if detail != "" {
			detail = ", " + detail
		}
		all = append(all, what+" "+id+detail)
	}
	for _, s := range m.Subnets {
		add("subnet", aws.ToString(s.SubnetId), aws.ToString(s.CidrBlock))
	}
	for _, t := range m.RouteTables {
		detail := ""
		for _, a := range t.Associations {
			if aws.ToBool(a.Main) {
				detail = "the main one of the VPC"
			}
		}
		add("route table", aws.ToString(t.RouteTableId), detail)
	}
	for _, n := range m.NATGateways {
		add("NAT gateway", aws.ToString(n.NatGatewayId), "")
	}
	for _, e := range m.Endpoints {
		add("endpoint", aws.ToString(e.VpcEndpointId), aws.ToString(e.ServiceName))
	}
	for _, g := range m.SecurityGroups {
		add("security group", aws.ToString(g.GroupId), aws.ToString(g.GroupName))
	}
	for _, r := range m.Rules {
		if group := aws.ToString(r.GroupId); managed[group] {
			add("rule", aws.ToString(r.SecurityGroupRuleId), "which stays in effect in "+group)
		}
	}
	for _, l := range m.Listeners {
		add("listener", aws.ToString(l.ListenerArn), fmt.Sprint("port ", aws.ToInt32(l.Port)))
		for _, r := range m.ListenerRules[aws.ToString(l.ListenerArn)] {
			if !aws.ToBool(r.IsDefault) {
				add("listener rule", aws.ToString(r.RuleArn), "priority "+aws.ToString(r.Priority))
			}
		}
	}
	for _, s := range m.Services {
		for _, p := range s.Policies {
			id := "ecs/" + aws.ToString(p.ResourceId) + "/" + dimension + "/" + aws.ToString(p.PolicyName)
			add("scaling policy", id, "")
		}
	}
	for _, s := range m.OtherServices {
		add("service", s, "of the same cluster")
	}
	all = append(all, m.leftovers()...)
	slices.Sort(all)
	return all
}
