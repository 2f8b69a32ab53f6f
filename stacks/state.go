package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/s3"
	"webapp/internal/expression"
	"webapp/settings"
)

// NewState draws the bucket that an environment keeps its state in, as a stack of its own. It keeps its own state there
// as well, once the bucket is there: docs/state.md has the steps.
func NewState(app constructs.Construct, s settings.Settings) cdktf.TerraformStack {
	name := s.StateStackName()
	stack := cdktf.NewTerraformStack(app, &name)
	keepState(stack, s.State)
	s = expression.Literals(s)
	newProvider(stack, s.StateAWS(), s.Tags())
	s3.New(constructs.NewConstruct(stack, jsii.String("state")), s3.Props{
		Name: s.State.S3.Bucket, Key: s.State.S3.Key,
		OldVersionDays: s.State.S3.RetentionDays,
		Keep:           true,
	})
	output(stack, "StateBucket", "The bucket of the states.", s.State.S3.Bucket)
	return stack
}
