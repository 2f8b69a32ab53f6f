package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// service is a service at work. The scheduler's lock guards it.
type service struct {
	Service
	scheduler   *Scheduler
	deployments []*deployment // the newest, which is the primary one, first
	tasks       []*task
	events      []Event
	steady      bool // its event was written
	deleted     bool
	last        Service // of the last deployment that was completed
	retryAt     time.Time
}

// deployment is a version of a service.
type deployment struct {
	id       string
	asked    Service
	created  time.Time
	updated  time.Time
	state    string // IN_PROGRESS, COMPLETED or FAILED
	reason   string
	failed   int // tasks in a row; a healthy one sets it back
	failures int // tasks in all
	groups   []LoadBalancer
	rollback bool
	alarms   []string // that end it
}

// The states of a deployment. Source: ECS API, Deployment, rolloutState.
const (
	InProgress = "IN_PROGRESS"
	Completed  = "COMPLETED"
	Failed     = "FAILED"
)

// Event is a service event.
type Event struct {
	ID      string
	At      time.Time
	Message string
	// Hint says which setting leads there. It is not AWS's, and empty where there is nothing to add.
	Hint string
}

func (d *deployment) balancers() []LoadBalancer { return slices.Clone(d.groups) }

func (s *service) copy() Service {
	s.scheduler.mu.Lock()
	defer s.scheduler.mu.Unlock()
	return s.Service
}

// update changes a service. What changes its tasks, or how requests reach them, starts a deployment. Source: ECS API,
// UpdateService.
func (s *service) update(wanted Service) {
	before := s.Service
	changes := wanted.Force || before.TaskDefinition != wanted.TaskDefinition ||
		before.AssignPublicIP != wanted.AssignPublicIP || before.Discovery != wanted.Discovery ||
		!slices.Equal(before.LoadBalancers, wanted.LoadBalancers) || !slices.Equal(before.Subnets, wanted.Subnets) ||
		!slices.Equal(before.SecurityGroups, wanted.SecurityGroups)
	wanted.Force = false
	s.Service = wanted
	if changes {
		s.deploy(wanted, "")
	} else if before.Desired != wanted.Desired {
		s.steady = false
	}
}

// deploy begins a deployment. A rollback has a reason.
func (s *service) deploy(wanted Service, rollback string) {
	wanted.Force = false
	id := fmt.Sprintf("ecs-svc/%d", time.Now().UnixNano()%1e16)
	d := &deployment{id: id, asked: wanted, created: time.Now(), updated: time.Now(), state: InProgress,
		reason: fmt.Sprintf("ECS deployment %s in progress.", id), rollback: rollback != ""}
	if !s.alarmed(wanted.Alarms) {
		d.alarms = wanted.Alarms
	}
	if d.rollback {
		d.reason = rollback
	}
	s.deployments = append([]*deployment{d}, s.deployments...)
	s.steady = false
	s.retryAt = time.Time{}
	s.notifyDeployment(deploymentInProgress, d)
}

func (s *service) say(format string, values ...any) {
	message := fmt.Sprintf("(service %s) ", s.Name) + fmt.Sprintf(format, values...)
	s.events = append([]Event{{ID: NewID(), At: time.Now(), Message: message}}, s.events...)
	if len(s.events) > 100 { // as many as DescribeServices shows
		s.events = s.events[:100]
	}
}

// reconcile brings the tasks nearer to what is wanted. The scheduler's lock is held.
func (s *service) reconcile() {
	if s.scheduler.ctx.Err() != nil || len(s.deployments) == 0 {
		return
	}
	s.replaceSick()
	primary := s.deployments[0]
	s.judge(primary)
	primary = s.deployments[0] // a rollback is a new one
	if primary.state == Failed && !s.deleted {
		return // nothing more is tried
	}
	var now, old []member
	for _, t := range s.tasks {
		if t.stopping() {
			continue
		}
		m := member{id: t.id, healthy: t.healthy(), zone: t.launch.Zone}
		if t.deployment == primary {
			now = append(now, m)
		} else {
			old = append(old, m)
		}
	}
	l := limits{s.Desired, s.MinimumHealthyPercent, s.MaximumPercent}
	start, stop := plan(l, now, old)
	s.stop(stop)
	s.start(primary, start)
	s.settle(primary, now, old)
}

// replaceSick stops the tasks that fail their health checks.
func (s *service) replaceSick() {
	for _, t := range s.tasks {
		if why := t.sick(); why != "" {
			s.say("%s", why)
			reason := "Task failed ELB health checks in " + why[strings.Index(why, "(target-group")+1:]
			if strings.Contains(why, "container health") {
				reason = "Task failed container health checks"
			}
			t.stop(SchedulerInitiated, reason)
		} else if !t.wasHealthy && t.healthy() {
			t.wasHealthy = true
			t.deployment.failed = 0
		}
	}
}

func (s *service) stop(ids []string) {
	var stopped []string
	for _, t := range s.tasks {
		if slices.Contains(ids, t.id) {
			t.stop(SchedulerInitiated, fmt.Sprintf("Scaling activity initiated by (deployment %s)",
				s.deployments[0].id))
			stopped = append(stopped, fmt.Sprintf("(task %s)", t.id))
		}
	}
	if len(stopped) == 0 {
		return
	}
	if len(s.LoadBalancers) > 0 {
		s.say("has begun draining connections on %d tasks.", len(stopped))
	}
	s.say("has stopped %d running tasks: %s.", len(stopped), strings.Join(stopped, " "))
}

func (s *service) start(d *deployment, n int) {
	if n == 0 || time.Now().Before(s.retryAt) {
		return
	}
	var started []string
	for range n {
		t := newTask(s.scheduler, d.asked.order())
		t.service, t.deployment = s, d
		s.tasks = append(s.tasks, t)
		started = append(started, fmt.Sprintf("(task %s)", t.id))
		s.scheduler.work.Go(t.run)
	}
	s.steady = false
	s.say("has started %d tasks: %s.", n, strings.Join(started, " "))
}

// ended is called when a task has stopped. The scheduler's lock is held.
func (s *service) ended(t *task) {
	s.tasks = slices.DeleteFunc(s.tasks, func(other *task) bool { return other == t })
	if s.scheduler.ctx.Err() != nil {
		return
	}
	failed := t.stopCode == FailedToStart || t.stopCode == EssentialExited || strings.HasPrefix(t.reason, "Task failed")
	if !failed {
		return
	}
	t.deployment.failures++
	if t.deployment.state == InProgress && !t.wasHealthy {
		if t.deployment.failed++; t.deployment.failed == failuresUntilImpaired {
			s.notifyAction("WARN", taskStartImpaired)
		}
	}
	s.retryAt = time.Now().Add(s.scheduler.scaled(backOff(t.deployment.failed)))
	switch {
	case strings.HasPrefix(t.reason, "ECS was unable to assume the role"):
		s.say("failed to launch a task with (error %s).", t.reason)
	case t.stopCode == FailedToStart:
		s.say("was unable to place a task. Reason: %s.", strings.TrimSuffix(t.reason, "."))
	default:
		return
	}
	s.events[0].Hint = t.hint
}

// failuresUntilImpaired is how many tasks in a row fail until the service is said to be unable to start them. ECS gives
// no number: "consistently".
const failuresUntilImpaired = 3

// backOff is how long the scheduler waits before it tries again when tasks fail one after the other. ECS does not say
// how long it waits, only that the time grows, to at most 27 minutes. Source: ECS developer guide, "Amazon ECS
// service throttle logic".
func backOff(failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	return min(time.Second<<min(failures-1, 20), 27*time.Minute)
}

// alarmed reports whether one of the alarms is in the state ALARM.
func (s *service) alarmed(alarms []string) bool {
	return slices.ContainsFunc(alarms, func(name string) bool { return s.scheduler.options.Alarmed(s.ARN, name) })
}

// judge ends a deployment whose tasks fail, if its circuit breaker is on, or one that sets off an alarm. Alarms that
// are in ALARM when it begins do not count.
// Source: ECS developer guide, "How CloudWatch alarms detect Amazon ECS deployment failures".
func (s *service) judge(d *deployment) {
	switch {
	case d.state != InProgress:
	case s.CircuitBreaker && d.failed >= breakerThreshold(s.Desired):
		s.fail(d, "circuit breaker", "tasks failed to start", s.Rollback)
	case s.alarmed(d.alarms):
		s.fail(d, "alarm", "alarm detected", s.AlarmRollback)
	}
}

// fail ends a deployment, and rolls back where the service asks for it.
func (s *service) fail(d *deployment, by, why string, rollback bool) {
	d.state, d.updated = Failed, time.Now()
	d.reason = fmt.Sprintf("ECS deployment %s: %s.", by, why)
	s.say("(deployment %s) deployment failed: %s.", d.id, why)
	s.notifyDeployment(deploymentFailed, d)
	for _, t := range s.tasks {
		if t.deployment == d && !t.stopping() {
			t.stop(SchedulerInitiated, fmt.Sprintf("Scaling activity initiated by (deployment %s)", d.id))
		}
	}
	if !rollback || s.last.TaskDefinition == "" || d.rollback {
		return
	}
	back, desired := s.last, s.Desired
	s.Service = back
	s.Desired = desired
	to := ""
	for _, known := range s.deployments[1:] {
		if known.asked.TaskDefinition == back.TaskDefinition {
			to = known.id
		}
	}
	s.deploy(s.Service, fmt.Sprintf("ECS deployment %s: rolling back to deploymentId %s.", by, to))
	s.say("rolling back to deployment %s.", s.deployments[0].id)
	s.adopt(s.deployments[0], back)
}

// adopt has a rollback take over the tasks of the version that it goes back to, which are still there.
func (s *service) adopt(d *deployment, version Service) {
	for _, t := range s.tasks {
		if !t.stopping() && t.deployment.asked.TaskDefinition == version.TaskDefinition && t.deployment != d {
			d.groups = t.deployment.balancers()
			t.deployment = d
		}
	}
}

// settle completes a deployment once its tasks serve and no others are left, and says when the service is steady.
func (s *service) settle(d *deployment, now, old []member) {
	if count(now) < s.Desired || len(now) != s.Desired || len(old) > 0 {
		return
	}
	if d.state == InProgress {
		d.state, d.updated = Completed, time.Now()
		d.reason = fmt.Sprintf("ECS deployment %s completed.", d.id)
		s.last = s.Service
		s.deployments = s.deployments[:1]
		s.say("(deployment %s) deployment completed.", d.id)
		s.notifyDeployment(deploymentCompleted, d)
	}
	if !s.steady {
		s.steady = true
		s.say("has reached a steady state.")
		s.notifyAction("INFO", steadyState)
	}
	if s.deleted && len(s.tasks) == 0 {
		delete(s.scheduler.services, s.ARN)
	}
}
