package live

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/scheduler"
)

// preflight checks what must be there before a task starts, and refuses as AWS does. AWS's words are those of the ECS
// developer guide, "Amazon ECS stopped tasks error messages" with its pages on ResourceInitializationError and
// CannotPullContainerError; where the guide leaves parts of them out, they are from stopped tasks that users have
// published.
type preflight struct {
	ctx        context.Context
	world      *World
	where      place
	task       string
	order      scheduler.Order
	definition types.TaskDefinition
	overrides  types.TaskOverride // of the definition
	attachment *attachment
	execution  *role // nil for none: then the tasks need none, or ECS has refused the task definition
}

// somewhere stands for an address that a name of AWS's or of a registry has on the internet.
const somewhere = "192.0.2.1"

// dialError is how Go words that a server does not answer.
const dialError = "dial tcp " + somewhere + ":443: i/o timeout"

// refuse is why AWS stops a task before it runs. The hint is not AWS's: it says which setting leads there.
func refuse(hint, format string, values ...any) error {
	return &scheduler.StopError{Code: scheduler.FailedToStart, Reason: fmt.Sprintf(format, values...), Hint: hint}
}

// arn names something in a place, in the partition of the cluster.
func (p *preflight) arn(service string, where place, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partitionOf(p.order.Cluster), service, where.region, where.account, resource)
}

func (p *preflight) taskARN() string { return scheduler.TaskARN(p.order.Cluster, p.task) }

// assumeRoles checks that ECS may take on the task's roles.
func (p *preflight) assumeRoles() error {
	for _, arn := range []*string{p.definition.ExecutionRoleArn, p.definition.TaskRoleArn} {
		if aws.ToString(arn) == "" {
			continue
		}
		found, err := p.world.readRole(p.ctx, p.where, *arn, p.task)
		switch {
		case err != nil:
			return err
		case found == nil:
			return cannotAssume(*arn, "The role %s does not exist.", *arn)
		case !found.canBeAssumed("ecs-tasks.amazonaws.com", p.taskARN()):
			return cannotAssume(*arn, "The trust policy of the role %s must let ecs-tasks.amazonaws.com perform "+
				"sts:AssumeRole for this account.", found.name)
		}
		if arn == p.definition.ExecutionRoleArn {
			p.execution = found
		}
	}
	return nil
}

func cannotAssume(arn, hint string, values ...any) error {
	return refuse(fmt.Sprintf(hint, values...), "ECS was unable to assume the role '%s' that was provided for this "+
		"task. Please verify that the role being passed has the proper trust relationship and permissions and that "+
		"your IAM user has permissions to pass this role.", arn)
}

// denied returns AWS's words for why the execution role may not do something, "" if it may.
func (p *preflight) denied(action, resource string) string {
	if p.execution == nil {
		return ""
	}
	return p.execution.denial(action, resource)
}

// hintDenied says how the execution role gets a permission.
func (p *preflight) hintDenied(action, resource string) string {
	return fmt.Sprintf("The execution role %s needs a policy that allows %s on %s, and "+
		"task.role.permissionsBoundary, if it is set, must allow it too.", p.execution.name, action, resource)
}
