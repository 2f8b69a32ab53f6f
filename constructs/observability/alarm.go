package observability

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"webapp/constructs/ecs"
	"webapp/internal/expression"
)

// alarm describes a CloudWatch alarm on one metric, or on an expression of several metrics.
type alarm struct {
	id          string // also the end of the alarm's name
	description string // what is wrong, and where to look first

	metric     ecs.Metric // the statistic may be a percentile
	math       ecs.Math   // instead of metric
	comparison string     // default: GreaterThanOrEqualToThreshold
	threshold  float64
	period     int // in seconds; default 60
	periods    int // in a row
	// notifyMissing notifies when the data ends. By default a period without data counts as good, because without
	// requests nothing fails.
	notifyMissing bool
}

const minute = 60

// add creates the alarm, and returns its ARN.
func (a *Alarms) add(scope constructs.Construct, name string, of alarm) (arn string) {
	notify := jsii.Strings(a.topic)
	config := &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(name + "-" + of.id),
		AlarmDescription:   &of.description,
		ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
		Threshold:          &of.threshold,
		EvaluationPeriods:  jsii.Number(of.periods),
		TreatMissingData:   jsii.String("notBreaching"),
		AlarmActions:       notify,
		OkActions:          notify,
	}
	if of.comparison != "" {
		config.ComparisonOperator = &of.comparison
	}
	if of.notifyMissing {
		// A new alarm has no data either, but only a change of state notifies.
		config.TreatMissingData, config.InsufficientDataActions = jsii.String("missing"), notify
	}
	if of.period == 0 {
		of.period = minute
	}
	if of.math.Expression != "" {
		config.MetricQuery = of.math.AlarmQueries(of.id, of.period)
	} else {
		of.setMetric(config)
	}
	return *cloudwatchmetricalarm.NewCloudwatchMetricAlarm(scope, &of.id, config).Arn()
}

// setMetric sets the alarm's only metric.
func (a alarm) setMetric(config *cloudwatchmetricalarm.CloudwatchMetricAlarmConfig) {
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
