package adopt

import (
	"slices"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
)

// Match is a resource of the stack and what it was matched with.
type Match struct {
	tfstack.Resource
	// ID is the id by which Terraform imports it; empty where nothing matches.
	ID string
}

// Matches are those of a whole stack.
type Matches struct {
	All []Match // one for each resource, by address
	// Unmanaged describes what is in the same VPC, load balancer and cluster, but not part of the stack.
	Unmanaged []string
}

// Found returns the matches with something that exists.
func (m Matches) Found() []Match {
	return slices.DeleteFunc(slices.Clone(m.All), func(one Match) bool { return one.ID == "" })
}

// finder returns the name, id or ARN by which AWS knows a resource (empty where nothing matches), and the id by which
// Terraform imports it where that is different.
type finder func(m *matcher, r tfstack.Resource) (known, id string)

// finders are ordered so that each type comes after those that it is matched by.
var finders = []struct {
	typ  string
	find finder
}{
	{"aws_vpc", (*matcher).vpc},
	{"aws_flow_log", (*matcher).flowLog},
	{"aws_ecs_cluster", (*matcher).cluster},
	{"aws_ecs_cluster_capacity_providers", (*matcher).capacityProviders},
	{"aws_ecs_service", (*matcher).service},
	{"aws_ecs_task_definition", (*matcher).task},
	{"aws_ecs_task_definition", (*matcher).ownTask},
	{"aws_iam_role", (*matcher).role},
	{"aws_iam_role", (*matcher).ownRole},
	{"aws_iam_role_policy", (*matcher).rolePolicy},
	{"aws_iam_role_policy_attachment", (*matcher).rolePolicyAttachment},
	{"aws_cloudwatch_log_group", (*matcher).logGroup},
	{"aws_cloudwatch_log_group", (*matcher).monitoring},
	{"aws_appautoscaling_target", (*matcher).scalableTarget},
	{"aws_appautoscaling_policy", (*matcher).scalingPolicy},
	{"aws_lb", (*matcher).loadBalancer},
	{"aws_lb_listener", (*matcher).listener},
	{"aws_lb_target_group", (*matcher).targetGroup},
	{"aws_lb_target_group", (*matcher).ownTargetGroup},
	{"aws_lb_listener_rule", (*matcher).listenerRule},
	{"aws_default_security_group", (*matcher).defaultGroup},
	{"aws_internet_gateway", (*matcher).internetGateway},
	{"aws_internet_gateway", (*matcher).ownGateway},
	{"aws_egress_only_internet_gateway", (*matcher).egressOnlyGateway},
	{"aws_subnet", (*matcher).subnetOfRange},
	{"aws_subnet", (*matcher).subnetOfZone},
	{"aws_route_table", (*matcher).ownRouteTable},
	{"aws_route_table", (*matcher).routeTable},
	{"aws_route_table_association", (*matcher).association},
	{"aws_route", (*matcher).route},
	{"aws_nat_gateway", (*matcher).natGateway},
	{"aws_eip", (*matcher).address},
	{"aws_eip", (*matcher).ownAddress},
	{"aws_vpc_endpoint", (*matcher).endpoint},
	{"aws_security_group", (*matcher).securityGroupOfName},
	{"aws_security_group", (*matcher).securityGroup},
	{"aws_security_group", (*matcher).ownGroup},
	{"aws_vpc_security_group_ingress_rule", (*matcher).rule},
	{"aws_vpc_security_group_egress_rule", (*matcher).rule},
	{"aws_service_discovery_private_dns_namespace", (*matcher).namespace},
	{"aws_service_discovery_service", (*matcher).discovered},
	{"aws_cloudwatch_metric_alarm", (*matcher).monitoring},
	{"aws_cloudwatch_dashboard", (*matcher).monitoring},
	{"aws_cloudwatch_query_definition", (*matcher).monitoring},
	{"aws_cloudwatch_event_rule", (*matcher).monitoring},
	{"aws_cloudwatch_event_target", (*matcher).eventTarget},
	{"aws_scheduler_schedule_group", (*matcher).monitoring},
	{"aws_scheduler_schedule", (*matcher).monitoring},
	{"aws_sns_topic", (*matcher).monitoring},
	{"aws_sqs_queue", (*matcher).monitoring},
	{"aws_sns_topic_policy", (*matcher).topicPolicy},
}

// matcher collects matches.
type matcher struct {
	stack *tfstack.Stack
	snapshot.Snapshot
	known   map[string]string // the name, id or ARN by which AWS knows a resource, by address
	claimed map[string]bool   // by type and known: no two resources may manage the same thing
	ids     map[string]string // import ids, by address
}

// Find matches the resources of a stack with what exists.
func Find(stack *tfstack.Stack, existing snapshot.Snapshot) Matches {
	m := &matcher{
		stack: stack, Snapshot: existing,
		known: map[string]string{}, claimed: map[string]bool{}, ids: map[string]string{},
	}
	for _, f := range finders {
		for _, r := range stack.Resources(f.typ) {
			address := r.Address()
			if m.ids[address] != "" {
				continue
			}
			known, id := f.find(m, r)
			if id == "" {
				id = known
			}
			if known == "" || m.isClaimed(r, known) {
				continue
			}
			m.known[address], m.ids[address], m.claimed[r.Type+" "+known] = known, id, true
		}
	}
	var all []Match
	for _, r := range stack.Resources() {
		all = append(all, Match{Resource: r, ID: m.ids[r.Address()]})
	}
	return Matches{All: all, Unmanaged: m.unmanaged()}
}

func (m *matcher) isClaimed(r tfstack.Resource, known string) bool {
	return m.claimed[r.Type+" "+known]
}

// of returns the name, id or ARN of what an argument refers to, by a reference to a resource or literally.
func (m *matcher) of(r tfstack.Resource, attribute string) string {
	if found := m.managed(r.Get(attribute)); len(found) > 0 {
		return m.known[found[0].Address()]
	}
	return r.Text(attribute)
}

// managed returns the resources that a value refers to, without data sources.
func (m *matcher) managed(value any) []tfstack.Resource {
	return slices.DeleteFunc(m.stack.References(value), func(r tfstack.Resource) bool { return r.Data })
}

// users returns the resources of a type of which an argument refers to a resource.
func (m *matcher) users(of tfstack.Resource, typ, attribute string) []tfstack.Resource {
	return slices.DeleteFunc(m.stack.Resources(typ), func(r tfstack.Resource) bool {
		return !m.stack.RefersTo(r.Get(attribute), of)
	})
}
