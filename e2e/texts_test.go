package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// TestTextsAreNotReadAsTemplates has Terraform itself plan what stacks/texts_test.go has its library evaluate.
func TestTextsAreNotReadAsTemplates(t *testing.T) {
	d := newDeployment(t)
	d.synthesize(filepath.Join("settings", "testdata", "good", "texts-like-templates.yaml"))
	file := filepath.Join(t.TempDir(), "plan")
	if _, err := d.stack.Plan(t.Context(), tfexec.Out(file)); err != nil {
		t.Fatal(err)
	}
	plan, err := d.stack.ShowPlanFile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	planned := map[string]map[string]any{}
	for _, r := range plan.PlannedValues.RootModule.Resources {
		planned[r.Type+"."+r.Name[:max(strings.LastIndex(r.Name, "_"), 0)]] = r.AttributeValues
	}
	decode := func(text any, into any) {
		t.Helper()
		if err := json.Unmarshal([]byte(text.(string)), into); err != nil {
			t.Fatal(err)
		}
	}

	var containers []struct {
		Command          []string
		WorkingDirectory string
		Environment      []map[string]string
	}
	decode(planned["aws_ecs_task_definition.task"]["container_definitions"], &containers)
	for _, diff := range []string{
		cmp.Diff([]string{"sh", "-c", "echo ${HOSTNAME}"}, containers[0].Command),
		cmp.Diff("/srv/%{app}", containers[0].WorkingDirectory),
		cmp.Diff([]map[string]string{
			{"name": "DOUBLE", "value": "$${HOME}"}, {"name": "PATTERN", "value": "%{time}"},
			{"name": "SHELL_STYLE", "value": "${HOME}"},
		}, containers[0].Environment),
	} {
		if diff != "" {
			t.Errorf("container (-want +planned):\n%s", diff)
		}
	}

	var policy struct {
		Statement []struct {
			Resource  []string
			Condition map[string]map[string][]string
		}
	}
	decode(planned["aws_iam_role_policy.task_task-policy"]["policy"], &policy)
	if diff := cmp.Diff([]string{"arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"},
		policy.Statement[0].Resource); diff != "" {
		t.Errorf("resources (-want +planned):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]map[string][]string{
		"StringEquals": {"aws:PrincipalTag/team": {"${aws:username}"}},
		"StringLike":   {"aws:PrincipalTag/${terraform.workspace}": {"a"}},
	}, policy.Statement[0].Condition); diff != "" {
		t.Errorf("conditions (-want +planned):\n%s", diff)
	}
}
