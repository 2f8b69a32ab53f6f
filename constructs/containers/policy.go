package containers

import (
	"github.com/aws/constructs-go/constructs/v10"

	"webapp/internal/expression"
)

// policy is an IAM policy document.
type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

// statement allows actions; who only where the policy is a role's trust.
type statement struct {
	Effect    string                         `json:"Effect"`
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource,omitempty"`
	Principal map[string]string              `json:"Principal,omitempty"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// where adds a value to a condition.
func (s *statement) where(operator, key, value string) {
	if s.Condition == nil {
		s.Condition = map[string]map[string][]string{}
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = map[string][]string{}
	}
	s.Condition[operator][key] = append(s.Condition[operator][key], value)
}

// allow returns a document that allows what the statements name.
func allow(scope constructs.Construct, statements ...statement) *string {
	for i := range statements {
		statements[i].Effect = "Allow"
	}
	return expression.JSON(scope, policy{Version: "2012-10-17", Statement: statements})
}

// trustTasks lets ECS tasks take on a role.
func trustTasks(scope constructs.Construct, condition map[string]map[string][]string) *string {
	return allow(scope, statement{
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string]string{"Service": "ecs-tasks.amazonaws.com"},
		Condition: condition,
	})
}
