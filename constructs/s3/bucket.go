// Package s3 is an S3 bucket that nobody reads without a right to, and that keeps nothing for longer than it is told.
package s3

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/iam"
)

// Props configure a bucket. Either Name or Prefix is needed.
type Props struct {
	Name, Prefix string
	// Key is the ARN of a KMS key to encrypt with. Default: S3's own keys.
	Key string
	// ExpireDays is after how many days an object goes. 0 keeps it.
	ExpireDays int
	// OldVersionDays is after how many days an object goes that was written over or deleted.
	OldVersionDays int
	// Allow says who may use the bucket beside its account's own roles, by the bucket's ARN. Default: nobody.
	Allow func(arn string) []iam.Statement
	// ForceDestroy lets the bucket be destroyed with what is in it; Keep refuses to destroy it at all.
	ForceDestroy, Keep bool
}

// Bucket is a bucket with its policy.
type Bucket struct {
	resource s3bucket.S3Bucket
	policy   s3bucketpolicy.S3BucketPolicy
}

// New makes a bucket: not public, encrypted, versioned, emptied of what is old, and reached by TLS only.
func New(scope constructs.Construct, props Props) *Bucket {
	config := &s3bucket.S3BucketConfig{ForceDestroy: props.ForceDestroy}
	if props.Name != "" {
		config.Bucket = &props.Name
	} else {
		config.BucketPrefix = &props.Prefix
	}
	if props.Keep {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
	}
	resource := s3bucket.NewS3Bucket(scope, jsii.String("bucket"), config)
	id := resource.Id()
	s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(scope, jsii.String("no-public-access"), &s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
		Bucket: id, BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
	})
	encrypt(scope, id, props.Key)
	versioning := s3bucketversioning.NewS3BucketVersioningA(scope, jsii.String("versioning"), &s3bucketversioning.S3BucketVersioningAConfig{
		Bucket:                  id,
		VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{Status: jsii.String("Enabled")},
	})
	s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration(scope, jsii.String("lifecycle"), &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
		Bucket:    id,
		Rule:      []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{props.expire()},
		DependsOn: &[]cdktf.ITerraformDependable{versioning},
	})
	arn := *resource.Arn()
	// The connection must be encrypted, whoever asks.
	statements := []iam.Statement{{
		Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"},
		Condition: iam.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}}
	if props.Allow != nil {
		statements = append(props.Allow(arn), statements...)
	}
	policy := s3bucketpolicy.NewS3BucketPolicy(scope, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: id,
		Policy: iam.Policy(statements...),
	})
	return &Bucket{resource: resource, policy: policy}
}

func encrypt(scope constructs.Construct, bucket *string, key string) {
	apply := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
		SseAlgorithm: jsii.String("AES256"),
	}
	rule := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{ApplyServerSideEncryptionByDefault: apply}
	if key != "" {
		apply.SseAlgorithm, apply.KmsMasterKeyId = jsii.String("aws:kms"), &key
		rule.BucketKeyEnabled = true // one call to KMS for many objects
	}
	s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA(scope, jsii.String("encryption"),
		&s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket: bucket,
			Rule:   []*s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{rule},
		})
}

func (p Props) expire() *s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule {
	rule := &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{
		Id: jsii.String("expire"), Status: jsii.String("Enabled"),
		Filter: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
		NoncurrentVersionExpiration: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
			NoncurrentDays: jsii.Number(p.OldVersionDays),
		}},
		AbortIncompleteMultipartUpload: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
			DaysAfterInitiation: jsii.Number(1),
		}},
	}
	if p.ExpireDays > 0 {
		rule.Expiration = []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{{Days: jsii.Number(p.ExpireDays)}}
	}
	return rule
}

// Name is the bucket's name.
func (b *Bucket) Name() string { return *b.resource.Id() }

// Permissions must be there before others than the account's roles can use the bucket.
func (b *Bucket) Permissions() []cdktf.ITerraformDependable {
	return []cdktf.ITerraformDependable{b.policy}
}
