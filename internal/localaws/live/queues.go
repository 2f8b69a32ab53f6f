package live

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"webapp/internal/localaws/metrics"
)

// ageOfOldestMessage is what moto answers for CloudWatch's sake, in milliseconds; AWS's API has no such attribute.
const ageOfOldestMessage = "AgeOfOldestMessage"

// queueMetrics are CloudWatch's names for the attributes of a queue.
// Source: SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
var queueMetrics = map[sqstypes.QueueAttributeName]string{
	sqstypes.QueueAttributeNameApproximateNumberOfMessages:           "ApproximateNumberOfMessagesVisible",
	sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible: "ApproximateNumberOfMessagesNotVisible",
	sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed:    "ApproximateNumberOfMessagesDelayed",
	ageOfOldestMessage: "ApproximateAgeOfOldestMessage",
}

// queues measures the queues of all places where services are. SQS publishes once a minute.
func (m *meters) queues(ctx context.Context, all measured) {
	places := map[place]bool{}
	for _, s := range m.world.scheduler.States() {
		places[placeOf(s.ARN)] = true
	}
	for p := range places {
		client := sqs.NewFromConfig(m.world.config(p))
		pages := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				break // the local AWS ends
			}
			for _, url := range page.QueueUrls {
				m.queue(ctx, client, url, p, all)
			}
		}
	}
}

func (m *meters) queue(ctx context.Context, client *sqs.Client, url string, p place, all measured) {
	in := &sqs.GetQueueAttributesInput{QueueUrl: &url}
	for attribute := range queueMetrics {
		in.AttributeNames = append(in.AttributeNames, attribute)
	}
	found, err := client.GetQueueAttributes(ctx, in)
	if err != nil {
		return // the queue is gone
	}
	dimensions := map[string]string{"QueueName": url[strings.LastIndex(url, "/")+1:]}
	for attribute, name := range queueMetrics {
		value, err := strconv.ParseFloat(found.Attributes[string(attribute)], 64)
		if err != nil {
			continue
		}
		unit := types.StandardUnitCount
		if attribute == ageOfOldestMessage {
			unit, value = types.StandardUnitSeconds, value/1000*m.faster()
		}
		all.add(p, metrics.Metric{Namespace: "AWS/SQS", Name: name, Dimensions: dimensions}, unit, value)
	}
}

// faster is how many minutes of AWS pass in one of this machine. Queues keep the machine's time.
func (m *meters) faster() float64 { return float64(time.Minute) / float64(m.world.monitoring.minute()) }
