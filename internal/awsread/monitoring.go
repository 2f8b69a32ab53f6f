package awsread

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// HasAlarm reports whether there is a metric alarm of a name.
func (r *Reader) HasAlarm(name string) bool { return r.Alarm(name) != nil }

// Alarm returns the metric alarm of a name; nil where there is none.
func (r *Reader) Alarm(name string) *cloudwatchtypes.MetricAlarm {
	found := Call(r, "the alarm "+name, cloudwatch.NewFromConfig(r.cfg).DescribeAlarms,
		&cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}}).MetricAlarms
	if len(found) == 0 {
		return nil
	}
	return &found[0]
}

// Alarms returns all metric alarms.
func (r *Reader) Alarms() []cloudwatchtypes.MetricAlarm {
	return r.alarms("the alarms", &cloudwatch.DescribeAlarmsInput{})
}

// AlarmsWithAction returns the metric alarms that have an action, such as a scaling policy, by its ARN.
func (r *Reader) AlarmsWithAction(arn string) []cloudwatchtypes.MetricAlarm {
	return r.alarms("the alarms of "+arn, &cloudwatch.DescribeAlarmsInput{ActionPrefix: &arn})
}

func (r *Reader) alarms(what string, in *cloudwatch.DescribeAlarmsInput) []cloudwatchtypes.MetricAlarm {
	in.AlarmTypes = []cloudwatchtypes.AlarmType{cloudwatchtypes.AlarmTypeMetricAlarm}
	return All(r, what, cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(r.cfg), in),
		func(out *cloudwatch.DescribeAlarmsOutput) []cloudwatchtypes.MetricAlarm {
			return out.MetricAlarms
		})
}

// MetricAverages returns the averages of a metric in the periods between two times, by when each begins.
func (r *Reader) MetricAverages(
	metric cloudwatchtypes.Metric, period time.Duration, from, to time.Time,
) map[time.Time]float64 {
	pages := cloudwatch.NewGetMetricDataPaginator(cloudwatch.NewFromConfig(r.cfg), &cloudwatch.GetMetricDataInput{
		StartTime: &from, EndTime: &to, MetricDataQueries: []cloudwatchtypes.MetricDataQuery{{
			Id: aws.String("average"), MetricStat: &cloudwatchtypes.MetricStat{
				Metric: &metric, Period: aws.Int32(int32(period.Seconds())), Stat: aws.String("Average"),
			},
		}},
	})
	averages := map[time.Time]float64{}
	for _, result := range All(r, "the metric "+aws.ToString(metric.MetricName), pages,
		func(out *cloudwatch.GetMetricDataOutput) []cloudwatchtypes.MetricDataResult {
			return out.MetricDataResults
		}) {
		for i, at := range result.Timestamps {
			averages[at] = result.Values[i]
		}
	}
	return averages
}

// HasDashboard reports whether there is a dashboard of a name.
func (r *Reader) HasDashboard(name string) bool {
	pages := cloudwatch.NewListDashboardsPaginator(cloudwatch.NewFromConfig(r.cfg),
		&cloudwatch.ListDashboardsInput{DashboardNamePrefix: &name})
	items := func(out *cloudwatch.ListDashboardsOutput) []cloudwatchtypes.DashboardEntry {
		return out.DashboardEntries
	}
	return slices.ContainsFunc(All(r, "the dashboard "+name, pages, items),
		func(d cloudwatchtypes.DashboardEntry) bool {
			return aws.ToString(d.DashboardName) == name
		})
}

// LogGroup returns the log group of a name; nil where there is none.
func (r *Reader) LogGroup(name string) *logstypes.LogGroup {
	pages := logs.NewDescribeLogGroupsPaginator(logs.NewFromConfig(r.cfg),
		&logs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	items := func(out *logs.DescribeLogGroupsOutput) []logstypes.LogGroup { return out.LogGroups }
	for _, g := range All(r, "the log group "+name, pages, items) {
		if aws.ToString(g.LogGroupName) == name {
			return &g
		}
	}
	return nil
}

// LogEvents returns the events since a time of a log group's streams whose names begin with a prefix.
func (r *Reader) LogEvents(group, prefix string, since time.Time) []logstypes.FilteredLogEvent {
	in := &logs.FilterLogEventsInput{LogGroupName: &group, LogStreamNamePrefix: &prefix}
	if !since.IsZero() {
		in.StartTime = aws.Int64(since.UnixMilli())
	}
	pages := logs.NewFilterLogEventsPaginator(logs.NewFromConfig(r.cfg), in)
	return All(r, "the events of the log group "+group, pages,
		func(out *logs.FilterLogEventsOutput) []logstypes.FilteredLogEvent { return out.Events })
}

// QueryID returns the id of the CloudWatch Logs query of a name; empty where there is none.
func (r *Reader) QueryID(name string) string {
	found := Call(r, "the query "+name, logs.NewFromConfig(r.cfg).DescribeQueryDefinitions,
		&logs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: &name})
	for _, q := range found.QueryDefinitions {
		if aws.ToString(q.Name) == name {
			return aws.ToString(q.QueryDefinitionId)
		}
	}
	return ""
}

// HasEventRule reports whether there is an EventBridge rule of a name.
func (r *Reader) HasEventRule(name string) bool {
	found := Call(r, "the event rule "+name, eventbridge.NewFromConfig(r.cfg).ListRules,
		&eventbridge.ListRulesInput{NamePrefix: &name})
	for _, rule := range found.Rules {
		if aws.ToString(rule.Name) == name {
			return true
		}
	}
	return false
}

// EventRules returns the EventBridge rules of the default bus.
func (r *Reader) EventRules() []eventtypes.Rule {
	return Call(r, "the event rules", eventbridge.NewFromConfig(r.cfg).ListRules, &eventbridge.ListRulesInput{}).Rules
}

// TopicARNs returns the ARNs of all SNS topics of the account and region.
func (r *Reader) TopicARNs() []string {
	pages := sns.NewListTopicsPaginator(sns.NewFromConfig(r.cfg), &sns.ListTopicsInput{})
	var arns []string
	for _, topic := range All(r, "the topics", pages,
		func(out *sns.ListTopicsOutput) []snstypes.Topic { return out.Topics }) {
		arns = append(arns, aws.ToString(topic.TopicArn))
	}
	return arns
}
