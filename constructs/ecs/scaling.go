package ecs

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingscheduledaction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// ScalingProps say what is scaled.
type ScalingProps struct {
	Name     string // begins those of the alarms, which are unique in an account and region
	Service  *Service
	Settings settings.Scaling
}

// scaling is what the policies of a service share.
type scaling struct {
	scope   constructs.Construct
	name    string
	service *Service
	target  appautoscalingtarget.AppautoscalingTarget
}

// NewScaling lets Application Auto Scaling choose the service's number of tasks:
//
//	metrics → policies (targets, steps with their alarms) → scalable target → service
//	                                   schedules → its limits ↗
func NewScaling(scope constructs.Construct, id string, props ScalingProps) {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings
	all := &scaling{scope: scope, name: props.Name, service: props.Service, target: newTarget(scope, props)}

	if s.CPU != nil {
		all.track("cpu", s.CPU.Percent, s.CPU.Pace, predefined("ECSServiceAverageCPUUtilization", ""))
	}
	if s.Memory != nil {
		all.track("memory", s.Memory.Percent, s.Memory.Pace, predefined("ECSServiceAverageMemoryUtilization", ""))
	}
	if s.Requests != nil {
		label := fmt.Sprintf("%s/%s", props.Service.LoadBalancer().ARNSuffix(), props.Service.TargetGroup().ARNSuffix())
		all.track("requests", s.Requests.PerMinute, s.Requests.Pace, predefined("ALBRequestCountPerTarget", label))
	}
	if s.ResponseTime != nil {
		metric := props.Service.Metric(settings.ResponseTime)
		all.track("response-time", metric.Value(s.ResponseTime.Milliseconds), s.ResponseTime.Pace, metric.customized())
	}
	// Ids of the user's choice stand below one of ours, so that none of them meets another kind's.
	if len(s.Metrics) > 0 {
		below := all.below("metrics")
		for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
			tracked := s.Metrics[name]
			below.trackAs(name, name, tracked.Target, tracked.Pace, MetricOf(tracked.Metric).customized())
		}
	}
	if s.Burst != nil {
		all.burst(*s.Burst)
	}
	if len(s.Steps) > 0 {
		below := all.below("steps")
		for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
			below.steps(name, *s.Steps[name])
		}
	}
	if len(s.Schedules) > 0 {
		below := all.below("schedules")
		for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
			below.schedule(name, *s.Schedules[name])
		}
	}
}

func newTarget(scope constructs.Construct, props ScalingProps) appautoscalingtarget.AppautoscalingTarget {
	s, service := props.Settings, props.Service
	lifecycle := replacedWith(service.resource)
	if len(s.Schedules) > 0 {
		// AWS changes the target's own limits when a schedule comes up; without this the next apply would take them
		// back.
		lifecycle.IgnoreChanges = jsii.Strings("min_capacity", "max_capacity")
	}
	return appautoscalingtarget.NewAppautoscalingTarget(scope, jsii.String("target"), &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String(fmt.Sprintf("service/%s/%s", service.Cluster().Name(), service.Name())),
		MinCapacity:       jsii.Number(s.Min),
		MaxCapacity:       jsii.Number(s.Max),
		// Stated even where nothing is suspended: the provider leaves what is not stated as it is.
		SuspendedState: &appautoscalingtarget.AppautoscalingTargetSuspendedState{
			DynamicScalingInSuspended:  s.Suspends(settings.SuspendScaleIn),
			DynamicScalingOutSuspended: s.Suspends(settings.SuspendScaleOut),
			ScheduledScalingSuspended:  s.Suspends(settings.SuspendSchedules),
		},
		Lifecycle: lifecycle,
	})
}

// below is the same scaling with ids of its own.
func (s *scaling) below(id string) *scaling {
	inner := *s
	inner.scope = constructs.NewConstruct(s.scope, &id)
	return &inner
}

// track makes a target-tracking policy. Its ids come from the scalable target, so that it is made after it.
func (s *scaling) track(id string, value float64, pace settings.Pace, metric trackedMetric) {
	s.trackAs(id, id, value, pace, metric)
}

func (s *scaling) trackAs(id, name string, value float64, pace settings.Pace, metric trackedMetric) {
	tracking := &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration{
		TargetValue:      &value,
		DisableScaleIn:   !pace.ScaleIn,
		ScaleInCooldown:  jsii.Number(pace.ScaleInCooldown.Seconds()),
		ScaleOutCooldown: jsii.Number(pace.ScaleOutCooldown.Seconds()),
	}
	metric(tracking)
	config := s.policy(name + "-target-tracking")
	config.PolicyType = jsii.String("TargetTrackingScaling")
	config.TargetTrackingScalingPolicyConfiguration = tracking
	appautoscalingpolicy.NewAppautoscalingPolicy(s.scope, &id, config)
}

func (s *scaling) policy(name string) *appautoscalingpolicy.AppautoscalingPolicyConfig {
	return &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:              &name,
		ServiceNamespace:  s.target.ServiceNamespace(),
		ScalableDimension: s.target.ScalableDimension(),
		ResourceId:        s.target.ResourceId(),
		Lifecycle:         replacedWith(s.target),
	}
}

// schedule moves the target's limits at its times.
func (s *scaling) schedule(name string, at settings.Schedule) {
	config := &appautoscalingscheduledaction.AppautoscalingScheduledActionConfig{
		Name:              &name,
		ServiceNamespace:  s.target.ServiceNamespace(),
		ScalableDimension: s.target.ScalableDimension(),
		ResourceId:        s.target.ResourceId(),
		Schedule:          jsii.String(at.Expression()),
		Timezone:          &at.TimeZone,
		ScalableTargetAction: &appautoscalingscheduledaction.AppautoscalingScheduledActionScalableTargetAction{
			MinCapacity: jsii.String(fmt.Sprint(at.Min)), MaxCapacity: jsii.String(fmt.Sprint(at.Max)),
		},
		Lifecycle: replacedWith(s.target),
	}
	if at.Start != "" {
		config.StartTime = jsii.String(inUTC(at.Start))
	}
	if at.End != "" {
		config.EndTime = jsii.String(inUTC(at.End))
	}
	appautoscalingscheduledaction.NewAppautoscalingScheduledAction(s.scope, &name, config)
}

// inUTC is how AWS tells a time back; written otherwise, every plan would change it.
func inUTC(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // the settings were checked
	}
	return t.UTC().Format(time.RFC3339)
}

// replacedWith makes a resource go and come back with another: AWS deletes a service's scalable target with the
// service, and a target's policies and schedules with the target, without Terraform's knowing
// (hashicorp/terraform-provider-aws #9473).
func replacedWith(other cdktf.TerraformResource) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{expression.Address(other) + ".id"}}
}
