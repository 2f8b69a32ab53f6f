package engine

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// receive takes one message after another from a queue until ctx ends. For each it does the work of a request, and
// deletes the message if the work was done. The queue's URL says where the local AWS is.
func receive(ctx context.Context, s settings, work *worker, stdout io.Writer) error {
	queue := os.Getenv(s.receive)
	at, err := url.Parse(queue)
	if err != nil || at.Host == "" {
		return fmt.Errorf("%s: the variable %s has %q, which is not the URL of a queue", EnvReceive, s.receive, queue)
	}
	client := sqs.New(sqs.Options{
		BaseEndpoint: aws.String(at.Scheme + "://" + at.Host), Region: cmp.Or(os.Getenv("AWS_REGION"), "us-east-1"),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	fmt.Fprintf(stdout, "a stand-in receives from %s\n", queue)
	for ctx.Err() == nil {
		got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &queue, MaxNumberOfMessages: 1, WaitTimeSeconds: 1,
		})
		if err != nil {
			if ctx.Err() == nil {
				fmt.Fprintln(stdout, "receiving:", err)
			}
			pause(ctx, time.Second)
			continue
		}
		for _, message := range got.Messages {
			handleMessage(ctx, s, work, client, queue, message, stdout)
		}
	}
	fmt.Fprintln(stdout, "stopping: receiving no more messages")
	return nil
}

// handleMessage works on a message. One that was not done in time stays in the queue, for another task.
func handleMessage(
	ctx context.Context, s settings, work *worker, client *sqs.Client, queue string, m types.Message, stdout io.Writer,
) {
	if !pause(ctx, s.latency) || !work.do(ctx) {
		return
	}
	if s.health >= 400 {
		fmt.Fprintf(stdout, "failed with %s, as %s says\n", aws.ToString(m.Body), EnvHealth)
		return
	}
	// Even while it stops: the work is done.
	if _, err := client.DeleteMessage(context.WithoutCancel(ctx), &sqs.DeleteMessageInput{
		QueueUrl: &queue, ReceiptHandle: m.ReceiptHandle,
	}); err != nil {
		fmt.Fprintln(stdout, "deleting a message:", err)
		return
	}
	fmt.Fprintf(stdout, "done with %s\n", aws.ToString(m.Body))
}
