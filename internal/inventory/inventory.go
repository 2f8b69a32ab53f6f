// Package inventory reads back from the AWS API what a deployed service consists of. It asks AWS, not Terraform's
// state, so that it shows what exists and not what should.
package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Inventory is one deployed service and all that belongs to it, in the AWS SDK's own types.
type Inventory struct {
	Cluster        ecstypes.Cluster
	Service        ecstypes.Service
	Task           ecstypes.TaskDefinition
	TargetGroup    elbtypes.TargetGroup
	LoadBalancer   elbtypes.LoadBalancer
	Listeners      []elbtypes.Listener
	VPC            ec2types.Vpc
	Subnets        []ec2types.Subnet // of the VPC, by range
	NATGateways    []ec2types.NatGateway
	SecurityGroups []ec2types.SecurityGroup // of the load balancer, then of the tasks
	LogGroup       logstypes.LogGroup
	ScalableTarget *scalingtypes.ScalableTarget // nil without scaling
	Policies       []scalingtypes.ScalingPolicy // by name
}

// reader holds the clients, and the first error: every later read is left out.
type reader struct {
	ctx context.Context
	cfg aws.Config
	err error
}

// Read reads everything that belongs to a service, beginning with its cluster.
func Read(ctx context.Context, cfg aws.Config, cluster, service string) (Inventory, error) {
	r := &reader{ctx: ctx, cfg: cfg}
	var i Inventory
	r.ecs(&i, cluster, service)
	r.loadBalancing(&i)
	r.network(&i)
	r.logs(&i)
	r.scaling(&i)
	if r.err != nil {
		return i, fmt.Errorf("reading what exists of %s/%s: %w", cluster, service, r.err)
	}
	return i, nil
}

func (r *reader) ecs(i *Inventory, cluster, service string) {
	client := ecs.NewFromConfig(r.cfg)
	clusters, err := client.DescribeClusters(r.ctx, &ecs.DescribeClustersInput{Clusters: []string{cluster}})
	if r.failed(err) {
		return
	}
	i.Cluster = one(r, "cluster", clusters.Clusters)
	services, err := client.DescribeServices(r.ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if r.failed(err) {
		return
	}
	i.Service = one(r, "service", services.Services)
	task, err := client.DescribeTaskDefinition(r.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: i.Service.TaskDefinition})
	if r.failed(err) {
		return
	}
	i.Task = *task.TaskDefinition
}

// isFirstPort reports whether requests go to the first port of their container. Terraform gives the load balancers of a
// service in an order of its own.
func (i *Inventory) isFirstPort(l ecstypes.LoadBalancer) bool {
	return slices.ContainsFunc(i.Task.ContainerDefinitions, func(c ecstypes.ContainerDefinition) bool {
		return aws.ToString(c.Name) == aws.ToString(l.ContainerName) && len(c.PortMappings) > 0 &&
			aws.ToInt32(c.PortMappings[0].ContainerPort) == aws.ToInt32(l.ContainerPort)
	})
}

func (r *reader) loadBalancing(i *Inventory) {
	if r.err == nil && len(i.Service.LoadBalancers) == 0 {
		r.err = errors.New("the service has no load balancer")
	}
	if r.err != nil {
		return
	}
	attached := i.Service.LoadBalancers[0]
	if first := slices.IndexFunc(i.Service.LoadBalancers, i.isFirstPort); first >= 0 {
		attached = i.Service.LoadBalancers[first]
	}
	client := elb.NewFromConfig(r.cfg)
	groups, err := client.DescribeTargetGroups(r.ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{*attached.TargetGroupArn}})
	if r.failed(err) {
		return
	}
	i.TargetGroup = one(r, "target group", groups.TargetGroups)
	balancers, err := client.DescribeLoadBalancers(r.ctx, &elb.DescribeLoadBalancersInput{LoadBalancerArns: i.TargetGroup.LoadBalancerArns})
	if r.failed(err) {
		return
	}
	i.LoadBalancer = one(r, "load balancer of the target group", balancers.LoadBalancers)
	listeners, err := client.DescribeListeners(r.ctx, &elb.DescribeListenersInput{LoadBalancerArn: i.LoadBalancer.LoadBalancerArn})
	if r.failed(err) {
		return
	}
	i.Listeners = listeners.Listeners
}

func (r *reader) network(i *Inventory) {
	if r.err != nil {
		return
	}
	client := ec2.NewFromConfig(r.cfg)
	inVPC := []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{*i.LoadBalancer.VpcId}}}
	vpcs, err := client.DescribeVpcs(r.ctx, &ec2.DescribeVpcsInput{Filters: inVPC})
	if r.failed(err) {
		return
	}
	i.VPC = one(r, "VPC", vpcs.Vpcs)
	subnets, err := client.DescribeSubnets(r.ctx, &ec2.DescribeSubnetsInput{Filters: inVPC})
	if r.failed(err) {
		return
	}
	i.Subnets = subnets.Subnets
	slices.SortFunc(i.Subnets, func(a, b ec2types.Subnet) int { return cmp.Compare(*a.CidrBlock, *b.CidrBlock) })
	nats, err := client.DescribeNatGateways(r.ctx, &ec2.DescribeNatGatewaysInput{Filter: inVPC})
	if r.failed(err) {
		return
	}
	i.NATGateways = nats.NatGateways

	for _, ids := range [][]string{i.LoadBalancer.SecurityGroups, i.Service.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups} {
		groups, err := client.DescribeSecurityGroups(r.ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: ids})
		if r.failed(err) {
			return
		}
		i.SecurityGroups = append(i.SecurityGroups, groups.SecurityGroups...)
	}
}

func (r *reader) logs(i *Inventory) {
	logs := slices.IndexFunc(i.Task.ContainerDefinitions, func(c ecstypes.ContainerDefinition) bool { return c.LogConfiguration != nil })
	if r.err != nil || logs < 0 {
		return
	}
	name := i.Task.ContainerDefinitions[logs].LogConfiguration.Options["awslogs-group"]
	groups, err := cloudwatchlogs.NewFromConfig(r.cfg).DescribeLogGroups(r.ctx,
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if r.failed(err) {
		return
	}
	i.LogGroup = one(r, "log group", slices.DeleteFunc(groups.LogGroups, func(g logstypes.LogGroup) bool { return *g.LogGroupName != name }))
}

func (r *reader) scaling(i *Inventory) {
	if r.err != nil {
		return
	}
	client := applicationautoscaling.NewFromConfig(r.cfg)
	id := "service/" + *i.Cluster.ClusterName + "/" + *i.Service.ServiceName
	targets, err := client.DescribeScalableTargets(r.ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceIds: []string{id},
	})
	if r.failed(err) || len(targets.ScalableTargets) == 0 {
		return
	}
	i.ScalableTarget = &targets.ScalableTargets[0]
	policies, err := client.DescribeScalingPolicies(r.ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
	})
	if r.failed(err) {
		return
	}
	i.Policies = policies.ScalingPolicies
	slices.SortFunc(i.Policies, func(a, b scalingtypes.ScalingPolicy) int { return strings.Compare(*a.PolicyName, *b.PolicyName) })
}

// failed notes an error, and says whether there is or was one.
func (r *reader) failed(err error) bool {
	if r.err == nil {
		r.err = err
	}
	return r.err != nil
}

// one returns the only item. None or several are an error.
func one[T any](r *reader, what string, items []T) T {
	var item T
	switch {
	case r.err != nil:
	case len(items) != 1:
		r.err = fmt.Errorf("there are %d of: %s, not one", len(items), what)
	default:
		item = items[0]
	}
	return item
}
