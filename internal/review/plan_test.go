package review

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what is wanted of the recordings; review the diff")

// TestRecordedPlans walks testdata: plans that Terraform has made (see e2e/plans_test.go), each with its description.
func TestRecordedPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, sections := recording(t, name)
			got := Summarize(parse(t, sections["plan.json"]), strings.Fields(sections["allow"])).Markdown(name)
			if *update {
				for i := range archive.Files {
					if archive.Files[i].Name == "want.md" {
						archive.Files[i].Data = []byte(got)
					}
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(sections["want.md"], got); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSensitiveValuesAreNotTold, neither of what changes nor of what is created, in no form.
func TestSensitiveValuesAreNotTold(t *testing.T) {
	_, sections := recording(t, "change")
	const before, after = "hunter2", "correct horse"
	if text := sections["plan.json"]; !strings.Contains(text, before) || !strings.Contains(text, after) {
		t.Fatal("the recording holds no secret to look for")
	}
	s := Summarize(parse(t, sections["plan.json"]), nil)
	told, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{before, after} {
		if strings.Contains(s.Markdown("x")+string(told), secret) {
			t.Errorf("the description repeats %q", secret)
		}
	}
}

func TestAcceptedRisksDoNotStopThePipeline(t *testing.T) {
	_, sections := recording(t, "danger")
	p := parse(t, sections["plan.json"])
	var addresses []string
	for _, c := range Summarize(p, nil).Risks() {
		addresses = append(addresses, c.Address)
	}
	want := []string{"aws_s3_bucket.logs", "aws_cloudwatch_log_group.web", "aws_subnet.a", "aws_vpc.main",
		"aws_cloudwatch_log_group.short"}
	if diff := cmp.Diff(want, addresses); diff != "" {
		t.Errorf("risks (-want +got):\n%s", diff)
	}
	if left := Summarize(p, addresses).Risks(); len(left) > 0 {
		t.Errorf("not allowed: %v", left)
	}
	if digest := Summarize(p, addresses).Digest(); digest != Summarize(p, nil).Digest() {
		t.Error("accepting a risk changes the digest")
	}
	s := Summarize(p, []string{"aws_iam_role.gone", "aws_lb.none"})
	const noRisk = "has no risk: remove the line"
	unused := []UnusedAllowance{{"aws_iam_role.gone", noRisk}, {"aws_lb.none", noRisk}}
	if diff := cmp.Diff(unused, s.UnusedAllowances); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}

// TestCommitMakesNoOtherPlan: a branch and its merge have different commits, and the tag of both is on everything.
func TestCommitMakesNoOtherPlan(t *testing.T) {
	changed := func(address, before, after string, alsoName bool) *tfjson.ResourceChange {
		values := func(commit, name string) map[string]any {
			return map[string]any{"tags_all": map[string]any{"SettingsCommit": commit, "Team": "web"}, "name": name}
		}
		name := "a"
		if alsoName {
			name = "b"
		}
		return &tfjson.ResourceChange{Address: address, Type: "aws_lb", Change: &tfjson.Change{
			Actions: tfjson.Actions{tfjson.ActionUpdate}, Before: values(before, "a"), After: values(after, name),
		}}
	}
	plan := func(commit string) Summary {
		return Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{
			changed("aws_lb.a", "c0", commit, false), changed("aws_lb.b", "c0", commit, true), changed("aws_lb.c",
				"c0", commit, false),
		}}, nil)
	}
	reviewed, merged := plan("c1"), plan("c2")
	if reviewed.Digest() != merged.Digest() {
		t.Error("another commit makes it another plan")
	}
	without := Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{changed("aws_lb.b", "c1", "c1",
		true)}}, nil)
	if reviewed.Digest() != without.Digest() {
		t.Error("the commit makes a plan that does the same another one")
	}
	const want = "### `web`: 3 changed, 0 unchanged\n\nChanged in place:\n\n" +
		"- `aws_lb.b`\n  - `name`: `\"a\"` → `\"b\"`\n  - `tags_all.SettingsCommit`: `\"c0\"` → `\"c1\"`\n\n" +
		"Only the tag `SettingsCommit` changes on 2 resources.\n\n"
	if diff := cmp.Diff(want+"Digest of what would be done: `"+reviewed.Digest()+"`\n",
		reviewed.Markdown("web")); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

// TestAddressesMayBeShort, without CDKTF's hash, as in overrides.
func TestAddressesMayBeShort(t *testing.T) {
	const first, second = "aws_vpc.network_vpc_0123ABCD", "aws_vpc.network_vpc_4567CDEF"
	plan := func(addresses ...string) *tfjson.Plan {
		p := &tfjson.Plan{}
		for _, address := range addresses {
			p.ResourceChanges = append(p.ResourceChanges, &tfjson.ResourceChange{
				Address: address, Type: "aws_vpc", Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}},
			})
		}
		return p
	}
	for name, tc := range map[string]struct {
		plan    *tfjson.Plan
		allowed string
		want    []string // the risks that were not accepted
		unused  []UnusedAllowance
	}{
		"whole": {plan(first, second), first, []string{second}, nil},
		"short": {plan(first), "aws_vpc.network_vpc", nil, nil},
		"ambiguous": {plan(first, second), "aws_vpc.network_vpc", []string{first, second}, []UnusedAllowance{
			{"aws_vpc.network_vpc", "means several resources: write the whole address of one"}}},
		"too short": {plan(first), "aws_vpc.network", []string{first}, []UnusedAllowance{
			{"aws_vpc.network", "has no risk: remove the line"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Summarize(tc.plan, []string{tc.allowed})
			var left []string
			for _, c := range s.Risks() {
				left = append(left, c.Address)
			}
			if diff := cmp.Diff(tc.want, left); diff != "" {
				t.Errorf("risks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.unused, s.UnusedAllowances); diff != "" {
				t.Errorf("unused (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDriftIsNotWhatTerraformItselfHasMade: an apply fills in what other resources of the stack create.
func TestDriftIsNotWhatTerraformItselfHasMade(t *testing.T) {
	group := func(before, after map[string]any) *tfjson.Plan {
		return &tfjson.Plan{
			Config: &tfjson.Config{RootModule: &tfjson.ConfigModule{Resources: []*tfjson.ConfigResource{{
				Type: "aws_security_group", Name: "tasks",
				Expressions: map[string]*tfjson.Expression{"description": {}},
			}}}},
			ResourceDrift: []*tfjson.ResourceChange{{
				Address: "aws_security_group.tasks", Type: "aws_security_group", Name: "tasks",
				Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionUpdate}, Before: before, After: after},
			}},
		}
	}
	rules := func(ports ...int) map[string]any {
		var all []any
		for _, port := range ports {
			all = append(all, map[string]any{"from_port": port})
		}
		return map[string]any{"ingress": all}
	}
	for name, tc := range map[string]struct {
		plan *tfjson.Plan
		want []string // paths
	}{
		"the first apply":       {group(rules(), rules(80)), nil},
		"a rule that was added": {group(rules(80), rules(80, 22)), []string{"ingress[1].from_port"}},
		"a configured value that was empty": {
			group(map[string]any{"description": ""}, map[string]any{"description": "x"}), []string{"description"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range Summarize(tc.plan, nil).Drift {
				for _, d := range c.Differences {
					got = append(got, d.Path)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCommentSaysHowToAgree to a risk: the file, and the line to add.
func TestCommentSaysHowToAgree(t *testing.T) {
	s := Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
		Address: "aws_vpc.x", Type: "aws_vpc", Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}},
	}}}, nil)
	s.AllowFile = "pipeline/allow/shop.txt"
	const want = "\nTo agree to it, add to `pipeline/allow/shop.txt` on this branch, with a reason of your own:\n\n" +
		"```\naws_vpc.x # why this is fine\n```\n\n"
	_, got, _ := strings.Cut(s.Markdown("shop"), "Everything in the VPC stops. |\n")
	if got, _, _ = strings.Cut(got, "Digest"); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestRisks has each kind of change, with a risk and without.
func TestRisks(t *testing.T) {
	create, destroy := tfjson.ActionCreate, tfjson.ActionDelete
	for _, tc := range []struct {
		name, kind string
		actions    tfjson.Actions
		risky      bool
	}{
		{"a load balancer is destroyed", "aws_lb", tfjson.Actions{destroy}, true},
		{"a load balancer is replaced, though the new one is there first", "aws_lb", tfjson.Actions{create, destroy},
			true},
		{"a service is replaced", "aws_ecs_service", tfjson.Actions{destroy, create}, true},
		{"a NAT gateway is replaced", "aws_nat_gateway", tfjson.Actions{create, destroy}, true},
		{"a target group goes before its successor comes", "aws_lb_target_group", tfjson.Actions{destroy, create},
			true},
		{"a target group has its successor first", "aws_lb_target_group", tfjson.Actions{create, destroy}, false},
		{"a new revision of a task", "aws_ecs_task_definition", tfjson.Actions{create, destroy}, false},
		{"a database goes", "aws_db_instance", tfjson.Actions{destroy}, true},
		{"a rule goes", "aws_vpc_security_group_ingress_rule", tfjson.Actions{destroy}, false},
		{"a kind that is not known is replaced", "aws_quantum_ledger", tfjson.Actions{destroy, create}, false},
		{"a load balancer is left to somebody else", "aws_lb", tfjson.Actions{tfjson.ActionForget}, false},
		{"a load balancer is created", "aws_lb", tfjson.Actions{create}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
				Address: tc.kind + ".x", Type: tc.kind, Change: &tfjson.Change{Actions: tc.actions},
			}}}, nil)
			if got := len(s.Risks()) == 1; got != tc.risky {
				t.Errorf("risky: %v, want %v", got, tc.risky)
			}
		})
	}
}

// TestTaintedTellsTheWayOut: AWS refuses a second subnet with the same addresses, so that every apply would fail.
func TestTaintedTellsTheWayOut(t *testing.T) {
	for kind, want := range map[string]string{"aws_subnet": "terraform untaint aws_subnet.x", "aws_eip": ""} {
		s := Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
			Address: kind + ".x", Type: kind, ActionReason: tfjson.ActionReasonReplaceBecauseTainted,
			Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionCreate, tfjson.ActionDelete}},
		}}}, nil)
		if got := s.Changes[0].Risk; want != "" && !strings.Contains(got, want) || want == "" &&
			strings.Contains(got, "untaint") {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

func TestWhatAnEarlierApplyLeftMayGo(t *testing.T) {
	s := Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
		Address: "aws_lb.x", Type: "aws_lb", DeposedKey: "abc",
		Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionDelete}},
	}}}, nil)
	if len(s.Changes) != 1 || len(s.Risks()) != 0 {
		t.Errorf("got %+v", s.Changes)
	}
}

// TestDigest: the same for two plans that would do the same, and another for any other.
func TestDigest(t *testing.T) {
	digest := func(change func(count, image map[string]any)) string {
		before := map[string]any{"desired_count": 2, "image": "a"}
		after := map[string]any{"desired_count": 2, "image": "b"}
		change(before, after)
		return Summarize(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{{
			Address: "aws_ecs_service.x", Type: "aws_ecs_service",
			Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionUpdate}, Before: before, After: after},
		}}}, nil).Digest()
	}
	reviewed := digest(func(_, _ map[string]any) {})
	if scaled := digest(func(before, after map[string]any) {
		before["desired_count"], after["desired_count"] = 5,
			5
	}); scaled != reviewed {
		t.Error("that scaling moved meanwhile makes it another plan")
	}
	for name, change := range map[string]func(before, after map[string]any){
		"another value":                  func(_, after map[string]any) { after["image"] = "c" },
		"another value to begin with":    func(before, _ map[string]any) { before["image"] = "c" },
		"one more value":                 func(_, after map[string]any) { after["family"] = "x" },
		"the number of tasks is changed": func(_, after map[string]any) { after["desired_count"] = 3 },
	} {
		if digest(change) == reviewed {
			t.Errorf("%s makes no other plan", name)
		}
	}
}

// TestCommandsBeforeAReleaseAreTold where they would run: not where only another argument of their resource changes.
func TestCommandsBeforeAReleaseAreTold(t *testing.T) {
	for name, tc := range map[string]struct{ actions, want string }{
		"the first release": {`"create"`, "shop migrate --all"},
		"a new version":     {`"delete", "create"`, "shop migrate --all"},
		"another timeout":   {`"update"`, ""},
		"its end":           {`"delete"`, ""},
	} {
		s := Summarize(parse(t, `{"format_version": "1.2", "planned_values": {}, "resource_changes": [{
			"address": "terraform_data.service_release", "mode": "managed", "type": "terraform_data", "name": "release",
			"change": {"actions": [`+tc.actions+`], "before": {"input": {}}, "after": {"input": {"container": "shop",
			"command": ["migrate", "--all"], "startedBy": "webapp-release"}}, "after_unknown": {"id": true}}}]}`), nil)
		got := ""
		for _, c := range s.Commands {
			got = c.Container + " " + strings.Join(c.Words, " ")
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestLongPlansAreCut(t *testing.T) {
	var p tfjson.Plan
	for i := range 400 {
		after := map[string]any{}
		for _, key := range strings.Split("abcdefghijklmnop", "") {
			after[key] = strings.Repeat("long ", 200)
		}
		p.ResourceChanges = append(p.ResourceChanges, &tfjson.ResourceChange{
			Address: "aws_thing.x" + strings.Repeat("y", i),
			Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionUpdate}, Before: map[string]any{},
				After: after},
		})
	}
	s := Summarize(&p, nil)
	text := s.Markdown("long")
	if len(text) > 65_536 {
		t.Errorf("%d characters; GitHub refuses that", len(text))
	}
	if want := "Digest of what would be done: `" + s.Digest() + "`\n"; !strings.HasSuffix(text, want) {
		t.Errorf("it does not end with %s", want)
	}
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a state": `{"format_version": "1.0", "values": {}}`, "no JSON": "Plan: 1 to add", "a " +
			"list": "[]",
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestCodeSpansHoldAnything(t *testing.T) {
	for text, want := range map[string]string{"a": "`a`", "a`b": "`` a`b ``", "``": "``` `` ```",
		"two\nlines": "`two lines`"} {
		if got := code(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func recording(t *testing.T, name string) (*txtar.Archive, map[string]string) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, file := range archive.Files {
		sections[file.Name] = string(file.Data)
	}
	return archive, sections
}

func parse(t *testing.T, text string) *tfjson.Plan {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
