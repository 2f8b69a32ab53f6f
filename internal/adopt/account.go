package adopt

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
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

	Watching map[string]map[string]string // what Terraform imports it by, by type and name

	Own Own
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
	r.readOwn(stack)
	r.readLoadBalancer(wanted.LoadBalancer, groups)
	r.readNetwork(wanted.VPC)
	if len(stack.all("aws_service_discovery_private_dns_namespace", "aws_service_discovery_service")) > 0 {
		r.readNamespaces()
	}
	r.readWatching(stack)
	nothing := r.a.VPC == nil && r.a.LoadBalancer == nil && r.a.Cluster == nil && len(r.a.Own.Roles) == 0 && len(r.a.Watching["aws_cloudwatch_log_group"]) == 0
	if r.err == nil && nothing {
		r.err = fmt.Errorf("there is no cluster %s with a service %s, nothing has the stack's names and tags, and "+
			"nothing else is named; say what exists: -service, -cluster, -load-balancer or -vpc",
			stack.Cluster(), strings.Join(stack.Services(), " or "))
	}
	return r.a, r.err
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
