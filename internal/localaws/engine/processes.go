package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	usage "github.com/shirou/gopsutil/v4/process"

	"webapp/internal/localaws/balancer"
)

// Processes is the engine of a machine without containers. Each container is a stand-in in a process of its own.
type Processes struct {
	command []string

	mu      sync.Mutex
	running map[*process]bool
	closed  bool
}

// NewProcesses returns an engine that runs a command for each container. The command must call StandIn: usually it is
// this program with a hidden subcommand.
func NewProcesses(command ...string) *Processes {
	return &Processes{command: command, running: map[*process]bool{}}
}

// process is a stand-in that was started.
type process struct {
	container Container
	command   *exec.Cmd
	addresses map[int]string
	exited    chan struct{}
	exitCode  int
	outOfMem  bool
}

// Start starts a stand-in. It returns when the stand-in listens on all ports, or has ended.
func (e *Processes) Start(ctx context.Context, c Container) (Running, error) {
	p := &process{container: c, exited: make(chan struct{})}
	ready := make(chan map[int]string, 1)
	if err := e.start(p, ready); err != nil {
		return nil, fmt.Errorf("starting a stand-in for container %s: %w", c.Name, err)
	}
	select {
	case p.addresses = <-ready:
		return p, nil
	case <-ctx.Done():
		p.Stop(0)
		return nil, ctx.Err()
	}
}

func (e *Processes) start(p *process, ready chan<- map[int]string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	reports, reportsEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = reportsEnd.Close() }() // the stand-in has its own copy
	output := &lines{log: p.container.Log}
	p.command = exec.Command(e.command[0], e.command[1:]...)
	p.command.Env = standInEnvironment(p.container)
	p.command.Stdout, p.command.Stderr = output, output
	p.command.ExtraFiles = []*os.File{reportsEnd}
	// Ctrl-C in a terminal signals the whole process group. It must reach only this process, which then stops the
	// stand-ins in order.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// The system closes this pipe when this process ends, even by SIGKILL, and then the stand-in ends too. Pdeathsig
	// would not do: Linux sends it when the thread that started the process ends.
	if _, err = p.command.StdinPipe(); err == nil {
		err = p.command.Start()
	}
	if err != nil {
		_ = reports.Close()
		return err
	}
	e.running[p] = true
	go func() {
		p.read(reports, ready)
		_ = p.command.Wait() // ProcessState says how it ended
		output.end()
		p.exitCode = exitCode(p.command.ProcessState)
		e.mu.Lock()
		delete(e.running, p)
		e.mu.Unlock()
		close(p.exited)
	}()
	return nil
}

// read reads the reports of a stand-in until it ends.
func (p *process) read(reports io.ReadCloser, ready chan<- map[int]string) {
	defer func() { _ = reports.Close() }()
	defer close(ready)
	decoder := json.NewDecoder(reports)
	for {
		var r report
		if err := decoder.Decode(&r); err != nil {
			return
		}
		if r.Listening != nil {
			ready <- r.Listening
		}
		p.outOfMem = p.outOfMem || r.OutOfMemory
	}
}

// exitCode returns the exit code of a process as Docker and ECS report it.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// Close kills all stand-ins.
func (e *Processes) Close() error {
	e.mu.Lock()
	e.closed = true
	var running []*process
	for p := range e.running {
		running = append(running, p)
	}
	e.mu.Unlock()
	for _, p := range running {
		p.Stop(0)
	}
	return nil
}

func (p *process) ID() string              { return strconv.Itoa(p.command.Process.Pid) }
func (p *process) Address(port int) string { return p.addresses[port] }
func (p *process) IP() string              { return loopback }
func (p *process) StandIn() bool           { return true }
func (p *process) Exited() <-chan struct{} { return p.exited }
func (p *process) ExitCode() int           { return p.exitCode }
func (p *process) OutOfMemory() bool       { return p.outOfMem }

func (p *process) Stop(timeout time.Duration) {
	if timeout > 0 {
		_ = p.command.Process.Signal(syscall.SIGTERM) // fails if it has ended
		select {
		case <-p.exited:
			return
		case <-time.After(timeout):
		}
	}
	_ = p.command.Process.Kill()
	<-p.exited
}

// Run sends a health check to the first port.
func (p *process) Run(ctx context.Context, _ []string) (int, error) {
	if p.hasExited() {
		return 0, fmt.Errorf("container %s has ended", p.container.Name)
	}
	if len(p.container.Ports) == 0 {
		return 0, nil
	}
	url := "http://" + p.Address(p.container.Ports[0]) + "/"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", balancer.HealthChecker)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 1, nil
	}
	_ = response.Body.Close()
	if response.StatusCode >= 400 {
		return 1, nil
	}
	return 0, nil
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

func (p *process) Usage() (cpu time.Duration, memory int64) {
	if p.hasExited() { // another process may have its ID
		return 0, 0
	}
	running, err := usage.NewProcess(int32(p.command.Process.Pid)) //nolint:gosec // process IDs are small
	if err != nil {
		return 0, 0
	}
	times, err := running.Times()
	if err != nil {
		return 0, 0
	}
	info, err := running.MemoryInfo()
	if err != nil {
		return 0, 0
	}
	cpu = time.Duration((times.User + times.System) * float64(time.Second))
	return cpu, int64(info.RSS) //nolint:gosec // of one machine's memory
}

// standInEnvironment returns the environment of a stand-in: the container's, and what StandIn has to know. Like a real
// container, a stand-in does not get the environment of this process.
func standInEnvironment(c Container) []string {
	told, _ := json.Marshal(identity{ // cannot fail: only strings and numbers
		Image: c.Image, Task: c.Task, Container: c.Name, Ports: c.Ports, CPU: c.CPU, MemoryMiB: c.MemoryMiB,
		Mounts: c.Mounts, Proxy: c.Proxy, Completes: c.Completes, EntryPoint: c.EntryPoint, Command: c.Command,
	})
	return append(environment(c), envIdentity+"="+string(told))
}

const loopback = "127.0.0.1"
