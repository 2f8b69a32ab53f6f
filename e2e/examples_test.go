package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// testedElsewhere are the examples that a test of their own deploys, and more of it.
var testedElsewhere = []string{"default-vpc", "existing-vpc"}

// alreadyThere makes what an example takes as given, and returns what to replace in it: ids are AWS's to choose.
var alreadyThere = map[string]func(*testing.T, aws.Config) []string{
	"sidecar-and-efs": func(t *testing.T, cfg aws.Config) []string {
		group := must(ec2.NewFromConfig(cfg).CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
			GroupName: aws.String("file-system-clients"), Description: aws.String("Clients of the file system"),
		}))(t)
		return []string{"sg-0123456789abcdef0", *group.GroupId}
	},
}

// TestExamples deploys every example, reads it back, plans again, and destroys it.
func TestExamples(t *testing.T) {
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
			var replacements []string
			if prepare, ok := alreadyThere[name]; ok {
				replacements = prepare(t, d.aws)
			}
			before := everything(t, d.aws)
			d.synthesize(filepath.Join("examples", name+".yaml"), replacements...)
			d.wantValid()
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
			d.destroy()
			d.wantAccount(before)
		})
	}
}
