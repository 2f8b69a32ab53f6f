package assertions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Value is a part of a template: an output, the terraform block, JSON decoded from a string, a [Resource].
//
// A path leads to a part of it by keys and list indexes: "load_balancer.0.container_port" or, as failures print it,
// "load_balancer[0].container_port". The empty path is the value itself. CDKTF writes a single nested block as an
// object and several as a list, and the path has to follow. A path finds a key with dots in it, such as a tag's, but it
// cannot be used to assert that there is none: use Object{"tags": Object{"a.b": Absent()}} for that.
type Value struct {
	t    testing.TB
	name string // of the block it is in
	at   string // where in that block
	json any
}

// Has asserts that the value at the path matches. Literals are partial.
func (v *Value) Has(path string, want any) {
	v.t.Helper()
	c := ready(v.t, want)
	got, hint, ok := lookup(v.json, steps(path), v.at)
	var r result
	switch {
	case ok:
		r = c.run(got)
	case c.absent:
		r = fail("nothing to look in, want %s", c.want)
	default:
		r = fail("missing, want %s", c.want)
	}
	if r.ok() {
		commit(r.captured)
		return
	}
	if hint != "" {
		r.mismatches[0].text += " (" + hint + ")"
	}
	v.t.Errorf("%s does not match:%s", v.name, list(r.at(v.place(path)).mismatches, "  "))
}

// Matches asserts that the whole value matches. Literals are partial.
func (v *Value) Matches(want any) {
	v.t.Helper()
	v.Has("", want)
}

// Lacks asserts that there is no such key. A key with a null exists. What would contain the key must exist, because
// otherwise a misspelled path would pass.
func (v *Value) Lacks(path string) {
	v.t.Helper()
	v.Has(path, Absent())
}

// Get returns the value at the path, as encoding/json decodes it. The test ends if there is none.
func (v *Value) Get(path string) any {
	v.t.Helper()
	got, hint, _ := lookup(v.json, steps(path), v.at)
	if _, gone := got.(missing); gone {
		v.t.Fatalf("%s: %s: missing (%s)", v.name, v.place(path), hint)
	}
	return got
}

// Decode returns the JSON in the string at the path, such as container_definitions, policy or assume_role_policy. The
// test ends if there is none.
func (v *Value) Decode(path string) *Value {
	v.t.Helper()
	got := v.Get(path)
	at := v.place(path)
	decoded, problem := decode(got)
	if problem != "" {
		v.t.Fatalf("%s: %s: %s", v.name, at, problem)
	}
	return &Value{t: v.t, name: v.name, at: at, json: decoded}
}

// References asserts that an expression in the value at the path refers to the other resource.
func (v *Value) References(path string, other *Resource) {
	v.t.Helper()
	v.Has(path, RefTo(other))
}

// Resource is one resource or data source.
type Resource struct {
	Value
	typ     string
	address string
}

func newResource(t testing.TB, section, typ, name string, body any) *Resource {
	address := typ + "." + name
	if section == "data" {
		address = "data." + address
	}
	return &Resource{Value: Value{t: t, name: address, json: body}, typ: typ, address: address}
}

// Address returns its Terraform address: "aws_lb.web_1234", "data.aws_vpc.main".
func (r *Resource) Address() string { return r.address }

// Type returns its Terraform type: "aws_lb".
func (r *Resource) Type() string { return r.typ }

// Ref returns the expression for one of its attributes: Ref("arn") = "${aws_lb.web_1234.arn}".
func (r *Resource) Ref(attribute string) string {
	return "${" + join(r.address, attribute) + "}"
}

// DependsOn asserts that its depends_on contains these resources. It may contain others.
func (r *Resource) DependsOn(others ...*Resource) {
	r.t.Helper()
	if len(others) == 0 || slices.Contains(others, nil) {
		r.t.Fatal("DependsOn without a resource asserts nothing; to say there are none: Lacks(\"depends_on\")")
	}
	got, _ := r.json.(Object)["depends_on"].([]any)
	for _, o := range others {
		if !slices.Contains(got, any(o.address)) {
			r.t.Errorf("%s does not depend on %s; depends_on: got %s", r.address, o.address, encode(got))
		}
	}
}

// lookup returns the value at the end of the steps, or missing. The argument at is the path of v. The result is ok if
// all steps but the last one exist; the hint tells what exists instead.
func lookup(v any, steps []string, at string) (got any, hint string, ok bool) {
	if len(steps) == 0 {
		return v, "", true
	}
	last := len(steps) == 1
	here := cmp.Or(at, "it")
	switch c := v.(type) {
	case Object:
		// A key may take several steps, because tags may have dots in them.
		for n := 1; n <= len(steps); n++ {
			key := strings.Join(steps[:n], ".")
			if inner, found := c[key]; found {
				return lookup(inner, steps[n:], join(at, key))
			}
		}
		hint = nearKeys(steps[0], c)
		if !last {
			hint = "found no " + join(at, steps[0]) + "; " + hint
		}
		return missing{}, hint, last
	case []any:
		i, err := strconv.Atoi(steps[0])
		if err == nil && 0 <= i && i < len(c) {
			return lookup(c[i], steps[1:], join(at, index(i)))
		}
		return missing{}, here + " is an array of " + plural(len(c), "element"), last && err == nil
	}
	return missing{}, here + " is " + show(v), false
}

func nearKeys(key string, c Object) string {
	if len(c) == 0 {
		return "the object is empty"
	}
	keys := nearest(key, slices.Collect(maps.Keys(c)))
	return "nearest keys: " + strings.Join(keys[:min(3, len(keys))], ", ")
}

// steps splits a path. The indexes "0" and "[0]" mean the same.
func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) })
}

// place returns a path in the form in which failures print it.
func (v *Value) place(path string) string {
	at := v.at
	for _, step := range steps(path) {
		if _, err := strconv.Atoi(step); err == nil {
			step = "[" + step + "]"
		}
		at = join(at, step)
	}
	return at
}

// decode returns the JSON in a string, or what is wrong with it.
func decode(got any) (v any, problem string) {
	text, ok := got.(string)
	if !ok {
		return nil, fmt.Sprintf("got %s, want a string that holds JSON", show(got))
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Sprintf("got %s, want a string that holds JSON: %v", show(got), err)
	}
	return v, ""
}
