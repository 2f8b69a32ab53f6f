package iamactions

import (
	"slices"
	"strings"
	"testing"
)

func TestPermittedBy(t *testing.T) {
	for operation, want := range map[string][]string{
		"s3:HeadObject": {"s3:GetObject"}, "S3:copyobject": {"s3:GetObject", "s3:PutObject"},
		"s3:ListBuckets": {"s3:ListAllMyBuckets"}, "s3:Head*": {"s3:GetObject", "s3:ListBucket"},
		"kms:ReEncrypt": {"kms:ReEncrypt*"}, "s3:CreateSession": {"s3express:CreateSession"},
		"s3:GetObject": nil, "sqs:HeadObject": nil, "nonsense:HeadObject": nil,
	} {
		service, name, _ := strings.Cut(operation, ":")
		if got := PermittedBy(service, name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q", operation, got)
		}
	}
}

func TestOperationsAreNoActionsButPermittedByThem(t *testing.T) {
	for _, some := range operations {
		for _, name := range strings.Fields(some.names) {
			if Has(some.service, name) {
				t.Errorf("%s:%s is an action", some.service, name)
			}
			for _, action := range PermittedBy(some.service, name) {
				if service, name, _ := strings.Cut(action, ":"); !Has(service, name) {
					t.Errorf("%s is not an action", action)
				}
			}
		}
	}
}
