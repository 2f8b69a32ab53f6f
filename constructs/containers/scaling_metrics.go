package containers

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"

	"webapp/settings"
)

// metric is one metric of CloudWatch, its dimensions known once applied.
type metric struct {
	namespace, name, statistic string
	dimensions                 map[string]string
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
func (m metric) customized() trackedMetric {
	var dimensions []*appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensions
	for _, name := range slices.Sorted(maps.Keys(m.dimensions)) {
		dimensions = append(dimensions, &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensions{
			Name: &name, Value: jsii.String(m.dimensions[name]),
		})
	}
	return func(c *appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration) {
		c.CustomizedMetricSpecification = &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification{
			Namespace: &m.namespace, MetricName: &m.name, Statistic: &m.statistic, Dimensions: dimensions,
		}
	}
}

// value turns a value in the settings' unit into the metric's.
func (m metric) value(n float64) float64 {
	if m.scale == 0 {
		return n
	}
	return n / m.scale
}

func metricOf(s settings.Metric) metric {
	return metric{namespace: s.Namespace, name: s.Name, statistic: s.Statistic, dimensions: s.Dimensions}
}

// metric is one of those that every service has.
func (s *scaling) metric(name string) metric {
	ofService := map[string]string{"ClusterName": s.service.Cluster().Name(), "ServiceName": s.service.Name()}
	ofTargets := map[string]string{"LoadBalancer": s.service.LoadBalancer().ARNSuffix(), "TargetGroup": s.service.TargetGroup().ARNSuffix()}
	const millisecondsInASecond = 1000
	switch name {
	case settings.CPU:
		return metric{namespace: "AWS/ECS", name: "CPUUtilization", statistic: "Average", dimensions: ofService}
	case settings.Memory:
		return metric{namespace: "AWS/ECS", name: "MemoryUtilization", statistic: "Average", dimensions: ofService}
	case settings.Requests:
		return metric{namespace: "AWS/ApplicationELB", name: "RequestCountPerTarget", statistic: "Sum", dimensions: ofTargets}
	case settings.ResponseTime:
		return metric{namespace: "AWS/ApplicationELB", name: "TargetResponseTime", statistic: "Average", dimensions: ofTargets, scale: millisecondsInASecond}
	}
	panic("containers: no service has a metric " + name)
}
