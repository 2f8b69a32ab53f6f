package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	usage "github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"

	"webapp/internal/localaws/balancer"
)

// unimplemented is gRPC's code for a method that a service does not have.
const unimplemented = 12

// Answer is what a stand-in answers to a request, in JSON.
type Answer struct {
	StandIn     bool              `json:"standIn"`
	Image       string            `json:"image,omitempty"`
	Task        string            `json:"task,omitempty"`
	Container   string            `json:"container,omitempty"`
	Port        int               `json:"port"`
	Method      string            `json:"method"`
	Host        string            `json:"host"`
	Path        string            `json:"path"` // with the query
	Protocol    string            `json:"protocol"`
	TLS         bool              `json:"tls,omitempty"`
	Headers     http.Header       `json:"headers"`
	Environment map[string]string `json:"environment,omitempty"` // what STANDIN_SHOW names
}

type handler struct {
	settings
	port   int
	work   *worker
	client *http.Client
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m, name := h.mounted(r.URL.Path); name != "" {
		m.serve(w, r, name)
		return
	}
	if address := calledBy(r.URL); address != "" {
		h.call(w, r, address)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	isHealthCheck := strings.HasPrefix(r.UserAgent(), balancer.HealthChecker)
	if !pause(r.Context(), h.latencyOf(r)) || !isHealthCheck && !h.work.do(r.Context()) {
		return // the client has gone away
	}
	answer := Answer{
		StandIn: true, Image: h.Image, Task: h.Task, Container: h.Container, Port: h.port, Method: r.Method,
		Host: r.Host, Path: r.URL.RequestURI(), Protocol: r.Proto, TLS: isTLS(r), Headers: r.Header,
	}
	for _, name := range h.show {
		if value, is := os.LookupEnv(name); is {
			if answer.Environment == nil {
				answer.Environment = map[string]string{}
			}
			answer.Environment[name] = value
		}
	}
	w.Header().Set("Content-Type", "application/json")
	passing := func(usual int) int { return balancer.Passing(r.Header.Get(balancer.SuccessCodes), usual) }
	isGRPC := strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
	if isGRPC {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", strconv.Itoa(passing(unimplemented)))
	}
	switch {
	case isHealthCheck && h.health != 0:
		w.WriteHeader(h.health)
	case isHealthCheck && !isGRPC:
		w.WriteHeader(passing(http.StatusOK))
	}
	if w.Header().Get("Grpc-Status") == "" {
		_ = json.NewEncoder(w).Encode(answer) // the caller may have gone away
	}
}

// latencyOf is how long the answer to a request takes: as long as its query says, such as ?latency=2s, otherwise as
// long as the container's environment says.
func (h handler) latencyOf(r *http.Request) time.Duration {
	if asked, err := time.ParseDuration(r.URL.Query().Get("latency")); err == nil {
		return asked
	}
	return h.latency
}

// worker uses the CPU time and the memory that each request costs, within the container's limits.
type worker struct {
	settings
	tell func(report)

	mu     sync.Mutex
	free   time.Time // when the next request may use the CPU
	leaked [][]byte
}

func newWorker(s settings, tell func(report)) *worker { return &worker{settings: s, tell: tell} }

// do does the work of one request. It reports whether the client still waits for the answer.
func (w *worker) do(ctx context.Context) bool {
	w.leak()
	if w.cpu == 0 {
		return true
	}
	start, end := w.reserve(time.Now())
	if !pause(ctx, time.Until(start)) {
		return false
	}
	burn(w.cpu)
	return pause(ctx, time.Until(end))
}

// reserve returns when the work of one request may start and when it is done, so that a process gets no more than its
// container's share of the CPU. The kernel does this for real containers.
func (w *worker) reserve(now time.Time) (start, end time.Time) {
	if w.CPU == 0 {
		return now, now
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	start = now
	if w.free.After(now) {
		start = w.free
	}
	w.free = start.Add(w.cpu * 1024 / time.Duration(w.CPU))
	return start, w.free
}

// leak takes memory. Over the limit it kills this process, as the kernel kills a container.
func (w *worker) leak() {
	if w.leakMiB == 0 {
		return
	}
	memory := make([]byte, w.leakMiB<<20)
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1 // the system gives a page of memory when it is first written
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaked = append(w.leaked, memory)
	if w.MemoryMiB == 0 {
		return
	}
	pid := int32(os.Getpid()) //nolint:gosec // process IDs are small
	self := usage.Process{Pid: pid}
	info, err := self.MemoryInfo()
	if err == nil && info.RSS>>20 >= uint64(w.MemoryMiB) { //nolint:gosec // positive
		w.tell(report{OutOfMemory: true})
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// burn uses CPU time.
func burn(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	work := make([]byte, 4096)
	for end := threadTime() + d; threadTime() < end; {
		sha256.Sum256(work)
	}
}

// threadTime is the CPU time that this thread has used.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return time.Duration(time.Now().UnixNano()) // the system lacks this clock
	}
	return time.Duration(t.Nano())
}

// pause waits. It reports whether the client still waits for the answer.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
