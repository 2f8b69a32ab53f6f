package local

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/awsread"
)

// LogOptions choose what PrintLogs prints.
type LogOptions struct {
	Service   string        // empty: of all services
	Container string        // empty: of all containers
	Since     time.Duration // 0: all that there is
	Follow    bool
}

// PrintLogs prints what containers have written to CloudWatch Logs. To follow, it goes on until ctx ends.
func (h Home) PrintLogs(ctx context.Context, o LogOptions, out io.Writer) error {
	s, err := h.running(ctx)
	if err != nil {
		return err
	}
	r := &logReader{server: s, options: o, out: out}
	if o.Since > 0 {
		r.from = time.Now().Add(-o.Since)
	}
	if err := r.print(ctx); err != nil || !o.Follow {
		return err
	}
	return h.repeat(ctx, s, time.Second/2, r.print)
}

// logReader prints log events, each one once.
type logReader struct {
	server  server
	options LogOptions
	out     io.Writer
	from    time.Time
	seen    map[string]bool // the ids of the events of the last look
}

// late is how much later than a newer event of another container an event may arrive.
const late = 10 * time.Second

// logSource is where a container of a service writes to.
type logSource struct {
	service                   service
	region, group, prefix, of string // of is the container
}

// logLine is an event, and whose it is.
type logLine struct {
	logstypes.FilteredLogEvent
	service, container, task string
}

// print prints what is new since the last call.
func (r *logReader) print(ctx context.Context) error {
	services, err := r.server.services(ctx, r.options.Service)
	if err != nil {
		return err
	}
	sources, err := r.sources(ctx, services)
	if err != nil {
		return err
	}
	var lines []logLine
	for _, source := range sources {
		read, err := r.read(ctx, source)
		if err != nil {
			return err
		}
		lines = append(lines, read...)
	}
	slices.SortStableFunc(lines, func(a, b logLine) int { return cmp.Compare(*a.Timestamp, *b.Timestamp) })
	seen := map[string]bool{}
	for _, line := range lines {
		id := line.service + " " + aws.ToString(line.EventId)
		seen[id] = true
		at := time.UnixMilli(*line.Timestamp)
		if !r.seen[id] {
			fmt.Fprintf(r.out, "%s  %s/%s %.8s  %s\n", at.Format("15:04:05.000"), line.service, line.container, line.task,
				aws.ToString(line.Message))
		}
		if at.Add(-late).After(r.from) {
			r.from = at.Add(-late)
		}
	}
	r.seen = seen
	return nil
}

// sources returns where the chosen containers write to.
func (r *logReader) sources(ctx context.Context, services []service) ([]logSource, error) {
	var sources []logSource
	var containers []string
	for _, one := range services {
		read := awsread.New(ctx, one.cfg)
		for _, definition := range definitions(read, one) {
			for _, c := range definition.ContainerDefinitions {
				name := aws.ToString(c.Name)
				containers = append(containers, name)
				if r.options.Container == "" || r.options.Container == name {
					sources = appendSource(sources, one, c)
				}
			}
		}
		if err := read.Err(); err != nil {
			return nil, err
		}
	}
	switch c := r.options.Container; {
	case c != "" && !slices.Contains(containers, c):
		slices.Sort(containers)
		return nil, fmt.Errorf("found no container %q; write one of: %s", c,
			strings.Join(slices.Compact(containers), ", "))
	case len(sources) == 0:
		return nil, fmt.Errorf("no container of %s writes to CloudWatch Logs; give it the log driver awslogs",
			describeServices(services))
	}
	return sources, nil
}

func describeServices(services []service) string {
	var names []string
	for _, one := range services {
		names = append(names, one.Name)
	}
	return strings.Join(names, ", ")
}

// definitions returns the task definitions of a service's deployments. A service may have gone meanwhile.
func definitions(r *awsread.Reader, one service) []*ecstypes.TaskDefinition {
	found := r.Service(one.cluster, one.Name)
	if found == nil {
		return nil
	}
	arns := []string{aws.ToString(found.TaskDefinition)}
	for _, d := range found.Deployments {
		arns = append(arns, aws.ToString(d.TaskDefinition))
	}
	slices.Sort(arns)
	var all []*ecstypes.TaskDefinition
	for _, name := range slices.Compact(arns) {
		if definition, _ := r.TaskDefinition(name); definition != nil {
			all = append(all, definition)
		}
	}
	return all
}

// appendSource adds where a container writes to, once.
func appendSource(all []logSource, one service, c ecstypes.ContainerDefinition) []logSource {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != ecstypes.LogDriverAwslogs {
		return all
	}
	o := c.LogConfiguration.Options
	source := logSource{service: one, region: cmp.Or(o["awslogs-region"], one.cfg.Region), group: o["awslogs-group"],
		prefix: o["awslogs-stream-prefix"], of: aws.ToString(c.Name)}
	same := func(other logSource) bool {
		return other.service.ARN == one.ARN && other.region == source.region && other.group == source.group &&
			other.prefix == source.prefix && other.of == source.of
	}
	if slices.ContainsFunc(all, same) {
		return all
	}
	return append(all, source)
}

// read returns the events of a container's streams, one for each task. Source of their names: ECS developer guide,
// "Send Amazon ECS logs to CloudWatch".
func (r *logReader) read(ctx context.Context, source logSource) ([]logLine, error) {
	cfg := source.service.cfg.Copy()
	cfg.Region = source.region
	reader := awsread.New(ctx, cfg)
	prefix := source.prefix + "/" + source.of + "/"
	var lines []logLine
	for _, event := range reader.LogEvents(source.group, prefix, r.from) {
		// The records of the local AWS know no prefixes of streams.
		if task, ok := strings.CutPrefix(aws.ToString(event.LogStreamName), prefix); ok {
			lines = append(lines, logLine{event, source.service.Name, source.of, task})
		}
	}
	return lines, reader.Err()
}

// ContainerNames returns the names of a service's containers, or of all services': for completion.
func (h Home) ContainerNames(ctx context.Context, name string) []string {
	s, alive := h.find()
	if !alive {
		return nil
	}
	services, _ := s.services(ctx, name) // none is no completion
	var names []string
	for _, one := range services {
		for _, definition := range definitions(awsread.New(ctx, one.cfg), one) {
			for _, c := range definition.ContainerDefinitions {
				names = append(names, aws.ToString(c.Name))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
