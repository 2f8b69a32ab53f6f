package assertions_test

import (
	"fmt"
	"strings"
	"testing"

	"webapp/assertions"
)

// BenchmarkParse reads a stack of 200 resources.
func BenchmarkParse(b *testing.B) {
	text := manyRules(200)
	for b.Loop() {
		assertions.Parse(b, text)
	}
}

// BenchmarkOneMatching finds the one of 200 resources that is wanted, by a property inside it.
func BenchmarkOneMatching(b *testing.B) {
	tpl := assertions.Parse(b, manyRules(200))
	path := assertions.Object{"path_pattern": assertions.Object{"values": []any{"/199/*"}}}
	want := assertions.Object{"condition": assertions.ArrayWith(path)}
	for b.Loop() {
		tpl.OneMatching("aws_lb_listener_rule", want)
	}
}

func manyRules(n int) string {
	rules := make([]string, n)
	for i := range rules {
		rules[i] = fmt.Sprintf(`"rule-%d": {"priority": %d, "listener_arn": "${aws_lb_listener.web.arn}", `+
			`"action": [{"type": "forward", "target_group_arn": "${aws_lb_target_group.web-%d.arn}"}], `+
			`"condition": [{"path_pattern": {"values": ["/%d/*"]}}]}`, i, i+1, i, i)
	}
	return `{"resource": {"aws_lb_listener_rule": {` + strings.Join(rules, ",") + `}}}`
}
