// Package scheduler runs the services of ECS on this machine, as ECS's service scheduler does: it keeps the desired
// number of tasks, deploys new versions step by step, and rolls back one whose tasks fail. It also runs tasks without a
// service, as RunTask does.
//
// What a task needs from the rest of AWS, such as its secrets and its way to the image, a Launcher finds out; how its
// containers run is an engine's; what sends requests to it is a Balancers'.
package scheduler

import (
	"context"
	"slices"
	"sync"
	"time"

	"webapp/internal/localaws/engine"
)

// Service is what CreateService and UpdateService ask for.
type Service struct {
	ARN, Name, Cluster    string // the cluster's ARN
	TaskDefinition        string // its ARN
	Desired               int
	MinimumHealthyPercent int
	MaximumPercent        int
	CircuitBreaker        bool
	Rollback              bool
	Alarms                []string // that end a deployment
	AlarmRollback         bool
	GracePeriod           time.Duration
	LoadBalancers         []LoadBalancer
	Subnets               []string
	SecurityGroups        []string
	AssignPublicIP        bool
	// Discovery says how other services find the tasks. Only its changes matter here: each is a new deployment.
	Discovery string
	// Force starts a new deployment although nothing else has changed.
	Force bool
}

// LoadBalancer is a target group that gets a container's port of every task.
type LoadBalancer struct {
	TargetGroup string // its ARN
	Container   string
	Port        int
}

// Order is what a task is to be: one of a service, or one that RunTask starts.
type Order struct {
	// Service is the ARN of the task's service, empty for a task that RunTask starts.
	Service                 string
	Cluster, TaskDefinition string // their ARNs
	Subnets, SecurityGroups []string
	AssignPublicIP          bool

	// The others are for RunTask only. CapacityProvider is empty for a launch type. Overrides are a TaskOverride of the
	// API, and Tags are the API's.
	Group, StartedBy, CapacityProvider string
	Overrides                          map[string]any
	Tags                               []any
}

// order is what a task of the service is to be.
func (s Service) order() Order {
	return Order{Service: s.ARN, Cluster: s.Cluster, TaskDefinition: s.TaskDefinition, Subnets: s.Subnets,
		SecurityGroups: s.SecurityGroups, AssignPublicIP: s.AssignPublicIP, Group: "service:" + s.Name}
}

// Launch is what it takes to start one task.
type Launch struct {
	IP, Zone, Subnet string
	// CPU, in units, and MemoryMiB are the task's size.
	CPU, MemoryMiB int
	// Containers in the order in which the task definition lists them.
	Containers []Container
	// Ended is called when the containers have ended: what they logged can be read after that. May be nil.
	Ended func()
}

// Container is a container of a task, ready to start.
type Container struct {
	engine.Container
	Essential   bool
	StopTimeout time.Duration
	// DependsOn are the containers that come first, with what they must have reached: START, COMPLETE, SUCCESS or
	// HEALTHY.
	DependsOn   map[string]string
	HealthCheck *HealthCheck
}

// HealthCheck is the command by which ECS checks whether a container is healthy.
type HealthCheck struct {
	Command                        []string // CMD or CMD-SHELL first
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

// Launcher finds out what a task needs. Its error is a StopError where AWS would stop the task for it.
type Launcher interface {
	Launch(ctx context.Context, o Order, taskID string) (Launch, error)
}

// Balancers send requests to tasks.
type Balancers interface {
	// Register adds a task's port to a group. Where a port of the task listens on this machine, address says: "" for one
	// that does not.
	Register(group, ip string, port int, address func(port int) string)
	// Deregister returns a channel that is closed at the end of the deregistration delay.
	Deregister(group, ip string, port int) <-chan struct{}
	// Health returns the state of a target and the reason for it, "" where the group does not know it.
	Health(group, ip string, port int) (state, reason string)
}

// StopError is why a task could not start.
type StopError struct {
	Code, Reason string // AWS's words
	// Hint says which setting leads there. It is not AWS's, and empty where there is nothing to add.
	Hint string
}

func (e *StopError) Error() string { return e.Reason }

// Options are what a scheduler works with.
type Options struct {
	Engine    engine.Engine
	Launcher  Launcher
	Balancers Balancers
	// Second is how long a second of AWS lasts.
	Second time.Duration
	// Alarmed reports whether an alarm of the account and region of a service is in the state ALARM. May be nil.
	Alarmed func(service, alarm string) bool
	// Notify is called with the scheduler's lock held, and must not wait. May be nil.
	Notify func(Notice)
}

// Scheduler runs services and tasks.
type Scheduler struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc
	changed chan struct{}
	work    sync.WaitGroup // all that runs in the background

	mu       sync.Mutex
	services map[string]*service // by ARN
	alone    []*task             // those without a service
	stopped  []*task             // the last ones, for DescribeTasks
}

// New starts a scheduler without services.
func New(o Options) *Scheduler {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Scheduler{options: o, ctx: ctx, cancel: cancel, changed: make(chan struct{}, 1),
		services: map[string]*service{}}
	if s.options.Notify == nil {
		s.options.Notify = func(Notice) {}
	}
	if s.options.Alarmed == nil {
		s.options.Alarmed = func(string, string) bool { return false }
	}
	s.work.Go(s.loop)
	return s
}

// Close stops all tasks and waits until they are gone.
func (s *Scheduler) Close() {
	s.cancel()
	s.mu.Lock()
	for _, t := range s.active() {
		t.kill()
	}
	s.mu.Unlock()
	s.work.Wait()
}

func (s *Scheduler) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(s.options.Second) / float64(time.Second))
}

// checkEvery is how often the scheduler looks at the health of the targets, in seconds of AWS.
const checkEvery = 2 * time.Second

func (s *Scheduler) loop() {
	again := time.NewTicker(max(s.scaled(checkEvery), time.Millisecond))
	defer again.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-again.C:
		case <-s.changed:
		}
		s.mu.Lock()
		for _, one := range s.services {
			one.reconcile()
		}
		s.mu.Unlock()
	}
}

// wake has the scheduler look at its services soon.
func (s *Scheduler) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Put creates or changes a service.
func (s *Scheduler) Put(wanted Service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.services[wanted.ARN]
	if one == nil || one.deleted {
		one = &service{scheduler: s, Service: wanted}
		s.services[wanted.ARN] = one
		one.deploy(wanted, "")
	} else {
		one.update(wanted)
	}
	s.wake()
}

// SetDesired changes how many tasks a service has, as Application Auto Scaling does.
func (s *Scheduler) SetDesired(arn string, desired int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.services[arn]; one != nil && one.Desired != desired {
		one.Desired = desired
		one.steady = false
		s.wake()
	}
}

// Delete stops a service's tasks and forgets it.
func (s *Scheduler) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.services[arn]; one != nil {
		one.deleted = true
		one.Desired = 0
		s.wake()
	}
}

// StopTask stops a task, as the API's StopTask does, and reports whether there is one with this ARN or id.
func (s *Scheduler) StopTask(id, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.active() {
		if t.is(id) {
			t.stop(UserInitiated, reason)
			return true
		}
	}
	return false
}

// Run starts a task without a service, as the API's RunTask does, and returns its ARN.
func (s *Scheduler) Run(o Order) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := newTask(s, o)
	s.alone = append(s.alone, t)
	t.notify()
	if s.ctx.Err() == nil {
		s.work.Go(t.run)
	}
	return t.arn()
}

// Active returns what the tasks without a service are that have not stopped yet.
func (s *Scheduler) Active() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var orders []Order
	for _, t := range s.alone {
		orders = append(orders, t.order)
	}
	return orders
}

// active returns the tasks that have not stopped yet, of services and others.
func (s *Scheduler) active() []*task {
	tasks := slices.Clone(s.alone)
	for _, one := range s.services {
		tasks = append(tasks, one.tasks...)
	}
	return tasks
}

// keptStopped is how many stopped tasks are remembered. ECS shows them for an hour at least.
const keptStopped = 200

// ended is called when a task has stopped. The scheduler's lock is held.
func (s *Scheduler) ended(t *task) {
	if t.service == nil {
		s.alone = slices.DeleteFunc(s.alone, func(other *task) bool { return other == t })
	} else {
		t.service.ended(t)
	}
	s.stopped = append(s.stopped, t)
	if extra := len(s.stopped) - keptStopped; extra > 0 {
		s.stopped = slices.Delete(s.stopped, 0, extra)
	}
}
