package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/scheduler"
)

// TaskRequest is what RunTask asks for, with the cluster and the task definition found.
type TaskRequest struct {
	Cluster        string // the ARN
	TaskDefinition types.TaskDefinition
	// CapacityProvider is empty for a launch type.
	CapacityProvider string
	// Request is the operation's input.
	Request map[string]any
}

// awsTask is what the scheduler needs of RunTask's input.
type awsTask struct {
	Count                *int
	Group, StartedBy     string
	Overrides            object
	Tags                 []any
	NetworkConfiguration awsNetwork `json:"networkConfiguration"`
}

// RunTask answers ECS's operation of this name. The tasks start soon.
func (w *World) RunTask(r TaskRequest) map[string]any {
	var read awsTask
	if text, err := json.Marshal(r.Request); err == nil {
		_ = json.Unmarshal(text, &read) // the model of the API has checked the types
	}
	network := read.NetworkConfiguration.AWSVPC
	order := scheduler.Order{
		Cluster: r.Cluster, TaskDefinition: aws.ToString(r.TaskDefinition.TaskDefinitionArn),
		Subnets: network.Subnets, SecurityGroups: network.SecurityGroups,
		AssignPublicIP: network.AssignPublicIP == enabled,
		Group:          read.Group, StartedBy: read.StartedBy, CapacityProvider: r.CapacityProvider,
		Overrides: completeOverrides(read.Overrides, r.TaskDefinition), Tags: read.Tags,
	}
	if order.Group == "" { // source: ECS API, RunTask, group
		order.Group = "family:" + aws.ToString(r.TaskDefinition.Family)
	}
	count := 1
	if read.Count != nil {
		count = *read.Count
	}
	var arns []string
	for range count {
		arns = append(arns, w.scheduler.Run(order))
	}
	tasks, failures := w.scheduler.Tasks(arns)
	return object{"tasks": tasks, "failures": failures}
}

// completeOverrides lists all containers, as ECS does, even those without an override.
func completeOverrides(given object, definition types.TaskDefinition) object {
	complete := object{}
	maps.Copy(complete, given)
	containers, _ := given["containerOverrides"].([]any)
	all := slices.Clone(containers)
	for _, c := range definition.ContainerDefinitions {
		isIt := func(one any) bool {
			override, _ := one.(object)
			return override["name"] == aws.ToString(c.Name)
		}
		if !slices.ContainsFunc(containers, isIt) {
			all = append(all, object{"name": aws.ToString(c.Name)})
		}
	}
	complete["containerOverrides"] = all
	return complete
}

// ActiveTasks are the tasks without a service that have not stopped yet.
func (w *World) ActiveTasks() []scheduler.Order { return w.scheduler.Active() }

// override changes the task definition as RunTask asks for it. Source: ECS API, TaskOverride and ContainerOverride.
func (p *preflight) override() error {
	text, err := json.Marshal(p.order.Overrides)
	if err == nil {
		err = json.Unmarshal(text, &p.overrides)
	}
	if err != nil {
		return fmt.Errorf("reading the task's overrides: %w", err)
	}
	overrides, d := p.overrides, &p.definition
	for to, from := range map[**string]*string{
		&d.Cpu: overrides.Cpu, &d.Memory: overrides.Memory,
		&d.ExecutionRoleArn: overrides.ExecutionRoleArn, &d.TaskRoleArn: overrides.TaskRoleArn,
	} {
		if from != nil {
			*to = from
		}
	}
	for _, o := range overrides.ContainerOverrides {
		for i := range d.ContainerDefinitions {
			if c := &d.ContainerDefinitions[i]; aws.ToString(c.Name) == aws.ToString(o.Name) {
				overrideContainer(c, o)
			}
		}
	}
	return nil
}

func overrideContainer(c *types.ContainerDefinition, o types.ContainerOverride) {
	if len(o.Command) > 0 {
		c.Command = o.Command
	}
	if o.Cpu != nil {
		c.Cpu = *o.Cpu
	}
	if o.Memory != nil {
		c.Memory = o.Memory
	}
	c.EnvironmentFiles = append(c.EnvironmentFiles, o.EnvironmentFiles...)
	for _, variable := range o.Environment {
		name := aws.ToString(variable.Name)
		c.Environment = slices.DeleteFunc(c.Environment,
			func(v types.KeyValuePair) bool { return aws.ToString(v.Name) == name })
		c.Environment = append(c.Environment, variable)
	}
}

// completes is the container of a task without a service whose end is the task's: the one that gets another command, or
// else the first essential one. Empty for a task of a service, which is to run on.
func (p *preflight) completes() string {
	if p.order.Service != "" {
		return ""
	}
	for _, o := range p.overrides.ContainerOverrides {
		if len(o.Command) > 0 {
			return aws.ToString(o.Name)
		}
	}
	for _, c := range p.definition.ContainerDefinitions {
		if c.Essential == nil || *c.Essential {
			return aws.ToString(c.Name)
		}
	}
	return ""
}
