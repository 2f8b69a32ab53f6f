package stacks

import (
	"path/filepath"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// AWSProviderVersion is the one that .terraform.lock.hcl has the hashes of. The bindings ask for exactly 5.99.1, which
// 5.100.0, the last of its line, is compatible with.
const AWSProviderVersion = "5.100.0"

// newProvider leaves out what the AWS environment decides: credentials always, the region unless the settings name one.
func newProvider(stack cdktf.TerraformStack, s settings.AWS, tags map[string]string) {
	config := &provider.AwsProviderConfig{}
	if s.Region != "" {
		config.Region = &s.Region
	}
	if account := s.DeployedTo(); account != "" {
		config.AllowedAccountIds = jsii.Strings(account)
	}
	if s.Role != "" {
		config.AssumeRole = []*provider.AwsProviderAssumeRole{{RoleArn: &s.Role, SessionName: jsii.String(sessionName(stack))}}
	}
	if len(tags) > 0 {
		config.DefaultTags = []*provider.AwsProviderDefaultTags{{Tags: expression.Texts(tags)}}
	}
	provider.NewAwsProvider(stack, jsii.String("aws"), config)
	stack.AddOverride(jsii.String("terraform.required_providers.aws.version"), AWSProviderVersion)
}

// keepState puts the stack's state where the settings say.
func keepState(stack cdktf.TerraformStack, s settings.State) {
	name := *stack.Node().Id()
	switch {
	case s.S3 != nil:
		config := &cdktf.S3BackendConfig{
			Bucket: &s.S3.Bucket, Key: jsii.String(s.S3.StateKey(name)), Region: &s.S3.Region, Encrypt: jsii.Bool(true),
		}
		if s.S3.Key != "" {
			config.KmsKeyId = &s.S3.Key
		}
		if s.S3.Role != "" {
			config.AssumeRole = &cdktf.S3BackendAssumeRoleConfig{RoleArn: &s.S3.Role, SessionName: jsii.String(sessionName(stack))}
		}
		// CDKTF is older than locks in S3.
		cdktf.NewS3Backend(stack, config).AddOverride(jsii.String("use_lockfile"), true)
		stack.AddOverride(jsii.String("terraform.required_version"), ">= 1.10.0")
	case s.Remote != nil:
		// Not the newer cloud block: CDKTF would run Terraform at synth to see whether it knows it.
		cdktf.NewRemoteBackend(stack, &cdktf.RemoteBackendConfig{
			Hostname: &s.Remote.Hostname, Organization: &s.Remote.Organization, Workspaces: cdktf.NewNamedRemoteWorkspace(&name),
		})
	default:
		// Next to the output folder, by a path relative to the stack's folder in it. CDKTF's own default is an absolute
		// path, which no other machine has.
		stackFolderToProject := filepath.Join("..", "..", "..")
		cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{
			Path: jsii.String(filepath.Join(stackFolderToProject, "terraform."+name+".tfstate")),
		})
	}
}

// sessionName tells in CloudTrail which stack a role was taken on for. AWS allows 64 characters.
func sessionName(stack cdktf.TerraformStack) string {
	name := *stack.Node().Id()
	return name[:min(64, len(name))]
}
