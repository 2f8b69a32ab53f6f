package observability

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"webapp/constructs/ecs"
	"webapp/internal/expression"
)

// alarm is what an alarm says and compares: a metric, or an expression of several.
type alarm struct {
	id          string // ends its name too
	description string // what is wrong, and where to look first

	metric     ecs.Metric // its statistic may be a percentile
	math       string     // instead of metric: an expression of the metrics in of, by their ids
	of         map[string]ecs.Metric
	comparison string // default: at the threshold or above it
	threshold  float64
	period     int // in seconds; default a minute
	periods    int // in a row
	// missingTells makes an end of the data a message of its own. Otherwise a minute without data is a good one: where
	// nobody asks, nothing fails.
	missingTells bool
}

const aMinute = 60

// make makes the alarm, and returns its ARN.
func (a *Alarms) make(scope constructs.Construct, name string, of alarm) (arn string) {
	tells := jsii.Strings(a.topic)
	config := &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(name + "-" + of.id),
		AlarmDescription:   &of.description,
		ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
		Threshold:          &of.threshold,
		EvaluationPeriods:  jsii.Number(of.periods),
		TreatMissingData:   jsii.String("notBreaching"),
		AlarmActions:       tells,
		OkActions:          tells,
	}
	if of.comparison != "" {
		config.ComparisonOperator = &of.comparison
	}
	if of.missingTells {
		// An alarm is born without data, which tells nobody; only a change does.
		config.TreatMissingData, config.InsufficientDataActions = jsii.String("missing"), tells
	}
	if of.period == 0 {
		of.period = aMinute
	}
	if of.math != "" {
		config.MetricQuery = of.queries()
	} else {
		of.measure(config)
	}
	return *cloudwatchmetricalarm.NewCloudwatchMetricAlarm(scope, &of.id, config).Arn()
}

// measure has the alarm read its one metric.
func (a alarm) measure(config *cloudwatchmetricalarm.CloudwatchMetricAlarmConfig) {
	m := a.metric
	config.Namespace, config.MetricName, config.Dimensions = &m.Namespace, &m.Name, expression.Texts(m.Dimensions)
	config.Period = jsii.Number(a.period)
	if m.Statistic[0] == 'p' { // p99
		config.ExtendedStatistic = &m.Statistic
		config.EvaluateLowSampleCountPercentiles = jsii.String("ignore")
	} else {
		config.Statistic = &m.Statistic
	}
}

// queries are the metrics of the expression, and the expression itself as what the alarm compares.
func (a alarm) queries() []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery {
	all := []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{{
		Id: jsii.String("result"), Expression: &a.math, Label: &a.id, ReturnData: true,
	}}
	for _, id := range sorted(a.of) {
		m := a.of[id]
		all = append(all, &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{
			Id: &id,
			Metric: &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQueryMetric{
				Namespace: &m.Namespace, MetricName: &m.Name, Stat: &m.Statistic, Period: jsii.Number(a.period), Dimensions: expression.Texts(m.Dimensions),
			},
		})
	}
	return all
}
