// Package observability creates alarms that notify people, a dashboard, and saved queries of the logs. It depends on
// the other constructs for the metrics that CloudWatch has of them. None of them depends on it.
package observability

import (
	"fmt"

	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/settings"
)

// Props are the properties of Alarms and log queries, and part of those of a dashboard.
type Props struct {
	// Name is the stack's. It begins the names of alarms, topics, dashboards and queries.
	Name    string
	Account *account.Account
	// LoadBalancer is nil where all services are workers.
	LoadBalancer *loadbalancing.LoadBalancer
	// Services are those of the stack, the first one of the settings file first.
	Services []Service
	// Jobs are those of the stack, by name.
	Jobs     []Job
	Settings settings.Observability
}

// ownsLoadBalancer reports whether the stack has a load balancer that no other stack uses.
func (p Props) ownsLoadBalancer() bool { return p.LoadBalancer != nil && !p.LoadBalancer.Shared() }

// servers returns the number of services behind the load balancer.
func (p Props) servers() int {
	n := 0
	for _, s := range p.Services {
		if !s.Workload.Worker {
			n++
		}
	}
	return n
}

// Service is a service with its part of the settings.
type Service struct {
	Workload settings.NamedWorkload
	*ecs.Service
}

// Job is a job with its part of the settings.
type Job struct {
	Settings settings.NamedJob
	*ecs.Job
}

// ofPort ends the ids of the alarms of a port, apart from those of the first: "-9090".
func (s Service) ofPort(group *loadbalancing.TargetGroup) string {
	if group == s.TargetGroup() {
		return ""
	}
	return fmt.Sprintf("-%d", group.Port())
}

// onPort says on which port, apart from the first: " on port 9090".
func (s Service) onPort(group *loadbalancing.TargetGroup) string {
	if group == s.TargetGroup() {
		return ""
	}
	return fmt.Sprintf(" on port %d", group.Port())
}

// balancerMetric returns a metric of the load balancer as a whole.
func balancerMetric(l *loadbalancing.LoadBalancer, name string) ecs.Metric {
	return ecs.Metric{
		Namespace: "AWS/ApplicationELB", Name: name, Statistic: "Sum",
		Dimensions: map[string]string{"LoadBalancer": l.ARNSuffix()},
	}
}

// runningTasks returns the number of running tasks. Each task adds one sample a minute to the CPU metric.
// Source: ECS developer guide, "Amazon ECS CloudWatch metrics", service RUNNING task count.
func (s Service) runningTasks() ecs.Metric {
	m := s.Metric(settings.CPU)
	m.Statistic = "SampleCount"
	return m
}
