package stacks

import (
	"path/filepath"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// AWSProviderVersion is the version that .terraform.lock.hcl has the hashes of. The bindings were made for 5.99.1, with
// which 5.100.0, the last version 5, is compatible.
const AWSProviderVersion = "5.100.0"

// configureProvider leaves to AWS's own configuration what the settings do not have: credentials, and the region unless
// they name one.
func configureProvider(stack cdktf.TerraformStack, s settings.AWS, tags map[string]string) {
	config := &provider.AwsProviderConfig{}
	if s.Region != "" {
		config.Region = &s.Region
	}
	if account := s.AccountID(); account != "" {
		config.AllowedAccountIds = jsii.Strings(account)
	}
	if s.Role != "" {
		config.AssumeRole = []*provider.AwsProviderAssumeRole{{
			RoleArn: &s.Role, SessionName: jsii.String(sessionName(stack)),
		}}
	}
	if len(tags) > 0 {
		config.DefaultTags = []*provider.AwsProviderDefaultTags{{Tags: expression.Texts(tags)}}
	}
	provider.NewAwsProvider(stack, jsii.String("aws"), config)
	stack.AddOverride(jsii.String("terraform.required_providers.aws.version"), AWSProviderVersion)
}

// configureBackend sets where Terraform keeps the stack's state.
func configureBackend(stack cdktf.TerraformStack, s settings.State) {
	name := *stack.Node().Id()
	switch {
	case s.S3 != nil:
		config := &cdktf.S3BackendConfig{
			Bucket: &s.S3.Bucket, Key: jsii.String(s.S3.StateKey(name)), Region: &s.S3.Region,
			Encrypt: jsii.Bool(true),
		}
		if s.S3.KMSKey != "" {
			config.KmsKeyId = &s.S3.KMSKey
		}
		if s.S3.Role != "" {
			config.AssumeRole = &cdktf.S3BackendAssumeRoleConfig{
				RoleArn: &s.S3.Role, SessionName: jsii.String(sessionName(stack)),
			}
		}
		// CDKTF has no property for it, because Terraform's locks in S3 are newer.
		cdktf.NewS3Backend(stack, config).AddOverride(jsii.String("use_lockfile"), true)
		stack.AddOverride(jsii.String("terraform.required_version"), ">= 1.10.0")
	case s.Remote != nil:
		// Not the newer cloud block: for that, CDKTF would run Terraform during synthesis to check its version.
		cdktf.NewRemoteBackend(stack, &cdktf.RemoteBackendConfig{
			Hostname: &s.Remote.Hostname, Organization: &s.Remote.Organization,
			Workspaces: cdktf.NewNamedRemoteWorkspace(&name),
		})
	default:
		// Next to the output folder, as a path relative to the stack's folder in it. CDKTF's default is an absolute
		// path, which is wrong on every other machine.
		stackFolderToProject := filepath.Join("..", "..", "..")
		cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{
			Path: jsii.String(filepath.Join(stackFolderToProject, "terraform."+name+".tfstate")),
		})
	}
}

// sessionName shows in CloudTrail for which stack a role was assumed. AWS allows 64 characters.
func sessionName(stack cdktf.TerraformStack) string {
	name := *stack.Node().Id()
	return name[:min(64, len(name))]
}
