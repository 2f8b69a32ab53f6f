package containers

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
)

// Account is where the stack is deployed, known once Terraform plans.
type Account struct{ id, region, partition string }

// LookUpAccount asks AWS. All tasks of a stack share the answer.
func LookUpAccount(scope constructs.Construct, id string) Account {
	scope = constructs.NewConstruct(scope, &id)
	return Account{
		id: *dataawscalleridentity.NewDataAwsCallerIdentity(scope, jsii.String("account"),
			&dataawscalleridentity.DataAwsCallerIdentityConfig{}).AccountId(),
		region: *dataawsregion.NewDataAwsRegion(scope, jsii.String("region"),
			&dataawsregion.DataAwsRegionConfig{}).Name(),
		partition: *dataawspartition.NewDataAwsPartition(scope, jsii.String("partition"),
			&dataawspartition.DataAwsPartitionConfig{}).Partition(),
	}
}

// arn names something in the account.
func (a Account) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.partition, service, a.region, a.id, resource)
}
