package e2e

import (
	neturl "net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"webapp/internal/awstest"
)

// TestRolesForGitHub runs the commands of docs/ci.md that create the roles of a pipeline, and reads the roles back.
func TestRolesForGitHub(t *testing.T) {
	t.Parallel()
	server, cfg := awstest.Start(t, project)
	commands := documented(t, "docs/ci.md", "roles for GitHub", "ORGANIZATION/REPOSITORY", "acme/shop")
	// The AWS command line takes an empty profile for one of that name.
	shell := exec.CommandContext(t.Context(), "env", "-u", "AWS_PROFILE", "-u", "AWS_SESSION_TOKEN",
		"bash", "-euxc", commands)
	shell.Dir, shell.Env = project, environ(server.URL())
	if output, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	client := iam.NewFromConfig(cfg)
	for role, environment := range map[string]string{"shop-prod-plan": "shop-prod-plan",
		"shop-prod-deploy": "shop-prod"} {
		found := must(client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &role}))(t).Role
		trust := must(neturl.QueryUnescape(*found.AssumeRolePolicyDocument))(t)
		if want := `"repo:acme/shop:environment:` + environment + `"`; !strings.Contains(trust, want) {
			t.Errorf("%s trusts %s, want it to trust %s", role, trust, want)
		}
		policies := must(client.ListRolePolicies(t.Context(),
			&iam.ListRolePoliciesInput{RoleName: &role}))(t).PolicyNames
		wantSame(t, role, policies, []string{strings.TrimPrefix(role, "shop-prod-")})
	}
}
