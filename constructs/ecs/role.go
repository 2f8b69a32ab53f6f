package ecs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iampolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/internal/expression"
	"webapp/internal/iam"
	"webapp/settings"
)

// roles are the two roles of a task, with their policies.
type roles struct {
	execution, task iamrole.IamRole
	permissions     []cdktf.ITerraformDependable
}

// newRoles creates the roles and grants them what the settings need. Statements that do not fit into a role's inline
// policies go to managed policies.
func newRoles(scope constructs.Construct, props TaskProps, logGroupARN string) *roles {
	w, account := props.Workload, props.Account
	r := &roles{
		execution: newRole(scope, "execution", w, "Lets ECS start the tasks of "+w.Name, nil),
		task:      newRole(scope, "task", w, "What the container of "+w.Name+" may do", onlyFor(account)),
	}
	place := settings.Place{Partition: account.Partition, Region: account.Region, Account: account.ID}
	evaluate := longestForm(logGroupARN, w.Name, account)

	execution := settings.DividePolicies([][]settings.Statement{w.StartTasks(place, logGroupARN)}, evaluate)
	r.addInline(scope, "execution-policy", "start-tasks", r.execution, execution.Inline[0])
	r.addManaged(scope, "execution", w.Name, r.execution, execution.Managed)

	task := w.TaskPolicies(place, evaluate)
	for i, policy := range []struct{ id, name string }{
		{"exec-policy", "open-a-shell"}, {"tracing-policy", "write-traces"},
		{"volumes-policy", "use-volumes"}, {"task-policy", "own-statements"},
	} {
		r.addInline(scope, policy.id, policy.name, r.task, task.Inline[i])
	}
	r.addManaged(scope, "task", w.Name, r.task, task.Managed)
	for _, arn := range w.Task.Role.Policies {
		// The id comes from the policy's name, so that adding a policy to the list replaces no other attachment.
		r.attach(scope, "policy-"+arn[strings.LastIndex(arn, "/")+1:], r.task, &arn)
	}
	return r
}

// longestForm returns a function that replaces the tokens in a policy by the longest values that they may have, so that
// the size of the policy can be checked before the values are known.
func longestForm(logGroupARN, name string, account *account.Account) func(string) string {
	longest := settings.LongestPlace
	tokens := strings.NewReplacer(logGroupARN, longest.ARN("logs", "log-group:/ecs/"+name),
		account.Partition, longest.Partition, account.Region, longest.Region, account.ID, longest.Account)
	return func(text string) string { return expression.Evaluated(tokens.Replace(text)) }
}

// newRole creates a role that ECS tasks can assume.
func newRole(
	scope constructs.Construct, purpose string, w settings.NamedWorkload, description string, condition iam.Condition,
) iamrole.IamRole {
	config := &iamrole.IamRoleConfig{
		NamePrefix:       jsii.String(rolePrefix(w.Name, purpose)),
		Description:      &description,
		AssumeRolePolicy: iam.Trust("ecs-tasks.amazonaws.com", condition),
	}
	if w.Task.Role.PermissionsBoundary != "" {
		config.PermissionsBoundary = &w.Task.Role.PermissionsBoundary
	}
	return iamrole.NewIamRole(scope, jsii.String(purpose+"-role"), config)
}

func (r *roles) addInline(
	scope constructs.Construct, id, name string, role iamrole.IamRole, statements []settings.Statement,
) {
	if len(statements) > 0 {
		r.permissions = append(r.permissions, iamrolepolicy.NewIamRolePolicy(scope, &id,
			&iamrolepolicy.IamRolePolicyConfig{Name: &name, Role: role.Id(), Policy: policyOf(statements)}))
	}
}

func (r *roles) addManaged(
	scope constructs.Construct, purpose, name string, role iamrole.IamRole, policies [][]settings.Statement,
) {
	for i, statements := range policies {
		id := fmt.Sprintf("more-%s-policy-%d", purpose, i+1)
		policy := iampolicy.NewIamPolicy(scope, &id, &iampolicy.IamPolicyConfig{
			NamePrefix: jsii.String(rolePrefix(name, purpose)), Policy: policyOf(statements),
		})
		r.attach(scope, id+"-attachment", role, policy.Arn())
	}
}

func (r *roles) attach(scope constructs.Construct, id string, role iamrole.IamRole, arn *string) {
	r.permissions = append(r.permissions, iamrolepolicyattachment.NewIamRolePolicyAttachment(scope, &id,
		&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: role.Name(), PolicyArn: arn}))
}

// policyOf renders statements of the settings as an IAM policy.
func policyOf(statements []settings.Statement) *string {
	var all []iam.Statement
	for _, s := range statements {
		statement := iam.Statement{Action: s.Actions, Resource: s.Resources}
		for operator, keys := range s.Conditions {
			for key, values := range keys {
				for _, value := range values {
					statement.Where(operator, key, value)
				}
			}
		}
		all = append(all, statement)
	}
	return iam.Policy(all...)
}

// onlyFor is the condition that ECS acts for this account, so that no other account can make ECS use the role.
// Source: ECS developer guide, "Task IAM role", on the confused deputy problem.
func onlyFor(account *account.Account) iam.Condition {
	return iam.Condition{
		"StringEquals": {"aws:SourceAccount": {account.ID}},
		"ArnLike":      {"aws:SourceArn": {account.ARN("ecs", "*")}},
	}
}

// rolePrefix returns the prefix of a role's name. IAM and Terraform allow 38 characters.
func rolePrefix(name, purpose string) string {
	longest := 38 - len("--") - len(purpose)
	return name[:min(longest, len(name))] + "-" + purpose + "-"
}
