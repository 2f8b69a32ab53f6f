package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	discoverytypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Wanted says what exists. What is left out is found by what it is connected to.
type Wanted struct {
	VPC, Cluster, LoadBalancer string
	Services                   map[string]string // the existing service's name, by that of the stack's
}

// Account is what exists of what a stack may adopt, in the AWS SDK's own types.
type Account struct {
	Zones []string // of the region, by name

	VPC            *ec2types.Vpc // nil where there is none to adopt
	Subnets        []ec2types.Subnet
	RouteTables    []ec2types.RouteTable
	Gateways       []ec2types.InternetGateway
	EgressOnly     []ec2types.EgressOnlyInternetGateway
	NATGateways    []ec2types.NatGateway
	Endpoints      []ec2types.VpcEndpoint
	SecurityGroups []ec2types.SecurityGroup
	Rules          []ec2types.SecurityGroupRule // of those groups
	FlowLogs       []ec2types.FlowLog
	PrefixLists    map[string]string // of AWS services with a gateway endpoint, by the service's name

	LoadBalancer *elbtypes.LoadBalancer // nil where there is none to adopt
	Listeners    []elbtypes.Listener
	ListenRules  map[string][]elbtypes.Rule // by the listener's ARN

	Cluster       *ecstypes.Cluster  // nil where there is none to adopt
	Services      map[string]Service // by the name that the stack gives them
	OtherServices []string           // of the cluster
	Roles         map[string]Role    // of the services' tasks and of the flow logs, by name

	Namespaces []Namespace // where services find each other, all of the account
}

// Namespace is one of Cloud Map, with the services that are found there.
type Namespace struct {
	discoverytypes.NamespaceSummary
	Services []discoverytypes.ServiceSummary
}

// Service is an ECS service and what belongs to it alone.
type Service struct {
	ecstypes.Service
	Task     ecstypes.TaskDefinition
	Target   *scalingtypes.ScalableTarget // nil where it is not scaled
	Policies []scalingtypes.ScalingPolicy
}

// Role is what an IAM role may do.
type Role struct {
	Inline   []string // names of its own policies
	Attached []string // ARNs of the others
}

// reader holds the configuration, and the first error: every later read is left out.
type reader struct {
	ctx context.Context
	cfg aws.Config
	a   Account
	err error
}

// Read reads what exists of what a stack may adopt. The error says what was not found, and what to write instead.
func Read(ctx context.Context, cfg aws.Config, stack Stack, wanted Wanted) (Account, error) {
	r := &reader{ctx: ctx, cfg: cfg, a: Account{
		Services: map[string]Service{}, ListenRules: map[string][]elbtypes.Rule{}, Roles: map[string]Role{},
	}}
	groups := r.readCluster(stack, wanted)
	r.readLoadBalancer(wanted.LoadBalancer, groups)
	r.readNetwork(wanted.VPC)
	if len(stack.all("aws_service_discovery_private_dns_namespace", "aws_service_discovery_service")) > 0 {
		r.readNamespaces()
	}
	if r.err == nil && r.a.VPC == nil && r.a.LoadBalancer == nil && r.a.Cluster == nil {
		r.err = fmt.Errorf("there is no cluster %s with a service %s, and nothing else is named; say what exists: -service, -cluster, -load-balancer or -vpc",
			stack.Cluster(), strings.Join(stack.Services(), " or "))
	}
	return r.a, r.err
}

// readCluster reads the cluster and its services, and returns the ARNs of their target groups.
func (r *reader) readCluster(stack Stack, wanted Wanted) (groups []string) {
	name := wanted.Cluster
	if name == "" {
		name = stack.Cluster()
	}
	client := ecs.NewFromConfig(r.cfg)
	clusters, err := client.DescribeClusters(r.ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if r.failed("reading the cluster", err) {
		return nil
	}
	for _, c := range clusters.Clusters {
		if aws.ToString(c.Status) != "INACTIVE" { // so is a deleted one for a while
			r.a.Cluster = &c
		}
	}
	if r.a.Cluster == nil {
		if wanted.Cluster != "" || len(wanted.Services) > 0 {
			r.err = fmt.Errorf("there is no cluster %s in this account and region; name the service's cluster: -cluster NAME", name)
		}
		return nil
	}
	adopted := map[string]bool{}
	for _, inStack := range stack.Services() {
		existing, named := wanted.Services[inStack]
		if !named {
			existing = inStack
		}
		found, ok := r.readService(name, existing)
		if r.err == nil && !ok && named {
			r.err = fmt.Errorf("the cluster %s has no service %s, %s", name, existing, others(r.listServices(name)))
		}
		if r.err != nil {
			return nil
		}
		if !ok {
			continue
		}
		r.a.Services[inStack], adopted[existing] = found, true
		for _, attached := range found.LoadBalancers {
			groups = append(groups, aws.ToString(attached.TargetGroupArn))
		}
	}
	for _, other := range r.listServices(name) {
		if !adopted[other] {
			r.a.OtherServices = append(r.a.OtherServices, other)
		}
	}
	return groups
}

// others says what else there is.
func others(names []string) string {
	if len(names) == 0 {
		return "and no other one either"
	}
	return "but " + strings.Join(names, ", ")
}

func (r *reader) listServices(cluster string) []string {
	var names []string
	pages := ecs.NewListServicesPaginator(ecs.NewFromConfig(r.cfg), &ecs.ListServicesInput{Cluster: &cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("listing the cluster's services", err) {
			break
		}
		for _, arn := range page.ServiceArns {
			names = append(names, lastPart(arn))
		}
	}
	slices.Sort(names)
	return names
}

func (r *reader) readService(cluster, name string) (s Service, found bool) {
	client := ecs.NewFromConfig(r.cfg)
	services, err := client.DescribeServices(r.ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	if r.failed("reading the service "+name, err) {
		return s, false
	}
	for _, candidate := range services.Services {
		if aws.ToString(candidate.Status) != "INACTIVE" {
			s.Service, found = candidate, true
		}
	}
	if !found || s.TaskDefinition == nil {
		return s, found
	}
	task, err := client.DescribeTaskDefinition(r.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: s.TaskDefinition})
	if r.failed("reading the task definition of "+name, err) {
		return s, false
	}
	s.Task = *task.TaskDefinition
	for _, arn := range []*string{s.Task.ExecutionRoleArn, s.Task.TaskRoleArn} {
		r.readRole(lastPart(aws.ToString(arn)))
	}
	r.readScaling(&s, cluster, name)
	return s, r.err == nil
}

func (r *reader) readRole(name string) {
	if _, known := r.a.Roles[name]; known || name == "" || r.err != nil {
		return
	}
	client := iam.NewFromConfig(r.cfg)
	inline, err := client.ListRolePolicies(r.ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if r.failed("reading the role "+name, err) {
		return
	}
	attached, err := client.ListAttachedRolePolicies(r.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	if r.failed("reading the role "+name, err) {
		return
	}
	role := Role{Inline: inline.PolicyNames}
	for _, policy := range attached.AttachedPolicies {
		role.Attached = append(role.Attached, aws.ToString(policy.PolicyArn))
	}
	r.a.Roles[name] = role
}

func (r *reader) readScaling(s *Service, cluster, name string) {
	client := applicationautoscaling.NewFromConfig(r.cfg)
	id := "service/" + cluster + "/" + name
	targets, err := client.DescribeScalableTargets(r.ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceIds: []string{id},
	})
	if r.failed("reading the scaling of "+name, err) || len(targets.ScalableTargets) == 0 {
		return
	}
	s.Target = &targets.ScalableTargets[0]
	policies, err := client.DescribeScalingPolicies(r.ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
	})
	if r.failed("reading the scaling of "+name, err) {
		return
	}
	s.Policies = policies.ScalingPolicies
}

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
		return
	}
	found, err := client.DescribeLoadBalancers(r.ctx, ask)
	var missing *elbtypes.LoadBalancerNotFoundException
	switch {
	case errors.As(err, &missing):
		r.err = fmt.Errorf("there is no load balancer %s in this account and region; write its name as the console shows it: -load-balancer NAME", name)
		return
	case r.failed("reading the load balancer", err):
		return
	case len(found.LoadBalancers) != 1:
		r.err = fmt.Errorf("the services stand behind %d load balancers, and a stack has one; name it: -load-balancer NAME", len(found.LoadBalancers))
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

// readNetwork reads the VPC of an id; without one, that of the load balancer, or of a service's subnets.
func (r *reader) readNetwork(id string) {
	named := id != ""
	if !named && r.a.LoadBalancer != nil {
		id = aws.ToString(r.a.LoadBalancer.VpcId)
	}
	client := ec2.NewFromConfig(r.cfg)
	if id == "" {
		id = r.vpcOfServices(client)
	}
	if id == "" || r.err != nil {
		return
	}
	in := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{id}}}
	vpcs, err := client.DescribeVpcs(r.ctx, &ec2.DescribeVpcsInput{Filters: in})
	if r.failed("reading the VPC", err) {
		return
	}
	if len(vpcs.Vpcs) != 1 {
		r.err = fmt.Errorf("there is no VPC %s in this account and region; write its id as the console shows it: -vpc vpc-…", id)
		return
	}
	r.a.VPC = &vpcs.Vpcs[0]
	r.readInVPC(client, id, in)
}

func (r *reader) vpcOfServices(client *ec2.Client) string {
	for _, s := range r.a.Services {
		if s.NetworkConfiguration == nil || r.err != nil {
			continue
		}
		subnets, err := client.DescribeSubnets(r.ctx, &ec2.DescribeSubnetsInput{SubnetIds: s.NetworkConfiguration.AwsvpcConfiguration.Subnets})
		if !r.failed("reading the service's subnets", err) && len(subnets.Subnets) > 0 {
			return aws.ToString(subnets.Subnets[0].VpcId)
		}
	}
	return ""
}

func (r *reader) readInVPC(client *ec2.Client, id string, in []ec2types.Filter) {
	zones, err := client.DescribeAvailabilityZones(r.ctx, &ec2.DescribeAvailabilityZonesInput{
		Filters: []ec2types.Filter{{Name: aws.String("opt-in-status"), Values: []string{"opt-in-not-required"}}},
	})
	if r.failed("reading the zones", err) {
		return
	}
	for _, z := range zones.AvailabilityZones {
		r.a.Zones = append(r.a.Zones, aws.ToString(z.ZoneName))
	}
	slices.Sort(r.a.Zones)
	subnets, err := client.DescribeSubnets(r.ctx, &ec2.DescribeSubnetsInput{Filters: in})
	if r.failed("reading the subnets", err) {
		return
	}
	r.a.Subnets = subnets.Subnets
	slices.SortFunc(r.a.Subnets, func(a, b ec2types.Subnet) int { return strings.Compare(*a.SubnetId, *b.SubnetId) })
	tables, err := client.DescribeRouteTables(r.ctx, &ec2.DescribeRouteTablesInput{Filters: in})
	if r.failed("reading the route tables", err) {
		return
	}
	r.a.RouteTables = tables.RouteTables
	gateways, err := client.DescribeInternetGateways(r.ctx, &ec2.DescribeInternetGatewaysInput{
		Filters: []ec2types.Filter{{Name: aws.String("attachment.vpc-id"), Values: []string{id}}},
	})
	if r.failed("reading the internet gateway", err) {
		return
	}
	r.a.Gateways = gateways.InternetGateways
	outward, err := client.DescribeEgressOnlyInternetGateways(r.ctx, nil)
	if r.failed("reading the egress-only gateways", err) {
		return
	}
	for _, g := range outward.EgressOnlyInternetGateways {
		if len(g.Attachments) > 0 && aws.ToString(g.Attachments[0].VpcId) == id {
			r.a.EgressOnly = append(r.a.EgressOnly, g)
		}
	}
	nats, err := client.DescribeNatGateways(r.ctx, &ec2.DescribeNatGatewaysInput{Filter: in})
	if r.failed("reading the NAT gateways", err) {
		return
	}
	r.a.NATGateways = slices.DeleteFunc(nats.NatGateways, func(n ec2types.NatGateway) bool {
		return n.State == ec2types.NatGatewayStateDeleted || n.State == ec2types.NatGatewayStateDeleting
	})
	endpoints, err := client.DescribeVpcEndpoints(r.ctx, &ec2.DescribeVpcEndpointsInput{Filters: in})
	if r.failed("reading the endpoints", err) {
		return
	}
	r.a.Endpoints = slices.DeleteFunc(endpoints.VpcEndpoints, func(e ec2types.VpcEndpoint) bool {
		return strings.HasPrefix(strings.ToLower(string(e.State)), "delet") // AWS shows a deleted one for a while
	})
	r.readGroups(client, in)
	r.readFlowLogs(client, id)
	r.readPrefixLists(client)
}

func (r *reader) readFlowLogs(client *ec2.Client, vpc string) {
	if r.err != nil {
		return
	}
	logs, err := client.DescribeFlowLogs(r.ctx, &ec2.DescribeFlowLogsInput{
		Filter: []ec2types.Filter{{Name: aws.String("resource-id"), Values: []string{vpc}}},
	})
	if r.failed("reading the flow logs", err) {
		return
	}
	r.a.FlowLogs = logs.FlowLogs
	for _, f := range r.a.FlowLogs {
		r.readRole(lastPart(aws.ToString(f.DeliverLogsPermissionArn)))
	}
}

func (r *reader) readPrefixLists(client *ec2.Client) {
	if r.err != nil || len(r.a.Endpoints) == 0 {
		return
	}
	lists, err := client.DescribePrefixLists(r.ctx, nil)
	if r.failed("reading the prefix lists", err) {
		return
	}
	r.a.PrefixLists = map[string]string{}
	for _, l := range lists.PrefixLists {
		r.a.PrefixLists[aws.ToString(l.PrefixListName)] = aws.ToString(l.PrefixListId)
	}
}

func (r *reader) readGroups(client *ec2.Client, in []ec2types.Filter) {
	groups, err := client.DescribeSecurityGroups(r.ctx, &ec2.DescribeSecurityGroupsInput{Filters: in})
	if r.failed("reading the security groups", err) {
		return
	}
	r.a.SecurityGroups = groups.SecurityGroups
	var ids []string
	for _, g := range r.a.SecurityGroups {
		ids = append(ids, aws.ToString(g.GroupId))
	}
	const most = 200 // values of one filter
	for some := range slices.Chunk(ids, most) {
		pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
			Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: some}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(r.ctx)
			if r.failed("reading the security groups' rules", err) {
				return
			}
			r.a.Rules = append(r.a.Rules, page.SecurityGroupRules...)
		}
	}
}

func (r *reader) readNamespaces() {
	if r.err != nil {
		return
	}
	client := servicediscovery.NewFromConfig(r.cfg)
	pages := servicediscovery.NewListNamespacesPaginator(client, &servicediscovery.ListNamespacesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("reading the namespaces", err) {
			return
		}
		for _, n := range page.Namespaces {
			services, err := client.ListServices(r.ctx, &servicediscovery.ListServicesInput{Filters: []discoverytypes.ServiceFilter{
				{Name: discoverytypes.ServiceFilterNameNamespaceId, Values: []string{aws.ToString(n.Id)}},
			}})
			if r.failed("reading the services of the namespace "+aws.ToString(n.Name), err) {
				return
			}
			r.a.Namespaces = append(r.a.Namespaces, Namespace{n, services.Services})
		}
	}
}

// failed notes an error, and says whether there is or was one.
func (r *reader) failed(step string, err error) bool {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", step, err)
	}
	return r.err != nil
}

// lastPart is the name at the end of an ARN.
func lastPart(arn string) string {
	return arn[strings.LastIndex(arn, "/")+1:]
}
