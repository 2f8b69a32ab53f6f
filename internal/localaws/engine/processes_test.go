package engine

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

// TestAStandInThatCompletes does what it can of its command, without a program of this machine.
func TestAStandInThatCompletes(t *testing.T) {
	const done = "a stand-in has no programs, and takes this for done: "
	for name, tc := range map[string]struct {
		environment         map[string]string
		entryPoint, command []string
		want                int
		log                 []string
	}{
		"the image's own": {nil, nil, nil, 0, []string{done + "the image's own command"}},
		"its environment's code": {
			map[string]string{EnvExit: "3"}, nil, nil, 3, []string{"exiting with code 3, as STANDIN_EXIT says"},
		},
		"a program":                 {nil, nil, []string{"rake", "db:migrate"}, 0, []string{done + "rake db:migrate"}},
		"a program of this machine": {nil, nil, []string{"/bin/sh", "no.sh"}, 0, []string{done + "/bin/sh no.sh"}},
		"one that fails":            {nil, nil, []string{"false"}, 1, nil},
		"a script":                  {nil, nil, []string{"sh", "-c", "echo 'at work' && exit 4"}, 4, []string{"at work"}},
		"a script's first failure":  {nil, nil, []string{"sh", "-ec", "false; exit 4"}, 1, nil},
		"an entry point's script":   {nil, []string{"/bin/bash", "-c"}, []string{"exit 5"}, 5, nil},
		"an entry point's program":  {nil, []string{"/entry.sh"}, []string{"sh", "-c", "exit 6"}, 6, nil},
		"more than one command":     {nil, nil, []string{"sh", "-c", "rake; sleep 0.01; exit"}, 0, []string{done + "rake"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, processes)
			c := f.container(tc.environment, 8080)
			c.Completes, c.EntryPoint, c.Command = true, tc.entryPoint, tc.command
			f.wantEnd(f.start(c), tc.want, tc.log...)
		})
	}
}

func TestAStandInThatCompletesCanBeStopped(t *testing.T) {
	f := newFixture(t, processes)
	c := f.container(nil)
	c.Completes, c.Command = true, []string{"sleep", "3600"}
	r := f.start(c)
	r.Stop(time.Minute)
	if r.ExitCode() != 143 {
		t.Errorf("got exit code %d, want 143", r.ExitCode())
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

func TestAStandInSpeaksTLSAndPlainTextOnTheSamePort(t *testing.T) {
	t.Parallel()
	f := newFixture(t, processes)
	running := f.start(f.container(nil, 8080))
	got := map[string]string{}
	for scheme, isHTTP2 := range map[string][]bool{"http": {false, true}, "https": {false, true}} {
		for _, http2 := range isHTTP2 {
			transport := &http.Transport{Protocols: new(http.Protocols),
				TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			transport.Protocols.SetHTTP1(!http2)
			transport.Protocols.SetUnencryptedHTTP2(http2 && scheme == "http")
			transport.Protocols.SetHTTP2(http2 && scheme == "https")
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
				scheme+"://"+running.Address(8080)+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Client{Transport: transport}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			var answer Answer
			if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
				t.Error(err)
			}
			_ = response.Body.Close()
			transport.CloseIdleConnections()
			got[fmt.Sprint(scheme, " ", http2)] = fmt.Sprint(answer.Protocol, " ", answer.TLS)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"http false": "HTTP/1.1 false", "http true": "HTTP/2.0 false",
		"https false": "HTTP/1.1 true", "https true": "HTTP/2.0 true",
	}, got); diff != "" {
		t.Error(diff)
	}
}
