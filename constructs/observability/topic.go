package observability

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopic"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicsubscription"

	"webapp/internal/expression"
	"webapp/internal/iam"
	"webapp/internal/names"
)

// newTopic creates the topic with its policy, and subscribes the e-mail addresses. The rules of the events publish to
// it.
func newTopic(scope constructs.Construct, props Props, events []event) (arn string) {
	s := props.Settings.Alarms
	config := &snstopic.SnsTopicConfig{
		Name:        jsii.String(props.Name + "-alarms"),
		DisplayName: jsii.String("Alarms of " + props.Name), // the sender of the e-mails
	}
	if s.KMSKey != "" {
		config.KmsMasterKeyId = &s.KMSKey
	}
	topic := snstopic.NewSnsTopic(scope, jsii.String("topic"), config)
	snstopicpolicy.NewSnsTopicPolicy(scope, jsii.String("topic-policy"), &snstopicpolicy.SnsTopicPolicyConfig{
		Arn: topic.Arn(), Policy: iam.Policy(publish(*topic.Arn(), props, events)...),
	})
	subscriptions := constructs.NewConstruct(scope, jsii.String("subscriptions"))
	for _, address := range s.Emails {
		// The id is the address itself, so that adding one to the list replaces no other subscription.
		snstopicsubscription.NewSnsTopicSubscription(subscriptions, &address,
			&snstopicsubscription.SnsTopicSubscriptionConfig{
				TopicArn: topic.Arn(), Protocol: jsii.String("email"), Endpoint: &address,
			})
	}
	return *topic.Arn()
}

// publish returns the statements that let the stack's alarms and the rules of events publish to the topic.
// Sources: CloudWatch user guide, "Notify users on alarm changes"; EventBridge user guide, "Resource-based policies",
// Amazon SNS.
func publish(topicARN string, props Props, events []event) []iam.Statement {
	all := []iam.Statement{{
		Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
		Action:    []string{"sns:Publish"},
		Resource:  []string{topicARN},
		Condition: iam.Condition{
			"StringEquals": {"aws:SourceAccount": {props.Account.ID}},
			"ArnLike":      {"aws:SourceArn": {props.Account.ARN("cloudwatch", "alarm:"+props.Name+"-*")}},
		},
	}}
	var rules []string
	for _, e := range events {
		rules = append(rules, *e.rule.Arn())
	}
	if len(rules) > 0 {
		all = append(all, iam.Statement{
			Principal: map[string]string{"Service": "events.amazonaws.com"},
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			// EventBridge sends the rule's ARN, but no account.
			Condition: iam.Condition{"ArnEquals": {"aws:SourceArn": rules}},
		})
	}
	return all
}

// event is a rule of EventBridge, and the sentence that the topic gets of each event that it matches.
type event struct {
	scope    constructs.Construct
	rule     cloudwatcheventrule.CloudwatchEventRule
	targetID string            // the id of the construct of the rule's target
	values   map[string]string // of the sentence: paths in the event, by name
	sentence string
}

// eventPattern selects events of EventBridge.
type eventPattern struct {
	Source     []string `json:"source"`
	DetailType []string `json:"detail-type"`
	Resources  []prefix `json:"resources,omitempty"`
	Detail     any      `json:"detail"`
}

type prefix struct {
	Prefix string `json:"prefix"`
}

type deploymentDetail struct {
	EventName []string `json:"eventName"`
}

// taskDetail selects tasks that stopped: those with a container that failed, or with one of some reasons.
type taskDetail struct {
	LastStatus        []string    `json:"lastStatus"`
	ClusterARN        []string    `json:"clusterArn"`
	TaskDefinitionARN []prefix    `json:"taskDefinitionArn"`
	Or                [2]eventWhy `json:"$or"`
}

type eventWhy struct {
	Containers *failedContainer `json:"containers,omitempty"`
	StopCode   []string         `json:"stopCode,omitempty"`
}

type failedContainer struct {
	Name     []string      `json:"name"`
	ExitCode []anythingBut `json:"exitCode"`
}

type anythingBut struct {
	AnythingBut []int `json:"anything-but"`
}

// newRule creates a rule whose name is that of what it is about, with the id at its end.
func newRule(
	scope constructs.Construct, id, name, description string, pattern eventPattern,
) cloudwatcheventrule.CloudwatchEventRule {
	const longest = 64 // EventBridge API, PutRule
	return cloudwatcheventrule.NewCloudwatchEventRule(scope, &id, &cloudwatcheventrule.CloudwatchEventRuleConfig{
		Name:         jsii.String(names.Fit(name, longest-len("-"+id)) + "-" + id),
		Description:  &description,
		EventPattern: expression.JSON(pattern),
	})
}

// newFailedDeployments creates the rule for deployments that ECS gave up. It matches all services of the cluster, which
// belongs to the stack. With some twenty services, a list of them would exceed the 4,096 characters of a pattern.
// Sources: ECS developer guide, "Amazon ECS service deployment state change events"; EventBridge API, PutRule;
// EventBridge user guide, "Comparison operators", prefix matching.
func newFailedDeployments(scope constructs.Construct, props Props) event {
	pattern := eventPattern{
		Source: []string{"aws.ecs"}, DetailType: []string{"ECS Deployment State Change"},
		Resources: []prefix{{props.Account.ARN("ecs", "service/"+props.Services[0].Cluster().Name()+"/")}},
		Detail:    deploymentDetail{EventName: []string{"SERVICE_DEPLOYMENT_FAILED"}},
	}
	const id = "failed-deployments"
	return event{
		scope: scope, targetID: id + "-target",
		rule:   newRule(scope, id, props.Name, "ECS gave up a deployment of "+props.Name, pattern),
		values: map[string]string{"service": "$.resources[0]", "reason": "$.detail.reason"},
		sentence: "The deployment of <service> failed: <reason> See why its tasks " +
			"stopped in the service's events (aws ecs describe-services) and in its logs.",
	}
}

// newFailedJob creates the rule for the runs of a job that fail: the job's container ends with an exit code other than
// 0, or the task stops without one, because it could not start or because Spot took its capacity. Any revision of the
// task definition counts. How a sidecar ends does not, since ECS stops it when the job's container has ended.
// Sources: ECS developer guide, "Amazon ECS task state change events" and "Stopped task error codes"; EventBridge user
// guide, "Comparison operators" ($or, anything-but, prefix) and "Arrays in event patterns".
func newFailedJob(scope constructs.Construct, j Job, props Props) event {
	family := "task-definition/" + j.Settings.Task.Family + ":"
	pattern := eventPattern{
		Source: []string{"aws.ecs"}, DetailType: []string{"ECS Task State Change"},
		Detail: taskDetail{
			LastStatus:        []string{"STOPPED"},
			ClusterARN:        []string{j.Cluster().ARN()},
			TaskDefinitionARN: []prefix{{props.Account.ARN("ecs", family)}},
			Or: [2]eventWhy{
				{Containers: &failedContainer{[]string{j.Task().ContainerName()}, []anythingBut{{[]int{0}}}}},
				{StopCode: []string{"TaskFailedToStart", "SpotInterruption", "TerminationNotice"}},
			},
		},
	}
	const id = "failed"
	return event{
		scope: scope, targetID: id + "-target",
		rule:   newRule(scope, id, j.Settings.Name, "A run of "+j.Settings.Name+" failed", pattern),
		values: map[string]string{"task": "$.detail.taskArn", "reason": "$.detail.stoppedReason"},
		sentence: "A run of " + j.Settings.Name + " failed: <reason>. See the exit code of its container " +
			"(aws ecs describe-tasks), and its logs. Task: <task>",
	}
}

// notify publishes the rule's events to the topic, each as a sentence.
func (e event) notify(topicARN string) {
	cloudwatcheventtarget.NewCloudwatchEventTarget(e.scope, &e.targetID,
		&cloudwatcheventtarget.CloudwatchEventTargetConfig{
			Rule: e.rule.Name(), TargetId: jsii.String("alarms"), Arn: &topicARN,
			InputTransformer: &cloudwatcheventtarget.CloudwatchEventTargetInputTransformer{
				InputPaths: expression.Texts(e.values), InputTemplate: expression.JSON(e.sentence),
			},
		})
}
