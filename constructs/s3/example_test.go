package s3_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/s3"
	"webapp/internal/examples"
	"webapp/internal/iam"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// A bucket for reports, which another account may read. It keeps a report for a year, and a deleted one for a week.
func ExampleNewBucket() {
	stack := examples.NewStack()
	s3.NewBucket(stack, "reports", s3.BucketProps{
		Prefix: "shop-reports-", ExpireDays: 365, OldVersionDays: 7,
		Allow: func(arn string) []iam.Statement {
			return []iam.Statement{{
				Principal: map[string]string{"AWS": "arn:aws:iam::123456789012:root"},
				Action:    []string{"s3:GetObject"},
				Resource:  []string{arn + "/*"},
			}}
		},
	})
	examples.Print(stack)
	// Output:
	// aws_s3_bucket 1
	// aws_s3_bucket_lifecycle_configuration 1
	// aws_s3_bucket_policy 1
	// aws_s3_bucket_public_access_block 1
	// aws_s3_bucket_server_side_encryption_configuration 1
	// aws_s3_bucket_versioning 1
}
