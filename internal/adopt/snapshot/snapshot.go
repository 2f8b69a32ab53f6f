// Package snapshot reads what exists in an account of what a stack may adopt.
//
// A cluster and its services are found by their names, and what they use by references: a service leads to its target
// group, that to its load balancer, that to the VPC. What an interrupted apply of the stack left behind is found by the
// stack's own names and tags (own.go), since nothing leads to it.
package snapshot

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	discoverytypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"webapp/internal/awsread"
	"webapp/internal/tfstack"
)

// Selector names what to adopt. What it leaves empty is found by references.
type Selector struct {
	VPC, Cluster, LoadBalancer string
	Services                   map[string]string // name of the existing service, by that of the stack's
}

// Snapshot is what exists, in the AWS SDK's own types.
type Snapshot struct {
	Zones []string // names of the region's availability zones

	VPC            *ec2types.Vpc // nil if there is none to adopt
	Subnets        []ec2types.Subnet
	RouteTables    []ec2types.RouteTable
	Gateways       []ec2types.InternetGateway
	EgressOnly     []ec2types.EgressOnlyInternetGateway
	NATGateways    []ec2types.NatGateway
	Endpoints      []ec2types.VpcEndpoint
	SecurityGroups []ec2types.SecurityGroup
	Rules          []ec2types.SecurityGroupRule // of those groups
	FlowLogs       []ec2types.FlowLog
	PrefixLists    map[string]string // ids of AWS services with a gateway endpoint, by the service's name

	LoadBalancer  *elbtypes.LoadBalancer // nil if there is none to adopt
	Listeners     []elbtypes.Listener
	ListenerRules map[string][]elbtypes.Rule // by the listener's ARN

	Cluster       *ecstypes.Cluster  // nil if there is none to adopt
	Services      map[string]Service // by the name that the stack gives them
	OtherServices []string           // names of the cluster's other services
	Roles         map[string]Role    // of the services' tasks and of the flow logs, by name

	Namespaces []Namespace // all of the account and region

	Monitoring map[string]map[string]string // import ids, by type and name; see monitoring.go

	Own Own
}

// Namespace is a Cloud Map namespace and its services.
type Namespace struct {
	discoverytypes.NamespaceSummary
	Services []discoverytypes.ServiceSummary
}

// Service is an ECS service and what only it uses.
type Service struct {
	ecstypes.Service
	Task     ecstypes.TaskDefinition
	Target   *scalingtypes.ScalableTarget // nil if its number of tasks is fixed
	Policies []scalingtypes.ScalingPolicy
}

// Role is the policies of an IAM role.
type Role struct {
	Inline   []string // names
	Attached []string // ARNs
}

// scan is a snapshot that is being read.
type scan struct {
	Snapshot
	account *awsread.Reader
	stack   *tfstack.Stack
}

// Read reads what exists of what a stack may adopt. The error says what was not found, and what to write instead.
func Read(ctx context.Context, cfg aws.Config, stack *tfstack.Stack, selector Selector) (Snapshot, error) {
	s := &scan{account: awsread.New(ctx, cfg), stack: stack, Snapshot: Snapshot{
		Services: map[string]Service{}, ListenerRules: map[string][]elbtypes.Rule{}, Roles: map[string]Role{},
	}}
	s.readCluster(selector)
	s.readOwn()
	s.readLoadBalancer(selector.LoadBalancer)
	s.readNetwork(selector.VPC)
	s.readNamespaces()
	s.readMonitoring()
	if s.isEmpty() {
		s.account.Fail("found no cluster %s with a service %s, and nothing with the stack's names and tags, and "+
			"nothing else is named; say what exists: --ecs-service, --cluster, --load-balancer or --vpc",
			ClusterName(stack), strings.Join(ServiceNames(stack), " or "))
	}
	return s.Snapshot, s.account.Err()
}

func (s *scan) isEmpty() bool {
	return s.VPC == nil && s.LoadBalancer == nil && s.Cluster == nil && len(s.Own.Roles) == 0 &&
		len(s.Monitoring["aws_cloudwatch_log_group"]) == 0
}

// ServiceNames returns the names of the stack's ECS services.
func ServiceNames(stack *tfstack.Stack) []string {
	var names []string
	for _, service := range stack.Resources("aws_ecs_service") {
		names = append(names, service.Text("name"))
	}
	return names
}

// ClusterName returns the name of the stack's ECS cluster.
func ClusterName(stack *tfstack.Stack) string {
	for _, cluster := range stack.Resources("aws_ecs_cluster") {
		return cluster.Text("name")
	}
	return ""
}
