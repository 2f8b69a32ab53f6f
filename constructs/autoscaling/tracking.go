package autoscaling

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	policies "github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"

	"webapp/constructs/ecs"
	"webapp/settings"
)

// addTargetTracking creates the policies that keep a metric near a value.
func (s *Scaling) addTargetTracking(all settings.Scaling) {
	if t := all.CPU; t != nil {
		s.track("cpu", t.Percent, t.Cooldowns, predefined("ECSServiceAverageCPUUtilization", ""))
	}
	if t := all.Memory; t != nil {
		s.track("memory", t.Percent, t.Cooldowns, predefined("ECSServiceAverageMemoryUtilization", ""))
	}
	if t := all.Requests; t != nil {
		// The label names the target group whose requests are counted.
		label := s.service.LoadBalancer().ARNSuffix() + "/" + s.service.TargetGroup().ARNSuffix()
		s.track("requests", t.PerMinute, t.Cooldowns, predefined("ALBRequestCountPerTarget", label))
	}
	if t := all.ResponseTime; t != nil {
		metric := s.service.Metric(settings.ResponseTime)
		s.track("response-time", metric.Value(t.Milliseconds), t.Cooldowns, customized(metric))
	}
	if len(all.Metrics) > 0 {
		nested := s.nested("metrics")
		for _, name := range slices.Sorted(maps.Keys(all.Metrics)) {
			t := all.Metrics[name]
			nested.track(name, t.Target, t.Cooldowns, customized(ecs.CustomMetric(t.Metric)))
		}
	}
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
)

func (s *Scaling) track(id string, value float64, pace settings.Cooldowns, setMetric func(*trackingConfig)) {
	tracking := &trackingConfig{
		TargetValue:      &value,
		DisableScaleIn:   !pace.ScaleIn,
		ScaleInCooldown:  jsii.Number(pace.ScaleInCooldown.Seconds()),
		ScaleOutCooldown: jsii.Number(pace.ScaleOutCooldown.Seconds()),
	}
	setMetric(tracking)
	config := s.policy(id + "-target-tracking")
	config.PolicyType = jsii.String("TargetTrackingScaling")
	config.TargetTrackingScalingPolicyConfiguration = tracking
	policies.NewAppautoscalingPolicy(s.scope, &id, config)
}

// predefined sets a metric that Application Auto Scaling has a name for.
func predefined(name, label string) func(*trackingConfig) {
	metric := &predefinedMetric{PredefinedMetricType: &name}
	if label != "" {
		metric.ResourceLabel = &label
	}
	return func(c *trackingConfig) { c.PredefinedMetricSpecification = metric }
}

// customized sets a metric by its namespace, name and dimensions.
func customized(m ecs.Metric) func(*trackingConfig) {
	metric := &customizedMetric{Namespace: &m.Namespace, MetricName: &m.Name, Statistic: &m.Statistic}
	var dimensions []*dimension
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, &dimension{Name: &name, Value: jsii.String(m.Dimensions[name])})
	}
	metric.Dimensions = dimensions
	return func(c *trackingConfig) { c.CustomizedMetricSpecification = metric }
}
