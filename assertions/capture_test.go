package assertions_test

import (
	"testing"

	"webapp/assertions"
)

func TestCaptureKeepsValuesOfWhatMatched(t *testing.T) {
	subnets := object{"map_public_ip_on_launch": false}
	for _, tc := range []struct {
		name string
		ask  func(tpl *tmpl, cidr *assertions.Capture)
		want []string
	}{
		{"of each resource that Has finds", func(tpl *tmpl, c *assertions.Capture) {
			tpl.Has("aws_subnet", object{"map_public_ip_on_launch": false, "cidr_block": c})
		}, []string{"10.0.0.0/24", "10.0.1.0/24"}},
		{"of each resource that Find finds", func(tpl *tmpl, c *assertions.Capture) {
			tpl.Find("aws_subnet", object{"map_public_ip_on_launch": true, "cidr_block": c})
		}, []string{"10.0.2.0/24"}},
		{"of AllMatch", func(tpl *tmpl, c *assertions.Capture) { tpl.AllMatch("aws_subnet", object{"cidr_block": c}) },
			[]string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}},
		{"of CountMatching", func(tpl *tmpl, c *assertions.Capture) {
			tpl.CountMatching("aws_subnet",
				object{"cidr_block": c}, 3)
		},
			[]string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}},
		{"of OneMatching", func(tpl *tmpl, c *assertions.Capture) {
			tpl.OneMatching("aws_subnet", object{"map_public_ip_on_launch": true, "cidr_block": c})
		}, []string{"10.0.2.0/24"}},
		{"of several assertions", func(tpl *tmpl, c *assertions.Capture) {
			tpl.Find("aws_subnet", subnets)[1].Has("cidr_block", c)
			tpl.Find("aws_subnet", subnets)[0].Has("cidr_block", c)
		}, []string{"10.0.1.0/24", "10.0.0.0/24"}},
		{"of the elements that ArrayWith took", func(tpl *tmpl, c *assertions.Capture) {
			tpl.Local("names").Matches(assertions.ArrayWith(c, "b"))
		}, []string{"a"}},
		{"of the elements that Unordered gave it", func(tpl *tmpl, c *assertions.Capture) {
			tpl.Local("names").Matches(assertions.Unordered(c, "a"))
		}, []string{"b"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := assertions.NewCapture()
			tc.ask(assertions.Parse(t, stack), c)
			equal(t, all(t, c), tc.want)
		})
	}
}

func TestCaptureKeepsWhatItsPatternMatches(t *testing.T) {
	c := assertions.NewCapture(assertions.Regexp("^10.0.[12]"))
	assertions.Parse(t, stack).Has("aws_subnet", object{"cidr_block": c})
	equal(t, all(t, c), []string{"10.0.1.0/24", "10.0.2.0/24"})
}

// all are the values that a capture of strings kept.
func all(t *testing.T, c *assertions.Capture) []string {
	t.Helper()
	values := []string{c.String(t)}
	for c.Next() {
		values = append(values, c.String(t))
	}
	return values
}

func TestCaptureKeepsNothingOfWhatFailed(t *testing.T) {
	c := assertions.NewCapture()
	for _, tc := range []struct {
		name string
		ask  func(tpl *tmpl)
	}{
		{"a mismatch elsewhere in the resource", func(tpl *tmpl) {
			tpl.Has("aws_subnet",
				object{"cidr_block": c, "x": 1})
		}},
		{"another resource does not match", func(tpl *tmpl) {
			tpl.AllMatch("aws_subnet", object{"cidr_block": c, "map_public_ip_on_launch": false})
		}},
		{"the count is wrong", func(tpl *tmpl) { tpl.CountMatching("aws_subnet", object{"cidr_block": c}, 2) }},
		{"more than one matches", func(tpl *tmpl) { tpl.OneMatching("aws_subnet", object{"cidr_block": c}) }},
		{"a later element is missing", func(tpl *tmpl) { tpl.Local("names").Matches(assertions.ArrayWith(c, "c")) }},
		{"a later value is another", func(tpl *tmpl) { tpl.Local("names").Matches([]any{c, "c"}) }},
		{"Not", func(tpl *tmpl) { tpl.Local("names").Matches(assertions.Not(c)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tpl := assertions.Parse(t, stack)
			if failures(func(tb testing.TB) { tc.ask(tpl.With(tb)) }) == "" {
				t.Error("the assertion passed, want it to fail")
			}
			equal(t, failures(func(tb testing.TB) { c.String(tb) }), "FATAL nothing was captured, want a string")
		})
	}
}

func TestCaptureHasATypeForEachJSONType(t *testing.T) {
	capture := func(path string) *assertions.Capture {
		c := assertions.NewCapture()
		assertions.Parse(t, `{"locals": {"x": {"s": "a", "n": 2, "b": true, "a": [1],
			"o": {"k": "v"}}}}`).Local("x").Has(path, c)
		return c
	}
	equal(t, capture("s").String(t), "a")
	equal(t, capture("n").Number(t), 2.0)
	equal(t, capture("b").Bool(t), true)
	equal(t, capture("a").Array(t), []any{1.0})
	equal(t, capture("o").Object(t), map[string]any{"k": "v"})

	for _, tc := range []struct {
		name string
		ask  func(t testing.TB)
		want string
	}{
		{"a number is not a string", func(t testing.TB) { capture("n").String(t) },
			"FATAL captured value: got 2 (number), want a string"},
		{"a string is not a number", func(t testing.TB) { capture("s").Number(t) },
			`FATAL captured value: got "a" (string), want a number`},
		{"an object is not a boolean", func(t testing.TB) { capture("o").Bool(t) },
			`FATAL captured value: got {"k":"v"} (object), want a boolean`},
		{"a boolean is not an array", func(t testing.TB) { capture("b").Array(t) },
			"FATAL captured value: got true (boolean), want an array"},
		{"an array is not an object", func(t testing.TB) { capture("a").Object(t) },
			"FATAL captured value: got [1] (array), want an object"},
	} {
		t.Run(tc.name, func(t *testing.T) { equal(t, failures(tc.ask), tc.want) })
	}
}
