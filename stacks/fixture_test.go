package stacks_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/network"
	"webapp/settings"
	"webapp/stacks"
)

var update = flag.Bool("update", false, "rewrite the files in testdata from the current stacks; review the difference")

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// settingsFile describes the example service, from which most tests start. The webapp.yaml at the top belongs to the
// user, who may change anything in it.
const settingsFile = "../examples/webapp.yaml"

// load reads the environment "test" of settingsFile, whose settings are the change. The stack's name is webapp-test.
func load(t *testing.T, change string) settings.Stack {
	t.Helper()
	return loadNamed(t, "webapp", change)
}

// loadNamed is load for an application of another name.
func loadNamed(t *testing.T, name, change string) settings.Stack {
	t.Helper()
	file, err := os.ReadFile(settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, strings.Replace(string(file), "name: webapp", "name: "+name,
		1)+"\nenvironments: {test: {"+change+"}}")[0]
}

// parse reads the text of a settings file.
func parse(t *testing.T, text string) []settings.Stack {
	t.Helper()
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// synthesize returns the stack of the settings that load returns.
func synthesize(t *testing.T, change string) *assertions.Template {
	t.Helper()
	return synth(t, load(t, change))
}

func synth(t *testing.T, s settings.Stack) *assertions.Template {
	t.Helper()
	tpl := assertions.Synth(t, stacks.NewWebApp(cdktf.Testing_App(nil), s))
	checkTemplates(t, tpl.JSON())
	return tpl
}

// checkTemplates reports texts that Terraform cannot parse: it reads every text of its JSON as a template.
func checkTemplates(t *testing.T, value any) {
	t.Helper()
	parse := func(text string) {
		if _, problems := hclsyntax.ParseTemplate([]byte(text), "cdk.tf.json", hcl.InitialPos); problems.HasErrors() {
			t.Errorf("Terraform cannot parse %q: %v", text, problems)
		}
	}
	switch value := value.(type) {
	case string:
		parse(value)
	case []any:
		for _, item := range value {
			checkTemplates(t, item)
		}
	case map[string]any:
		for key, item := range value {
			parse(key)
			checkTemplates(t, item)
		}
	}
}

// parts are the constructs that a service needs, for tests of one of them.
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

// contains reports whether a construct has a child with the id.
func contains(scope constructs.Construct, id string) bool {
	return scope.Node().TryFindChild(&id) != nil
}
