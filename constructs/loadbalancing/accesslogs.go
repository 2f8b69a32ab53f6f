package loadbalancing

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/internal/iam"
	"webapp/settings"
)

// accessLogs are where a load balancer writes its lines, and what it must be allowed before it can.
type accessLogs struct {
	config      *lb.LbAccessLogs
	permissions []cdktf.ITerraformDependable
}

// newAccessLogs writes to the bucket of the settings, or makes one: for the load balancer to write to and nobody else,
// encrypted, and emptied of what is old.
func newAccessLogs(scope constructs.Construct, name string, here account.Account, s settings.AccessLogs) accessLogs {
	config := &lb.LbAccessLogs{Enabled: true, Bucket: &s.Bucket}
	if s.Prefix != "" {
		config.Prefix = &s.Prefix
	}
	if s.Bucket != "" {
		return accessLogs{config: config}
	}
	scope = constructs.NewConstruct(scope, jsii.String("access-logs"))
	bucket := s3bucket.NewS3Bucket(scope, jsii.String("bucket"), &s3bucket.S3BucketConfig{
		BucketPrefix: jsii.String(bucketPrefix(name)),
		// Logs are not what keeps a stack from being destroyed; deletionProtection does.
		ForceDestroy: true,
	})
	s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(scope, jsii.String("no-public-access"), &s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
		Bucket: bucket.Id(), BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
	})
	// Elastic Load Balancing writes with S3's own keys only.
	s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA(scope, jsii.String("encryption"),
		&s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket: bucket.Id(),
			Rule: []*s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{{
				ApplyServerSideEncryptionByDefault: &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
					SseAlgorithm: jsii.String("AES256"),
				},
			}},
		})
	versioning := s3bucketversioning.NewS3BucketVersioningA(scope, jsii.String("versioning"), &s3bucketversioning.S3BucketVersioningAConfig{
		Bucket:                  bucket.Id(),
		VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{Status: jsii.String("Enabled")},
	})
	s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration(scope, jsii.String("lifecycle"), &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
		Bucket: bucket.Id(),
		Rule: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{{
			Id: jsii.String("expire"), Status: jsii.String("Enabled"),
			Filter:     []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
			Expiration: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{{Days: jsii.Number(s.RetentionDays)}},
			NoncurrentVersionExpiration: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
				NoncurrentDays: jsii.Number(1),
			}},
			AbortIncompleteMultipartUpload: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
				DaysAfterInitiation: jsii.Number(1),
			}},
		}},
		DependsOn: &[]cdktf.ITerraformDependable{versioning},
	})
	policy := s3bucketpolicy.NewS3BucketPolicy(scope, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: bucket.Id(),
		Policy: iam.Policy(writeAccessLogs(*bucket.Arn(), here, s)...),
	})
	config.Bucket = bucket.Id()
	return accessLogs{config: config, permissions: []cdktf.ITerraformDependable{policy}}
}

// writeAccessLogs lets load balancers of this account write, and refuses everybody who does not encrypt the connection.
// Source: ELB user guide, "Enable access logs for your Application Load Balancer".
func writeAccessLogs(bucketARN string, here account.Account, s settings.AccessLogs) []iam.Statement {
	folder := bucketARN
	if s.Prefix != "" {
		folder += "/" + s.Prefix
	}
	return []iam.Statement{
		{
			Principal: map[string]string{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
			Action:    []string{"s3:PutObject"},
			Resource:  []string{fmt.Sprintf("%s/AWSLogs/%s/*", folder, here.ID)},
			Condition: iam.Condition{"StringEquals": {"aws:SourceAccount": {here.ID}}},
		},
		{
			Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{bucketARN, bucketARN + "/*"},
			Condition: iam.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	}
}

// bucketPrefix makes a bucket name's prefix, of which Terraform allows 37 characters.
func bucketPrefix(name string) string {
	const suffix = "-access-logs-"
	return name[:min(37-len(suffix), len(name))] + suffix
}
