package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"

	"webapp/scaling"
	"webapp/scaling/deployed"
)

// TestScalingInEveryKind deploys policies, alarms and schedules, and gets them back after their service was replaced.
func TestScalingInEveryKind(t *testing.T) {
	const file = "examples/scaling.yaml"
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(file)
	d.apply()
	d.wantNoChange()
	d.wantToScaleAsItsSettingsSay()

	t.Log("all of it changes in place")
	changes := []string{
		"perMinute: 1200", "perMinute: 900", "threshold: 75, percent: 100", "threshold: 80, percent: 50",
		"{at: 1000, change: 4}", "{at: 500, change: 2}, {at: 1000, change: 4}", "min: 4}", "min: 6}", "suspended: []",
		"suspended: [scaleIn]",
	}
	d.synthesize(file, changes...)
	d.wantNoReplacement()
	d.apply()
	d.wantNoChange()
	d.wantToScaleAsItsSettingsSay()

	t.Log("the requests to an additional port count too, and a job may call the service by its name")
	d.synthesizeChanged(file, `
container: {ports: [8000, 9000]}
service:
  discovery: {}
  additionalPorts: [{port: 9000, routing: {paths: [/ws/*]}}]
observability: {alarms: {}}
jobs:
  import: {extends: shop, container: {command: [import]}}
`)
	d.apply()
	d.wantNoChange()
	d.wantToScaleAsItsSettingsSay()

	t.Log("and survives the replacement of its service")
	d.apply(tfexec.Replace(d.address("aws_ecs_service")))
	d.wantNoChange()
	d.wantToScaleAsItsSettingsSay()

	d.destroy()
	d.wantAccount(before)
}

// wantToScaleAsItsSettingsSay reads the service's scaling back from AWS, and simulates both.
func (d *deployment) wantToScaleAsItsSettingsSay() {
	d.t.Helper()
	read, notes, err := deployed.Read(d.t.Context(), d.aws, d.settings.StackName(), d.settings.Service.Name)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(notes) > 0 {
		d.t.Errorf("not read: %q", notes)
	}
	service := scaling.Of(d.settings.Workload)
	if diff := cmp.Diff(service.Plan, read); diff != "" {
		d.t.Errorf("how the service scales (-as its settings say +as AWS has it):\n%s", diff)
	}
	load := scaling.FlashCrowd(20, 400)
	want := scaling.Simulate(service, load)
	service.Plan = read
	got := scaling.Simulate(service, load)
	if len(got.Actions) == 0 {
		d.t.Error("the simulated service does nothing in a flash crowd")
	}
	if diff := cmp.Diff(want.Actions, got.Actions); diff != "" || want.Refused != got.Refused ||
		want.TaskSeconds != got.TaskSeconds {
		d.t.Errorf("the simulation of what is deployed differs from that of the settings (-settings +deployed):\n%s",
			diff)
	}
}
