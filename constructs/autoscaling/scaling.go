// Package autoscaling lets Application Auto Scaling change the number of tasks of an ECS service.
package autoscaling

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

	"webapp/constructs/ecs"
	"webapp/internal/expression"
	"webapp/settings"
)

// ScalingProps are the properties of a Scaling.
type ScalingProps struct {
	// Name begins the names of the alarms of step policies. It must be unique in the account and region.
	Name     string
	Service  *ecs.Service
	Settings settings.Scaling
}

// Scaling is the scalable target of a service, with its policies and schedules.
type Scaling struct {
	scope    constructs.Construct
	name     string
	service  *ecs.Service
	settings settings.Scaling
	target   target
}

// target is what policies and schedules say of the scalable target that they belong to. The texts come from it, so that
// Terraform creates it first.
type target struct {
	serviceNamespace, scalableDimension, resourceID *string
	lifecycle                                       *cdktf.TerraformResourceLifecycle
}

// NewScaling registers the service as a scalable target, and creates its policies and schedules:
//
//	metrics → policies (target tracking; steps with their alarms) → scalable target → service
//	                              schedules → the target's min and max ↗
func NewScaling(scope constructs.Construct, id string, props ScalingProps) *Scaling {
	scope = constructs.NewConstruct(scope, &id)
	s := &Scaling{scope: scope, name: props.Name, service: props.Service, settings: props.Settings,
		target: newTarget(scope, props)}
	// The user chooses the names of metrics, steps and schedules. Each kind has a scope of its own, so that no name
	// collides with another kind's.
	policies := props.Settings.Policies()
	metrics := s.nested("metrics", slices.ContainsFunc(policies.Targets,
		func(t settings.TargetPolicy) bool { return t.Metric != nil }))
	steps := s.nested("steps", slices.ContainsFunc(policies.Steps,
		func(p settings.StepPolicy) bool { return !p.IsBurst }))
	schedules := s.nested("schedules", len(props.Settings.Schedules) > 0)
	for _, target := range policies.Targets {
		if target.Metric != nil {
			metrics.addTargetTracking(target)
		} else {
			s.addTargetTracking(target)
		}
	}
	for _, policy := range policies.Steps {
		if policy.IsBurst {
			s.addSteps(policy, policy.Name, fmt.Sprintf("A minute of overload: adds %d %% more tasks to %s",
				policy.Steps[0].Change, s.name))
		} else {
			steps.addSteps(policy, policy.Name+"-steps",
				fmt.Sprintf("Changes the number of tasks of %s in steps", s.name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(props.Settings.Schedules)) {
		schedules.addSchedule(name, *props.Settings.Schedules[name])
	}
	return s
}

func newTarget(scope constructs.Construct, props ScalingProps) target {
	s, service := props.Settings, props.Service
	lifecycle := replaceWith(service.Resource())
	if len(s.Schedules) > 0 {
		// A schedule changes the target's min and max when it runs. Without this, the next apply would undo that.
		lifecycle.IgnoreChanges = jsii.Strings("min_capacity", "max_capacity")
	}
	config := &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String(fmt.Sprintf("service/%s/%s", service.Cluster().Name(), service.Name())),
		MinCapacity:       jsii.Number(s.Min),
		MaxCapacity:       jsii.Number(s.Max),
		// Always set, because the provider leaves AWS's value alone where the block is missing.
		SuspendedState: &appautoscalingtarget.AppautoscalingTargetSuspendedState{
			DynamicScalingInSuspended:  s.Suspends(settings.SuspendScaleIn),
			DynamicScalingOutSuspended: s.Suspends(settings.SuspendScaleOut),
			ScheduledScalingSuspended:  s.Suspends(settings.SuspendSchedules),
		},
		Lifecycle: lifecycle,
	}
	resource := appautoscalingtarget.NewAppautoscalingTarget(scope, jsii.String("target"), config)
	return target{resource.ServiceNamespace(), resource.ScalableDimension(), resource.ResourceId(), replaceWith(resource)}
}

// nested returns the same scaling with a child scope, nil where it is not used.
func (s *Scaling) nested(id string, used bool) *Scaling {
	if !used {
		return nil
	}
	inner := *s
	inner.scope = constructs.NewConstruct(s.scope, &id)
	return &inner
}

// policy returns the properties that all policies have.
func (s *Scaling) policy(name string) *appautoscalingpolicy.AppautoscalingPolicyConfig {
	return &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:              &name,
		ServiceNamespace:  s.target.serviceNamespace,
		ScalableDimension: s.target.scalableDimension,
		ResourceId:        s.target.resourceID,
		Lifecycle:         s.target.lifecycle,
	}
}

// addSchedule creates an action that sets the target's min and max at its times.
func (s *Scaling) addSchedule(name string, at settings.Schedule) {
	config := &appautoscalingscheduledaction.AppautoscalingScheduledActionConfig{
		Name:              &name,
		ServiceNamespace:  s.target.serviceNamespace,
		ScalableDimension: s.target.scalableDimension,
		ResourceId:        s.target.resourceID,
		Schedule:          jsii.String(at.Expression()),
		Timezone:          &at.TimeZone,
		ScalableTargetAction: &appautoscalingscheduledaction.AppautoscalingScheduledActionScalableTargetAction{
			MinCapacity: jsii.String(fmt.Sprint(at.Min)), MaxCapacity: jsii.String(fmt.Sprint(at.Max)),
		},
		Lifecycle: s.target.lifecycle,
	}
	if at.Start != "" {
		config.StartTime = jsii.String(inUTC(at.Start))
	}
	if at.End != "" {
		config.EndTime = jsii.String(inUTC(at.End))
	}
	appautoscalingscheduledaction.NewAppautoscalingScheduledAction(s.scope, &name, config)
}

// inUTC converts a time to UTC, as AWS returns it. In any other form, every plan would show a change.
func inUTC(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // the settings were checked
	}
	return t.UTC().Format(time.RFC3339)
}

// replaceWith replaces a resource whenever the other one is replaced. AWS deletes a scalable target together with its
// service, and policies and schedules together with their target, but Terraform does not know that.
// Source: hashicorp/terraform-provider-aws #9473.
func replaceWith(other cdktf.TerraformResource) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{expression.Address(other) + ".id"}}
}
