// Package assume is the AWS SDK's view of who has taken on a role.
package assume

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Role returns the configuration of who has taken on a role, in a region. Either may be empty, and stays as it is then.
func Role(cfg aws.Config, role, region string) aws.Config {
	as := cfg.Copy()
	if region != "" {
		as.Region = region
	}
	if role != "" {
		as.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(as), role))
	}
	return as
}
