package engine

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Restart is the restart policy of a container. Source: ECS API, ContainerRestartPolicy.
type Restart struct {
	IgnoredExitCodes []int // after which it stays ended
	// AttemptPeriod is how long the container must have run. One that ends earlier stays ended.
	AttemptPeriod time.Duration
}

// WithRestarts returns an engine that starts containers again when they end, as their restart policies say.
func WithRestarts(e Engine) Engine { return withRestarts{e} }

type withRestarts struct{ Engine }

// Start starts a container. It is not started again once the context is done.
func (e withRestarts) Start(ctx context.Context, c Container) (Running, error) {
	running, err := e.Engine.Start(ctx, c)
	if err != nil || c.Restart == nil {
		return running, err
	}
	r := &restarted{engine: e.Engine, container: c, current: running, exited: make(chan struct{})}
	go r.keep(ctx)
	return r, nil
}

// restarted is a container with a restart policy, through all its starts.
type restarted struct {
	engine    Engine
	container Container
	exited    chan struct{}

	mu       sync.Mutex
	current  Running
	stopping bool
}

// keep starts the container again until it stays ended.
func (r *restarted) keep(ctx context.Context) {
	defer close(r.exited)
	for {
		began, ended := time.Now(), r.running()
		<-ended.Exited()
		if time.Since(began) < r.container.Restart.AttemptPeriod ||
			slices.Contains(r.container.Restart.IgnoredExitCodes, ended.ExitCode()) || !r.startAgain(ctx) {
			return
		}
	}
}

// startAgain reports whether the container runs again. While it starts, Stop waits.
func (r *restarted) startAgain(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return false
	}
	next, err := r.engine.Start(ctx, r.container)
	if err != nil {
		return false
	}
	r.current = next
	return true
}

func (r *restarted) running() Running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

func (r *restarted) ID() string                    { return r.running().ID() }
func (r *restarted) Address(port int) string       { return r.running().Address(port) }
func (r *restarted) IP() string                    { return r.running().IP() }
func (r *restarted) StandIn() bool                 { return r.running().StandIn() }
func (r *restarted) Exited() <-chan struct{}       { return r.exited }
func (r *restarted) ExitCode() int                 { return r.running().ExitCode() }
func (r *restarted) OutOfMemory() bool             { return r.running().OutOfMemory() }
func (r *restarted) Usage() (time.Duration, int64) { return r.running().Usage() }

func (r *restarted) Run(ctx context.Context, command []string) (int, error) {
	return r.running().Run(ctx, command)
}

func (r *restarted) Stop(timeout time.Duration) {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	r.running().Stop(timeout)
	<-r.exited
}
