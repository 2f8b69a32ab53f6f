package ecs

import (
	"fmt"

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

// Metric returns a built-in metric.
func (s *Service) Metric(kind settings.MetricKind) Metric {
	const alb = "AWS/ApplicationELB"
	switch kind {
	case settings.CPU:
		return Metric{Namespace: "AWS/ECS", Name: "CPUUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Memory:
		return Metric{Namespace: "AWS/ECS", Name: "MemoryUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Requests:
		return Metric{Namespace: alb, Name: "RequestCountPerTarget", Statistic: "Sum",
			Dimensions: s.targetGroup.Dimensions()}
	case settings.ResponseTime:
		return Metric{Namespace: alb, Name: "TargetResponseTime", Statistic: "Average",
			Dimensions: s.targetGroup.Dimensions(), unit: 1000}
	case settings.Backlog: // is metric math: see Backlog
	}
	panic("ecs: a service has no metric " + kind)
}

// Math is a CloudWatch expression and its metrics, by the ids that it has for them.
type Math struct {
	Expression string
	Metrics    map[string]Metric
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
