package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// permitted lists what statements permit, one resource and action at a time.
func permitted(policies ...[]Statement) []string {
	var all []string
	for _, statements := range policies {
		for _, s := range statements {
			for _, action := range s.Actions {
				for _, resource := range s.Resources {
					all = append(all, fmt.Sprint(action, " ", resource, " ", s.Conditions))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestDividedPoliciesPermitTheSameWithinTheLimits(t *testing.T) {
	of := func(n, length int) Statement {
		s := Statement{Actions: []string{"ssm:GetParameters"}}
		for i := range n {
			name := fmt.Sprintf("arn:aws:ssm:eu-west-1:123456789012:parameter/%04d", i)
			s.Resources = append(s.Resources, name+strings.Repeat("x", max(0, length-len(name))))
		}
		return s
	}
	conditional := of(300, 60)
	conditional.Conditions = map[string]map[string][]string{"StringEquals": {"aws:ResourceTag/team": {"web"}}}
	long := of(1, 2048)
	for i := range 400 {
		long.Actions = append(long.Actions, fmt.Sprintf("s3:GetSomethingOfANumber%d", i))
	}
	filled := of(1, 2048) // to 10,240 characters with three more and the last one as long as there is room
	filled.Resources = slices.Concat(of(4, 2048).Resources, []string{"arn:aws:s3:::" + strings.Repeat("b", 100)})
	filled.Resources[4] += strings.Repeat("b", maxInline-policySize([]Statement{filled}, asWritten))
	tooLong := filled
	tooLong.Resources = slices.Clone(filled.Resources)
	tooLong.Resources[4] += "b"
	for _, tc := range []struct {
		name    string
		inline  [][]Statement
		managed int
	}{
		{"nothing", [][]Statement{nil}, 0},
		{"little", [][]Statement{{of(10, 60)}, nil, {of(1, 60)}}, 0},
		{"just as much as fits", [][]Statement{{filled}}, 0},
		{"one character more", [][]Statement{{tooLong}}, 1},
		{"several policies together", [][]Statement{{of(100, 60)}, {of(50, 60), of(50, 61)}}, 1},
		{"longest ARNs", [][]Statement{{of(60, 2048)}}, 28},
		{"conditions stay with every part", [][]Statement{{conditional}}, 2},
		{"too many actions for one policy", [][]Statement{{long}}, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := DividePolicies(tc.inline, asWritten)
			if got.tooLong {
				t.Error("a statement fits nowhere")
			}
			if len(got.Managed) != tc.managed {
				t.Errorf("got %d managed policies, want %d", len(got.Managed), tc.managed)
			}
			if diff := cmp.Diff(permitted(tc.inline...), permitted(append(got.Inline, got.Managed...)...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			inline := 0
			for _, statements := range got.Inline {
				if len(statements) > 0 {
					inline += policySize(statements, asWritten)
				}
			}
			if inline > maxInline {
				t.Errorf("the inline policies have %d characters", inline)
			}
			for i, statements := range got.Managed {
				if size := policySize(statements, asWritten); size > maxManaged || len(statements) == 0 {
					t.Errorf("the managed policy %d has %d statements and %d characters", i, len(statements), size)
				}
			}
		})
	}
}

func TestAConditionThatNoPolicyHolds(t *testing.T) {
	s := Statement{Actions: []string{"s3:GetObject"}, Resources: []string{"*"},
		Conditions: map[string]map[string][]string{
			"StringEquals": {"aws:ResourceTag/team": {strings.Repeat("x", maxInline)}},
		}}
	if !DividePolicies([][]Statement{{s}}, asWritten).tooLong {
		t.Error("it is said to fit")
	}
}

func TestRolesThatNeedTooMuch(t *testing.T) {
	parameters := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "    P%d: /a%d\n", i, i)
		}
		return "container:\n  image: nginx\n  ports: [80]\n  secrets:\n" + b.String()
	}
	resourcesOf := func(role string, n, policies int) string {
		var b strings.Builder
		b.WriteString("container: {image: nginx, ports: [80]}\ntask:\n  " + role + ":\n    policies:\n")
		for i := range policies {
			fmt.Fprintf(&b, "    - arn:aws:iam::123456789012:policy/p%d\n", i)
		}
		b.WriteString("    statements:\n    - actions: [s3:GetObject]\n      resources:\n")
		for i := range n {
			// 1,000 characters, and 3 in the list
			fmt.Fprintf(&b, "      - arn:aws:s3:::bucket/%04d%s\n", i, strings.Repeat("x", 976))
		}
		return b.String()
	}
	resources := func(n, policies int) string { return resourcesOf("role", n, policies) }
	var policies []string
	for i := range 10 {
		policies = append(policies, fmt.Sprintf(`"arn:aws:iam::123456789012:policy/p%d"`, i))
	}
	const atMost10 = `; a role has at most 10, unless the account's quota "Managed policies per role" is higher`
	for _, tc := range []struct{ name, settings, want string }{
		{"120 parameters", parameters(120), ""},
		{"1,000 parameters", parameters(1000), ""},
		{"1,600 parameters", parameters(1600), "webapp.yaml:2:1: container: note: the secrets, environment files and " +
			"images of the containers need managed policies of 6144 characters, 16 in number" + atMost10},
		{"1,600 parameters and ten policies of the user's", parameters(1600) + "task: {executionRole: {policies: [" +
			strings.Join(policies, ", ") + "]}}", "webapp.yaml:2:1: container: the secrets, environment files and images " +
			"of the containers need managed policies of 6144 characters, 16 in number, and task.executionRole.policies " +
			"has 10, but a role has at most 25; write fewer references, such as one secret with several keys " +
			"(arn:…:key::)"},
		{"60 resources", resources(60, 0), ""},
		{"as many as ten policies hold", resources(10+10*6, 0), ""},
		{"one more", resources(10+10*6+1, 0), "webapp.yaml:7:5: task.role.statements: note: is long: after the 10240 " +
			"characters of the role's inline policies, it needs managed policies of 6144 characters, 11 in number" + atMost10},
		{"one more than any role has", resources(10+25*6+1, 0), "webapp.yaml:7:5: task.role.statements: is long: after " +
			"the 10240 characters of the role's inline policies, it needs managed policies of 6144 characters, 26 in " +
			"number, but a role has at most 25; write fewer resources or actions, or use wildcards (*)"},
		{"ten policies of the user's", resources(10, 10), ""},
		{"eleven of the user's", resources(10, 11),
			"webapp.yaml:6:5: task.role.policies: note: has 11 policies" + atMost10},
		{"26 of the user's", resources(11, 26), "webapp.yaml:6:5: task.role.policies: has 26 policies; a role has at most " +
			"25: write statements"},
		{"and one character more", resources(11, 10), "webapp.yaml:17:5: task.role.statements: note: is long: after " +
			"the 10240 characters of the role's inline policies, it needs managed policies of 6144 characters, 1 in number, " +
			"and task.role.policies has 10" + atMost10},
		{"as much for the execution role", resourcesOf("executionRole", 9, 10), ""},
		{"and one more", resourcesOf("executionRole", 10, 10), "webapp.yaml:17:5: task.executionRole.statements: note: is " +
			"long: after the 10240 characters of the role's inline policies, it needs managed policies of 6144 " +
			"characters, 1 in number, and task.executionRole.policies has 10" + atMost10},
		{"1,000 parameters and a policy of the user's", parameters(1000) + "task: {executionRole: {policies: " +
			"[\"arn:aws:iam::123456789012:policy/p\"]}}", "webapp.yaml:2:1: container: note: the secrets, environment " +
			"files and images of the containers need managed policies of 6144 characters, 10 in number, and " +
			"task.executionRole.policies has 1" + atMost10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all, err := Parse("webapp.yaml", []byte("name: webapp\n"+tc.settings), Options{})
			got := ""
			if err != nil {
				got = err.Error()
			} else if notes := Notes(all); len(notes) > 0 {
				got = notes.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
