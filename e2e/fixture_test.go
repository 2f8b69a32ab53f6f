package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"webapp/internal/inventory"
	"webapp/internal/localaws"
	"webapp/internal/synth"
	"webapp/internal/terraform"
	"webapp/settings"
	"webapp/stacks"
)

const project = ".."

func TestMain(m *testing.M) {
	synth.Prepare()
	code := m.Run()
	synth.Finish()
	os.Exit(code)
}

// deployment is one settings file's stack on a local AWS of its own.
type deployment struct {
	t      *testing.T
	aws    aws.Config
	server *localaws.Server
	folder string // the project's, as far as the state is concerned

	settings settings.Settings
	stack    *terraform.Stack
}

// newDeployment starts a local AWS for a test. Nothing is deployed yet.
func newDeployment(t *testing.T) *deployment {
	t.Helper()
	t.Parallel()
	server, err := localaws.Start(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
	})
	cfg, err := localaws.Config(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	return &deployment{t: t, aws: cfg, server: server, folder: t.TempDir()}
}

// jsii serves one caller at a time.
var synthesizing sync.Mutex

// synthesize writes the stack of a settings file, after replacing some of its text, and initializes Terraform there.
func (d *deployment) synthesize(file string, replacements ...string) {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(project, file))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(string(text), replacements[i]) {
			d.t.Fatalf("%s has no %q to replace", file, replacements[i])
		}
		text = []byte(strings.Replace(string(text), replacements[i], replacements[i+1], 1))
	}
	all, err := settings.Parse(file, text, settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.settings = all[0]
	outdir := filepath.Join(d.folder, "cdktf.out")
	synthesizing.Lock()
	defer synthesizing.Unlock()
	err = synth.Write(outdir, filepath.Join(project, synth.LockFile), func(app cdktf.App) { stacks.NewWebApp(app, d.settings) })
	if err != nil {
		d.t.Fatal(err)
	}

	executable, err := terraform.Find(d.t.Context(), project, d.t.Output())
	if err != nil {
		d.t.Fatal(err)
	}
	d.stack, err = terraform.Open(executable, filepath.Join(outdir, "stacks", d.settings.StackName()),
		localaws.Environment(d.server.URL()), d.t.Output())
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.stack.Init(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// apply deploys the stack and reads back what exists.
func (d *deployment) apply(options ...tfexec.ApplyOption) inventory.Inventory {
	d.t.Helper()
	if err := d.stack.Apply(d.t.Context(), options...); err != nil {
		d.t.Fatal(err)
	}
	return d.read()
}

func (d *deployment) read() inventory.Inventory {
	d.t.Helper()
	found, err := inventory.Read(d.t.Context(), d.aws, d.settings.StackName(), d.settings.Service.Name)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// changes plans, and returns what would be done with the resources that are not left as they are, by address.
func (d *deployment) changes() map[string]tfjson.Actions {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "plan")
	if _, err := d.stack.Plan(d.t.Context(), tfexec.Out(file)); err != nil {
		d.t.Fatal(err)
	}
	plan, err := d.stack.ShowPlanFile(d.t.Context(), file)
	if err != nil {
		d.t.Fatal(err)
	}
	changes := map[string]tfjson.Actions{}
	for _, change := range plan.ResourceChanges {
		if !change.Change.Actions.NoOp() {
			changes[change.Address] = change.Change.Actions
		}
	}
	return changes
}

// wantNoChange fails where a plan over what was just applied is not empty.
func (d *deployment) wantNoChange() {
	d.t.Helper()
	for address, actions := range d.changes() {
		d.t.Errorf("a second plan would %v %s", actions, address)
	}
}

// destroy removes everything. It does not use the test's context, which ends with the test.
func (d *deployment) destroy() {
	d.t.Helper()
	if err := d.stack.Destroy(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}
