package observability

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"

	"webapp/constructs/ecs"
	"webapp/settings"
)

// Alarms are the alarms of a stack.
type Alarms struct {
	topic    string
	balancer []string            // ARNs of the load balancer's alarms
	services map[string][]string // ARNs of the services' alarms, by the name of the service
	jobs     map[string]string   // ARNs of the jobs' alarms, by the name of the job
}

// NewAlarms creates the alarms of the settings, and the topic that they publish to:
//
//	metrics of services and load balancer → alarms ┐
//	failed deployments and jobs → event rules ─────┴→ topic → e-mails and other subscribers
func NewAlarms(scope constructs.Construct, id string, props Props) *Alarms {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings.Alarms
	var events []event
	if s.FailedDeployments {
		events = append(events, newFailedDeployments(scope, props))
	}
	jobScopes := map[string]constructs.Construct{}
	scopeOfJob := ecs.JobScopes(scope)
	for _, j := range props.Jobs {
		jobScopes[j.Settings.Key] = scopeOfJob(j.Settings.Key)
		if s.FailedJobs {
			events = append(events, newFailedJob(jobScopes[j.Settings.Key], j, props))
		}
	}
	a := &Alarms{topic: s.Topic, services: map[string][]string{}, jobs: map[string]string{}}
	if a.topic == "" {
		a.topic = newTopic(scope, props, events)
	}
	for _, e := range events {
		e.notify(a.topic)
	}
	if s.ServerErrors != nil && props.ownsLoadBalancer() {
		a.balancer = append(a.balancer, a.add(scope, props.Name, balancerErrors(props, *s.ServerErrors)))
	}
	scopeOf := ecs.ServiceScopes(scope)
	for _, service := range props.Services {
		scope, name := scopeOf(service.Workload.Key), service.Workload.Name
		for _, alarm := range alarmsOf(service, props) {
			a.services[name] = append(a.services[name], a.add(scope, name, alarm))
		}
	}
	for _, j := range props.Jobs {
		if s.MissedJobs && j.Settings.Schedule != nil {
			a.jobs[j.Settings.Name] = a.add(jobScopes[j.Settings.Key], j.Settings.Name, missedJob(j.Settings))
		}
	}
	return a
}

// missedJob fires when EventBridge Scheduler has given up starting a run.
// Source: EventBridge Scheduler user guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch".
func missedJob(j settings.NamedJob) alarm {
	return alarm{
		id: "missed", threshold: 1, periods: 1,
		metric: schedulerMetric(j, "InvocationDroppedCount"),
		description: fmt.Sprintf("A run of %s could not be started, and will not be tried again. Find in CloudTrail "+
			"why RunTask failed; then start it by hand.", j.Name),
	}
}

// schedulerMetric returns a metric of the schedule group of a job.
func schedulerMetric(j settings.NamedJob, name string) ecs.Metric {
	return ecs.Metric{
		Namespace: "AWS/Scheduler", Name: name, Statistic: "Sum",
		Dimensions: map[string]string{"ScheduleGroup": j.ScheduleName()},
	}
}

// Topic returns the ARN of the topic that the alarms publish to, known once applied unless the settings name it.
func (a *Alarms) Topic() string { return a.topic }

// alarmsOf returns the alarms of one service.
func alarmsOf(s Service, props Props) []alarm {
	var all []alarm
	a, name := props.Settings.Alarms, s.Workload.Name
	if !s.Workload.Worker {
		all = append(all, alarmsOnRequests(s, props)...)
	}
	if a.CPU != nil {
		all = append(all, utilizationAlarm(s, settings.CPU, "CPU",
			"Raise scaling.max or task.cpu, or find what the tasks do.", *a.CPU))
	}
	if a.Memory != nil {
		all = append(all, utilizationAlarm(s, settings.Memory, "memory",
			"Tasks without memory are killed: raise task.memory, or find the leak.", *a.Memory))
	}
	if m, scaling := a.AtMaximum, s.Workload.Scaling; m != nil && scaling != nil &&
		scaling.MaxCapacity() > scaling.Min {
		most := scaling.MaxCapacity()
		all = append(all, alarm{
			id: "at-maximum", metric: s.runningTasks(), threshold: float64(most), periods: m.Minutes,
			description: fmt.Sprintf("%s has run all of its %d tasks for %d minutes, and could not take more load. "+
				"Raise scaling.max, or find out where the load comes from.", name, most, m.Minutes),
		})
	}
	if f := a.FewerRunning; f != nil {
		all = append(all, alarm{
			id: "fewer-running", comparison: "GreaterThanThreshold", periods: f.Minutes,
			math: ecs.Math{Expression: "desired - running", Metrics: map[string]ecs.Metric{
				"desired": s.InsightsMetric("DesiredTaskCount"), "running": s.InsightsMetric("RunningTaskCount"),
			}},
			notifyMissing: true,
			description: fmt.Sprintf("Fewer tasks of %s run than should. See why they stop or do not start in the "+
				"service's events (aws ecs describe-services) and in its logs. "+
				"Without data Container Insights have ended.", name),
		})
	}
	return append(all, alarmsOnQueue(s, *a)...)
}

// alarmsOnQueue returns the alarms of the queue whose messages a service receives.
func alarmsOnQueue(s Service, a settings.Alarms) []alarm {
	var all []alarm
	q := s.Queue()
	if q == nil {
		return nil
	}
	if o := a.OldestMessage; o != nil {
		all = append(all, alarm{
			id: "oldest-message", metric: ecs.QueueMetric(q.Name(), "ApproximateAgeOfOldestMessage", "Maximum"),
			threshold: o.Age.Seconds(), periods: o.Minutes,
			description: fmt.Sprintf("A message has waited for %s for %v minutes or more. See whether its tasks run, "+
				"whether they are enough, and in its logs whether they fail.", s.Workload.Name, o.Age.Minutes()),
		})
	}
	if d := a.DeadLetters; d != nil && q.DeadLetters() != "" {
		all = append(all, alarm{
			id: "dead-letters", threshold: float64(d.AtLeast), periods: 1,
			metric: ecs.QueueMetric(q.DeadLetters(), "ApproximateNumberOfMessagesVisible", "Maximum"),
			description: fmt.Sprintf("%s has received messages again and again and not deleted them. Find in its logs "+
				"why; then send them back (aws sqs start-message-move-task), or delete them.", s.Workload.Name),
		})
	}
	return all
}

// alarmsOnRequests returns the alarms of one service on the metrics that the load balancer publishes.
func alarmsOnRequests(s Service, props Props) []alarm {
	var all []alarm
	a := props.Settings.Alarms
	// Where the load balancer has only one service, its own alarm counts the service's errors already.
	if e := a.ServerErrors; e != nil && (props.servers() > 1 || props.LoadBalancer.Shared()) {
		all = append(all, taskErrors(s, *e))
	}
	if u := a.UnhealthyHosts; u != nil {
		all = append(all, unhealthyHosts(s, *u)...)
	}
	if l := a.Latency; l != nil {
		all = append(all, latency(s, *l)...)
	}
	return all
}

// latency returns an alarm for the target group of every port: percentiles of several groups cannot be combined.
func latency(s Service, l settings.LatencyAlarm) []alarm {
	var all []alarm
	for _, group := range s.TargetGroups() {
		all = append(all, alarm{
			id: "latency" + s.ofPort(group), metric: ecs.TargetMetric(group, "TargetResponseTime", "p99"),
			threshold: s.Metric(settings.ResponseTime).Value(l.Milliseconds), periods: l.Minutes,
			description: fmt.Sprintf("The slowest hundredth of the requests to %s%s takes %v ms or more. Look at its "+
				"CPU, its tasks against their maximum, and what it calls: databases, other services.",
				s.Workload.Name, s.onPort(group), l.Milliseconds),
		})
	}
	return all
}

// utilizationAlarm fires when the tasks use much of their CPU or memory.
func utilizationAlarm(
	s Service, metric settings.MetricKind, what, todo string, u settings.UtilizationAlarm,
) alarm {
	return alarm{
		id: string(metric), metric: s.Metric(metric), threshold: u.Percent, periods: u.Minutes,
		description: fmt.Sprintf("The tasks of %s use %v %% of their %s or more. %s",
			s.Workload.Name, u.Percent, what, todo),
	}
}

// failedPercent returns the expression for the percentage of requests that failed. It is 0 where there are fewer
// requests than atLeast. CloudWatch has no value for a minute without requests or failures, which a sum needs FILL for.
func failedPercent(failed, all string, atLeast int) string {
	return fmt.Sprintf("IF((%[2]s) >= %[3]d, 100 * (%[1]s) / (%[2]s), 0)", failed, all, atLeast)
}

// taskErrors fires when the tasks of a service respond with errors, on all ports together.
func taskErrors(s Service, e settings.ErrorRateAlarm) alarm {
	math, requests := s.PortSum("tasks", "HTTPCode_Target_5XX_Count", "Sum"),
		s.PortSum("requests", "RequestCount", "Sum")
	math.Expression = failedPercent(math.Expression, requests.Expression, e.AtLeast)
	maps.Copy(math.Metrics, requests.Metrics)
	return alarm{
		id: "server-errors", math: math,
		threshold: e.Percent, period: e.Minutes * minute, periods: 1,
		description: fmt.Sprintf("The tasks of %s answer %v %% of the requests or more with 5xx. Look at its logs, "+
			"and at what was deployed last.", s.Workload.Name, e.Percent),
	}
}

// balancerErrors fires when clients get errors: from the tasks, or from the load balancer itself, which responds with
// an error if it has no task to ask, or if a task refuses the connection or does not respond in time.
func balancerErrors(props Props, e settings.ErrorRateAlarm) alarm {
	l := props.LoadBalancer
	return alarm{
		id: "load-balancer-errors",
		// RequestCount does not include the requests for which there was no task, so the load balancer's errors are
		// added to it.
		math: ecs.Math{
			Expression: failedPercent("FILL(tasks, 0) + FILL(balancer, 0)", "FILL(requests, 0) + FILL(balancer, 0)",
				e.AtLeast),
			Metrics: map[string]ecs.Metric{
				"tasks":    balancerMetric(l, "HTTPCode_Target_5XX_Count"),
				"balancer": balancerMetric(l, "HTTPCode_ELB_5XX_Count"),
				"requests": balancerMetric(l, "RequestCount"),
			},
		},
		threshold: e.Percent, period: e.Minutes * minute, periods: 1,
		description: fmt.Sprintf("%v %% of the requests to %s or more end with 5xx. Look at whether its tasks run "+
			"and are healthy, at its logs, and at what was deployed last.", e.Percent, props.Name),
	}
}

// unhealthyHosts returns an alarm for the target group of every port.
func unhealthyHosts(s Service, u settings.DurationAlarm) []alarm {
	var all []alarm
	for _, group := range s.TargetGroups() {
		all = append(all, alarm{
			id: "unhealthy-hosts" + s.ofPort(group), threshold: 1, periods: u.Minutes,
			metric: ecs.TargetMetric(group, "UnHealthyHostCount", "Maximum"),
			description: fmt.Sprintf("A task of %s does not pass the health check%s. ECS replaces such a task; "+
				"where that does not help, look at its logs and at service.healthCheck.", s.Workload.Name,
				s.onPort(group)),
		})
	}
	return all
}

func sorted[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
