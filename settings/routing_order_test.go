package settings

import (
	"fmt"
	"strings"
	"testing"
)

func TestNarrowerRulesComeFirst(t *testing.T) {
	long := "/" + strings.Repeat("a", 100)
	for _, tc := range []struct {
		name          string
		first, second Routing
	}{
		{"an exact host before a wildcard", Routing{Hosts: []string{"admin.example.com"}},
			Routing{Hosts: []string{"*.example.com"}}},
		{"a longer host pattern before a shorter one", Routing{Hosts: []string{"*.eu.example.com"}},
			Routing{Hosts: []string{"*.example.com"}}},
		{"long host patterns too", Routing{Hosts: []string{"*." + strings.Repeat("b", 60) + ".example.com"}},
			Routing{Hosts: []string{"*" + strings.Repeat("b", 60) + ".example.com"}}},
		{"a host before any host", Routing{Hosts: []string{"*.example.com"}},
			Routing{Paths: []string{"/api/v1/orders"}}},
		{"an exact path before a wildcard", Routing{Paths: []string{"/api/health"}},
			Routing{Paths: []string{"/api/*"}}},
		{"a longer path before a shorter one", Routing{Paths: []string{"/api/v2/*"}},
			Routing{Paths: []string{"/api/*"}}},
		{"long paths too", Routing{Paths: []string{long + "b*"}}, Routing{Paths: []string{long + "*"}}},
		{"the path of a host", Routing{Hosts: []string{"example.com"}, Paths: []string{"/api/*"}},
			Routing{Hosts: []string{"example.com"}}},
		{"the exact path of a host", Routing{Hosts: []string{"example.com"}, Paths: []string{"/a"}},
			Routing{Hosts: []string{"example.com"}, Paths: []string{"/*"}}},
		{"the path of a host pattern", Routing{Hosts: []string{"*.example.com"}, Paths: []string{"/api/*"}},
			Routing{Hosts: []string{"*.example.com"}, Paths: []string{"/*"}}},
		{"a header besides", Routing{Paths: []string{"/api/*"}, Headers: map[string][]string{"X-Beta": {"*"}}},
			Routing{Paths: []string{"/api/*"}}},
		{"a header's value before a pattern", Routing{Headers: map[string][]string{"X-Beta": {"yes"}}},
			Routing{Headers: map[string][]string{"X-Beta": {"yes*"}}}},
		{"two headers before one", Routing{Headers: map[string][]string{"X-A": {"1"}, "X-B": {"*"}}},
			Routing{Headers: map[string][]string{"X-A": {"1"}}}},
		{"a source besides", Routing{Paths: []string{"/*"}, Sources: []string{"0.0.0.0/0"}},
			Routing{Paths: []string{"/*"}}},
		{"a smaller range", Routing{Sources: []string{"10.0.0.0/25"}},
			Routing{Sources: []string{"10.0.0.0/24", "10.1.0.0/25"}}},
		{"one of several values is enough", Routing{Paths: []string{"/api/*"}},
			Routing{Paths: []string{"/*", "/a/very/long/path/*"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for i := range 100 {
				one, other := fmt.Sprint("service-", i), fmt.Sprint("service-", i+1)
				if first, second := tc.first.derivePriority(one), tc.second.derivePriority(other); first >= second {
					t.Fatalf("%s has priority %d, %s has %d", one, first, other, second)
				}
			}
		})
	}
}

// TestEqualPrioritiesMoveApart: two of many rules are likely to have the same priority by themselves.
func TestEqualPrioritiesMoveApart(t *testing.T) {
	const container = "container: {image: nginx, ports: [80]}"
	file := "name: web\nnetwork: {new: {ipv6: true}}\n" + container + "\nservices:\n"
	for i := range 95 {
		file += fmt.Sprintf("  s%d: {%s, routing: {hosts: [api.example.com], paths: [/s%d]}}\n", i, container, i)
	}
	for i := range 4 { // so specific that there is one place for all
		file += fmt.Sprintf("  t%d: {%s, routing: {sources: [\"2001:db8:%d::/48\"]}}\n", i, container, i)
	}
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[int]string{}
	moved := 0
	for _, w := range all[0].Workloads()[1:] {
		if other, taken := keys[w.Routing.Priority]; taken {
			t.Errorf("%s and %s have the priority %d", other, w.Key, w.Routing.Priority)
		}
		keys[w.Routing.Priority] = w.Key
		if w.Routing.Priority != w.Routing.derivePriority(w.Key) {
			moved++
		}
	}
	if notes := len(all[0].Notes); moved == 0 || notes < moved {
		t.Errorf("%d of the rules have moved, with %d notes", moved, notes)
	}
}

func TestPrioritiesAreWithinTheLimits(t *testing.T) {
	five := strings.Repeat("x", 128)
	for _, r := range []Routing{
		{Hosts: []string{"a.example.com"}, Paths: []string{"/a"},
			Headers: map[string][]string{"A": {five}, "B": {five}, "C": {five}}},
		{Paths: []string{"*"}}, {Hosts: []string{"*"}}, {Headers: map[string][]string{"A": {"*"}}},
	} {
		for i := range 100 {
			if got := r.derivePriority(fmt.Sprint(i)); got < 1 || got > maxPriority {
				t.Errorf("%+v: got %d, want 1 to %d", r, got, maxPriority)
			}
		}
	}
}

func TestShadows(t *testing.T) {
	for _, tc := range []struct {
		name         string
		outer, inner Routing
		want         bool
	}{
		{"any path of the host", Routing{Hosts: []string{"*.example.com"}},
			Routing{Hosts: []string{"A.Example.com"}, Paths: []string{"/x"}}, true},
		{"another host", Routing{Hosts: []string{"*.example.com"}}, Routing{Hosts: []string{"example.com"}}, false},
		{"the narrower one", Routing{Paths: []string{"/api/*"}}, Routing{Paths: []string{"/*"}}, false},
		{"one character", Routing{Paths: []string{"/a?"}}, Routing{Paths: []string{"/ab"}}, true},
		{"any number of characters is not one", Routing{Paths: []string{"/a?"}}, Routing{Paths: []string{"/a*"}},
			false},
		{"stars in the middle", Routing{Paths: []string{"/*/b/*/d"}}, Routing{Paths: []string{"/a/b/c/b/x/d"}}, true},
		{"paths know case", Routing{Paths: []string{"/API/*"}}, Routing{Paths: []string{"/api/v1"}}, false},
		{"a path that only some values cover", Routing{Paths: []string{"/a/*"}},
			Routing{Paths: []string{"/a/1", "/b/1"}}, false},
		{"a header that the other one does not ask for", Routing{Headers: map[string][]string{"X": {"1"}}},
			Routing{Paths: []string{"/"}}, false},
		{"a header in another case", Routing{Headers: map[string][]string{"X-Beta": {"*"}}},
			Routing{Headers: map[string][]string{"x-beta": {"1"}}}, true},
		{"every path", Routing{Hosts: []string{"*.example.com"}, Paths: []string{"/*"}},
			Routing{Hosts: []string{"a.example.com"}}, true},
		{"every address", Routing{Sources: []string{"0.0.0.0/0"}}, Routing{Paths: []string{"/x"}}, true},
		{"a range", Routing{Sources: []string{"10.0.0.0/8"}}, Routing{Sources: []string{"10.1.0.0/16"}}, true},
		{"a larger range", Routing{Sources: []string{"10.1.0.0/16"}}, Routing{Sources: []string{"10.0.0.0/8"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.outer.shadows(&tc.inner, []string{"0.0.0.0/0"}); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
