package observability

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"

	"webapp/constructs/ecs"
	"webapp/settings"
)

// Alarms are the alarms of a stack.
type Alarms struct {
	topic    string
	balancer []string            // ARNs of those of the load balancer
	services map[string][]string // and of those of each service, by its name
}

// NewAlarms makes the alarms that the settings have:
//
//	metrics of services and load balancer → alarms ┐
//	ECS's giving up a deployment → rule ───────────┴→ topic → e-mails, whoever else subscribes
func NewAlarms(scope constructs.Construct, id string, props Props) *Alarms {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings.Alarms
	var rule cloudwatcheventrule.CloudwatchEventRule
	if s.FailedDeployments {
		rule = newFailedDeployments(scope, props)
	}
	a := &Alarms{topic: s.Topic, services: map[string][]string{}}
	if a.topic == "" {
		a.topic = newTopic(scope, props, rule)
	}
	if rule != nil {
		tell(scope, rule, a.topic)
	}
	if s.ServerErrors != nil && !props.LoadBalancer.Shared() {
		a.balancer = append(a.balancer, a.make(scope, props.Name, balancerErrors(props, *s.ServerErrors)))
	}
	scopeOf := ecs.ScopeOf(scope)
	for _, service := range props.Services {
		scope, name := scopeOf(service.Workload.Key), service.Workload.Name
		for _, alarm := range alarmsOf(service, props) {
			a.services[name] = append(a.services[name], a.make(scope, name, alarm))
		}
	}
	return a
}

// Topic is the ARN of the topic that the alarms send to, known once applied where it is created.
func (a *Alarms) Topic() string { return a.topic }

// alarmsOf lists the alarms of one service.
func alarmsOf(s Service, props Props) []alarm {
	var all []alarm
	a, name := props.Settings.Alarms, s.Workload.Name
	// The load balancer's alarm counts the errors of a single service already.
	if e := a.ServerErrors; e != nil && (len(props.Services) > 1 || props.LoadBalancer.Shared()) {
		all = append(all, taskErrors(s, *e))
	}
	if u := a.UnhealthyHosts; u != nil {
		all = append(all, unhealthyHosts(s, *u)...)
	}
	if l := a.Latency; l != nil {
		metric := s.Metric(settings.ResponseTime)
		metric.Statistic = "p99"
		all = append(all, alarm{
			id: "latency", metric: metric, threshold: metric.Value(l.Milliseconds), periods: l.Minutes,
			description: fmt.Sprintf("The slowest hundredth of the requests to %s takes %v ms or more. Look at its "+
				"CPU, its tasks against their "+
				"maximum, and what it calls: databases, other services.", name, l.Milliseconds),
		})
	}
	for _, use := range []struct {
		id, metric, what, todo string
		*settings.UseAlarm
	}{
		{"cpu", settings.CPU, "CPU", "Raise scaling.max or task.cpu, or find what the tasks do.", a.CPU},
		{"memory", settings.Memory, "memory", "Tasks without memory are killed: raise task.memory, or find the leak.", a.Memory},
	} {
		if use.UseAlarm != nil {
			all = append(all, alarm{
				id: use.id, metric: s.Metric(use.metric), threshold: use.Percent, periods: use.Minutes,
				description: fmt.Sprintf("The tasks of %s use %v %% of their %s or more. %s", name, use.Percent, use.what, use.todo),
			})
		}
	}
	if m := a.AtMaximum; m != nil && s.Workload.Scaling != nil && s.Workload.Scaling.HighestMax() > s.Workload.Scaling.Min {
		most := s.Workload.Scaling.HighestMax()
		all = append(all, alarm{
			id: "at-maximum", metric: s.running(), threshold: float64(most), periods: m.Minutes,
			description: fmt.Sprintf("%s has run all of its %d tasks for %d minutes, and could not take more load. "+
				"Raise scaling.max, "+
				"or find out where the load comes from.", name, most, m.Minutes),
		})
	}
	if f := a.FewerRunning; f != nil {
		all = append(all, alarm{
			id: "fewer-running", math: "desired - running", comparison: "GreaterThanThreshold", periods: f.Minutes, missingTells: true,
			of: map[string]ecs.Metric{"desired": s.ofInsights("DesiredTaskCount"), "running": s.ofInsights("RunningTaskCount")},
			description: fmt.Sprintf("Fewer tasks of %s run than should. See why they stop or do not start in the "+
				"service's events "+
				"(aws ecs describe-services) and in its logs. Without data Container Insights have ended.", name),
		})
	}
	return all
}

// failedPercent is the part of all requests that failed, and nothing where there are too few of them to tell.
// CloudWatch has no value for a minute without a request or a failure, so that a sum needs what FILL puts there.
func failedPercent(failed, all string, atLeast int) string {
	return fmt.Sprintf("IF((%[2]s) >= %[3]d, 100 * (%[1]s) / (%[2]s), 0)", failed, all, atLeast)
}

// taskErrors counts what the tasks answer.
func taskErrors(s Service, e settings.ErrorAlarm) alarm {
	return alarm{
		id: "server-errors", math: failedPercent("FILL(tasks, 0)", "FILL(requests, 0)", e.AtLeast),
		of: map[string]ecs.Metric{
			"tasks": s.ofTasks("HTTPCode_Target_5XX_Count", "Sum"), "requests": s.ofTasks("RequestCount", "Sum"),
		},
		threshold: e.Percent, period: e.Minutes * aMinute, periods: 1,
		description: fmt.Sprintf("The tasks of %s answer %v %% of the requests or more with 5xx. Look at its logs, "+
			"and at what was deployed last.",
			s.Workload.Name, e.Percent),
	}
}

// balancerErrors counts what clients get: the errors of all tasks, and those that the load balancer answers for them,
// because no task is there, takes the connection, or answers in time.
func balancerErrors(props Props, e settings.ErrorAlarm) alarm {
	l := props.LoadBalancer
	return alarm{
		// RequestCount leaves out the requests for which there was no task, so that the load balancer's errors are
		// added.
		id: "load-balancer-errors", math: failedPercent("FILL(tasks, 0) + FILL(balancer, 0)", "FILL(requests, 0) + FILL(balancer, 0)", e.AtLeast),
		of: map[string]ecs.Metric{
			"tasks": ofBalancer(l, "HTTPCode_Target_5XX_Count"), "balancer": ofBalancer(l, "HTTPCode_ELB_5XX_Count"),
			"requests": ofBalancer(l, "RequestCount"),
		},
		threshold: e.Percent, period: e.Minutes * aMinute, periods: 1,
		description: fmt.Sprintf("%v %% of the requests to %s or more end with 5xx. Look at whether its tasks run "+
			"and are healthy, at its logs, and at "+
			"what was deployed last.", e.Percent, props.Name),
	}
}

// unhealthyHosts watches the targets of every port.
func unhealthyHosts(s Service, u settings.LastingAlarm) []alarm {
	on := func(id, what string, dimensions map[string]string) alarm {
		return alarm{
			id: id, threshold: 1, periods: u.Minutes,
			metric: ecs.Metric{Namespace: albNamespace, Name: "UnHealthyHostCount", Statistic: "Maximum", Dimensions: dimensions},
			description: fmt.Sprintf("A task of %s does not pass the health check%s. ECS replaces such a task; "+
				"where that does not help, "+
				"look at its logs and at service.healthCheck.", s.Workload.Name, what),
		}
	}
	all := []alarm{on("unhealthy-hosts", "", s.TargetGroup().Dimensions(s.LoadBalancer()))}
	for _, more := range s.MoreTargetGroups() {
		all = append(all, on(fmt.Sprintf("unhealthy-hosts-%d", more.Port()), fmt.Sprintf(" on port %d", more.Port()), more.Dimensions(s.LoadBalancer())))
	}
	return all
}

func sorted[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
