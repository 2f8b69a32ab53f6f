package loadbalancing

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/s3"
	"webapp/internal/iam"
	"webapp/settings"
)

// accessLogs is the load balancer's configuration of its access logs, and the permissions that it needs first.
type accessLogs struct {
	config      *lb.LbAccessLogs
	permissions []cdktf.ITerraformDependable
}

// newAccessLogs uses the bucket that the settings name, or creates one that only the load balancer can write to.
func newAccessLogs(
	scope constructs.Construct, name string, account *account.Account, s settings.AccessLogs,
) accessLogs {
	config := &lb.LbAccessLogs{Enabled: true, Bucket: &s.Bucket}
	if s.Prefix != "" {
		config.Prefix = &s.Prefix
	}
	if s.Bucket != "" {
		return accessLogs{config: config}
	}
	bucket := s3.NewBucket(scope, "access-logs", s3.BucketProps{
		Prefix: bucketPrefix(name), // without KMSKey: Elastic Load Balancing supports only S3's own keys
		Allow: func(arn string) []iam.Statement {
			return []iam.Statement{writeAccessLogs(arn, account, s)}
		},
		ExpireDays: s.RetentionDays, OldVersionDays: 1,
		// Logs need not keep a stack from being destroyed. loadBalancer.deletionProtection is for that.
		ForceDestroy: true,
	})
	config.Bucket = jsii.String(bucket.Name())
	return accessLogs{config: config, permissions: bucket.Permissions()}
}

// writeAccessLogs lets load balancers of this account write. The path contains the account, so the statement has no
// condition on it. The keys aws:SourceAccount and aws:SourceArn are documented only for Network Load Balancers, which
// write as another principal, and a request without the key would fail the condition.
// Source: ELB user guide, "Enable access logs for your Application Load Balancer".
func writeAccessLogs(bucketARN string, account *account.Account, s settings.AccessLogs) iam.Statement {
	folder := bucketARN
	if s.Prefix != "" {
		folder += "/" + s.Prefix
	}
	return iam.Statement{
		Principal: map[string]string{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
		Action:    []string{"s3:PutObject"},
		Resource:  []string{fmt.Sprintf("%s/AWSLogs/%s/*", folder, account.ID)},
	}
}

// bucketPrefix returns the prefix of the bucket's name. Terraform allows 37 characters.
func bucketPrefix(name string) string {
	const suffix = "-access-logs-"
	return name[:min(37-len(suffix), len(name))] + suffix
}
