// Package live runs what the records of a local AWS describe: the tasks of ECS services, and the load balancers before
// them. The records are moto's; this package reads them as an account's owner would.
package live

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/loopback"
	"webapp/internal/localaws/scheduler"
)

// Options say where the records are, and how things run on this machine.
type Options struct {
	// Records is the address of moto, host:port, and AccountHeader the header by which it is told whose records to use.
	Records, AccountHeader string
	// Front is the address of the proxy, which adds to the records what moto lacks. Its requests have OwnHeader.
	Front  string
	Engine engine.Engine
	// Second is how long a second of AWS lasts.
	Second time.Duration
	// Minute is how long a minute of CloudWatch lasts. Default 60 times Second.
	Minute time.Duration
	// Folder is where the files of file systems and volumes are kept. Default: a temporary one.
	Folder string
}

// World is all that runs.
type World struct {
	options   Options
	ctx       context.Context
	cancel    context.CancelFunc
	scheduler *scheduler.Scheduler
	balancers *balancers
	authority *authority
	launcher  *launcher
	mesh      *mesh
	folder    string
	logs      sync.WaitGroup // streams that are still written

	monitoring *monitoring
	schedules  *schedules
	events     *eventQueue
	work       sync.WaitGroup // all else that runs in the background
}

// Start starts a world in which nothing runs yet.
func Start(o Options) (*World, error) {
	w := &World{options: o}
	var err error
	if w.authority, err = newAuthority(); err != nil {
		return nil, err
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	if w.folder, err = makeFolder(o.Folder); err != nil {
		return nil, err
	}
	if w.mesh, err = newMesh(w); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.folder))
	}
	w.balancers = newBalancers(w)
	w.launcher = &launcher{world: w, taken: map[string]int{}, attachments: map[string]*attachment{}}
	w.events = newEventQueue(w)
	w.scheduler = scheduler.New(scheduler.Options{
		Engine: engine.WithRestarts(o.Engine), Launcher: w.launcher, Balancers: w.balancers, Second: o.Second,
		Notify:  w.reported,
		Alarmed: func(service, alarm string) bool { return w.monitoring.of(placeOf(service)).Alarmed(alarm) },
	})
	w.monitoring, w.schedules = newMonitoring(w), newSchedules(w)
	w.work.Go(w.monitoring.run)
	w.work.Go(w.events.run)
	w.work.Go(w.balancers.writeAccessLogs)
	return w, nil
}

// Close stops everything, and waits until nothing of it is left.
func (w *World) Close() error {
	w.scheduler.Close()
	w.balancers.close()
	err := w.mesh.close()
	w.cancel()
	w.work.Wait()
	w.logs.Wait()
	return errors.Join(err, w.options.Engine.Close(), os.RemoveAll(w.folder))
}

// reported is told what the scheduler reports. The storage of a task that has stopped goes with it; what belongs to
// another user, for whom a container ran, stays until the end.
func (w *World) reported(n scheduler.Notice) {
	if n.Detail["lastStatus"] == scheduler.Stopped {
		_ = os.RemoveAll(w.taskFolder(n.Resource[strings.LastIndex(n.Resource, "/")+1:]))
	}
	w.events.add(n)
}

// taskFolder holds a task's own volumes.
func (w *World) taskFolder(id string) string { return filepath.Join(w.folder, "tasks", id) }

func makeFolder(path string) (string, error) {
	if path == "" {
		return os.MkdirTemp("", "local-aws-")
	}
	return path, os.MkdirAll(path, 0o755) // containers with other users read it
}

// place is an account and a region.
type place struct{ account, region string }

// placeOf reads the account and region of an ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:….
func placeOf(arn string) place {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return place{}
	}
	return place{account: parts[4], region: parts[3]}
}

// partitionOf reads the partition of an ARN, such as aws.
func partitionOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return partition
}

// OwnHeader marks a request of the world's own to the proxy: it is for the account that it says, and is not recorded.
const OwnHeader = "X-Local-Aws-Own"

// config is for a client of the records of an account and region.
func (w *World) config(p place) aws.Config {
	return aws.Config{
		Region:                    p.region,
		BaseEndpoint:              aws.String("http://" + w.options.Records),
		HTTPClient:                loopback.Client,
		Credentials:               credentials.NewStaticCredentialsProvider("local", "local", ""),
		DisableRequestCompression: true,
		APIOptions:                []func(*smithyStack) error{smithyhttp.AddHeaderValue(w.options.AccountHeader, p.account)},
	}
}

// s3 returns a client of the buckets of an account and region, which are folders of the records' address.
func (w *World) s3(p place) *s3.Client {
	return s3.NewFromConfig(w.config(p), func(o *s3.Options) { o.UsePathStyle = true })
}

// front is for a client that sees an account and region through the proxy.
func (w *World) front(p place) aws.Config {
	cfg := w.config(p)
	cfg.BaseEndpoint = aws.String("http://" + w.options.Front)
	cfg.APIOptions = append(cfg.APIOptions, smithyhttp.AddHeaderValue(OwnHeader, "true"))
	return cfg
}
