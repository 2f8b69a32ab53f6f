package live

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// flushEvery is how long lines of output wait for more.
const flushEvery = time.Second

// logStream creates the stream of a container that logs to CloudWatch, and returns what takes its lines. A container
// with another log driver, or none, keeps its output to itself.
func (w *World) logStream(ctx context.Context, where place, task string, c types.ContainerDefinition) (func(string), error) {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != types.LogDriverAwslogs {
		return func(string) {}, nil
	}
	o := c.LogConfiguration.Options
	if region := o["awslogs-region"]; region != "" {
		where.region = region
	}
	group, stream := o["awslogs-group"], fmt.Sprintf("%s/%s/%s", o["awslogs-stream-prefix"], aws.ToString(c.Name), task)
	client := cloudwatchlogs.NewFromConfig(w.config(where))
	_, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	if err != nil {
		return nil, initializationError("failed to validate logger args: create stream has been retried 1 times: "+
			"failed to create Cloudwatch log stream: %s : exit status 1", words(err))
	}
	lines := make(chan logtypes.InputLogEvent, 1000)
	w.logs.Go(func() { w.writeLogs(client, group, stream, lines) })
	return func(line string) {
		event := logtypes.InputLogEvent{Message: &line, Timestamp: aws.Int64(time.Now().UnixMilli())}
		select {
		case lines <- event:
		case <-w.ctx.Done():
		}
	}, nil
}

// writeLogs writes lines as they come, several at a time.
func (w *World) writeLogs(client *cloudwatchlogs.Client, group, stream string, lines <-chan logtypes.InputLogEvent) {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	var waiting []logtypes.InputLogEvent
	for {
		select {
		case <-w.ctx.Done():
			return
		case line := <-lines:
			waiting = append(waiting, line)
		case <-flush.C:
			if len(waiting) > 0 {
				// An error means that the group is gone; the lines go with it, as on AWS.
				_, _ = client.PutLogEvents(w.ctx, &cloudwatchlogs.PutLogEventsInput{
					LogGroupName: &group, LogStreamName: &stream, LogEvents: waiting,
				})
				waiting = nil
			}
		}
	}
}
