package assertions_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"webapp/assertions"
)

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func ptr[T any](v T) *T { return &v }

type (
	mode      string
	container struct {
		Name  string `json:"name"`
		Ports []int  `json:"ports,omitempty"`
		Any   any    `json:"any,omitempty"`
	}
)

// Each case matches a want with a JSON value.
func TestMatchers(t *testing.T) {
	lb := assertions.Parse(t, `{"resource": {"aws_lb": {"web": {}}}}`).One("aws_lb")
	for _, tc := range []struct {
		name string
		got  string
		want any
		says string // "" = it matches
	}{
		// Literals.
		{"a string is itself", `"a"`, "a", ""},
		{"a string is not equal to another", `"a"`, "b", `got "a" (string), want "b"`},
		{"a string is shown as it is", `"<a & b>"`, "<a>", `got "<a & b>" (string), want "<a>"`},
		{"a number in a string is not a number", `"1"`, 1, `got "1" (string), want 1 (number)`},
		{"a number is not a string", `1`, "1", `got 1 (number), want "1" (string)`},
		{"true is not a string", `true`, "true", `got true (boolean), want "true" (string)`},
		{"null is not a string", `null`, "", `got null, want "" (string)`},
		{"an int is a JSON number", `2`, 2, ""},
		{"a float is a JSON number", `2`, 2.0, ""},
		{"an unsigned number is a JSON number", `2`, uint8(2), ""},
		{"half is not the whole", `2.5`, 2, `got 2.5 (number), want 2`},
		{"a named string is a string", `"host"`, mode("host"), ""},
		{"a pointer is what it points to", `"a"`, ptr("a"), ""},
		{"a type with its own JSON is that JSON", `"2026-01-02T00:00:00Z"`, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
			""},
		{"a map is partial", `{"a":1,"b":2}`, map[string]int{"a": 1}, ""},
		{"a map is partial at every depth", `{"a":[{"b":1,"c":2}],"d":3}`, object{"a": []any{object{"b": 1}}}, ""},
		{"a map has another value", `{"a":"1"}`, map[string]string{"a": "2"}, `a: got "1" (string), want "2"`},
		{"a map has no such key", `{}`, map[mode]int{"a": 1}, `a: missing, want 1 (the object is empty)`},
		{"an array is not a map", `[1]`, object{"a": []int{1}}, `got [1] (array), want {"a":[1]} (object)`},
		{"a slice is equal", `["a","b"]`, []string{"a", "b"}, ""},
		{"a slice has an order", `["a","b"]`, []string{"b", "a"}, `
[0]: got "a" (string), want "b"
[1]: got "b" (string), want "a"`},
		{"a slice has a length", `[1,2]`, []int{1}, `got 2 elements: [1,2], want 1: [1]`},
		{"a slice is empty", `[]`, []string{}, ""},
		{"an object is not a slice", `{}`, []any{"a", assertions.Any()},
			`got {} (object), want ["a",any value] (array)`},
		{"a struct is its JSON", `{"name":"app","cpu":1}`, container{Name: "app"}, ""},
		{"structs in a slice are partial", `[{"name":"app","ports":[80],"cpu":1}]`,
			[]container{{Name: "app", Ports: []int{80}}}, ""},
		{"a struct has another value", `[{"name":"app"}]`, []container{{Name: "web"}},
			`[0].name: got "app" (string), want "web"`},

		// Wants that are wrong.
		{"nil is not a valid want", `null`, nil, `FATAL nil: write Absent() for no such key, Any() for any value, ` +
			`or an empty literal`},
		{"nil inside is not a valid want", `{}`, object{"a": []any{1, object{"b": nil}}},
			`FATAL a[1].b: nil: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"a nil slice is not a valid want", `{"a":1}`, object{"a": []string(nil)},
			`FATAL a: nil []string: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"a nil pointer is not a valid want", `1`, (*string)(nil),
			`FATAL nil *string: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"nil in a struct is not a valid want", `1`, struct{ A *int }{},
			`FATAL A: nil: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"nil does not hide behind Not", `{}`, assertions.Not(object{"a": nil}),
			`FATAL a: nil: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"nil does not hide in ArrayWith", `[]`, assertions.ArrayWith(nil),
			`FATAL [0]: nil: write Absent() for no such key, Any() for any value, or an empty literal`},
		{"a channel is not a valid want", `1`, make(chan int), `FATAL json: unsupported type: chan int`},
		{"a number is a key as a string", `{"1":2}`, map[int]int{1: 2}, ""},
		{"a matcher in a struct would be lost", `1`, container{Any: assertions.Any()},
			`FATAL json: unsupported type: assertions.matcher`},
		{"a capture in a struct would be lost", `1`, container{Any: assertions.NewCapture()},
			`FATAL json: error calling MarshalJSON for type *assertions.Capture: ` +
				`a Capture cannot be in a struct; write the want as a map`},

		// Objects.
		{"ObjectLike is partial", `{"a":{"b":1,"c":2}}`, assertions.ObjectLike(object{"a": object{"b": 1}}), ""},
		{"ObjectLike has another value", `{"a":{"b":1}}`, assertions.ObjectLike(object{"a": object{"b": 2}}),
			`a.b: got 1 (number), want 2`},
		{"ObjectEquals has these keys", `{"a":{"b":1}}`, assertions.ObjectEquals(object{"a": object{"b": 1}}), ""},
		{"ObjectEquals has no other keys at any depth", `{"a":{"b":1,"c":2},"d":null}`,
			assertions.ObjectEquals(object{"a": object{"b": 1}}), `
a.c: got 2 (number), want no such key
d: got null, want no such key`},
		{"Exact is exact inside arrays", `[{"a":1,"b":2}]`, assertions.Exact([]any{object{"a": 1}}),
			`[0].b: got 2 (number), want no such key`},
		{"Exact is exact inside other matchers", `[{"a":1,"b":2}]`,
			assertions.Exact(assertions.ArrayWith(object{"a": 1})), `
no element matches {"a":1}; the closest:
  [0].b: got 2 (number), want no such key`},
		{"Exact lets ObjectLike be partial", `{"x":{"a":1,"b":2}}`,
			assertions.Exact(object{"x": assertions.ObjectLike(object{"a": 1})}), ""},

		// Arrays.
		{"ArrayEquals is equal", `[1,{"a":1,"b":2}]`, assertions.ArrayEquals(1, object{"a": 1}), ""},
		{"ArrayEquals has a length", `[1]`, assertions.ArrayEquals(1, 2), `got 1 element: [1], want 2: [1,2]`},
		{"ArrayWith leaves out elements", `[1,2,3,4]`, assertions.ArrayWith(2, 4), ""},
		{"ArrayWith has partial elements", `[{"a":1},{"a":2,"b":3}]`, assertions.ArrayWith(object{"a": 2}), ""},
		{"ArrayWith keeps the order", `[1,2]`, assertions.ArrayWith(2, 1),
			`no element is left for 1 ([0] would match, but stands before or is taken)`},
		{"ArrayWith takes an element once", `[1]`, assertions.ArrayWith(1, 1),
			`no element is left for 1 ([0] would match, but stands before or is taken)`},
		{"ArrayWith runs out of elements", `[1]`, assertions.ArrayWith(1, 2), `no element is left for 2`},
		{"ArrayWith shows the closest element", `[{"a":1,"b":1},{"a":2,"b":1}]`,
			assertions.ArrayWith(object{"a": 2, "b": 2}), `
no element matches {"a":2,"b":2}; the closest:
  [1].b: got 1 (number), want 2`},
		{"ArrayWith shows the whole path of the closest element", `{"x":[{"a":1}]}`,
			object{"x": assertions.ArrayWith(object{"a": 2})}, `
x: no element matches {"a":2}; the closest:
  x[0].a: got 1 (number), want 2`},
		{"ArrayWith is for arrays", `"a"`, assertions.ArrayWith("a"), `got "a" (string), want ArrayWith("a") (array)`},
		{"Unordered ignores the order", `[3,1,2]`, assertions.Unordered(1, 2, 3), ""},
		{"Unordered serves overlapping patterns", `[{"a":1,"b":1},{"a":1}]`,
			assertions.Unordered(object{"a": 1}, object{"b": 1}), ""},
		{"Unordered has no more elements", `[1,2,3]`, assertions.Unordered(2, 1),
			`got 3 elements: [1,2,3], want 2: [2,1]`},
		{"Unordered has no fewer elements", `[1]`, assertions.Unordered(1, 1), `got 1 element: [1], want 2: [1,1]`},
		{"Unordered shows the closest free element", `[{"a":1},{"a":2}]`,
			assertions.Unordered(object{"a": 1}, object{"a": 3}), `
no element matches {"a":3}; the closest:
  [1].a: got 2 (number), want 3`},
		{"Unordered is for arrays", `{}`, assertions.Unordered(1), `got {} (object), want Unordered(1) (array)`},
		{"nothing is absent in an array", `[1]`, assertions.ArrayWith(assertions.Absent()),
			`FATAL [0]: Absent() is for the value of a key; nothing can be missing here`},

		// Any, Absent, Not.
		{"Any is any value", `{"a":false}`, object{"a": assertions.Any()}, ""},
		{"Any is not null", `{"a":null}`, object{"a": assertions.Any()}, `a: got null, want any value`},
		{"Any is not missing", `{"b":1}`, object{"a": assertions.Any()},
			`a: missing, want any value (nearest keys: b)`},
		{"Absent is missing", `{}`, object{"a": assertions.Absent()}, ""},
		{"Absent is not null", `{"a":null}`, object{"a": assertions.Absent()}, `a: got null, want no such key`},
		{"Absent is not a value", `{"a":1}`, object{"a": assertions.Absent()}, `a: got 1 (number), want no such key`},
		{"Not is another", `"a"`, assertions.Not("b"), ""},
		{"Not is not the same", `"a"`, assertions.Not("a"), `got "a" (string), want Not("a")`},
		{"Not is not missing", `{}`, object{"a": assertions.Not(1)}, `a: missing, want Not(1) (the object is empty)`},
		{"Not takes matchers", `[1,2]`, assertions.Not(assertions.ArrayWith(2)),
			`got [1,2] (array), want Not(ArrayWith(2))`},
		{"Not(Absent()) has a better name", `1`, assertions.Not(assertions.Absent()), `FATAL Not(Absent()) is Any()`},

		// Strings.
		{"Regexp finds", `"nginx:1.27"`, assertions.Regexp(`^nginx:\d`), ""},
		{"Regexp does not find", `"httpd"`, assertions.Regexp(`^nginx`),
			`got "httpd" (string), want a string with ^nginx`},
		{"Regexp is for strings", `1`, assertions.Regexp(`1`), `got 1 (number), want a string with 1`},
		{"Regexp cannot be read", `1`, assertions.Regexp(`(`), "FATAL error parsing regexp: missing closing ): `(`"},
		{"JSON looks into a string", `"[{\"a\":1,\"b\":2}]"`, assertions.JSON([]any{object{"a": 1}}), ""},
		{"JSON has a path into the string", `{"p":"[{\"a\":1}]"}`, object{"p": assertions.JSON([]any{object{"a": 2}})},
			`p[0].a: got 1 (number), want 2`},
		{"JSON is exact inside Exact", `"{\"a\":1}"`, assertions.Exact(assertions.JSON(object{})),
			`a: got 1 (number), want no such key`},
		{"JSON is for strings", `1`, assertions.JSON(1), `got 1 (number), want a string that holds JSON`},
		{"JSON is for strings of JSON", `"x"`, assertions.JSON(1),
			`got "x" (string), want a string that holds JSON: invalid character 'x' looking for beginning of value`},
		{"JSON that is missing", `{}`, object{"a": assertions.JSON(1)},
			`a: missing, want JSON(1) (the object is empty)`},

		// Numbers.
		{"AtLeast is the number or more", `2`, assertions.AtLeast(2), ""},
		{"AtLeast is not less", `1.5`, assertions.AtLeast(2), `got 1.5 (number), want a number of at least 2`},
		{"AtMost is the number or less", `2`, assertions.AtMost(2), ""},
		{"AtMost is not more", `3`, assertions.AtMost(2.5), `got 3 (number), want a number of at most 2.5`},
		{"Between has its lower end", `1`, assertions.Between(1, 2), ""},
		{"Between has its upper end", `2`, assertions.Between(1, 2), ""},
		{"Between is not below", `0`, assertions.Between(1, 2), `got 0 (number), want a number from 1 to 2`},
		{"Between is not above", `3`, assertions.Between(1, 2), `got 3 (number), want a number from 1 to 2`},
		{"a number in a string is not compared", `"3"`, assertions.AtLeast(1),
			`got "3" (string), want a number of at least 1`},

		// References.
		{"RefTo is a reference", `["${aws_lb.web.arn}"]`, []any{assertions.RefTo(lb)}, ""},
		{"RefTo is not any other reference", `["${aws_lb.web2.arn}"]`, []any{assertions.RefTo(lb)},
			`[0]: got "${aws_lb.web2.arn}" (string), want a reference to aws_lb.web`},
		{"RefTo nothing", `"a"`, assertions.RefTo(nil), `FATAL RefTo(nil)`},

		// Captures as matchers; what they keep is tested in capture_test.go.
		{"Capture is any value", `1`, assertions.NewCapture(), ""},
		{"Capture is not null", `null`, assertions.NewCapture(), `got null, want any value`},
		{"Capture is what its pattern matches", `"a"`, assertions.NewCapture(assertions.Regexp("^b")),
			`got "a" (string), want a string with ^b`},
		{"Capture takes one pattern", `1`, assertions.NewCapture(1, 2), `FATAL NewCapture takes one pattern at most`},
		{"Capture of nothing", `1`, assertions.NewCapture(assertions.Absent()),
			`FATAL Absent() is for the value of a key; nothing can be missing here`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := failures(func(tb testing.TB) {
				assertions.Parse(tb, `{"locals": {"x": `+tc.got+`}}`).Local("x").Matches(tc.want)
			})
			equal(t, got, framed(tc.says))
		})
	}
}

// framed is a mismatch with the line that goes before it.
func framed(says string) string {
	if says == "" {
		return ""
	}
	head := "locals x does not match:"
	if rest, fatal := strings.CutPrefix(says, "FATAL "); fatal {
		head, says = "FATAL the want is wrong:", rest
	}
	return head + "\n  " + strings.ReplaceAll(strings.TrimPrefix(says, "\n"), "\n", "\n  ")
}
