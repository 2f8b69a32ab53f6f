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

// newTopic creates the topic with its policy, and subscribes the e-mail addresses. The rule publishes events to it, and
// is nil where there are none.
func newTopic(scope constructs.Construct, props Props, rule cloudwatcheventrule.CloudwatchEventRule) (arn string) {
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
		Arn: topic.Arn(), Policy: iam.Policy(publish(*topic.Arn(), props, rule)...),
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

// publish returns the statements that let the stack's alarms and the rule publish to the topic.
// Sources: CloudWatch user guide, "Notify users on alarm changes"; EventBridge user guide, "Resource-based policies",
// Amazon SNS.
func publish(topicARN string, props Props, rule cloudwatcheventrule.CloudwatchEventRule) []iam.Statement {
	all := []iam.Statement{{
		Principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
		Action:    []string{"sns:Publish"},
		Resource:  []string{topicARN},
		Condition: iam.Condition{
			"StringEquals": {"aws:SourceAccount": {props.Account.ID}},
			"ArnLike":      {"aws:SourceArn": {props.Account.ARN("cloudwatch", "alarm:"+props.Name+"-*")}},
		},
	}}
	if rule != nil {
		all = append(all, iam.Statement{
			Principal: map[string]string{"Service": "events.amazonaws.com"},
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			// EventBridge sends the rule's ARN, but no account.
			Condition: iam.Condition{"ArnEquals": {"aws:SourceArn": {*rule.Arn()}}},
		})
	}
	return all
}

// eventPattern selects events of EventBridge.
type eventPattern struct {
	Source     []string    `json:"source"`
	DetailType []string    `json:"detail-type"`
	Resources  []prefix    `json:"resources"`
	Detail     eventDetail `json:"detail"`
}

type prefix struct {
	Prefix string `json:"prefix"`
}

type eventDetail struct {
	EventName []string `json:"eventName"`
}

// newFailedDeployments creates the rule for deployments that ECS gave up. It matches all services of the cluster, which
// belongs to the stack. With some twenty services, a list of them would exceed the 4,096 characters of a pattern.
// Sources: ECS developer guide, "Amazon ECS service deployment state change events"; EventBridge API, PutRule;
// EventBridge user guide, "Comparison operators", prefix matching.
func newFailedDeployments(scope constructs.Construct, props Props) cloudwatcheventrule.CloudwatchEventRule {
	pattern := eventPattern{
		Source: []string{"aws.ecs"}, DetailType: []string{"ECS Deployment State Change"},
		Resources: []prefix{{props.Account.ARN("ecs", "service/"+props.Services[0].Cluster().Name()+"/")}},
		Detail:    eventDetail{EventName: []string{"SERVICE_DEPLOYMENT_FAILED"}},
	}
	const suffix, longest = "-failed-deployments", 64 // EventBridge API, PutRule
	return cloudwatcheventrule.NewCloudwatchEventRule(scope, jsii.String("failed-deployments"),
		&cloudwatcheventrule.CloudwatchEventRuleConfig{
			Name:         jsii.String(names.Fit(props.Name, longest-len(suffix)) + suffix),
			Description:  jsii.String("ECS gave up a deployment of " + props.Name),
			EventPattern: expression.JSON(pattern),
		})
}

// notify publishes the rule's events to the topic, each as a sentence.
func notify(scope constructs.Construct, rule cloudwatcheventrule.CloudwatchEventRule, topicARN string) {
	cloudwatcheventtarget.NewCloudwatchEventTarget(scope, jsii.String("failed-deployments-target"),
		&cloudwatcheventtarget.CloudwatchEventTargetConfig{
			Rule: rule.Name(), TargetId: jsii.String("alarms"), Arn: &topicARN,
			InputTransformer: &cloudwatcheventtarget.CloudwatchEventTargetInputTransformer{
				InputPaths: &map[string]*string{
					"service": jsii.String("$.resources[0]"), "reason": jsii.String("$.detail.reason"),
				},
				InputTemplate: expression.JSON("The deployment of <service> failed: <reason> See why its tasks " +
					"stopped in the service's events (aws ecs describe-services) and in its logs."),
			},
		})
}
