// Package s3 creates S3 buckets that are private, encrypted and versioned, and that delete old objects.
package s3

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	lifecycle "github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	encryption "github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/iam"
)

// BucketProps are the properties of a Bucket. Name or Prefix is required.
type BucketProps struct {
	// Name is the bucket's name. Prefix is completed by Terraform to a unique name.
	Name, Prefix string
	// KMSKey is the ARN of the KMS key that objects are encrypted with. Default: a key of S3's own.
	KMSKey string
	// ExpireDays is the number of days after which objects are deleted. Default: 0, never.
	ExpireDays int
	// OldVersionDays is the number of days after which overwritten and deleted objects are removed for good. Required.
	OldVersionDays int
	// Allow returns statements, for the bucket's ARN, that let others than the account's own roles use the bucket.
	// Default: none.
	Allow func(arn string) []iam.Statement
	// ForceDestroy lets Terraform destroy the bucket with the objects in it. Keep makes Terraform refuse to destroy the
	// bucket at all.
	ForceDestroy, Keep bool
}

// Bucket is an S3 bucket with its policy.
type Bucket struct {
	resource s3bucket.S3Bucket
	policy   s3bucketpolicy.S3BucketPolicy
}

// NewBucket creates a bucket that is not public and accepts encrypted connections only.
func NewBucket(scope constructs.Construct, id string, props BucketProps) *Bucket {
	scope = constructs.NewConstruct(scope, &id)
	config := &s3bucket.S3BucketConfig{ForceDestroy: props.ForceDestroy}
	if props.Name != "" {
		config.Bucket = &props.Name
	} else {
		config.BucketPrefix = &props.Prefix
	}
	if props.Keep {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
	}
	bucket := s3bucket.NewS3Bucket(scope, jsii.String("bucket"), config)
	s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(scope, jsii.String("no-public-access"),
		&s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
			Bucket:          bucket.Id(),
			BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
		})
	encrypt(scope, bucket, props.KMSKey)
	expire(scope, bucket, props)
	return &Bucket{resource: bucket, policy: newPolicy(scope, bucket, props.Allow)}
}

func encrypt(scope constructs.Construct, bucket s3bucket.S3Bucket, kmsKey string) {
	byDefault := &encryption.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
		SseAlgorithm: jsii.String("AES256"),
	}
	rule := &encryption.S3BucketServerSideEncryptionConfigurationRuleA{ApplyServerSideEncryptionByDefault: byDefault}
	if kmsKey != "" {
		byDefault.SseAlgorithm, byDefault.KmsMasterKeyId = jsii.String("aws:kms"), &kmsKey
		rule.BucketKeyEnabled = true // fewer calls to KMS, which cost
	}
	encryption.NewS3BucketServerSideEncryptionConfigurationA(scope, jsii.String("encryption"),
		&encryption.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket: bucket.Id(), Rule: []*encryption.S3BucketServerSideEncryptionConfigurationRuleA{rule},
		})
}

// expire keeps overwritten and deleted objects as versions, and deletes what is old.
func expire(scope constructs.Construct, bucket s3bucket.S3Bucket, props BucketProps) {
	versioning := s3bucketversioning.NewS3BucketVersioningA(scope, jsii.String("versioning"),
		&s3bucketversioning.S3BucketVersioningAConfig{
			Bucket: bucket.Id(),
			VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{
				Status: jsii.String("Enabled"),
			},
		})
	rule := &lifecycle.S3BucketLifecycleConfigurationRule{
		Id: jsii.String("expire"), Status: jsii.String("Enabled"),
		Filter: []*lifecycle.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
		NoncurrentVersionExpiration: []*lifecycle.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
			NoncurrentDays: jsii.Number(props.OldVersionDays),
		}},
		AbortIncompleteMultipartUpload: []*lifecycle.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
			DaysAfterInitiation: jsii.Number(1),
		}},
	}
	if props.ExpireDays > 0 {
		rule.Expiration = []*lifecycle.S3BucketLifecycleConfigurationRuleExpiration{{
			Days: jsii.Number(props.ExpireDays),
		}}
	}
	lifecycle.NewS3BucketLifecycleConfiguration(scope, jsii.String("lifecycle"),
		&lifecycle.S3BucketLifecycleConfigurationConfig{
			Bucket:    bucket.Id(),
			Rule:      []*lifecycle.S3BucketLifecycleConfigurationRule{rule},
			DependsOn: &[]cdktf.ITerraformDependable{versioning},
		})
}

// newPolicy allows what the function returns, and denies every request over an unencrypted connection.
func newPolicy(
	scope constructs.Construct, bucket s3bucket.S3Bucket, allow func(arn string) []iam.Statement,
) s3bucketpolicy.S3BucketPolicy {
	arn := *bucket.Arn()
	var statements []iam.Statement
	if allow != nil {
		statements = allow(arn)
	}
	statements = append(statements, iam.Statement{
		Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"},
		Condition: iam.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	})
	return s3bucketpolicy.NewS3BucketPolicy(scope, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: bucket.Id(), Policy: iam.Policy(statements...),
	})
}

// Name returns the bucket's name, known once applied.
func (b *Bucket) Name() string { return *b.resource.Id() }

// Permissions returns the bucket's policy, for resources that depend on what Allow grants.
func (b *Bucket) Permissions() []cdktf.ITerraformDependable {
	return []cdktf.ITerraformDependable{b.policy}
}
