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

// putWithin is how long CloudWatch may take for them: a task does not stop before.
const putWithin = 5 * time.Second

// validateLogger begins AWS's words for a log stream that cannot be made.
const validateLogger = "ResourceInitializationError: failed to validate logger args: "

// logStream creates the stream of a container that logs to CloudWatch, and returns what takes its lines. A container
// with another log driver, or none, keeps its output to itself: nil.
func (p *preflight) logStream(c types.ContainerDefinition) (*logStream, error) {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != types.LogDriverAwslogs {
		return nil, nil
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
		return nil, nil // the task runs, and its lines are lost, as on AWS
	}
	return p.world.newLogStream(client, group, stream), nil
}

// logStream writes a container's output. A nil one drops it.
type logStream struct {
	world         *World
	client        *cloudwatchlogs.Client
	group, stream string
	lines         chan logtypes.InputLogEvent
	end           chan struct{} // closed after the last line
	written       chan struct{} // closed when all lines are written
}

func (w *World) newLogStream(client *cloudwatchlogs.Client, group, stream string) *logStream {
	s := &logStream{world: w, client: client, group: group, stream: stream,
		lines: make(chan logtypes.InputLogEvent, 1000), end: make(chan struct{}), written: make(chan struct{})}
	w.logs.Go(s.write)
	return s
}

// add writes a line soon.
func (s *logStream) add(line string) {
	if s == nil {
		return
	}
	event := logtypes.InputLogEvent{Message: &line, Timestamp: aws.Int64(time.Now().UnixMilli())}
	select {
	case s.lines <- event:
	case <-s.written:
	case <-s.world.ctx.Done():
	}
}

// close waits until all lines are written. It is called once, after the last one was added.
func (s *logStream) close() {
	if s == nil {
		return
	}
	close(s.end)
	<-s.written
}

// write writes lines as they come, several at a time.
func (s *logStream) write() {
	defer close(s.written)
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	var waiting []logtypes.InputLogEvent
	for {
		select {
		case <-s.world.ctx.Done():
			return
		case line := <-s.lines:
			waiting = append(waiting, line)
		case <-flush.C:
			s.put(waiting)
			waiting = nil
		case <-s.end:
			for len(s.lines) > 0 {
				waiting = append(waiting, <-s.lines)
			}
			s.put(waiting)
			return
		}
	}
}

func (s *logStream) put(lines []logtypes.InputLogEvent) {
	if len(lines) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(s.world.ctx, putWithin)
	defer cancel()
	// An error means that the group is gone; the lines go with it, as on AWS.
	_, _ = s.client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &s.group, LogStreamName: &s.stream, LogEvents: lines,
	})
}
