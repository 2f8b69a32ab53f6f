package ecs

import (
	"fmt"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"webapp/internal/expression"
	"webapp/settings"
)

// burst adds tasks after one minute of overload.
func (s *scaling) burst(b settings.Burst) {
	s.stepAs("burst", "burst", settings.StepScaling{
		On: b.On, When: "above", Steps: []settings.Step{{At: b.Threshold, Change: b.Percent}}, Adjustment: "percent", AtLeast: 1,
		Minutes: 1, MissingData: "missing", Cooldown: b.Cooldown,
	}, fmt.Sprintf("A minute of overload: adds %d %% more tasks to %s", b.Percent, s.name))
}

// steps makes a step policy by a name of the user's.
func (s *scaling) steps(name string, steps settings.StepScaling) {
	s.stepAs(name, name+"-steps", steps, fmt.Sprintf("Changes the number of tasks of %s in steps", s.name))
}

// adjustments are AWS's names for what a step's change is.
var adjustments = map[string]string{"tasks": "ChangeInCapacity", "percent": "PercentChangeInCapacity", "exact": "ExactCapacity"}

// stepAs makes a step policy and the alarm that sets it off.
func (s *scaling) stepAs(id, name string, steps settings.StepScaling, description string) {
	scope := constructs.NewConstruct(s.scope, &id)
	metric := s.service.MetricOfSteps(steps)
	config := s.policy(name)
	config.PolicyType = jsii.String("StepScaling")
	policy := &appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfiguration{
		AdjustmentType:        jsii.String(adjustments[steps.Adjustment]),
		Cooldown:              jsii.Number(steps.Cooldown.Seconds()),
		MetricAggregationType: jsii.String("Average"),
		StepAdjustment:        intervals(steps, metric),
	}
	if metric.Statistic == "Minimum" || metric.Statistic == "Maximum" {
		policy.MetricAggregationType = &metric.Statistic
	}
	if steps.Adjustment == "percent" {
		policy.MinAdjustmentMagnitude = jsii.Number(steps.AtLeast)
	}
	config.StepScalingPolicyConfiguration = policy
	made := appautoscalingpolicy.NewAppautoscalingPolicy(scope, jsii.String("policy"), config)

	comparison := "GreaterThanOrEqualToThreshold"
	if steps.Below() {
		comparison = "LessThanOrEqualToThreshold"
	}
	cloudwatchmetricalarm.NewCloudwatchMetricAlarm(scope, jsii.String("alarm"), &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(s.name + "-" + name),
		AlarmDescription:   &description,
		Namespace:          &metric.Namespace,
		MetricName:         &metric.Name,
		Statistic:          &metric.Statistic,
		Dimensions:         expression.Texts(metric.Dimensions),
		ComparisonOperator: &comparison,
		Threshold:          jsii.Number(metric.Value(steps.Steps[0].At)),
		Period:             jsii.Number(60),
		EvaluationPeriods:  jsii.Number(steps.Minutes),
		TreatMissingData:   &steps.MissingData,
		AlarmActions:       jsii.Strings(*made.Arn()),
	})
}

// intervals are the steps as distances from the alarm's threshold, which is the first of them. Each reaches to the
// next.
func intervals(s settings.StepScaling, m Metric) []*appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment {
	distance := func(i int) *string {
		if i == len(s.Steps) {
			return nil
		}
		// Nine digits are enough for any metric, and free of what binary fractions leave behind: 0.3 - 0.1.
		exact := m.Value(s.Steps[i].At) - m.Value(s.Steps[0].At)
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(exact, 'g', 9, 64), 64)
		if err != nil {
			panic(err)
		}
		return jsii.String(strconv.FormatFloat(rounded, 'f', -1, 64))
	}
	var all []*appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment
	for i, step := range s.Steps {
		adjustment := &appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment{
			ScalingAdjustment:        jsii.Number(step.Change),
			MetricIntervalLowerBound: distance(i), MetricIntervalUpperBound: distance(i + 1),
		}
		if s.Below() {
			adjustment.MetricIntervalLowerBound, adjustment.MetricIntervalUpperBound = distance(i+1), distance(i)
		}
		all = append(all, adjustment)
	}
	return all
}
