package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// running is a container that was started.
type running struct {
	engine    *Containers
	container Container
	sandbox   *sandbox
	id        string
	exited    chan struct{}
	exitCode  int
	outOfMem  bool
}

// lostContainer is the exit code of a container that the engine no longer knows.
const lostContainer = 255

// wait follows the container until its end, then removes it.
func (r *running) wait() {
	ctx := context.Background()
	r.follow(ctx)
	r.exitCode = r.result(ctx)
	if inspected, err := r.engine.api.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{}); err == nil {
		r.outOfMem = inspected.Container.State.OOMKilled
	}
	close(r.exited)
	_ = r.engine.remove(r.id) // Close tries again
	r.engine.leave(r.sandbox)
}

// follow logs the container's output until its end.
func (r *running) follow(ctx context.Context) {
	output, err := r.engine.api.ContainerLogs(ctx, r.id, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: true,
	})
	if err != nil {
		return // the container is gone, or its engine
	}
	defer func() { _ = output.Close() }()
	stdout, stderr := &lines{log: r.container.Log}, &lines{log: r.container.Log}
	_, _ = stdcopy.StdCopy(stdout, stderr, output)
	stdout.end()
	stderr.end()
}

func (r *running) result(ctx context.Context) int {
	ended := r.engine.api.ContainerWait(ctx, r.id, client.ContainerWaitOptions{
		Condition: container.WaitConditionNotRunning,
	})
	select {
	case result := <-ended.Result:
		return int(result.StatusCode)
	case err := <-ended.Error:
		if r.container.Log != nil {
			r.container.Log(fmt.Sprintf("the container engine has lost this container: %v", err))
		}
		return lostContainer
	}
}

func (r *running) ID() string              { return r.id }
func (r *running) Address(port int) string { return r.sandbox.addresses[port] }
func (r *running) IP() string              { return r.sandbox.ip }
func (r *running) StandIn() bool           { return false }
func (r *running) Exited() <-chan struct{} { return r.exited }
func (r *running) ExitCode() int           { return r.exitCode }
func (r *running) OutOfMemory() bool       { return r.outOfMem }

// Stop sends the image's stop signal, as ECS does. That is SIGTERM unless the image says otherwise. The Docker API
// takes the timeout in whole seconds, so it is rounded up.
func (r *running) Stop(timeout time.Duration) {
	seconds := int(math.Ceil(timeout.Seconds()))
	_, err := r.engine.api.ContainerStop(context.Background(), r.id, client.ContainerStopOptions{Timeout: &seconds})
	if err != nil {
		_ = r.engine.remove(r.id)
	}
	<-r.exited
}

func (r *running) Run(ctx context.Context, command []string) (int, error) {
	created, err := r.engine.api.ExecCreate(ctx, r.id, client.ExecCreateOptions{
		Cmd: command, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return 0, err
	}
	attached, err := r.engine.api.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return 0, err
	}
	// The end of its output is the end of the command.
	stop := context.AfterFunc(ctx, attached.Close)
	_, _ = io.Copy(io.Discard, attached.Reader)
	if !stop() {
		return 0, ctx.Err()
	}
	attached.Close()
	inspected, err := r.engine.api.ExecInspect(ctx, created.ID, client.ExecInspectOptions{})
	return inspected.ExitCode, err
}

func (r *running) Usage() (cpu time.Duration, memory int64) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := r.engine.api.ContainerStats(ctx, r.id, client.ContainerStatsOptions{})
	if err != nil {
		return 0, 0
	}
	defer func() { _ = answer.Body.Close() }()
	var stats container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&stats); err != nil {
		return 0, 0
	}
	// Like `docker stats`, leave out cached files. cgroup v1 and v2 name them differently.
	m := stats.MemoryStats
	cache, is := m.Stats["total_inactive_file"]
	if !is {
		cache = m.Stats["inactive_file"]
	}
	cpu = time.Duration(stats.CPUStats.CPUUsage.TotalUsage) //nolint:gosec // 292 years
	return cpu, int64(m.Usage - min(cache, m.Usage))        //nolint:gosec // of one machine's memory
}
