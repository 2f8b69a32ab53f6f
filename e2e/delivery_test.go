package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"webapp/internal/localaws"
)

// gitHub is a GitHub of files with one pull request, 7, of which main has the commit c0ffee.
type gitHub struct {
	*pipeline
	folder, command string
}

func newGitHub(p *pipeline) *gitHub {
	p.t.Helper()
	g := &gitHub{p, p.t.TempDir(), filepath.Join(p.t.TempDir(), "gh")}
	if err := os.Symlink(must(os.Executable())(p.t), g.command); err != nil {
		p.t.Fatal(err)
	}
	g.file("commits/c0ffee/pulls", `[{"number": 7, "merged_at": "2026-11-27T10:00:00Z"}]`)
	g.file("issues/7/comments", "[]")
	return g
}

func (g *gitHub) path(name string) string {
	return filepath.Join(g.folder, "github/repos/acme/shop", name)
}

func (g *gitHub) file(name, text string) {
	g.t.Helper()
	if err := os.MkdirAll(filepath.Dir(g.path(name)), 0o755); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(g.path(name), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gitHub) script(name string, arguments ...string) string {
	g.t.Helper()
	path := must(filepath.Abs(filepath.Join(project, "pipeline/github", name)))(g.t)
	script := exec.CommandContext(g.t.Context(), path, arguments...)
	script.Dir, script.Env = g.folder, append(os.Environ(), "GITHUB_REPOSITORY=acme/shop", onPath(g.command))
	var stderr bytes.Buffer
	script.Stderr = &stderr
	printed, err := script.Output()
	if err != nil {
		g.t.Fatalf("%s %v: %v\n%s", name, arguments, err, &stderr)
	}
	return strings.TrimSpace(string(printed))
}

// reviewed returns the digest of the comment, as deploy.yml finds it. It is that of the last plan.
func (g *gitHub) reviewed() string {
	g.t.Helper()
	digest := g.script("reviewed.sh", "c0ffee", "small")
	if want := g.digest(); digest != want {
		g.t.Errorf("the comment has the digest %s, want %s", digest, want)
	}
	return digest
}

// comment writes the plan as a comment, as plan.yml does, and returns it.
func (g *gitHub) comment() string {
	g.t.Helper()
	g.script("comment.sh", "7", "plan of small", filepath.Join(g.outdir, "plans/small/summary.md"))
	text, err := os.ReadFile(g.path("issues/comments/1.PATCH")) // of the first comment
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(g.path("issues/7/comments.POST"))
	}
	if err != nil {
		g.t.Fatal(err)
	}
	all := must(json.Marshal([]any{map[string]any{"id": 1, "user": map[string]string{"login": "github-actions[bot]"},
		"body": string(text)}}))(g.t)
	g.file("issues/7/comments", string(all))
	return string(text)
}

// withSubnet writes a stack with a log group, and a subnet that AWS allows only once.
func (p *pipeline) withSubnet(name string, retentionDays int) {
	p.t.Helper()
	p.write("stacks/small/cdk.tf.json", fmt.Sprintf(`{
		"terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}, "backend": %s},
		"provider": {"aws": [{}]},
		"resource": {
			"aws_cloudwatch_log_group": {"web": {"name": %q, "retention_in_days": %d}},
			"aws_vpc": {"web": {"cidr_block": "10.0.0.0/16"}},
			"aws_subnet": {"web": {"vpc_id": "${aws_vpc.web.id}", "cidr_block": "10.0.0.0/24",
				"lifecycle": {"create_before_destroy": true}}}}}`, p.backend, name, retentionDays))
}

// refusing is the pipeline with an AWS that refuses a call.
func (p *pipeline) refusing(call string) *pipeline {
	p.t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(must(neturl.Parse(p.server.URL()))(p.t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		if actionOf(r, body) == call {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "refused")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	p.t.Cleanup(server.Close)
	other := *p
	other.environment = slices.Clone(p.environment)
	for name, value := range localaws.Environment(server.URL) {
		other.environment = append(other.environment, name+"="+value)
	}
	other.environment = append(other.environment, onPath(p.attach(server.URL)))
	return &other
}

// terraform runs a command in the stack's folder.
func (p *pipeline) terraform(arguments ...string) {
	p.t.Helper()
	// The one that the script finds.
	command := exec.CommandContext(p.t.Context(), "env", append([]string{"terraform"}, arguments...)...)
	command.Dir, command.Env = filepath.Join(p.outdir, "stacks", "small"), p.environment
	if output, err := command.CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %v\n%s", arguments, err, output)
	}
}

// TestChangeFromPullRequestToDrift follows docs/ci.md: what was reviewed is deployed, and where it cannot be, the next
// step that the page or the summary names leads out.
func TestChangeFromPullRequestToDrift(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.withSubnet("web", 7)
	p.warm()
	g := newGitHub(p)

	t.Log("a pull request is planned, reviewed, merged and deployed")
	p.run(0, "plan", "small")
	g.comment()
	reviewed := g.reviewed()

	t.Log("the apply fails: drift says what is left to do, and a deployment by hand does it")
	p.refusing("CreateSubnet").run(1, "deploy", "small", reviewed)
	p.wantGroups("web")
	p.run(3, "deploy", "small", reviewed)
	p.run(2, "drift", "small")
	p.run(0, "deploy", "small", p.digest())
	p.run(0, "drift", "small")

	t.Log("a change by hand after the review: the reviewed plan is stale")
	p.withSubnet("web", 30)
	p.run(0, "plan", "small")
	g.comment()
	reviewed = g.reviewed()
	must(p.logs.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: aws.String("web"), RetentionInDays: aws.Int32(14)}))(t)
	p.run(3, "deploy", "small", reviewed)
	p.run(2, "drift", "small")
	p.run(0, "deploy", "small", p.digest())
	p.run(0, "drift", "small")

	t.Log("a tainted resource, which AWS allows only once: the summary says how to keep it")
	p.terraform("taint", "aws_subnet.web")
	p.run(2, "plan", "small")
	comment := g.comment()
	untaint := regexp.MustCompile(`terraform (untaint) (\S+?),`).FindStringSubmatch(comment)
	if untaint == nil {
		t.Fatalf("the summary has no command:\n%s", comment)
	}
	p.run(2, "deploy", "small", p.digest())
	p.terraform(untaint[1:]...)
	p.run(0, "plan", "small")
	p.run(0, "drift", "small")
}
