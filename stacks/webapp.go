// Package stacks holds the drawing of the system: what is connected to what.
package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/constructs/observability"
	"webapp/internal/expression"
	"webapp/settings"
)

// NewWebApp draws one environment of a web service.
//
//	clients → load balancer → tasks (in the service's subnets) → image registries, AWS
//	                            ↑ as many as scaling chooses
//	alarms, dashboard and log queries watch all of it
func NewWebApp(app constructs.Construct, s settings.Settings) cdktf.TerraformStack {
	name := s.StackName()
	stack := cdktf.NewTerraformStack(app, &name)
	keepState(stack, s.State) // of which Terraform evaluates nothing
	s = expression.Literals(s)
	newProvider(stack, s.AWS, s.Tags())

	here := account.LookUp(stack, "account")
	vpc := network.NewVPC(stack, "network", here, s.Network)
	loadBalancer := loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
		Name:     name,
		Account:  here,
		VPC:      vpc,
		Subnets:  vpc.Subnets(s.LoadBalancer.Public || s.Service.PublicAddresses),
		Settings: s.LoadBalancer,
	})
	cluster := ecs.NewCluster(stack, "cluster", ecs.ClusterProps{
		Name: name, VPC: vpc, ContainerInsights: s.Observability.ContainerInsights,
	})
	shared := sharedParts{account: here, cluster: cluster, loadBalancer: loadBalancer}
	if s.UsesNamespace() {
		shared.namespace = ecs.NewNamespace(stack, "namespace", vpc, name, s.Namespace)
	}
	scopeOf := ecs.ScopeOf(stack)
	watched := observability.Props{Name: name, Account: here, LoadBalancer: loadBalancer, Settings: s.Observability}
	services := map[string]*ecs.Service{}
	var deployed []cdktf.ITerraformDependable
	for _, w := range s.Workloads() {
		services[w.Key] = newService(scopeOf(w.Key), w, shared)
		watched.Services = append(watched.Services, observability.Service{Workload: w, Service: services[w.Key]})
		deployed = append(deployed, services[w.Key].Deployed())
	}
	for _, w := range s.Workloads() {
		for _, server := range s.Workloads() {
			if w.Calls(server) {
				services[w.Key].Call(services[server.Key])
			}
		}
	}
	loadBalancer.NameInDNS(deployed)
	observe(stack, watched)

	output(stack, "LoadBalancerDNS", "The load balancer's DNS name.", loadBalancer.DNSName())
	output(stack, "ServiceURL", "Where the service answers.", loadBalancer.URL())
	return stack
}

// sharedParts are what all services of a stack use.
type sharedParts struct {
	account      account.Account
	cluster      *ecs.Cluster
	loadBalancer *loadbalancing.LoadBalancer
	namespace    *ecs.Namespace // nil where no service is found by name
}

// observe draws what tells how the services do.
func observe(stack cdktf.TerraformStack, props observability.Props) {
	var alarms *observability.Alarms
	if props.Settings.Alarms != nil {
		alarms = observability.NewAlarms(stack, "alarms", props)
		output(stack, "AlarmTopic", "The SNS topic that alarms send to.", alarms.Topic())
	}
	if props.Settings.Dashboard {
		observability.NewDashboard(stack, "dashboard", props, alarms)
	}
	if props.Settings.LogQueries {
		observability.NewLogQueries(stack, "log-queries", props)
	}
}

// newService draws one service of the stack.
func newService(scope constructs.Construct, w settings.NamedWorkload, shared sharedParts) *ecs.Service {
	namespace := shared.namespace
	if !w.MeetsPeers() {
		namespace = nil
	}
	task := ecs.NewTask(scope, "task", ecs.TaskProps{Name: w.Name, Workload: w.Workload, Account: shared.account})
	service := ecs.NewService(scope, "service", ecs.ServiceProps{
		Name:         w.Name,
		Cluster:      shared.cluster,
		Task:         task,
		LoadBalancer: shared.loadBalancer,
		Namespace:    namespace,
		Subnets:      shared.cluster.VPC().Subnets(w.Service.PublicAddresses),
		Settings:     w.Service,
		Routing:      w.Routing,
		Scaled:       w.Scaling != nil,

		DeployTimeout: w.DeployTimeout(), DeleteTimeout: w.DeleteTimeout(),
	})
	if w.Scaling != nil {
		ecs.NewScaling(scope, "scaling", ecs.ScalingProps{Name: w.Name, Service: service, Settings: *w.Scaling})
	}
	return service
}

func output(stack cdktf.TerraformStack, name, description, value string) {
	cdktf.NewTerraformOutput(stack, &name, &cdktf.TerraformOutputConfig{Value: &value, Description: &description})
}
