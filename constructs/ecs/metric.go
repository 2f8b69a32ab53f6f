package ecs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"webapp/constructs/loadbalancing"
	"webapp/internal/expression"
	"webapp/settings"
)

// Metric is a CloudWatch metric. The values of its dimensions are known once applied.
type Metric struct {
	Namespace, Name, Statistic string
	Dimensions                 map[string]string

	// unit is how many of the settings' units make one of the metric's: 1,000 milliseconds a second. 0 means the same.
	unit float64
}

// Value converts a value from the unit that the settings use to the metric's own.
func (m Metric) Value(n float64) float64 {
	if m.unit == 0 {
		return n
	}
	return n / m.unit
}

// PolicyMetric returns the metric that a scaling policy reads: the custom one if there is one, otherwise the built-in
// one.
func (s *Service) PolicyMetric(builtin settings.MetricKind, custom *settings.Metric) Metric {
	if custom != nil {
		return Metric{
			Namespace: custom.Namespace, Name: custom.Name, Statistic: custom.Statistic, Dimensions: custom.Dimensions,
		}
	}
	return s.Metric(builtin)
}

// Metric returns a built-in metric. Those of the load balancer are of the container's first port: see PolicyMath.
func (s *Service) Metric(kind settings.MetricKind) Metric {
	switch kind {
	case settings.CPU:
		return Metric{Namespace: "AWS/ECS", Name: "CPUUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Memory:
		return Metric{Namespace: "AWS/ECS", Name: "MemoryUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Requests:
		return TargetMetric(s.targetGroup, "RequestCountPerTarget", "Sum")
	case settings.ResponseTime:
		m := TargetMetric(s.targetGroup, "TargetResponseTime", "Average")
		m.unit = 1000
		return m
	case settings.Backlog: // is metric math: see Backlog
	}
	panic("ecs: a service has no metric " + kind)
}

// Math is a CloudWatch expression and its metrics, by the ids that it has for them.
type Math struct {
	Expression string
	Metrics    map[string]Metric
}

// AlarmQueries returns the result, which an alarm compares, and the metrics, each of a period in seconds.
func (m Math) AlarmQueries(label string, period int) []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery {
	all := []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{{
		Id: jsii.String("result"), Expression: &m.Expression, Label: &label, ReturnData: true,
	}}
	for _, id := range slices.Sorted(maps.Keys(m.Metrics)) {
		one := m.Metrics[id]
		all = append(all, &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{
			Id: &id,
			Metric: &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQueryMetric{
				Namespace: &one.Namespace, MetricName: &one.Name, Dimensions: expression.Texts(one.Dimensions),
				Stat: &one.Statistic, Period: jsii.Number(period),
			},
		})
	}
	return all
}

// TargetMetric returns a metric that the load balancer publishes for a target group.
func TargetMetric(group *loadbalancing.TargetGroup, name, statistic string) Metric {
	return Metric{Namespace: "AWS/ApplicationELB", Name: name, Statistic: statistic, Dimensions: group.Dimensions()}
}

// PortSum returns the sum of a metric over the service's target groups, since the load balancer counts the requests to
// each port separately. A group without a value counts as 0: most metrics have none while there are no requests. The id
// is that of the first port's metric, and the others' ids begin with it.
// Source: ELB user guide, "CloudWatch metrics for your Application Load Balancer".
func (s *Service) PortSum(id, name, statistic string) Math {
	m := Math{Metrics: map[string]Metric{}}
	var terms []string
	for i, group := range s.TargetGroups() {
		one := id
		if i > 0 {
			one = fmt.Sprintf("%s_%d", id, group.Port())
		}
		m.Metrics[one] = TargetMetric(group, name, statistic)
		terms = append(terms, fmt.Sprintf("FILL(%s, 0)", one))
	}
	m.Expression = strings.Join(terms, " + ")
	return m
}

// PolicyMath returns the expression that a scaling policy reads in place of PolicyMetric: that of all ports. It is nil
// where the metric itself is that of all ports.
func (s *Service) PolicyMath(builtin settings.MetricKind, custom *settings.Metric) *Math {
	if custom != nil || len(s.additional) == 0 {
		return nil
	}
	switch builtin {
	case settings.Requests:
		m := s.PortSum("requests", "RequestCountPerTarget", "Sum")
		// The last minutes, which are published late, must not count as 0, or an alarm on several of them would never
		// fire. That of the first port is "always reported" (ELB user guide, as above).
		m.Expression = strings.Replace(m.Expression, "FILL(requests, 0)", "requests", 1)
		return &m
	case settings.ResponseTime:
		// The average over all requests. It has no value without any.
		m, count := s.PortSum("seconds", "TargetResponseTime", "Sum"),
			s.PortSum("responses", "TargetResponseTime", "SampleCount")
		m.Expression = fmt.Sprintf("(%s) / (%s)", m.Expression, count.Expression)
		maps.Copy(m.Metrics, count.Metrics)
		return &m
	case settings.CPU, settings.Memory, settings.Backlog: // have nothing to do with ports
	}
	return nil
}

// Backlog returns the number of messages that wait in the queue for each running task. While no task runs, a single
// message must exceed the target, so that the first task starts. Without that, use the expression as AWS has it, which
// has no value then.
// Source: Application Auto Scaling user guide, "Create a target tracking scaling policy for Application Auto Scaling
// using metric math". That Container Insights count 0 tasks while none runs is not documented.
func (s *Service) Backlog(scaling settings.Scaling) Math {
	m := Math{
		Expression: "visible / running",
		Metrics: map[string]Metric{
			"visible": QueueMetric(s.queue.Name(), "ApproximateNumberOfMessagesVisible", "Sum"),
			"running": s.InsightsMetric("RunningTaskCount"),
		},
	}
	if scaling.MayBeZero() {
		m.Expression = fmt.Sprintf("IF(running > 0, visible / running, visible * %v)", scaling.Backlog.PerTask+1)
	}
	return m
}

// InsightsMetric returns a metric that Container Insights publishes for the service.
func (s *Service) InsightsMetric(name string) Metric {
	return Metric{Namespace: "ECS/ContainerInsights", Name: name, Statistic: "Average", Dimensions: s.Dimensions()}
}

// QueueMetric returns a metric of a queue by its name.
func QueueMetric(queue, name, statistic string) Metric {
	return Metric{Namespace: "AWS/SQS", Name: name, Statistic: statistic,
		Dimensions: map[string]string{"QueueName": queue}}
}
