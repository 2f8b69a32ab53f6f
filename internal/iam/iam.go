// Package iam writes IAM policy documents.
package iam

import "webapp/internal/expression"

// Statement is one statement of a policy. Its effect is Allow unless it says otherwise.
type Statement struct {
	Effect string   `json:"Effect"`
	Action []string `json:"Action"`
	// Resource is left out where the policy is a role's trust.
	Resource []string `json:"Resource,omitempty"`
	// Principal is who, in a role's trust or a bucket's policy: {"Service": …}, or "*" for everybody.
	Principal any       `json:"Principal,omitempty"`
	Condition Condition `json:"Condition,omitempty"`
}

// Condition is under which a statement holds: values by operator and key.
type Condition map[string]map[string][]string

// Where adds a value to the statement's condition.
func (s *Statement) Where(operator, key, value string) {
	if s.Condition == nil {
		s.Condition = Condition{}
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = map[string][]string{}
	}
	s.Condition[operator][key] = append(s.Condition[operator][key], value)
}

// Policy renders a document of the statements.
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

// Trust renders the policy of a role that an AWS service may take on, such as ecs-tasks.amazonaws.com.
func Trust(service string, condition Condition) *string {
	return Policy(Statement{
		Action:    []string{"sts:AssumeRole"},
		Principal: map[string]string{"Service": service},
		Condition: condition,
	})
}
