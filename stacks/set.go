package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
)

// SetOutput is the name of the output with the values of settings that do not come from the file.
const SetOutput = "Set"

// keepSet keeps the values that were set from outside of the file in the state, where the next plan finds them. They
// are in a resource, since Terraform changes outputs even if an apply fails. The resource changes only once the
// services are deployed, so that an image that does not start is not kept.
func keepSet(stack cdktf.TerraformStack, set map[string]string, services []cdktf.ITerraformDependable) {
	if len(set) == 0 {
		return
	}
	values := map[string]any{}
	for path, value := range set {
		values[path] = value
	}
	kept := cdktf.NewDataResource(stack, jsii.String("set"), &cdktf.DataConfig{Input: &values, DependsOn: &services})
	output(stack, SetOutput, "The settings that have other values than in the file.",
		"${"+expression.Address(kept)+".output}")
}
