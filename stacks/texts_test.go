package stacks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"go.yaml.in/yaml/v4"

	"webapp/assertions"
	"webapp/settings"
	"webapp/stacks"
)

// probes are what Terraform would read as templates, and what would become them if it were escaped once too often.
var probes = []string{"${x}", "$${x}", "%{x}", "%%{x}"}

// takesAnyText are the settings that AWS takes all of the probes in. What others take is for their own rules.
var takesAnyText = []string{
	"container.command[]", "container.entryPoint[]", "container.environment.*", "container.healthCheck.command[]",
	"container.labels.*", "container.labels{key}", "container.mounts[].path", "container.workingDirectory",
	"network.existing.name", "network.existing.tags.*", "network.existing.tags{key}", "release.command[]",
	"routing.headers.*[]",
	"scaling.metrics.*.dimensions.*", "scaling.metrics.*.name", "service.deployment.alarms[]",
	"service.deployment.redeploy",
	"task.role.statements[].conditions.*.*[]", "task.role.statements[].conditions.*{key}",
	"task.role.statements[].resources[]",
	"task.volumes.*.directory",
}

// TestTextsArriveAsTheyAreWritten writes the probes into every text of settings files that have every setting, keys of
// maps too. A text is refused with its rule, or Terraform evaluates all of the stack to what was written.
func TestTextsArriveAsTheyAreWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/texts/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	walked, takes := map[string]bool{}, map[string]int{}
	for _, file := range files {
		w := newWriter(t, file)
		for i := range w.plain.places {
			setting := w.plain.places[i].setting
			walked[setting] = true
			takes[setting] = max(takes[setting], w.mark(i))
		}
		w.compare()
	}
	for _, setting := range textSettings() {
		if !walked[setting] {
			t.Errorf("no file in testdata/texts has %s", setting)
		}
	}
	for _, setting := range takesAnyText {
		if takes[setting] < len(probes) {
			t.Errorf("%s takes %d of %q, want all", setting, takes[setting], probes)
		}
	}
}

// TestVPCHasItsNameAsItIsWritten is for the text that plain names are made of as well.
func TestVPCHasItsNameAsItIsWritten(t *testing.T) {
	vpc := synthesize(t, `network: {new: {name: "${x}$${x}%{x}%%{x}"}}`).One("aws_vpc")
	vpc.Has("tags", assertions.Exact(object{"Name": "$${x}$$${x}%%{x}%%%{x}"}))
}

// writer writes into two copies of a settings file: into one of them marks, which no template is in, and into the other
// one probes.
type writer struct {
	t             *testing.T
	file          string
	plain, probed document
	marks         map[string]string // the probes by the mark that stands in their place
}

func newWriter(t *testing.T, file string) *writer {
	t.Helper()
	w := &writer{t: t, file: file, marks: map[string]string{}}
	for _, d := range []*document{&w.plain, &w.probed} {
		source, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(source, &d.root)
		}
		if err != nil {
			t.Fatal(err)
		}
		d.walk("", "", d.root.Content[0], reflect.TypeFor[settings.Settings]())
	}
	return w
}

// mark writes into one text, and returns how many of the probes it takes.
func (w *writer) mark(i int) int {
	at := w.probed.places[i]
	mark := fmt.Sprintf("m%dm", i)
	if at.setting == "network.new.name" || at.try(w, mark) != nil {
		return 0 // a text that names are made of, or one of a fixed form
	}
	var taken []string
	for _, probe := range probes {
		problems := at.try(w, probe)
		if problems == nil {
			taken = append(taken, probe)
		} else if !slices.ContainsFunc(problems, func(p settings.Problem) bool {
			return strings.HasPrefix(p.Path,
				at.path)
		}) {
			w.t.Errorf("%s: %s with %s is refused elsewhere: %v", w.file, at.path, probe, problems)
		}
	}
	if len(taken) == 0 {
		return 0
	}
	text := strings.Join(taken, "")
	if at.try(w, text) != nil {
		text = taken[0] // all together are too long
	}
	w.plain.places[i].add(mark)
	at.add(text)
	w.marks[mark] = text
	return len(taken)
}

// compare compares what Terraform evaluates of both.
func (w *writer) compare() {
	want, got := w.evaluate(w.plain), w.evaluate(w.probed)
	for mark, text := range w.marks {
		if !strings.Contains(want, mark) {
			w.t.Errorf("%s: the text with %s reaches no resource", w.file, mark)
		}
		want = strings.ReplaceAll(want, mark, text)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		w.t.Errorf("%s: what Terraform evaluates (-as it is written +got):\n%s", w.file, diff)
	}
}

// evaluate renders the stack, and the one with the roles of its pipeline, as Terraform evaluates them.
func (w *writer) evaluate(d document) string {
	all, problems := d.parse(w)
	if problems != nil {
		w.t.Fatal(problems)
	}
	rendered := []cdktf.TerraformStack{stacks.NewWebApp(cdktf.Testing_App(nil), all[0])}
	if all[0].Pipeline != nil {
		roles, err := stacks.NewPipeline(cdktf.Testing_App(nil), all[0], deployed(w.t, all[0]))
		if err != nil {
			w.t.Fatal(err)
		}
		rendered = append(rendered, roles)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	for _, stack := range rendered {
		var content any
		if err := json.Unmarshal([]byte(*cdktf.Testing_Synth(stack, nil)), &content); err != nil {
			w.t.Fatal(err)
		}
		if err := encoder.Encode(evaluated(w.t, "", content)); err != nil {
			w.t.Fatal(err)
		}
	}
	return b.String()
}

// document is a settings file, and all texts in it.
type document struct {
	root   yaml.Node
	places []place
}

type place struct {
	setting string // container.environment.*, or container.environment{key} for the keys
	path    string // container.environment.LOG; for a key, where it stands
	node    *yaml.Node
}

func (d *document) walk(setting, path string, node *yaml.Node, kind reflect.Type) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case kind == reflect.TypeFor[settings.Override](): // which is Terraform's language
	case kind.Kind() == reflect.String && node.Kind == yaml.ScalarNode:
		d.places = append(d.places, place{setting, path, node})
	case kind.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
		for i, item := range node.Content {
			d.walk(setting+"[]", fmt.Sprintf("%s[%d]", path, i), item, kind.Elem())
		}
	case kind.Kind() == reflect.Map && node.Kind == yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			key := node.Content[i].Value
			if strings.Contains(key, ":") {
				key = strconv.Quote(key)
			}
			d.walk(setting+".*", path+"."+key, node.Content[i+1], kind.Elem())
			d.places = append(d.places, place{setting + "{key}", path, node.Content[i]}) // last: it changes the paths
		}
	case kind.Kind() == reflect.Struct && node.Kind == yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			for _, field := range reflect.VisibleFields(kind) {
				if name := field.Tag.Get("yaml"); name == node.Content[i].Value {
					d.walk(join(setting, name), join(path, name), node.Content[i+1], field.Type)
				}
			}
		}
	}
}

// textSettings are all settings that are texts. A further service has those of the first one, and the only text of
// previews is a domain.
func textSettings() []string {
	var all []string
	var walk func(setting string, kind reflect.Type)
	walk = func(setting string, kind reflect.Type) {
		switch kind.Kind() {
		case reflect.Pointer:
			walk(setting, kind.Elem())
		case reflect.String:
			all = append(all, setting)
		case reflect.Slice:
			walk(setting+"[]", kind.Elem())
		case reflect.Map:
			all = append(all, setting+"{key}")
			walk(setting+".*", kind.Elem())
		case reflect.Struct:
			for _, field := range reflect.VisibleFields(kind) {
				name := field.Tag.Get("yaml")
				ofServices := setting == "jobs.*" && slices.Contains([]string{"task", "container", "sidecars", "logs"}, name)
				if !ofServices && !slices.Contains([]string{"", "-", "services", "overrides", "preview"}, name) {
					walk(join(setting, name), field.Type)
				}
			}
		}
	}
	walk("", reflect.TypeFor[settings.Settings]())
	return all
}

func join(setting, name string) string { return strings.TrimPrefix(setting+"."+name, ".") }

func (p place) add(text string) {
	p.node.Tag, p.node.Style, p.node.Value = "!!str", yaml.DoubleQuotedStyle, p.node.Value+text
}

// try returns the problems with a text added, which stays only in the document that was tried.
func (p place) try(w *writer, text string) settings.Problems {
	before := *p.node
	p.add(text)
	_, problems := w.probed.parse(w)
	*p.node = before
	return problems
}

func (d document) parse(w *writer) ([]settings.Stack, settings.Problems) {
	text, err := yaml.Marshal(&d.root)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := settings.Parse(w.file, text, settings.Options{})
	var problems settings.Problems
	if err != nil && !errors.As(err, &problems) {
		w.t.Fatal(err)
	}
	return all, problems
}

// evaluated is a part of a stack with its templates evaluated. What they refer to stays as it is.
func evaluated(t *testing.T, path string, part any) any {
	t.Helper()
	switch part := part.(type) {
	case map[string]any:
		all := map[string]any{}
		for key, value := range part {
			switch at := path + "/" + key; {
			case key == "//": // not Terraform's
			case at == "/terraform": // where it evaluates nothing
				all[key] = value
			default:
				all[evaluatedText(t, key)] = evaluated(t, at, value)
			}
		}
		return all
	case []any:
		var all []any
		for _, item := range part {
			all = append(all, evaluated(t, path+"/", item))
		}
		return all
	case string:
		return evaluatedText(t, part)
	default:
		return part
	}
}

func evaluatedText(t *testing.T, text string) string {
	t.Helper()
	parsed, problems := hclsyntax.ParseTemplate([]byte(text), "text", hcl.InitialPos)
	if problems.HasErrors() {
		t.Errorf("Terraform cannot read %q: %v", text, problems)
		return text
	}
	parts := []hclsyntax.Expression{parsed}
	if several, ok := parsed.(*hclsyntax.TemplateExpr); ok {
		parts = several.Parts
	}
	var b strings.Builder
	for _, part := range parts {
		value, problems := part.Value(nil)
		switch part.(type) {
		case *hclsyntax.LiteralValueExpr, *hclsyntax.ConditionalExpr:
			if !problems.HasErrors() {
				b.WriteString(value.AsString())
				continue
			}
		}
		fmt.Fprintf(&b, "${%s}", part.Range().SliceBytes([]byte(text)))
	}
	return b.String()
}
