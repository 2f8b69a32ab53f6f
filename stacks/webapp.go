// Package stacks assembles constructs into Terraform stacks.
package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/autoscaling"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/constructs/observability"
	"webapp/constructs/sqs"
	"webapp/internal/expression"
	"webapp/settings"
)

// NewWebApp creates the stack of a web service, of one or more ECS services, in one environment:
//
//	clients → load balancer → tasks, as many as scaling chooses → image registries, AWS, the internet
//	schedules → tasks of jobs, which end
//	alarms, dashboard and log queries for all of it
func NewWebApp(app constructs.Construct, s settings.Stack) cdktf.TerraformStack {
	name := s.StackName()
	stack := cdktf.NewTerraformStack(app, &name)
	configureBackend(stack, s.State) // before Literals, because Terraform evaluates nothing in a backend
	s = expression.Literals(s)
	configureProvider(stack, s.AWS, s.Tags())

	shared := newShared(stack, name, s)
	scopeOf := ecs.ServiceScopes(stack)
	observed := observability.Props{
		Name: name, Account: shared.account, LoadBalancer: shared.loadBalancer, Settings: s.Observability,
	}
	scopes := map[string]constructs.Construct{}
	for _, w := range s.Workloads() {
		scopes[w.Key] = scopeOf(w.Key)
		if w.Receives != nil {
			shared.queues[w.Receives.Name] = sqs.NewQueue(scopes[w.Key], "queue", sqs.QueueProps{
				Account: shared.account, Settings: *w.Receives,
			})
		}
	}
	services := map[string]*ecs.Service{}
	var deployed []cdktf.ITerraformDependable
	for _, w := range s.Workloads() {
		service := newService(scopes[w.Key], w, shared)
		services[w.Key] = service
		observed.Services = append(observed.Services, observability.Service{Workload: w, Service: service})
		deployed = append(deployed, service.Resource())
	}
	for _, w := range s.Workloads() {
		for _, server := range s.Workloads() {
			services[w.Key].AwaitRelease(services[server.Key])
			if w.Calls(server) {
				services[w.Key].Call(services[server.Key])
			}
		}
	}
	scopeOfJob := ecs.JobScopes(stack)
	for _, j := range s.NamedJobs() {
		job := newJob(scopeOfJob(j.Key), j, shared)
		for _, w := range s.Workloads() {
			job.AwaitRelease(services[w.Key])
		}
		observed.Jobs = append(observed.Jobs, observability.Job{Settings: j, Job: job})
	}
	if l := shared.loadBalancer; l != nil {
		l.OrderRules()
		l.AddDNSRecords(deployed)
	}
	addObservability(stack, observed)

	if l := shared.loadBalancer; l != nil {
		output(stack, "LoadBalancerDNS", "The load balancer's DNS name.", l.DNSName())
		output(stack, "ServiceURL", "Where the service answers.", l.URL())
	} else if q := services[""].Queue(); q != nil {
		output(stack, "QueueURL", "Where the worker receives its messages.", q.URL())
	}
	keepSet(stack, s.Set, deployed)
	return stack
}

// shared are the constructs that all services of a stack use.
type shared struct {
	aws          settings.AWS
	account      *account.Account
	cluster      *ecs.Cluster
	loadBalancer *loadbalancing.LoadBalancer // nil where all services are workers
	namespace    *ecs.Namespace              // nil where no service uses it
	discovery    *ecs.Namespace              // the same; nil where no service has a name of its own in it
	queues       map[string]*sqs.Queue       // by their names
}

func newShared(stack cdktf.TerraformStack, name string, s settings.Stack) shared {
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{
		Account: account, Settings: s.Network, PermissionsBoundary: s.Task.Role.PermissionsBoundary,
	})
	all := shared{aws: s.AWS, account: account, queues: map[string]*sqs.Queue{}}
	if !s.OnlyWorkers() {
		all.loadBalancer = loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
			Name: name, Account: account, VPC: vpc, Subnets: loadBalancerSubnets(vpc, s), Settings: s.LoadBalancer,
			Host: s.PreviewHost(),
		})
	}
	all.cluster = ecs.NewCluster(stack, "cluster", ecs.ClusterProps{
		Name: name, VPC: vpc, ContainerInsights: s.Observability.ContainerInsights,
	})
	if s.UsesNamespace() {
		all.namespace = ecs.NewNamespace(stack, "namespace", ecs.NamespaceProps{
			Name: name, VPC: vpc, Settings: s.Namespace,
		})
	}
	if s.UsesDiscovery() {
		all.discovery = all.namespace
	}
	return all
}

func loadBalancerSubnets(vpc *network.VPC, s settings.Stack) network.Subnets {
	if s.BalancerIsInPublicSubnets() {
		return vpc.PublicSubnets()
	}
	return vpc.PrivateSubnets()
}

// newService creates one ECS service with its task definition and scaling.
func newService(scope constructs.Construct, w settings.NamedWorkload, shared shared) *ecs.Service {
	service := ecs.NewService(scope, "service", ecs.ServiceProps{
		Workload: w,
		Task: ecs.NewTask(scope, "task", ecs.TaskProps{
			Workload: w, Account: shared.account, Environment: shared.queueURLs(w),
		}),
		Cluster:      shared.cluster,
		LoadBalancer: shared.loadBalancer,
		Namespace:    shared.namespace,
		Queue:        shared.queueOf(w),
		AWS:          shared.aws,
	})
	if w.Scaling != nil {
		autoscaling.NewScaling(scope, "scaling", autoscaling.ScalingProps{
			Name: w.Name, Service: service, Settings: *w.Scaling,
		})
	}
	return service
}

// newJob creates one job with its task definition.
func newJob(scope constructs.Construct, j settings.NamedJob, shared shared) *ecs.Job {
	return ecs.NewJob(scope, "job", ecs.JobProps{
		Settings: j, Account: shared.account, Cluster: shared.cluster, Namespace: shared.discovery,
		Environment: shared.queueURLs(j.NamedWorkload),
	})
}

// queueOf returns the queue whose messages a service receives, nil if there is none.
func (s shared) queueOf(w settings.NamedWorkload) *sqs.Queue {
	if w.Receives == nil {
		return nil
	}
	return s.queues[w.Receives.Name]
}

// queueURLs returns the variables in which the containers of a service have the URLs of queues.
func (s shared) queueURLs(w settings.NamedWorkload) map[string]string {
	all := map[string]string{}
	if q := w.Receives; q != nil {
		all[q.Variable] = s.queues[q.Name].URL()
	}
	for _, q := range w.Sends {
		all[q.SenderVariable()] = s.queues[q.Name].URL()
	}
	return all
}

// addObservability creates what the settings ask for of alarms, dashboard and log queries.
func addObservability(stack cdktf.TerraformStack, props observability.Props) {
	dashboard := observability.DashboardProps{Props: props}
	if props.Settings.Alarms != nil {
		dashboard.Alarms = observability.NewAlarms(stack, "alarms", props)
		output(stack, "AlarmTopic", "The SNS topic that alarms send to.", dashboard.Alarms.Topic())
	}
	if props.Settings.Dashboard {
		observability.NewDashboard(stack, "dashboard", dashboard)
	}
	if props.Settings.LogQueries {
		observability.NewLogQueries(stack, "log-queries", props)
	}
}

func output(stack cdktf.TerraformStack, name, description, value string) {
	cdktf.NewTerraformOutput(stack, &name, &cdktf.TerraformOutputConfig{Value: &value, Description: &description})
}
