package localaws

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// trackBacklog has the service keep the messages of a queue for each task at 25.
func (s *liveSite) trackBacklog(queue string) {
	s.t.Helper()
	stat := func(id, namespace, name, stat string, dimensions ...string) scalingtypes.TargetTrackingMetricDataQuery {
		metric := &scalingtypes.TargetTrackingMetric{Namespace: &namespace, MetricName: &name}
		for i := 0; i < len(dimensions); i += 2 {
			metric.Dimensions = append(metric.Dimensions,
				scalingtypes.TargetTrackingMetricDimension{Name: &dimensions[i], Value: &dimensions[i+1]})
		}
		return scalingtypes.TargetTrackingMetricDataQuery{Id: &id, ReturnData: aws.Bool(false),
			MetricStat: &scalingtypes.TargetTrackingMetricStat{Metric: metric, Stat: &stat}}
	}
	try(s.scaling().PutScalingPolicy(s.t.Context(), &scaling.PutScalingPolicyInput{
		PolicyName: aws.String("backlog-target-tracking"), PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
		ServiceNamespace: ofECS, ResourceId: aws.String(scaled), ScalableDimension: byTask,
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: aws.Float64(25), ScaleInCooldown: aws.Int32(60), ScaleOutCooldown: aws.Int32(60),
			CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{
				Metrics: []scalingtypes.TargetTrackingMetricDataQuery{
					{Id: aws.String("result"), Expression: aws.String("visible / running"), ReturnData: aws.Bool(true)},
					stat("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum", "QueueName", queue),
					stat("running", "ECS/ContainerInsights", "RunningTaskCount", "Average",
						"ClusterName", "web", "ServiceName", "web"),
				},
			},
		},
	}))(s.t)
}

func TestTargetTrackingFollowsAQueue(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.await("v1", s.deployed("v1"))
	try(ecs.NewFromConfig(s.cfg).UpdateCluster(t.Context(), &ecs.UpdateClusterInput{
		Cluster: aws.String("web"), Settings: []ecstypes.ClusterSetting{
			{Name: ecstypes.ClusterSettingNameContainerInsights, Value: aws.String("enabled")},
		},
	}))(t)
	queues := sqs.NewFromConfig(s.cfg)
	url := try(queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}))(t).QueueUrl
	for i := range 10 {
		in := &sqs.SendMessageBatchInput{QueueUrl: url}
		for j := range 10 {
			in.Entries = append(in.Entries, sqstypes.SendMessageBatchRequestEntry{
				Id: aws.String(fmt.Sprint(j)), MessageBody: aws.String(fmt.Sprint(i)),
			})
		}
		try(queues.SendMessageBatch(t.Context(), in))(t)
	}
	s.setLimits(1, 6, false)
	s.trackBacklog("orders")
	high := s.trackingAlarms()["high"]
	if len(high.Metrics) != 3 || high.MetricName != nil || *high.Threshold != 25 {
		t.Errorf("the alarm is on %v above %v", high.Metrics, *high.Threshold)
	}

	const desired = 4 // of 100 messages, 25 for each
	s.await("4 tasks", func(service ecstypes.Service) bool { return service.RunningCount == desired })
	s.wantCause("monitor alarm TargetTracking-service/web/web-AlarmHigh-.* in state ALARM triggered policy " +
		"backlog-target-tracking")
	s.eventually("the metrics of the queue", func() bool {
		waiting := s.statistics("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName", "orders")
		age := s.statistics("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", "QueueName", "orders")
		return len(waiting) > 0 && waiting[len(waiting)-1] == 100 && sum(age) > 0
	})
	s.eventually("the end of the alarm", func() bool {
		return s.trackingAlarms()["high"].StateValue == cloudwatchtypes.StateValueOk
	})

	_, err := queues.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: url})
	if err != nil {
		t.Fatal(err)
	}
	s.await("fewer tasks", func(service ecstypes.Service) bool { return service.RunningCount < desired })
	s.wantCause("monitor alarm TargetTracking-service/web/web-AlarmLow-.* in state ALARM triggered policy " +
		"backlog-target-tracking")
}
