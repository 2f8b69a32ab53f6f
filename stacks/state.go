package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/s3"
	"webapp/internal/expression"
	"webapp/settings"
)

// NewState creates the stack of the S3 bucket in which an environment keeps its Terraform state. The stack's own state
// is in the bucket too, once the bucket exists; docs/state.md has the steps.
func NewState(app constructs.Construct, s settings.Stack) cdktf.TerraformStack {
	name := s.StateStackName()
	stack := cdktf.NewTerraformStack(app, &name)
	configureBackend(stack, s.State)
	s = expression.Literals(s)
	configureProvider(stack, s.StateAWS(), s.Tags())
	s3.NewBucket(stack, "state", s3.BucketProps{
		Name: s.State.S3.Bucket, KMSKey: s.State.S3.KMSKey, OldVersionDays: s.State.S3.RetentionDays, Keep: true,
	})
	output(stack, "StateBucket", "The bucket of the states.", s.State.S3.Bucket)
	return stack
}
