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

// roles are the two roles of a task, and what they are granted.
type roles struct {
	execution, task iamrole.IamRole
	permissions     []cdktf.ITerraformDependable
}

func newRoles(scope constructs.Construct, props TaskProps, logGroupARN string) roles {
	w, here := props.Workload, props.Account
	role := func(id, purpose, description string, condition iam.Condition) iamrole.IamRole {
		config := &iamrole.IamRoleConfig{
			NamePrefix:       jsii.String(rolePrefix(props.Name, purpose)),
			Description:      &description,
			AssumeRolePolicy: iam.Trust("ecs-tasks.amazonaws.com", condition),
		}
		if w.Task.Role.Boundary != "" {
			config.PermissionsBoundary = &w.Task.Role.Boundary
		}
		return iamrole.NewIamRole(scope, &id, config)
	}
	r := roles{
		execution: role("execution-role", "execution", "Lets ECS start the tasks of "+props.Name, nil),
		task:      role("task-role", "task", "What the container of "+props.Name+" may do", onlyFrom(here)),
	}
	inline := func(id, name string, role iamrole.IamRole, statements []settings.Statement) {
		if len(statements) > 0 {
			r.permissions = append(r.permissions, iamrolepolicy.NewIamRolePolicy(scope, &id, &iamrolepolicy.IamRolePolicyConfig{
				Name: &name, Role: role.Id(), Policy: iam.Policy(statementsOf(statements)...),
			}))
		}
	}
	attach := func(id string, role iamrole.IamRole, arn *string) {
		r.permissions = append(r.permissions, iamrolepolicyattachment.NewIamRolePolicyAttachment(scope, &id,
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: role.Name(), PolicyArn: arn}))
	}
	managed := func(purpose string, role iamrole.IamRole, policies [][]settings.Statement) {
		for i, statements := range policies {
			id := fmt.Sprintf("more-%s-policy-%d", purpose, i+1)
			policy := iampolicy.NewIamPolicy(scope, &id, &iampolicy.IamPolicyConfig{
				NamePrefix: jsii.String(rolePrefix(props.Name, purpose)), Policy: iam.Policy(statementsOf(statements)...),
			})
			attach(id+"-attachment", role, policy.Arn())
		}
	}
	place := settings.Place{Partition: here.Partition, Region: here.Region, Account: here.ID}
	longest := settings.LongestPlace
	tokens := strings.NewReplacer(logGroupARN, longest.ARN("logs", "log-group:/ecs/"+props.Name),
		here.Partition, longest.Partition, here.Region, longest.Region, here.ID, longest.Account)
	evaluate := func(text string) string { return expression.Evaluated(tokens.Replace(text)) }

	execution := settings.DividePolicies([][]settings.Statement{w.StartTasks(place, logGroupARN)}, evaluate)
	inline("execution-policy", "start-tasks", r.execution, execution.Inline[0])
	managed("execution", r.execution, execution.Managed)
	task := w.TaskPolicies(place, evaluate)
	for i, policy := range []struct{ id, name string }{
		{"exec-policy", "open-a-shell"}, {"tracing-policy", "write-traces"}, {"volumes-policy", "use-volumes"}, {"task-policy", "own-statements"},
	} {
		inline(policy.id, policy.name, r.task, task.Inline[i])
	}
	managed("task", r.task, task.Managed)
	for _, arn := range w.Task.Role.Policies {
		// By name: another policy in the list moves none.
		attach("policy-"+arn[strings.LastIndex(arn, "/")+1:], r.task, &arn)
	}
	return r
}

// statementsOf are statements of the settings as IAM takes them.
func statementsOf(given []settings.Statement) []iam.Statement {
	var all []iam.Statement
	for _, s := range given {
		one := iam.Statement{Action: s.Actions, Resource: s.Resources}
		for operator, keys := range s.Conditions {
			for key, values := range keys {
				for _, value := range values {
					one.Where(operator, key, value)
				}
			}
		}
		all = append(all, one)
	}
	return all
}

// onlyFrom is the condition that ECS acts for this account, so that no other account can have it act for theirs.
// Source: ECS developer guide, "Task IAM role", on the confused deputy problem.
func onlyFrom(here account.Account) iam.Condition {
	return iam.Condition{
		"StringEquals": {"aws:SourceAccount": {here.ID}},
		"ArnLike":      {"aws:SourceArn": {here.ARN("ecs", "*")}},
	}
}

// rolePrefix makes a role name's prefix, of which IAM and Terraform allow 38 characters.
func rolePrefix(name, purpose string) string {
	longest := 38 - len("--") - len(purpose)
	return name[:min(longest, len(name))] + "-" + purpose + "-"
}
