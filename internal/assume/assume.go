// Package assume configures the AWS SDK with an assumed role.
package assume

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Role returns a configuration with an assumed role and a region. An empty one stays as it is.
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
