package settings

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"

	"webapp/internal/configfile"
)

// placed is a setting of a file, wherever the types have one.
type placed struct {
	path   string
	write  func(value string) string // an overlay with nothing else in it
	secret bool
	typ    reflect.Type
}

// settingsOfTypes walks the types.
func settingsOfTypes() []placed {
	var all []placed
	var walk func(structure reflect.Type, path string, write func(string) string, isSecret bool)
	walk = func(structure reflect.Type, path string, write func(string) string, isSecret bool) {
		for key, field := range configfile.Fields(structure) {
			s := placed{path: configfile.JoinPath(path, key), secret: isSecret || field.Tag.Get("secret") == "true",
				typ: field.Type}
			s.write = func(value string) string { return write(fmt.Sprintf("{%s: %s}", key, value)) }
			all = append(all, s)
			inner, below := field.Type, s.write
			for {
				if inner.Kind() == reflect.Slice {
					outer := below
					below = func(value string) string { return outer("[" + value + "]") }
				} else if inner.Kind() == reflect.Map {
					outer := below
					below = func(value string) string { return outer("{x: " + value + "}") }
				} else if inner.Kind() != reflect.Pointer {
					break
				}
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				walk(inner, s.path, below, s.secret)
			}
		}
	}
	walk(reflect.TypeFor[Settings](), "", func(value string) string { return value }, false)
	return all
}

// TestSecretsAreNeverRepeated plants a secret in every wrong shape where one may stand. No message has it.
func TestSecretsAreNeverRepeated(t *testing.T) {
	sensitive := 0
	for _, s := range settingsOfTypes() {
		if !s.secret {
			continue
		}
		sensitive++
		for _, secret := range []string{"hunter2", "7734101", `"${hunter2}"`, `"hunter2 with spaces\0"`, "true"} {
			for _, shape := range []string{
				"%s", "[%s]", "[[%s]]", "!x %s", "!!int %s", "!!binary %s", "{A: %s}", "{A: [%s]}", "{A: {b: %s}}",
				"{A: !x %s}", "{A: [!x %s]}", "{A: {valueFrom: %s}}",
				"[{name: A, value: %s}]", "[{A: %s}]", "[A=%s]", "[{name: %s}]", "A=%s", "{A=%s: }", "{A=%s: x}",
				"{!x %s: }", "{!x %s: a}", "*secret", "[*secret]", "{A: *secret}",
				"%s: %s", "[%s", "{A: %s", "!hunter2!%s x", `"\x%s"`, "*%s", "@%s", "'%s",
			} {
				value := strings.ReplaceAll(shape, "%s", secret)
				file := minimal + "\nservice: {name: &secret " + secret + "}\nenvironments: {a: " + s.write(value) + "}"
				_, err := Parse("webapp.yaml", []byte(file), Options{})
				plain := strings.Trim(secret, `"${}`)
				if err == nil || plain == "true" {
					continue
				}
				for _, line := range strings.Split(err.Error(), "\n") {
					// The name of the service is not secret.
					if strings.Contains(line, plain) && !strings.Contains(line, " service.name: ") {
						t.Errorf("%s: %s: %s", s.path, value, line)
					}
				}
			}
		}
	}
	if sensitive < 10 {
		t.Errorf("the walk found only %d sensitive settings", sensitive)
	}
}

// TestNullTakesBackWhatTheBaseGives compares, for every setting of a full file, null in an environment with a base that
// does not have the setting.
func TestNullTakesBackWhatTheBaseGives(t *testing.T) {
	tried := 0
	var visit func(path []string, node *yaml.Node)
	source := read(t, "testdata/full.yaml")
	visit = func(path []string, node *yaml.Node) {
		for key, value := range entries(node) {
			at := slices.Concat(path, []string{key})
			visit(at, value)
			// null removes an alarm that is there by default.
			if len(at) == 3 && at[1] == "alarms" {
				continue
			}
			tried++
			got, err := Parse("webapp.yaml", overlaid(t, source, at, "null"), Options{})
			dotted := pathOf(at)
			if tag, restricts := restriction(at); restricts {
				if err == nil || !strings.Contains(err.Error(), dotted+": "+"is empty and would restrict nothing; "+
					tag) {
					t.Errorf("%s: got %v, want that it must not be empty", dotted, err)
				}
				continue
			}
			want, wantErr := Parse("webapp.yaml", overlaid(t, without(t, source, at), nil, ""), Options{})
			if (err == nil) != (wantErr == nil) {
				t.Errorf("%s: null gives %v; a base without it gives %v", dotted, err, wantErr)
				continue
			}
			// Not the notes: they have line numbers, and the two files have different lines.
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Stack{}, "Notes")); diff != "" {
				t.Errorf("%s: (-without +null)\n%s", dotted, diff)
			}
		}
	}
	visit(nil, parsed(t, source))
	if tried < 120 {
		t.Errorf("only %d settings tried", tried)
	}
}

// TestAKeyWithoutAValueIsNoDefault leaves out the value of every setting. Only sections that are always there, and
// lists and mappings, may be empty: nothing is lost then.
func TestAKeyWithoutAValueIsNoDefault(t *testing.T) {
	blank := regexp.MustCompile(`^(has no value|is missing|is empty)\b`)
	names := regexp.MustCompile(`^environments\.a\.|\.x\b|\[0\]`)
	for _, s := range settingsOfTypes() {
		if kind := s.typ.Kind(); kind == reflect.Struct || kind == reflect.Map || kind == reflect.Slice {
			continue
		}
		_, err := Parse("webapp.yaml", []byte("environments: {a: "+s.write("")+"}"), Options{})
		var problems Problems
		if !errors.As(err, &problems) || !slices.ContainsFunc(problems, func(p Problem) bool {
			return names.ReplaceAllString(p.Path, "") == s.path && blank.MatchString(p.Message)
		}) {
			t.Errorf("%s without a value: got %v", s.path, err)
		}
	}
}

// restriction finds what to write into the setting if it must not be empty.
func restriction(path []string) (string, bool) {
	structure, tag := reflect.TypeFor[Settings](), ""
	for _, key := range path {
		for structure.Kind() == reflect.Pointer {
			structure = structure.Elem()
		}
		if structure.Kind() != reflect.Struct {
			structure = structure.Elem()
			continue
		}
		field, ok := configfile.FieldOf(structure, key)
		if !ok {
			return "", false
		}
		structure, tag = field.Type, field.Tag.Get("empty")
	}
	return tag, tag != ""
}

func pathOf(keys []string) string {
	path := ""
	for _, key := range keys {
		path = configfile.JoinPath(path, configfile.QuoteKey(key))
	}
	return path
}

// without removes a key from a file.
func without(t *testing.T, source string, path []string) string {
	t.Helper()
	root := parsed(t, source)
	node := root
	for _, key := range path[:len(path)-1] {
		node = child(node, key)
	}
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == path[len(path)-1] {
			node.Content = append(node.Content[:i], node.Content[i+2:]...)
		}
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// overlaid adds an environment that gives one setting, or nothing.
func overlaid(t *testing.T, source string, path []string, value string) []byte {
	t.Helper()
	overlay := "{}"
	if path != nil {
		overlay = value
		for i := len(path) - 1; i >= 0; i-- {
			overlay = fmt.Sprintf("{%q: %s}", path[i], overlay)
		}
	}
	text, err := yaml.Marshal(parsed(t, source))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(string(text) + "\nenvironments: {a: " + overlay + "}\n")
}

func TestTextsAreTakenAsTheyAreWritten(t *testing.T) {
	for written, want := range map[string]string{
		"False": "False", "true": "true", "8080": "8080", "1.10": "1.10", "0x10": "0x10", "1_000": "1_000",
		"010": "010", "2030-01-01": "2030-01-01",
		"1e3": "1e3", ".inf": ".inf", "yes": "yes", "off": "off", `"null"`: "null", "<<": "<<",
		"2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
		"12:30:45":                     "12:30:45", "=": "=", "+1": "+1",
	} {
		file := fmt.Sprintf("name: webapp\ncontainer: {image: nginx, ports: [80], environment: {A: %[1]s}, labels: "+
			"{A: %[1]s}, command: [sleep, %[1]s]}", written)
		all, err := Parse("webapp.yaml", []byte(file), Options{})
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		k := all[0].Container
		if k.Environment["A"] != want || k.Labels["A"] != want || k.Command[1] != want {
			t.Errorf("%s: got %q, %q, %q", written, k.Environment["A"], k.Labels["A"], k.Command[1])
		}
	}
}

func TestOverrideValuesAreTakenAsTheyAreWritten(t *testing.T) {
	for written, want := range map[string]any{
		"2030-01-01": "2030-01-01", "9007199254740992": 9007199254740992, "-0.5": -0.5, "1.10": 1.1, "True": true,
		"[a, 1, {b: false}]": []any{"a", 1, map[string]any{"b": false}},
		"{1: a, true: b}":    map[string]any{"1": "a", "true": "b"}, "{a: null}": map[string]any{"a": nil},
		`"9007199254740993"`: "9007199254740993",
	} {
		all, err := Parse("webapp.yaml", []byte(minimal+"\noverrides: [{resource: aws_lb.a, path: a, value: "+written+
			"}]"), Options{})
		if err != nil {
			t.Errorf("%s: %v", written, err)
		} else if diff := cmp.Diff(want, all[0].Overrides[0].Value); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", written, diff)
		}
	}
}

// TestHostileFilesEndSoon gives files that are made, or broken, so that reading them takes long or says too much.
func TestHostileFilesEndSoon(t *testing.T) {
	repeat := strings.Repeat
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 20 {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s*a%d]\n", i+1, i+1, repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	var merges strings.Builder
	merges.WriteString("a0: &a0 {k0: x}\n")
	for i := range 200 {
		fmt.Fprintf(&merges, "a%d: &a%d {<<: [*a%d, *a%d], k%d: {<<: *a%d}}\n", i+1, i+1, i, i, i+1, i)
	}
	var keys, variables, unknownActions strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
		fmt.Fprintf(&variables, "    V%d: a\n", i)
	}
	for i := range 2000 {
		fmt.Fprintf(&unknownActions, "ec2:Unknown%d, ", i)
	}
	for name, file := range map[string]string{
		"deep list": minimal + "\noverrides: [{resource: aws_lb.a, path: a, value: " + repeat("[", 9000) +
			repeat("]", 9000) + "}]",
		"deep mapping": minimal + "\noverrides: [{resource: aws_lb.a, path: a, value: " + repeat("{a: ", 200) +
			"1" + repeat("}", 200) + "}]",
		"aliases":      bomb.String(),
		"merge keys":   merges.String(),
		"merged keys":  "<<: {" + strings.ReplaceAll(keys.String(), "\n", ", ") + "}\n" + keys.String(),
		"unknown keys": keys.String(),
		"long text":    "name: " + repeat("a", 1_000_000),
		"long key":     repeat("a", 1_000_000) + ": 1",
		"too large":    "name: " + repeat("a", 1<<20),
		"many variables": "name: webapp\ncontainer:\n  image: nginx\n  ports: [80]\n  environment:\n" +
			variables.String(),
		"unknown actions":  "task: {role: {statements: [{actions: [" + unknownActions.String() + "], resources: ['*']}]}}",
		"many sidecars":    minimal + "\nsidecars: {" + repeat("a: {}, ", 10_000) + "}",
		"open brackets":    repeat("[", 500_000),
		"open list":        "a: [" + repeat("b,\n", 300_000),
		"open quote":       `name: "` + repeat("a\n", 400_000),
		"nothing but tabs": repeat("\t", 500_000),
	} {
		_, err := Parse("webapp.yaml", []byte(file), Options{})
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if size := len(err.Error()); size > 200_000 {
			t.Errorf("%s: %d bytes of problems", name, size)
		}
	}
}

func TestProblemsAreCapped(t *testing.T) {
	var keys strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	_, err := Parse("webapp.yaml", []byte(minimal+"\n"+keys.String()), Options{})
	const shown = 100
	problems, _ := err.(Problems) //nolint:errorlint // Parse wraps nothing
	if len(problems) != shown+1 {
		t.Fatalf("got %d problems", len(problems))
	}
	const want = "webapp.yaml:103:1: 900 more problems from here on; correct the ones above first"
	if got := problems[shown].String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFileThatOtherEditorsSave(t *testing.T) {
	for name, file := range map[string]string{
		"byte order mark": "\uFEFF" + minimal,
		"CRLF":            strings.ReplaceAll(minimal, "\n", "\r\n") + "\r\n",
		"document marks":  "---\n" + minimal + "\n...\n",
	} {
		if _, err := Parse("webapp.yaml", []byte(file), Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOtherWordsLeadToSettings keeps the tables of keys true: what they advise exists.
func TestOtherWordsLeadToSettings(t *testing.T) {
	known := map[string]bool{}
	for _, s := range settingsOfTypes() {
		known[s.path] = true
	}
	for _, table := range []map[string]string{otherWords, usualPlaces} {
		for word, path := range table {
			if !known[path] && path != "" {
				t.Errorf("%s leads to %s, which is not a setting", word, path)
			}
		}
	}
}
