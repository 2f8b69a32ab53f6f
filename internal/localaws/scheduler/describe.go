package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

// Complete fills in what DescribeServices answers of a service: its counts, deployments and events.
func (s *Scheduler) Complete(service object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn, _ := service["serviceArn"].(string)
	one := s.services[arn]
	if one == nil {
		return
	}
	running, pending := one.count(nil)
	service["desiredCount"] = one.Desired
	service["runningCount"] = running
	service["pendingCount"] = pending
	service["taskDefinition"] = one.TaskDefinition
	deployments := []any{}
	for i, d := range one.deployments {
		running, pending := one.count(d)
		status, desired := "ACTIVE", 0
		if i == 0 {
			status, desired = "PRIMARY", one.Desired
		}
		deployments = append(deployments, object{
			"id": d.id, "status": status, "taskDefinition": d.asked.TaskDefinition,
			"desiredCount": desired, "runningCount": running, "pendingCount": pending, "failedTasks": d.failures,
			"createdAt": seconds(d.created), "updatedAt": seconds(d.updated), "launchType": service["launchType"],
			"networkConfiguration": service["networkConfiguration"],
			"rolloutState":         d.state, "rolloutStateReason": d.reason,
		})
	}
	service["deployments"] = deployments
	events := []any{}
	for _, e := range one.events {
		events = append(events, object{"id": e.ID, "createdAt": seconds(e.At), "message": e.Message})
	}
	service["events"] = events
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// count returns how many tasks run and how many are on their way, of one deployment or of all.
func (s *service) count(of *deployment) (running, pending int) {
	for _, t := range s.tasks {
		switch {
		case of != nil && t.deployment != of || t.stopping():
		case t.status == Running:
			running++
		default:
			pending++
		}
	}
	return running, pending
}

// Running returns how many tasks of a service run.
func (s *Scheduler) Running(arn string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.services[arn]; one != nil {
		n, _ := one.count(nil)
		return n
	}
	return 0
}

// Filter says which tasks are meant. What is empty does not matter.
type Filter struct {
	// Cluster and Service are given by their ARNs or names. Family is that of the task definition.
	Cluster, Service, Family, StartedBy string
	// DesiredStatus is RUNNING or STOPPED. Default RUNNING.
	DesiredStatus string
}

// TaskARNs returns the tasks that a filter lets through.
func (s *Scheduler) TaskARNs(f Filter) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var arns []string
	for _, t := range s.all() {
		if f.admits(t) {
			arns = append(arns, t.arn())
		}
	}
	return arns
}

func (f Filter) admits(t *task) bool {
	named := func(arn, name string) bool { return name == "" || arn == name || strings.HasSuffix(arn, "/"+name) }
	return named(t.order.Cluster, f.Cluster) && named(t.order.Service, f.Service) &&
		(f.Family == "" || strings.Contains(t.order.TaskDefinition, ":task-definition/"+f.Family+":")) &&
		(f.StartedBy == "" || t.startedBy() == f.StartedBy) &&
		t.desiredStatus() == cmp.Or(f.DesiredStatus, Running)
}

func (t *task) startedBy() string {
	if t.deployment != nil {
		return t.deployment.id
	}
	return t.order.StartedBy
}

// Hints returns the newest event with a hint of each service, by the service's ARN, and why tasks without a service did
// not start, by their ARNs.
func (s *Scheduler) Hints() map[string]Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	hints := map[string]Event{}
	for arn, one := range s.services {
		if i := slices.IndexFunc(one.events, func(e Event) bool { return e.Hint != "" }); i >= 0 {
			hints[arn] = one.events[i]
		}
	}
	for _, t := range s.stopped {
		if t.service == nil && t.hint != "" {
			hints[t.arn()] = Event{At: t.ended, Message: t.reason, Hint: t.hint}
		}
	}
	return hints
}

// State is how a service is doing.
type State struct {
	ARN      string `json:"arn"`
	Name     string `json:"name"`
	Cluster  string `json:"cluster"` // its ARN
	Desired  int    `json:"desired"`
	Running  int    `json:"running"`
	Pending  int    `json:"pending"`
	StandIns int    `json:"standIns"` // of the running tasks
	// Rollout is the state of the newest deployment, Reason what ECS says of it.
	Rollout string      `json:"rollout"`
	Reason  string      `json:"reason"`
	Events  []string    `json:"events"` // the last ones, the newest first
	Tasks   []TaskState `json:"tasks"`
}

// TaskState is how a task is doing.
type TaskState struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Zone    string `json:"zone"`
	Healthy bool   `json:"healthy"`
}

// shownEvents is how many events a state has.
const shownEvents = 5

// States returns how the services are doing, in the order of their ARNs.
func (s *Scheduler) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := []State{}
	for _, arn := range slices.Sorted(maps.Keys(s.services)) {
		states = append(states, s.services[arn].state())
	}
	return states
}

func (s *service) state() State {
	running, pending := s.count(nil)
	state := State{ARN: s.ARN, Name: s.Name, Cluster: s.Cluster, Desired: s.Desired, Running: running, Pending: pending,
		Tasks: []TaskState{}}
	if len(s.deployments) > 0 {
		state.Rollout, state.Reason = s.deployments[0].state, s.deployments[0].reason
	}
	for _, e := range s.events[:min(len(s.events), shownEvents)] {
		state.Events = append(state.Events, e.Message)
	}
	for _, t := range s.tasks {
		if t.status == Running && slices.ContainsFunc(t.containers, (*container).standsIn) {
			state.StandIns++
		}
		state.Tasks = append(state.Tasks, TaskState{ID: t.id, Status: t.status, Zone: t.launch.Zone,
			Healthy: t.healthy()})
	}
	return state
}

func (c *container) standsIn() bool { return c.running != nil && c.running.StandIn() }

// all returns all tasks, the oldest first, and those that have stopped.
func (s *Scheduler) all() []*task {
	tasks := slices.Concat(s.stopped, s.active())
	slices.SortFunc(tasks, func(a, b *task) int { return a.created.Compare(b.created) })
	return tasks
}

func (t *task) desiredStatus() string {
	if t.stopping() {
		return Stopped
	}
	return Running
}

// Tasks describes tasks by their ARNs or ids, as DescribeTasks does. What is not known is among the failures.
func (s *Scheduler) Tasks(ids []string) (described, failures []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	described, failures = []any{}, []any{}
	for _, id := range ids {
		i := slices.IndexFunc(s.all(), func(t *task) bool { return t.is(id) })
		if i < 0 {
			failures = append(failures, object{"arn": id, "reason": "MISSING"})
			continue
		}
		described = append(described, s.all()[i].describe())
	}
	return described, failures
}

func (t *task) describe() object {
	d := object{
		"taskArn": t.arn(), "clusterArn": t.order.Cluster, "group": t.order.Group, "launchType": "FARGATE",
		"taskDefinitionArn": t.order.TaskDefinition, "startedBy": t.startedBy(),
		"lastStatus": t.status, "desiredStatus": t.desiredStatus(), "availabilityZone": t.launch.Zone,
		"createdAt": seconds(t.created), "healthStatus": t.health(), "containers": t.describeContainers(),
		"attachments": []any{object{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []any{
			object{"name": "subnetId", "value": t.launch.Subnet},
			object{"name": "privateIPv4Address", "value": t.launch.IP},
		}}},
	}
	if t.launch.CPU > 0 {
		d["cpu"], d["memory"] = strconv.Itoa(t.launch.CPU), strconv.Itoa(t.launch.MemoryMiB)
	}
	if t.service == nil {
		d["overrides"], d["tags"] = t.order.Overrides, t.order.Tags
		if t.order.CapacityProvider != "" {
			d["capacityProviderName"] = t.order.CapacityProvider
		}
	}
	if !t.started.IsZero() {
		d["startedAt"] = seconds(t.started)
	}
	if !t.ended.IsZero() {
		d["stoppedAt"] = seconds(t.ended)
	}
	if t.stopCode != "" {
		d["stopCode"], d["stoppedReason"] = t.stopCode, t.reason
	}
	return d
}

// health is UNHEALTHY where an essential container is, HEALTHY where all that are checked are.
func (t *task) health() string {
	health := "UNKNOWN"
	for _, c := range t.containers {
		switch {
		case !c.Essential || c.HealthCheck == nil:
		case c.health != "HEALTHY":
			return c.health
		default:
			health = "HEALTHY"
		}
	}
	return health
}

func (t *task) describeContainers() []any {
	all := []any{}
	for _, c := range t.containers {
		d := object{
			"name": c.Name, "image": c.Image, "lastStatus": t.status, "healthStatus": c.health, "taskArn": t.arn(),
			"containerArn":      fmt.Sprintf("%s/%s", t.arn(), c.Name),
			"networkInterfaces": []any{object{"privateIpv4Address": t.launch.IP}},
		}
		if c.running != nil {
			d["runtimeId"] = c.running.ID()
			if c.hasExited() {
				d["exitCode"], d["lastStatus"] = c.running.ExitCode(), Stopped
				if c.running.OutOfMemory() {
					d["reason"] = outOfMemoryText
				}
			}
		}
		all = append(all, d)
	}
	return all
}
