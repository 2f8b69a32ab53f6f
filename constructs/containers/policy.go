package containers

import (
	"bytes"
	"encoding/json"
)

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
	return toJSON(policy{Version: "2012-10-17", Statement: statements})
}

// trustTasks lets ECS tasks take on a role.
func trustTasks(condition map[string]map[string]string) *string {
	return allow(statement{
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string]string{"Service": "ecs-tasks.amazonaws.com"},
		Condition: condition,
	})
}

// toJSON encodes a value whose strings may hold Terraform references; escaping HTML would break their operators.
func toJSON(value any) *string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // only plain structs come here
	}
	text := string(bytes.TrimSpace(b.Bytes()))
	return &text
}
