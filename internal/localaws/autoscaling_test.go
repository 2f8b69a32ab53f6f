package localaws

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const (
	scaled = "service/web/web"
	byTask = scalingtypes.ScalableDimensionECSServiceDesiredCount
	ofECS  = scalingtypes.ServiceNamespaceEcs
)

func (s *liveSite) scaling() *scaling.Client { return scaling.NewFromConfig(s.cfg) }

func (s *liveSite) setLimits(fewest, most int32, suspended bool) {
	s.t.Helper()
	try(s.scaling().RegisterScalableTarget(s.t.Context(), &scaling.RegisterScalableTargetInput{
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled), ScalableDimension: byTask,
		MinCapacity: &fewest, MaxCapacity: &most,
		SuspendedState: &scalingtypes.SuspendedState{
			DynamicScalingInSuspended: &suspended, DynamicScalingOutSuspended: &suspended,
		},
	}))(s.t)
}

// trackCPU has the service keep its CPU at 50 percent.
func (s *liveSite) trackCPU(target float64) {
	s.t.Helper()
	try(s.scaling().PutScalingPolicy(s.t.Context(), &scaling.PutScalingPolicyInput{
		PolicyName: aws.String("cpu-target-tracking"), PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled), ScalableDimension: byTask,
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: &target, ScaleInCooldown: aws.Int32(60), ScaleOutCooldown: aws.Int32(60),
			PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
				PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization,
			},
		},
	}))(s.t)
}

func (s *liveSite) activities() []scalingtypes.ScalingActivity {
	s.t.Helper()
	return try(s.scaling().DescribeScalingActivities(s.t.Context(), &scaling.DescribeScalingActivitiesInput{
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled),
	}))(s.t).ScalingActivities
}

// trackingAlarms returns the alarms of target-tracking policies.
func (s *liveSite) trackingAlarms() map[string]cloudwatchtypes.MetricAlarm {
	s.t.Helper()
	all := map[string]cloudwatchtypes.MetricAlarm{}
	for _, a := range try(s.cloudWatch().DescribeAlarms(s.t.Context(), &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String("TargetTracking-" + scaled),
	}))(s.t).MetricAlarms {
		kind := "high"
		if strings.Contains(*a.AlarmName, "AlarmLow") {
			kind = "low"
		}
		if _, twice := all[kind]; twice {
			s.t.Errorf("there are two alarms for %s", kind)
		}
		all[kind] = a
	}
	return all
}

func (s *liveSite) wantCause(pattern string) {
	s.t.Helper()
	for _, a := range s.activities() {
		if regexp.MustCompile("^" + pattern + "$").MatchString(*a.Cause) {
			return
		}
	}
	s.t.Errorf("no activity was caused by %s: %+v", pattern, s.status().Activities)
}

func TestTargetTrackingFollowsTheLoad(t *testing.T) {
	t.Parallel()
	w := &work{}
	s := startSiteOn(t, inline{w})
	s.await("v1", s.deployed("v1"))
	s.setLimits(1, 6, true)
	s.trackCPU(40)
	s.trackCPU(50) // the change leaves no alarms of the earlier policy
	high, low := s.trackingAlarms()["high"], s.trackingAlarms()["low"]
	if *high.MetricName != "CPUUtilization" || *high.Threshold != 50 || *high.EvaluationPeriods != 3 ||
		*low.Threshold != 45 || *low.EvaluationPeriods != 15 || len(high.Dimensions) != 2 {
		t.Errorf("the alarms are %+v and %+v", high, low)
	}

	w.milliCPU.Store(600) // more than 2 tasks can do; 48 % of 5
	s.eventually("the high alarm", func() bool {
		return s.trackingAlarms()["high"].StateValue == cloudwatchtypes.StateValueAlarm
	})
	if got := s.activities(); len(got) != 0 {
		t.Errorf("a suspended service has scaled: %v", got)
	}
	s.setLimits(1, 6, false)
	s.await("5 tasks", func(service ecstypes.Service) bool { return service.RunningCount == 5 })
	s.wantCause("monitor alarm TargetTracking-service/web/web-AlarmHigh-.* in state ALARM triggered policy " +
		"cpu-target-tracking")
	s.eventually("the end of the activity", func() bool {
		a := s.activities()[0]
		return a.StatusCode == scalingtypes.ScalingActivityStatusCodeSuccessful && a.EndTime != nil &&
			*a.Description == "Setting desired count to 5."
	})

	w.milliCPU.Store(0)
	s.await("fewer tasks", func(service ecstypes.Service) bool { return service.RunningCount < 5 })
	s.wantCause("monitor alarm TargetTracking-service/web/web-AlarmLow-.* in state ALARM triggered policy " +
		"cpu-target-tracking")
	try(s.scaling().DeleteScalingPolicy(t.Context(), &scaling.DeleteScalingPolicyInput{
		PolicyName: aws.String("cpu-target-tracking"), ServiceNamespace: ofECS, ResourceId: aws.String(scaled),
		ScalableDimension: byTask,
	}))(t)
	if left := s.trackingAlarms(); len(left) != 0 {
		t.Errorf("the policy has left %v", left)
	}
}

func TestLimitsMoveTheTasks(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.await("v1", s.deployed("v1"))
	s.setLimits(3, 6, false)
	if got := s.describe().DesiredCount; got != 3 {
		t.Errorf("%d tasks are desired after the minimum was set to 3", got)
	}
	s.wantCause("minimum capacity was set to 3")
	s.setLimits(1, 2, false)
	if got := s.describe().DesiredCount; got != 2 {
		t.Errorf("%d tasks are desired after the maximum was set to 2", got)
	}
	s.wantCause("maximum capacity was set to 2")

	try(s.scaling().PutScheduledAction(t.Context(), &scaling.PutScheduledActionInput{
		ScheduledActionName: aws.String("rush-hour"), Schedule: aws.String("rate(2 minutes)"),
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled), ScalableDimension: byTask,
		ScalableTargetAction: &scalingtypes.ScalableTargetAction{MinCapacity: aws.Int32(4), MaxCapacity: aws.Int32(8)},
	}))(t)
	s.await("4 tasks", func(service ecstypes.Service) bool { return service.RunningCount == 4 })
	s.wantCause("scheduled action name rush-hour was triggered")
	s.wantCause("minimum capacity was set to 4")
	target := try(s.scaling().DescribeScalableTargets(t.Context(), &scaling.DescribeScalableTargetsInput{
		ServiceNamespace: ofECS,
	}))(t).ScalableTargets[0]
	if *target.MinCapacity != 4 || *target.MaxCapacity != 8 {
		t.Errorf("the limits are %d and %d, want 4 and 8", *target.MinCapacity, *target.MaxCapacity)
	}
}

func TestStepsFollowTheirAlarm(t *testing.T) {
	t.Parallel()
	w := &work{}
	s := startSiteOn(t, inline{w})
	s.await("v1", s.deployed("v1"))
	s.setLimits(1, 6, false)
	policy := try(s.scaling().PutScalingPolicy(t.Context(), &scaling.PutScalingPolicyInput{
		PolicyName: aws.String("burst"), PolicyType: scalingtypes.PolicyTypeStepScaling,
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled), ScalableDimension: byTask,
		StepScalingPolicyConfiguration: &scalingtypes.StepScalingPolicyConfiguration{
			AdjustmentType: scalingtypes.AdjustmentTypePercentChangeInCapacity, Cooldown: aws.Int32(300),
			StepAdjustments: []scalingtypes.StepAdjustment{{
				MetricIntervalLowerBound: aws.Float64(0), ScalingAdjustment: aws.Int32(100),
			}},
		},
	}))(t).PolicyARN
	try(s.cloudWatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("shop-burst"), Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"),
		Dimensions: []cloudwatchtypes.Dimension{
			{Name: aws.String("ClusterName"), Value: aws.String("web")},
			{Name: aws.String("ServiceName"), Value: aws.String("web")},
		},
		Statistic: cloudwatchtypes.StatisticAverage, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
		Threshold: aws.Float64(85), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
		AlarmActions: []string{*policy},
	}))(t)
	w.milliCPU.Store(480)
	s.await("4 tasks", func(service ecstypes.Service) bool { return service.RunningCount == 4 })
	s.wantCause("monitor alarm shop-burst in state ALARM triggered policy burst")
}
