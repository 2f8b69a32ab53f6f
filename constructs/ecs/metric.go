package ecs

import "webapp/settings"

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
		return Metric{Namespace: alb, Name: "RequestCountPerTarget", Statistic: "Sum", Dimensions: s.targetGroup.Dimensions()}
	case settings.ResponseTime:
		return Metric{Namespace: alb, Name: "TargetResponseTime", Statistic: "Average", Dimensions: s.targetGroup.Dimensions(), unit: 1000}
	}
	panic("ecs: a service has no metric " + kind)
}
