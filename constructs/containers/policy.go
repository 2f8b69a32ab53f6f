package containers

import "webapp/internal/expression"

// policy is an IAM policy document.
type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

// statement allows actions; who and under which condition only where the policy is a role's trust.
type statement struct {
	Effect    string                       `json:"Effect"`
	Action    []string                     `json:"Action"`
	Resource  []string                     `json:"Resource,omitempty"`
	Principal map[string]string            `json:"Principal,omitempty"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

// allow returns a document that allows what the statements name.
func allow(statements ...statement) *string {
	for i := range statements {
		statements[i].Effect = "Allow"
	}
	return expression.JSON(policy{Version: "2012-10-17", Statement: statements})
}

// trustTasks lets ECS tasks take on a role.
func trustTasks(condition map[string]map[string]string) *string {
	return allow(statement{
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string]string{"Service": "ecs-tasks.amazonaws.com"},
		Condition: condition,
	})
}
