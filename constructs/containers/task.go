package containers

import (
	"fmt"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// Task is a Fargate task definition: one container, its log group and its two roles.
type Task struct {
	definition  ecstaskdefinition.EcsTaskDefinition
	container   settings.Container
	permissions []cdktf.ITerraformDependable
}

// TaskProps say what a task runs.
type TaskProps struct {
	Name      string // names the log group and the roles
	Task      settings.Task
	Container settings.Container
	Logs      settings.Logs
	// Exec is whether people may open a shell in the container.
	Exec bool
	// Connected is whether Service Connect leads to the container's first port.
	Connected bool
}

// NewTask makes a task definition:
//
//	execution role (what ECS may do to start a task) ┐
//	task role (what the container itself may do)     ├ task definition
//	log group ← container ───────────────────────────┘
func NewTask(scope constructs.Construct, id string, props TaskProps) *Task {
	scope = constructs.NewConstruct(scope, &id)
	here := lookUpAccount(scope)

	logs := cloudwatchloggroup.NewCloudwatchLogGroup(scope, jsii.String("log-group"), &cloudwatchloggroup.CloudwatchLogGroupConfig{
		Name:            jsii.String("/ecs/" + props.Name),
		RetentionInDays: jsii.Number(props.Logs.RetentionDays),
	})
	execution := iamrole.NewIamRole(scope, jsii.String("execution-role"), &iamrole.IamRoleConfig{
		NamePrefix:       jsii.String(rolePrefix(props.Name, "execution")),
		Description:      jsii.String("Lets ECS start the tasks of " + props.Name),
		AssumeRolePolicy: trustTasks(nil),
	})
	grants := iamrolepolicy.NewIamRolePolicy(scope, jsii.String("execution-policy"), &iamrolepolicy.IamRolePolicyConfig{
		Name:   jsii.String("start-tasks"),
		Role:   execution.Id(),
		Policy: allow(append(writeLogs(*logs.Arn()), pullImage(props.Container, here.partition)...)...),
	})
	task := iamrole.NewIamRole(scope, jsii.String("task-role"), &iamrole.IamRoleConfig{
		NamePrefix:       jsii.String(rolePrefix(props.Name, "task")),
		Description:      jsii.String("What the container of " + props.Name + " may do"),
		AssumeRolePolicy: trustTasks(onlyFrom(here)),
	})

	permissions := []cdktf.ITerraformDependable{grants}
	if props.Exec {
		permissions = append(permissions, iamrolepolicy.NewIamRolePolicy(scope, jsii.String("exec-policy"), &iamrolepolicy.IamRolePolicyConfig{
			Name:   jsii.String("open-a-shell"),
			Role:   task.Id(),
			Policy: allow(openShell()),
		}))
	}

	definition := ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("Resource"), &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  &props.Task.Family,
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(props.Task.CPU)),
		Memory:                  jsii.String(strconv.Itoa(props.Task.MemoryMiB)),
		ExecutionRoleArn:        execution.Arn(),
		TaskRoleArn:             task.Arn(),
		ContainerDefinitions:    expression.JSON([]containerDefinition{define(props, *logs.Name(), here.region)}),
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// The service moves to the new revision before the old one is deregistered.
			CreateBeforeDestroy: jsii.Bool(true),
		},
	})
	return &Task{definition: definition, container: props.Container, permissions: permissions}
}

// ARN names this revision of the task definition, known once applied.
func (t *Task) ARN() string { return *t.definition.Arn() }

// ContainerName is the container that takes requests.
func (t *Task) ContainerName() string { return t.container.Name() }

// TargetPort is the port on which it takes them.
func (t *Task) TargetPort() int { return t.container.TargetPort() }

// Permissions are what the roles are granted. A service depends on them: roles without their policies cannot start its
// tasks, or stop them.
func (t *Task) Permissions() []cdktf.ITerraformDependable { return t.permissions }

// containerDefinition is ECS's own form of a container. What ECS would fill in is given, and what is empty is left out:
// otherwise every plan shows a difference.
type containerDefinition struct {
	Name             string           `json:"name"`
	Image            string           `json:"image"`
	Essential        bool             `json:"essential"`
	PortMappings     []portMapping    `json:"portMappings"`
	LogConfiguration logConfiguration `json:"logConfiguration"`
	LinuxParameters  *linuxParameters `json:"linuxParameters,omitempty"`
}

type linuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

// portName is how Service Connect finds the port that it leads to.
const portName = "connect"

type portMapping struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"` // in awsvpc always the container's
	Protocol      string `json:"protocol"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

func define(props TaskProps, logGroup, region string) containerDefinition {
	ports := make([]portMapping, len(props.Container.Ports))
	for i, port := range props.Container.Ports {
		ports[i] = portMapping{ContainerPort: port, HostPort: port, Protocol: "tcp"}
	}
	if props.Connected {
		ports[0].Name = portName
	}
	definition := containerDefinition{
		Name:         props.Container.Name(),
		Image:        props.Container.Image,
		Essential:    true,
		PortMappings: ports,
		LogConfiguration: logConfiguration{LogDriver: "awslogs", Options: map[string]string{
			"awslogs-group":         logGroup,
			"awslogs-region":        region,
			"awslogs-stream-prefix": props.Task.Family,
		}},
	}
	if props.Exec {
		// The agent's children would stay behind as zombies (ECS developer guide, "Using ECS Exec").
		definition.LinuxParameters = &linuxParameters{InitProcessEnabled: true}
	}
	return definition
}

// openShell allows the agent that ECS puts into a container to talk to Session Manager. These actions name no resource.
// Source: ECS developer guide, "Task IAM role", "ECS Exec permissions".
func openShell() statement {
	return statement{
		Action: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
		Resource: []string{"*"},
	}
}

// writeLogs allows the log driver to write to the task's own log group, and to no other.
func writeLogs(logGroupARN string) []statement {
	return []statement{{
		Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resource: []string{logGroupARN + ":*"},
	}}
}

// pullImage allows to pull from the image's private ECR repository, if that is where it comes from.
// Source: ECS developer guide, "Task execution IAM role".
func pullImage(container settings.Container, partition string) []statement {
	repository, ok := container.ECRRepository()
	if !ok {
		return nil
	}
	return []statement{
		// This action knows no resources (Service authorization reference, Amazon ECR).
		{Action: []string{"ecr:GetAuthorizationToken"}, Resource: []string{"*"}},
		{
			Action: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resource: []string{fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s",
				partition, repository.Region, repository.Account, repository.Name)},
		},
	}
}

// account is where the stack is deployed, known once Terraform plans.
type account struct{ id, region, partition string }

func lookUpAccount(scope constructs.Construct) account {
	return account{
		id: *dataawscalleridentity.NewDataAwsCallerIdentity(scope, jsii.String("account"),
			&dataawscalleridentity.DataAwsCallerIdentityConfig{}).AccountId(),
		region: *dataawsregion.NewDataAwsRegion(scope, jsii.String("region"),
			&dataawsregion.DataAwsRegionConfig{}).Name(),
		partition: *dataawspartition.NewDataAwsPartition(scope, jsii.String("partition"),
			&dataawspartition.DataAwsPartitionConfig{}).Partition(),
	}
}

// onlyFrom is the condition that ECS acts for this account, so that no other account can have it act for theirs.
// Source: ECS developer guide, "Task IAM role", on the confused deputy problem.
func onlyFrom(here account) map[string]map[string]string {
	return map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": here.id},
		"ArnLike":      {"aws:SourceArn": fmt.Sprintf("arn:%s:ecs:%s:%s:*", here.partition, here.region, here.id)},
	}
}

// rolePrefix makes a role name's prefix, of which IAM and Terraform allow 38 characters.
func rolePrefix(name, purpose string) string {
	longest := 38 - len("--") - len(purpose)
	if len(name) > longest {
		name = name[:longest]
	}
	return name + "-" + purpose + "-"
}
