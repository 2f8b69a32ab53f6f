package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"webapp/e2e/internal/warmprovider"
	"webapp/internal/awstest"
	"webapp/internal/localaws"
	"webapp/internal/subprocess"
	"webapp/internal/synth"
	"webapp/internal/terraform"
)

// pipeline is pipeline/stack.sh with a small stack on a local AWS.
type pipeline struct {
	t           *testing.T
	outdir      string
	folder      string // where the script is called; empty for the tests' own
	environment []string
	server      *localaws.Server
	aws         aws.Config
	executable  string // Terraform's
	logs        *cloudwatchlogs.Client
	backend     string // of the state, as JSON
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	server, cfg := awstest.Start(t, project)
	recordCalls(t, server)
	executable := findTerraform(t)
	installedProvider(t, executable) // where the script's Terraform finds it
	webapp(t)                        // where the script finds it
	p := &pipeline{
		t: t, outdir: t.TempDir(), logs: cloudwatchlogs.NewFromConfig(cfg), server: server, aws: cfg,
		executable: executable,
		backend:    `{"local": {"path": "../../small.tfstate"}}`,
	}
	p.environment = environ(server.URL(), "CDKTF_OUTDIR="+p.outdir, "CI=",
		"ALLOW="+filepath.Join(p.outdir, "allow"), onPath(executable))
	lock, err := os.ReadFile(filepath.Join(project, synth.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	p.write("stacks/small/"+synth.LockFile, string(lock))
	p.write("manifest.json", `{"version": "0.21.0", "stacks": `+
		`{"small": {"name": "small", "synthesizedStackPath": "stacks/small/cdk.tf.json"}}}`)
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
		"terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}, "backend": %s},
		"provider": {"aws": [{}]},
		"resource": {"aws_cloudwatch_log_group": {"web": {"name": %q, "retention_in_days": 7}}}}`, p.backend, name))
}

// run runs the script, and wants this exit code.
func (p *pipeline) run(want int, arguments ...string) (stderr string) {
	p.t.Helper()
	path, err := filepath.Abs(filepath.Join(project, "pipeline", "stack.sh"))
	if err != nil {
		p.t.Fatal(err)
	}
	script := exec.CommandContext(p.t.Context(), path, arguments...)
	script.Env, script.Dir = p.environment, p.folder
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

// warm has the script's Terraform talk to a warm provider from now on, and returns that Terraform.
func (p *pipeline) warm() string {
	p.t.Helper()
	attached := p.attach(p.server.URL())
	p.environment = append(p.environment, onPath(attached))
	return attached
}

// attach returns Terraform attached to a warm provider with the types of the stack, for an AWS at this address.
func (p *pipeline) attach(url string) string {
	p.t.Helper()
	types := &warmprovider.Types{}
	if err := types.AddFolder(filepath.Join(p.outdir, "stacks", "small")); err != nil {
		p.t.Fatal(err)
	}
	return attach(p.t, p.executable, url, types)
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
	p.warm()                              // what follows asks the script for other things, and Terraform for the same
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

	if _, err := p.logs.DeleteLogGroup(t.Context(),
		&cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	p.run(2, "drift", "small")
	p.wantGroups()
}

// TestPipelineBringsTheProgram along, which a command before a release calls by its name.
func TestPipelineBringsTheProgram(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.write("stacks/small/cdk.tf.json", `{
		"terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
			"backend": {"local": {"path": "../../small.tfstate"}}},
		"provider": {"aws": [{}]},
		"resource": {"terraform_data": {"release": {"provisioner": [{"local-exec": {
			"interpreter": ["webapp", "run", "--request"], "command": "{\"cluster\": \"shop\", \"taskDefinition\": \"none\"}"
		}}]}}}}`)
	p.warm()
	p.run(0, "plan", "small")
	if told := p.run(1, "deploy", "small", p.digest()); !strings.Contains(told, "found no task definition none") {
		t.Errorf("the command does not say why it fails:\n%s", told)
	}
}

func TestPipelineRefuses(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	for _, arguments := range [][]string{
		{}, {"plan"}, {"destroy", "small"}, {"plan", "small", "more"}, {"deploy", "small"}, {"deploy", "small", ""},
		{"deploy", "small", "$(date)"}, {"plan", "large"}, {"plan", "../stacks/small"}, {"plan", "small/"},
		{"plan", "."}, {"plan", ""}, {"plan", "s.all"},
		{"plan", "small", "--set"}, {"drift", "small", "--set", "name=large"}, {"plan", "small", "--outdir", "/"},
	} {
		p.run(1, arguments...)
	}
	t.Log("a stack that the settings no longer have")
	p.write("stacks/old/cdk.tf.json", "{}")
	if told := p.run(1, "plan", "old"); !strings.Contains(told, "found no stack old in ") ||
		!strings.HasSuffix(told, ", which has: small; write the stacks with: make synth\n") {
		t.Errorf("got %q", told)
	}
	if err := os.Remove(filepath.Join(p.outdir, "stacks", "small", synth.LockFile)); err != nil {
		t.Fatal(err)
	}
	// Without a lock file, Terraform installs the provider again, into its cache. All tests share one; this run must not
	// touch it.
	p.environment = append(p.environment, "TF_PLUGIN_CACHE_DIR="+t.TempDir())
	p.run(1, "plan", "small") // init would have to write the providers' hashes
	p.wantGroups()
}

func TestPipelineUsesNoStateOfItsMachine(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	p.warm()
	p.environment = append(p.environment, "CI=true")
	told := p.run(1, "plan", "small")
	const want = "the state of small is a file of this machine, which a pipeline must not use; give the stack a " +
		"remote one"
	if lines := strings.Split(strings.TrimSpace(told), "\n"); lines[len(lines)-1] != want {
		t.Errorf("got %q", told)
	}
}

// TestPlanIsForNobodyElse: a plan holds values in clear. It lies outside the folder whose files are uploaded, for its
// owner alone, and is gone afterwards. A relative CDKTF_OUTDIR is one from where the script is called.
func TestPlanIsForNobodyElse(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.synthesize("first")
	seen := filepath.Join(t.TempDir(), "seen")
	wrapper := filepath.Join(t.TempDir(), "terraform")
	const script = `#!/usr/bin/env bash
%[1]q "$@" || code=$?
for argument in "$@"; do
  case $argument in
  -out=*)
    f=${argument#-out=}
    { ls -l "$f" | cut -c 1-10; ls -ld "$(dirname "$f")" | cut -c 1-10; dirname "$f"; } >%[2]q ;;
  esac
done
exit "${code-0}"
`
	if err := subprocess.WriteScript(wrapper, fmt.Sprintf(script, p.warm(), seen)); err != nil {
		t.Fatal(err)
	}
	p.environment = append(p.environment, "CDKTF_OUTDIR="+filepath.Base(p.outdir), onPath(wrapper))
	p.folder = filepath.Dir(p.outdir)
	p.run(0, "plan", "small")
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	wantSame(t, "the plan and its folder", lines[:2], []string{"-rw-------", "drwx------"})
	if strings.HasPrefix(lines[2], p.outdir) {
		t.Errorf("the plan lies in %s, which is uploaded", lines[2])
	}
	if _, err := os.Stat(lines[2]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", lines[2], err)
	}
}

// TestStateInABucketIsRecovered by the steps of docs/state.md: the lock of an apply that was killed, and a state that
// somebody broke.
func TestStateInABucketIsRecovered(t *testing.T) {
	t.Parallel()
	const bucket, key = "acme-states", "shop/shop-prod/terraform.tfstate"
	p := newPipeline(t)
	p.backend = fmt.Sprintf(`{"s3": {"bucket": %q, "key": %q, "region": %q, "use_lockfile": true, `+
		`"use_path_style": true}}`, bucket, key, localaws.Region)
	objects := s3.NewFromConfig(p.aws, pathStyle)
	must(objects.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: localaws.Region}}))(t)
	must(objects.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String(bucket),
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}}))(t)
	p.synthesize("first")
	warm := p.warm()
	p.run(0, "plan", "small")
	p.run(0, "deploy", "small", p.digest())
	good := must(objects.HeadObject(t.Context(),
		&s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)}))(t).VersionId

	folder := filepath.Join(p.outdir, "stacks", "small")
	stack, err := terraform.Open(warm, folder, localaws.Environment(p.server.URL()), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("an apply is killed, and leaves its lock")
	p.synthesize("second")
	cutOff(t, p.attach, folder, p.server.URL(), map[string]int{"CreateLogGroup": 1})
	_, err = stack.Plan(t.Context())
	if err == nil {
		t.Fatal("the lock is gone")
	}
	lock := regexp.MustCompile(`ID:\s+([0-9a-f]{8}-[0-9a-f-]{27})`).FindStringSubmatch(err.Error())
	if lock == nil {
		t.Fatalf("no lock is named: %v", err)
	}
	p.shell(folder, documented(t, "docs/state.md", "a lock that was left behind", "ID", lock[1]))

	t.Log("the state breaks")
	must(objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key),
		Body: strings.NewReader(`{"version": 4,`)}))(t)
	if _, err := stack.Plan(t.Context()); err == nil {
		t.Fatal("a broken state was read")
	}
	p.synthesize("first")
	// the killed apply has replaced it
	must(p.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("first")}))(t)
	p.shell(folder, documented(t, "docs/state.md", "a state that went wrong", "version=ID", "version="+*good))
	resources, err := stack.Show(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := resources.Values.RootModule.Resources; len(got) != 1 || got[0].AttributeValues["name"] != "first" {
		t.Errorf("the state has %v", got)
	}
}

// shell runs commands of the docs.
func (p *pipeline) shell(folder, commands string) {
	p.t.Helper()
	// The AWS command line takes an empty profile for one of that name.
	shell := exec.CommandContext(p.t.Context(), "env", "-u", "AWS_PROFILE", "-u", "AWS_SESSION_TOKEN",
		"bash", "-euxc", commands)
	shell.Dir, shell.Env = folder, p.environment
	output, err := shell.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%v\n%s", err, output)
	}
	p.t.Logf("%s", output)
}
