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

// accessLogs are where a load balancer writes its lines, and what it must be allowed before it can.
type accessLogs struct {
	config      *lb.LbAccessLogs
	permissions []cdktf.ITerraformDependable
}

// newAccessLogs writes to the bucket of the settings, or makes one, for the load balancer to write to and nobody else.
func newAccessLogs(scope constructs.Construct, name string, here account.Account, s settings.AccessLogs) accessLogs {
	config := &lb.LbAccessLogs{Enabled: true, Bucket: &s.Bucket}
	if s.Prefix != "" {
		config.Prefix = &s.Prefix
	}
	if s.Bucket != "" {
		return accessLogs{config: config}
	}
	made := s3.New(constructs.NewConstruct(scope, jsii.String("access-logs")), s3.Props{
		Prefix: bucketPrefix(name), // no Key: Elastic Load Balancing writes with S3's own keys only
		Allow: func(arn string) []iam.Statement {
			return []iam.Statement{writeAccessLogs(arn, here, s)}
		},
		ExpireDays: s.RetentionDays, OldVersionDays: 1,
		// Logs are not what keeps a stack from being destroyed; deletionProtection does.
		ForceDestroy: true,
	})
	config.Bucket = jsii.String(made.Name())
	return accessLogs{config: config, permissions: made.Permissions()}
}

// writeAccessLogs lets load balancers of this account write. The account is part of the path, and no condition says it
// again: the keys aws:SourceAccount and aws:SourceArn are documented for Network Load Balancers, which write as another
// principal, and requests without a key fail its condition.
// Source: ELB user guide, "Enable access logs for your Application Load Balancer".
func writeAccessLogs(bucketARN string, here account.Account, s settings.AccessLogs) iam.Statement {
	folder := bucketARN
	if s.Prefix != "" {
		folder += "/" + s.Prefix
	}
	return iam.Statement{
		Principal: map[string]string{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
		Action:    []string{"s3:PutObject"},
		Resource:  []string{fmt.Sprintf("%s/AWSLogs/%s/*", folder, here.ID)},
	}
}

// bucketPrefix makes a bucket name's prefix, of which Terraform allows 37 characters.
func bucketPrefix(name string) string {
	const suffix = "-access-logs-"
	return name[:min(37-len(suffix), len(name))] + suffix
}
