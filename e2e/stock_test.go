package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"webapp/internal/terraform"
)

// TestStockTerraform takes the example service through its whole life with the provider as Terraform installs, checks
// and starts it, and wants the same plans and states from the warm one, which the other tests use.
func TestStockTerraform(t *testing.T) {
	d := newStockDeployment(t)
	d.synthesize(exampleService)
	before := everything(t, d.aws)
	wantSamePlan(t, d.stack, d.warm())
	d.apply()

	t.Log("the stock one has more to do, and plans it as the warm one does: what both have read is in the plans")
	d.synthesize(exampleService, "max: 5", "max: 8", firstNetwork, firstNetwork+"    flowLogs: {}\n")
	warm := d.warm()
	wantSamePlan(t, d.stack, warm)
	if err := warm.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}

	t.Log("both read what either has made in the same way")
	wantSameState(t, d.stack, warm)
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
}

// TestUnknownTypesAreRefused proves that the warm provider does not hide what was left out of its schemas: neither in a
// configuration, nor in a state.
func TestUnknownTypesAreRefused(t *testing.T) {
	d := newDeployment(t)
	d.synthesizeText("name: webapp\ncontainer: {image: nginx, ports: [80]}\n")
	queue := filepath.Join(d.stackFolder, "queue.tf.json")
	if err := os.WriteFile(queue,
		[]byte(`{"resource": {"aws_sqs_queue": {"jobs": {"name": "jobs"}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.stack.Plan(t.Context())
	wantRefused(t, err, `The provider hashicorp/aws does not support resource type "aws_sqs_queue".`)

	state := filepath.Join(t.TempDir(), "state")
	if err := errors.Join(os.Remove(queue), os.WriteFile(state, []byte(`{
		"version": 4, "serial": 1, "lineage": "test", "resources": [{
		 "mode": "managed", "type": "aws_sqs_queue", "name": "jobs",
		 "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
		 "instances": [{"schema_version": 0, "attributes": {"id": "jobs"}}]}]}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := d.stack.StatePush(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	_, err = d.stack.Plan(t.Context())
	wantRefused(t, err, "aws_sqs_queue.jobs")
}

// warm is Terraform with the warm provider for a stock deployment's stack.
func (d *deployment) warm() *terraform.Stack {
	d.t.Helper()
	d.stock = false
	defer func() { d.stock = true }()
	return d.open(d.stackFolder, d.server.URL())
}

// wantSamePlan plans with both, and wants the same to be planned for the same reasons.
func wantSamePlan(t *testing.T, stock, warm *terraform.Stack) {
	t.Helper()
	if diff := cmp.Diff(planOf(t, stock), planOf(t, warm)); diff != "" {
		t.Errorf("the plan (-stock +warm):\n%s", diff)
	}
}

// planOf returns all of a stack's next plan, but for its time and an order that Terraform leaves to chance.
func planOf(t *testing.T, stack *terraform.Stack) (plan any) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan")
	must(stack.Plan(t.Context(), tfexec.Out(file)))(t)
	parsed := must(stack.ShowPlanFile(t.Context(), file))(t)
	parsed.Timestamp = ""
	slices.SortFunc(parsed.RelevantAttributes, func(a, b tfjson.ResourceAttribute) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	if err := json.Unmarshal(must(json.Marshal(parsed))(t), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// wantSameState reads all that exists with both, and wants the same to be in the state.
func wantSameState(t *testing.T, stock, warm *terraform.Stack) {
	t.Helper()
	if diff := cmp.Diff(stateOf(t, stock), stateOf(t, warm)); diff != "" {
		t.Errorf("the state (-refreshed by stock Terraform +by the warm provider):\n%s", diff)
	}
}

// stateOf reads all that exists into a stack's state, and returns that, but for how often it was written.
func stateOf(t *testing.T, stack *terraform.Stack) map[string]any {
	t.Helper()
	if err := stack.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal([]byte(must(stack.StatePull(t.Context()))(t)), &state); err != nil {
		t.Fatal(err)
	}
	delete(state, "serial")
	return state
}
