// Package deployed reads back how a service on AWS scales, so that what is simulated is what runs.
package deployed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/scaling"
	"webapp/settings"
)

// Read returns the plan that a service's scalable target, policies, alarms and scheduled actions make. The alarms of
// target-tracking policies are not read: AWS makes and changes them, and scaling.Assumptions say what they are.
func Read(ctx context.Context, cfg aws.Config, cluster, service string) (scaling.Plan, error) {
	plan, err := read(ctx, cfg, cluster, service)
	if err != nil {
		return scaling.Plan{}, fmt.Errorf("reading how %s/%s scales: %w", cluster, service, err)
	}
	return plan.Sorted(), nil
}

func read(ctx context.Context, cfg aws.Config, cluster, service string) (scaling.Plan, error) {
	found, err := ecs.NewFromConfig(cfg).DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return scaling.Plan{}, err
	}
	if len(found.Services) != 1 {
		return scaling.Plan{}, errors.New("there is no such service")
	}
	count := int(found.Services[0].DesiredCount)
	fixed := scaling.Plan{Min: count, Max: count, Initial: count}

	client := applicationautoscaling.NewFromConfig(cfg)
	id := "service/" + cluster + "/" + service
	targets, err := client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceIds: []string{id},
	})
	if err != nil || len(targets.ScalableTargets) == 0 {
		return fixed, err
	}
	target := targets.ScalableTargets[0]
	plan := scaling.Plan{Min: int(aws.ToInt32(target.MinCapacity)), Max: int(aws.ToInt32(target.MaxCapacity)), Initial: count}
	if s := target.SuspendedState; s != nil {
		plan.Suspended = scaling.Suspended{
			ScaleIn: aws.ToBool(s.DynamicScalingInSuspended), ScaleOut: aws.ToBool(s.DynamicScalingOutSuspended), Schedules: aws.ToBool(s.ScheduledScalingSuspended),
		}
	}
	policies := applicationautoscaling.NewDescribeScalingPoliciesPaginator(client, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
	})
	for policies.HasMorePages() {
		page, err := policies.NextPage(ctx)
		if err != nil {
			return plan, err
		}
		for _, policy := range page.ScalingPolicies {
			if err := add(ctx, cfg, &plan, policy); err != nil {
				return plan, fmt.Errorf("policy %s: %w", aws.ToString(policy.PolicyName), err)
			}
		}
	}
	actions := applicationautoscaling.NewDescribeScheduledActionsPaginator(client, &applicationautoscaling.DescribeScheduledActionsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
	})
	for actions.HasMorePages() {
		page, err := actions.NextPage(ctx)
		if err != nil {
			return plan, err
		}
		for _, action := range page.ScheduledActions {
			plan.Schedules = append(plan.Schedules, schedule(action))
		}
	}
	return plan, nil
}

func add(ctx context.Context, cfg aws.Config, plan *scaling.Plan, policy scalingtypes.ScalingPolicy) error {
	switch {
	case policy.TargetTrackingScalingPolicyConfiguration != nil:
		t, err := tracking(policy)
		plan.Tracking = append(plan.Tracking, t)
		return err
	case policy.StepScalingPolicyConfiguration != nil:
		// A policy without an alarm of its own is never set off.
		alarms, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
			ActionPrefix: policy.PolicyARN, AlarmTypes: []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm},
		})
		if err != nil {
			return err
		}
		for _, alarm := range alarms.MetricAlarms {
			s, err := steps(policy, alarm)
			if err != nil {
				return fmt.Errorf("alarm %s: %w", aws.ToString(alarm.AlarmName), err)
			}
			plan.Steps = append(plan.Steps, s)
		}
		return nil
	}
	return fmt.Errorf("its kind, %s, cannot be simulated", policy.PolicyType)
}

// AWS's default for an ECS service, where a policy gives none.
// Source: Application Auto Scaling user guide, "Define cooldown periods".
const defaultCooldown = 300

func seconds(n *int32) time.Duration {
	if n == nil {
		return defaultCooldown * time.Second
	}
	return time.Duration(*n) * time.Second
}

func tracking(policy scalingtypes.ScalingPolicy) (scaling.Tracking, error) {
	c := policy.TargetTrackingScalingPolicyConfiguration
	t := scaling.Tracking{
		Name:             strings.TrimSuffix(aws.ToString(policy.PolicyName), "-target-tracking"),
		ScaleIn:          !aws.ToBool(c.DisableScaleIn),
		ScaleInCooldown:  seconds(c.ScaleInCooldown),
		ScaleOutCooldown: seconds(c.ScaleOutCooldown),
	}
	switch p, m := c.PredefinedMetricSpecification, c.CustomizedMetricSpecification; {
	case p != nil:
		kind, ok := predefined[p.PredefinedMetricType]
		if !ok {
			return t, fmt.Errorf("the metric %s cannot be simulated", p.PredefinedMetricType)
		}
		t.Metric = scaling.Metric{Kind: kind}
	case m != nil && m.MetricName != nil:
		t.Metric = metric(aws.ToString(m.Namespace), *m.MetricName)
	default:
		return t, errors.New("metric math cannot be simulated")
	}
	t.Target = inUnit(t.Metric, aws.ToFloat64(c.TargetValue))
	return t, nil
}

var predefined = map[scalingtypes.MetricType]string{
	scalingtypes.MetricTypeECSServiceAverageCPUUtilization:    settings.CPU,
	scalingtypes.MetricTypeECSServiceAverageMemoryUtilization: settings.Memory,
	scalingtypes.MetricTypeALBRequestCountPerTarget:           settings.Requests,
}

// metric recognizes those that every service has.
func metric(namespace, name string) scaling.Metric {
	kind, ok := map[string]string{
		"AWS/ECS CPUUtilization":                   settings.CPU,
		"AWS/ECS MemoryUtilization":                settings.Memory,
		"AWS/ApplicationELB RequestCountPerTarget": settings.Requests,
		"AWS/ApplicationELB TargetResponseTime":    settings.ResponseTime,
	}[namespace+" "+name]
	if !ok {
		return scaling.Metric{Kind: scaling.Custom, Name: name}
	}
	return scaling.Metric{Kind: kind}
}

// inUnit turns CloudWatch's value into the plan's unit: response times are in seconds there.
func inUnit(m scaling.Metric, value float64) float64 {
	if m.Kind != settings.ResponseTime || math.IsInf(value, 0) {
		return value
	}
	// Free of what binary fractions leave behind.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value*1000, 'g', 12, 64), 64)
	if err != nil {
		return value * 1000
	}
	return rounded
}

func steps(policy scalingtypes.ScalingPolicy, alarm cloudwatchtypes.MetricAlarm) (scaling.Steps, error) {
	c := policy.StepScalingPolicyConfiguration
	name := strings.TrimSuffix(aws.ToString(policy.PolicyName), "-steps")
	s := scaling.Steps{Name: name, Cooldown: seconds(c.Cooldown), AtLeast: max(int(aws.ToInt32(c.MinAdjustmentMagnitude)), 1)}
	if alarm.MetricName == nil {
		return s, errors.New("metric math cannot be simulated")
	}
	s.Metric = metric(aws.ToString(alarm.Namespace), *alarm.MetricName)
	switch c.AdjustmentType {
	case scalingtypes.AdjustmentTypeChangeInCapacity:
		s.Adjustment = "tasks"
	case scalingtypes.AdjustmentTypePercentChangeInCapacity:
		s.Adjustment = "percent"
	case scalingtypes.AdjustmentTypeExactCapacity:
		s.Adjustment = "exact"
	}
	periods := int(aws.ToInt32(alarm.EvaluationPeriods))
	s.Alarm = scaling.Alarm{
		Threshold: inUnit(s.Metric, aws.ToFloat64(alarm.Threshold)), Periods: periods, Datapoints: periods, Missing: aws.ToString(alarm.TreatMissingData),
	}
	if alarm.DatapointsToAlarm != nil {
		s.Alarm.Datapoints = int(*alarm.DatapointsToAlarm)
	}
	switch alarm.ComparisonOperator {
	case cloudwatchtypes.ComparisonOperatorGreaterThanThreshold:
	case cloudwatchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold:
		s.Alarm.OrEqual = true
	case cloudwatchtypes.ComparisonOperatorLessThanThreshold:
		s.Alarm.Below = true
	case cloudwatchtypes.ComparisonOperatorLessThanOrEqualToThreshold:
		s.Alarm.Below, s.Alarm.OrEqual = true, true
	default:
		return s, fmt.Errorf("its comparison, %s, cannot be simulated", alarm.ComparisonOperator)
	}
	if period := aws.ToInt32(alarm.Period); period != 60 {
		return s, fmt.Errorf("its period of %d seconds cannot be simulated, only one of 60", period)
	}
	for _, adjustment := range c.StepAdjustments {
		step := scaling.Step{Lower: math.Inf(-1), Upper: math.Inf(1), Change: int(aws.ToInt32(adjustment.ScalingAdjustment))}
		if adjustment.MetricIntervalLowerBound != nil {
			step.Lower = inUnit(s.Metric, *adjustment.MetricIntervalLowerBound)
		}
		if adjustment.MetricIntervalUpperBound != nil {
			step.Upper = inUnit(s.Metric, *adjustment.MetricIntervalUpperBound)
		}
		s.Steps = append(s.Steps, step)
	}
	// From the threshold outwards, as settings have them.
	slices.SortFunc(s.Steps, func(a, b scaling.Step) int {
		if s.Alarm.Below {
			return cmp.Compare(b.Upper, a.Upper)
		}
		return cmp.Compare(a.Lower, b.Lower)
	})
	return s, nil
}

func schedule(action scalingtypes.ScheduledAction) scaling.Schedule {
	s := scaling.Schedule{
		Name: aws.ToString(action.ScheduledActionName), Expression: aws.ToString(action.Schedule), TimeZone: aws.ToString(action.Timezone),
		Min: scaling.KeepLimit, Max: scaling.KeepLimit,
	}
	if action.StartTime != nil {
		s.Start = action.StartTime.UTC()
	}
	if action.EndTime != nil {
		s.End = action.EndTime.UTC()
	}
	if limits := action.ScalableTargetAction; limits != nil {
		if limits.MinCapacity != nil {
			s.Min = int(*limits.MinCapacity)
		}
		if limits.MaxCapacity != nil {
			s.Max = int(*limits.MaxCapacity)
		}
	}
	return s
}
