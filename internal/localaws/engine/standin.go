package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// These variables in a container's environment tell its stand-in how to behave.
const (
	EnvLatency       = "STANDIN_LATENCY"        // how long each answer takes, such as 250ms
	EnvCPU           = "STANDIN_CPU"            // the CPU time that each request uses, such as 20ms
	EnvLeak          = "STANDIN_LEAK_MIB"       // the memory in MiB that each request takes and never frees
	EnvHealth        = "STANDIN_HEALTH"         // status of health checks, such as 503; from 400 on messages fail
	EnvExit          = "STANDIN_EXIT"           // if set, it exits by itself with this code
	EnvExitAfter     = "STANDIN_EXIT_AFTER"     // how long after its start it exits, such as 5s; default at once
	EnvIgnoreSIGTERM = "STANDIN_IGNORE_SIGTERM" // true: only SIGKILL ends it
	EnvShow          = "STANDIN_SHOW"           // environment variables to show in answers, such as LOG_LEVEL,REGION
	EnvReceive       = "STANDIN_RECEIVE"        // the variable with a queue's URL, to receive from it: QUEUE_URL
	EnvPorts         = "STANDIN_PORTS"          // the ports to listen on in a real container, such as 80,8080
)

// envIdentity is how Processes passes an identity to a stand-in, in JSON.
const envIdentity = "STANDIN_IDENTITY"

type identity struct {
	Image, Task, Container string
	Ports                  []int
	CPU, MemoryMiB         int
	Mounts                 []Mount
	Proxy                  string
	Completes              bool
	EntryPoint, Command    []string
}

// report is what a stand-in tells its engine.
type report struct {
	Listening   map[int]string `json:",omitzero"` // addresses by the container's port
	OutOfMemory bool           `json:",omitempty"`
}

// settings are those of one stand-in.
type settings struct {
	identity
	latency, cpu, exitAfter time.Duration
	leakMiB, health, exit   int
	exits, ignoreSIGTERM    bool
	show                    []string
	receive                 string
}

// StandIn stands in for a container's image: it listens on the container's ports, and answers each request with an
// Answer. On SIGTERM, or when ctx ends, it finishes the open requests and returns. The command given to NewProcesses
// must call it. It also works as the program of a real image. With STANDIN_EXIT, or for a container that completes, it
// ends the process itself.
func StandIn(ctx context.Context, stdout io.Writer) error {
	s, isProcess, err := readSettings(os.LookupEnv)
	if err != nil {
		return err
	}
	if s.ignoreSIGTERM {
		signal.Ignore(syscall.SIGTERM)
	} else {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGTERM)
		defer stop()
	}
	tell := func(report) {}
	listen := func(port int) (net.Listener, error) { return net.Listen("tcp", fmt.Sprintf(":%d", port)) }
	if isProcess {
		go endWithParent(os.Stdin)
		reports := json.NewEncoder(os.NewFile(3, "reports"))
		tell = func(r report) { _ = reports.Encode(r) } // fails if the engine has ended, and then endWithParent acts
		listen = func(int) (net.Listener, error) { return net.Listen("tcp", loopback+":0") }
	}
	if s.exits {
		time.AfterFunc(s.exitAfter, func() {
			fmt.Fprintf(stdout, "exiting with code %d, as %s says\n", s.exit, EnvExit)
			os.Exit(s.exit)
		})
		if s.exitAfter <= 0 {
			select {}
		}
	} else if s.Completes {
		tell(report{Listening: map[int]string{}}) // it has started
		os.Exit(perform(ctx, s.EntryPoint, s.Command, stdout))
	}
	return serve(ctx, s, listen, tell, stdout)
}

// endWithParent ends this process when the engine's process ends, which closes the other end of the pipe.
func endWithParent(lifeline io.Reader) {
	_, _ = io.Copy(io.Discard, lifeline)
	os.Exit(128 + int(syscall.SIGKILL))
}

func serve(
	ctx context.Context, s settings, listen func(port int) (net.Listener, error), tell func(report), stdout io.Writer,
) error {
	work, client := newWorker(s, tell), newClient(s.Proxy)
	addresses := map[int]string{}
	failed := make(chan error, len(s.Ports)+1)
	var servers []*http.Server
	for _, port := range s.Ports {
		listener, err := listen(port)
		if err != nil {
			return err
		}
		server := &http.Server{
			Handler: handler{s, port, work, client}, Protocols: new(http.Protocols), ReadHeaderTimeout: time.Minute,
			ConnContext: withConnection,
		}
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
		go func() {
			if err := server.Serve(eitherWay{listener}); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
		servers = append(servers, server)
		addresses[port] = listener.Addr().String()
	}
	fmt.Fprintf(stdout, "a stand-in listens on ports %d\n", s.Ports)
	tell(report{Listening: addresses})
	received := make(chan struct{})
	go func() {
		defer close(received)
		if s.receive == "" {
			return
		}
		if err := receive(ctx, s, work, stdout); err != nil {
			failed <- err
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(stdout, "stopping: finishing the open requests")
	for _, server := range servers {
		if err := server.Shutdown(context.Background()); err != nil {
			return err
		}
	}
	<-received
	return nil
}

func readSettings(look func(name string) (value string, is bool)) (s settings, isProcess bool, err error) {
	r := reader{look: look}
	if text, is := look(envIdentity); is {
		isProcess = true
		if err := json.Unmarshal([]byte(text), &s.identity); err != nil {
			return s, true, fmt.Errorf("%s: %w", envIdentity, err)
		}
	} else {
		for _, port := range r.list(EnvPorts) {
			s.Ports = append(s.Ports, r.number(EnvPorts, port))
		}
	}
	s.latency = r.duration(EnvLatency)
	s.cpu = r.duration(EnvCPU)
	s.exitAfter = r.duration(EnvExitAfter)
	s.leakMiB, _ = r.integer(EnvLeak)
	s.health, _ = r.integer(EnvHealth)
	s.exit, s.exits = r.integer(EnvExit)
	ignore, _ := look(EnvIgnoreSIGTERM)
	s.ignoreSIGTERM = ignore == "true"
	s.show = r.list(EnvShow)
	s.receive, _ = look(EnvReceive)
	return s, isProcess, r.err
}

// reader reads environment variables. It keeps the first error.
type reader struct {
	look func(name string) (value string, is bool)
	err  error
}

func (r *reader) duration(name string) time.Duration {
	text, is := r.look(name)
	if !is {
		return 0
	}
	value, err := time.ParseDuration(text)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %q is not a duration; write one such as 250ms or 5s", name, text)
	}
	return value
}

func (r *reader) integer(name string) (value int, is bool) {
	text, is := r.look(name)
	if !is {
		return 0, false
	}
	return r.number(name, text), true
}

func (r *reader) number(name, text string) int {
	value, err := strconv.Atoi(text)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %q is not a whole number", name, text)
	}
	return value
}

func (r *reader) list(name string) []string {
	text, _ := r.look(name)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
