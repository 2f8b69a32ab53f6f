package ecs

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"

	"webapp/settings"
)

// Metric is one metric of CloudWatch, its dimensions known once applied.
type Metric struct {
	Namespace, Name, Statistic string
	Dimensions                 map[string]string
	scale                      float64 // of the settings' unit, where it is not the metric's own; 0 for none
}

// trackedMetric puts the metric into a target-tracking policy.
type trackedMetric func(*appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration)

// predefined is a metric that AWS knows by a name. The label tells which target group it is of.
func predefined(name, label string) trackedMetric {
	specification := &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
		PredefinedMetricType: &name,
	}
	if label != "" {
		specification.ResourceLabel = &label
	}
	return func(c *appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration) {
		c.PredefinedMetricSpecification = specification
	}
}

// customized is a metric by all that CloudWatch calls it.
func (m Metric) customized() trackedMetric {
	var dimensions []*appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensions
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensions{
			Name: &name, Value: jsii.String(m.Dimensions[name]),
		})
	}
	return func(c *appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration) {
		c.CustomizedMetricSpecification = &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification{
			Namespace: &m.Namespace, MetricName: &m.Name, Statistic: &m.Statistic, Dimensions: dimensions,
		}
	}
}

// Value turns a value in the settings' unit into the metric's.
func (m Metric) Value(n float64) float64 {
	if m.scale == 0 {
		return n
	}
	return n / m.scale
}

// MetricOf is a metric of the user's.
func MetricOf(s settings.Metric) Metric {
	return Metric{Namespace: s.Namespace, Name: s.Name, Statistic: s.Statistic, Dimensions: s.Dimensions}
}

// MetricOfSteps is what a step policy watches: a metric of the user's, or one that every service has.
func (s *Service) MetricOfSteps(steps settings.StepScaling) Metric {
	if steps.Metric != nil {
		return MetricOf(*steps.Metric)
	}
	return s.Metric(steps.On)
}

// Metric is one of those that every service has.
func (s *Service) Metric(name string) Metric {
	ofService, ofTargets := s.Dimensions(), s.targets.Dimensions(s.balancer)
	const millisecondsInASecond = 1000
	switch name {
	case settings.CPU:
		return Metric{Namespace: "AWS/ECS", Name: "CPUUtilization", Statistic: "Average", Dimensions: ofService}
	case settings.Memory:
		return Metric{Namespace: "AWS/ECS", Name: "MemoryUtilization", Statistic: "Average", Dimensions: ofService}
	case settings.Requests:
		return Metric{Namespace: "AWS/ApplicationELB", Name: "RequestCountPerTarget", Statistic: "Sum", Dimensions: ofTargets}
	case settings.ResponseTime:
		return Metric{Namespace: "AWS/ApplicationELB", Name: "TargetResponseTime", Statistic: "Average", Dimensions: ofTargets, scale: millisecondsInASecond}
	}
	panic("containers: no service has a metric " + name)
}
