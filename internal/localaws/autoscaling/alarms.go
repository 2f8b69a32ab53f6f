package autoscaling

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/metrics"
	"webapp/scaling/rules"
)

// source is what a policy looks at, minute by minute: a metric, or the result of an expression.
type source struct {
	metrics.Query
	math []types.MetricDataQuery
}

// values returns the source's values in the last minutes.
func (s source) values(store *metrics.Store, minute, count int) ([]float64, error) {
	if s.math == nil {
		return store.Values(s.Query, minute, count), nil
	}
	values, err := alarms.Minutes{Store: store, Minute: minute}.Expression(s.math, count)
	if err != nil { // as if there were no data
		values = slices.Repeat([]float64{math.NaN()}, count)
	}
	return values, err
}

// trackedBy is what a target-tracking policy looks at.
func trackedBy(p scalingtypes.ScalingPolicy, cluster, service string) source {
	if m := p.TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification; m != nil && len(m.Metrics) > 0 {
		return source{math: queriesOf(m.Metrics)}
	}
	return source{Query: metricOf(p, cluster, service)}
}

// queriesOf converts metric math from the form of Application Auto Scaling to that of alarms.
func queriesOf(all []scalingtypes.TargetTrackingMetricDataQuery) []types.MetricDataQuery {
	var queries []types.MetricDataQuery
	for _, q := range all {
		one := types.MetricDataQuery{Id: q.Id, Expression: q.Expression, Label: q.Label, ReturnData: q.ReturnData}
		if stat := q.MetricStat; stat != nil {
			metric := &types.Metric{Namespace: stat.Metric.Namespace, MetricName: stat.Metric.MetricName}
			for _, d := range stat.Metric.Dimensions {
				metric.Dimensions = append(metric.Dimensions, types.Dimension{Name: d.Name, Value: d.Value})
			}
			one.MetricStat = &types.MetricStat{Metric: metric, Stat: stat.Stat, Period: aws.Int32(60)}
		}
		queries = append(queries, one)
	}
	return queries
}

// metricOf is the metric that a target-tracking policy looks at.
func metricOf(p scalingtypes.ScalingPolicy, cluster, service string) metrics.Query {
	c := p.TargetTrackingScalingPolicyConfiguration
	if m := c.CustomizedMetricSpecification; m != nil {
		q := metrics.Query{Minutes: 1, Statistic: string(m.Statistic), Metric: metrics.Metric{
			Namespace: aws.ToString(m.Namespace), Name: aws.ToString(m.MetricName), Dimensions: map[string]string{},
		}}
		for _, d := range m.Dimensions {
			q.Dimensions[aws.ToString(d.Name)] = aws.ToString(d.Value)
		}
		return q
	}
	ofService := map[string]string{"ClusterName": cluster, "ServiceName": service}
	switch p := c.PredefinedMetricSpecification; p.PredefinedMetricType {
	case scalingtypes.MetricTypeECSServiceAverageMemoryUtilization:
		return query("AWS/ECS", "MemoryUtilization", "Average", ofService)
	case scalingtypes.MetricTypeALBRequestCountPerTarget:
		// app/NAME/ID/targetgroup/NAME/ID. Source: Application Auto Scaling API, PredefinedMetricSpecification.
		balancer, group, _ := strings.Cut(aws.ToString(p.ResourceLabel), "/targetgroup/")
		return query("AWS/ApplicationELB", "RequestCountPerTarget", "Sum",
			map[string]string{"LoadBalancer": balancer, "TargetGroup": "targetgroup/" + group})
	default: // rules.Plan has no policy on any other
		return query("AWS/ECS", "CPUUtilization", "Average", ofService)
	}
}

func query(namespace, name, statistic string, dimensions map[string]string) metrics.Query {
	return metrics.Query{
		Metric:    metrics.Metric{Namespace: namespace, Name: name, Dimensions: dimensions},
		Statistic: statistic, Minutes: 1,
	}
}

// sourceOf is the metric of an alarm that calls a step policy, minute by minute.
func sourceOf(a types.MetricAlarm) source {
	if len(a.Metrics) > 0 {
		return source{math: a.Metrics}
	}
	q := alarms.Query(a)
	q.Minutes = 1
	return source{Query: q}
}

// same reports whether two sources are the same. AWS returns the parts of an expression in any order.
func (s source) same(other source) bool {
	byID := func(all []types.MetricDataQuery) map[string]types.MetricDataQuery {
		parts := map[string]types.MetricDataQuery{}
		for _, q := range all {
			q.Label, q.ReturnData = nil, nil
			if q.MetricStat != nil {
				stat := *q.MetricStat
				stat.Unit, q.MetricStat = "", &stat
			}
			parts[aws.ToString(q.Id)] = q
		}
		return parts
	}
	return reflect.DeepEqual(s.Query, other.Query) && reflect.DeepEqual(byID(s.math), byID(other.math))
}

// tracked begins the names of the alarms that Application Auto Scaling creates.
const tracked = "TargetTracking-service/"

// correctAlarms makes the alarms of a target-tracking policy what AWS makes them: the records have two, but of another
// metric and threshold.
// Source: Application Auto Scaling user guide, "How target tracking scaling works"; scaling/rules has its numbers.
func (a *AutoScaling) correctAlarms(
	ctx context.Context, p scalingtypes.ScalingPolicy, q source, assumed rules.Assumptions,
) error {
	client := cloudwatch.NewFromConfig(a.options.Records)
	target := aws.ToFloat64(p.TargetTrackingScalingPolicyConfiguration.TargetValue)
	for _, alarm := range p.Alarms {
		name := aws.ToString(alarm.AlarmName)
		in := &cloudwatch.PutMetricAlarmInput{
			AlarmName: &name, AlarmActions: []string{aws.ToString(p.PolicyARN)},
			AlarmDescription: aws.String(fmt.Sprintf(
				"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy %s.", aws.ToString(p.PolicyARN))),
			EvaluationPeriods: count(assumed.HighMinutes), Threshold: &target,
			ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		}
		if isLow(name) {
			in.EvaluationPeriods, in.Threshold = count(assumed.LowMinutes), aws.Float64(target*assumed.LowFraction)
			in.ComparisonOperator = types.ComparisonOperatorLessThanThreshold
		}
		if in.Metrics = q.math; q.math == nil {
			in.Namespace, in.MetricName, in.Statistic = &q.Namespace, &q.Name, types.Statistic(q.Statistic)
			in.Period = aws.Int32(60)
		}
		for _, key := range slices.Sorted(maps.Keys(q.Dimensions)) {
			in.Dimensions = append(in.Dimensions, types.Dimension{Name: &key, Value: aws.String(q.Dimensions[key])})
		}
		if _, err := client.PutMetricAlarm(ctx, in); err != nil {
			return fmt.Errorf("correcting the alarm %s: %w", name, err)
		}
	}
	return nil
}

func count(n int) *int32 { return aws.Int32(int32(n)) } //nolint:gosec // a few minutes

func isLow(alarm string) bool { return strings.Contains(alarm, "-AlarmLow-") }

// deleteAlarms deletes the alarms of policies that were changed or are gone: the records keep them.
func (a *AutoScaling) deleteAlarms(ctx context.Context, all []types.MetricAlarm, used map[string]bool) error {
	var names []string
	for _, alarm := range all {
		if name := aws.ToString(alarm.AlarmName); strings.HasPrefix(name, tracked) && !used[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	_, err := cloudwatch.NewFromConfig(a.options.Records).DeleteAlarms(ctx,
		&cloudwatch.DeleteAlarmsInput{AlarmNames: names})
	return err
}
