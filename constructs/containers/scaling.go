package containers

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// NewScaling lets Application Auto Scaling choose the service's number of tasks: a scalable target with the limits, and
// a policy for each metric to track.
func NewScaling(scope constructs.Construct, id string, service *Service, s settings.Scaling) {
	scope = constructs.NewConstruct(scope, &id)
	target := appautoscalingtarget.NewAppautoscalingTarget(scope, jsii.String("target"), &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String(fmt.Sprintf("service/%s/%s", service.Cluster().Name(), service.Name())),
		MinCapacity:       jsii.Number(s.Min),
		MaxCapacity:       jsii.Number(s.Max),
		Lifecycle:         replacedWith(service.resource),
	})
	if s.CPU != nil {
		track(scope, "cpu", target, "ECSServiceAverageCPUUtilization", *s.CPU)
	}
	if s.Memory != nil {
		track(scope, "memory", target, "ECSServiceAverageMemoryUtilization", *s.Memory)
	}
}

// track makes a target-tracking policy. Its ids come from the scalable target, so that it is made after it.
func track(scope constructs.Construct, id string, target appautoscalingtarget.AppautoscalingTarget, metric string, s settings.TargetTracking) {
	appautoscalingpolicy.NewAppautoscalingPolicy(scope, &id, &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:              jsii.String(id + "-target-tracking"),
		PolicyType:        jsii.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace(),
		ScalableDimension: target.ScalableDimension(),
		ResourceId:        target.ResourceId(),
		TargetTrackingScalingPolicyConfiguration: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration{
			TargetValue: &s.Percent,
			PredefinedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
				PredefinedMetricType: &metric,
			},
		},
		Lifecycle: replacedWith(target),
	})
}

// replacedWith makes a resource go and come back with another: AWS deletes a service's scalable target with the service,
// and a target's policies with the target, without Terraform's knowing (hashicorp/terraform-provider-aws #9473).
func replacedWith(other cdktf.TerraformResource) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{expression.Address(other) + ".id"}}
}
