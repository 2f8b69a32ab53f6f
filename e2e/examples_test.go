package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// testedElsewhere are the examples that a test of their own deploys, and more of it.
var testedElsewhere = []string{"webapp", "default-vpc", "existing-vpc", "scaling", "environments"}

// foundAgain are the examples whose state is lost between two plans: all that they have made is adopted again.
var foundAgain = []string{"several-services"}

// TestExamples deploys every example, reads it back, plans again, and destroys it.
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
			d := newDeployment(t)
			example := filepath.Join("examples", name+".yaml")
			replacements := d.prepare(read(t, example, nil))
			before := everything(t, d.aws)
			d.synthesize(example, replacements...)
			d.apply()
			for _, w := range d.settings.Workloads() {
				found := d.readService(w.Service.Name)
				if running, desired := int(found.Service.RunningCount), int(found.Service.DesiredCount); running != desired || desired != w.Service.DesiredCount {
					t.Errorf("%s: %d of %d tasks run, want %d", w.Name, running, desired, w.Service.DesiredCount)
				}
				if got := found.LoadBalancer.State.Code; got != elbtypes.LoadBalancerStateEnumActive {
					t.Errorf("the load balancer of %s is %s", w.Name, got)
				}
				if scaled := found.ScalableTarget != nil; scaled != (w.Scaling != nil) {
					t.Errorf("%s is scaled: %v, want %v", w.Name, scaled, w.Scaling != nil)
				}
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
