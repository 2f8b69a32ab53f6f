package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// testedElsewhere are the examples that a test of their own deploys, and more of it.
var testedElsewhere = []string{
	"webapp", "default-vpc", "existing-vpc", "scaling", "environments", "pipeline", "pipeline-gitlab",
	"previews",
}

// foundAgain are the examples whose state is lost between two plans: all that they have made is adopted again.
var foundAgain = []string{"several-services", "worker", "only-workers", "jobs"}

// alsoWanted are checks of what only one of the examples has.
var alsoWanted = map[string]func(*deployment){
	"restricted": (*deployment).wantClientCertificates,
	"several-services": func(d *deployment) {
		d.wantServersFirst()
		d.wantAllowedSource("shop-api", "10.8.0.0/16", 8000, 9000)
	},
}

// TestExamples deploys every example, reads it back, asks its services at their URLs, plans again, and destroys it.
func TestExamples(t *testing.T) {
	t.Parallel() // with the other tests, not before them
	files, err := filepath.Glob(filepath.Join(project, "examples", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if slices.Contains(testedElsewhere, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			d := newRunningDeployment(t)
			example := filepath.Join("examples", name+".yaml")
			replacements := d.prepare(read(t, example, nil))
			before := everything(t, d.aws)
			d.synthesize(example, replacements...)
			d.apply()
			for _, w := range d.settings.Workloads() {
				found := d.readService(w.Service.Name)
				running, desired := int(found.Service.RunningCount), int(found.Service.DesiredCount)
				if running != desired || desired != w.Service.DesiredCount {
					t.Errorf("%s: %d of %d tasks run, want %d", w.Name, running, desired, w.Service.DesiredCount)
				}
				if scaled := found.ScalableTarget != nil; scaled != (w.Scaling != nil) {
					t.Errorf("%s is scaled: %v, want %v", w.Name, scaled, w.Scaling != nil)
				}
				if w.Worker {
					continue // without a load balancer
				}
				if got := found.LoadBalancer.State.Code; got != elbtypes.LoadBalancerStateEnumActive {
					t.Errorf("the load balancer of %s is %s", w.Name, got)
				}
			}
			d.wantAnswers()
			if check, ok := alsoWanted[name]; ok {
				check(d)
			}
			d.wantNoChange()
			if slices.Contains(foundAgain, name) {
				d.findAgain(d.settingsFile(example, replacements...))
				d.wantNoChange()
			}
			d.destroy()
			d.wantAccount(before)
		})
	}
}

// wantClientCertificates fails where a client without a certificate can connect.
func (d *deployment) wantClientCertificates() {
	d.t.Helper()
	client := d.client()
	defer client.CloseIdleConnections()
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = nil
	if response, err := client.Get(d.questions()[0].url); err == nil {
		_ = response.Body.Close()
		d.t.Errorf("a client without a certificate gets %d", response.StatusCode)
	}
}

// wantServersFirst fails where the last apply created a service before one that it calls was there, and Terraform had
// asked whether its tasks run: a task knows only the services that were there when it started.
func (d *deployment) wantServersFirst() {
	d.t.Helper()
	servers := map[string]string{} // the services' names, by those that others call them by
	for _, w := range d.settings.Workloads() {
		if w.Service.Connect != nil {
			servers[w.Service.Connect.Name] = w.Service.Name
		}
	}
	checked := 0
	for _, w := range d.settings.Workloads() {
		if w.Service.Connect == nil {
			continue
		}
		for _, called := range w.Service.Connect.Calls {
			checked++
			server := servers[called]
			created := d.find(fmt.Sprintf(`CreateService "serviceName":%q`, server))
			caller := d.find(fmt.Sprintf(`CreateService "serviceName":%q`, w.Service.Name))
			if len(created) != 1 || len(caller) != 1 {
				d.t.Errorf("%s was created %d times, and %s %d times", server, len(created),
					w.Service.Name, len(caller))
				continue
			}
			if !slices.ContainsFunc(d.find(fmt.Sprintf("DescribeServices /%s\"", server)), func(at int) bool {
				return created[0] < at && at < caller[0]
			}) {
				d.t.Errorf("%s was not waited for before %s, which calls it, was created", server, w.Service.Name)
			}
		}
	}
	if checked == 0 {
		d.t.Error("no service calls another one")
	}
}

// wantAllowedSource checks at which ports addresses outside the stack reach a service that is found by name.
func (d *deployment) wantAllowedSource(service, source string, ports ...int) {
	d.t.Helper()
	var got, want []string
	for _, group := range d.readService(service).SecurityGroups {
		for _, rule := range rules("in", group.IpPermissions) {
			if strings.HasSuffix(rule, " from "+source) {
				got = append(got, rule)
			}
		}
	}
	for _, port := range ports {
		want = append(want, fmt.Sprintf("in: tcp %d from %s", port, source))
	}
	wantSame(d.t, "rules for "+source, got, want)
}
