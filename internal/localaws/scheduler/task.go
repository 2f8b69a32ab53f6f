package scheduler

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"webapp/internal/localaws/engine"
)

// The states of a task. Source: ECS developer guide, "Task lifecycle".
const (
	Provisioning   = "PROVISIONING"
	Pending        = "PENDING"
	Activating     = "ACTIVATING"
	Running        = "RUNNING"
	Deactivating   = "DEACTIVATING"
	Stopping       = "STOPPING"
	Deprovisioning = "DEPROVISIONING"
	Stopped        = "STOPPED"
)

// The codes of why a task stopped. Source: ECS API, Task.
const (
	FailedToStart       = "TaskFailedToStart"
	EssentialExited     = "EssentialContainerExited"
	SchedulerInitiated  = "ServiceSchedulerInitiated"
	UserInitiated       = "UserInitiated"
	essentialExitedText = "Essential container in task exited"
	// outOfMemoryText is of ECS's agent: https://github.com/aws/amazon-ecs-agent, OutOfMemoryError.
	outOfMemoryText = "OutOfMemoryError: Container killed due to memory usage"
)

// task is one task. The scheduler's lock guards it.
type task struct {
	id         string
	scheduler  *Scheduler
	order      Order
	service    *service    // nil for a task without one
	deployment *deployment // of the service
	launch     Launch
	status     string
	created    time.Time
	started    time.Time // when it reached RUNNING
	ended      time.Time
	stopCode   string
	reason     string
	hint       string // on the reason; not AWS's
	containers []*container
	wasHealthy bool

	asked context.Context // done when the task is to stop
	ask   context.CancelFunc
	now   context.Context // done when it is to stop without draining
	kill  context.CancelFunc
}

// container is a container of a task.
type container struct {
	Container
	running engine.Running // nil until it has started
	health  string         // UNKNOWN, HEALTHY or UNHEALTHY
	ready   chan struct{}  // closed when it is healthy for the first time
	once    sync.Once
}

func newTask(s *Scheduler, o Order) *task {
	t := &task{id: NewID(), scheduler: s, order: o, status: Provisioning, created: time.Now()}
	t.now, t.kill = context.WithCancel(s.ctx)
	t.asked, t.ask = context.WithCancel(t.now)
	return t
}

// NewID makes an ID as ECS and EventBridge have them.
func NewID() string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// TaskARN returns the ARN of a cluster's task.
func TaskARN(cluster, id string) string {
	return strings.Replace(cluster, ":cluster/", ":task/", 1) + "/" + id
}

func (t *task) arn() string { return TaskARN(t.order.Cluster, t.id) }

func (t *task) is(id string) bool { return t.id == id || t.arn() == id }

// stopping reports whether the task was told to stop, or has.
func (t *task) stopping() bool { return t.asked.Err() != nil || t.status == Stopped }

// stop begins to stop a task. The scheduler's lock is held.
func (t *task) stop(code, reason string) {
	if t.stopCode == "" {
		t.stopCode, t.reason = code, reason
	}
	t.ask()
}

// run is a task's life.
func (t *task) run() {
	err := t.start()
	if err == nil {
		t.watch()
	}
	t.end(err)
}

func (t *task) locked(change func()) {
	t.scheduler.mu.Lock()
	defer t.scheduler.mu.Unlock()
	change()
}

func (t *task) become(status string) {
	t.locked(func() {
		t.status = status
		t.notify()
	})
	t.scheduler.wake()
}

func (t *task) start() error {
	launch, err := t.scheduler.options.Launcher.Launch(t.asked, t.order, t.id)
	t.locked(func() { t.launch = launch })
	if err != nil {
		return err
	}
	t.locked(func() {
		for _, c := range launch.Containers {
			t.containers = append(t.containers, &container{Container: c, health: "UNKNOWN", ready: make(chan struct{})})
		}
	})
	t.become(Pending)
	if err := t.startContainers(); err != nil {
		return err
	}
	t.become(Activating)
	t.register()
	t.locked(func() {
		t.status, t.started = Running, time.Now()
		t.notify()
	})
	t.scheduler.wake()
	return nil
}

// startContainers starts the containers, each when those that it depends on have reached what they must.
func (t *task) startContainers() error {
	failed := make(chan error, len(t.containers))
	for _, c := range t.containers {
		t.scheduler.work.Go(func() { failed <- t.startContainer(c) })
	}
	var problems []error
	for range t.containers {
		if err := <-failed; err != nil {
			problems = append(problems, err)
			t.ask() // the others need not start
		}
	}
	return errors.Join(problems...)
}

func (t *task) startContainer(c *container) error {
	for name, condition := range c.DependsOn {
		if err := t.await(name, condition); err != nil {
			return err
		}
	}
	running, err := t.scheduler.options.Engine.Start(t.asked, c.Container.Container)
	if err != nil {
		return t.failed(err)
	}
	t.locked(func() { c.running = running })
	if c.HealthCheck != nil {
		t.scheduler.work.Go(func() { t.checkHealth(c) })
	}
	return nil
}

// failed is why a task whose container did not start is stopped.
func (t *task) failed(err error) error {
	var stop *StopError
	if t.asked.Err() != nil || errors.As(err, &stop) {
		return err
	}
	return &StopError{Code: FailedToStart, Reason: err.Error()}
}

// await waits until a container has reached what another depends on. Source: ECS API, ContainerDependency.
func (t *task) await(name, condition string) error {
	c := t.container(name)
	if c == nil {
		return nil
	}
	started := time.NewTicker(10 * time.Millisecond)
	defer started.Stop()
	for {
		var running engine.Running
		t.locked(func() { running = c.running })
		if running != nil {
			return t.awaitRunning(c, running, condition)
		}
		select {
		case <-t.asked.Done():
			return t.asked.Err()
		case <-started.C:
		}
	}
}

func (t *task) awaitRunning(c *container, running engine.Running, condition string) error {
	reached := c.ready
	switch condition {
	case "START":
		return nil
	case "COMPLETE", "SUCCESS":
		ended := make(chan struct{})
		t.scheduler.work.Go(func() {
			select {
			case <-running.Exited():
				close(ended)
			case <-t.asked.Done():
			}
		})
		reached = ended
	}
	select {
	case <-reached:
	case <-t.asked.Done():
		return t.asked.Err()
	}
	if condition == "SUCCESS" && running.ExitCode() != 0 {
		return &StopError{
			Code: FailedToStart, Reason: fmt.Sprintf("dependent container %s exited with code %d", c.Name,
				running.ExitCode()),
		}
	}
	return nil
}

func (t *task) container(name string) *container {
	for _, c := range t.containers {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// checkHealth runs a container's health check as long as it runs. Source: ECS API, HealthCheck.
func (t *task) checkHealth(c *container) {
	s, h := t.scheduler, c.HealthCheck
	began := time.Now()
	interval := time.NewTicker(max(s.scaled(h.Interval), time.Millisecond))
	defer interval.Stop()
	failures := 0
	for {
		select {
		case <-t.now.Done():
			return
		case <-c.running.Exited():
			return
		case <-interval.C:
		}
		ctx, cancel := context.WithTimeout(t.now, max(s.scaled(h.Timeout), time.Second))
		code, err := c.running.Run(ctx, h.Command)
		cancel()
		healthy := err == nil && code == 0
		switch {
		case healthy:
			failures = 0
		case time.Since(began) > s.scaled(h.StartPeriod):
			failures++
		}
		t.locked(func() {
			switch {
			case healthy:
				c.health = "HEALTHY"
				c.once.Do(func() { close(c.ready) })
			case failures >= h.Retries:
				c.health = "UNHEALTHY"
			}
		})
		s.wake()
	}
}

// register adds the task to the target groups of its service.
func (t *task) register() {
	if t.service == nil {
		return
	}
	for _, lb := range t.service.copy().LoadBalancers {
		t.scheduler.options.Balancers.Register(lb.TargetGroup, t.launch.IP, lb.Port, t.address)
		t.locked(func() { t.deployment.groups = appendNew(t.deployment.groups, lb) })
	}
}

// address is where one of the task's ports listens on this machine, "" for one that does not.
func (t *task) address(port int) string {
	for _, c := range t.containers {
		if c.running != nil && slices.Contains(c.Ports, port) {
			return c.running.Address(port)
		}
	}
	return ""
}

// watch waits until the task is to stop, or an essential container has ended.
func (t *task) watch() {
	ended := make(chan *container, len(t.containers))
	for _, c := range t.containers {
		if c.Essential {
			t.scheduler.work.Go(func() {
				select {
				case <-c.running.Exited():
					ended <- c
				case <-t.now.Done():
				}
			})
		}
	}
	select {
	case <-t.asked.Done():
	case <-ended:
		t.locked(func() { t.stop(EssentialExited, essentialExitedText) })
	}
}

// end takes a task out of its target groups, waits until they have drained, and stops its containers.
func (t *task) end(err error) {
	t.locked(func() {
		var stop *StopError
		if errors.As(err, &stop) {
			t.hint = stop.Hint
			t.stop(stop.Code, stop.Reason)
		} else if err != nil {
			t.stop(FailedToStart, err.Error())
		}
	})
	t.ask()
	if err == nil {
		t.become(Deactivating)
		t.drain()
	}
	t.become(Stopping)
	var stops sync.WaitGroup
	for _, c := range t.containers {
		if c.running != nil {
			stops.Go(func() { c.running.Stop(t.grace(c)) })
		}
	}
	stops.Wait()
	if t.launch.Ended != nil {
		t.launch.Ended()
	}
	t.become(Deprovisioning)
	t.locked(func() {
		t.status, t.ended = Stopped, time.Now()
		t.notify()
		t.scheduler.ended(t)
	})
	t.kill()
	t.scheduler.wake()
}

// grace is how long a container may take to stop. Nothing waits when the scheduler ends.
func (t *task) grace(c *container) time.Duration {
	if t.scheduler.ctx.Err() != nil {
		return 0
	}
	return t.scheduler.scaled(c.StopTimeout)
}

// drain waits until the target groups have drained, unless an essential container has ended anyway.
func (t *task) drain() {
	if t.service == nil {
		return
	}
	var groups []LoadBalancer
	var exited bool
	t.locked(func() { groups, exited = t.deployment.balancers(), t.stopCode == EssentialExited })
	for _, lb := range groups {
		drained := t.scheduler.options.Balancers.Deregister(lb.TargetGroup, t.launch.IP, lb.Port)
		if exited {
			continue
		}
		select {
		case <-drained:
		case <-t.now.Done():
		}
	}
}

// healthy reports whether the task serves: it runs, its containers' health checks pass, and so do its target groups'.
func (t *task) healthy() bool {
	if t.status != Running || t.stopping() || !t.containersHealthy() {
		return false
	}
	for _, lb := range t.deployment.groups {
		state, _ := t.scheduler.options.Balancers.Health(lb.TargetGroup, t.launch.IP, lb.Port)
		if state != "healthy" && state != "unused" {
			return false
		}
	}
	return true
}

// containersHealthy reports whether the essential containers of a running task run, and pass their health checks.
func (t *task) containersHealthy() bool {
	return !slices.ContainsFunc(t.containers, func(c *container) bool {
		return c.Essential && (c.HealthCheck != nil && c.health != "HEALTHY" || c.hasExited())
	})
}

func (c *container) hasExited() bool {
	select {
	case <-c.running.Exited():
		return true
	default:
		return false
	}
}

// sick returns why a running task is to be replaced, "" where it is not.
func (t *task) sick() string {
	if t.status != Running || t.stopping() {
		return ""
	}
	for _, c := range t.containers {
		if c.Essential && c.health == "UNHEALTHY" {
			return fmt.Sprintf("(task %s) failed container health checks.", t.id)
		}
	}
	if time.Since(t.started) < t.scheduler.scaled(t.service.GracePeriod) {
		return ""
	}
	for _, lb := range t.deployment.groups {
		state, reason := t.scheduler.options.Balancers.Health(lb.TargetGroup, t.launch.IP, lb.Port)
		if state == "unhealthy" {
			return fmt.Sprintf("(port %d) is unhealthy in (target-group %s) due to (reason %s)", lb.Port,
				lb.TargetGroup, reason)
		}
	}
	return ""
}

func appendNew(all []LoadBalancer, one LoadBalancer) []LoadBalancer {
	for _, known := range all {
		if known == one {
			return all
		}
	}
	return append(all, one)
}
