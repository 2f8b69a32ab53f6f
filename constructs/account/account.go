// Package account looks up the AWS account and region that a stack is deployed to.
package account

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
)

// Account is the account, region and partition that the stack is deployed to. The values are known when Terraform
// plans.
type Account struct{ ID, Region, Partition string }

// NewAccount creates the data sources that ask AWS. One is enough for a stack.
func NewAccount(scope constructs.Construct, id string) *Account {
	scope = constructs.NewConstruct(scope, &id)
	identity := dataawscalleridentity.NewDataAwsCallerIdentity(scope, jsii.String("account"),
		&dataawscalleridentity.DataAwsCallerIdentityConfig{})
	region := dataawsregion.NewDataAwsRegion(scope, jsii.String("region"), &dataawsregion.DataAwsRegionConfig{})
	partition := dataawspartition.NewDataAwsPartition(scope, jsii.String("partition"),
		&dataawspartition.DataAwsPartitionConfig{})
	return &Account{ID: *identity.AccountId(), Region: *region.Name(), Partition: *partition.Partition()}
}

// ARN returns the ARN of a resource in the account and region.
func (a *Account) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}
