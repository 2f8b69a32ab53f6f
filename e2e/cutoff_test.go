package e2e

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestApplyThatWasCutOff kills Terraform, three times, while AWS makes something that no state knows of yet. By the
// steps of docs/adopting.md all of it becomes part of the stack, nothing is made twice, and nothing is left behind.
func TestApplyThatWasCutOff(t *testing.T) {
	d := newStockDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(exampleService)
	for _, made := range []map[string]int{
		{"CreateVpc": 1, "CreateRole": 2, "CreateLogGroup": 1, "CreateCluster": 1},
		{"CreateSubnet": 4, "CreateInternetGateway": 1, "CreateSecurityGroup": 2},
		{"CreateLoadBalancer": 1, "CreateNatGateway": 1},
	} {
		d.cutOffApply(made)
		// Stock Terraform was killed with its provider, once. The warm provider's process ends with the connection.
		d.stock = false
		d.pointAt(d.server.URL())
		if made["CreateLoadBalancer"] == 0 {
			d.prepareImports()
			continue
		}
		d.runBlock("docs/adopting.md", "an apply that was cut off", "settings webapp.yaml",
			"settings "+d.settingsFile(exampleService))
	}
	d.wantNoChange()
	after := everything(t, d.aws)
	for kind, want := range map[string]int{
		"VPC": 1, "subnet": 4, "internet gateway": 1, "NAT gateway": 1, "address": 1, "security group": 3,
		"load balancer": 1, "target group": 1,
		"cluster": 1, "service": 1, "log group": 1, "role": 2, "task definition": 1,
	} {
		if got := len(after[kind]) - len(before[kind]); got != want {
			t.Errorf("%s: the stack made %d, want %d: %q", kind, got, want, after[kind])
		}
	}
	d.destroy()
	d.wantAccount(before)
}

// prepareImports finds what the apply left behind, so that the next one imports it.
func (d *deployment) prepareImports() {
	d.t.Helper()
	if overrides, _ := d.adopt(d.settingsFile(exampleService)); overrides != "" {
		d.t.Errorf("what the stack itself has made needs overrides:\n%s", overrides)
	}
}

// cutOffApply kills an apply once AWS has had these calls, whose answers never arrive.
func (d *deployment) cutOffApply(calls map[string]int) {
	d.t.Helper()
	cutOff(d.t, d.terraform, d.stackFolder, d.server.URL(), calls)
}

// cutOff kills an apply in a stack's folder once AWS has had these calls.
func cutOff(t *testing.T, terraform func(url string) string, folder, awsURL string, calls map[string]int) {
	t.Helper()
	url, done := swallowing(t, awsURL, calls)
	apply := exec.Command(terraform(url), "apply", "-auto-approve", "-input=false", "-no-color")
	apply.Dir = folder
	apply.Env = environ(url)
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the provider's process ends with Terraform's
	var printed bytes.Buffer
	apply.Stdout, apply.Stderr = &printed, &printed
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- apply.Wait() }()
	select {
	case <-done:
	case err := <-ended:
		t.Fatalf("the apply ended without %v: %v\n%s", calls, err, &printed)
	}
	if err := syscall.Kill(-apply.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("the apply that was killed ended well")
	}
}

// swallowing is an AWS that does what it is asked, but never answers these calls. The channel is closed when all of
// them were made.
func swallowing(t *testing.T, awsURL string, calls map[string]int) (url string, done <-chan struct{}) {
	t.Helper()
	backend, err := neturl.Parse(awsURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backend)
	left, all := maps.Clone(calls), make(chan struct{})
	var mutex sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		action := actionOf(r, body)
		if calls[action] == 0 {
			proxy.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			t.Errorf("%s: %d %s", action, answer.Code, answer.Body)
		}
		mutex.Lock()
		left[action]--
		if left[action] == 0 {
			delete(left, action)
		}
		if len(left) == 0 {
			close(all)
		}
		mutex.Unlock()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

// actionOf is the name of the AWS operation that is asked for, where the request itself says it.
func actionOf(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:]
	}
	form, err := neturl.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}
