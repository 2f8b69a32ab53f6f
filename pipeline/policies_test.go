package pipeline

import (
	"encoding/json"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// calls lists every AWS call that the tests have seen, whether it reads or writes, and the IAM actions that it needs.
const calls = "../e2e/testdata/calls.tsv"

// TestPoliciesAllowWhatTheRolesDo: the role that deploys may make every call, and the one that plans those that read.
func TestPoliciesAllowWhatTheRolesDo(t *testing.T) {
	deploy, plan := allowed(t, "policies/deploy.json"), allowed(t, "policies/plan.json")
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		cells := strings.Split(line, "\t")
		for _, action := range strings.Fields(cells[3]) {
			if action == "sts:AssumeRole" { // a pipeline's role assumes no other
				continue
			}
			if !matches(deploy, action) {
				t.Errorf("deploy.json does not allow %s", action)
			}
			if got, want := matches(plan, action), reads(cells[2], action); got != want {
				t.Errorf("plan.json allows %s: %v, want %v", action, got, want)
			}
		}
	}
}

// reads reports whether an action changes nothing. A call that writes may need actions that read.
func reads(call, action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return call == "read" || slices.ContainsFunc([]string{"Describe", "Get", "List"}, func(verb string) bool {
		return strings.HasPrefix(name, verb)
	})
}

func matches(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		found, err := path.Match(pattern, action)
		return err == nil && found
	})
}

// allowed returns the actions that a policy allows.
func allowed(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Statement []struct{ Action []string } }
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var actions []string
	for _, statement := range policy.Statement {
		actions = append(actions, statement.Action...)
	}
	return actions
}
