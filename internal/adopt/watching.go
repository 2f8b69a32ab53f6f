package adopt

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// watching are the types of what watches a service: the attribute of the name, and what finds what Terraform imports it
// by. A name is the account's and region's own, so that what has the stack's is the stack's.
var watching = map[string]struct {
	name string
	read func(r *reader, name string) (id string, err error)
}{
	"aws_cloudwatch_metric_alarm":     {"alarm_name", (*reader).readAlarm},
	"aws_cloudwatch_dashboard":        {"dashboard_name", (*reader).readDashboard},
	"aws_cloudwatch_log_group":        {"name", (*reader).readLogGroup},
	"aws_cloudwatch_query_definition": {"name", (*reader).readQuery},
	"aws_cloudwatch_event_rule":       {"name", (*reader).readRule},
	"aws_sns_topic":                   {"name", (*reader).readTopic},
}

// readWatching reads those that have the names of the stack's.
func (r *reader) readWatching(stack Stack) {
	r.a.Watching = map[string]map[string]string{}
	for typ, by := range watching {
		r.a.Watching[typ] = map[string]string{}
		for _, resource := range stack.all(typ) {
			if r.err != nil {
				return
			}
			name := resource.text(by.name)
			id, err := by.read(r, name)
			if !r.failed("looking for the "+typ+" "+name, err) && id != "" {
				r.a.Watching[typ][name] = id
			}
		}
	}
}

func (r *reader) readAlarm(name string) (id string, err error) {
	found, err := cloudwatch.NewFromConfig(r.cfg).DescribeAlarms(r.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil || len(found.MetricAlarms) == 0 {
		return "", err
	}
	return name, nil
}

func (r *reader) readLogGroup(name string) (id string, err error) {
	found, err := cloudwatchlogs.NewFromConfig(r.cfg).DescribeLogGroups(r.ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if err != nil {
		return "", err
	}
	for _, g := range found.LogGroups {
		if aws.ToString(g.LogGroupName) == name {
			return name, nil
		}
	}
	return "", nil
}

func (r *reader) readDashboard(name string) (id string, err error) {
	found, err := cloudwatch.NewFromConfig(r.cfg).ListDashboards(r.ctx, &cloudwatch.ListDashboardsInput{DashboardNamePrefix: &name})
	if err != nil {
		return "", err
	}
	for _, d := range found.DashboardEntries {
		if aws.ToString(d.DashboardName) == name {
			return name, nil
		}
	}
	return "", nil
}

// readQuery returns the ARN that Terraform imports a query by. AWS itself knows it by an id only.
func (r *reader) readQuery(name string) (id string, err error) {
	found, err := cloudwatchlogs.NewFromConfig(r.cfg).DescribeQueryDefinitions(r.ctx, &cloudwatchlogs.DescribeQueryDefinitionsInput{
		QueryDefinitionNamePrefix: &name,
	})
	if err != nil || r.a.Cluster == nil {
		return "", err
	}
	of, err := arn.Parse(aws.ToString(r.a.Cluster.ClusterArn))
	if err != nil {
		return "", err
	}
	for _, q := range found.QueryDefinitions {
		if aws.ToString(q.Name) == name {
			return fmt.Sprintf("arn:%s:logs:%s:%s:query-definition:%s", of.Partition, of.Region, of.AccountID, aws.ToString(q.QueryDefinitionId)), nil
		}
	}
	return "", nil
}

func (r *reader) readRule(name string) (id string, err error) {
	found, err := eventbridge.NewFromConfig(r.cfg).ListRules(r.ctx, &eventbridge.ListRulesInput{NamePrefix: &name})
	if err != nil {
		return "", err
	}
	for _, rule := range found.Rules {
		if aws.ToString(rule.Name) == name {
			return name, nil
		}
	}
	return "", nil
}

func (r *reader) readTopic(name string) (id string, err error) {
	pages := sns.NewListTopicsPaginator(sns.NewFromConfig(r.cfg), &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return "", err
		}
		for _, topic := range page.Topics {
			if strings.HasSuffix(aws.ToString(topic.TopicArn), ":"+name) {
				return *topic.TopicArn, nil
			}
		}
	}
	return "", nil
}

// watches finds what has the stack's name.
func (m *matcher) watches(r Resource) (known, id string) {
	return m.Watching[r.Type][r.text(watching[r.Type].name)], ""
}

// eventTarget is there where its rule is: the two are made together.
func (m *matcher) eventTarget(r Resource) (known, id string) {
	if rule := m.of(r, "rule"); rule != "" {
		return rule + "/" + r.text("target_id"), ""
	}
	return "", ""
}

// topicPolicy is a topic's own, and every topic has one.
func (m *matcher) topicPolicy(r Resource) (known, id string) { return m.of(r, "arn"), "" }
