package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/awstest"
	"webapp/internal/synth"
	"webapp/internal/terraform"
)

// pipeline is pipeline/stack.sh with a small stack on a local AWS.
type pipeline struct {
	t           *testing.T
	outdir      string
	environment []string
	logs        *cloudwatchlogs.Client
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	server, cfg := awstest.Start(t, project)
	recordCalls(t, server)
	executable, err := terraform.Find(t.Context(), project, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	installedProvider(t, executable) // where the script's Terraform finds it
	p := &pipeline{t: t, outdir: t.TempDir(), logs: cloudwatchlogs.NewFromConfig(cfg)}
	p.environment = environ(server.URL(), "CDKTF_OUTDIR="+p.outdir, "CI=", "ALLOW="+filepath.Join(p.outdir, "allow"), onPath(executable))
	lock, err := os.ReadFile(filepath.Join(project, synth.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	p.write("stacks/small/"+synth.LockFile, string(lock))
	return p
}

func (p *pipeline) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.outdir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// synthesize writes a stack with one log group.
func (p *pipeline) synthesize(name string) {
	p.t.Helper()
	p.write("stacks/small/cdk.tf.json", fmt.Sprintf(`{
		"terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}, "backend": {"local": {"path": "../../small.tfstate"}}},
		"provider": {"aws": [{}]},
		"resource": {"aws_cloudwatch_log_group": {"web": {"name": %q, "retention_in_days": 7}}}}`, name))
}

// run runs the script, and wants this exit code.
func (p *pipeline) run(want int, arguments ...string) (stderr string) {
	p.t.Helper()
	script := exec.CommandContext(p.t.Context(), filepath.Join(project, "pipeline", "stack.sh"), arguments...)
	script.Env = p.environment
	var printed bytes.Buffer
	script.Stderr = &printed
	stdout, err := script.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := script.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("%v: exit code %d, want %d\n%s%s", arguments, got, want, stdout, &printed)
	}
	if left, err := filepath.Glob(filepath.Join(p.outdir, "plans", "*", "tfplan")); err != nil || len(left) > 0 {
		p.t.Errorf("%v leaves the plan, which holds values in clear: %v, %v", arguments, left, err)
	}
	return printed.String()
}

func (p *pipeline) digest() string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.outdir, "plans", "small", "digest"))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (p *pipeline) wantGroups(want ...string) {
	p.t.Helper()
	found, err := p.logs.DescribeLogGroups(p.t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, group := range found.LogGroups {
		names = append(names, *group.LogGroupName)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		p.t.Errorf("log groups (-want +got):\n%s", diff)
	}
}

// TestPipelineAppliesWhatWasReviewed and nothing else.
func TestPipelineAppliesWhatWasReviewed(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	p.run(0, "plan", "small")
	reviewed := p.digest()

	p.synthesize("slipped-in-after-the-review")
	p.run(3, "deploy", "small", reviewed)
	p.wantGroups()

	p.synthesize("first")
	p.run(0, "deploy", "small", reviewed)
	p.wantGroups("first")
	p.run(0, "deploy", "small", reviewed) // again: there is nothing left to do
	p.run(0, "drift", "small")

	// What loses data needs somebody to agree, though it was reviewed.
	p.synthesize("second")
	p.run(2, "plan", "small")
	reviewed = p.digest()
	p.run(2, "deploy", "small", reviewed)
	p.wantGroups("first")
	p.write("allow", "aws_cloudwatch_log_group.web # nobody needs these logs\n")
	p.run(0, "deploy", "small", reviewed)
	p.wantGroups("second")

	if _, err := p.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	p.run(2, "drift", "small")
	p.wantGroups()
}

func TestPipelineRefuses(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	for _, arguments := range [][]string{
		{}, {"plan"}, {"destroy", "small"}, {"plan", "small", "more"}, {"deploy", "small"}, {"deploy", "small", ""},
		{"deploy", "small", "$(date)"}, {"plan", "large"},
	} {
		p.run(1, arguments...)
	}
	if err := os.Remove(filepath.Join(p.outdir, "stacks", "small", synth.LockFile)); err != nil {
		t.Fatal(err)
	}
	p.run(1, "plan", "small") // init would have to write the providers' hashes
	p.wantGroups()
}

func TestPipelineUsesNoStateOfItsMachine(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	p.environment = append(p.environment, "CI=true")
	told := p.run(1, "plan", "small")
	const want = "the state of small is a file of this machine, which a pipeline must not use; give the stack a remote one"
	if lines := strings.Split(strings.TrimSpace(told), "\n"); lines[len(lines)-1] != want {
		t.Errorf("got %q", told)
	}
}
