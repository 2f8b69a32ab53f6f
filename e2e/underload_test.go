package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// shopService is a service with the defaults of every setting that a deployment depends on.
const shopService = `
name: shop
network: {new: {zones: 2}}
loadBalancer: {public: true, port: 80}
task: {cpu: 256, memory: 512}
container: {image: shop:1, ports: [8000], environment: {COLOR: blue}}
service: {desiredCount: 2}
`

// change is what a team changes in its settings file.
type change struct {
	name     string
	old, new string // a part of the file
	fails    string // a pattern of what Terraform says; empty where the change succeeds
	loses    bool   // AWS cannot make this change without losing requests
}

// TestServiceUnderLoad changes a service while clients use it, and ends its tasks.
func TestServiceUnderLoad(t *testing.T) {
	s := startBusy(t)
	for _, c := range []change{
		{name: "a new image", old: "shop:1", new: "shop:2"},
		{name: "another task size", old: "cpu: 256, memory: 512", new: "cpu: 512, memory: 1024"},
		{name: "an environment variable", old: "COLOR: blue", new: "COLOR: green"},
		{name: "the container's port", old: "8000", new: "9000"},
		{name: "one task more", old: "desiredCount: 2", new: "desiredCount: 3"},
		{name: "one task fewer", old: "desiredCount: 3", new: "desiredCount: 2"},
		{name: "the path and interval of the health check",
			old: "service: {", new: "service: {healthCheck: {path: /health, interval: 10s}, "},
		{name: "an image that exits (rolled back)", old: "COLOR: green", new: `STANDIN_EXIT: "1"`,
			fails: `The deployment failed and ECS rolled it back`},
		{name: "an image that fails its health checks (rolled back)", old: `STANDIN_EXIT: "1"`,
			new: `STANDIN_HEALTH: "503"`, fails: `The deployment failed and ECS rolled it back`},
		{name: "the image that follows", old: `STANDIN_HEALTH: "503"`, new: "COLOR: red"},
	} {
		s.change(c)
	}
	s.lose("a task that is stopped (StopTask)", func(task string) {
		must(ecs.NewFromConfig(s.aws).StopTask(t.Context(), &ecs.StopTaskInput{
			Cluster: s.cluster(), Task: &task,
		}))(t)
	})
	s.lose("a task that is killed (SIGKILL)", s.kill)
	s.write("service")
}

// TestRoutingUnderLoad adds a service and removes it again. To lose no request, the service first gets only requests
// with a header that its own team sends.
func TestRoutingUnderLoad(t *testing.T) {
	const byHeader = "routing: {paths: [/api/*], headers: {X-Preview: [api]}}"
	const byPath = "routing: {paths: [/api/*]}"
	const api = `
services:
  api:
    ` + byHeader + `
    container: {image: api:1, ports: [8000]}
    service: {desiredCount: 2}
`
	s := startBusy(t)
	for _, c := range []change{
		{name: "one more service, by a header first", old: "service: {", new: api + "service: {"},
		{name: "then by its path", old: byHeader, new: byPath},
		{name: "by the header again", old: byPath, new: byHeader},
		{name: "then one service fewer", old: api, new: ""},
		{name: "one more service, by its path at once", loses: true,
			old: "service: {", new: strings.Replace(api, byHeader, byPath, 1) + "service: {"},
	} {
		s.change(c)
	}
	s.write("routing")
}

// TestNetworkUnderLoad changes the zones, and how clients reach the load balancer.
func TestNetworkUnderLoad(t *testing.T) {
	s := startBusy(t)
	s.change(change{name: "one more zone", old: "zones: 2", new: "zones: 3"})
	s.change(change{name: "from HTTP to HTTPS", old: "port: 80", new: s.https})
	s.write("network")
}

// TestProtocolUnderLoad has the tasks speak HTTP/2, with TLS and without.
func TestProtocolUnderLoad(t *testing.T) {
	const byHeader = "routing: {paths: [/*], headers: {X-Preview: [shop2]}}"
	s := startBusy(t, "port: 80")
	for _, c := range []change{
		{name: "one more service that speaks HTTP/2 by TLS, by a header first", old: "service: {", new: `
services:
  shop2:
    ` + byHeader + `
    container: {image: shop:1, ports: [8000]}
    service: {desiredCount: 2, targetGroup: {protocol: HTTPS, protocolVersion: HTTP2}}
service: {`},
		{name: "then all requests to it", old: byHeader, new: "routing: {paths: [/*]}"},
		{name: "another service.name of the first service meanwhile", old: "\nservice: {desiredCount: 2}",
			new: "\nservice: {name: boutique, desiredCount: 2}"},
		{name: "back to the first service", old: "routing: {paths: [/*]}", new: byHeader},
		{name: "HTTP/2 to the tasks of a service at once", loses: true,
			old: "\nservice: {name: boutique, desiredCount: 2}",
			new: "\nservice: {name: boutique, desiredCount: 2, targetGroup: {protocolVersion: HTTP2}}"},
	} {
		s.change(c)
	}
	s.write("protocol")
}

// busy is a deployed service, the settings that it was deployed from, and what became of the requests of its clients.
type busy struct {
	*deployment
	text  string
	https string // the settings of a listener for HTTPS, in the place of a port
	url   string
	rows  []string

	rolledBack bool // the last deployment
}

// startBusy deploys the service, with HTTPS in the place of a text.
func startBusy(t *testing.T, withHTTPS ...string) *busy {
	t.Helper()
	d := newRunningDeployment(t)
	const certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef"
	s := &busy{deployment: d, text: shopService, url: "http://shop.example.com",
		https: "https: {certificates: [" + certificate + "]}"}
	given := d.prepare([]byte(strings.Replace(shopService, "port: 80", s.https, 1)))
	s.https = string(replace(t, "https", []byte(s.https), given))
	for _, old := range withHTTPS {
		s.text, s.url = strings.Replace(s.text, old, s.https, 1), "https://shop.example.com"
	}
	d.synthesizeText(s.text)
	d.apply()
	return s
}

// change applies a change while clients use the service.
func (s *busy) change(c change) {
	s.t.Helper()
	if !strings.Contains(s.text, c.old) {
		s.t.Fatalf("the settings have no %q to change", c.old)
	}
	s.text = strings.Replace(s.text, c.old, c.new, 1)
	s.synthesizeText(s.text)
	load := s.begin(s.url+"/", s.url+"/api/orders")
	report(s.t, "apply")
	var said string
	// Nobody else changes what the state says, but for ECS, which rolls back.
	if err := s.stack.Apply(s.t.Context(), tfexec.Refresh(s.rolledBack)); err != nil {
		said = err.Error()
	}
	s.rolledBack = c.fails != ""
	if (said != "") != (c.fails != "") || !regexp.MustCompile(c.fails).MatchString(said) {
		s.t.Errorf("%s: Terraform said %q, want %q", c.name, said, c.fails)
	}
	s.awaitSteady()
	sent, failed := load.end()
	s.row(c.name, sent, failed, "")
	if failed > 0 && !c.loses {
		s.t.Errorf("%s: %d of %d requests failed", c.name, failed, sent)
	}
}

// lose ends a task while clients use the service, and waits until another one is in its place.
func (s *busy) lose(name string, end func(task string)) {
	s.t.Helper()
	load := s.begin(s.url + "/")
	await(s.t, func() bool { return load.answered() >= 2*perSecond }) // now some requests are with each task
	task := must(s.status())(s.t).Services[0].Tasks[0].ID
	start := time.Now()
	end(task)
	await(s.t, func() bool {
		for _, t := range must(s.status())(s.t).Services[0].Tasks {
			if t.ID == task {
				return false
			}
		}
		return true
	})
	s.awaitSteady()
	took := time.Since(start)
	sent, failed := load.end()
	s.row(name, sent, failed, fmt.Sprintf("; another one serves after %s", took.Round(100*time.Millisecond)))
}

func (s *busy) row(name string, sent, failed int, more string) {
	s.t.Helper()
	s.t.Logf("%s: %d sent, %d failed%s", name, sent, failed, more)
	s.rows = append(s.rows, fmt.Sprintf("| %s | %d | %d |\n", name, sent, failed))
}

func (s *busy) cluster() *string {
	name := s.settings.StackName()
	return &name
}

// kill ends the process that stands in for a task's container.
func (s *busy) kill(task string) {
	s.t.Helper()
	described := must(ecs.NewFromConfig(s.aws).DescribeTasks(s.t.Context(), &ecs.DescribeTasksInput{
		Cluster: s.cluster(), Tasks: []string{task},
	}))(s.t).Tasks[0]
	var pid int
	if _, err := fmt.Sscan(*described.Containers[0].RuntimeId, &pid); err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
}

// awaitSteady waits until each service has as many healthy tasks as it should, and no other ones.
func (d *deployment) awaitSteady() {
	d.t.Helper()
	await(d.t, func() bool {
		for _, s := range must(d.status())(d.t).Services {
			if len(s.Tasks) != s.Desired || s.Running != s.Desired {
				return false
			}
			for _, t := range s.Tasks {
				if !t.Healthy {
					return false
				}
			}
		}
		return true
	})
}

// await asks again and again until something is true.
func await(t *testing.T, is func() bool) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-t.Context().Done():
			t.Fatal("the test has ended")
		}
	}
}

var writingTables sync.Mutex

// write puts the outcome into the table of this name in docs/local-aws.md, with -update.
func (s *busy) write(table string) {
	s.t.Helper()
	if !*update {
		return
	}
	writingTables.Lock()
	defer writingTables.Unlock()
	file := filepath.Join(project, "docs", "local-aws.md")
	text, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	between := regexp.MustCompile(`(?s)(<!-- ` + table + ` under load: [^\n]* -->\n).*?(\n<!-- end of ` + table + ` -->)`)
	if !between.Match(text) {
		s.t.Fatalf("%s has no table %q", file, table)
	}
	rows := "\n| Change | Requests | Failed |\n|---|---|---|\n" + strings.Join(s.rows, "")
	text = between.ReplaceAll(text, []byte("${1}"+rows+"${2}"))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}
