package local

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// following is a command that goes on until it is interrupted.
type following struct {
	t       *testing.T
	command *exec.Cmd
	next    chan string
	lines   []string // that await has seen
}

func (s *site) follow(t *testing.T, name string, args ...string) *following {
	t.Helper()
	f := &following{t: t, command: s.command(t, name, args...), next: make(chan string)}
	out, err := f.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.command.Stderr = f.command.Stdout
	if err := f.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(f.next)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			select {
			case f.next <- scanner.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	return f
}

// await waits for a line.
func (f *following) await(pattern string) {
	f.t.Helper()
	matches := regexp.MustCompile(pattern).MatchString
	timeout := time.After(time.Minute)
	for {
		select {
		case line, more := <-f.next:
			if !more {
				f.t.Fatalf("it ended without %s\n%q", pattern, f.lines)
			}
			f.lines = append(f.lines, line)
			if matches(line) {
				return
			}
		case <-timeout:
			f.t.Fatalf("it never printed %s\n%q", pattern, f.lines)
		}
	}
}

// end waits until the command has ended, and wants an exit code.
func (f *following) end(code int) {
	f.t.Helper()
	for line := range f.next {
		f.lines = append(f.lines, line)
	}
	var exit *exec.ExitError
	if err := f.command.Wait(); err != nil && !errors.As(err, &exit) || f.command.ProcessState.ExitCode() != code {
		f.t.Errorf("%v, want exit code %d\n%q", err, code, f.lines)
	}
}

func (f *following) interrupt(code int) {
	f.t.Helper()
	if err := f.command.Process.Signal(os.Interrupt); err != nil {
		f.t.Fatal(err)
	}
	f.end(code)
}
