package oneoff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// logReader prints the lines of a container's log stream, each once.
type logReader struct {
	client        *logs.Client
	group, stream string
	out           io.Writer
	next          *string
}

// newLogReader returns nil for a container that does not log to CloudWatch. Source of the stream's name: ECS developer
// guide, "Send Amazon ECS logs to CloudWatch".
func newLogReader(cfg aws.Config, d *types.TaskDefinition, container, task string, out io.Writer) *logReader {
	for _, c := range d.ContainerDefinitions {
		l := c.LogConfiguration
		if aws.ToString(c.Name) != container || l == nil || l.LogDriver != types.LogDriverAwslogs {
			continue
		}
		at := cfg.Copy()
		if region := l.Options["awslogs-region"]; region != "" {
			at.Region = region
		}
		return &logReader{
			client: logs.NewFromConfig(at), group: l.Options["awslogs-group"], out: out,
			stream: strings.Join([]string{l.Options["awslogs-stream-prefix"], container, task}, "/"),
		}
	}
	return nil
}

// print prints what is new. A stream that does not exist yet has nothing.
func (r *logReader) print(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for {
		page, err := r.client.GetLogEvents(ctx, &logs.GetLogEventsInput{
			LogGroupName: &r.group, LogStreamName: &r.stream, StartFromHead: aws.Bool(true), NextToken: r.next,
		})
		var missing *logstypes.ResourceNotFoundException
		switch {
		case errors.As(err, &missing):
			return nil
		case err != nil:
			return fmt.Errorf("reading the task's log: %w", err)
		}
		for _, e := range page.Events {
			fmt.Fprintln(r.out, aws.ToString(e.Message))
		}
		// At the end of the stream the token stays the same (CloudWatch Logs API, GetLogEvents).
		end := aws.ToString(page.NextForwardToken) == aws.ToString(r.next) || len(page.Events) == 0
		r.next = page.NextForwardToken
		if end {
			return nil
		}
	}
}
