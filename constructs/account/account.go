// Package account is where a stack is deployed.
package account

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
)

// Account is where the stack is deployed, known once Terraform plans.
type Account struct{ ID, Region, Partition string }

// LookUp asks AWS. All parts of a stack share the answer.
func LookUp(scope constructs.Construct, id string) Account {
	scope = constructs.NewConstruct(scope, &id)
	return Account{
		ID: *dataawscalleridentity.NewDataAwsCallerIdentity(scope, jsii.String("account"),
			&dataawscalleridentity.DataAwsCallerIdentityConfig{}).AccountId(),
		Region: *dataawsregion.NewDataAwsRegion(scope, jsii.String("region"),
			&dataawsregion.DataAwsRegionConfig{}).Name(),
		Partition: *dataawspartition.NewDataAwsPartition(scope, jsii.String("partition"),
			&dataawspartition.DataAwsPartitionConfig{}).Partition(),
	}
}

// ARN names something in the account and its region.
func (a Account) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}
