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
	"webapp/internal/names"
	"webapp/settings"
)

// roles are the two roles of a task, with their policies.
type roles struct {
	execution, task iamrole.IamRole
	permissions     []cdktf.ITerraformDependable
}

// newRoles creates the roles and grants them what the settings need. Statements that do not fit into a role's inline
// policies go to managed policies.
//
// A statement that moves between them is never missing: a managed policy is not changed, but replaced by another one.
// The inline policies change after the new one is attached, and before the old one is detached. The policies for exec
// and tracing, whose size is fixed, are added last and removed first, because IAM limits the size of all inline
// policies of a role together.
func newRoles(scope constructs.Construct, props TaskProps, logGroupARN string) *roles {
	w, account := props.Workload, props.Account
	r := &roles{
		execution: newRole(scope, "execution", w, "Lets ECS start the tasks of "+w.Name, iam.Trust(ecsTasks, nil)),
		task: newRole(scope, "task", w, "What the container of "+w.Name+" may do",
			iam.Trust(ecsTasks, onlyFor(account))),
	}
	place := settings.Place{Partition: account.Partition, Region: account.Region, Account: account.ID}
	evaluate := longestForm(logGroupARN, w.LogGroup(), account)

	execution := w.ExecutionPolicies(place, logGroupARN, evaluate)
	startTasks := r.addInline(scope, "execution-policy", "start-tasks", r.execution, execution.Inline[0])
	more := r.addInline(scope, "more-execution-policy", "own-statements", r.execution, execution.Inline[1])
	others := len(w.Task.ExecutionRole.Policies)
	writeAfter(r.addManaged(scope, "execution", w.Name, r.execution, execution, others), startTasks, more)
	r.attachAll(scope, "execution-policy-", r.execution, w.Task.ExecutionRole.Policies)

	task := w.TaskPolicies(place, evaluate)
	exec := r.addInline(scope, "exec-policy", "open-a-shell", r.task, task.Inline[0])
	tracing := r.addInline(scope, "tracing-policy", "write-traces", r.task, task.Inline[1])
	volumes := r.addInline(scope, "volumes-policy", "use-volumes", r.task, task.Inline[2])
	own := r.addInline(scope, "task-policy", "own-statements", r.task, task.Inline[3])
	queues := r.addInline(scope, "queues-policy", "use-queues", r.task, task.Inline[4])
	others = len(w.Task.Role.Policies)
	if attached := r.addManaged(scope, "task", w.Name, r.task, task, others); len(attached) > 0 {
		writeAfter(attached, volumes, own, queues)
		writeAfter(addressesOf(volumes, own, queues), exec, tracing)
	}
	r.attachAll(scope, "policy-", r.task, w.Task.Role.Policies)
	return r
}

// attachAll attaches the managed policies of the settings to a role. The ids come from the policies' names, so that
// adding a policy to the list replaces no other attachment. Where policies of AWS and of the account, or of several
// paths, have the same name, a hash of the ARN tells the later ones apart.
func (r *roles) attachAll(scope constructs.Construct, prefix string, role iamrole.IamRole, arns []string) {
	taken := map[string]bool{}
	for _, arn := range arns {
		id := prefix + arn[strings.LastIndex(arn, "/")+1:]
		if taken[id] {
			id += "-" + names.Hash(arn)
		}
		taken[id] = true
		r.attach(scope, id, role, &arn)
	}
}

// longestForm returns a function that replaces the tokens in a policy by the longest values that they may have, so that
// the size of the policy can be checked before the values are known.
func longestForm(logGroupARN, logGroup string, account *account.Account) func(string) string {
	longest := settings.LongestPlace
	tokens := strings.NewReplacer(logGroupARN, longest.ARN("logs", "log-group:"+logGroup),
		account.Partition, longest.Partition, account.Region, longest.Region, account.ID, longest.Account)
	return func(text string) string { return expression.Evaluated(tokens.Replace(text)) }
}

// ecsTasks is the service that assumes the roles of a task.
const ecsTasks = "ecs-tasks.amazonaws.com"

// newRole creates a role for a task, or for who starts it. The trust policy says who can assume it.
func newRole(
	scope constructs.Construct, purpose string, w settings.NamedWorkload, description string, trust *string,
) iamrole.IamRole {
	config := &iamrole.IamRoleConfig{
		NamePrefix:       jsii.String(rolePrefix(w.Name, purpose)),
		Description:      &description,
		AssumeRolePolicy: trust,
	}
	if w.Task.Role.PermissionsBoundary != "" {
		config.PermissionsBoundary = &w.Task.Role.PermissionsBoundary
	}
	return iamrole.NewIamRole(scope, jsii.String(purpose+"-role"), config)
}

// addInline adds an inline policy to a role. Without statements it adds and returns nothing.
func (r *roles) addInline(
	scope constructs.Construct, id, name string, role iamrole.IamRole, statements []settings.Statement,
) iamrolepolicy.IamRolePolicy {
	if len(statements) == 0 {
		return nil
	}
	policy := iamrolepolicy.NewIamRolePolicy(scope, &id,
		&iamrolepolicy.IamRolePolicyConfig{Name: &name, Role: role.Id(), Policy: policyOf(statements)})
	r.permissions = append(r.permissions, policy)
	return policy
}

// addManaged adds managed policies to a role that has others too, and returns the addresses of their attachments.
// Because of create_before_destroy, Terraform detaches and destroys them after it has changed the inline policies that
// depended on them.
func (r *roles) addManaged(
	scope constructs.Construct, purpose, name string, role iamrole.IamRole, divided settings.RolePolicies, others int,
) []*string {
	var attachments []*string
	for i, statements := range divided.Managed {
		id := fmt.Sprintf("more-%s-policy-%d", purpose, i+1)
		lifecycle := &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
		prefix := rolePrefix(name, purpose)
		if divided.HaveRoomForSuccessors(others) { // other statements are then a policy with another name: another policy
			prefix += divided.Fingerprint(i) + "-"
		}
		policy := iampolicy.NewIamPolicy(scope, &id, &iampolicy.IamPolicyConfig{
			NamePrefix: &prefix, Policy: policyOf(statements), Lifecycle: lifecycle,
		})
		attachment := r.attach(scope, id+"-attachment", role, policy.Arn())
		attachment.SetLifecycle(lifecycle)
		attachments = append(attachments, jsii.String(expression.Address(attachment)))
	}
	return attachments
}

// attach attaches a managed policy to a role.
func (r *roles) attach(
	scope constructs.Construct, id string, role iamrole.IamRole, arn *string,
) iamrolepolicyattachment.IamRolePolicyAttachment {
	attachment := iamrolepolicyattachment.NewIamRolePolicyAttachment(scope, &id,
		&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: role.Name(), PolicyArn: arn})
	r.permissions = append(r.permissions, attachment)
	return attachment
}

// writeAfter lets Terraform write inline policies, where there are such, after the resources at these addresses.
func writeAfter(addresses []*string, policies ...iamrolepolicy.IamRolePolicy) {
	for _, policy := range policies {
		if policy != nil && len(addresses) > 0 {
			policy.SetDependsOn(&addresses)
		}
	}
}

// addressesOf returns the addresses of inline policies, where there are such.
func addressesOf(policies ...iamrolepolicy.IamRolePolicy) []*string {
	var addresses []*string
	for _, policy := range policies {
		if policy != nil {
			addresses = append(addresses, jsii.String(expression.Address(policy)))
		}
	}
	return addresses
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
