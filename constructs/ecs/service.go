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
	"webapp/constructs/sqs"
	"webapp/internal/expression"
	"webapp/settings"
)

// Service is a Fargate service behind a load balancer, or a worker, which has none.
type Service struct {
	resource     ecsservice.EcsService
	cluster      *Cluster
	task         *Task
	loadBalancer *loadbalancing.LoadBalancer
	targetGroup  *loadbalancing.TargetGroup   // of the container's first port; nil for a worker
	additional   []*loadbalancing.TargetGroup // of the additional ports
	connect      *settings.Connect            // nil without Service Connect
	queue        *sqs.Queue                   // whose messages the tasks receive; nil without one
	triggers     map[string]*string           // a changed value starts a deployment
	release      cdktf.TerraformResource      // the command before a release; nil without one
}

// ServiceProps are the properties of a Service.
type ServiceProps struct {
	// Workload is the service's part of the settings; the task must have been created from the same one.
	Workload settings.NamedWorkload
	Task     *Task
	Cluster  *Cluster
	// LoadBalancer is required unless the workload is a worker.
	LoadBalancer *loadbalancing.LoadBalancer
	// Namespace is required where the workload uses Service Connect or service discovery.
	Namespace *Namespace
	// Queue is required where the workload receives messages.
	Queue *sqs.Queue
	// AWS is where the stack is deployed, for a command before a release.
	AWS settings.AWS
}

// NewService creates a service whose tasks can be reached through the load balancer, and by the other services of the
// namespace, and in no other way:
//
//	load balancer → listener → target group → tasks ← other services
//	      └ its security group ──allowed into──┘ theirs
//
// The tasks of a worker can only be reached by the other services of the namespace.
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = constructs.NewConstruct(scope, &id)
	w, vpc := props.Workload, props.Cluster.VPC()
	group := network.NewSecurityGroup(scope, "security-group", network.SecurityGroupProps{
		VPC: vpc, Name: w.Name + "-service", Description: "Tasks of " + w.Name,
	})
	vpc.AllowEgress(group, w.UsesEFS())
	var targets targets
	if !w.Worker {
		targets = newTargets(scope, props, group)
	}
	subnets := vpc.PrivateSubnets()
	if w.Service.AssignPublicIP {
		subnets = vpc.PublicSubnets()
	}
	config := newServiceConfig(props)
	if !w.Worker {
		config.LoadBalancer = targets.config
	}
	config.NetworkConfiguration = &ecsservice.EcsServiceNetworkConfiguration{
		Subnets:        jsii.Strings(subnets.IDs()...),
		SecurityGroups: jsii.Strings(append([]string{group.ID()}, w.Service.SecurityGroups...)...),
		AssignPublicIp: w.Service.AssignPublicIP,
	}
	// What a task needs to start, to be reached, and to stop. Terraform creates it before the service, and, which is
	// easily forgotten, destroys it after: a service whose role or rules are gone first hangs in DRAINING.
	needs := slices.Concat(props.Task.Permissions(), group.Rules(), subnets.Routes())
	setDeployment(config, w.Service.Deployment, w.Service.ZoneRebalancing)
	setCapacity(config, w.Service.Capacity)
	needs = append(needs, props.Cluster.capacityProviders())
	if w.UsesServiceDiscovery() {
		needs = append(needs, joinNamespace(scope, config, props)...)
	}
	var release cdktf.TerraformResource
	if w.Release != nil {
		release = newRelease(scope, releaseProps{w, props.AWS, props.Task, config, slices.Clone(needs)})
	}
	needs = slices.Concat(targets.forwards, needs)
	triggers := map[string]*string{}
	if redeploy := w.Service.Deployment.Redeploy; redeploy != "" {
		triggers["redeploy"] = &redeploy
		config.Triggers = &triggers
	}
	config.DependsOn = &needs
	config.Lifecycle = newLifecycle(props, subnets)
	return &Service{
		resource: ecsservice.NewEcsService(scope, jsii.String("Resource"), config),
		cluster:  props.Cluster, task: props.Task, loadBalancer: props.LoadBalancer,
		targetGroup: targets.first, additional: targets.additional,
		connect: w.Service.Connect, queue: props.Queue, triggers: triggers, release: release,
	}
}

// newServiceConfig returns the properties that need nothing but the settings.
func newServiceConfig(props ServiceProps) *ecsservice.EcsServiceConfig {
	w, s := props.Workload, props.Workload.Service
	deploy, remove := minutes(w.DeployTimeout()), minutes(w.DeleteTimeout())
	config := &ecsservice.EcsServiceConfig{
		Name:                 &s.Name,
		Cluster:              jsii.String(props.Cluster.ARN()),
		TaskDefinition:       jsii.String(props.Task.ARN()),
		DesiredCount:         jsii.Number(s.DesiredCount),
		PlatformVersion:      &s.PlatformVersion,
		EnableExecuteCommand: s.Exec,
		EnableEcsManagedTags: s.ManagedTags,
		PropagateTags:        jsii.String(propagation[s.PropagateTags]),
		Timeouts:             &ecsservice.EcsServiceTimeouts{Create: deploy, Update: deploy, Delete: remove},
	}
	if !w.Worker {
		config.HealthCheckGracePeriodSeconds = jsii.Number(s.HealthCheck.GracePeriod.Seconds())
	}
	return config
}

func minutes(d time.Duration) *string { return jsii.String(fmt.Sprintf("%dm", int(d.Minutes()))) }

// propagation are ECS's names for where a task gets its tags from.
var propagation = map[string]string{"service": "SERVICE", "task-definition": "TASK_DEFINITION", "none": "NONE"}

// targets are the target groups that the tasks register with.
type targets struct {
	first      *loadbalancing.TargetGroup // of the container's first port
	additional []*loadbalancing.TargetGroup
	config     []*ecsservice.EcsServiceLoadBalancer
	forwards   []cdktf.ITerraformDependable // what sends requests to the groups
}

// newTargets creates a target group for the container's first port and for each additional one, has the load balancer
// forward requests to it, and allows the load balancer to connect to the tasks' ports.
func newTargets(scope constructs.Construct, props ServiceProps, group *network.SecurityGroup) targets {
	var all targets
	w, balancer := props.Workload, props.LoadBalancer
	allowed := map[int]bool{}
	allow := func(port int) {
		if !allowed[port] {
			allowed[port] = true
			group.AllowFrom("load-balancer", balancer.SecurityGroup(), port, "Load balancer to tasks")
		}
	}
	add := func(
		scope constructs.Construct, port int, check settings.HealthCheck, routing *settings.Routing, login *settings.Login,
	) {
		target := loadbalancing.NewTargetGroup(scope, "target-group", loadbalancing.TargetGroupProps{
			Name: w.Name, LoadBalancer: balancer, Port: port, Settings: w.Service.TargetGroup, HealthCheck: check,
		})
		if all.first == nil {
			all.first = target
		} else {
			all.additional = append(all.additional, target)
		}
		allow(port)
		if check.Port != 0 {
			allow(check.Port)
		}
		all.forwards = append(all.forwards, balancer.Forward(scope, target, routing, login))
		all.config = append(all.config, &ecsservice.EcsServiceLoadBalancer{
			TargetGroupArn: jsii.String(target.ARN()),
			ContainerName:  jsii.String(props.Task.ContainerName()),
			ContainerPort:  jsii.Number(target.Port()),
		})
	}
	add(scope, props.Task.TargetPort(), w.Service.HealthCheck, w.Routing, w.Login)
	for _, additional := range w.Service.AdditionalPorts {
		nested := constructs.NewConstruct(scope, jsii.String(fmt.Sprintf("port-%d", additional.Port)))
		add(nested, additional.Port, additional.HealthCheck, additional.Routing, additional.Login)
	}
	return all
}

func newLifecycle(props ServiceProps, subnets network.Subnets) *cdktf.TerraformResourceLifecycle {
	lifecycle := &cdktf.TerraformResourceLifecycle{Precondition: subnets.ForTasks()}
	if props.Workload.Scaling != nil {
		// Application Auto Scaling owns the number of tasks. Terraform only chooses the first one.
		lifecycle.IgnoreChanges = jsii.Strings("desired_count")
	}
	// A deployment that was rolled back ends in a steady state too: that of the old tasks. Without this the apply would
	// succeed (hashicorp/terraform-provider-aws #20858).
	lifecycle.Postcondition = &[]*cdktf.Postcondition{{
		Condition: fmt.Sprintf("${self.task_definition == %s.arn}", expression.Address(props.Task.definition)),
		ErrorMessage: jsii.String("The deployment failed and ECS rolled it back: the service still runs " +
			"${self.task_definition}. See why its tasks stopped with: aws ecs describe-services " +
			"--cluster ${self.cluster} --services ${self.name} --query 'services[0].events[:10].message'"),
	}}
	return lifecycle
}

// setDeployment sets how the service moves from one task definition to the next.
func setDeployment(config *ecsservice.EcsServiceConfig, s settings.Deployment, rebalance bool) {
	config.DeploymentMinimumHealthyPercent = jsii.Number(s.MinHealthyPercent)
	config.DeploymentMaximumPercent = jsii.Number(s.MaxPercent)
	config.DeploymentCircuitBreaker = &ecsservice.EcsServiceDeploymentCircuitBreaker{
		Enable: s.CircuitBreaker, Rollback: s.CircuitBreaker && s.Rollback,
	}
	if len(s.Alarms) > 0 {
		config.Alarms = &ecsservice.EcsServiceAlarms{
			Enable: true, Rollback: s.Rollback, AlarmNames: jsii.Strings(s.Alarms...),
		}
	}
	config.WaitForSteadyState = s.WaitForSteadyState
	// Always set, because the provider's default is off while ECS's own is on.
	config.AvailabilityZoneRebalancing = jsii.String("DISABLED")
	if rebalance {
		config.AvailabilityZoneRebalancing = jsii.String("ENABLED")
	}
}

// setCapacity sets the capacity that the tasks run on, which is FARGATE where the settings say nothing. It is always a
// capacity provider strategy and never a launch type, with force_new_deployment. Otherwise the provider would replace
// the service, and so stop its tasks, when it moves from one to the other or changes its strategy (aws_ecs_service
// 5.100, capacityProviderStrategyCustomizeDiff). ECS itself starts no deployment for a new strategy either (ECS API,
// UpdateService).
func setCapacity(config *ecsservice.EcsServiceConfig, s *settings.Capacity) {
	if s == nil {
		s = &settings.Capacity{OnDemand: settings.CapacityShare{Weight: 1}}
	}
	var strategy []*ecsservice.EcsServiceCapacityProviderStrategy
	for _, share := range []struct {
		provider string
		settings.CapacityShare
	}{{onDemand, s.OnDemand}, {spot, s.Spot}} {
		if share.CapacityShare != (settings.CapacityShare{}) {
			strategy = append(strategy, &ecsservice.EcsServiceCapacityProviderStrategy{
				CapacityProvider: &share.provider, Base: jsii.Number(share.Base), Weight: jsii.Number(share.Weight),
			})
		}
	}
	config.CapacityProviderStrategy = strategy
	config.ForceNewDeployment = true
}

// joinNamespace lets the other services of the namespace find and reach the tasks. It returns what the service depends
// on for that.
func joinNamespace(
	scope constructs.Construct, config *ecsservice.EcsServiceConfig, props ServiceProps,
) []cdktf.ITerraformDependable {
	s, namespace := props.Workload.Service, props.Namespace
	serves := props.Workload.Serves()
	if serves {
		namespace.allowPort(props.Task.TargetPort())
	}
	if s.Discovery != nil {
		// A DNS record holds a task's address, which gives access to all of the task's ports.
		for _, port := range props.Task.ports {
			namespace.allowPort(port)
		}
	}
	groups := append(*config.NetworkConfiguration.SecurityGroups, jsii.String(namespace.group.ID()))
	config.NetworkConfiguration.SecurityGroups = &groups
	if s.Connect != nil {
		connect := &ecsservice.EcsServiceServiceConnectConfiguration{Enabled: true, Namespace: &namespace.arn}
		if serves {
			connect.Service = []*ecsservice.EcsServiceServiceConnectConfigurationService{{
				PortName:      jsii.String(portName),
				DiscoveryName: &s.Connect.DiscoveryName,
				ClientAlias: &ecsservice.EcsServiceServiceConnectConfigurationServiceClientAlias{
					DnsName: &s.Connect.Name, Port: jsii.Number(s.Connect.Port),
				},
			}}
		}
		config.ServiceConnectConfiguration = connect
	}
	if s.Discovery != nil {
		config.ServiceRegistries = &ecsservice.EcsServiceServiceRegistries{
			RegistryArn: namespace.register(scope, *s.Discovery).Arn(),
		}
	}
	return namespace.group.Rules()
}

// Call deploys the service after another one that it calls by Service Connect, and redeploys it whenever the other
// one's name or port changes. Tasks know only the services, and their names, that existed when the tasks started.
// Source: ECS developer guide, "Amazon ECS Service Connect components".
func (s *Service) Call(server *Service) {
	addDependency(s.resource, server.resource)
	s.triggers["calls-"+server.connect.Name] = jsii.String(server.connect.Endpoint())
	s.resource.SetTriggers(&s.triggers)
}

// addDependency has a resource wait for another one.
func addDependency(resource, on cdktf.TerraformResource) {
	dependencies := append(*resource.DependsOn(), jsii.String(expression.Address(on)))
	resource.SetDependsOn(&dependencies)
}

// Cluster returns the cluster that the service runs in.
func (s *Service) Cluster() *Cluster { return s.cluster }

// Task returns the task definition that the service runs.
func (s *Service) Task() *Task { return s.task }

// Resource returns the Terraform resource, for others to depend on or to be replaced with.
func (s *Service) Resource() cdktf.TerraformResource { return s.resource }

// Name returns the service's name, known once applied.
func (s *Service) Name() string { return *s.resource.Name() }

// Dimensions returns the dimensions of the service's ECS metrics, known once applied.
func (s *Service) Dimensions() map[string]string {
	return map[string]string{"ClusterName": s.cluster.Name(), "ServiceName": s.Name()}
}

// LoadBalancer returns the load balancer of the stack, nil if it has none.
func (s *Service) LoadBalancer() *loadbalancing.LoadBalancer { return s.loadBalancer }

// TargetGroup returns the target group of the container's first port, nil for a worker.
func (s *Service) TargetGroup() *loadbalancing.TargetGroup { return s.targetGroup }

// TargetGroups returns the target groups of all ports, that of the first port first; none for a worker.
func (s *Service) TargetGroups() []*loadbalancing.TargetGroup {
	if s.targetGroup == nil {
		return nil
	}
	return append([]*loadbalancing.TargetGroup{s.targetGroup}, s.additional...)
}

// Queue returns the queue whose messages the tasks receive, nil if there is none.
func (s *Service) Queue() *sqs.Queue { return s.queue }
