// Package pipeline creates the roles with which a pipeline plans and deploys a stack.
package pipeline

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamopenidconnectprovider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iampolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"

	"webapp/constructs/account"
	"webapp/internal/iam"
	"webapp/settings"
)

// Path is that of the roles and their policies. It keeps them out of reach of the role that deploys: what that role may
// change has no path.
const Path = "/pipeline/"

// Provider is an identity provider of the account, whose tokens say which job of which pipeline has them.
type Provider struct {
	ARN      string
	settings settings.Pipeline
}

// NewProvider creates the identity provider, or takes the one that the account has.
func NewProvider(scope constructs.Construct, id string, account *account.Account, s settings.Pipeline) *Provider {
	if !s.CreateProvider {
		arn := fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", account.Partition, account.ID, s.Host())
		return &Provider{ARN: arn, settings: s}
	}
	scope = constructs.NewConstruct(scope, &id)
	// Without a thumbprint: IAM trusts the certificate authorities of both hosts by itself, and finds out that of others.
	// Source: IAM API, CreateOpenIDConnectProvider.
	provider := iamopenidconnectprovider.NewIamOpenidConnectProvider(scope, jsii.String("provider"),
		&iamopenidconnectprovider.IamOpenidConnectProviderConfig{
			Url: jsii.String("https://" + s.Host()), ClientIdList: jsii.Strings(s.Audience()),
		})
	return &Provider{ARN: *provider.Arn(), settings: s}
}

// RoleProps are the properties of a Role. All are required, but for the boundary.
type RoleProps struct {
	Name, Description string
	Provider          *Provider
	// Subjects are the jobs that may assume the role, as the provider names them, with * for any characters.
	Subjects []string
	// Policies are the statements of each managed policy: at most ten, and each at most 6,144 characters.
	Policies            [][]iam.Statement
	PermissionsBoundary string
}

// Role is a role that jobs of a pipeline can assume.
type Role struct{ ARN string }

// NewRole creates a role with its policies.
func NewRole(scope constructs.Construct, id string, props RoleProps) *Role {
	scope = constructs.NewConstruct(scope, &id)
	config := &iamrole.IamRoleConfig{
		Name: &props.Name, Path: jsii.String(Path), Description: &props.Description,
		AssumeRolePolicy: props.Provider.trust(props.Subjects),
	}
	if props.PermissionsBoundary != "" {
		config.PermissionsBoundary = &props.PermissionsBoundary
	}
	role := iamrole.NewIamRole(scope, jsii.String("role"), config)
	for i, statements := range props.Policies {
		number := fmt.Sprint(i + 1)
		policy := iampolicy.NewIamPolicy(scope, jsii.String("policy-"+number), &iampolicy.IamPolicyConfig{
			Name: jsii.String(props.Name + "-" + number), Path: jsii.String(Path), Policy: iam.Policy(statements...),
		})
		iamrolepolicyattachment.NewIamRolePolicyAttachment(scope, jsii.String("attachment-"+number),
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: role.Name(), PolicyArn: policy.Arn()})
	}
	return &Role{ARN: *role.Arn()}
}

// trust lets jobs with these subjects, all with a * or none, assume a role. Both of the audience and the subject must
// be checked, or any repository could. Source: IAM user guide, "Create a role for OpenID Connect federation".
func (p *Provider) trust(subjects []string) *string {
	host := p.settings.Host()
	statement := iam.Statement{
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Principal: map[string]string{"Federated": p.ARN},
	}
	statement.Where("StringEquals", host+":aud", p.settings.Audience())
	for _, subject := range subjects {
		operator := "StringEquals"
		if strings.Contains(subject, "*") {
			operator = "StringLike"
		}
		statement.Where(operator, host+":sub", subject)
	}
	return iam.Policy(statement)
}
