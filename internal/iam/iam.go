// Package iam writes IAM policy documents.
package iam

import "webapp/internal/expression"

// Statement is one statement of a policy. The default effect is Allow.
type Statement struct {
	// Sid is the statement's name: letters and digits. Default: none.
	Sid    string   `json:"Sid,omitempty"`
	Effect string   `json:"Effect"`
	Action []string `json:"Action"`
	// Resource is empty in the trust policy of a role.
	Resource []string `json:"Resource,omitempty"`
	// Principal is only for trust policies and bucket policies: {"Service": …}, or "*" for everyone.
	Principal any       `json:"Principal,omitempty"`
	Condition Condition `json:"Condition,omitempty"`
}

// Condition restricts a statement: values by operator and key.
type Condition map[string]map[string][]string

// Where adds a value to the condition of the statement.
func (s *Statement) Where(operator, key, value string) {
	if s.Condition == nil {
		s.Condition = Condition{}
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = map[string][]string{}
	}
	s.Condition[operator][key] = append(s.Condition[operator][key], value)
}

// Policy returns a policy document.
func Policy(statements ...Statement) *string {
	for i := range statements {
		if statements[i].Effect == "" {
			statements[i].Effect = "Allow"
		}
	}
	return expression.JSON(struct {
		Version   string
		Statement []Statement
	}{"2012-10-17", statements})
}

// Trust returns the trust policy of a role that an AWS service, such as ecs-tasks.amazonaws.com, may assume.
func Trust(service string, condition Condition) *string {
	return Policy(Statement{
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string]string{"Service": service},
		Condition: condition,
	})
}
