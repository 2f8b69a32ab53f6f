package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"webapp/e2e/internal/warmprovider"
	"webapp/internal/awstest"
	"webapp/internal/ghtest"
	"webapp/internal/given"
	"webapp/internal/inventory"
	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
	"webapp/internal/subprocess"
	"webapp/internal/synth"
	"webapp/internal/terraform"
	"webapp/settings"
	"webapp/stacks"
)

const (
	project = ".."

	// exampleService is the settings file that most tests deploy and change.
	exampleService = "examples/webapp.yaml"
)

func TestMain(m *testing.M) {
	if slices.Equal(os.Args[1:], []string{standIn}) { // started by the local AWS of a test, for a container
		if err := engine.StandIn(context.Background(), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if filepath.Base(os.Args[0]) == "gh" { // started by a script of the pipeline
		ghtest.Main()
		return
	}
	if filepath.Base(os.Args[0]) == attachedName { // started by `webapp local up`
		fmt.Fprintln(os.Stderr, attachedTerraform()) // returns only where it fails
		os.Exit(1)
	}
	flag.Parse()
	if err := makePlaces(); err != nil {
		panic(err)
	}
	// What is installed stock, of the same version, is linked from here.
	cache, err := filepath.Abs(filepath.Join(project, ".tools", "terraform-plugins"))
	if err != nil {
		panic(err)
	}
	if os.Getenv("TF_PLUGIN_CACHE_DIR") == "" {
		if err := errors.Join(os.MkdirAll(cache, 0o755), os.Setenv("TF_PLUGIN_CACHE_DIR", cache)); err != nil {
			panic(err)
		}
	}
	// Terraform and the provider live for seconds. To collect garbage a quarter as often as Go does by itself saves a
	// tenth of their time, and the limit keeps each within its half of a gigabyte. Not to collect it at all costs more
	// than it saves where fresh memory is slow, as on some virtual machines.
	for name, value := range map[string]string{"GOGC": "400", "GOMEMLIMIT": "512MiB"} {
		if os.Getenv(name) != "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	// The program is built without the information that only debuggers need, which halves the time of linking.
	if os.Getenv("GOFLAGS") == "" {
		if err := os.Setenv("GOFLAGS", "-ldflags=-w"); err != nil {
			panic(err)
		}
	}
	synth.Prepare()
	code := m.Run()
	if installed != nil {
		installed.Close()
	}
	if err := finishRecording(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err) // before Finish, after which nothing is printed any more
		code = 1
	}
	synth.Finish()
	os.Exit(code)
}

// cores are held by what needs one for as long as it runs. An apply does not: it waits most of the time.
var cores = make(chan struct{}, runtime.NumCPU())

// onACore does something as soon as a core is free for it.
func onACore(do func()) {
	cores <- struct{}{}
	defer func() { <-cores }()
	do()
}

// synthesizing is held while jsii is called: it serves one caller at a time.
var synthesizing sync.Mutex

// deployment is one settings file's stack on a local AWS of its own.
type deployment struct {
	t          *testing.T
	aws        aws.Config
	server     *localaws.Server
	executable string // Terraform's
	folder     string // the project's, as far as the state is concerned

	stock       bool                // Terraform has the provider that it installs, not the warm one
	types       *warmprovider.Types // of what has been synthesized
	attached    map[string]string   // Terraform with a warm provider, by the address of its AWS
	initialized map[string]string   // the terraform blocks for which it was initialized, by the stack's folder

	given       given.Record // what was created for settings that name it
	settings    settings.Stack
	stackFolder string
	stack       *terraform.Stack

	planned string // a plan of what was synthesized last, which the next apply applies; empty where there is none
	fresh   bool   // the state is what AWS has: a plan has found no change, and nothing was done since

	printed     *bytes.Buffer // what Terraform has printed
	callsBefore int           // how many calls there had been when the last apply or destroy began
}

// newDeployment starts a local AWS for a test. Nothing is deployed yet.
func newDeployment(t *testing.T, more ...localaws.Option) *deployment {
	t.Helper()
	takePlace(t)
	d := &deployment{t: t, executable: findTerraform(t), folder: t.TempDir(), types: &warmprovider.Types{},
		attached: map[string]string{}, initialized: map[string]string{}, printed: &bytes.Buffer{},
		given: given.Record{}}
	reportEnd(t)
	onACore(func() {
		report(t, "local AWS")
		d.server, d.aws = awstest.Start(t, project, more...)
	})
	recordCalls(t, d.server)
	return d
}

// newStockDeployment is newDeployment with the provider as `terraform init` installs it, and with the check of its lock
// file.
func newStockDeployment(t *testing.T) *deployment {
	t.Helper()
	d := newDeployment(t)
	d.stock = true
	installedProvider(t, d.executable)
	return d
}

// synthesize writes the stack of a settings file, after replacing some of its text, and initializes Terraform there.
func (d *deployment) synthesize(file string, replacements ...string) {
	d.t.Helper()
	all, err := settings.Parse(filepath.Base(file), read(d.t, file, replacements), settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(all[0])
}

// synthesizeText is synthesize for settings that a test writes itself.
func (d *deployment) synthesizeText(text string) {
	d.t.Helper()
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(all[0])
}

// synthesizeChanged is synthesize with settings laid over those of the file, for the same stack.
func (d *deployment) synthesizeChanged(file, change string) {
	d.t.Helper()
	overlay := "\nenvironments:\n  changed:\n    " + strings.ReplaceAll(change, "\n", "\n    ")
	all, err := settings.Parse(filepath.Base(file), append(read(d.t, file, nil), overlay...), settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	s := all[0]
	// An environment's name would be in these.
	s.Environment, s.Service.Name = "", d.settings.Service.Name
	d.write(s)
}

// write writes the stack of the settings, and initializes Terraform there.
func (d *deployment) write(s settings.Stack) {
	d.t.Helper()
	d.settings = s
	outdir := filepath.Join(d.folder, "cdktf.out")
	lock, err := os.ReadFile(filepath.Join(project, synth.LockFile))
	if err != nil {
		d.t.Fatal(err)
	}
	synthesizing.Lock()
	onACore(func() {
		err = synth.Write(outdir, lock, func(app cdktf.App) error { return stacks.Build(app, d.settings) })
	})
	synthesizing.Unlock()
	if err != nil {
		d.t.Fatal(err)
	}
	d.initialize(outdir)
}

// synthesizeHCL writes the project's own stack as `cdktf synth --hcl` does, by the program itself, for the same state.
func (d *deployment) synthesizeHCL(replacements ...string) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "webapp.yaml")
	if err := os.WriteFile(file, read(d.t, exampleService, replacements), 0o600); err != nil {
		d.t.Fatal(err)
	}
	outdir := filepath.Join(d.folder, "hcl.out")
	program := exec.CommandContext(d.t.Context(), webapp(d.t), "--settings", file, "--outdir", outdir)
	program.Dir = project
	program.Env = append(os.Environ(), "SYNTH_HCL_OUTPUT=true")
	if output, err := program.CombinedOutput(); err != nil {
		d.t.Fatalf("%v\n%s", err, output)
	}
	d.initialize(outdir)
}

// findTerraform finds Terraform once for all tests.
func findTerraform(t *testing.T) string {
	t.Helper()
	path, err := foundTerraform()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var foundTerraform = sync.OnceValues(func() (string, error) {
	return terraform.Find(context.Background(), project, os.Stderr)
})

// webapp is the program, which is built for the first test that runs it, where pipeline/stack.sh has it too.
func webapp(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(project, ".tools", "webapp"))
	if err != nil {
		t.Fatal(err)
	}
	building.Do(func() {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
		build.Dir = project
		var output []byte
		if output, errBuilding = build.CombinedOutput(); errBuilding != nil {
			errBuilding = fmt.Errorf("%w\n%s", errBuilding, output)
		}
	})
	if errBuilding != nil {
		t.Fatal(errBuilding)
	}
	return path
}

var (
	building    sync.Once
	errBuilding error
)

// environ is this process's environment, with other tools pointed at an AWS at this address.
func environ(url string, more ...string) []string {
	all := append(os.Environ(), more...)
	for name, value := range localaws.Environment(url) {
		all = append(all, name+"="+value)
	}
	return all
}

// onPath is the variable by which a shell finds a program before any other of its name.
func onPath(executable string) string {
	return "PATH=" + filepath.Dir(executable) + string(os.PathListSeparator) + os.Getenv("PATH")
}

// read returns a settings file of the project, with some of its text replaced.
func read(t *testing.T, file string, replacements []string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(project, file))
	if err != nil {
		t.Fatal(err)
	}
	return replace(t, file, text, replacements)
}

func replace(t *testing.T, file string, text []byte, replacements []string) []byte {
	t.Helper()
	for pair := range slices.Chunk(replacements, 2) {
		if !bytes.Contains(text, []byte(pair[0])) {
			t.Fatalf("%s has no %q to replace", file, pair[0])
		}
		text = bytes.Replace(text, []byte(pair[0]), []byte(pair[1]), 1)
	}
	return text
}

// initialize prepares Terraform in the stack's folder. It is prepared already where the stack was there before with the
// same backend: a change of resources needs no init.
func (d *deployment) initialize(outdir string) {
	d.t.Helper()
	d.enter(outdir)
	needed := d.terraformBlock()
	if needed != "" && d.initialized[d.stackFolder] == needed && !d.stock {
		return
	}
	var err error
	onACore(func() { err = d.stack.Init(d.t.Context()) })
	if err != nil {
		d.t.Fatal(err)
	}
	d.initialized[d.stackFolder] = needed
}

// terraformBlock returns what the stack says of Terraform itself: its backend and providers. It is empty for HCL.
func (d *deployment) terraformBlock() string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.stackFolder, "cdk.tf.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	var written struct{ Terraform json.RawMessage }
	if err := errors.Join(err, json.Unmarshal(text, &written)); err != nil {
		d.t.Fatal(err)
	}
	return string(written.Terraform)
}

// enter goes to the stack's folder in what was synthesized.
func (d *deployment) enter(outdir string) {
	d.t.Helper()
	d.stackFolder, d.planned = filepath.Join(outdir, "stacks", d.settings.StackName()), ""
	if err := d.types.AddFolder(d.stackFolder); err != nil {
		d.t.Fatal(err)
	}
	keepPolicies(d.t, d.server, d.stackFolder)
	d.stack = d.open(d.stackFolder, d.server.URL())
}

// pointAt has Terraform talk to an AWS at this address, which may do other things than the one before.
func (d *deployment) pointAt(url string) {
	d.t.Helper()
	d.fresh = false
	d.stack = d.open(d.stackFolder, url)
}

// terraform returns Terraform's executable for an AWS at this address.
func (d *deployment) terraform(url string) string {
	d.t.Helper()
	if d.stock {
		return d.executable
	}
	if d.attached[url] == "" {
		d.attached[url] = attach(d.t, d.executable, url, d.types)
	}
	return d.attached[url]
}

// open prepares Terraform for a folder, and for an AWS at this address.
func (d *deployment) open(folder, url string) *terraform.Stack {
	d.t.Helper()
	environment := localaws.Environment(url)
	if slices.ContainsFunc(d.settings.Workloads(), func(w settings.NamedWorkload) bool { return w.Release != nil }) {
		name, path, _ := strings.Cut(onPath(webapp(d.t)), "=")
		environment[name] = path
	}
	stack, err := terraform.Open(d.terraform(url), folder, environment,
		io.MultiWriter(d.t.Output(), d.printed))
	if err != nil {
		d.t.Fatal(err)
	}
	return stack
}

// attach returns Terraform attached to a warm provider for an AWS at this address. Beside it is a go, for scripts of
// pipelines.
func attach(t *testing.T, executable, url string, types *warmprovider.Types) string {
	t.Helper()
	server, err := installedProvider(t, executable).Serve(environ(url), types, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	attached := filepath.Join(t.TempDir(), "terraform")
	if err := server.WriteCommand(attached, executable); err != nil {
		t.Fatal(err)
	}
	writeGo(t, filepath.Join(filepath.Dir(attached), "go"))
	return attached
}

// writeGo writes a stand-in for go that does not build the program again: a pipeline's script does so each time, which
// takes a second. The scripts that run with the stock Terraform use the real go.
func writeGo(t *testing.T, script string) {
	t.Helper()
	found, err := exec.LookPath("go")
	if err == nil {
		err = subprocess.WriteScript(script, fmt.Sprintf(`#!/bin/sh
[ "$*" = "build -o .tools/webapp ." ] || exec %q "$@"
`, found))
	}
	if err != nil {
		t.Fatal(err)
	}
}

var (
	installing sync.Mutex
	installed  *warmprovider.Provider
)

// installedProvider returns the AWS provider of the lock file. The first test that needs it installs it for all.
func installedProvider(t *testing.T, executable string) *warmprovider.Provider {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	if installed == nil {
		provider, err := warmprovider.Install(t.Context(), executable, filepath.Join(project, synth.LockFile),
			filepath.Join(project, ".tools", "aws-provider"))
		if err != nil {
			t.Fatal(err)
		}
		installed = provider
	}
	return installed
}

// wantValid asks Terraform whether the stack is valid by itself, whatever an account holds.
func (d *deployment) wantValid() {
	d.t.Helper()
	result, err := d.stack.Validate(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, diagnostic := range result.Diagnostics {
		d.t.Errorf("terraform validate: %s: %s", diagnostic.Summary, diagnostic.Detail)
	}
}

// apply deploys the stack and reads back what exists. It applies the plan that was made of it, if one was.
func (d *deployment) apply(options ...tfexec.ApplyOption) inventory.Inventory {
	d.t.Helper()
	switch {
	case len(options) > 0:
	case d.planned != "":
		options = append(options, tfexec.DirOrPlan(d.planned))
	case d.fresh:
		options = append(options, tfexec.Refresh(false))
	}
	d.planned, d.fresh, d.callsBefore = "", false, len(d.server.Calls())
	report(d.t, "apply")
	if err := d.stack.Apply(d.t.Context(), options...); err != nil {
		d.t.Fatal(err)
	}
	return d.read()
}

func (d *deployment) read() inventory.Inventory {
	d.t.Helper()
	return d.readService(d.settings.Service.Name)
}

// readService reads back what exists of one of the stack's services.
func (d *deployment) readService(name string) inventory.Inventory {
	d.t.Helper()
	found, err := inventory.Read(d.t.Context(), d.aws, d.settings.StackName(), name)
	if err == nil {
		err = found.WriteTable(d.t.Output()) // as make up does
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// changes plans, and returns what would be done with the resources that are not left as they are, by address.
func (d *deployment) changes(options ...tfexec.PlanOption) map[string]tfjson.Actions {
	d.t.Helper()
	report(d.t, "plan")
	var anything bool
	var plan *tfjson.Plan
	var err error
	file := filepath.Join(d.t.TempDir(), "plan")
	onACore(func() {
		if anything, err = d.stack.Plan(d.t.Context(), append(options, tfexec.Out(file))...); err == nil && anything {
			plan, err = d.stack.ShowPlanFile(d.t.Context(), file)
		}
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if !anything {
		return nil
	}
	d.planned = file
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
	changes := d.changes()
	for address, actions := range changes {
		d.t.Errorf("a second plan would %v %s", actions, address)
	}
	d.fresh = len(changes) == 0
}

// wantNoReplacement fails where the next apply would replace anything, but for what is meant to be: its successor must
// then be there first.
func (d *deployment) wantNoReplacement(except ...string) {
	d.t.Helper()
	// What an empty plan has just found to be true is not read again.
	for address, actions := range d.changes(tfexec.Refresh(!d.fresh)) {
		meant := slices.ContainsFunc(except, func(prefix string) bool { return strings.HasPrefix(address, prefix) })
		if actions.DestroyBeforeCreate() || actions.CreateBeforeDestroy() && !meant {
			d.t.Errorf("the next apply would %v %s", actions, address)
		}
	}
}

// wantAccount fails where the account does not hold what it held before.
func (d *deployment) wantAccount(before map[string][]string) {
	d.t.Helper()
	if diff := cmp.Diff(before, everything(d.t, d.aws)); diff != "" {
		d.t.Errorf("the account (-before +now):\n%s", diff)
	}
}

// destroy removes everything that the stack has made. A plan has just found that the state is true.
func (d *deployment) destroy() {
	d.t.Helper()
	d.planned, d.fresh, d.callsBefore = "", false, len(d.server.Calls())
	report(d.t, "destroy")
	if err := d.stack.Destroy(d.t.Context(), tfexec.Refresh(false)); err != nil {
		d.t.Fatal(err)
	}
}
