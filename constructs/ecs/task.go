package ecs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/internal/expression"
	"webapp/settings"
)

// Task is a Fargate task definition: its containers, their log group and its two roles.
type Task struct {
	definition  ecstaskdefinition.EcsTaskDefinition
	container   settings.Container
	ports       []int // of all containers
	permissions []cdktf.ITerraformDependable
	usesEFS     bool
	logGroup    string
}

// TaskProps say what a task runs.
type TaskProps struct {
	Name     string // names the log group and the roles
	Workload *settings.Workload
	Account  account.Account
}

// NewTask makes a task definition:
//
//	execution role (what ECS may do to start a task) ┐
//	task role (what the containers themselves may do)├ task definition
//	log group ← containers ──────────────────────────┘
func NewTask(scope constructs.Construct, id string, props TaskProps) *Task {
	scope = constructs.NewConstruct(scope, &id)
	w := props.Workload
	group := "/ecs/" + props.Name
	config := &cloudwatchloggroup.CloudwatchLogGroupConfig{
		Name:            &group,
		RetentionInDays: jsii.Number(w.Logs.RetentionDays),
	}
	if w.Logs.Key != "" {
		config.KmsKeyId = &w.Logs.Key
	}
	logs := cloudwatchloggroup.NewCloudwatchLogGroup(scope, jsii.String("log-group"), config)
	roles := newRoles(scope, props, *logs.Arn())

	definition := &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  &w.Task.Family,
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(w.Task.CPU)),
		Memory:                  jsii.String(strconv.Itoa(w.Task.MemoryMiB)),
		RuntimePlatform: &ecstaskdefinition.EcsTaskDefinitionRuntimePlatform{
			CpuArchitecture: &w.Task.Architecture, OperatingSystemFamily: jsii.String("LINUX"),
		},
		ExecutionRoleArn: roles.execution.Arn(),
		TaskRoleArn:      roles.task.Arn(),
		// The log group by its name, not by reference: otherwise Terraform would create a successor of it, too, before
		// it destroys it, which AWS refuses. The service waits for it by way of the permission to write to it.
		ContainerDefinitions: expression.JSON(containerDefinitions(w, group, props.Account.Region)),
		Volume:               volumes(w.Task.Volumes),
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// The service moves to the new revision before the old one is deregistered.
			CreateBeforeDestroy: jsii.Bool(true),
		},
	}
	if size := w.Task.EphemeralStorage; size != 0 {
		definition.EphemeralStorage = &ecstaskdefinition.EcsTaskDefinitionEphemeralStorage{SizeInGib: jsii.Number(size)}
	}
	var ports []int
	for _, k := range w.Containers() {
		ports = append(ports, k.Ports...)
	}
	return &Task{
		ports:       ports,
		definition:  ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("Resource"), definition),
		container:   w.Container,
		permissions: roles.permissions,
		usesEFS:     w.UsesEFS(),
		logGroup:    *logs.Name(),
	}
}

// ARN names this revision of the task definition, known once applied.
func (t *Task) ARN() string { return *t.definition.Arn() }

// LogGroup is where the containers' lines are, known once applied.
func (t *Task) LogGroup() string { return t.logGroup }

// ContainerName is the container that takes requests.
func (t *Task) ContainerName() string { return t.container.Name }

// TargetPort is the port on which it takes them.
func (t *Task) TargetPort() int { return t.container.TargetPort() }

// Permissions are what the roles are granted. A service depends on them: roles without their policies cannot start its
// tasks, or stop them.
func (t *Task) Permissions() []cdktf.ITerraformDependable { return t.permissions }
