package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/client"
)

// TestMain makes this program the stand-in, and the parent that a test kills.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "stand-in":
			if err := StandIn(context.Background(), os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		case "parent":
			parent(os.Args[2], os.Args[3])
		}
	}
	if err := os.Setenv("OF_THE_MACHINE", "x"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// kind is a kind of engine.
type kind struct {
	name string
	open func(owner string) (Engine, error)
}

var (
	processes  = kind{"processes", func(string) (Engine, error) { return NewProcesses(os.Args[0], "stand-in"), nil }}
	containers = kind{"containers", func(owner string) (Engine, error) { return Find(context.Background(), owner) }}
)

// kinds returns the kinds of engine on this machine. The container tests need Docker or Podman; .ci/engine starts one.
func kinds(t *testing.T) []kind {
	t.Helper()
	found, err := Find(t.Context(), owner(t))
	if err != nil {
		t.Logf("processes only: the tests of containers need a container engine: %v", err)
		return []kind{processes}
	}
	importStandIn(t, found)
	t.Cleanup(func() {
		if _, err := found.api.ImageRemove(context.Background(), testImage, client.ImageRemoveOptions{}); err != nil {
			t.Error(err)
		}
		if err := found.Close(); err != nil {
			t.Error(err)
		}
	})
	return []kind{processes, containers}
}

const testImage = "webapp-test-stand-in:latest"

// importStandIn makes an image of a program that is a stand-in.
func importStandIn(t *testing.T, e *Containers) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "standin")
	build := exec.Command("go", "build", "-o", file, "./testdata/standin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := importImage(t.Context(), e.api, testImage, program); err != nil {
		t.Fatal(err)
	}
}

// fixture is an engine, and what its containers have logged.
type fixture struct {
	*testing.T
	engine Engine

	mu     sync.Mutex
	log    []string
	logged chan struct{} // closed by the first line
}

func newFixture(t *testing.T, k kind) *fixture {
	t.Helper()
	engine, err := k.open(owner(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{T: t, engine: engine, logged: make(chan struct{})}
}

func owner(t *testing.T) string { return fmt.Sprintf("%s-%d", t.Name(), os.Getpid()) }

// container returns one that listens on ports, and behaves as the environment says.
func (f *fixture) container(environment map[string]string, ports ...int) Container {
	c := Container{
		Task: "task-1", Name: "app", Image: testImage, Ports: ports, VPC: "vpc-1", Environment: map[string]string{},
		Log: func(line string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.log = append(f.log, line)
			if len(f.log) == 1 {
				close(f.logged)
			}
		},
	}
	for i, port := range ports {
		if i > 0 {
			c.Environment[EnvPorts] += ","
		}
		c.Environment[EnvPorts] += fmt.Sprint(port)
	}
	for name, value := range environment {
		c.Environment[name] = value
	}
	return c
}

func (f *fixture) start(c Container) Running {
	f.Helper()
	running, err := f.engine.Start(f.Context(), c)
	if err != nil {
		f.Fatal(err)
	}
	return running
}

// ask sends a request and returns its answer.
func (f *fixture) ask(r Running, port int) Answer {
	f.Helper()
	answer, err := get(f.Context(), r.Address(port))
	if err != nil {
		f.Fatal(err)
	}
	return answer
}

// get sends a request until there is an answer. A container may not listen yet when its start has returned.
func get(ctx context.Context, address string) (answer Answer, err error) {
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/path?q=1", nil)
	if err != nil {
		return answer, err
	}
	request.Host = "example.test"
	request.Header = http.Header{"User-Agent": {"test"}, "X-Mine": {"a", "b"}}
	response, err := transport.RoundTrip(request)
	for err != nil && ctx.Err() == nil {
		response, err = transport.RoundTrip(request)
	}
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}

func TestEngines(t *testing.T) {
	for _, k := range kinds(t) {
		for _, tc := range []struct {
			name string
			test func(f *fixture)
		}{
			{"a container answers on each of its ports", answersOnEachPort},
			{"a container without ports runs until it is stopped", runsWithoutPorts},
			{"a container gets its environment", getsItsEnvironment},
			{"the end of a container gives its exit code and its log", endsWithItsCode},
			{"a stop lets open requests finish", finishesOpenRequests(false)},
			{"a stop lets open HTTP/2 requests finish", finishesOpenRequests(true)},
			{"a stop kills a container that ignores SIGTERM", killsWhatIgnoresSIGTERM},
			{"a container uses CPU and memory", usesCPUAndMemory},
			{"a container gets no more than its share of the CPU", getsItsShareOfTheCPU},
			{"a container that uses too much memory is killed", isKilledForItsMemory},
			{"a slow container answers late", answersLate},
			{"a container that fails its health checks answers others", failsHealthChecks},
			{"a container passes health checks that want another code", passesHealthChecks},
			{"a stand-in with wrong variables exits and says why", refusesWrongVariables},
			{"nothing is left after Close", leavesNothing},
			{"nothing starts after Close", startsNothingAfterClose},
		} {
			t.Run(k.name+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				tc.test(newFixture(t, k))
			})
		}
	}
}

func answersOnEachPort(f *fixture) {
	r := f.start(f.container(nil, 8080, 9090))
	for _, port := range []int{8080, 9090} {
		want := Answer{
			StandIn: true, Port: port, Method: "GET", Host: "example.test", Path: "/path?q=1", Protocol: "HTTP/1.1",
			Headers: http.Header{"User-Agent": {"test"}, "X-Mine": {"a", "b"}, "Accept-Encoding": {"gzip"}},
		}
		if r.StandIn() {
			want.Image, want.Task, want.Container = testImage, "task-1", "app"
		}
		if diff := cmp.Diff(want, f.ask(r, port)); diff != "" {
			f.Errorf("port %d (-want +got):\n%s", port, diff)
		}
	}
	if address := r.Address(7070); address != "" {
		f.Errorf("a port that the container does not have is at %s", address)
	}
}

func runsWithoutPorts(f *fixture) {
	r := f.start(f.container(nil))
	<-f.logged // before that it does not handle SIGTERM
	r.Stop(time.Minute)
	f.wantEnd(r, 0, "a stand-in listens on ports []", "stopping: finishing the open requests")
}

func getsItsEnvironment(f *fixture) {
	variables := map[string]string{"GREETING": "hello = \"you\"", "EMPTY": "", EnvShow: "GREETING,EMPTY,OF_THE_MACHINE"}
	answer := f.ask(f.start(f.container(variables, 8080)), 8080)
	want := map[string]string{"GREETING": "hello = \"you\"", "EMPTY": ""}
	if diff := cmp.Diff(want, answer.Environment); diff != "" {
		f.Errorf("(-want +got):\n%s", diff)
	}
}

func endsWithItsCode(f *fixture) {
	r := f.start(f.container(map[string]string{EnvExit: "3"}, 8080))
	f.wantEnd(r, 3, "exiting with code 3, as STANDIN_EXIT says")
}

func finishesOpenRequests(http2 bool) func(f *fixture) {
	return func(f *fixture) {
		r := f.start(f.container(map[string]string{EnvLatency: "500ms"}, 8080))
		f.ask(r, 8080)
		transport := &http.Transport{ExpectContinueTimeout: time.Minute, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(!http2)
		transport.Protocols.SetUnencryptedHTTP2(http2)
		// The server sends "100 Continue" when its handler reads the body.
		atWork := make(chan struct{})
		ctx := httptrace.WithClientTrace(f.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(atWork) }})
		body := bytes.NewReader([]byte("a body"))
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.Address(8080)+"/", body)
		if err != nil {
			f.Fatal(err)
		}
		request.Header.Set("Expect", "100-continue")
		protocol := make(chan string)
		go func() {
			defer close(protocol)
			response, err := transport.RoundTrip(request)
			if err != nil {
				f.Error(err)
				return
			}
			defer func() { _ = response.Body.Close() }()
			var answer Answer
			if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
				f.Error(err)
			}
			protocol <- answer.Protocol
		}()
		<-atWork
		r.Stop(time.Minute)
		if got, want := <-protocol, map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; got != want {
			f.Errorf("the open request was answered by %q, want %s", got, want)
		}
		f.wantEnd(r, 0, "a stand-in listens on ports [8080]", "stopping: finishing the open requests")
	}
}

func killsWhatIgnoresSIGTERM(f *fixture) {
	r := f.start(f.container(map[string]string{EnvIgnoreSIGTERM: "true"}, 8080))
	f.ask(r, 8080)
	r.Stop(time.Second)
	f.wantEnd(r, 137, "a stand-in listens on ports [8080]")
}

// wantEnd waits for the end of a container.
func (f *fixture) wantEnd(r Running, code int, log ...string) {
	f.Helper()
	<-r.Exited()
	if r.ExitCode() != code {
		f.Errorf("got exit code %d, want %d", r.ExitCode(), code)
	}
	if r.OutOfMemory() {
		f.Error("it reports that it used too much memory")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if diff := cmp.Diff(log, f.log); diff != "" {
		f.Errorf("log (-want +got):\n%s", diff)
	}
	if cpu, memory := r.Usage(); cpu != 0 || memory != 0 {
		f.Errorf("after its end it uses %v and %d bytes", cpu, memory)
	}
}

func usesCPUAndMemory(f *fixture) {
	r := f.start(f.container(map[string]string{EnvCPU: "100ms", EnvLeak: "16"}, 8080))
	f.ask(r, 8080)
	cpu, memory := r.Usage()
	for range 3 {
		f.ask(r, 8080)
	}
	cpuAfter, memoryAfter := r.Usage()
	if used := cpuAfter - cpu; used < 290*time.Millisecond { // Linux counts it in steps of 10 ms
		f.Errorf("three requests used %v of CPU time, want 300ms", used)
	}
	if took := memoryAfter - memory; took < 47<<20 {
		f.Errorf("three requests took %d bytes, want 48 MiB", took)
	}
}

func getsItsShareOfTheCPU(f *fixture) {
	c := f.container(map[string]string{EnvCPU: "100ms"}, 8080)
	c.CPU = 256
	r := f.start(c)
	f.ask(r, 8080)
	began := time.Now()
	for range 3 {
		f.ask(r, 8080)
	}
	// A quarter of a vCPU needs 1.2 s for 300 ms of CPU time. The kernel gives it in slices, so allow for one or two.
	if took := time.Since(began); took < time.Second {
		f.Errorf("300 ms of CPU time took a quarter of a vCPU only %v", took)
	}
}

func isKilledForItsMemory(f *fixture) {
	c := f.container(map[string]string{EnvLeak: "96"}, 8080)
	c.MemoryMiB = 256
	r := f.start(c)
	f.ask(r, 8080)
	ctx, cancel := context.WithCancel(f.Context())
	go func() {
		for ctx.Err() == nil { // until it is killed
			_, _ = get(ctx, r.Address(8080))
		}
	}()
	<-r.Exited()
	cancel()
	if r.ExitCode() != 137 || !r.OutOfMemory() {
		f.Errorf("got exit code %d, out of memory %v; want 137, true", r.ExitCode(), r.OutOfMemory())
	}
}

func answersLate(f *fixture) {
	r := f.start(f.container(map[string]string{EnvLatency: "200ms"}, 8080))
	f.ask(r, 8080)
	began := time.Now()
	f.ask(r, 8080)
	if took := time.Since(began); took < 200*time.Millisecond {
		f.Errorf("the answer took %v, want at least 200ms", took)
	}
}

func failsHealthChecks(f *fixture) {
	r := f.start(f.container(map[string]string{EnvHealth: "503"}, 8080))
	f.ask(r, 8080)
	for agent, want := range map[string]int{"curl/8.0": 200, "ELB-HealthChecker/2.0": 503} {
		if got := f.status(r, http.Header{"User-Agent": {agent}}); got != want {
			f.Errorf("%s got status %d, want %d", agent, got, want)
		}
	}
}

func passesHealthChecks(f *fixture) {
	r := f.start(f.container(nil, 8080))
	f.ask(r, 8080)
	for codes, want := range map[string]int{"204": 204, "200-299": 200, "301,302": 301, "": 200} {
		header := http.Header{"User-Agent": {"ELB-HealthChecker/2.0"}, "X-Success-Codes": {codes}}
		if got := f.status(r, header); got != want {
			f.Errorf("a health check that wants %q got status %d, want %d", codes, got, want)
		}
	}
	if got := f.status(r, http.Header{"X-Success-Codes": {"204"}}); got != http.StatusOK {
		f.Errorf("another client got status %d, want 200", got)
	}
}

// status asks a container with these headers, and returns the status of its answer.
func (f *fixture) status(r Running, header http.Header) int {
	f.Helper()
	url := "http://" + r.Address(8080) + "/health"
	request, err := http.NewRequestWithContext(f.Context(), http.MethodGet, url, nil)
	if err != nil {
		f.Fatal(err)
	}
	request.Header = header
	response, err := (&http.Transport{}).RoundTrip(request)
	if err != nil {
		f.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func refusesWrongVariables(f *fixture) {
	r := f.start(f.container(map[string]string{EnvLatency: "long", EnvLeak: "much"}, 8080))
	f.wantEnd(r, 1, `STANDIN_LATENCY: "long" is not a duration; write one such as 250ms or 5s`)
}

func leavesNothing(f *fixture) {
	var ends []func()
	for _, variables := range []map[string]string{nil, {EnvIgnoreSIGTERM: "true"}} {
		r := f.start(f.container(variables, 8080))
		f.ask(r, 8080)
		ends = append(ends, awaitEnd(f.T, r.Address(8080)), func() { <-r.Exited() })
	}
	if err := f.engine.Close(); err != nil {
		f.Fatal(err)
	}
	for _, end := range ends {
		end()
	}
	if e, is := f.engine.(*Containers); is {
		wantNothingLeft(f.T, e.owner)
	}
}

// awaitEnd connects to a container. It returns a function that waits until the container is gone.
func awaitEnd(t *testing.T, address string) func() {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := connection.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s sent something", address)
		}
		_ = connection.Close()
	}
}

func startsNothingAfterClose(f *fixture) {
	if err := f.engine.Close(); err != nil {
		f.Fatal(err)
	}
	if r, err := f.engine.Start(f.Context(), f.container(nil, 8080)); err == nil {
		f.Errorf("%s was started", r.ID())
	}
}

// parent starts two containers, prints their addresses, and waits to be killed.
func parent(kindName, owner string) {
	var engine Engine = NewProcesses(os.Args[0], "stand-in")
	if kindName == "containers" {
		found, err := Find(context.Background(), owner)
		if err != nil {
			panic(err)
		}
		engine = found
	}
	for _, variables := range []map[string]string{{EnvPorts: "80"}, {EnvPorts: "80", EnvIgnoreSIGTERM: "true"}} {
		r, err := engine.Start(context.Background(), Container{
			Task: "task-1", Name: "app", Image: testImage, Ports: []int{80}, VPC: "vpc-1", Environment: variables,
		})
		if err != nil {
			panic(err)
		}
		if _, err := get(context.Background(), r.Address(80)); err != nil {
			panic(err)
		}
		fmt.Println(r.Address(80))
	}
	select {}
}

// startParent starts a process with two containers. It returns functions that wait until these are gone.
func startParent(t *testing.T, kindName, owner string) (parent *os.Process, ends []func()) {
	t.Helper()
	command := exec.Command(os.Args[0], "parent", kindName, owner)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() })
	for range 2 {
		var address string
		if _, err := fmt.Fscanln(stdout, &address); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, awaitEnd(t, address))
	}
	return command.Process, ends
}
