package snapshot

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"webapp/internal/awsread"
	"webapp/internal/tfstack"
)

// monitoring lists the resource types that are matched by name alone. Their names are unique within an account and
// region, so that a resource with the stack's name belongs to the stack.
var monitoring = map[string]struct {
	name     string // the argument that holds the name
	importID func(s *scan, name string) string
}{
	"aws_cloudwatch_metric_alarm":     {"alarm_name", byName((*awsread.Reader).HasAlarm)},
	"aws_cloudwatch_dashboard":        {"dashboard_name", byName((*awsread.Reader).HasDashboard)},
	"aws_cloudwatch_log_group":        {"name", byName(hasLogGroup)},
	"aws_cloudwatch_query_definition": {"name", (*scan).queryARN},
	"aws_cloudwatch_event_rule":       {"name", byName((*awsread.Reader).HasEventRule)},
	"aws_scheduler_schedule":          {"name", schedule},
	"aws_scheduler_schedule_group":    {"name", byName((*awsread.Reader).HasScheduleGroup)},
	"aws_sns_topic":                   {"name", (*scan).topicARN},
	"aws_sqs_queue":                   {"name", (*scan).queueURL},
}

// schedule returns the id by which Terraform imports a schedule: GROUP/NAME. The group has the schedule's name.
func schedule(s *scan, name string) string {
	if !s.account.HasSchedule(name, name) {
		return ""
	}
	return name + "/" + name
}

// byName is for what Terraform imports by its name.
func byName(exists func(r *awsread.Reader, name string) bool) func(s *scan, name string) string {
	return func(s *scan, name string) string {
		if !exists(s.account, name) {
			return ""
		}
		return name
	}
}

func hasLogGroup(r *awsread.Reader, name string) bool { return r.LogGroup(name) != nil }

// MonitoringID returns the id by which Terraform imports what has the name of a resource; empty where there is none.
func (s Snapshot) MonitoringID(r tfstack.Resource) string {
	return s.Monitoring[r.Type][r.Text(monitoring[r.Type].name)]
}

func (s *scan) readMonitoring() {
	s.Monitoring = map[string]map[string]string{}
	for typ, by := range monitoring {
		s.Monitoring[typ] = map[string]string{}
		for _, r := range s.stack.Resources(typ) {
			name := r.Text(by.name)
			if id := by.importID(s, name); id != "" {
				s.Monitoring[typ][name] = id
			}
		}
	}
}

// queryARN returns the ARN by which Terraform imports a CloudWatch Logs query. AWS itself only gives it an id.
func (s *scan) queryARN(name string) string {
	id := s.account.QueryID(name)
	if id == "" || s.Cluster == nil {
		return ""
	}
	cluster, err := arn.Parse(aws.ToString(s.Cluster.ClusterArn))
	if err != nil {
		s.account.Fail("reading the query %s: the ARN of the cluster: %w", name, err)
		return ""
	}
	query := arn.ARN{
		Partition: cluster.Partition, Service: "logs", Region: cluster.Region, AccountID: cluster.AccountID,
		Resource: "query-definition:" + id,
	}
	return query.String()
}

func (s *scan) queueURL(name string) string { return s.account.QueueURL(name) }

func (s *scan) topicARN(name string) string {
	for _, topic := range s.account.TopicARNs() {
		if strings.HasSuffix(topic, ":"+name) {
			return topic
		}
	}
	return ""
}
