package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOf(t *testing.T) {
	got, ok := Of("ec2:CreateSubnet")
	if !ok {
		t.Fatal("not found")
	}
	if got.Access != "Write" || len(got.Resources) != 2 {
		t.Fatalf("got %+v", got)
	}
	want := Resource{Type: "vpc", Required: true, ARN: "arn:*:ec2:*:*:vpc/*"}
	vpc := got.Resources[1]
	vpc.Keys = nil
	if diff := cmp.Diff(want, vpc); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := Of("ec2:CreateSubnets"); ok {
		t.Error("an action that there is not was found")
	}
}

func TestEveryResourceHasAnARN(t *testing.T) {
	for name, action := range actions {
		for _, resource := range action.Resources {
			if resource.ARN == "" {
				t.Errorf("%s: %s has no ARN", name, resource.Type)
			}
		}
	}
}
