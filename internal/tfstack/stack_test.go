package tfstack_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/tfstack"
)

const text = `{
	"provider": {"aws": [
		{"alias": "elsewhere", "region": "us-east-1"},
		{"region": "eu-west-1", "default_tags": [{"tags": {"Application": "web"}}]}
	]},
	"data": {"aws_vpc": {"v_0A": {"default": true}}},
	"resource": {
		"aws_lb": {
			"l_0A": {
				"name": "web", "idle_timeout": 60, "subnets": ["${aws_subnet.s_0A.id}", "subnet-1"],
				"tags": {"of": "${data.aws_vpc.v_0A.id} and ${aws_subnet.s_0A.id}", "text": "aws_subnet.s_0A"}
			},
			"l_0B": {}, "other": {"access_logs": {"bucket": "b"}}
		},
		"aws_subnet": {"s_0A": {"filter": [{"name": "a"}, {"name": "b", "values": [1]}]}}
	}}`

func parse(t *testing.T) *tfstack.Stack {
	t.Helper()
	s, err := tfstack.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addresses(all []tfstack.Resource) []string {
	var found []string
	for _, r := range all {
		found = append(found, r.Address())
	}
	return found
}

func TestResourcesAndDataSources(t *testing.T) {
	s := parse(t)
	for _, tc := range []struct {
		name      string
		got, want []string
	}{
		{"all", addresses(s.Resources()), []string{"aws_lb.l_0A", "aws_lb.l_0B", "aws_lb.other", "aws_subnet.s_0A"}},
		{"of a type", addresses(s.Resources("aws_subnet", "aws_vpc")), []string{"aws_subnet.s_0A"}},
		{"data sources", addresses(s.DataSources()), []string{"data.aws_vpc.v_0A"}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestProviderIsTheOneWithoutAlias(t *testing.T) {
	s := parse(t)
	if got := s.Region(); got != "eu-west-1" {
		t.Errorf("region: got %q", got)
	}
	if diff := cmp.Diff(map[string]string{"Application": "web"}, s.DefaultTags()); diff != "" {
		t.Errorf("default tags (-want +got):\n%s", diff)
	}
}

func TestReferencesAreThoseInExpressions(t *testing.T) {
	s := parse(t)
	lb, _ := s.Get("aws_lb.l_0A")
	subnet, _ := s.Get("aws_subnet.s_0A")
	if diff := cmp.Diff([]string{"aws_subnet.s_0A"}, addresses(s.References(lb.Get("subnets")))); diff != "" {
		t.Errorf("references of subnets (-want +got):\n%s", diff)
	}
	want := []string{"data.aws_vpc.v_0A", "aws_subnet.s_0A"}
	if diff := cmp.Diff(want, addresses(s.References(lb.Get("tags")))); diff != "" {
		t.Errorf("references of tags (-want +got):\n%s", diff)
	}
	if s.RefersTo(lb.Block("tags").Get("text"), subnet) {
		t.Error("a text without an expression is taken for a reference")
	}
}

func TestBlocks(t *testing.T) {
	s := parse(t)
	subnet, _ := s.Get("aws_subnet.s_0A")
	other, _ := s.Get("aws_lb.other")
	if n := len(subnet.Blocks("filter")); n != 2 {
		t.Errorf("got %d blocks of a list, want 2", n)
	}
	if got := other.Block("access_logs").Text("bucket"); got != "b" {
		t.Errorf("the bucket in a block without a list: got %q", got)
	}
	if got := other.Block("missing").Text("bucket"); got != "" {
		t.Errorf("the bucket in a block that is not set: got %q", got)
	}
	for path, want := range map[string]bool{
		"filter.1.values.0": true, "filter.1.values.1": false, "filter.2": false, "filter.-1": false, "filter.x": false,
		"filter.0.name.deeper": false, "missing": false,
	} {
		if got := subnet.Has(path); got != want {
			t.Errorf("has %s: got %t, want %t", path, got, want)
		}
	}
}

func TestFindTakesAddressesWithoutTheirHash(t *testing.T) {
	s := parse(t)
	for _, tc := range []struct{ address, found, problem string }{
		{address: "aws_lb.l_0A", found: "aws_lb.l_0A"},
		{address: "aws_subnet.s", found: "aws_subnet.s_0A"},
		{address: "data.aws_vpc.v", found: "data.aws_vpc.v_0A"},
		{address: "aws_lb.other", found: "aws_lb.other"},
		{address: "aws_lb.l", problem: "several resources aws_lb.l; write one of aws_lb.l_0A, aws_lb.l_0B"},
		{address: "aws_subnet.x", problem: "no resource aws_subnet.x; write one of aws_subnet.s_0A"},
		{address: "aws_eip.x", problem: "no resource of type aws_eip; see the addresses in its plan"},
	} {
		found, err := s.Find(tc.address)
		switch {
		case tc.problem != "" && (err == nil || err.Error() != tc.problem):
			t.Errorf("%s: got the error %v, want %s", tc.address, err, tc.problem)
		case tc.problem == "" && (err != nil || found.Address() != tc.found):
			t.Errorf("%s: got %s, %v", tc.address, found.Address(), err)
		}
	}
	for address, want := range map[string]string{
		"aws_lb.l_0A": "aws_lb.l_0A", "aws_subnet.s_0A": "aws_subnet.s", "aws_lb.other": "aws_lb.other",
	} {
		if got := s.ShortAddress(address); got != want {
			t.Errorf("the short address of %s: got %s, want %s", address, got, want)
		}
	}
}

func TestWhatIsNotAStackIsRefused(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "{}", `{"resource": []}`} {
		if _, err := tfstack.Parse([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
