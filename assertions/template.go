package assertions

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Object is a JSON object. It is a short name for the literals in wanted values.
type Object = map[string]any

// Template is a synthesized stack. The methods of [Resources] are for its resources. [Template.Data] has the same
// methods for its data sources.
type Template struct {
	Resources
	root Value
}

// Parse reads Terraform JSON, as CDKTF writes it, for the assertions of one test. It leaves out comments: keys named
// "//", in which CDKTF stores construct paths.
func Parse(t testing.TB, text string) *Template {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatalf("parsing the template: %v", err)
	}
	if _, ok := root.(Object); !ok {
		t.Fatalf("parsing the template: got %s, want an object", show(root))
	}
	return newTemplate(t, withoutComments(root))
}

func newTemplate(t testing.TB, root any) *Template {
	return &Template{
		Resources: Resources{t: t, root: root, section: "resource", noun: "resource"},
		root:      Value{t: t, name: "template", json: root},
	}
}

func withoutComments(v any) any {
	switch v := v.(type) {
	case Object:
		delete(v, "//")
		for _, inner := range v {
			withoutComments(inner)
		}
	case []any:
		for _, inner := range v {
			withoutComments(inner)
		}
	}
	return v
}

// With returns the same template, reporting to another test. A template that was made outside of t.Run needs it inside,
// because a subtest must not end its parent's goroutine.
func (tpl *Template) With(t testing.TB) *Template { return newTemplate(t, tpl.root.json) }

// JSON returns the whole template, as encoding/json decodes it.
func (tpl *Template) JSON() map[string]any { return tpl.root.json.(Object) }

// Matches asserts that the whole template matches. Literals are partial.
func (tpl *Template) Matches(want any) {
	tpl.t.Helper()
	tpl.root.Matches(want)
}

// Data returns the template's data sources: Data().One("aws_vpc").
func (tpl *Template) Data() *Resources {
	return &Resources{t: tpl.t, root: tpl.root.json, section: "data", noun: "data source"}
}

// Output returns the output of this name. Its value is at "value". The test ends if there is none.
func (tpl *Template) Output(name string) *Value {
	tpl.t.Helper()
	return tpl.named("output", name)
}

// Variable returns the input variable of this name. The test ends if there is none.
func (tpl *Template) Variable(name string) *Value {
	tpl.t.Helper()
	return tpl.named("variable", name)
}

// Local returns the local value of this name. The test ends if there is none.
func (tpl *Template) Local(name string) *Value {
	tpl.t.Helper()
	return tpl.named("locals", name)
}

// Terraform returns the terraform block: backend, required_providers, required_version.
func (tpl *Template) Terraform() *Value {
	tpl.t.Helper()
	return &Value{t: tpl.t, name: "terraform", json: tpl.root.Get("terraform")}
}

// Provider returns a provider's configuration by Terraform's name for it: "aws" for the default one, "aws.replica" for
// the one with that alias.
func (tpl *Template) Provider(name string) *Value {
	tpl.t.Helper()
	local, alias, _ := strings.Cut(name, ".")
	list, _ := tpl.named("provider", local).json.([]any)
	var names []string
	for _, config := range list {
		object, _ := config.(Object)
		own, _ := object["alias"].(string)
		if own == alias {
			return &Value{t: tpl.t, name: "provider " + name, json: config}
		}
		names = append(names, strings.TrimSuffix(local+"."+own, "."))
	}
	tpl.t.Fatalf("template has no provider %s; it has:%s", name, lines(names))
	return nil
}

// named returns a block that has one label, such as an output.
func (tpl *Template) named(section, name string) *Value {
	tpl.t.Helper()
	blocks, _ := tpl.JSON()[section].(Object)
	got, ok := blocks[name]
	if !ok {
		tpl.t.Fatalf("template has no %s %s; it has:%s", section, name,
			lines(nearest(name, slices.Collect(maps.Keys(blocks)))))
	}
	return &Value{t: tpl.t, name: section + " " + name, json: got}
}
