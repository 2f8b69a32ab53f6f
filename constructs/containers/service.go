package containers

import (
	"fmt"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/internal/expression"
	"webapp/settings"
)

// Service is a Fargate service behind a load balancer.
type Service struct {
	resource ecsservice.EcsService
	cluster  *Cluster
	task     *Task
}

// ServiceProps say what the service connects.
type ServiceProps struct {
	Name         string // names the security group
	Cluster      *Cluster
	Task         *Task
	LoadBalancer *loadbalancing.LoadBalancer
	Subnets      network.Subnets
	Settings     settings.Service
	Routing      *settings.Routing // nil where the service gets what no other one does
	// Scaled is whether Application Auto Scaling owns the number of tasks. Terraform then only chooses the first.
	Scaled bool
}

// NewService makes a service whose tasks can be reached by way of the load balancer only:
//
//	load balancer → listener → target group → tasks
//	      └ its security group ──────admitted to──┘ theirs
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = constructs.NewConstruct(scope, &id)
	s, task := props.Settings, props.Task

	group := network.NewSecurityGroup(scope, "security-group", props.Cluster.VPC(), props.Name+"-service",
		"Tasks of "+props.Name)
	group.AdmitGroup("load-balancer", props.LoadBalancer.SecurityGroup(), task.TargetPort(), "Load balancer to tasks")
	group.AllowOut("to-anywhere", "Tasks to image registries, AWS and the internet")

	targets := props.LoadBalancer.NewTargetGroup(scope, "target-group", loadbalancing.TargetGroupProps{
		Name:        props.Name,
		Port:        task.TargetPort(),
		HealthCheck: s.HealthCheck,
	})
	way := props.LoadBalancer.Forward(scope, targets, props.Routing)

	var ignored any
	if props.Scaled {
		ignored = jsii.Strings("desired_count")
	}
	// What a task needs to start, to be reached, and to stop. Terraform creates it before the service and, more often
	// forgotten, destroys it after: a service whose role or rules went first hangs in DRAINING.
	needs := slices.Concat([]cdktf.ITerraformDependable{way}, task.Permissions(), group.Rules(), props.Subnets.Routes())
	resource := ecsservice.NewEcsService(scope, jsii.String("Resource"), &ecsservice.EcsServiceConfig{
		Name:           &s.Name,
		Cluster:        jsii.String(props.Cluster.ARN()),
		TaskDefinition: jsii.String(task.ARN()),
		LaunchType:     jsii.String("FARGATE"),
		DesiredCount:   jsii.Number(s.DesiredCount),
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        jsii.Strings(props.Subnets.IDs()...),
			SecurityGroups: jsii.Strings(group.ID()),
			AssignPublicIp: s.PublicAddresses,
		},
		LoadBalancer: []*ecsservice.EcsServiceLoadBalancer{{
			TargetGroupArn: jsii.String(targets.ARN()),
			ContainerName:  jsii.String(task.ContainerName()),
			ContainerPort:  jsii.Number(targets.Port()),
		}},
		HealthCheckGracePeriodSeconds: jsii.Number(s.HealthCheck.GracePeriod.Seconds()),
		DeploymentCircuitBreaker:      &ecsservice.EcsServiceDeploymentCircuitBreaker{Enable: true, Rollback: true},
		// Left out, the provider would switch it off, against ECS's own default.
		AvailabilityZoneRebalancing: jsii.String("ENABLED"),
		WaitForSteadyState:          true,
		DependsOn:                   &needs,
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			IgnoreChanges: ignored,
			Precondition:  props.Subnets.AtLeast(1, "a service"),
			// A rolled-back deployment ends in a steady state too: that of the old tasks. Without this the apply would
			// succeed (hashicorp/terraform-provider-aws #20858).
			Postcondition: &[]*cdktf.Postcondition{{
				Condition: fmt.Sprintf("${self.task_definition == %s.arn}", expression.Address(task.definition)),
				ErrorMessage: jsii.String("The deployment failed and ECS rolled it back: the service still runs " +
					"${self.task_definition}. See why its tasks stopped with: aws ecs describe-services " +
					"--cluster ${self.cluster} --services ${self.name} --query 'services[0].events[:10].message'"),
			}},
		},
	})
	return &Service{resource: resource, cluster: props.Cluster, task: task}
}

// Cluster is where the service runs.
func (s *Service) Cluster() *Cluster { return s.cluster }

// Task is what it runs.
func (s *Service) Task() *Task { return s.task }

// Name is the service's name, known once applied.
func (s *Service) Name() string { return *s.resource.Name() }
