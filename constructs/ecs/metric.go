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

// CustomMetric returns the metric that the settings describe by its namespace and name.
func CustomMetric(s settings.Metric) Metric {
	return Metric{Namespace: s.Namespace, Name: s.Name, Statistic: s.Statistic, Dimensions: s.Dimensions}
}

// StepMetric returns the metric that a step policy reads: a custom one, or one that every service has.
func (s *Service) StepMetric(steps settings.StepScaling) Metric {
	if steps.Metric != nil {
		return CustomMetric(*steps.Metric)
	}
	return s.Metric(steps.On)
}

// Metric returns one of the metrics that every service has: settings.CPU, Memory, Requests or ResponseTime.
func (s *Service) Metric(name string) Metric {
	const alb = "AWS/ApplicationELB"
	targets := s.targetGroup.Dimensions()
	switch name {
	case settings.CPU:
		return Metric{Namespace: "AWS/ECS", Name: "CPUUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Memory:
		return Metric{Namespace: "AWS/ECS", Name: "MemoryUtilization", Statistic: "Average", Dimensions: s.Dimensions()}
	case settings.Requests:
		return Metric{Namespace: alb, Name: "RequestCountPerTarget", Statistic: "Sum", Dimensions: targets}
	case settings.ResponseTime:
		return Metric{Namespace: alb, Name: "TargetResponseTime", Statistic: "Average", Dimensions: targets, unit: 1000}
	}
	panic("ecs: a service has no metric " + name)
}
