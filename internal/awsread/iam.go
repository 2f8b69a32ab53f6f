package awsread

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// RoleNames returns the names of all IAM roles of the account.
func (r *Reader) RoleNames() []string {
	pages := iam.NewListRolesPaginator(iam.NewFromConfig(r.cfg), &iam.ListRolesInput{})
	var names []string
	for _, role := range All(r, "the roles", pages,
		func(out *iam.ListRolesOutput) []iamtypes.Role { return out.Roles }) {
		names = append(names, aws.ToString(role.RoleName))
	}
	return names
}

// RoleTags returns the tags of an IAM role.
func (r *Reader) RoleTags(role string) map[string]string {
	pages := iam.NewListRoleTagsPaginator(iam.NewFromConfig(r.cfg), &iam.ListRoleTagsInput{RoleName: &role})
	tags := All(r, "the tags of the role "+role, pages, func(out *iam.ListRoleTagsOutput) []iamtypes.Tag {
		return out.Tags
	})
	return tagMap(tags, func(t iamtypes.Tag) (*string, *string) { return t.Key, t.Value })
}

// InlinePolicies returns the names of the policies that are part of an IAM role.
func (r *Reader) InlinePolicies(role string) []string {
	pages := iam.NewListRolePoliciesPaginator(iam.NewFromConfig(r.cfg), &iam.ListRolePoliciesInput{RoleName: &role})
	return All(r, "the policies of the role "+role, pages, func(out *iam.ListRolePoliciesOutput) []string {
		return out.PolicyNames
	})
}

// AttachedPolicies returns the ARNs of the policies that are attached to an IAM role.
func (r *Reader) AttachedPolicies(role string) []string {
	pages := iam.NewListAttachedRolePoliciesPaginator(iam.NewFromConfig(r.cfg),
		&iam.ListAttachedRolePoliciesInput{RoleName: &role})
	items := func(out *iam.ListAttachedRolePoliciesOutput) []iamtypes.AttachedPolicy { return out.AttachedPolicies }
	var arns []string
	for _, policy := range All(r, "the policies of the role "+role, pages, items) {
		arns = append(arns, aws.ToString(policy.PolicyArn))
	}
	return arns
}
