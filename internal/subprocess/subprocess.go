// Package subprocess starts programs that never outlive this one.
package subprocess

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
)

// watcher runs a command until it ends or until standard input does, and leaves nothing of it behind. Standard input is
// a pipe from this process, which the system closes when this process ends, even when it is killed.
const watcher = `{ "$@"; kill -s KILL 0; } & read -r _; kill -s KILL 0`

// Command is exec.Command for a program to be given to Start. The program's standard input is empty.
func Command(name string, args ...string) *exec.Cmd {
	command := exec.Command("sh", append([]string{"-c", watcher, "sh", name}, args...)...)
	// A process group of its own, which the watcher can end as a whole: the program may be a script that starts
	// another.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command
}

// Process is a running program.
type Process struct {
	group int
	stdin io.Closer
	ended chan struct{}
}

// Start starts a program that Command has returned.
func Start(command *exec.Cmd) (*Process, error) {
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Args[4], err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Args[4], err)
	}
	p := &Process{group: command.Process.Pid, stdin: stdin, ended: make(chan struct{})}
	go func() {
		_ = command.Wait() // it is always killed
		close(p.ended)
	}()
	return p, nil
}

// StartReady starts a program that Command has returned, and waits for the first line of its standard output, which
// says that it is ready. Further output is discarded. If the program or the context ends first, StartReady stops the
// program and returns an error.
func StartReady(ctx context.Context, command *exec.Cmd) (p *Process, line string, err error) {
	read, write := io.Pipe()
	command.Stdout = write
	if p, err = Start(command); err != nil {
		return nil, "", err
	}
	go func() {
		<-p.Ended()
		_ = write.CloseWithError(errors.New("it ended before it was ready")) // always succeeds
	}()
	stop := context.AfterFunc(ctx, func() { _ = write.CloseWithError(context.Cause(ctx)) })
	stdout := bufio.NewReader(read)
	line, err = stdout.ReadString('\n')
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		p.Stop()
		return nil, "", err
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return p, strings.TrimSuffix(line, "\n"), nil
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Signal sends a signal to the program and all that it has started, as a terminal does.
func (p *Process) Signal(signal syscall.Signal) error { return syscall.Kill(-p.group, signal) }

// Stop kills the program, and waits until it and all that it has started are gone. It may be called twice.
func (p *Process) Stop() {
	_ = p.stdin.Close()
	<-p.ended
}
