package ecs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/internal/expression"
	"webapp/settings"
)

// Task is a Fargate task definition with its log group and its two IAM roles.
type Task struct {
	definition  ecstaskdefinition.EcsTaskDefinition
	container   settings.Container // that takes requests
	ports       []int              // of all containers
	permissions []cdktf.ITerraformDependable
	roles       []string // ARNs
	logGroup    string
}

// TaskProps are the properties of a Task.
type TaskProps struct {
	// Workload is the service's part of the settings: its containers, what they may do, and where they log.
	Workload settings.NamedWorkload
	Account  *account.Account
	// Environment are variables of the main container besides those of the settings. Default: none.
	Environment map[string]string
	// Tags of the task definition besides those of the stack. Default: none.
	Tags map[string]string
}

// NewTask creates a task definition:
//
//	execution role (for ECS, to start a task) ────┐
//	task role (for the containers themselves) ────├ task definition
//	log group ← containers ───────────────────────┘
//
// A log group that exists is only looked up.
func NewTask(scope constructs.Construct, id string, props TaskProps) *Task {
	scope = constructs.NewConstruct(scope, &id)
	w := props.Workload
	logs := newLogGroup(scope, w)
	roles := newRoles(scope, props, logs.arn)
	config := &ecstaskdefinition.EcsTaskDefinitionConfig{
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
		// The log group by name, not by reference. A reference would pass create_before_destroy on to the log group,
		// and AWS refuses a second group of the same name. The service waits for the group all the same, because it
		// depends on the permission to write to it.
		ContainerDefinitions: expression.JSON(containerDefinitions(props, w.LogGroup())),
		Volume:               volumes(w.Task.Volumes),
		// The service moves to the new revision before the old one is deregistered.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if len(props.Tags) > 0 {
		config.Tags = expression.Texts(props.Tags)
	}
	if size := w.Task.EphemeralStorage; size != 0 {
		config.EphemeralStorage = &ecstaskdefinition.EcsTaskDefinitionEphemeralStorage{SizeInGib: jsii.Number(size)}
	}
	var ports []int
	for _, container := range w.Containers() {
		ports = append(ports, container.Ports...)
	}
	return &Task{
		ports:       ports,
		definition:  ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("Resource"), config),
		container:   w.Container,
		permissions: roles.permissions,
		roles:       []string{*roles.execution.Arn(), *roles.task.Arn()},
		logGroup:    logs.name,
	}
}

// logGroup is the log group of the containers. What is created is known once applied.
type logGroup struct{ name, arn string }

// newLogGroup creates the log group, or looks up the one that the settings name: a plan fails where there is none.
func newLogGroup(scope constructs.Construct, w settings.NamedWorkload) logGroup {
	name := w.LogGroup()
	if w.Logs.Existing != "" {
		found := dataawscloudwatchloggroup.NewDataAwsCloudwatchLogGroup(scope, jsii.String("found-log-group"),
			&dataawscloudwatchloggroup.DataAwsCloudwatchLogGroupConfig{Name: &name})
		return logGroup{name, *found.Arn()}
	}
	config := &cloudwatchloggroup.CloudwatchLogGroupConfig{
		Name: &name, RetentionInDays: jsii.Number(int(w.Logs.RetentionDays)),
	}
	if w.Logs.KMSKey != "" {
		config.KmsKeyId = &w.Logs.KMSKey
	}
	created := cloudwatchloggroup.NewCloudwatchLogGroup(scope, jsii.String("log-group"), config)
	return logGroup{*created.Name(), *created.Arn()}
}

// ARN returns the ARN of this revision of the task definition, known once applied.
func (t *Task) ARN() string { return *t.definition.Arn() }

// LogGroup returns the name of the containers' log group, known once applied unless the group existed.
func (t *Task) LogGroup() string { return t.logGroup }

// ContainerName returns the name of the container that takes requests.
func (t *Task) ContainerName() string { return t.container.Name }

// TargetPort returns the port on which that container takes requests.
func (t *Task) TargetPort() int { return t.container.TargetPort() }

// Permissions returns the policies of the roles. A service depends on them: without them, ECS can neither start its
// tasks nor stop them.
func (t *Task) Permissions() []cdktf.ITerraformDependable { return t.permissions }
