package autoscaling

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	policies "github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"

	"webapp/constructs/ecs"
	"webapp/settings"
)

// addTargetTracking creates a policy that keeps a metric near a value.
func (s *Scaling) addTargetTracking(t settings.TargetPolicy) {
	var metric ecs.Metric
	if t.On != settings.Backlog {
		metric = s.service.PolicyMetric(t.On, t.Metric)
	}
	tracking := &trackingConfig{
		TargetValue:      jsii.Number(metric.Value(t.Value)),
		DisableScaleIn:   !t.ScaleIn,
		ScaleInCooldown:  jsii.Number(t.ScaleInCooldown.Seconds()),
		ScaleOutCooldown: jsii.Number(t.ScaleOutCooldown.Seconds()),
	}
	math := s.service.PolicyMath(t.On, t.Metric)
	switch {
	case math != nil:
		tracking.CustomizedMetricSpecification = computed(*math, labels[t.On])
	case t.On == settings.CPU:
		tracking.PredefinedMetricSpecification = predefined("ECSServiceAverageCPUUtilization")
	case t.On == settings.Memory:
		tracking.PredefinedMetricSpecification = predefined("ECSServiceAverageMemoryUtilization")
	case t.On == settings.Requests:
		tracking.PredefinedMetricSpecification = predefined("ALBRequestCountPerTarget")
		// The label names the target group whose requests are counted.
		tracking.PredefinedMetricSpecification.ResourceLabel = jsii.String(s.service.LoadBalancer().ARNSuffix() + "/" +
			s.service.TargetGroup().ARNSuffix())
	case t.On == settings.Backlog:
		tracking.CustomizedMetricSpecification = computed(s.service.Backlog(s.settings), labels[t.On])
	default: // response time, or a custom metric
		tracking.CustomizedMetricSpecification = customized(metric)
	}
	config := s.policy(t.Name + "-target-tracking")
	config.PolicyType = jsii.String("TargetTrackingScaling")
	config.TargetTrackingScalingPolicyConfiguration = tracking
	policies.NewAppautoscalingPolicy(s.scope, &t.Name, config)
}

// labels name the results of expressions.
var labels = map[settings.MetricKind]string{
	settings.Requests: "Requests for each task", settings.ResponseTime: "Average latency in seconds",
	settings.Backlog: "Messages for each task",
}

// Short names for the bindings' long ones.
type (
	trackingConfig   = policies.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
	predefinedMetric = policies.
				AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
	customizedMetric = policies.
				AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification
	dimension = policies.
			AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensions
	metricQuery = policies.
			AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
	metricStat = policies.
			AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat
	statMetric = policies.
			AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric
	//nolint:lll // a name of the bindings
	statDimension = policies.
			AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions
)

// predefined returns a metric that Application Auto Scaling has a name for.
func predefined(name string) *predefinedMetric { return &predefinedMetric{PredefinedMetricType: &name} }

// customized returns a metric by its namespace, name and dimensions.
func customized(m ecs.Metric) *customizedMetric {
	metric := &customizedMetric{Namespace: &m.Namespace, MetricName: &m.Name, Statistic: &m.Statistic}
	var dimensions []*dimension
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, &dimension{Name: &name, Value: jsii.String(m.Dimensions[name])})
	}
	metric.Dimensions = dimensions
	return metric
}

// computed returns the result of an expression.
func computed(m ecs.Math, label string) *customizedMetric {
	queries := []*metricQuery{{
		Id: jsii.String("result"), Expression: &m.Expression, Label: &label, ReturnData: true,
	}}
	for _, id := range slices.Sorted(maps.Keys(m.Metrics)) {
		one := m.Metrics[id]
		metric := &statMetric{Namespace: &one.Namespace, MetricName: &one.Name}
		var dimensions []*statDimension
		for _, name := range slices.Sorted(maps.Keys(one.Dimensions)) {
			dimensions = append(dimensions, &statDimension{Name: &name, Value: jsii.String(one.Dimensions[name])})
		}
		metric.Dimensions = dimensions
		queries = append(queries, &metricQuery{
			Id: &id, MetricStat: &metricStat{Metric: metric, Stat: &one.Statistic}, ReturnData: false,
		})
	}
	return &customizedMetric{Metrics: queries}
}
