// Package engine runs the containers of ECS tasks on this machine. Containers uses Docker or Podman. Processes is for
// machines without them: for each container it runs a stand-in, a process that listens on the container's ports and
// answers with what it stands in for.
package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Engine starts containers. It may be used by several goroutines at once.
type Engine interface {
	// Start starts a container. The error is an ErrImage if the image cannot be pulled.
	Start(ctx context.Context, c Container) (Running, error)
	// Close kills and removes everything that the engine has made. After it Start fails.
	Close() error
}

// Container is a container of a task definition, with everything resolved: Environment holds the values of secrets too.
type Container struct {
	Task, Name string
	Image      string
	// Credentials are for the image's registry. Empty for a public image.
	Credentials      Credentials
	EntryPoint       []string // empty for the image's own
	Command          []string // empty for the image's own
	Environment      map[string]string
	Ports            []int
	User             string
	WorkingDirectory string
	ReadOnly         bool
	Init             bool
	CPU              int // units: 1024 are one vCPU; 0 for no limit
	MemoryMiB        int // 0 for no limit
	Mounts           []Mount
	// Network joins the containers of one task: they reach each other at localhost. Empty for a container that is
	// alone.
	Network string
	// NetworkPorts are the ports of all containers in Network. They are opened when its first container starts. Empty
	// if they are the same as Ports.
	NetworkPorts []int
	// VPC is the network in which tasks reach each other, by address and by alias.
	VPC string
	// Aliases are names by which other tasks of the VPC reach this one, for service discovery. Tasks may share a name.
	// Like Hosts, they belong to the whole task: those of the first container in Network count.
	Aliases []string
	// Hosts are IP addresses by name, for what does not run as a task.
	Hosts map[string]string
	// Completes says that the container is to end by itself: its task is there for its command, or another container
	// waits for it. A stand-in for it does what it can of the command, and ends.
	Completes bool
	// Restart is nil for a container that stays ended.
	Restart *Restart
	// Proxy is the URL of an HTTP proxy by which a stand-in calls other tasks. Containers find them in their VPC's
	// network.
	Proxy string
	// Log gets each line of output. It must not block for long.
	Log func(line string)
}

// Credentials are the user and the password of a registry.
type Credentials struct{ Username, Password string }

// Mount is a folder of this machine at a path in the container.
type Mount struct {
	Folder, Path string
	ReadOnly     bool
}

// Running is a container that was started.
type Running interface {
	// ID is the ID of the container or of the process.
	ID() string
	// Address is where this machine reaches a port of the container, such as 127.0.0.1:40001. Empty if the container
	// does not have the port.
	Address(port int) string
	// IP is the container's address in its VPC. Only other containers reach it. For a stand-in it is 127.0.0.1.
	IP() string
	// StandIn reports whether a process of this program runs in the image's place.
	StandIn() bool
	// Exited is closed when the container has ended, after its last line of output was logged.
	Exited() <-chan struct{}
	// ExitCode is the exit code of a container that has ended: 137 if SIGKILL ended it, 143 if SIGTERM did.
	ExitCode() int
	// OutOfMemory reports whether a container that has ended was killed because it used more memory than it may.
	OutOfMemory() bool
	// Stop sends SIGTERM, and SIGKILL after the timeout. It returns when the container has ended.
	Stop(timeout time.Duration)
	// Run runs a command in the container and returns its exit code, for health checks. A stand-in does not have the
	// programs of the image. It ignores the command, and returns 0 while it is healthy and 1 otherwise.
	Run(ctx context.Context, command []string) (int, error)
	// Usage is the CPU time since the container's start, and the memory in bytes that it uses now. Both are 0 after its
	// end. Old versions of Docker take a second to answer, so ask for several containers at once.
	Usage() (cpu time.Duration, memory int64)
}

// ErrImage is the error of an image that cannot be pulled.
type ErrImage struct {
	Image string
	Err   error
}

func (e *ErrImage) Error() string { return fmt.Sprintf("pulling image %s: %v", e.Image, e.Err) }
func (e *ErrImage) Unwrap() error { return e.Err }

// environment returns the container's environment as NAME=value, sorted.
func environment(c Container) []string {
	var variables []string
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		variables = append(variables, name+"="+c.Environment[name])
	}
	return variables
}
