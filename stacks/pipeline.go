package stacks

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/pipeline"
	"webapp/internal/expression"
	"webapp/internal/iam"
	"webapp/internal/permissions"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// NewPipeline creates the stack of the roles with which a pipeline plans and deploys a stack, which is synthesized
// already. The error says what the table of permissions lacks; the stack must not be used then.
func NewPipeline(app constructs.Construct, s settings.Stack, deployed *tfstack.Stack) (cdktf.TerraformStack, error) {
	name, deploys := s.PipelineStackName(), s.StackName()
	stack := cdktf.NewTerraformStack(app, &name)
	configureBackend(stack, s.State)
	s = expression.Literals(s)
	configureProvider(stack, s.AWS, s.Tags())
	provider := pipeline.NewProvider(stack, "identity", account.NewAccount(stack, "account"), *s.Pipeline)
	for _, role := range []struct {
		task        permissions.Role
		description string
		output      string
	}{
		{permissions.Plan, "Plans the stack " + deploys + " in a pipeline", "PlanRole"},
		{permissions.Deploy, "Deploys the stack " + deploys + " in a pipeline", "DeployRole"},
	} {
		policies, err := permissions.For(role.task, deploys, deployed)
		if err != nil {
			return nil, err
		}
		var statements [][]iam.Statement
		for _, p := range policies {
			statements = append(statements, p.Statements)
		}
		made := pipeline.NewRole(stack, string(role.task), pipeline.RoleProps{
			Name: s.PipelineRoleName(string(role.task)), Description: role.description, Provider: provider,
			Subjects: s.Pipeline.Subjects(deploys, string(role.task)), Policies: statements,
			PermissionsBoundary: s.Pipeline.PermissionsBoundary,
		})
		output(stack, role.output, fmt.Sprintf("The role with which a pipeline can %s the stack.", role.task), made.ARN)
	}
	return stack, nil
}
