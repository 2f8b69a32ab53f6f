package commands

import (
	"bytes"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

const project = "../.."

// result is what a run of the program leaves.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program within the test.
func run(stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := Program{Schema: []byte("{}\n")}.Run(args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// TestOptionsMayHaveOneDash, as those of Go and Terraform have.
func TestOptionsMayHaveOneDash(t *testing.T) {
	root := Program{}.root()
	for _, tc := range []struct{ given, want string }{
		{"-settings a.yaml", "--settings a.yaml"},
		{"-settings=a.yaml", "--settings=a.yaml"},
		{"check -environment prod a.yaml", "check --environment prod a.yaml"},
		{"simulate -capacity 80 -compare b.yaml", "simulate --capacity 80 --compare b.yaml"},
		{"local down -timeout 1s", "local down --timeout 1s"},
		{"-help", "--help"},
		{"-nonsense", "--nonsense"},
		{"-h", "-h"},
		{"-c vpcname=shared", "-c vpcname=shared"},
		{"-cvpcname=shared", "-cvpcname=shared"},
		{"-c=vpcname=shared", "-c=vpcname=shared"},
		{"--settings a.yaml", "--settings a.yaml"},
		{"simulate --capacity -1", "simulate --capacity -1"},
		{"check -", "check -"},
		{"check -- -settings", "check -- -settings"},
	} {
		if got := strings.Join(doubleDashes(root, strings.Fields(tc.given)), " "); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.given, got, tc.want)
		}
	}
}

// TestCommandsHaveHelp: each says what it is for and shows how it is called, and the options that several have are the
// same in all of them.
func TestCommandsHaveHelp(t *testing.T) {
	root := Program{}.root()
	seen := map[string]string{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		if !cmd.Hidden && (cmd.Short == "" || cmd.Long == "" || !strings.Contains(cmd.Example, "webapp")) {
			t.Errorf("%s lacks a part of its help", cmd.CommandPath())
		}
		for _, name := range []string{"settings", "environment", "service", "outdir", "context", "folder"} {
			if flag := cmd.Flags().Lookup(name); flag != nil {
				text := flag.Shorthand + " " + flag.DefValue + " " + flag.Usage
				if seen[name] != "" && seen[name] != text {
					t.Errorf("--%s of %s is %q, elsewhere %q", name, cmd.CommandPath(), text, seen[name])
				}
				seen[name] = text
			}
		}
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit(root)
	if len(seen) != 6 {
		t.Errorf("options: %v", seen)
	}
}

func TestVersions(t *testing.T) {
	var out bytes.Buffer
	err := writeVersions(&out, &debug.BuildInfo{
		GoVersion: "go1.26.0",
		Main:      debug.Module{Version: "v1.2.3"},
		Deps: []*debug.Module{
			{Path: "github.com/hashicorp/terraform-cdk-go/cdktf", Version: "v0.21.0"},
			{Path: "github.com/cdktf/cdktf-provider-aws-go/aws/v19", Version: "v19.65.1"},
		},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"}},
	})
	const want = `webapp        v1.2.3
revision      0123abc, changed since
CDKTF         v0.21.0
AWS provider  5.100.0, by bindings v19.65.1
Terraform     >= 1.9.0, < 2.0.0
Go            go1.26.0
`
	if diff := cmp.Diff(want, out.String()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
