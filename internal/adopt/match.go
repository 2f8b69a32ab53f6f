package adopt

import "slices"

// Match is a resource of the stack, and the thing of the account that it is.
type Match struct {
	Resource
	// ID is what Terraform imports it by; empty where the account has nothing like it.
	ID string
}

// Matches are those of a whole stack.
type Matches struct {
	All []Match // of every resource, by address
	// Left are the things of the same VPC, load balancer and cluster that are no part of the stack.
	Left []string
}

// Found are the matches that there is something for.
func (m Matches) Found() []Match {
	return slices.DeleteFunc(slices.Clone(m.All), func(one Match) bool { return one.ID == "" })
}

// finder says by what a resource is known to the account (empty where there is nothing like it), and by what Terraform
// imports it where that is something else.
type finder func(m *matcher, r Resource) (known, id string)

// finders are in an order in which each resource comes after those by which it is found.
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
	{"aws_cloudwatch_log_group", (*matcher).watches},
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
	{"aws_cloudwatch_metric_alarm", (*matcher).watches},
	{"aws_cloudwatch_dashboard", (*matcher).watches},
	{"aws_cloudwatch_query_definition", (*matcher).watches},
	{"aws_cloudwatch_event_rule", (*matcher).watches},
	{"aws_cloudwatch_event_target", (*matcher).eventTarget},
	{"aws_sns_topic", (*matcher).watches},
	{"aws_sns_topic_policy", (*matcher).topicPolicy},
}

// matcher collects matches.
type matcher struct {
	stack Stack
	Account
	known map[string]string // what the account knows a resource by, by address
	taken map[string]bool   // what a resource of the type has already: no two may manage one thing
	ids   map[string]string
}

// Find matches the resources of a stack with what exists.
func Find(stack Stack, account Account) Matches {
	m := &matcher{stack: stack, Account: account, known: map[string]string{}, taken: map[string]bool{}, ids: map[string]string{}}
	for _, f := range finders {
		for _, r := range stack.all(f.typ) {
			address := r.Address()
			if m.ids[address] != "" {
				continue
			}
			known, id := f.find(m, r)
			if id == "" {
				id = known
			}
			if known == "" || m.isTaken(r, known) {
				continue
			}
			m.known[address], m.ids[address], m.taken[r.Type+" "+known] = known, id, true
		}
	}
	var all []Match
	for _, r := range stack.all() {
		all = append(all, Match{Resource: r, ID: m.ids[r.Address()]})
	}
	return Matches{All: all, Left: m.left()}
}

func (m *matcher) isTaken(r Resource, known string) bool { return m.taken[r.Type+" "+known] }

// of is what the account knows the thing by that an attribute names: by a reference to a resource, or literally.
func (m *matcher) of(r Resource, attribute string) string {
	if found := m.stack.references(r.config[attribute]); len(found) > 0 {
		return m.known[found[0]]
	}
	return r.text(attribute)
}

// users are the resources of a type whose attribute refers to a resource.
func (m *matcher) users(of Resource, typ, attribute string) []Resource {
	return slices.DeleteFunc(m.stack.all(typ), func(r Resource) bool { return !m.stack.refersTo(r, attribute, of) })
}
