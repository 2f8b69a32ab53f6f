// Package inventory reads from the AWS API what a deployed service consists of. It does not use Terraform's state, so
// that it shows what exists, not what should exist.
package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/awsread"
)

// Inventory is a deployed service and all that belongs to it, in the AWS SDK's own types. The target group, the load
// balancer and the listeners of a worker are empty.
type Inventory struct {
	Cluster        ecstypes.Cluster
	Service        ecstypes.Service
	Task           ecstypes.TaskDefinition
	TargetGroup    elbtypes.TargetGroup
	LoadBalancer   elbtypes.LoadBalancer
	Listeners      []elbtypes.Listener
	VPC            ec2types.Vpc
	Subnets        []ec2types.Subnet // of the VPC, ordered by their addresses
	NATGateways    []ec2types.NatGateway
	SecurityGroups []ec2types.SecurityGroup // of the load balancer, then of the tasks
	LogGroup       logstypes.LogGroup
	ScalableTarget *scalingtypes.ScalableTarget // nil if the number of tasks is fixed
	Policies       []scalingtypes.ScalingPolicy // ordered by name
}

// Read reads everything that belongs to a service, beginning with its cluster.
func Read(ctx context.Context, cfg aws.Config, cluster, service string) (Inventory, error) {
	r := awsread.New(ctx, cfg)
	var i Inventory
	i.readECS(r, cluster, service)
	i.readLoadBalancing(r)
	i.readNetwork(r)
	i.readLogs(r)
	i.readScaling(r, cluster, service)
	if err := r.Err(); err != nil {
		return i, fmt.Errorf("reading what exists of %s/%s: %w", cluster, service, err)
	}
	return i, nil
}

func (i *Inventory) readECS(r *awsread.Reader, cluster, service string) {
	i.Cluster = require(r, r.Cluster(cluster), "the cluster does not exist")
	i.Service = require(r, r.Service(cluster, service), "the service does not exist")
	task, _ := r.TaskDefinition(aws.ToString(i.Service.TaskDefinition))
	i.Task = require(r, task, "the service's task definition does not exist")
}

// isFirstPort reports whether requests go to the first port of their container. AWS returns the target groups of a
// service in any order.
func (i *Inventory) isFirstPort(l ecstypes.LoadBalancer) bool {
	return slices.ContainsFunc(i.Task.ContainerDefinitions, func(c ecstypes.ContainerDefinition) bool {
		return aws.ToString(c.Name) == aws.ToString(l.ContainerName) && len(c.PortMappings) > 0 &&
			aws.ToInt32(c.PortMappings[0].ContainerPort) == aws.ToInt32(l.ContainerPort)
	})
}

func (i *Inventory) readLoadBalancing(r *awsread.Reader) {
	if len(i.Service.LoadBalancers) == 0 {
		return // a worker
	}
	attached := i.Service.LoadBalancers[0]
	if first := slices.IndexFunc(i.Service.LoadBalancers, i.isFirstPort); first >= 0 {
		attached = i.Service.LoadBalancers[first]
	}
	i.TargetGroup = one(r, "target group", r.TargetGroups(aws.ToString(attached.TargetGroupArn)))
	i.LoadBalancer = one(r, "load balancer of the target group", r.LoadBalancers(i.TargetGroup.LoadBalancerArns...))
	i.Listeners = r.Listeners(aws.ToString(i.LoadBalancer.LoadBalancerArn))
}

func (i *Inventory) readNetwork(r *awsread.Reader) {
	var own ecstypes.AwsVpcConfiguration
	if network := i.Service.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		own = *network.AwsvpcConfiguration
	}
	vpc := aws.ToString(i.LoadBalancer.VpcId)
	if subnets := r.SubnetsByID(own.Subnets); vpc == "" && len(subnets) > 0 {
		vpc = aws.ToString(subnets[0].VpcId)
	}
	i.VPC = one(r, "VPC", r.VPCs(awsread.InVPC(vpc)))
	i.Subnets = r.Subnets(awsread.InVPC(vpc))
	slices.SortFunc(i.Subnets, func(a, b ec2types.Subnet) int {
		return strings.Compare(aws.ToString(a.CidrBlock), aws.ToString(b.CidrBlock))
	})
	i.NATGateways = r.NATGateways(vpc)
	i.SecurityGroups = r.SecurityGroupsByID(i.LoadBalancer.SecurityGroups)
	i.SecurityGroups = append(i.SecurityGroups, r.SecurityGroupsByID(own.SecurityGroups)...)
}

// readLogs reads the log group of the first container that has one.
func (i *Inventory) readLogs(r *awsread.Reader) {
	for _, c := range i.Task.ContainerDefinitions {
		if c.LogConfiguration != nil {
			name := c.LogConfiguration.Options["awslogs-group"]
			i.LogGroup = require(r, r.LogGroup(name), "log group "+name+" does not exist")
			return
		}
	}
}

func (i *Inventory) readScaling(r *awsread.Reader, cluster, service string) {
	if i.ScalableTarget = r.ScalableTarget(cluster, service); i.ScalableTarget == nil {
		return
	}
	i.Policies = r.ScalingPolicies(cluster, service)
	slices.SortFunc(i.Policies, func(a, b scalingtypes.ScalingPolicy) int {
		return strings.Compare(aws.ToString(a.PolicyName), aws.ToString(b.PolicyName))
	})
}

// require returns what was found. Nothing is an error.
func require[T any](r *awsread.Reader, found *T, problem string) T {
	if found == nil {
		r.Fail("%s", problem)
		return *new(T)
	}
	return *found
}

// one returns the only item. None or several are an error.
func one[T any](r *awsread.Reader, what string, items []T) T {
	if len(items) != 1 {
		r.Fail("found %d of %s, expected one", len(items), what)
		return *new(T)
	}
	return items[0]
}
