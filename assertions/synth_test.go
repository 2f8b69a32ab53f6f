package assertions_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/internal/snapshot"
)

func TestSynth(t *testing.T) {
	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), ptr("stack"))
	zones := cdktf.NewTerraformLocal(stack, ptr("zones"), 2)
	cdktf.NewTerraformOutput(stack, ptr("Zones"), &cdktf.TerraformOutputConfig{Value: zones.Expression()})

	tpl := assertions.Synth(t, stack)
	tpl.Local("zones").Matches(2)
	tpl.Output("Zones").Matches(assertions.ObjectEquals(object{"value": "${local.zones}"}))
	equal(t, failures(func(tb testing.TB) { tpl.With(tb).Output("zone") }),
		"FATAL template has no output zone; it has:\n  Zones")
}

func TestSynthRunsValidations(t *testing.T) {
	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), ptr("stack"))
	cdktf.NewTerraformResource(stack, ptr("web"), &cdktf.TerraformResourceConfig{
		TerraformResourceType:      ptr("aws_lb"),
		TerraformGeneratorMetadata: &cdktf.TerraformProviderGeneratorMetadata{ProviderName: ptr("aws")},
	})
	got := failures(func(tb testing.TB) { assertions.Synth(tb, stack) })
	if !strings.HasPrefix(got, "FATAL synthesizing the stack: ") || !strings.Contains(got,
		"without a matching provider") {
		t.Errorf("got %q, want FATAL synthesizing the stack: … without a matching provider", got)
	}
}

func TestSynthNeedsNoTerraform(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(snapshot.JSIINode, node)
	t.Setenv("PATH", t.TempDir())
	jsii.Close() // the next call starts another Node
	t.Cleanup(jsii.Close)

	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), ptr("stack"))
	cdktf.NewDataResource(stack, ptr("kept"), &cdktf.DataConfig{Input: &object{"a": "b"}})
	assertions.Synth(t, stack).One("terraform_data").Has("input.a", "b")
}
