package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

type workflow struct {
	Permissions map[string]string
	Defaults    struct{ Run struct{ Shell string } }
	On          map[string]any
	Jobs        map[string]job
}

type job struct {
	If          string
	Environment string
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Concurrency struct {
		Group  string
		Cancel bool `yaml:"cancel-in-progress"`
	}
	Steps []step
}

type step struct {
	Name, Uses, Run, If string
	With                map[string]any
	Env                 map[string]string
}

func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob("github/*.yml")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	all := map[string]workflow{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yml")] = w
	}
	return all
}

// TestWorkflowsAreAllowedNoMoreThanTheyNeed: each job says what, and may take on the role of its own environment only.
func TestWorkflowsAreAllowedNoMoreThanTheyNeed(t *testing.T) {
	type allowance struct {
		Environment string
		Permissions map[string]string
	}
	want := map[string]allowance{
		"plan/plan": {"${{ matrix.stack }}-plan",
			map[string]string{"contents": "read", "id-token": "write", "pull-requests": "write"}},
		"deploy/deploy": {"${{ matrix.stack }}",
			map[string]string{"contents": "read", "id-token": "write", "pull-requests": "read"}},
		"drift/drift":  {"${{ matrix.stack }}-plan", map[string]string{"contents": "read", "id-token": "write"}},
		"image/plan":   {"${{ inputs.stack }}-plan", map[string]string{"contents": "read", "id-token": "write"}},
		"image/deploy": {"${{ inputs.stack }}", map[string]string{"contents": "read", "id-token": "write"}},
		"preview/deploy": {"preview",
			map[string]string{"contents": "read", "id-token": "write", "pull-requests": "write"}},
		"preview/destroy": {"preview",
			map[string]string{"contents": "read", "id-token": "write", "pull-requests": "write"}},
		"expire/expire": {"preview", map[string]string{"contents": "read", "id-token": "write"}},
	}
	got := map[string]allowance{}
	for name, w := range workflows(t) {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: a job that says nothing may do %v, want nothing", name, w.Permissions)
		}
		for id, j := range w.Jobs {
			got[name+"/"+id] = allowance{j.Environment, j.Permissions}
			if j.Timeout == 0 {
				t.Errorf("%s/%s may run for six hours", name, id)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// TestWorkflowsHoldNoKeys: workflows identify themselves to AWS through GitHub (OIDC), so there is no key to steal.
func TestWorkflowsHoldNoKeys(t *testing.T) {
	used := regexp.MustCompile(`\bsecrets\b|aws-(access-key-id|secret-access-key|session-token)`)
	walkText(t, func(file, text string) {
		if found := used.FindString(text); found != "" {
			t.Errorf("%s uses %s", file, found)
		}
	})
}

// TestWorkflowsRunWhatTheyName: actions by the commit of a version, and scripts that are there. What others write
// (branches, inputs) reaches scripts as variables only, never as a part of a command.
func TestWorkflowsRunWhatTheyName(t *testing.T) {
	script := regexp.MustCompile(`pipeline/\S+\.sh`)
	for name, w := range workflows(t) {
		if w.Defaults.Run.Shell != "bash" {
			t.Errorf("%s: where a command of a pipe fails, the step must", name)
		}
		for _, j := range w.Jobs {
			for _, s := range j.Steps {
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s, %s: an expression within a command", name, s.Name)
				}
				for _, path := range script.FindAllString(s.Run, -1) {
					info, err := os.Stat(filepath.Join("..", path))
					if err != nil || info.Mode()&0o111 == 0 {
						t.Errorf("%s runs %s, which cannot be run: %v", name, path, err)
					}
				}
			}
		}
	}
	pinned := regexp.MustCompile(`^\s*- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	walkText(t, func(file, text string) {
		for _, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
				t.Errorf("%s: not the commit of a version: %s", file, line)
			}
		}
	})
}

// TestWorkflowsBeginAlike: with the same tools in the same versions, and without leaving the repository's token behind.
// Those for stacks synthesize before they have a role; a preview's script does it itself.
func TestWorkflowsBeginAlike(t *testing.T) {
	all := workflows(t)
	const synth = 4 // after checkout, Go, Node and Terraform, and before the role
	first := all["plan"].Jobs["plan"].Steps[:synth+2]
	for name, w := range all {
		want := first
		if name == "preview" || name == "expire" {
			want = slices.Delete(slices.Clone(first), synth, synth+1)
		}
		for id, j := range w.Jobs {
			if diff := cmp.Diff(want, j.Steps[:len(want)]); diff != "" {
				t.Errorf("%s/%s (-plan +%s):\n%s", name, id, name, diff)
			}
		}
	}
	if diff := cmp.Diff(map[string]any{"persist-credentials": false, "fetch-depth": 0}, first[0].With); diff != "" {
		t.Errorf("checkout (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"role-to-assume": "${{ vars.AWS_ROLE }}",
		"aws-region": "${{ vars.AWS_REGION }}"}, first[synth+1].With); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
}

// TestDeploymentsFinish: a deployment is never cancelled by the next one, and forks plan nothing.
func TestDeploymentsFinish(t *testing.T) {
	all := workflows(t)
	for name, stack := range map[string]string{"deploy": "matrix.stack", "image": "inputs.stack"} {
		if c := all[name].Jobs["deploy"].Concurrency; c.Group != "deploy-${{ "+stack+" }}" || c.Cancel {
			t.Errorf("%s: got %+v, want one deployment of a stack after the other", name, c)
		}
	}
	for id, j := range all["preview"].Jobs {
		if c := j.Concurrency; c.Group != "preview-${{ github.event.pull_request.number }}" || c.Cancel {
			t.Errorf("preview/%s: got %+v, want one change of a preview after the other", id, c)
		}
		if !strings.HasSuffix(j.If, "&& github.event.pull_request.head.repo.full_name == github.repository") {
			t.Errorf("preview/%s runs if %s, and so for forks", id, j.If)
		}
	}
	if got, want := all["plan"].Jobs["plan"].If,
		"github.event.pull_request.head.repo.full_name == github.repository"; got != want {
		t.Errorf("plans if %s, want %s", got, want)
	}
}

func walkText(t *testing.T, visit func(file, text string)) {
	t.Helper()
	files, err := filepath.Glob("github/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	// The repository's own workflow keeps the same rules.
	for _, file := range append(files, "../.github/workflows/ci.yml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		visit(file, string(text))
	}
}
