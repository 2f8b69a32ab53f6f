package e2e

import (
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// TestScalingInEveryKind deploys policies, alarms and schedules, and gets them back after their service was replaced.
func TestScalingInEveryKind(t *testing.T) {
	const file = "examples/scaling.yaml"
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(file)
	d.apply()
	d.wantNoChange()

	t.Log("all of it changes in place")
	changes := []string{"max: 20\n", "max: 30\n", "perMinute: 1200", "perMinute: 900", "threshold: 75, percent: 100", "threshold: 80, percent: 50",
		"{at: 1000, change: 4}", "{at: 500, change: 2}, {at: 1000, change: 4}", "min: 4}", "min: 6}", "suspended: []", "suspended: [scaleIn]"}
	d.synthesize(file, changes...)
	d.wantNoReplacement()
	d.apply()
	d.wantNoChange()

	t.Log("and survives the replacement of its service")
	d.apply(tfexec.Replace(d.address("aws_ecs_service")))
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
}
