package permissions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"webapp/internal/iam"
	"webapp/internal/tfstack"
)

// MaxPolicySize is the number of characters of a managed policy, white space apart. A role can have ten of them.
// Source: IAM user guide, "IAM and AWS STS quotas".
const (
	MaxPolicySize = 6144
	maxPolicies   = 10
)

// Role is what somebody does with a stack.
type Role string

const (
	// Plan reads everything that the stack has, and changes nothing.
	Plan Role = "plan"
	// Deploy creates, updates, replaces and destroys it.
	Deploy Role = "deploy"
)

// Policy is a managed policy.
type Policy struct {
	// Name is STACK-ROLE, or STACK-ROLE-1, STACK-ROLE-2 and so on where the statements do not fit into one policy.
	Name       string
	Statements []iam.Statement
}

// Document returns the policy as JSON without white space.
func (p Policy) Document() string { return document(p.Statements) }

// UntaggedError is for a stack that has none of the tags that limit the policies.
type UntaggedError struct{ Stack string }

func (e *UntaggedError) Error() string {
	return fmt.Sprintf("the permissions for stack %s are limited to what has its tags, but aws.tags leaves out both "+
		"Application and Environment; give one of them a value", e.Stack)
}

// For returns the policies that a role needs for a stack, which has this name. They are for whoever runs Terraform;
// where the settings have aws.role, that role needs them too. The error says what the table lacks, or is an
// UntaggedError.
func For(role Role, name string, stack *tfstack.Stack) ([]Policy, error) {
	t := newTarget(name, stack)
	if role == Deploy && t.tags("") == nil {
		return nil, &UntaggedError{Stack: name}
	}
	actions, err := t.actions(role)
	if err != nil {
		return nil, err
	}
	var policies []Policy
	for _, s := range scopes {
		resources := s.resources(t)
		if len(actions[s]) == 0 || len(resources) == 0 {
			continue
		}
		statement := iam.Statement{Sid: s.sid, Effect: "Allow", Action: slices.Sorted(maps.Keys(actions[s])),
			Resource: resources}
		if s.condition != nil {
			statement.Condition = s.condition(t)
		}
		for _, part := range divide(statement) {
			if policies, err = addTo(policies, part); err != nil {
				return nil, fmt.Errorf("the permissions for stack %s: %w", name, err)
			}
		}
	}
	if len(policies) > maxPolicies {
		return nil, fmt.Errorf("the permissions for stack %s need %d policies; a role can have %d", name, len(policies),
			maxPolicies)
	}
	for i := range policies {
		policies[i].Name = fmt.Sprintf("%s-%s", name, role)
		if len(policies) > 1 {
			policies[i].Name += fmt.Sprintf("-%d", i+1)
		}
	}
	return policies, nil
}

// divide divides the resources of a statement that no policy has room for. That changes no permission: a statement with
// several resources permits the same as one for each of them. The parts are ByName, ByName2 and so on.
func divide(statement iam.Statement) []iam.Statement {
	var parts []iam.Statement
	for rest := statement.Resource; len(rest) > 0; {
		part := statement
		if len(parts) > 0 {
			part.Sid += strconv.Itoa(len(parts) + 1)
		}
		n := sort.Search(len(rest), func(i int) bool {
			part.Resource = rest[:i+1]
			return len(document([]iam.Statement{part})) > MaxPolicySize
		})
		n = max(n, 1) // one that does not fit alone is reported later
		part.Resource, rest = rest[:n:n], rest[n:]
		parts = append(parts, part)
	}
	return parts
}

// addTo adds a statement to the first policy that has room for it.
func addTo(policies []Policy, statement iam.Statement) ([]Policy, error) {
	for i, p := range policies {
		if more := append(slices.Clip(p.Statements), statement); len(document(more)) <= MaxPolicySize {
			policies[i].Statements = more
			return policies, nil
		}
	}
	alone := Policy{Statements: []iam.Statement{statement}}
	if size := len(alone.Document()); size > MaxPolicySize {
		return nil, fmt.Errorf("the statement %s has %d characters; a policy can have %d", statement.Sid, size,
			MaxPolicySize)
	}
	return append(policies, alone), nil
}

// actions returns what the role may do on each scope.
func (t *target) actions(role Role) (map[*scope]map[string]bool, error) {
	used := map[string]bool{}
	var problems []error
	for _, r := range append(t.stack.Resources(), t.stack.DataSources()...) {
		typ := r.Type
		if r.Data {
			typ = "data." + typ
		}
		if r.Type == "terraform_data" && r.Get("provisioner") != nil {
			typ = releaseType
		}
		if _, known := table[typ]; !known && !used[typ] {
			problems = append(problems, fmt.Errorf("it is not known what %s needs; add %s to the table in "+
				"internal/permissions", r.Address(), typ))
		}
		used[typ] = true
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	grants := slices.Concat(common, state)
	for typ, needed := range table {
		for _, g := range needed {
			if used[typ] || !g.scope.borrowed {
				grants = append(grants, g)
			}
		}
	}
	all := map[*scope]map[string]bool{}
	for _, g := range grants {
		on := g.scope
		if t.boundary == "" && (on == boundedRoles || on == freeRoles) {
			on = ownRoles
		}
		for action := range strings.FieldsSeq(g.actions) {
			if role == Deploy || reads(action) && !g.scope.applied {
				if all[on] == nil {
					all[on] = map[string]bool{}
				}
				all[on][action] = true
			}
		}
	}
	return all, nil
}

// document writes statements as a policy, without white space.
func document(statements []iam.Statement) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Version   string
		Statement []iam.Statement
	}{"2012-10-17", statements})
	if err != nil {
		panic(err) // cannot happen: all of it is texts
	}
	return strings.TrimSpace(text.String())
}
