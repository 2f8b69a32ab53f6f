package diagram

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/internal/synth"
	"webapp/internal/tfstack"
	"webapp/settings"
	"webapp/stacks"
)

var update = flag.Bool("update", false, "rewrite docs/diagrams")

const project = "../.."

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// TestPagesAreThoseOfTheExamples checks that each example has an up-to-date page with its picture.
func TestPagesAreThoseOfTheExamples(t *testing.T) {
	files, err := filepath.Glob(project + "/examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	var wanted []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		path := fmt.Sprintf("%s/docs/diagrams/%s.md", project, name)
		wanted = append(wanted, path)
		want := page(t, name, file)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; run: go test ./internal/diagram -update", err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale; run: go test ./internal/diagram -update\n(-stack +page):\n%s", path, diff)
		}
	}
	there, err := filepath.Glob(project + "/docs/diagrams/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !slices.Contains(wanted, path) {
			t.Errorf("%s is of no example; remove it", path)
		}
	}
}

// page is the page of a settings file, with a part for each of its stacks.
func page(t *testing.T, name, file string) string {
	t.Helper()
	relative, err := filepath.Rel(project, file)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("<!-- written by go test ./internal/diagram -update -->\n# %s\n\nWhat [%s](../../%s) "+
		"deploys.\n", name, relative, relative)
	all := synthesize(t, file)
	for _, s := range all {
		level := 2
		if len(all) > 1 {
			text += "\n## " + s.name + "\n"
			level = 3
		}
		checkMermaid(t, s.mermaid())
		text += "\n" + Page(s.Stack, level)
	}
	return text
}

type named struct {
	name string
	stack
}

func synthesize(t *testing.T, file string) []named {
	t.Helper()
	all, err := settings.Load(file, settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(project, synth.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	outdir := filepath.Join(t.TempDir(), "out")
	err = synth.Write(outdir, lock, func(app cdktf.App) error {
		for _, s := range all {
			if err := stacks.Override(stacks.NewWebApp(app, s), s.Overrides); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var parsed []named
	for _, s := range all {
		read, err := tfstack.Read(filepath.Join(outdir, "stacks", s.StackName(), tfstack.File))
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, named{s.StackName(), stack{read}})
	}
	return parsed
}

var (
	declared = regexp.MustCompile(`(?m)^ *(?:subgraph )?(\w+)[[(]`)
	edge     = regexp.MustCompile(`(?m)^ *(\w+) (?:-->|-\.->|-\.-)(?:\|"[^"]*"\|)? (\w+)$`)
)

// checkMermaid checks that the ends of every edge are drawn: Mermaid would make up a box for one that is not.
func checkMermaid(t *testing.T, text string) {
	t.Helper()
	known := map[string]bool{}
	for _, d := range declared.FindAllStringSubmatch(text, -1) {
		known[d[1]] = true
	}
	edges := edge.FindAllStringSubmatch(text, -1)
	if len(edges) == 0 {
		t.Errorf("no edge in\n%s", text)
	}
	for _, e := range edges {
		if !known[e[1]] || !known[e[2]] {
			t.Errorf("one end is not drawn of %q in\n%s", e[0], text)
		}
	}
	if arrows := strings.Count(text, "-->") + strings.Count(text, "-.-"); arrows != len(edges) {
		t.Errorf("%d arrows, and %d edges could be read, in\n%s", arrows, len(edges), text)
	}
}

func TestFlows(t *testing.T) {
	group := func(name string) string { return fmt.Sprintf(`"${aws_security_group.%s.id}"`, name) }
	s := parse(t, `{"resource": {
		"aws_vpc": {"v": {"cidr_block": "10.1.0.0/16"}},
		"aws_security_group": {"lb": {"description": "Balancer"}, "tasks": {"description": "Tasks"}},
		"aws_vpc_endpoint": {"s3": {"service_name": "com.amazonaws.${data.aws_region.r.name}.s3"}},
		"aws_vpc_security_group_ingress_rule": {
			"a": {"security_group_id": `+group("lb")+`, "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp",
				"from_port": 443, "to_port": 443, "description": "Anyone"},
			"b": {"security_group_id": `+group("lb")+`, "cidr_ipv6": "::/0", "ip_protocol": "tcp", "from_port": 443,
				"to_port": 443},
			"c": {"security_group_id": `+group("tasks")+`, "referenced_security_group_id": `+group("lb")+`,
				"ip_protocol": "tcp", "from_port": 80, "to_port": 90},
			"d": {"security_group_id": `+group("tasks")+`, "cidr_ipv4": "10.1.0.0/16", "ip_protocol": "udp",
				"from_port": 53, "to_port": 53}},
		"aws_vpc_security_group_egress_rule": {
			"e": {"security_group_id": `+group("lb")+`, "referenced_security_group_id": `+group("tasks")+`,
				"ip_protocol": "tcp", "from_port": 80, "to_port": 90},
			"f": {"security_group_id": `+group("tasks")+`, "prefix_list_id": "${aws_vpc_endpoint.s3.prefix_list_id}",
				"ip_protocol": "-1"},
			"g": {"security_group_id": `+group("tasks")+`, "referenced_security_group_id": "sg-0123456789abcdef0",
				"ip_protocol": "-1"}}}}`)
	var got []string
	for _, f := range s.flows() {
		got = append(got, fmt.Sprintf("%s > %s: %s %s", f.From.name, f.To.name, f.Ports, f.Purpose))
	}
	want := []string{
		"Anything in the VPC > Tasks: udp 53 ",
		"The internet > Balancer: tcp 443 Anyone",
		"Balancer > Tasks: tcp 80 to 90 ",
		"Tasks > s3: all traffic ",
		"Tasks > sg-0123456789abcdef0: all traffic ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}
}

// TestWhatIsNotKnownIsCounted, and no reference into it is taken for something else.
func TestWhatIsNotKnownIsCounted(t *testing.T) {
	s := parse(t, `{"resource": {
		"aws_quantum_ledger": {"x": {"subnets": ["${aws_subnet.gone.id}"],
			"deep": [{"er": "${aws_quantum_ledger.y.id}"}]}, "y": {}},
		"aws_lb": {"l": {"internal": true, "subnets": "${local.found}"}}}}`)
	checkMermaid(t, s.mermaid()+"  vpc --> vpc\n") // it has no edge of its own
	if diff := cmp.Diff(map[string]int{"aws_quantum_ledger": 2, "aws_lb": 1}, s.counts()); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	lb := s.Resources("aws_lb")[0]
	if diff := cmp.Diff([]string{"<b>Load balancer</b>", "internal"}, s.describeBalancer(lb)); diff != "" {
		t.Errorf("load balancer (-want +got):\n%s", diff)
	}
	tier := newNetwork(s).place(lb.Get("subnets"))
	if diff := cmp.Diff([]string{"known when Terraform runs"}, tier.subnets); diff != "" ||
		tier.title != "Existing subnets" {
		t.Errorf("%s (-want +got):\n%s", tier.title, diff)
	}
}

func TestTasksInPublicSubnetsReachOutByThemselves(t *testing.T) {
	text := synthesize(t, project+"/examples/minimal.yaml")[0].mermaid()
	for _, e := range edge.FindAllStringSubmatch(text, -1) {
		if e[1] == idOf(internet) && e[2] == "public" {
			return
		}
	}
	t.Errorf("no way out in\n%s", text)
}

func TestLabelsCannotBreakThePicture(t *testing.T) {
	if got, want := quote(`say "#1"`), `"say #quot;#35;1#quot;"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func parse(t *testing.T, text string) stack {
	t.Helper()
	s, err := tfstack.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return stack{s}
}
