package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws/engine"
)

// world is an engine, a launcher and load balancers that only remember.
type world struct {
	t *testing.T
	s *Scheduler

	mu       sync.Mutex
	started  []*fakeContainer
	launched int
	targets  map[string]string // state by IP address
	refuse   map[string]error  // by task definition: why no task of it starts
	crash    map[string]bool   // task definitions whose containers exit at once
	sick     map[string]bool   // task definitions whose targets are unhealthy
	versions map[string]string // task definition by IP address
	events   []string
	states   []string // of tasks
	alarm    string   // in the state ALARM
	changed  chan struct{}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, targets: map[string]string{}, refuse: map[string]error{}, crash: map[string]bool{},
		sick:     map[string]bool{},
		versions: map[string]string{}, changed: make(chan struct{}, 1)}
	w.s = New(Options{Engine: w, Launcher: w, Balancers: w, Second: time.Millisecond,
		Alarmed: func(_, alarm string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return alarm == w.alarm
		},
		Notify: func(n Notice) {
			event, _ := n.Detail["eventName"].(string)
			state, _ := n.Detail["lastStatus"].(string)
			w.mu.Lock()
			defer w.mu.Unlock()
			if state != "" {
				w.states = append(w.states, state)
			}
			w.events = append(w.events, event)
		}})
	t.Cleanup(w.s.Close)
	return w
}

func (w *world) Launch(_ context.Context, s Order, task string) (Launch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse[s.TaskDefinition]; err != nil {
		return Launch{}, err
	}
	w.launched++
	l := Launch{IP: fmt.Sprintf("10.0.0.%d", w.launched), Zone: "abc"[w.launched%2 : w.launched%2+1],
		Subnet: "subnet-1"}
	w.versions[l.IP] = s.TaskDefinition
	l.Containers = []Container{{Container: engine.Container{Task: task, Name: "web", Ports: []int{80}},
		Essential: true}}
	return l, nil
}

type fakeContainer struct {
	name   string
	exited chan struct{}
	once   sync.Once
	code   int
}

func (f *fakeContainer) ID() string                                 { return f.name }
func (f *fakeContainer) Address(int) string                         { return "127.0.0.1:1" }
func (f *fakeContainer) IP() string                                 { return "127.0.0.1" }
func (f *fakeContainer) OutOfMemory() bool                          { return false }
func (f *fakeContainer) StandIn() bool                              { return true }
func (f *fakeContainer) Exited() <-chan struct{}                    { return f.exited }
func (f *fakeContainer) ExitCode() int                              { return f.code }
func (f *fakeContainer) Stop(time.Duration)                         { f.once.Do(func() { close(f.exited) }) }
func (f *fakeContainer) Run(context.Context, []string) (int, error) { return 0, nil }
func (f *fakeContainer) Usage() (time.Duration, int64)              { return 0, 0 }

func (w *world) Start(_ context.Context, c engine.Container) (engine.Running, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &fakeContainer{name: c.Name, exited: make(chan struct{})}
	w.started = append(w.started, f)
	if w.crash[w.versions[fmt.Sprintf("10.0.0.%d", w.launched)]] {
		f.code = 1
		f.Stop(0)
	}
	return f, nil
}

func (w *world) Register(_, ip string, _ int, _ func(int) string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.targets[ip] = "healthy"
	if w.sick[w.versions[ip]] {
		w.targets[ip] = "unhealthy"
	}
}

func (w *world) Deregister(_, ip string, _ int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.targets, ip)
	done := make(chan struct{})
	close(done)
	return done
}

func (w *world) Health(_, ip string, _ int) (string, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.targets[ip], "Health checks failed with these codes: [500]"
}

// serving returns the versions of the tasks that requests reach.
func (w *world) serving() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for ip, state := range w.targets {
		if state == "healthy" {
			all = append(all, w.versions[ip])
		}
	}
	slices.Sort(all)
	return all
}

func (w *world) described() object {
	service := object{"serviceArn": shop("v1").ARN}
	w.s.Complete(service)
	return service
}

// await waits until the service is as the condition says.
func (w *world) await(what string, condition func(service object) bool) object {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		service := w.described()
		if condition(service) {
			return service
		}
		select {
		case <-deadline:
			w.t.Fatalf("never: %s\n%v", what, service)
		case <-time.After(time.Millisecond):
		}
	}
}

func rollout(state string) func(object) bool {
	return func(service object) bool {
		deployments, _ := service["deployments"].([]any)
		return len(deployments) == 1 && deployments[0].(object)["rolloutState"] == state
	}
}

func shop(version string) Service {
	return Service{ARN: "arn:aws:ecs:eu-west-1:123456789012:service/shop/web", Name: "web", Desired: 2,
		Cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", TaskDefinition: version,
		MinimumHealthyPercent: 100, MaximumPercent: 200, CircuitBreaker: true, Rollback: true,
		LoadBalancers: []LoadBalancer{{"group", "web", 80}}}
}

func TestAServiceReachesASteadyState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Put(shop("v1"))
	service := w.await("a steady state", rollout(Completed))
	if diff := cmp.Diff([]string{"v1", "v1"}, w.serving()); diff != "" {
		t.Error(diff)
	}
	if service["runningCount"] != 2 || service["pendingCount"] != 0 {
		t.Errorf("got %v running and %v pending, want 2 and 0", service["runningCount"], service["pendingCount"])
	}
	newest := service["events"].([]any)[0].(object)["message"]
	if newest != "(service web) has reached a steady state." {
		t.Errorf("the newest event is %q", newest)
	}
	tasks, _ := w.s.Tasks(w.s.TaskARNs(Filter{Service: "web"}))
	if len(tasks) != 2 || tasks[0].(object)["lastStatus"] != Running {
		t.Errorf("got %v", tasks)
	}
}

func TestADeploymentReplacesTheTasksAndServesAllAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Put(shop("v1"))
	w.await("v1", rollout(Completed))
	w.s.Put(shop("v2"))
	w.await("v2 in service", func(service object) bool {
		if len(w.serving()) < 2 {
			t.Errorf("only %v serve", w.serving())
		}
		return rollout(Completed)(service) && cmp.Equal([]string{"v2", "v2"}, w.serving())
	})
}

func TestTheCircuitBreakerRollsBack(t *testing.T) {
	t.Parallel()
	image := &StopError{Code: FailedToStart, Reason: "CannotPullContainerError: pull image manifest has been " +
		"retried 1 time(s)"}
	for name, broken := range map[string]func(*world){
		"no image":          func(w *world) { w.refuse["v2"] = image },
		"exits":             func(w *world) { w.crash["v2"] = true },
		"unhealthy targets": func(w *world) { w.sick["v2"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			broken(w)
			w.s.Put(shop("v1"))
			w.await("v1", rollout(Completed))
			w.s.Put(shop("v2"))
			service := w.await("a rollback", func(service object) bool {
				if len(w.serving()) < 2 {
					t.Errorf("only %v serve", w.serving())
				}
				return service["taskDefinition"] == "v1" && rollout(Completed)(service)
			})
			if diff := cmp.Diff([]string{"v1", "v1"}, w.serving()); diff != "" {
				t.Error(diff)
			}
			var said []string
			for _, e := range service["events"].([]any) {
				said = append(said, e.(object)["message"].(string))
			}
			failed := func(m string) bool { return strings.HasSuffix(m, "deployment failed: tasks failed to start.") }
			if !slices.ContainsFunc(said, failed) {
				t.Errorf("no event says that the deployment failed: %q", said)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if !slices.Contains(w.events, "SERVICE_DEPLOYMENT_FAILED") {
				t.Errorf("EventBridge got %q", w.events)
			}
		})
	}
}

func TestAnAlarmEndsADeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alarmed := func(version string) Service {
		s := shop(version)
		s.Alarms, s.AlarmRollback, s.CircuitBreaker = []string{"latency", "errors"}, true, false
		return s
	}
	set := func(alarm string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.alarm = alarm
	}
	w.s.Put(alarmed("v1"))
	w.await("v1", rollout(Completed))
	w.mu.Lock()
	w.sick["v2"] = true // lest the deployment end before the alarm
	w.mu.Unlock()
	w.s.Put(alarmed("v2"))
	set("errors")
	service := w.await("a rollback", func(service object) bool {
		return service["taskDefinition"] == "v1" && rollout(Completed)(service)
	})
	said := fmt.Sprint(service["events"])
	if !strings.Contains(said, "deployment failed: alarm detected.") {
		t.Errorf("no event says that an alarm was detected: %s", said)
	}

	// An alarm that is in ALARM already does not count.
	w.s.Put(alarmed("v3"))
	w.await("v3", func(service object) bool {
		return service["taskDefinition"] == "v3" && rollout(Completed)(service)
	})
}

func TestAStoppedTaskIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Put(shop("v1"))
	w.await("v1", rollout(Completed))
	victim := w.s.TaskARNs(Filter{Service: "web"})[0]
	if !w.s.StopTask(victim, "a test") {
		t.Fatal("no such task")
	}
	w.await("its successor", func(object) bool {
		arns := w.s.TaskARNs(Filter{Service: "web"})
		return len(w.serving()) == 2 && !slices.Contains(arns, victim)
	})
	w.await("its end", func(object) bool {
		return slices.Contains(w.s.TaskARNs(Filter{Service: "web", DesiredStatus: Stopped}),
			victim)
	})
	stopped, _ := w.s.Tasks([]string{victim})
	d := stopped[0].(object)
	if diff := cmp.Diff([]any{"UserInitiated", "a test"}, []any{d["stopCode"], d["stoppedReason"]}); diff != "" {
		t.Error(diff)
	}
}

func TestScalingKeepsTheDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Put(shop("v1"))
	before := w.await("v1", rollout(Completed))["deployments"].([]any)[0].(object)["id"]
	w.s.SetDesired(shop("").ARN, 4)
	w.await("four tasks", func(object) bool { return len(w.serving()) == 4 })
	w.s.SetDesired(shop("").ARN, 1)
	after := w.await("one task", func(s object) bool { return len(w.serving()) == 1 && s["runningCount"] == 1 })
	if got := after["deployments"].([]any)[0].(object)["id"]; got != before {
		t.Errorf("scaling began deployment %v", got)
	}
}

func TestADeletedServiceStopsItsTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.Put(shop("v1"))
	w.await("v1", rollout(Completed))
	w.s.Delete(shop("").ARN)
	w.await("nothing", func(service object) bool { return service["deployments"] == nil && len(w.serving()) == 0 })
}

func TestWithoutRollbackAFailedDeploymentStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse["v1"] = errors.New("no")
	s := shop("v1")
	w.s.Put(s)
	service := w.await("a failed deployment", rollout(Failed))
	if got := service["deployments"].([]any)[0].(object)["failedTasks"]; got.(int) < 3 {
		t.Errorf("%v tasks failed, want 3 at least", got)
	}
}

func TestATaskWithoutAServiceIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crash["v1"] = true
	arn := w.s.Run(Order{Cluster: shop("").Cluster, TaskDefinition: "v1", Group: "family:web"})
	var task object
	w.await("its end", func(object) bool {
		described, _ := w.s.Tasks([]string{arn})
		task = described[0].(object)
		return task["lastStatus"] == Stopped
	})
	got := []any{task["stopCode"], task["group"], task["containers"].([]any)[0].(object)["exitCode"]}
	if diff := cmp.Diff([]any{EssentialExited, "family:web", 1}, got); diff != "" {
		t.Error(diff)
	}
	if left := w.s.TaskARNs(Filter{}); len(left)+len(w.s.Active()) > 0 {
		t.Errorf("%v is left", left)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	states := []string{Provisioning, Pending, Activating, Running, Deactivating, Stopping, Deprovisioning, Stopped}
	if diff := cmp.Diff(states, w.states); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func (w *world) Close() error { return nil }
