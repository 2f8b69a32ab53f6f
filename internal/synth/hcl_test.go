package synth

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLifecyclesAreMended(t *testing.T) {
	const written = `
resource "aws_lb" "web" {
name = "web"
depends_on = [
"aws_route.a",
]
lifecycle {
  create_before_destroy = true
  ignore_changes = [
"availability_zone",
]
  replace_triggered_by = [
"aws_lb.web.arn",
]
  precondition = [
{
condition = "${length(local.ids) >= 2}"
error_message = "Only ${length(local.ids)}."
},
]
}
}
`
	const want = `
resource "aws_lb" "web" {
  name = "web"
  depends_on = [
    aws_route.a,
  ]
  lifecycle {
    create_before_destroy = true
    ignore_changes = [
      availability_zone,
    ]
    replace_triggered_by = [
      aws_lb.web.arn,
    ]
    precondition {
      condition     = "${length(local.ids) >= 2}"
      error_message = "Only ${length(local.ids)}."
    }

  }
}
`
	got, err := mendLifecycles([]byte(written), "cdk.tf")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("HCL (-want +got):\n%s", diff)
	}
	again, err := mendLifecycles(got, "cdk.tf")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(again)); diff != "" {
		t.Errorf("mended twice (-want +got):\n%s", diff)
	}
}
