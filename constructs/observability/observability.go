// Package observability is what tells how the services do: alarms that reach a person, a dashboard, and queries of the
// logs. It reads what CloudWatch has of the other constructs, and none of them knows of it.
package observability

import (
	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/settings"
)

// Props say what is watched.
type Props struct {
	Name         string // of the stack; begins the names of what is made
	Account      account.Account
	LoadBalancer *loadbalancing.LoadBalancer
	Services     []Service // the stack's first one first
	Settings     settings.Observability
}

// Service is a service of the stack with the settings that it was made of.
type Service struct {
	Workload settings.NamedWorkload
	*ecs.Service
}

const albNamespace, insightsNamespace = "AWS/ApplicationELB", "ECS/ContainerInsights"

// ofTasks is a metric of the service's target group, which the load balancer counts.
func (s Service) ofTasks(name, statistic string) ecs.Metric {
	return ecs.Metric{
		Namespace: albNamespace, Name: name, Statistic: statistic, Dimensions: s.TargetGroup().Dimensions(s.LoadBalancer()),
	}
}

// ofBalancer is a metric of the load balancer as a whole.
func ofBalancer(l *loadbalancing.LoadBalancer, name string) ecs.Metric {
	return ecs.Metric{
		Namespace: albNamespace, Name: name, Statistic: "Sum", Dimensions: map[string]string{"LoadBalancer": l.ARNSuffix()},
	}
}

// ofInsights is a metric that Container Insights publish of the service.
func (s Service) ofInsights(name string) ecs.Metric {
	return ecs.Metric{Namespace: insightsNamespace, Name: name, Statistic: "Average", Dimensions: s.Dimensions()}
}

// running is how many tasks run: each gives one value a minute to the metric of their CPU.
// Source: ECS developer guide, "Amazon ECS CloudWatch metrics", service RUNNING task count.
func (s Service) running() ecs.Metric {
	m := s.Metric(settings.CPU)
	m.Statistic = "SampleCount"
	return m
}
