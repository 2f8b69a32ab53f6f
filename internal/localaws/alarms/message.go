package alarms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Change is a change of an alarm's state.
type Change struct {
	Alarm types.MetricAlarm
	From  types.StateValue
	Verdict
	At time.Time
}

// Actions are the ARNs of what the new state of the alarm does.
func (c Change) Actions() []string {
	if !aws.ToBool(c.Alarm.ActionsEnabled) {
		return nil
	}
	switch c.State {
	case types.StateValueAlarm:
		return c.Alarm.AlarmActions
	case types.StateValueOk:
		return c.Alarm.OKActions
	case types.StateValueInsufficientData:
		return c.Alarm.InsufficientDataActions
	}
	return nil
}

// Subject is that of the message.
func (c Change) Subject() string {
	return fmt.Sprintf("%s: %q in %s", c.State, aws.ToString(c.Alarm.AlarmName), regionName(c.arn().Region))
}

func (c Change) arn() arn.ARN {
	parsed, _ := arn.Parse(aws.ToString(c.Alarm.AlarmArn)) // the records' own
	return parsed
}

// regionNames are the names that CloudWatch gives regions in its messages. The others are given by their codes here.
var regionNames = map[string]string{
	"eu-central-1": "EU (Frankfurt)", "eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)",
	"eu-west-3": "EU (Paris)", "eu-north-1": "EU (Stockholm)",
	"us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)",
	"us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
}

func regionName(code string) string { return cmp.Or(regionNames[code], code) }

// message is what CloudWatch publishes to a topic. AWS has no page that describes it; its fields are those of messages
// that people have published.
type message struct {
	AlarmName                          string
	AlarmDescription                   *string
	AWSAccountID                       string `json:"AWSAccountId"`
	AlarmConfigurationUpdatedTimestamp string
	NewStateValue                      types.StateValue
	NewStateReason                     string
	StateChangeTime                    string
	Region                             string
	AlarmARN                           string `json:"AlarmArn"`
	OldStateValue                      types.StateValue
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	Trigger                            trigger
}

type trigger struct {
	MetricName                       *string          `json:",omitempty"`
	Namespace                        *string          `json:",omitempty"`
	StatisticType                    string           `json:",omitempty"`
	Statistic                        string           `json:",omitempty"`
	ExtendedStatistic                *string          `json:",omitempty"`
	Unit                             *string          `json:",omitempty"`
	Dimensions                       []dimension      `json:",omitempty"`
	Period                           int              `json:",omitempty"`
	Metrics                          []triggerMetrics `json:",omitempty"`
	EvaluationPeriods                int32
	DatapointsToAlarm                int32
	ComparisonOperator               types.ComparisonOperator
	Threshold                        float64
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
}

type dimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

type triggerMetrics struct {
	ID         string      `json:"Id"`
	Expression *string     `json:",omitempty"`
	Label      *string     `json:",omitempty"`
	MetricStat *metricStat `json:",omitempty"`
	ReturnData bool
}

type metricStat struct {
	Metric struct {
		Dimensions            []dimension
		MetricName, Namespace string
	}
	Period int32
	Stat   string
}

// awsTime is how CloudWatch writes times in its messages.
const awsTime = "2006-01-02T15:04:05.000-0700"

// Message is what is published about the change.
func (c Change) Message() string {
	a := c.Alarm
	m := message{
		AlarmName: aws.ToString(a.AlarmName), AlarmDescription: a.AlarmDescription,
		AWSAccountID:                       c.arn().AccountID,
		AlarmConfigurationUpdatedTimestamp: aws.ToTime(a.AlarmConfigurationUpdatedTimestamp).UTC().Format(awsTime),
		NewStateValue:                      c.State, NewStateReason: c.Reason,
		StateChangeTime: c.At.UTC().Format(awsTime), Region: regionName(c.arn().Region),
		AlarmARN: aws.ToString(a.AlarmArn), OldStateValue: c.From,
		OKActions: list(a.OKActions), AlarmActions: list(a.AlarmActions),
		InsufficientDataActions: list(a.InsufficientDataActions),
		Trigger:                 triggerOf(a),
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(m) // only texts and finite numbers are in it
	return strings.TrimSpace(text.String())
}

func list(all []string) []string { return append([]string{}, all...) }

func triggerOf(a types.MetricAlarm) trigger {
	t := trigger{
		EvaluationPeriods: aws.ToInt32(a.EvaluationPeriods), DatapointsToAlarm: aws.ToInt32(a.EvaluationPeriods),
		ComparisonOperator: a.ComparisonOperator, Threshold: aws.ToFloat64(a.Threshold),
		TreatMissingData:                 cmp.Or(aws.ToString(a.TreatMissingData), "missing"),
		EvaluateLowSampleCountPercentile: aws.ToString(a.EvaluateLowSampleCountPercentile),
	}
	if a.DatapointsToAlarm != nil {
		t.DatapointsToAlarm = *a.DatapointsToAlarm
	}
	for _, q := range a.Metrics {
		one := triggerMetrics{ID: aws.ToString(q.Id), Expression: q.Expression, Label: q.Label,
			ReturnData: aws.ToBool(q.ReturnData)}
		if q.MetricStat != nil {
			one.MetricStat = &metricStat{Period: aws.ToInt32(q.MetricStat.Period), Stat: aws.ToString(q.MetricStat.Stat)}
			one.MetricStat.Metric.MetricName = aws.ToString(q.MetricStat.Metric.MetricName)
			one.MetricStat.Metric.Namespace = aws.ToString(q.MetricStat.Metric.Namespace)
			one.MetricStat.Metric.Dimensions = dimensionsOf(q.MetricStat.Metric.Dimensions)
		}
		t.Metrics = append(t.Metrics, one)
	}
	if len(a.Metrics) > 0 {
		return t
	}
	t.MetricName, t.Namespace, t.Period = a.MetricName, a.Namespace, int(aws.ToInt32(a.Period))
	t.Dimensions = dimensionsOf(a.Dimensions)
	t.StatisticType, t.Statistic = "Statistic", strings.ToUpper(string(a.Statistic))
	if a.ExtendedStatistic != nil {
		t.StatisticType, t.Statistic, t.ExtendedStatistic = "ExtendedStatistic", "", a.ExtendedStatistic
	}
	return t
}

func dimensionsOf(all []types.Dimension) []dimension {
	listed := []dimension{}
	for _, d := range all {
		listed = append(listed, dimension{Name: aws.ToString(d.Name), Value: aws.ToString(d.Value)})
	}
	return listed
}
