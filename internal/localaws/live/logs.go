package live

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// flushEvery is how long lines of output wait for more.
const flushEvery = time.Second

// validateLogger begins AWS's words for a log stream that cannot be made.
const validateLogger = "ResourceInitializationError: failed to validate logger args: "

// logStream creates the stream of a container that logs to CloudWatch, and returns what takes its lines. A container
// with another log driver, or none, keeps its output to itself.
func (p *preflight) logStream(c types.ContainerDefinition) (func(string), error) {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != types.LogDriverAwslogs {
		return func(string) {}, nil
	}
	where, o := p.where, c.LogConfiguration.Options
	if region := o["awslogs-region"]; region != "" {
		where.region = region
	}
	group := o["awslogs-group"]
	stream := fmt.Sprintf("%s/%s/%s", o["awslogs-stream-prefix"], aws.ToString(c.Name), p.task)
	if hint := p.attachment.toService("logs", where.region); hint != "" {
		return nil, refuse(hint, validateLogger+"The task cannot find the Amazon CloudWatch log group defined in "+
			"the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your "+
			"network configuration. : signal: killed")
	}
	const noStream = validateLogger + "create stream has been retried 1 times: failed to create Cloudwatch log " +
		"stream: %s : exit status 1"
	arn := p.arn("logs", where, fmt.Sprintf("log-group:%s:log-stream:%s", group, stream))
	const action = "logs:CreateLogStream"
	if denial := p.denied(action, arn); denial != "" {
		return nil, refuse(p.hintDenied(action, arn), noStream,
			p.accessDenied("CloudWatch Logs", "CreateLogStream", denial))
	}
	client := cloudwatchlogs.NewFromConfig(p.world.config(where))
	in := &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}
	if _, err := client.CreateLogStream(p.ctx, in); err != nil {
		hint := fmt.Sprintf("Create the log group %s, which the container %s logs to.", group, aws.ToString(c.Name))
		return nil, refuse(hint, noStream,
			apiError("CloudWatch Logs", "CreateLogStream", p.task, words(err)))
	}
	if p.denied("logs:PutLogEvents", arn) != "" {
		return func(string) {}, nil // the task runs, and its lines are lost, as on AWS
	}
	return p.world.write(client, group, stream), nil
}

// write returns what takes the lines of a stream.
func (w *World) write(client *cloudwatchlogs.Client, group, stream string) func(string) {
	lines := make(chan logtypes.InputLogEvent, 1000)
	w.logs.Go(func() { w.writeLogs(client, group, stream, lines) })
	return func(line string) {
		event := logtypes.InputLogEvent{Message: &line, Timestamp: aws.Int64(time.Now().UnixMilli())}
		select {
		case lines <- event:
		case <-w.ctx.Done():
		}
	}
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
