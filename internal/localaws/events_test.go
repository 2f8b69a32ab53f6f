package localaws

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"webapp/internal/localaws/topics"
)

// TestEventsNotify has a rule as constructs/observability makes it, and one for the end of tasks.
func TestEventsNotify(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	topic := try(sns.NewFromConfig(s.cfg).CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("alarms"),
	}))(t).TopicArn
	rule := func(name, pattern, template string, paths map[string]string) {
		client := eventbridge.NewFromConfig(s.cfg)
		try(client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, EventPattern: &pattern}))(t)
		try(client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: &name, Targets: []eventtypes.Target{{
			Id: aws.String("alarms"), Arn: topic,
			InputTransformer: &eventtypes.InputTransformer{InputTemplate: &template, InputPathsMap: paths},
		}}}))(t)
	}
	rule("failed-deployments", `{"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"],
		"resources": [{"prefix": "arn:aws:ecs:eu-west-1:123456789012:service/web/"}],
		"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}}`,
		`"The deployment of <service> failed: <reason>"`,
		map[string]string{"service": "$.resources[0]", "reason": "$.detail.reason"})
	rule("stopped-tasks", `{"detail-type": ["ECS Task State Change"], "detail": {"lastStatus": ["STOPPED"]}}`,
		`"A task of <group> stopped: <code>"`, map[string]string{"group": "$.detail.group", "code": "$.detail.stopCode"})
	s.await("v1", s.deployed("v1"))
	s.update("lost")
	for _, want := range []string{
		`"The deployment of ` + s.service + ` failed: ECS deployment circuit breaker: tasks failed to start."`,
		`"A task of service:web stopped: TaskFailedToStart"`,
	} {
		s.eventually(want, func() bool {
			return slices.ContainsFunc(s.status().Notifications, func(m topics.Message) bool { return m.Text == want })
		})
	}
}
