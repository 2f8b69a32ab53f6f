package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"webapp/e2e/internal/authorize"
	"webapp/internal/iampolicy"
	"webapp/internal/localaws"
	"webapp/internal/oneoff"
	"webapp/internal/permissions"
	"webapp/internal/tfstack"
)

// account is the one of the local AWS's callers.
const account = localaws.Account

// TestPermissions deploys the example, changes it, and destroys it: the policies that `webapp permissions` prints for
// the stack as it was first allow each call of all of it, also those for what is added later.
func TestPermissions(t *testing.T) {
	d := newDeployment(t)
	d.synthesize(exampleService)
	first := d.stackFolder
	policies := must(policiesOf(t, first))(t)
	d.apply()
	d.wantNoChange()

	t.Log("what may come later: alarms, a dashboard, another service, access logs, flow logs, another image")
	d.synthesizeChanged(exampleService, laterSettings)
	d.apply()
	d.wantNoChange()
	planned := len(d.server.Calls())
	d.wantNoChange()
	for _, c := range d.server.Calls()[planned:] {
		if c.ByTerraform() && !c.ReadOnly() {
			t.Errorf("a plan calls %s %s", c.Service, c.Operation)
		}
	}
	d.destroy()
	d.wantPermitted(policies)
}

// laterSettings need nothing that belongs to somebody else.
const laterSettings = `
observability: {alarms: {}, dashboard: true, containerInsights: "on"}
network: {new: {flowLogs: {}}}
loadBalancer: {accessLogs: {}}
services: {api: {routing: {paths: [/api/*]}, container: {image: nginx, ports: [80]}}}
container: {image: "public.ecr.aws/aws-containers/hello-app-runner:2.0"}
`

// stackPolicies are those of a stack's two roles.
type stackPolicies struct{ plan, deploy iampolicy.Identity }

// policiesOf returns the policies of the stack in a folder.
func policiesOf(t *testing.T, folder string) (stackPolicies, error) {
	t.Helper()
	var p stackPolicies
	stack, err := tfstack.Read(filepath.Join(folder, tfstack.File))
	if err != nil {
		return p, err
	}
	for role, identity := range map[permissions.Role]*iampolicy.Identity{
		permissions.Plan: &p.plan, permissions.Deploy: &p.deploy,
	} {
		all, err := permissions.For(role, filepath.Base(folder), stack)
		if err != nil {
			return p, err
		}
		for _, one := range all {
			policy, err := iampolicy.Parse(one.Document())
			if err != nil {
				t.Fatal(err)
			}
			identity.Policies = append(identity.Policies, policy)
		}
	}
	return p, nil
}

// wantPermitted fails for each call of Terraform that no policy allows: those that read by the role that plans, and all
// by the role that deploys.
func (d *deployment) wantPermitted(of ...stackPolicies) {
	d.t.Helper()
	wantPermitted(d.t, d.server, 0, of)
}

// wantPermitted does so from the call with a number on. What was made before is known from the calls before.
func wantPermitted(t *testing.T, server *localaws.Server, from int, of []stackPolicies) {
	t.Helper()
	seen := authorize.NewAccount(account)
	calls, requests := 0, 0
	denied := map[string]bool{}
	for i, c := range server.Calls() {
		all := seen.See(c)                                        // also those of the tests, which tag what they create
		release := strings.Contains(c.Agent, "app/"+oneoff.AppID) // which Terraform starts
		if i < from || !c.ByTerraform() && !release {
			continue
		}
		calls++
		requests += len(all)
		for _, r := range all {
			deny := func(role permissions.Role, identity func(stackPolicies) iampolicy.Identity) {
				if slices.ContainsFunc(of, func(p stackPolicies) bool { return identity(p).Decide(r).Allowed }) {
					return
				}
				text := fmt.Sprintf("%s may not %s on %s, for %s %s with %v", role, r.Action, r.Resource, c.Service,
					c.Operation, r.Context)
				if !denied[text] {
					denied[text] = true
					t.Error(text)
				}
			}
			deny(permissions.Deploy, func(p stackPolicies) iampolicy.Identity { return p.deploy })
			if c.ReadOnly() && !release {
				deny(permissions.Plan, func(p stackPolicies) iampolicy.Identity { return p.plan })
			}
		}
	}
	t.Logf("%d calls, for which IAM decides about %d requests, were evaluated", calls, requests)
}

// synthesized are the policies of all stacks that were synthesized for a local AWS, and how many calls there were
// before the first of them.
var synthesized = struct {
	sync.Mutex
	policies map[*localaws.Server][]stackPolicies
	before   map[*localaws.Server]int
}{policies: map[*localaws.Server][]stackPolicies{}, before: map[*localaws.Server]int{}}

// keepPolicies has the calls to a local AWS compared with the policies of the stack in a folder, when the test ends. A
// stack in HCL has none, and neither has a stack without tags.
func keepPolicies(t *testing.T, server *localaws.Server, folder string) {
	t.Helper()
	p, err := policiesOf(t, folder)
	if untagged := new(permissions.UntaggedError); errors.Is(err, fs.ErrNotExist) || errors.As(err, &untagged) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	synthesized.Lock()
	defer synthesized.Unlock()
	if len(synthesized.policies[server]) == 0 {
		synthesized.before[server] = len(server.Calls())
	}
	synthesized.policies[server] = append(synthesized.policies[server], p)
}

// wantAllPermitted is wantPermitted for the policies of all stacks that were synthesized.
func wantAllPermitted(t *testing.T, server *localaws.Server) {
	t.Helper()
	synthesized.Lock()
	of, from := synthesized.policies[server], synthesized.before[server]
	delete(synthesized.policies, server)
	synthesized.Unlock()
	if len(of) > 0 {
		wantPermitted(t, server, from, of)
	}
}
