package autoscaling

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	policies "github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"webapp/constructs/ecs"
	"webapp/internal/expression"
	"webapp/settings"
)

// adjustmentTypes are AWS's names for what a step's change means.
var adjustmentTypes = map[settings.Adjustment]string{
	settings.AdjustTasks: "ChangeInCapacity", settings.AdjustPercent: "PercentChangeInCapacity",
	settings.AdjustExact: "ExactCapacity",
}

// addSteps creates a step policy and the alarm that runs it.
func (s *Scaling) addSteps(steps settings.StepPolicy, name, description string) {
	scope := constructs.NewConstruct(s.scope, &steps.Name)
	metric := s.service.PolicyMetric(steps.On, steps.Metric)
	adjustment := &policies.AppautoscalingPolicyStepScalingPolicyConfiguration{
		AdjustmentType:        jsii.String(adjustmentTypes[steps.Adjustment]),
		Cooldown:              jsii.Number(steps.Cooldown.Seconds()),
		MetricAggregationType: jsii.String("Average"),
		StepAdjustment:        stepAdjustments(steps, metric),
	}
	if metric.Statistic == "Minimum" || metric.Statistic == "Maximum" {
		adjustment.MetricAggregationType = &metric.Statistic
	}
	if steps.Adjustment == settings.AdjustPercent {
		adjustment.MinAdjustmentMagnitude = jsii.Number(steps.AtLeast)
	}
	config := s.policy(name)
	config.PolicyType = jsii.String("StepScaling")
	config.StepScalingPolicyConfiguration = adjustment
	policy := policies.NewAppautoscalingPolicy(scope, jsii.String("policy"), config)

	comparison := "GreaterThanOrEqualToThreshold"
	if steps.Below {
		comparison = "LessThanOrEqualToThreshold"
	}
	alarm := &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(s.name + "-" + name),
		AlarmDescription:   &description,
		ComparisonOperator: &comparison,
		Threshold:          jsii.Number(metric.Value(steps.Steps[0].At)),
		EvaluationPeriods:  jsii.Number(steps.Minutes),
		TreatMissingData:   jsii.String(string(steps.MissingData)),
		AlarmActions:       jsii.Strings(*policy.Arn()),
	}
	if math := s.service.PolicyMath(steps.On, steps.Metric); math != nil {
		alarm.MetricQuery = math.AlarmQueries(labels[steps.On], period)
	} else {
		alarm.Namespace, alarm.MetricName, alarm.Statistic = &metric.Namespace, &metric.Name, &metric.Statistic
		alarm.Dimensions, alarm.Period = expression.Texts(metric.Dimensions), jsii.Number(period)
	}
	cloudwatchmetricalarm.NewCloudwatchMetricAlarm(scope, jsii.String("alarm"), alarm)
}

// period is that of the alarms, in seconds.
const period = 60

type stepAdjustment = policies.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment

// stepAdjustments converts steps to AWS's form, where a step's bounds are relative to the alarm's threshold: the value
// of the first step. Each step reaches to the next one, and the last has no end.
func stepAdjustments(s settings.StepPolicy, m ecs.Metric) []*stepAdjustment {
	bound := func(i int) *string {
		if i == len(s.Steps) {
			return nil
		}
		// Nine digits are enough for any metric, and hide the error of binary fractions, as in 0.3 - 0.1.
		exact := m.Value(s.Steps[i].At) - m.Value(s.Steps[0].At)
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(exact, 'g', 9, 64), 64)
		if err != nil {
			panic(err) // it was formatted as a number
		}
		return jsii.String(strconv.FormatFloat(rounded, 'f', -1, 64))
	}
	var all []*stepAdjustment
	for i, step := range s.Steps {
		adjustment := &stepAdjustment{
			ScalingAdjustment:        jsii.Number(step.Change),
			MetricIntervalLowerBound: bound(i), MetricIntervalUpperBound: bound(i + 1),
		}
		if s.Below {
			adjustment.MetricIntervalLowerBound, adjustment.MetricIntervalUpperBound = bound(i+1), bound(i)
		}
		all = append(all, adjustment)
	}
	return all
}
