package stacks_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/network"
	"webapp/internal/synth"
	"webapp/settings"
	"webapp/stacks"
)

var update = flag.Bool("update", false, "rewrite the files in testdata with what is found; review the difference")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runInTemporaryFolder(m))
}

// runInTemporaryFolder gives cdktf a folder to leave its outputs in, since it does not remove them.
func runInTemporaryFolder(m *testing.M) int {
	folder, err := os.MkdirTemp("", "stacks-test-*")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.Setenv("TMPDIR", folder); err != nil {
		panic(err)
	}
	synth.Prepare()
	defer synth.Finish()
	return m.Run()
}

// settingsFile describes the example service, which most tests start from.
const settingsFile = "../examples/webapp.yaml"

// load reads the project's settings file with a change laid over it, as an environment is. The stack keeps its name;
// what is named after the environment by default begins with webapp-test.
func load(t *testing.T, change string) settings.Settings {
	t.Helper()
	file, err := os.ReadFile(settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	if change != "" {
		file = append(file, "\nenvironments: {test: {"+change+"}}"...)
	}
	all, err := settings.Parse(settingsFile, file, settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := all[0]
	s.Environment = ""
	return s
}

// synthesize returns the stack of the project's settings file with a change laid over it.
func synthesize(t *testing.T, change string) *assertions.Template {
	t.Helper()
	return assertions.Synth(t, stacks.NewWebApp(cdktf.Testing_App(nil), load(t, change)))
}

// parts are the constructs below a service, for tests of one of them.
type parts struct {
	stack   cdktf.TerraformStack
	vpc     *network.VPC
	cluster *ecs.Cluster
	task    *ecs.Task
}

func newParts(t *testing.T, change string) parts {
	t.Helper()
	s := load(t, change)
	name := "test"
	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), &name)
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{})
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{Account: account, Settings: s.Network})
	return parts{
		stack: stack, vpc: vpc,
		cluster: ecs.NewCluster(stack, "cluster", ecs.ClusterProps{Name: name, VPC: vpc}),
		task:    ecs.NewTask(stack, "task", ecs.TaskProps{Workload: s.Workloads()[0], Account: account}),
	}
}

// contains says whether a construct has a child with the id.
func contains(scope constructs.Construct, id string) bool {
	return scope.Node().TryFindChild(&id) != nil
}

// lines splits a file of one item a line.
func lines(text string) []string {
	return strings.Split(strings.TrimSpace(text), "\n")
}
