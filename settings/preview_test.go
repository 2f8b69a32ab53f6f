package settings

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const previews = "testdata/good/previews.yaml"

func preview(t *testing.T, name string) Stack {
	t.Helper()
	all, err := Load(previews, Options{Preview: name, Now: time.Date(2026, 12, 30, 23, 30, 0, 0,
		time.FixedZone("", -3600))})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d stacks", len(all))
	}
	return all[0]
}

// TestPreviewIsAStackOfItsOwn with its own name, state and tags. It expires by the calendar of UTC.
func TestPreviewIsAStackOfItsOwn(t *testing.T) {
	s := preview(t, "pr-123")
	type own struct {
		name, key, host string
		create          bool
		tags            map[string]string
	}
	want := own{"shop-preview-pr-123", "shop-preview-pr-123/terraform.tfstate", "pr-123.preview.example.com", false,
		map[string]string{"Application": "shop", "Environment": "preview", "SettingsFile": previews,
			"Preview": "pr-123", "Expires": "2027-01-03"}}
	got := own{s.StackName(), s.State.S3.StateKey(s.StackName()), s.PreviewHost(), s.State.S3.Create, s.Tags()}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(own{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPreviewGetsOnlyItsOwnRequests, whatever hosts the file has, and the more specific rule comes first.
func TestPreviewGetsOnlyItsOwnRequests(t *testing.T) {
	s := preview(t, "pr-123")
	const host, docs, admin = "pr-123.preview.example.com", "pr-123--docs.preview.example.com",
		"pr-123--9000.preview.example.com"
	type rule struct {
		hosts, paths     []string
		priority, before int
	}
	of := func(r *Routing) rule { return rule{r.Hosts, r.Paths, r.Priority, len(r.Before)} }
	got := map[string]rule{"": of(s.Routing), "9000": of(s.Service.AdditionalPorts[0].Routing),
		"api": of(s.Services["api"].Routing), "docs": of(s.Services["docs"].Routing)}
	if got["api"].before != 0 || got[""].before == 0 {
		t.Errorf("the rule for all paths of a host comes before that for some: %v", got)
	}
	places := map[int]bool{}
	for name, r := range got {
		places[r.before] = true
		r.before = 0
		got[name] = r
	}
	want := map[string]rule{"": {hosts: []string{host}}, "9000": {hosts: []string{admin}},
		"api": {hosts: []string{host}, paths: []string{"/api/*"}}, "docs": {hosts: []string{docs}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(rule{})); diff != "" || len(places) != len(want) {
		t.Errorf("places %v, rules (-want +got):\n%s", places, diff)
	}
}

func TestTemplateIsNoStack(t *testing.T) {
	all, err := Load(previews, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].StackName() != "shop-staging" {
		t.Errorf("got %d stacks, %s first", len(all), all[0].StackName())
	}
}

func TestPreviewIsRefused(t *testing.T) {
	const wrong = ` is not a valid name of a preview; write 1 to 14 lower-case letters, digits and single hyphens, ` +
		`beginning with a letter and not ending with a hyphen, such as pr-123`
	file := read(t, previews)
	const second = `  trial:
    preview: {domain: trial.example.com}
    network: {existing: {name: shared}}
    loadBalancer: {existing: {listener: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/` +
		`shared/0123456789abcdef/0123456789abcdef"}}
`
	for _, tc := range []struct{ name, preview, file, want string }{
		{"upper case", "PR-1", file, `--preview: "PR-1"` + wrong},
		{"two hyphens, which separate a service", "pr-1--docs", file, `--preview: "pr-1--docs"` + wrong},
		{"a hyphen at the end", "pr-", file, `--preview: "pr-"` + wrong},
		{"a digit first", "1", file, `--preview: "1"` + wrong},
		{"too long", "pr-123456789012", file, `--preview: "pr-123456789012"` + wrong},
		{"without a template", "pr-1", minimal, "webapp.yaml: the file has no template of the preview pr-1; add preview: " +
			"{domain: preview.example.com} to an environment"},
		{"with two templates", "pr-1", file + second, "webapp.yaml:10:1: environments: the file has several templates of " +
			"previews, preview and trial; choose one: --environment preview"},
		{"with the name of another stack", "pr-1", file + "  preview-pr-1: {}\n", "webapp.yaml:13:5: " +
			"environments.preview.preview: the preview pr-1 would be the stack shop-preview-pr-1, which is that of the " +
			"environment preview-pr-1; choose another name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse("webapp.yaml", []byte(tc.file), Options{Preview: tc.preview})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if diff := cmp.Diff(tc.want, problems.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplateAloneIsOnlyChecked: settings whose only environment is a template have no stack, so that they can be
// checked, but not deployed.
func TestTemplateAloneIsOnlyChecked(t *testing.T) {
	const file = `name: web
container: {image: nginx, ports: [80]}
preview: {domain: preview.example.com}
network: {existing: {name: shared}}
loadBalancer: {existing: {listener: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/` +
		`shared/0123456789abcdef/0123456789abcdef"}}
`
	const refused = "webapp.yaml:3:1: preview: is a template, and the file has no other stack; name a preview: " +
		"--preview pr-1"
	for _, tc := range []struct {
		name, file, want string
		options          Options
	}{
		{"for a check", file, "", Options{OnlyCheck: true}},
		{"for anything else", file, refused, Options{}},
		{"as a stack", file, refused, Options{OnlyCheck: true, Stack: "web-pr-1"}},
		{"with a mistake", file + "foo: 1\n", "webapp.yaml:6:1: foo: unknown key", Options{OnlyCheck: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all, err := Parse("webapp.yaml", []byte(tc.file), tc.options)
			if len(all) > 0 {
				t.Errorf("got %d stacks, want none", len(all))
			}
			if (tc.want == "") != (err == nil) || !strings.HasPrefix(fmt.Sprint(err), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}
