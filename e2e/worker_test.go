package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"webapp/internal/localaws"
	"webapp/internal/localaws/scheduler"
)

// TestWorkerDrainsItsQueue deploys a stack of workers, one of which has no task until there is a message. Messages then
// bring tasks, by their number for each task, until the queue is empty and the tasks go.
func TestWorkerDrainsItsQueue(t *testing.T) {
	d := newRunningDeployment(t, localaws.MeasuringEvery(minuteLength))
	before := everything(t, d.aws)
	d.synthesizeText(`
name: shop
worker: true
container: {image: orders}
service: {assignPublicIp: true}
sendsTo: [mailer]
services:
  mailer:
    worker: true
    queue: {}
    container:
      image: mailer
      environment: {STANDIN_RECEIVE: QUEUE_URL, STANDIN_LATENCY: 500ms, AWS_REGION: eu-west-1}
    service: {assignPublicIp: true}
    scaling: {min: 0, max: 4, backlog: {perTask: 20, scaleInCooldown: 1m, scaleOutCooldown: 1m}}
`)
	d.apply()
	d.wantNoCall("CreateLoadBalancer", "CreateTargetGroup", "CreateListener")
	if got := d.serviceState("shop-mailer"); got.Desired != 0 {
		t.Errorf("%d tasks are desired without a message", got.Desired)
	}
	queue := d.queue("shop-mailer")
	queue.send(120)
	d.awaitTasks("shop-mailer", "4 tasks", func(s scheduler.State) bool { return s.Running == 4 })
	d.awaitTasks("shop-mailer", "an empty queue", func(scheduler.State) bool { return queue.length() == 0 })
	d.wantNoChange()
	d.awaitTasks("shop-mailer", "no task", func(s scheduler.State) bool { return s.Desired == 0 && s.Running == 0 })
	if letters := d.queue("shop-mailer-dead-letters").length(); letters != 0 {
		t.Errorf("%d messages were received too often", letters)
	}
	d.destroy()
	d.wantAccount(before)
}

// serviceState is how a service runs now.
func (d *deployment) serviceState(name string) scheduler.State {
	d.t.Helper()
	all := must(d.status())(d.t).Services
	i := slices.IndexFunc(all, func(s scheduler.State) bool { return s.Name == name })
	if i < 0 {
		d.t.Fatalf("there is no service %s: %+v", name, all)
	}
	return all[i]
}

// awaitTasks waits until a service runs as it should.
func (d *deployment) awaitTasks(service, what string, condition func(scheduler.State) bool) {
	d.t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(5 * time.Minute); !condition(d.serviceState(service)); <-again.C {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited for %s: %+v\n%+v", what, d.serviceState(service), must(d.status())(d.t).Activities)
		}
	}
}

// queue is a queue of a deployment.
type queue struct {
	d      *deployment
	client *sqs.Client
	url    *string
}

func (d *deployment) queue(name string) queue {
	d.t.Helper()
	client := sqs.NewFromConfig(d.aws)
	found := must(client.GetQueueUrl(d.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name}))(d.t)
	return queue{d, client, found.QueueUrl}
}

// send sends a number of messages, ten at once.
func (q queue) send(n int) {
	q.d.t.Helper()
	for chunk := range slices.Chunk(slices.Repeat([]string{"message"}, n), 10) {
		in := &sqs.SendMessageBatchInput{QueueUrl: q.url}
		for i, body := range chunk {
			in.Entries = append(in.Entries,
				types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: &body})
		}
		must(q.client.SendMessageBatch(q.d.t.Context(), in))(q.d.t)
	}
}

// length is the number of messages that are in the queue, received or not.
func (q queue) length() int {
	q.d.t.Helper()
	names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	found := must(q.client.GetQueueAttributes(q.d.t.Context(),
		&sqs.GetQueueAttributesInput{QueueUrl: q.url, AttributeNames: names}))(q.d.t)
	total := 0
	for _, name := range names {
		var n int
		must(fmt.Sscan(found.Attributes[string(name)], &n))(q.d.t)
		total += n
	}
	return total
}
