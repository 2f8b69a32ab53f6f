package stacks_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/internal/permissions"
	"webapp/internal/tfstack"
	"webapp/settings"
	"webapp/stacks"
)

// deployed is the stack of the settings, as it is synthesized.
func deployed(t *testing.T, s settings.Stack) *tfstack.Stack {
	t.Helper()
	text, err := json.Marshal(stacks.NewWebApp(cdktf.Testing_App(nil), s).ToTerraform())
	if err != nil {
		t.Fatal(err)
	}
	stack, err := tfstack.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func synthPipeline(t *testing.T, s settings.Stack) *assertions.Template {
	t.Helper()
	stack, err := stacks.NewPipeline(cdktf.Testing_App(nil), s, deployed(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return assertions.Synth(t, stack)
}

func TestPipelineOfOneRepository(t *testing.T) {
	s := load(t, "aws: {region: eu-west-1, account: '123456789012'}, state: {s3: {bucket: states}}, "+
		"pipeline: {github: {repository: acme/shop}}")
	tpl := synthPipeline(t, s)
	provider := tpl.One("aws_iam_openid_connect_provider")
	provider.Matches(object{"url": "https://token.actions.githubusercontent.com",
		"client_id_list": []any{"sts.amazonaws.com"}})
	for name, subjects := range map[string]any{
		"webapp-test-deploy": []any{"repo:acme/shop:environment:webapp-test"},
		"webapp-test-plan": []any{"repo:acme/shop:environment:webapp-test-plan", "repo:acme/shop:pull_request",
			"repo:acme/shop:ref:refs/heads/main"},
	} {
		role := tpl.OneMatching("aws_iam_role", object{"name": name})
		role.Matches(object{"path": "/pipeline/"}) // where the role that deploys cannot change it
		role.Lacks("permissions_boundary")
		role.Has("assume_role_policy", assertions.JSON(assertions.Exact(object{"Version": "2012-10-17",
			"Statement": []any{object{
				"Effect": "Allow", "Action": []any{"sts:AssumeRoleWithWebIdentity"},
				"Principal": object{"Federated": provider.Ref("arn")},
				"Condition": object{"StringEquals": object{
					"token.actions.githubusercontent.com:aud": []any{"sts.amazonaws.com"},
					"token.actions.githubusercontent.com:sub": subjects,
				}},
			}}})))
	}
	tpl.Terraform().Has("backend.s3", object{"bucket": "states", "key": "webapp-test-pipeline/terraform.tfstate"})
	tpl.Provider("aws").Has("allowed_account_ids", []any{"123456789012"})
}

// TestPipelineMayDoWhatIsPrinted: its roles have the policies of the command permissions, and each is attached.
func TestPipelineMayDoWhatIsPrinted(t *testing.T) {
	s := load(t, "pipeline: {github: {repository: acme/shop}}")
	tpl := synthPipeline(t, s)
	count := 0
	for _, task := range []permissions.Role{permissions.Plan, permissions.Deploy} {
		policies, err := permissions.For(task, s.StackName(), deployed(t, s))
		if err != nil {
			t.Fatal(err)
		}
		role := tpl.OneMatching("aws_iam_role", object{"name": "webapp-test-" + string(task)})
		for _, want := range policies {
			count++
			policy := tpl.OneMatching("aws_iam_policy", object{"policy": want.Document()})
			policy.Has("path", "/pipeline/")
			tpl.OneMatching("aws_iam_role_policy_attachment", object{"policy_arn": policy.Ref("arn")}).
				Has("role", role.Ref("name"))
		}
	}
	tpl.Count("aws_iam_policy", count)
	tpl.Count("aws_iam_role_policy_attachment", count)
}

func TestPipelineOnGitLab(t *testing.T) {
	tpl := synthPipeline(t, load(t, "pipeline: {gitlab: {project: acme/web/shop, hostname: git.acme.example, "+
		"branch: release}, permissionsBoundary: 'arn:aws:iam::123456789012:policy/pipelines'}"))
	tpl.One("aws_iam_openid_connect_provider").Matches(object{"url": "https://git.acme.example",
		"client_id_list": []any{"https://git.acme.example"}})
	audience := object{"git.acme.example:aud": []any{"https://git.acme.example"}}
	branches := func(ref string) object {
		return object{"git.acme.example:sub": []any{"project_path:acme/web/shop:ref_type:branch:ref:" + ref}}
	}
	for name, condition := range map[string]object{
		"webapp-test-deploy": {"StringEquals": object{"git.acme.example:aud": audience["git.acme.example:aud"],
			"git.acme.example:sub": branches("release")["git.acme.example:sub"]}},
		"webapp-test-plan": {"StringEquals": audience, "StringLike": branches("*")},
	} {
		role := tpl.OneMatching("aws_iam_role", object{"name": name})
		role.Has("permissions_boundary", "arn:aws:iam::123456789012:policy/pipelines")
		role.Has("assume_role_policy", assertions.JSON(object{"Statement": []any{
			object{"Condition": assertions.Exact(condition)}}}))
	}
}

func TestPipelineTakesTheProviderOfItsAccount(t *testing.T) {
	tpl := synthPipeline(t, load(t, "pipeline: {github: {repository: acme/shop}, createProvider: false}"))
	tpl.Count("aws_iam_openid_connect_provider", 0)
	account, partition := tpl.Data().One("aws_caller_identity"), tpl.Data().One("aws_partition")
	want := "arn:" + partition.Ref("partition") + ":iam::" + account.Ref("account_id") +
		":oidc-provider/token.actions.githubusercontent.com"
	tpl.OneMatching("aws_iam_role", object{"name": "webapp-test-plan"}).Has("assume_role_policy", assertions.JSON(object{
		"Statement": []any{object{"Principal": object{"Federated": want}}}}))
}

// TestOneProviderForAnAccount: a stack in an additional region has roles of its own, and the provider of the first.
func TestOneProviderForAnAccount(t *testing.T) {
	all := parse(t, "name: shop\ncontainer: {image: nginx, ports: [80]}\npipeline: {github: {repository: acme/shop}}\n"+
		"environments: {prod: {aws: {region: eu-west-1}, additionalRegions: {us-east-1: {}}}}\n")
	for i, want := range []int{1, 0} {
		tpl := synthPipeline(t, all[i])
		tpl.Count("aws_iam_openid_connect_provider", want)
		tpl.Count("aws_iam_role", 2)
	}
}

// TestPermissionsOfEveryExample are known: a type that constructs make newly must be added to the table.
func TestPermissionsOfEveryExample(t *testing.T) {
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		all, err := settings.Load(file, settings.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if _, err := permissions.For(permissions.Deploy, s.StackName(), deployed(t, s)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
