package e2e

import (
	"bytes"
	"encoding/json"
	neturl "net/url"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"webapp/e2e/internal/authorize"
	"webapp/internal/permissions"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// TestRolesOfAPipeline applies the stack of the roles, reads them back, and destroys it.
func TestRolesOfAPipeline(t *testing.T) {
	t.Parallel() // with the other tests, not before them
	for _, tc := range []struct{ file, environment, subject string }{
		{"examples/pipeline.yaml", "staging", "repo:acme/shop:environment:shop-staging"},
		{"examples/pipeline-gitlab.yaml", "", "project_path:acme/web/shop:ref_type:branch:ref:main"},
	} {
		t.Run(filepath.Base(tc.file), func(t *testing.T) {
			d := newDeployment(t)
			text := read(t, tc.file, []string{"state: {s3: {bucket: acme-states, region: eu-west-1}}\n", ""})
			text = bytes.ReplaceAll(text, []byte("111111111111"), []byte(account))
			all := must(settings.Parse("webapp.yaml", text, settings.Options{Environment: tc.environment}))(t)
			before := everything(t, d.aws)
			d.write(all[0])
			policies := must(policiesOf(t, d.stackFolder))(t)
			deployed := must(tfstack.Read(filepath.Join(d.stackFolder, tfstack.File)))(t)
			d.enterPipeline()
			if err := d.stack.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			client := iam.NewFromConfig(d.aws)
			for _, task := range []permissions.Role{permissions.Plan, permissions.Deploy} {
				name := all[0].StackName() + "-" + string(task)
				role := must(client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name}))(t).Role
				trust := must(neturl.QueryUnescape(*role.AssumeRolePolicyDocument))(t)
				subjects := all[0].Pipeline.Subjects(all[0].StackName(), string(task))
				if task == permissions.Deploy {
					wantSame(t, "who deploys", subjects, []string{tc.subject})
				}
				wantTrust(t, trust, all[0].Pipeline.Host(), subjects)
				var want []string
				for _, p := range must(permissions.For(task, all[0].StackName(), deployed))(t) {
					want = append(want, sorted(t, p.Document()))
				}
				wantSame(t, name, attached(t, client, name), want)
			}
			d.wantNoChange()
			d.destroy()
			d.wantAccount(before)
			d.wantNoneAllowed(policies)
		})
	}
}

// enterPipeline goes to the stack of the roles. Its calls are not compared with the policies of the stack that the
// roles deploy.
func (d *deployment) enterPipeline() {
	d.t.Helper()
	synthesized.Lock()
	delete(synthesized.policies, d.server)
	synthesized.Unlock()
	d.stackFolder = filepath.Join(filepath.Dir(d.stackFolder), d.settings.PipelineStackName())
	if err := d.types.AddFolder(d.stackFolder); err != nil {
		d.t.Fatal(err)
	}
	d.stack = d.open(d.stackFolder, d.server.URL())
	var err error
	onACore(func() { err = d.stack.Init(d.t.Context()) })
	if err != nil {
		d.t.Fatal(err)
	}
}

// wantNoneAllowed fails where the role that deploys could change the roles itself.
func (d *deployment) wantNoneAllowed(policies stackPolicies) {
	d.t.Helper()
	seen, writes := authorize.NewAccount(account), 0
	for _, c := range d.server.Calls() {
		for _, r := range seen.See(c) {
			if !c.ByTerraform() || c.ReadOnly() {
				continue
			}
			writes++
			if policies.deploy.Decide(r).Allowed {
				d.t.Errorf("deploy may %s on %s", r.Action, r.Resource)
			}
		}
	}
	if writes == 0 {
		d.t.Error("nothing was changed")
	}
}

// wantTrust compares who may assume a role.
func wantTrust(t *testing.T, document, host string, subjects []string) {
	t.Helper()
	var trust struct {
		Statement []struct {
			Condition map[string]map[string][]string
		}
	}
	if err := json.Unmarshal([]byte(document), &trust); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, operator := range []string{"StringEquals", "StringLike"} {
		got = append(got, trust.Statement[0].Condition[operator][host+":sub"]...)
	}
	wantSame(t, "who may assume the role", got, subjects)
	if diff := cmp.Diff(1, len(trust.Statement)); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// attached returns the documents of a role's managed policies.
func attached(t *testing.T, client *iam.Client, role string) []string {
	t.Helper()
	var all []string
	for _, p := range must(client.ListAttachedRolePolicies(t.Context(),
		&iam.ListAttachedRolePoliciesInput{RoleName: &role}))(t).AttachedPolicies {
		policy := must(client.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: p.PolicyArn}))(t).Policy
		version := must(client.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{PolicyArn: p.PolicyArn,
			VersionId: policy.DefaultVersionId}))(t).PolicyVersion
		all = append(all, sorted(t, must(neturl.QueryUnescape(*version.Document))(t)))
	}
	slices.Sort(all)
	return all
}

// sorted returns JSON with its keys in order: Terraform writes policies in an order of its own.
func sorted(t *testing.T, document string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(document), &value); err != nil {
		t.Fatal(err)
	}
	return string(must(json.Marshal(value))(t))
}
