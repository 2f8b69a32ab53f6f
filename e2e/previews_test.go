package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/internal/iampolicy"
	"webapp/internal/subprocess"
)

// previewing runs pipeline/preview.sh with the example's settings, each preview in a folder of its own, as on runners.
type previewing struct {
	*deployment
	file, folder string
}

const sharedListenerOfExample = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop-/" +
	"0123456789abcdef/0123456789abcdef"

// newPreviewing deploys the stack that owns the load balancer.
func newPreviewing(t *testing.T) *previewing {
	t.Helper()
	const example = "examples/previews.yaml"
	d := newRunningDeployment(t)
	replacements := d.prepare(read(t, example, nil))
	d.synthesize(example, replacements...)
	d.apply()
	find := exec.CommandContext(t.Context(), "env", "-u", "AWS_PROFILE", "-u", "AWS_SESSION_TOKEN", "bash", "-euc",
		documented(t, "docs/previews.md", "the listener"))
	find.Dir, find.Env = d.folder, environ(d.server.URL(), onPath(d.terraform(d.server.URL())))
	listener := strings.TrimSpace(string(must(find.Output())(t)))
	p := &previewing{d, filepath.Join(t.TempDir(), "previews.yaml"), t.TempDir()}
	text := read(t, example, append(replacements, sharedListenerOfExample, listener))
	if err := os.WriteFile(p.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	// The warm provider learns the types of a preview's resources.
	synth := exec.CommandContext(t.Context(), webapp(t), "synth", "--settings", p.file, "--preview", "pr-0", "--outdir",
		p.outdir("pr-0"))
	synth.Dir = project
	if output, err := synth.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := d.types.AddFolder(filepath.Join(p.outdir("pr-0"), "stacks", "shop-preview-pr-0")); err != nil {
		t.Fatal(err)
	}
	p.keepPolicies()
	return p
}

// keepPolicies has the calls of all previews compared with the policies of one of them, whose name docs/previews.md
// replaces by a pattern.
func (p *previewing) keepPolicies() {
	p.t.Helper()
	read := func(role string) (identity iampolicy.Identity) {
		p.t.Helper()
		command := exec.CommandContext(p.t.Context(), webapp(p.t), "permissions", "--settings", p.file,
			"--preview", "pr-0", "--role", role)
		command.Dir = project
		text := must(command.Output())(p.t)
		text = bytes.ReplaceAll(text, []byte("shop-preview-pr-0"), []byte("shop-preview-*"))
		var all map[string]json.RawMessage
		if err := json.Unmarshal(text, &all); err != nil {
			p.t.Fatal(err)
		}
		for _, policy := range all {
			identity.Policies = append(identity.Policies, must(iampolicy.Parse(string(policy)))(p.t))
		}
		return identity
	}
	policies := stackPolicies{plan: read("plan"), deploy: read("deploy")}
	synthesized.Lock()
	defer synthesized.Unlock()
	synthesized.policies[p.server] = append(synthesized.policies[p.server], policies)
}

func (p *previewing) outdir(name string) string { return filepath.Join(p.folder, name, "cdktf.out") }

// script runs the script on the runner of a preview.
func (p *previewing) script(runner string, arguments ...string) (stdout string, err error) {
	path, err := filepath.Abs(filepath.Join(project, "pipeline", "preview.sh"))
	if err != nil {
		return "", err
	}
	// The AWS command line takes an empty profile for one of that name.
	script := exec.CommandContext(p.t.Context(), "env", append([]string{"-u", "AWS_PROFILE", "-u", "AWS_SESSION_TOKEN",
		path}, arguments...)...)
	script.Env = environ(p.server.URL(), "CI=", "SETTINGS="+p.file, "CDKTF_OUTDIR="+p.outdir(runner),
		onPath(p.terraform(p.server.URL())))
	var stderr bytes.Buffer
	script.Stderr = &stderr
	printed, err := script.Output()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", arguments, err, &stderr)
	}
	return strings.TrimSpace(string(printed)), err
}

func (p *previewing) wantAnswer(url, service string) {
	p.t.Helper()
	q := question{about: service, url: url, service: service, port: 8000, status: http.StatusOK}
	if service == "" {
		q.status = http.StatusNotFound
	}
	p.ask(q)
}

// expire lets a preview's last day be long ago.
func (p *previewing) expire(name string) {
	p.t.Helper()
	client := ec2.NewFromConfig(p.aws)
	groups := must(client.DescribeSecurityGroups(p.t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{{Name: aws.String("tag:Preview"), Values: []string{name}}},
	}))(p.t).SecurityGroups
	if len(groups) != 1 {
		p.t.Fatalf("%s has %d security groups", name, len(groups))
	}
	must(client.CreateTags(p.t.Context(), &ec2.CreateTagsInput{Resources: []string{*groups[0].GroupId},
		Tags: []ec2types.Tag{{Key: aws.String("Expires"), Value: aws.String("2020-01-31")}}}))(p.t)
}

// TestPreviewsSideBySide are created at the same time behind one load balancer, answer each at its own host, and are
// destroyed without the other.
func TestPreviewsSideBySide(t *testing.T) {
	p := newPreviewing(t)
	before := everything(t, p.aws)
	previews := []string{"pr-1", "pr-2"}
	p.terraform(p.server.URL()) // once for both
	var all sync.WaitGroup
	for _, name := range previews {
		all.Go(func() {
			url, err := p.script(name, "deploy", name, "--set", "container.image=shop:"+name)
			if want := "https://" + name + ".preview.example.com"; err != nil || url != want {
				t.Errorf("%s is at %q, want %s: %v", name, url, want, err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	for _, name := range previews {
		p.wantAnswer("https://"+name+".preview.example.com/any/path", "shop-preview-"+name)
	}
	p.wantAnswer("https://staging.example.com/", "shop-staging")
	p.wantAnswer("https://pr-3.preview.example.com/", "")

	t.Log("a commit adds a service, whose rule comes before that of the first one")
	must(p.script("pr-1", "deploy", "pr-1", "--set",
		"services.api={routing: {paths: [/api/*]}, container: {image: api, ports: [8000]}}"))(t)
	p.wantAnswer("https://pr-1.preview.example.com/api/orders", "shop-preview-pr-1-api")
	p.wantAnswer("https://pr-1.preview.example.com/", "shop-preview-pr-1")
	p.wantAnswer("https://pr-2.preview.example.com/api/orders", "shop-preview-pr-2")

	t.Log("one expires")
	must(p.script("pr-2", "expire"))(t)
	p.wantAnswer("https://pr-2.preview.example.com/", "shop-preview-pr-2")
	p.expire("pr-2")
	must(p.script("pr-2", "expire"))(t)
	p.wantAnswer("https://pr-2.preview.example.com/", "")
	p.wantAnswer("https://pr-1.preview.example.com/", "shop-preview-pr-1")

	t.Log("the other one's pull request is closed")
	must(p.script("pr-1", "destroy", "pr-1"))(t)
	p.wantAnswer("https://pr-1.preview.example.com/", "")
	p.wantAccount(before)
}

func TestPreviewScriptRefuses(t *testing.T) {
	t.Parallel()
	path, err := filepath.Abs(filepath.Join(project, "pipeline", "preview.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{}, {"plan", "pr-1"}, {"deploy"}, {"destroy"}, {"destroy", "pr-1", "pr-2"}, {"expire", "pr-1"},
		{"deploy", ""}, {"destroy", ""}, {"deploy", "pr-1", "--set"}, {"deploy", "pr-1", "--outdir", "/"},
		{"deploy", "pr--1"},
	} {
		script := exec.CommandContext(t.Context(), path, arguments...)
		terraform := filepath.Join(t.TempDir(), "terraform") // which nothing may get to
		if err := subprocess.WriteScript(terraform, "#!/bin/sh\nexit 42\n"); err != nil {
			t.Fatal(err)
		}
		script.Env = append(os.Environ(), "SETTINGS=examples/previews.yaml", "CDKTF_OUTDIR="+t.TempDir(),
			onPath(terraform))
		if output, err := script.CombinedOutput(); err == nil || script.ProcessState.ExitCode() != 1 {
			t.Errorf("%v: %v, want exit code 1\n%s", arguments, err, output)
		}
	}
}
