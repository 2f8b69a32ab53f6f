// Package iampolicy decides whether IAM policies allow a request, as IAM decides it. It knows identity-based policies,
// permissions boundaries and the policies of resources, such as a role's trust policy. It does not know the policies of
// organizations and sessions.
//
// Source: IAM user guide, "IAM JSON policy element reference" and "Policy evaluation logic".
package iampolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policy is a policy document.
type Policy struct{ statements []statement }

// statement is one statement of a policy. Of each pair, such as Action and NotAction, one is given at most.
type statement struct {
	Effect                  string
	Action, NotAction       texts
	Resource, NotResource   texts
	Principal, NotPrincipal *principals
	Condition               map[string]map[string]texts // values by operator and key

	conditions []condition
}

// Parse reads a policy document. What IAM would refuse to store, such as an unknown operator, is an error.
func Parse(document string) (Policy, error) {
	var read struct {
		Version   string
		Statement list[statement]
	}
	if err := json.Unmarshal([]byte(document), &read); err != nil {
		return Policy{}, fmt.Errorf("reading an IAM policy: %w", err)
	}
	for i := range read.Statement {
		s := &read.Statement[i]
		if read.Version != withVariables {
			s.withoutVariables()
		}
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return Policy{}, fmt.Errorf("reading an IAM policy: %q is not the effect of a statement; "+
				"write Allow or Deny", s.Effect)
		}
		if s.Action != nil && s.NotAction != nil || s.Resource != nil && s.NotResource != nil ||
			s.Principal != nil && s.NotPrincipal != nil {
			return Policy{}, errors.New("reading an IAM policy: a statement has an element and its opposite, such " +
				"as Action and NotAction")
		}
		for operator, keys := range s.Condition {
			for key, values := range keys {
				c, err := newCondition(operator, key, values)
				if err != nil {
					return Policy{}, fmt.Errorf("reading an IAM policy: %w", err)
				}
				s.conditions = append(s.conditions, c)
			}
		}
	}
	return Policy{read.Statement}, nil
}

// withVariables is the version of the policy language that knows variables. It is not the default one.
const withVariables = "2012-10-17"

// withoutVariables has what looks like a variable stand for itself.
func (s *statement) withoutVariables() {
	escape := func(all texts) {
		for i := range all {
			all[i] = strings.ReplaceAll(all[i], "${", "${$}{")
		}
	}
	escape(s.Resource)
	escape(s.NotResource)
	for _, keys := range s.Condition {
		for _, values := range keys {
			escape(values)
		}
	}
}

// list is a JSON array, or its only element.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(text []byte) error {
	var many []T
	if err := json.Unmarshal(text, &many); err == nil {
		*l = many
		return nil
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}

// texts is a text or a list of texts. Numbers and booleans may stand for texts.
type texts []string

func (t *texts) UnmarshalJSON(text []byte) error {
	var values list[any]
	if err := json.Unmarshal(text, &values); err != nil {
		return err
	}
	*t = texts{}
	for _, value := range values {
		*t = append(*t, fmt.Sprint(value))
	}
	return nil
}

// principals are the principals of a statement by kind, such as AWS or Service. "*" stands for everyone.
type principals struct {
	everyone bool
	byKind   map[string]texts
}

func (p *principals) UnmarshalJSON(text []byte) error {
	if string(text) == `"*"` {
		p.everyone = true
		return nil
	}
	err := json.Unmarshal(text, &p.byKind)
	p.everyone = slices.Contains(p.byKind["AWS"], "*") // the same, says the reference
	return err
}
