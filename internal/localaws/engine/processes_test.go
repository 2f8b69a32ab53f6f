package engine

import (
	"net/http"
	"os"
	"testing"
)

func TestProcessesEndWithTheirParent(t *testing.T) {
	parent, ends := startParent(t, processes.name, "")
	if err := parent.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, end := range ends {
		end()
	}
}

func TestRunOfAStandInReportsItsHealth(t *testing.T) {
	for status, want := range map[string]int{"200": 0, "399": 0, "400": 1, "503": 1} {
		f := newFixture(t, processes)
		r := f.start(f.container(map[string]string{EnvHealth: status}, 8080))
		code, err := r.Run(t.Context(), []string{"a-program-of-the-image"})
		if err != nil || code != want {
			t.Errorf("status %s: got exit code %d, error %v; want %d", status, code, err, want)
		}
		r.Stop(0)
		if _, err := r.Run(t.Context(), nil); err == nil {
			t.Error("a command ran in a container that has ended")
		}
	}
}

func TestAMissingProgramIsAnError(t *testing.T) {
	engine := NewProcesses(os.Args[0] + "-missing")
	if _, err := engine.Start(t.Context(), Container{Name: "app"}); err == nil {
		t.Error("a program that does not exist was started")
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}

func TestExitCodesAreThoseOfDocker(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		r, err := NewProcesses("sh", "-c", script).Start(t.Context(), Container{Name: "app"})
		if err != nil {
			t.Fatal(err)
		}
		<-r.Exited()
		if r.ExitCode() != want {
			t.Errorf("%q: got exit code %d, want %d", script, r.ExitCode(), want)
		}
	}
}

func TestAStandInAnswersGRPCAsUnimplemented(t *testing.T) {
	f := newFixture(t, processes)
	r := f.start(f.container(nil, 8080))
	url := "http://" + r.Address(8080) + "/AWS.ALB/healthcheck"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/grpc")
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if status := response.Header.Get("Grpc-Status"); status != "12" {
		t.Errorf("got gRPC status %q, want 12", status)
	}
}

// TestAStandInThatOthersWaitForEnds: the program that it stands for would.
func TestAStandInThatOthersWaitForEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		environment map[string]string
		want        int
	}{
		"at once":                     {nil, 0},
		"as its own environment says": {map[string]string{EnvExit: "3"}, 3},
	} {
		f := newFixture(t, processes)
		c := f.container(tc.environment, 8080)
		c.Completes = true
		r := f.start(c)
		<-r.Exited()
		if r.ExitCode() != tc.want {
			t.Errorf("%s: got exit code %d, want %d", name, r.ExitCode(), tc.want)
		}
	}
}

func TestARequestChoosesItsLatency(t *testing.T) {
	f := newFixture(t, processes)
	r := f.start(f.container(map[string]string{EnvLatency: "1h"}, 8080))
	response, err := http.Get("http://" + r.Address(8080) + "/?latency=1ms")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("got status %d, want 200", response.StatusCode)
	}
}
