package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
)

const (
	// answersWithin bounds how long a healthy local AWS takes to answer, on a busy machine too.
	answersWithin = 30 * time.Second

	// stopsWithin bounds how long the server takes to end when it is asked to. After that it is killed.
	stopsWithin = 15 * time.Second
)

// program is how this program was called, so that the commands in its messages work as they are.
var program = calledAs(os.Args[0])

var startAgain = "run " + program + " local down, then " + program + " local up"

func calledAs(argument string) string {
	if strings.Contains(argument, "/go-build") { // where `go run` puts it for the time being
		return "go run ."
	}
	return argument
}

// Home is the folder that holds everything of one local AWS: its output, how to reach it, and a Terraform state of its
// own. A user's real state and output are never touched.
type Home string

func (h Home) path(parts ...string) string {
	return filepath.Join(append([]string{string(h)}, parts...)...)
}

func (h Home) serverFile() string { return h.path("server.json") }
func (h Home) logFile() string    { return h.path("server.log") }

// busyLock is held by whoever changes what the folder holds.
const busyLock = "lock"

// serverLock is held by the background server as long as it lives. So a record of a server that is gone cannot be taken
// for another process that has got its number since.
const serverLock = "server.lock"

// server is how to reach the background server, the account that it is, and how long a minute of it lasts. It has no
// URL while it starts.
type server struct {
	PID     int           `json:"pid"`
	URL     string        `json:"url"`
	Account string        `json:"account"`
	Minute  time.Duration `json:"minute"` // in nanoseconds
}

// use makes this process the only one that changes the folder.
func (h Home) use() (release func(), err error) {
	if err := os.MkdirAll(string(h), 0o755); err != nil {
		return nil, err
	}
	release, err = lock(h.path(busyLock))
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("another `webapp local` command is at work in %s; wait until it has ended", h)
	}
	return release, err
}

// clear removes everything but the locks.
func (h Home) clear() error {
	entries, err := os.ReadDir(string(h))
	for _, e := range entries {
		if e.Name() != busyLock && e.Name() != serverLock {
			err = errors.Join(err, os.RemoveAll(h.path(e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("removing what is left of an earlier local AWS: %w", err)
	}
	return nil
}

// Serve runs the local AWS, of this account, until it is stopped.
func (h Home) Serve(ctx context.Context, account string, minute time.Duration, standIn []string) error {
	release, err := lockWithin(h.path(serverLock), time.Second) // find takes it for a moment
	if errors.Is(err, errHeld) {
		return fmt.Errorf("a local AWS is already running in %s", h)
	}
	if err != nil {
		return err
	}
	defer release()
	self := server{PID: os.Getpid(), Account: account, Minute: minute}
	if err := h.record(self); err != nil {
		return err
	}
	defer func() { _ = os.Remove(h.serverFile()) }()
	containers, err := h.engine(ctx, standIn)
	if err != nil {
		return err
	}
	files, err := filepath.Abs(h.path("files"))
	if err != nil {
		return errors.Join(err, containers.Close())
	}
	aws, err := localaws.Start(ctx, ".", localaws.ForAccount(account), localaws.Running(containers, minute/60),
		localaws.KeepingFiles(files))
	if err != nil {
		return errors.Join(err, containers.Close())
	}
	self.URL = aws.URL()
	if err := h.record(self); err != nil {
		return errors.Join(err, aws.Close())
	}
	select {
	case <-ctx.Done():
	case <-aws.Ended():
		err = errors.New("moto_server has ended; something killed it")
	}
	return errors.Join(err, aws.Close())
}

// engine returns what runs the tasks: containers where a container engine answers, and stand-ins for all else.
func (h Home) engine(ctx context.Context, standIn []string) (engine.Engine, error) {
	folder, err := filepath.Abs(string(h))
	if err != nil {
		return nil, err
	}
	standIns := engine.NewProcesses(standIn...)
	containers, err := engine.Find(ctx, folder)
	if err != nil {
		fmt.Printf("Tasks run as stand-ins: %v\n", err) // into the log file
		return standIns, nil
	}
	return engine.WithStandIns(containers, standIns), nil
}

// record writes how to reach the server, by a rename, so that whoever waits for it never reads half of it.
func (h Home) record(s server) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(h.serverFile()+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(h.serverFile()+".new", h.serverFile())
}

// find returns the background server, if one is alive.
func (h Home) find() (s server, alive bool) {
	if !isLocked(h.path(serverLock)) {
		return s, false
	}
	text, err := os.ReadFile(h.serverFile())
	if err != nil || json.Unmarshal(text, &s) != nil {
		return s, false // it has taken the lock this very moment
	}
	return s, true
}

// check asks the server for an answer. The error says what to do where there is none.
func (s server) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/moto-api/", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		err = response.Body.Close()
	}
	if err == nil && response.StatusCode >= http.StatusInternalServerError {
		err = errors.New(response.Status)
	}
	if err != nil {
		return fmt.Errorf("the local AWS (process %d) does not answer: %w; %s", s.PID, err, startAgain)
	}
	return nil
}

// start starts the background server for an account, or finds the one that runs, whatever its account. It outlives this
// process, until `local down`.
func (h Home) start(ctx context.Context, account string, minute time.Duration, out io.Writer) (server, error) {
	if _, alive := h.find(); alive {
		s, err := h.waitFor(ctx, nil)
		if err != nil {
			return s, err
		}
		step(out, "The local AWS is already running at %s", s.URL)
		return s, nil
	}
	// moto keeps everything in memory: what an earlier one had is gone, and so is the truth of its state.
	if err := h.clear(); err != nil {
		return server{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return server{}, err
	}
	log, err := os.Create(h.logFile())
	if err != nil {
		return server{}, err
	}
	defer func() { _ = log.Close() }()
	arguments := []string{"local", "serve", "--folder", string(h), "--account", account, "--minute", minute.String()}
	command := exec.Command(self, arguments...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return server{}, fmt.Errorf("starting the local AWS: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	s, err := h.waitFor(ctx, ended)
	if err != nil {
		_ = command.Process.Signal(syscall.SIGTERM)
		text, _ := os.ReadFile(h.logFile())
		return s, fmt.Errorf("starting the local AWS: %w\n%s", err, text)
	}
	step(out, "The local AWS runs at %s", s.URL)
	return s, nil
}

func (h Home) waitFor(ctx context.Context, ended <-chan struct{}) (server, error) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		if s, alive := h.find(); alive && s.URL != "" {
			return s, s.check(ctx)
		}
		select {
		case <-again.C:
		case <-ended:
			return server{}, errors.New("it ended before it was ready")
		case <-ctx.Done():
			return server{}, ctx.Err()
		}
	}
}

// watch cancels what runs on a local AWS when that one ends or answers no more: Terraform would go on asking it for
// many minutes.
func (h Home) watch(ctx context.Context, s server, cancel context.CancelCauseFunc) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		if now, alive := h.find(); !alive || now != s {
			cancel(h.ended())
			return
		}
		if err := s.check(ctx); err != nil && ctx.Err() == nil {
			cancel(err)
			return
		}
	}
}

func (h Home) ended() error {
	return fmt.Errorf("the local AWS has ended, and everything on it is gone; see why in %s, then %s", h.logFile(),
		startAgain)
}

// stop ends the background server and waits until it is gone. The caller has seen that it is alive.
func (h Home) stop(s server) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := syscall.Kill(s.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping the local AWS: %w", err)
		}
		if release, err := lockWithin(h.path(serverLock), stopsWithin); err == nil {
			release()
			return nil
		}
	}
	return fmt.Errorf("stopping the local AWS: the process %d does not end", s.PID)
}

// PrintEnvironment prints shell commands that point other tools at the local AWS, and as a comment how to undo them.
func (h Home) PrintEnvironment(ctx context.Context, out io.Writer) error {
	s, err := h.running(ctx)
	if err != nil {
		return err
	}
	variables := localaws.Environment(s.URL)
	var set []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if variables[name] == "" {
			fmt.Fprintf(out, "unset %s\n", name)
			continue
		}
		fmt.Fprintf(out, "export %s=%s\n", name, variables[name])
		set = append(set, name)
	}
	fmt.Fprintf(out, "# To undo: unset %s\n", strings.Join(set, " "))
	return nil
}
