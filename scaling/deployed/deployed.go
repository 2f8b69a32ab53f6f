// Package deployed reads from AWS how a deployed service scales, so that it can be simulated.
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
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/awsread"
	"webapp/scaling/rules"
	"webapp/settings"
)

// Read returns the plan of a service's scalable target, policies, alarms and scheduled actions. It does not read the
// alarms of target-tracking policies: AWS creates and changes them, and rules.Assumptions describe them.
//
// Policies that package rules does not know are left out of the plan. The notes say which, and why.
func Read(ctx context.Context, cfg aws.Config, cluster, service string) (plan rules.Plan, notes []string, err error) {
	r := awsread.New(ctx, cfg)
	plan, notes = read(r, cluster, service)
	if err := r.Err(); err != nil {
		return rules.Plan{}, nil, fmt.Errorf("reading how %s/%s scales: %w", cluster, service, err)
	}
	return plan.Sorted(), notes, nil
}

func read(r *awsread.Reader, cluster, service string) (plan rules.Plan, notes []string) {
	found := r.Service(cluster, service)
	if found == nil {
		r.Fail("the service does not exist")
		return plan, nil
	}
	count := int(found.DesiredCount)
	target := r.ScalableTarget(cluster, service)
	if target == nil {
		return rules.Plan{Min: count, Max: count, Initial: count}, nil
	}
	plan = rules.Plan{
		Min: int(aws.ToInt32(target.MinCapacity)), Max: int(aws.ToInt32(target.MaxCapacity)), Initial: count,
	}
	if s := target.SuspendedState; s != nil {
		plan.Suspended = rules.Suspended{
			ScaleIn:   aws.ToBool(s.DynamicScalingInSuspended),
			ScaleOut:  aws.ToBool(s.DynamicScalingOutSuspended),
			Schedules: aws.ToBool(s.ScheduledScalingSuspended),
		}
	}
	for _, policy := range r.ScalingPolicies(cluster, service) {
		var alarms []cloudwatchtypes.MetricAlarm
		if policy.StepScalingPolicyConfiguration != nil {
			alarms = r.AlarmsWithAction(aws.ToString(policy.PolicyARN))
		}
		notes = append(notes, add(&plan, policy, alarms)...)
	}
	for _, action := range r.ScheduledActions(cluster, service) {
		plan.Schedules = append(plan.Schedules, schedule(action))
	}
	return plan, notes
}

// add adds a policy to a plan, a step policy with each alarm that calls it, and notes what it leaves out.
func add(plan *rules.Plan, policy scalingtypes.ScalingPolicy, alarms []cloudwatchtypes.MetricAlarm) (notes []string) {
	leaveOut := func(why string) {
		notes = append(notes, fmt.Sprintf("the policy %s is left out: %s", aws.ToString(policy.PolicyName), why))
	}
	switch {
	case policy.TargetTrackingScalingPolicyConfiguration != nil:
		t, err := tracking(policy)
		if err != nil {
			leaveOut(err.Error())
			break
		}
		plan.Tracking = append(plan.Tracking, t)
	case policy.StepScalingPolicyConfiguration != nil:
		// A policy without an alarm is never called, and so not part of the plan.
		for _, alarm := range alarms {
			s, err := steps(policy, alarm)
			if err != nil {
				leaveOut(fmt.Sprintf("its alarm %s has %v", aws.ToString(alarm.AlarmName), err))
				continue
			}
			plan.Steps = append(plan.Steps, s)
		}
	case policy.PolicyType == scalingtypes.PolicyTypePredictiveScaling:
		leaveOut("it adds tasks by a forecast that only AWS can make, so that the service would have as many tasks as in " +
			"the simulation, or more")
	default:
		leaveOut(fmt.Sprintf("its kind, %s, is not known", policy.PolicyType))
	}
	return notes
}

// defaultCooldown is AWS's for an ECS service, where a policy has none.
// Source: Application Auto Scaling user guide, "Define cooldown periods".
const defaultCooldown = 300

func seconds(n *int32) time.Duration {
	if n == nil {
		return defaultCooldown * time.Second
	}
	return time.Duration(*n) * time.Second
}

// PolicyName returns the name that a plan has for a policy: that of the settings, without what the construct adds.
func PolicyName(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, "-target-tracking"), "-steps")
}

func tracking(policy scalingtypes.ScalingPolicy) (rules.Tracking, error) {
	c := policy.TargetTrackingScalingPolicyConfiguration
	t := rules.Tracking{
		Name:             PolicyName(aws.ToString(policy.PolicyName)),
		ScaleIn:          !aws.ToBool(c.DisableScaleIn),
		ScaleInCooldown:  seconds(c.ScaleInCooldown),
		ScaleOutCooldown: seconds(c.ScaleOutCooldown),
	}
	switch p, m := c.PredefinedMetricSpecification, c.CustomizedMetricSpecification; {
	case p != nil:
		name, fine := strings.CutSuffix(string(p.PredefinedMetricType), "HighResolution")
		kind, ok := predefined[scalingtypes.MetricType(name)]
		if !ok || fine && kind == settings.Requests {
			return t, fmt.Errorf("the metric %s is not known", p.PredefinedMetricType)
		}
		t.Metric = rules.Metric{Kind: kind, HighResolution: fine}
	case m != nil && m.MetricName != nil:
		t.Metric = metric(aws.ToString(m.Namespace), *m.MetricName)
	default:
		kind, ok := settings.MetricKind(""), false
		if m != nil {
			kind, ok = computed(partsOf(asOfAlarm(m.Metrics)))
		}
		if !ok {
			return t, errors.New("its metric math is not simulated, " + simulatedMath)
		}
		t.Metric = rules.Metric{Kind: kind}
	}
	t.Target = inUnit(t.Metric, aws.ToFloat64(c.TargetValue))
	return t, nil
}

// predefined are the metrics that AWS has names for. Those of high resolution, which the SDK does not know yet, end in
// "HighResolution".
// Source: ECS developer guide, "Faster auto scaling with high-resolution metrics".
var predefined = map[scalingtypes.MetricType]settings.MetricKind{
	scalingtypes.MetricTypeECSServiceAverageCPUUtilization:    settings.CPU,
	scalingtypes.MetricTypeECSServiceAverageMemoryUtilization: settings.Memory,
	scalingtypes.MetricTypeALBRequestCountPerTarget:           settings.Requests,
}

// metric recognizes the metrics that every service has.
func metric(namespace, name string) rules.Metric {
	kind, ok := map[string]settings.MetricKind{
		"AWS/ECS CPUUtilization":                   settings.CPU,
		"AWS/ECS MemoryUtilization":                settings.Memory,
		"AWS/ApplicationELB RequestCountPerTarget": settings.Requests,
		"AWS/ApplicationELB TargetResponseTime":    settings.ResponseTime,
	}[namespace+" "+name]
	if !ok {
		return rules.Metric{Kind: rules.Custom, Name: name}
	}
	return rules.Metric{Kind: kind}
}

// Factor is how many of a plan's units make one of CloudWatch's, which has response times in seconds.
func Factor(m rules.Metric) float64 {
	if m.Kind == settings.ResponseTime {
		return 1000
	}
	return 1
}

// inUnit converts a value of CloudWatch to the unit of a plan.
func inUnit(m rules.Metric, value float64) float64 {
	factor := Factor(m)
	if factor == 1 || math.IsInf(value, 0) {
		return value
	}
	// Rounded, since binary fractions would leave a remainder.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value*factor, 'g', 12, 64), 64)
	if err != nil {
		return value * factor
	}
	return rounded
}

func steps(policy scalingtypes.ScalingPolicy, alarm cloudwatchtypes.MetricAlarm) (rules.Steps, error) {
	c := policy.StepScalingPolicyConfiguration
	name := PolicyName(aws.ToString(policy.PolicyName))
	s := rules.Steps{
		Name: name, Cooldown: seconds(c.Cooldown), AtLeast: max(int(aws.ToInt32(c.MinAdjustmentMagnitude)), 1),
	}
	period := aws.ToInt32(alarm.Period)
	if alarm.MetricName != nil {
		s.Metric = metric(aws.ToString(alarm.Namespace), *alarm.MetricName)
	} else {
		kind, ok := computed(partsOf(alarm.Metrics))
		if !ok {
			return s, errors.New("metric math that is not simulated, " + simulatedMath)
		}
		s.Metric, period = rules.Metric{Kind: kind}, periodOf(alarm.Metrics)
	}
	switch c.AdjustmentType {
	case scalingtypes.AdjustmentTypeChangeInCapacity:
		s.Adjustment = settings.AdjustTasks
	case scalingtypes.AdjustmentTypePercentChangeInCapacity:
		s.Adjustment = settings.AdjustPercent
	case scalingtypes.AdjustmentTypeExactCapacity:
		s.Adjustment = settings.AdjustExact
	}
	periods := int(aws.ToInt32(alarm.EvaluationPeriods))
	s.Alarm = rules.Alarm{
		Threshold: inUnit(s.Metric, aws.ToFloat64(alarm.Threshold)), Periods: periods, Datapoints: periods,
		Missing: settings.MissingData(aws.ToString(alarm.TreatMissingData)),
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
		return s, fmt.Errorf("the comparison %s, which is not simulated", alarm.ComparisonOperator)
	}
	if period != 60 {
		return s, fmt.Errorf("a period of %d seconds, and only 60 are simulated", period)
	}
	for _, adjustment := range c.StepAdjustments {
		step := rules.Step{Lower: math.Inf(-1), Upper: math.Inf(1),
			Change: int(aws.ToInt32(adjustment.ScalingAdjustment))}
		if adjustment.MetricIntervalLowerBound != nil {
			step.Lower = inUnit(s.Metric, *adjustment.MetricIntervalLowerBound)
		}
		if adjustment.MetricIntervalUpperBound != nil {
			step.Upper = inUnit(s.Metric, *adjustment.MetricIntervalUpperBound)
		}
		s.Steps = append(s.Steps, step)
	}
	// In the order of the settings: from the threshold outwards.
	slices.SortFunc(s.Steps, func(a, b rules.Step) int {
		if s.Alarm.Below {
			return cmp.Compare(b.Upper, a.Upper)
		}
		return cmp.Compare(a.Lower, b.Lower)
	})
	return s, nil
}

func schedule(action scalingtypes.ScheduledAction) rules.Schedule {
	s := rules.Schedule{
		Name:       aws.ToString(action.ScheduledActionName),
		Expression: aws.ToString(action.Schedule), TimeZone: aws.ToString(action.Timezone),
		Min: rules.KeepLimit, Max: rules.KeepLimit,
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
