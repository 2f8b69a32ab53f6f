package ecs

import (
	"fmt"
	"slices"
	"time"

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
	balancer *loadbalancing.LoadBalancer
	targets  *loadbalancing.TargetGroup // of the container's first port
	more     []*loadbalancing.TargetGroup
	connect  *settings.Connect // nil where others do not reach it by Service Connect
	triggers map[string]*string
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
	Namespace    *Namespace        // nil where nobody finds the service by name
	// Scaled is whether Application Auto Scaling owns the number of tasks. Terraform then only chooses the first.
	Scaled bool
	// DeployTimeout and DeleteTimeout are how long Terraform waits for the service.
	DeployTimeout, DeleteTimeout time.Duration
}

// NewService makes a service whose tasks can be reached by way of the load balancer, and by peers in the namespace,
// only:
//
//	load balancer → listener → target group → tasks ← peers
//	      └ its security group ──────admitted to──┘ theirs
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = constructs.NewConstruct(scope, &id)
	s, task := props.Settings, props.Task

	group := network.NewSecurityGroup(scope, "security-group", props.Cluster.VPC(), props.Name+"-service",
		"Tasks of "+props.Name)
	props.Cluster.VPC().AllowOut(group, task.usesEFS)
	ways := props.waysIn(scope, group)
	config := &ecsservice.EcsServiceConfig{
		Name:           &s.Name,
		Cluster:        jsii.String(props.Cluster.ARN()),
		TaskDefinition: jsii.String(task.ARN()),
		DesiredCount:   jsii.Number(s.DesiredCount),
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        jsii.Strings(props.Subnets.IDs()...),
			SecurityGroups: jsii.Strings(append([]string{group.ID()}, s.SecurityGroups...)...),
			AssignPublicIp: s.PublicAddresses,
		},
		LoadBalancer:                  ways.targets,
		HealthCheckGracePeriodSeconds: jsii.Number(s.HealthCheck.GracePeriod.Seconds()),
		PlatformVersion:               &s.PlatformVersion,
		EnableExecuteCommand:          s.Exec,
		EnableEcsManagedTags:          s.ManagedTags,
		PropagateTags:                 jsii.String(propagation[s.PropagateTags]),
	}
	// What a task needs to start, to be reached, and to stop. Terraform creates it before the service and, more often
	// forgotten, destroys it after: a service whose role or rules went first hangs in DRAINING.
	needs := slices.Concat(ways.forwards, task.Permissions(), group.Rules(), props.Subnets.Routes())
	deploy(config, s.Deployment, s.ZoneRebalancing)
	needs = append(needs, runOn(config, s.Capacity, props.Cluster)...)
	if props.Namespace != nil {
		needs = append(needs, join(scope, config, props.Namespace, props)...)
	}
	triggers := map[string]*string{}
	if redeploy := s.Deployment.Redeploy; redeploy != "" {
		triggers["redeploy"] = &redeploy
		config.Triggers = &triggers
	}
	config.DependsOn = &needs
	if props.DeployTimeout != 0 {
		config.Timeouts = &ecsservice.EcsServiceTimeouts{
			Create: minutes(props.DeployTimeout), Update: minutes(props.DeployTimeout), Delete: minutes(props.DeleteTimeout),
		}
	}
	config.Lifecycle = props.lifecycle()
	return &Service{
		resource: ecsservice.NewEcsService(scope, jsii.String("Resource"), config),
		cluster:  props.Cluster, task: task,
		balancer: props.LoadBalancer, targets: ways.first, more: ways.more,
		connect: s.Connect, triggers: triggers,
	}
}

func minutes(d time.Duration) *string { return jsii.String(fmt.Sprintf("%dm", int(d.Minutes()))) }

// ways are those by which the load balancer's requests reach the tasks.
type ways struct {
	first    *loadbalancing.TargetGroup // of the container's first port
	more     []*loadbalancing.TargetGroup
	targets  []*ecsservice.EcsServiceLoadBalancer
	forwards []cdktf.ITerraformDependable
}

// waysIn makes a target group and what forwards to it for the first port, and for each additional one, and admits the
// load balancer to the port.
func (p ServiceProps) waysIn(scope constructs.Construct, group *network.SecurityGroup) ways {
	var all ways
	admitted := map[int]bool{}
	admit := func(port int) {
		if !admitted[port] {
			admitted[port] = true
			group.AdmitGroup("load-balancer", p.LoadBalancer.SecurityGroup(), port, "Load balancer to tasks")
		}
	}
	open := func(scope constructs.Construct, port int, healthCheck settings.HealthCheck, routing *settings.Routing) {
		targets := p.LoadBalancer.NewTargetGroup(scope, "target-group", loadbalancing.TargetGroupProps{
			Name: p.Name, Port: port, Settings: p.Settings.TargetGroup, HealthCheck: healthCheck,
		})
		if all.first == nil {
			all.first = targets
		} else {
			all.more = append(all.more, targets)
		}
		admit(port)
		if healthCheck.Port != 0 {
			admit(healthCheck.Port)
		}
		all.forwards = append(all.forwards, p.LoadBalancer.Forward(scope, targets, routing))
		all.targets = append(all.targets, &ecsservice.EcsServiceLoadBalancer{
			TargetGroupArn: jsii.String(targets.ARN()),
			ContainerName:  jsii.String(p.Task.ContainerName()),
			ContainerPort:  jsii.Number(targets.Port()),
		})
	}
	open(scope, p.Task.TargetPort(), p.Settings.HealthCheck, p.Routing)
	for _, more := range p.Settings.AdditionalPorts {
		port := constructs.NewConstruct(scope, jsii.String(fmt.Sprintf("port-%d", more.Port)))
		open(port, more.Port, more.HealthCheck, more.Routing)
	}
	return all
}

// propagation are ECS's names for where a task takes its tags from.
var propagation = map[string]string{"service": "SERVICE", "task-definition": "TASK_DEFINITION", "none": "NONE"}

func (p ServiceProps) lifecycle() *cdktf.TerraformResourceLifecycle {
	lifecycle := &cdktf.TerraformResourceLifecycle{Precondition: p.Subnets.ForTasks()}
	if p.Scaled {
		lifecycle.IgnoreChanges = jsii.Strings("desired_count")
	}
	// A rolled-back deployment ends in a steady state too: that of the old tasks. Without this the apply would
	// succeed (hashicorp/terraform-provider-aws #20858).
	lifecycle.Postcondition = &[]*cdktf.Postcondition{{
		Condition: fmt.Sprintf("${self.task_definition == %s.arn}", expression.Address(p.Task.definition)),
		ErrorMessage: jsii.String("The deployment failed and ECS rolled it back: the service still runs " +
			"${self.task_definition}. See why its tasks stopped with: aws ecs describe-services " +
			"--cluster ${self.cluster} --services ${self.name} --query 'services[0].events[:10].message'"),
	}}
	return lifecycle
}

// deploy says how the service moves from one task definition to the next.
func deploy(config *ecsservice.EcsServiceConfig, s settings.Deployment, rebalance bool) {
	config.DeploymentMinimumHealthyPercent = jsii.Number(s.MinHealthyPercent)
	config.DeploymentMaximumPercent = jsii.Number(s.MaxPercent)
	config.DeploymentCircuitBreaker = &ecsservice.EcsServiceDeploymentCircuitBreaker{
		Enable: s.CircuitBreaker, Rollback: s.CircuitBreaker && s.Rollback,
	}
	if len(s.Alarms) > 0 {
		config.Alarms = &ecsservice.EcsServiceAlarms{Enable: true, Rollback: s.Rollback, AlarmNames: jsii.Strings(s.Alarms...)}
	}
	config.WaitForSteadyState = s.Wait
	// Left out, the provider would switch it off, against ECS's own default.
	config.AvailabilityZoneRebalancing = jsii.String("DISABLED")
	if rebalance {
		config.AvailabilityZoneRebalancing = jsii.String("ENABLED")
	}
}

// runOn chooses the capacity that the tasks run on. It is always a capacity provider strategy, never a launch type: the
// provider replaces a service, and stops its tasks, when it moves from one to the other, or changes the strategy
// without force_new_deployment (aws_ecs_service 5.100, capacityProviderStrategyCustomizeDiff). ECS itself does not
// start a deployment for a new strategy either (ECS API, UpdateService).
func runOn(config *ecsservice.EcsServiceConfig, s *settings.Capacity, cluster *Cluster) []cdktf.ITerraformDependable {
	if s == nil {
		s = &settings.Capacity{OnDemand: settings.CapacityShare{Weight: 1}}
	}
	var shares []*ecsservice.EcsServiceCapacityProviderStrategy
	for _, share := range []struct {
		provider string
		settings.CapacityShare
	}{{onDemand, s.OnDemand}, {spot, s.Spot}} {
		if share.CapacityShare != (settings.CapacityShare{}) {
			shares = append(shares, &ecsservice.EcsServiceCapacityProviderStrategy{
				CapacityProvider: &share.provider, Base: jsii.Number(share.Base), Weight: jsii.Number(share.Weight),
			})
		}
	}
	config.CapacityProviderStrategy = shares
	config.ForceNewDeployment = true
	return []cdktf.ITerraformDependable{cluster.capacityProviders()}
}

// join lets other services of the namespace reach the tasks.
func join(scope constructs.Construct, config *ecsservice.EcsServiceConfig, namespace *Namespace, props ServiceProps) []cdktf.ITerraformDependable {
	s := props.Settings
	namespace.admit(props.Task.TargetPort())
	if s.Discovery != nil {
		// A record leads to a task's address, with every port that it has.
		for _, port := range props.Task.ports {
			namespace.admit(port)
		}
	}
	groups := append(*config.NetworkConfiguration.SecurityGroups, jsii.String(namespace.peers.ID()))
	config.NetworkConfiguration.SecurityGroups = &groups
	if s.Connect != nil {
		config.ServiceConnectConfiguration = &ecsservice.EcsServiceServiceConnectConfiguration{
			Enabled:   true,
			Namespace: &namespace.arn,
			Service: []*ecsservice.EcsServiceServiceConnectConfigurationService{{
				PortName:      jsii.String(portName),
				DiscoveryName: &s.Connect.DiscoveryName,
				ClientAlias: &ecsservice.EcsServiceServiceConnectConfigurationServiceClientAlias{
					DnsName: &s.Connect.Name, Port: jsii.Number(s.Connect.Port),
				},
			}},
		}
	}
	if s.Discovery != nil {
		config.ServiceRegistries = &ecsservice.EcsServiceServiceRegistries{
			RegistryArn: namespace.register(scope, *s.Discovery).Arn(),
		}
	}
	return namespace.peers.Rules()
}

// Call has the service deployed after one that it calls by Service Connect, and deployed anew when that one is reached
// in another way: tasks know the services that were there when they started, as they were then.
// Source: ECS developer guide, "Amazon ECS Service Connect components".
func (s *Service) Call(server *Service) {
	dependencies := append(*s.resource.DependsOn(), jsii.String(expression.Address(server.resource)))
	s.resource.SetDependsOn(&dependencies)
	s.triggers["calls-"+server.connect.Name] = jsii.String(server.connect.Endpoint())
	s.resource.SetTriggers(&s.triggers)
}

// Cluster is where the service runs.
func (s *Service) Cluster() *Cluster { return s.cluster }

// Task is what it runs.
func (s *Service) Task() *Task { return s.task }

// Deployed is what waits for the service to run.
func (s *Service) Deployed() cdktf.ITerraformDependable { return s.resource }

// Name is the service's name, known once applied.
func (s *Service) Name() string { return *s.resource.Name() }

// Dimensions are how metrics of ECS name the service, known once applied.
func (s *Service) Dimensions() map[string]string {
	return map[string]string{"ClusterName": s.cluster.Name(), "ServiceName": s.Name()}
}

// LoadBalancer is where the service's requests come from.
func (s *Service) LoadBalancer() *loadbalancing.LoadBalancer { return s.balancer }

// TargetGroup is the one of the container's first port.
func (s *Service) TargetGroup() *loadbalancing.TargetGroup { return s.targets }

// MoreTargetGroups are those of its additional ports, in their order.
func (s *Service) MoreTargetGroups() []*loadbalancing.TargetGroup { return s.more }
