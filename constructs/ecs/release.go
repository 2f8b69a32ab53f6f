package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// releaseProps are the properties of a command before a release.
type releaseProps struct {
	workload settings.NamedWorkload
	aws      settings.AWS
	task     *Task
	service  *ecsservice.EcsServiceConfig // whose cluster and network it takes
	needs    []cdktf.ITerraformDependable // what the service's tasks need to start
}

// newRelease runs a command in a task of its own whenever there is a new version of the task definition: Terraform's
// provisioner calls `webapp run`, with what to run in JSON. There is no shell between them. If the command fails,
// Terraform marks the resource as tainted and stops before what depends on it, and the next apply runs the command
// again.
func newRelease(scope constructs.Construct, props releaseProps) cdktf.TerraformResource {
	network := props.service.NetworkConfiguration
	// As internal/oneoff reads it. It is the resource's input, since only a resource's argument may hold lists whose
	// length is not known before the apply.
	input := map[string]any{
		"cluster": props.service.Cluster, "taskDefinition": props.task.ARN(), "container": props.workload.Container.Name,
		"command": props.workload.Release.Command, "timeout": int(props.workload.Release.Timeout.Seconds()),
		"subnets": network.Subnets, "securityGroups": network.SecurityGroups, "assignPublicIp": network.AssignPublicIp,
		"attempts": 3, "startedBy": settings.ReleaseStarter,
	}
	for name, value := range map[string]string{"region": props.aws.Region, "role": props.aws.Role} {
		if value != "" {
			input[name] = value
		}
	}
	triggers := map[string]any{"task-definition": props.task.ARN()}
	if redeploy := props.workload.Service.Deployment.Redeploy; redeploy != "" {
		triggers["redeploy"] = redeploy
	}
	return cdktf.NewDataResource(scope, jsii.String("release"), &cdktf.DataConfig{
		Input: &input, TriggersReplace: &triggers, DependsOn: &props.needs,
		Provisioners: &[]any{&cdktf.LocalExecProvisioner{
			Type: jsii.String("local-exec"), Interpreter: jsii.Strings("webapp", "run", "--request"),
			Command: jsii.String("${jsonencode(self.input)}"),
		}},
	})
}

// AwaitRelease has the service wait for another one's command before a release, if that has one.
func (s *Service) AwaitRelease(other *Service) {
	if other.release != nil {
		addDependency(s.resource, other.release)
	}
}
