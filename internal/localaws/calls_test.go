package localaws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestActionsOfACall(t *testing.T) {
	for name, tc := range map[string]struct {
		call Call
		want []string
	}{
		"its own name": {Call{Service: "ecs", Operation: "DescribeServices"},
			[]string{"ecs:DescribeServices"}},
		"another name of a service": {Call{Service: "elbv2", Operation: "SetSubnets"},
			[]string{"elasticloadbalancing:SetSubnets"}},
		"another name": {Call{Service: "s3", Operation: "HeadBucket"}, []string{"s3:ListBucket"}},
		"with tags": {Call{Service: "ec2", Operation: "CreateVpc", Input: object{"TagSpecifications": []any{}}},
			[]string{"ec2:CreateVpc", "ec2:CreateTags"}},
		"that removes tags": {Call{Service: "ec2", Operation: "DeleteTags", Input: object{"Tags": []any{}}},
			[]string{"ec2:DeleteTags"}},
		"that adds tags": {Call{Service: "ecs", Operation: "TagResource", Input: object{"tags": []any{}}},
			[]string{"ecs:TagResource"}},
		"with a role and tags": {Call{Service: "ecs", Operation: "RegisterTaskDefinition",
			Input: object{"tags": []any{}}},
			[]string{"ecs:RegisterTaskDefinition", "iam:PassRole", "ecs:TagResource"}},
	} {
		if diff := cmp.Diff(tc.want, tc.call.Actions()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadOnlyCalls(t *testing.T) {
	for operation, want := range map[string]bool{"DescribeVpcs": true, "GetRole": true, "ListTagsForResource": true,
		"HeadBucket": true, "DeleteVpc": false} {
		if got := (Call{Operation: operation}).ReadOnly(); got != want {
			t.Errorf("%s: got %v, want %v", operation, got, want)
		}
	}
}
