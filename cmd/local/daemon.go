package main

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
	"syscall"
	"time"

	"webapp/internal/localaws"
)

// folder holds everything of the local AWS: its output, where it is, and a state of its own. A user's real state and
// output are never touched.
const folder = ".local"

var (
	whereFile = filepath.Join(folder, "server.json")
	logFile   = filepath.Join(folder, "server.log")
)

// where tells how to reach the background server.
type where struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

// serve runs the local AWS until it is told to stop.
func serve(ctx context.Context) error {
	server, err := localaws.Start(ctx, ".")
	if err != nil {
		return err
	}
	text, err := json.Marshal(where{PID: os.Getpid(), URL: server.URL()})
	if err == nil {
		err = os.WriteFile(whereFile+".new", text, 0o600)
	}
	if err == nil {
		// Renamed, so that whoever waits for it never reads half of it.
		err = os.Rename(whereFile+".new", whereFile)
	}
	if err == nil {
		select {
		case <-ctx.Done():
		case <-server.Ended():
			err = errors.New("moto_server has ended")
		}
	}
	return errors.Join(err, server.Close(), os.Remove(whereFile))
}

// running returns the background server, if there is one that answers.
func running(ctx context.Context) (where, bool) {
	var w where
	text, err := os.ReadFile(whereFile)
	if err != nil || json.Unmarshal(text, &w) != nil {
		return w, false
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/moto-api/", nil)
	if err != nil {
		return w, false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return w, false
	}
	return w, response.Body.Close() == nil
}

// start starts the background server, or finds the one that runs. It outlives this process, until `local down`.
func start(ctx context.Context, out io.Writer) (where, error) {
	if w, ok := running(ctx); ok {
		step(out, "The local AWS runs already at %s", w.URL)
		return w, nil
	}
	// moto keeps everything in memory: what an earlier one had is gone, and so is the truth of its state.
	if err := os.RemoveAll(folder); err != nil {
		return where{}, fmt.Errorf("removing what is left of an earlier local AWS: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return where{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return where{}, err
	}
	log, err := os.Create(logFile)
	if err != nil {
		return where{}, err
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(self, "serve") //nolint:gosec // it is this program
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return where{}, fmt.Errorf("starting the local AWS: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	w, err := waitFor(ctx, ended)
	if err != nil {
		_ = command.Process.Signal(syscall.SIGTERM)
		text, _ := os.ReadFile(logFile)
		return w, fmt.Errorf("starting the local AWS: %w\n%s", err, text)
	}
	step(out, "The local AWS runs at %s", w.URL)
	return w, nil
}

func waitFor(ctx context.Context, ended <-chan struct{}) (where, error) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		if w, ok := running(ctx); ok {
			return w, nil
		}
		select {
		case <-again.C:
		case <-ended:
			return where{}, errors.New("it ended at once")
		case <-ctx.Done():
			return where{}, ctx.Err()
		}
	}
}

// stop ends the background server and waits until it is gone.
func stop(ctx context.Context, w where) error {
	process, err := os.FindProcess(w.PID)
	if err != nil {
		return err
	}
	if err := process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping the local AWS: %w", err)
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if process.Signal(syscall.Signal(0)) != nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func printEnvironment(out io.Writer) error {
	w, ok := running(context.Background())
	if !ok {
		return errors.New("the local AWS does not run; start it with: make up")
	}
	variables := localaws.Environment(w.URL)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if variables[name] == "" {
			fmt.Fprintf(out, "unset %s\n", name)
			continue
		}
		fmt.Fprintf(out, "export %s=%s\n", name, variables[name])
	}
	return nil
}
