package deployed

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"webapp/scaling/rules"
	"webapp/settings"
)

func predefinedMetric(name string) *scalingtypes.TargetTrackingScalingPolicyConfiguration {
	return &scalingtypes.TargetTrackingScalingPolicyConfiguration{
		TargetValue: aws.Float64(50),
		PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
			PredefinedMetricType: scalingtypes.MetricType(name),
		},
	}
}

// TestPoliciesOfAPlan reads policies of every kind. What is not simulated is noted, and the rest is read.
func TestPoliciesOfAPlan(t *testing.T) {
	tracked := func(m rules.Metric) []rules.Tracking {
		return []rules.Tracking{{
			Name: "web", Metric: m, Target: 50, ScaleIn: true,
			ScaleInCooldown: 5 * time.Minute, ScaleOutCooldown: 5 * time.Minute,
		}}
	}
	stepped := &scalingtypes.StepScalingPolicyConfiguration{AdjustmentType: scalingtypes.AdjustmentTypeChangeInCapacity}
	alarm := func(period int32) cloudwatchtypes.MetricAlarm {
		return cloudwatchtypes.MetricAlarm{
			AlarmName: aws.String("busy"), MetricName: aws.String("CPUUtilization"), Namespace: aws.String("AWS/ECS"),
			Period: aws.Int32(period), EvaluationPeriods: aws.Int32(2), Threshold: aws.Float64(80),
			ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
		}
	}
	math := cloudwatchtypes.MetricAlarm{AlarmName: aws.String("sum")}
	for name, tc := range map[string]struct {
		policy scalingtypes.ScalingPolicy
		alarms []cloudwatchtypes.MetricAlarm
		want   []rules.Tracking
		steps  int
		notes  []string
	}{
		"CPU": {
			policy: scalingtypes.ScalingPolicy{
				TargetTrackingScalingPolicyConfiguration: predefinedMetric("ECSServiceAverageCPUUtilization"),
			},
			want: tracked(rules.Metric{Kind: settings.CPU}),
		},
		"CPU each 20 seconds": {
			policy: scalingtypes.ScalingPolicy{
				TargetTrackingScalingPolicyConfiguration: predefinedMetric("ECSServiceAverageCPUUtilizationHighResolution"),
			},
			want: tracked(rules.Metric{Kind: settings.CPU, HighResolution: true}),
		},
		"memory each 20 seconds": {
			policy: scalingtypes.ScalingPolicy{
				TargetTrackingScalingPolicyConfiguration: predefinedMetric("ECSServiceAverageMemoryUtilizationHighResolution"),
			},
			want: tracked(rules.Metric{Kind: settings.Memory, HighResolution: true}),
		},
		"a metric that comes later": {
			policy: scalingtypes.ScalingPolicy{
				TargetTrackingScalingPolicyConfiguration: predefinedMetric("ALBRequestCountPerTargetHighResolution"),
			},
			notes: []string{
				"the policy web is left out: the metric ALBRequestCountPerTargetHighResolution is not known",
			},
		},
		"metric math": {
			policy: scalingtypes.ScalingPolicy{
				TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
					CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{},
				},
			},
			notes: []string{"the policy web is left out: its metric math is not simulated, " + simulatedMath},
		},
		"messages in a queue for each task, as AWS documents it": {
			policy: backlog("m1 / m2"), want: tracked(rules.Metric{Kind: settings.Backlog}),
		},
		"messages for a service that may have no task": {
			policy: backlog("IF(m2 > 0, m1 / m2, m1 * 26)"), want: tracked(rules.Metric{Kind: settings.Backlog}),
		},
		"messages in another relation": {
			policy: backlog("m2 / m1"),
			notes:  []string{"the policy web is left out: its metric math is not simulated, " + simulatedMath},
		},
		"requests to several ports": {
			policy: ports("r1 + FILL(r2, 0)"), want: tracked(rules.Metric{Kind: settings.Requests}),
		},
		"requests in another relation": {
			policy: ports("r1 / r2"),
			notes:  []string{"the policy web is left out: its metric math is not simulated, " + simulatedMath},
		},
		"steps by the response time of several ports": {
			policy: scalingtypes.ScalingPolicy{StepScalingPolicyConfiguration: stepped},
			alarms: []cloudwatchtypes.MetricAlarm{portsAlarm(60), portsAlarm(300)},
			steps:  1,
			notes: []string{
				"the policy web is left out: its alarm slow has a period of 300 seconds, and only 60 are simulated",
			},
		},
		"predictive": {
			policy: scalingtypes.ScalingPolicy{PolicyType: scalingtypes.PolicyTypePredictiveScaling},
			notes: []string{"the policy web is left out: it adds tasks by a forecast that only AWS can make, so that " +
				"the service would have as many tasks as in the simulation, or more"},
		},
		"steps of several alarms": {
			policy: scalingtypes.ScalingPolicy{StepScalingPolicyConfiguration: stepped},
			alarms: []cloudwatchtypes.MetricAlarm{alarm(300), alarm(60), math},
			steps:  1,
			notes: []string{
				"the policy web is left out: its alarm busy has a period of 300 seconds, and only 60 are simulated",
				"the policy web is left out: its alarm sum has metric math that is not simulated, " + simulatedMath,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.policy.PolicyName = aws.String("web")
			var plan rules.Plan
			notes := add(&plan, tc.policy, tc.alarms)
			if diff := cmp.Diff(tc.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, plan.Tracking); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
			if len(plan.Steps) != tc.steps {
				t.Errorf("steps: got %v, want %d", plan.Steps, tc.steps)
			}
		})
	}
}

// backlog is a policy on the messages of a queue, m1, and the running tasks, m2.
func backlog(expression string) scalingtypes.ScalingPolicy {
	metric := func(id, namespace, name string) scalingtypes.TargetTrackingMetricDataQuery {
		return scalingtypes.TargetTrackingMetricDataQuery{Id: &id, MetricStat: &scalingtypes.TargetTrackingMetricStat{
			Metric: &scalingtypes.TargetTrackingMetric{Namespace: &namespace, MetricName: &name},
		}}
	}
	return scalingtypes.ScalingPolicy{
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: aws.Float64(50),
			CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{
				Metrics: []scalingtypes.TargetTrackingMetricDataQuery{
					metric("m1", "AWS/SQS", "ApproximateNumberOfMessagesVisible"),
					metric("m2", "ECS/ContainerInsights", "RunningTaskCount"),
					{Id: aws.String("e1"), Expression: &expression},
				},
			},
		},
	}
}

// ports is a policy on the requests to two ports, r1 and r2.
func ports(expression string) scalingtypes.ScalingPolicy {
	metric := func(id string) scalingtypes.TargetTrackingMetricDataQuery {
		return scalingtypes.TargetTrackingMetricDataQuery{Id: &id, MetricStat: &scalingtypes.TargetTrackingMetricStat{
			Stat: aws.String("Sum"), Metric: &scalingtypes.TargetTrackingMetric{
				Namespace: aws.String("AWS/ApplicationELB"), MetricName: aws.String("RequestCountPerTarget"),
			},
		}}
	}
	return scalingtypes.ScalingPolicy{
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: aws.Float64(50),
			CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{
				Metrics: []scalingtypes.TargetTrackingMetricDataQuery{
					{Id: aws.String("result"), Expression: &expression}, metric("r1"), metric("r2"),
				},
			},
		},
	}
}

// portsAlarm is an alarm on the response time of two ports, with a period.
func portsAlarm(period int32) cloudwatchtypes.MetricAlarm {
	metric := func(id, statistic string) cloudwatchtypes.MetricDataQuery {
		return cloudwatchtypes.MetricDataQuery{Id: &id, MetricStat: &cloudwatchtypes.MetricStat{
			Stat: &statistic, Period: &period, Metric: &cloudwatchtypes.Metric{
				Namespace: aws.String("AWS/ApplicationELB"), MetricName: aws.String("TargetResponseTime"),
			},
		}}
	}
	return cloudwatchtypes.MetricAlarm{
		AlarmName: aws.String("slow"), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0.5),
		ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
		Metrics: []cloudwatchtypes.MetricDataQuery{
			{Id: aws.String("result"), Expression: aws.String("(FILL(s1, 0) + FILL(s2, 0)) / (FILL(n1, 0) + FILL(n2, 0))")},
			metric("s1", "Sum"), metric("s2", "Sum"), metric("n1", "SampleCount"), metric("n2", "SampleCount"),
		},
	}
}
