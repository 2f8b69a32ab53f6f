package containers

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
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
	grant := func(id, name string, role iamrole.IamRole, statements []iam.Statement) {
		if len(statements) > 0 {
			r.permissions = append(r.permissions, iamrolepolicy.NewIamRolePolicy(scope, &id, &iamrolepolicy.IamRolePolicyConfig{
				Name: &name, Role: role.Id(), Policy: iam.Policy(statements...),
			}))
		}
	}
	grant("execution-policy", "start-tasks", r.execution, startTasks(w, here, logGroupARN))
	if w.Service.Exec {
		grant("exec-policy", "open-a-shell", r.task, []iam.Statement{openShell()})
	}
	if w.Tracing != nil {
		grant("tracing-policy", "write-traces", r.task, []iam.Statement{writeTraces()})
	}
	grant("volumes-policy", "use-volumes", r.task, useVolumes(w, here))
	grant("task-policy", "own-statements", r.task, ownStatements(w.Task.Role.Statements))
	for _, arn := range w.Task.Role.Policies {
		// By name: another policy in the list moves none.
		id := "policy-" + arn[strings.LastIndex(arn, "/")+1:]
		r.permissions = append(r.permissions, iamrolepolicyattachment.NewIamRolePolicyAttachment(scope, &id,
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: r.task.Name(), PolicyArn: &arn}))
	}
	return r
}

// startTasks allows what ECS does for these containers before they run, and nothing more.
// Source: ECS developer guide, "Task execution IAM role".
func startTasks(w *settings.Workload, here account.Account, logGroupARN string) []iam.Statement {
	all := []iam.Statement{{
		Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resource: []string{logGroupARN + ":*"},
	}}
	images, cached, secrets, parameters, files, buckets := names{}, names{}, names{}, names{}, names{}, names{}
	for _, k := range w.Containers() {
		if repository, ok := k.ECRRepository(); ok {
			arn := fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", here.Partition, repository.Region, repository.Account, repository.Name)
			images.add(arn)
			if k.PullThroughCache {
				cached.add(arn)
			}
		}
		for _, arn := range k.SecretARNs() {
			if !fullSecretARN.MatchString(arn) {
				arn += "-??????" // Secrets Manager's own ending, which a reference may leave out
			}
			secrets.add(arn)
		}
		for _, parameter := range k.Parameters() {
			if strings.HasPrefix(parameter, "/") {
				parameter = here.ARN("ssm", "parameter"+parameter)
			}
			parameters.add(parameter)
		}
		for _, file := range k.EnvironmentFiles {
			bucket, _, _ := strings.Cut(file, "/")
			files.add(file)
			buckets.add(bucket)
		}
	}
	if len(images) > 0 {
		// The first action knows no resources (Service authorization reference, Amazon ECR).
		all = append(all, iam.Statement{Action: []string{"ecr:GetAuthorizationToken"}, Resource: []string{"*"}})
	}
	keys := names{}
	keys.add(w.Task.SecretKeys...)
	for _, grant := range []struct {
		on      names
		actions []string
	}{
		{images, []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}},
		{cached, []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}},
		{secrets, []string{"secretsmanager:GetSecretValue"}},
		{parameters, []string{"ssm:GetParameters"}},
		{keys, []string{"kms:Decrypt"}},
		{files, []string{"s3:GetObject"}},
		{buckets, []string{"s3:GetBucketLocation"}},
	} {
		if len(grant.on) > 0 {
			all = append(all, iam.Statement{Action: grant.actions, Resource: grant.on.sorted()})
		}
	}
	return all
}

// fullSecretARN has Secrets Manager's ending: a hyphen and six characters.
var fullSecretARN = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

// openShell allows the agent that ECS puts into a container to talk to Session Manager. These actions name no resource.
// Source: ECS developer guide, "Task IAM role", "ECS Exec permissions".
func openShell() iam.Statement {
	return iam.Statement{
		Action: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
		Resource: []string{"*"},
	}
}

// writeTraces allows to send traces to X-Ray. These actions name no resource (Service authorization reference, AWS X-Ray).
func writeTraces() iam.Statement {
	return iam.Statement{Action: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resource: []string{"*"}}
}

// useVolumes allows to mount the EFS file systems that ask for it, and to write where a container mounts one to write.
// Source: EFS user guide, "Using IAM to control access to file systems".
func useVolumes(w *settings.Workload, here account.Account) []iam.Statement {
	var all []iam.Statement
	for _, name := range slices.Sorted(maps.Keys(w.Task.Volumes)) {
		v := w.Task.Volumes[name]
		if v.FileSystem == "" || !v.IAM {
			continue
		}
		s := iam.Statement{
			Action:   []string{"elasticfilesystem:ClientMount"},
			Resource: []string{here.ARN("elasticfilesystem", "file-system/"+v.FileSystem)},
		}
		if w.Writes(name) {
			s.Action = append(s.Action, "elasticfilesystem:ClientWrite")
		}
		if v.AccessPoint != "" {
			s.Condition = iam.Condition{"StringEquals": {
				"elasticfilesystem:AccessPointArn": {here.ARN("elasticfilesystem", "access-point/"+v.AccessPoint)},
			}}
		}
		all = append(all, s)
	}
	return all
}

func ownStatements(given []settings.Statement) []iam.Statement {
	var all []iam.Statement
	for _, s := range given {
		own := iam.Statement{Action: s.Actions, Resource: s.Resources}
		for operator, keys := range s.Conditions {
			for key, values := range keys {
				for _, value := range values {
					own.Where(operator, key, value)
				}
			}
		}
		all = append(all, own)
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

// names is a set.
type names map[string]bool

func (n names) add(all ...string) {
	for _, name := range all {
		n[name] = true
	}
}

func (n names) sorted() []string { return slices.Sorted(maps.Keys(n)) }
