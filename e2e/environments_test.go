package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/assume"
	"webapp/internal/terraform"
	"webapp/settings"
)

// TestEnvironmentInItsAccount makes the bucket of an environment's states by the steps of docs/state.md, deploys the
// environment into its account by a role, and has somebody else deploy at the same time.
func TestEnvironmentInItsAccount(t *testing.T) {
	const file, stateKey = "examples/environments.yaml", "shop/shop-prod/terraform.tfstate"
	d := newStockDeployment(t)
	all, err := settings.Load(filepath.Join(project, file), settings.Options{Environment: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	prod := all[0]
	states := assume.Role(d.aws, prod.State.S3.Role, prod.State.S3.Region)
	d.runBlock("docs/state.md", "the bucket")
	d.stock = false
	objects := func() []string {
		t.Helper()
		var keys []string
		contents := must(s3.NewFromConfig(states, pathStyle).ListObjectsV2(t.Context(),
			&s3.ListObjectsV2Input{Bucket: aws.String("acme-states")}))(t).Contents
		for _, o := range contents {
			keys = append(keys, *o.Key)
		}
		return keys
	}
	wantSame(t, "objects in the bucket", objects(), []string{"shop/shop-prod-state/terraform.tfstate"})

	t.Log("an apply that is held up keeps others out")
	d.write(prod)
	d.aws = assume.Role(d.aws, prod.AWS.Role, prod.AWS.Region)
	before := everything(t, d.aws)
	holdUp, goOn := make(chan struct{}), make(chan struct{})
	d.pointAt(through(t, d.server.URL(), func(_ *http.Request, body []byte) []byte {
		if strings.Contains(string(body), "Action=CreateVpc&") {
			close(holdUp)
			<-goOn
		}
		return body
	}))
	first := make(chan error)
	go func() { first <- d.stack.Apply(t.Context()) }()
	select {
	case <-holdUp:
	case err := <-first:
		t.Fatalf("the first apply has ended without a VPC: %v", err)
	}
	wantSame(t, "objects while it is locked", objects(),
		[]string{"shop/shop-prod-state/terraform.tfstate", stateKey + ".tflock"})
	err = d.somebodyElse().Apply(t.Context())
	close(goOn)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Fatal("two applied at once")
	}
	t.Log(err)
	wantMessage(t, err, "Error acquiring the state lock")
	wantMessage(t, err, "Path: acme-states/"+stateKey+" Operation: OperationTypeApply Who: ")

	t.Log("nothing is lost: all of it is in the state, in the right account")
	d.pointAt(d.server.URL())
	d.wantNoChange()
	wantSame(t, "objects afterwards", objects(), []string{"shop/shop-prod-state/terraform.tfstate", stateKey})
	found := d.read()
	if got, want := accountIn(*found.Service.ServiceArn), prod.AWS.Account; got != want {
		t.Errorf("the service is in the account %s, want %s", got, want)
	}
	service := must(ecs.NewFromConfig(d.aws).DescribeServices(t.Context(), &ecs.DescribeServicesInput{
		Cluster: found.Service.ClusterArn, Services: []string{*found.Service.ServiceName},
		Include: []ecstypes.ServiceField{ecstypes.ServiceFieldTags},
	}))(t).Services[0]
	tags := map[string]string{}
	for _, tag := range service.Tags {
		tags[*tag.Key] = *tag.Value
	}
	want := map[string]string{"Application": "shop", "Environment": "prod",
		"SettingsFile": "environments.yaml", "Team": "shop"}
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("tags of the service (-want +got):\n%s", diff)
	}

	t.Log("the credentials of another account are refused before anything is read")
	wrong := prod
	wrong.AWS.Role = ""
	d.write(wrong)
	_, err = d.stack.Plan(t.Context())
	if err == nil {
		t.Fatal("another account was planned for")
	}
	wantMessage(t, err, "AWS account ID not allowed: 123456789012")
	d.write(prod)

	d.destroy()
	d.wantAccount(before)
}

// somebodyElse is Terraform for the same stack in a folder of its own, as on another machine.
func (d *deployment) somebodyElse() *terraform.Stack {
	d.t.Helper()
	folder := d.t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(d.stackFolder)); err != nil {
		d.t.Fatal(err)
	}
	return d.open(folder, d.server.URL())
}

// e2eBlock is a block of commands in the docs that the tests run, and its name.
var e2eBlock = regexp.MustCompile("(?s)<!-- e2e runs this block: ([^\n]+) -->\n *```sh\n(.*?)```")

// synthesizingCommand matches the commands of the docs that write stacks.
var synthesizingCommand = regexp.MustCompile(`go run \.( adopt)?`)

// documented returns the commands of a block in a document, with some of their text replaced.
func documented(t *testing.T, document, name string, replacements ...string) string {
	t.Helper()
	for _, block := range e2eBlock.FindAllSubmatch(read(t, document, nil), -1) {
		if string(block[1]) == name {
			return string(replace(t, document, block[2], replacements))
		}
	}
	t.Fatalf("%s has no block %q for the tests", document, name)
	return ""
}

// runBlock runs a document's commands in the project's folder, after replacing some of their text. It answers yes to
// every question.
func (d *deployment) runBlock(document, name string, replacements ...string) {
	d.t.Helper()
	outdir := filepath.Join(d.folder, "cdktf.out")
	commands := documented(d.t, document, name, replacements...)
	commands = synthesizingCommand.ReplaceAllString(commands, "$0 --outdir "+outdir)
	commands = regexp.MustCompile(`\bcdktf\.out/stacks`).ReplaceAllString(commands, outdir+"/stacks")
	shell := exec.CommandContext(d.t.Context(), "bash", "-euxc", commands)
	shell.Dir = project
	shell.Env = environ(d.server.URL(), "TF_CLI_ARGS_apply=-auto-approve", "TF_IN_AUTOMATION=1",
		onPath(d.terraform(d.server.URL())))
	output, err := shell.CombinedOutput()
	if err != nil {
		d.t.Fatalf("the commands of %s: %v\n%s", document, err, output)
	}
	d.t.Logf("%s: %s:\n%s", document, name, output)
}

// pathStyle has the SDK name a bucket in the path: the local AWS has one host only.
func pathStyle(o *s3.Options) { o.UsePathStyle = true }

func accountIn(arn string) string { return strings.Split(arn, ":")[4] }
