package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "rewrite generated/webapp.schema.json")

const (
	project = "../.."
	file    = project + "/generated/webapp.schema.json"
)

func TestSchemaIsThatOfTheSettings(t *testing.T) {
	want, err := JSON(project + "/settings")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale; run: go test ./internal/schema -update\n(-settings +file):\n%s", file, diff)
	}
}

// TestSettingsFilesAreAccepted: the schema accepts every example, and each names the schema for editors.
func TestSettingsFilesAreAccepted(t *testing.T) {
	schema := compile(t)
	examples, err := filepath.Glob(project + "/examples/*.yaml")
	if err != nil || len(examples) < 10 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, path := range examples {
		text := read(t, path)
		if err := schema.Validate(decode(t, text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		relative, err := filepath.Rel(filepath.Dir(path), file)
		if err != nil {
			t.Fatal(err)
		}
		if line := "\n# yaml-language-server: $schema=" + relative + "\n"; !strings.Contains(string(text), line) {
			t.Errorf("%s does not name its schema; write this line after the first two: %s", path,
				strings.TrimSpace(line))
		}
	}
	if err := schema.Validate(decode(t, read(t, project+"/settings/testdata/full.yaml"))); err != nil {
		t.Error(err)
	}
}

func TestSchemaAccepts(t *testing.T) {
	const container = "name: a\ncontainer: {image: nginx, ports: [80]}\n"
	for name, text := range map[string]string{
		"an account without quotes":              container + "aws: {account: 123456789012}",
		"a section whose lines are all comments": container + "task:\n#  cpu: 512",
		"null for an optional section": container + "environments: {dev: {scaling: null, services: " +
			"{api: null}}}",
		"no ARN": container + "state: {s3: {bucket: states, region: eu-west-1, " +
			"role: ''}}",
		"0 for not given":                container + "service: {healthCheck: {port: 0}}",
		"a duration of 0 without a unit": container + "service: {healthCheck: {gracePeriod: 0}}",
		"several units in a duration":    container + "service: {healthCheck: {gracePeriod: 1m30s}}",
		"what is required in the environments only": "name: a\ncontainer: {ports: [80]}\nenvironments: {dev: " +
			"{container: {image: nginx}}}",
		"an environment without anything of its own": container + "environments: {dev: }",
		"anything as the value of an override": container + "overrides: [{resource: aws_lb.x, path: tags, value: {a: " +
			"[1]}}]",
		"a variable that is named as a setting is": "name: a\ncontainer: {image: nginx, ports: [80], environment: " +
			"{image: x}}",
	} {
		t.Run(name, func(t *testing.T) {
			if err := compile(t).Validate(decode(t, []byte(text))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	const container = "name: a\ncontainer: {image: nginx, ports: [80]}\n"
	for name, text := range map[string]string{
		"a file without an image":                "name: a\ncontainer: {ports: [80]}",
		"a file without a container":             "name: a",
		"a number below the range":               container + "loadBalancer: {port: 0}",
		"a number above the range":               container + "scaling: {max: 5001, cpu: {percent: 50}}",
		"a number above the range in a list":     "name: a\ncontainer: {image: nginx, ports: [65536]}",
		"a word that is not in the list":         container + "task: {architecture: MIPS}",
		"a number that is not in the list":       container + "logs: {retentionDays: 2}",
		"a list's item without what is required": container + "service: {additionalPorts: [{port: 90}]}",
		"the same in an environment": container +
			"environments: {dev: {service: {additionalPorts: [{port: 90}]}}}",
		"an unknown key in an environment": container + "environments: {dev: {replicas: 2}}",
		"an environment of an environment": container + "environments: {dev: {environments: {}}}",
		"a duration without a unit":        container + "service: {healthCheck: {gracePeriod: 30}}",
		"a text that is not an ARN":        container + "logs: {kmsKey: logs}",
		"an ARN of another service": container +
			"logs: {kmsKey: 'arn:aws:iam::123456789012:role/logs'}",
		"a text in a list that is not an ARN":       container + "task: {role: {policies: [ReadOnlyAccess]}}",
		"a text for true or false":                  container + "loadBalancer: {public: 'yes'}",
		"a service by name without what a file has": container + "services: {api: {container: {ports: [80]}}}",
	} {
		t.Run(name, func(t *testing.T) {
			if compile(t).Validate(decode(t, []byte(text))) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

// beyondSchema are the bad files of the kinds below that the schema accepts, each with the reason.
var beyondSchema = map[string]string{
	"arns-with-long-names.txtar":      "an ARN of the right service, with a path that no role has",
	"alarms-errors-of-all.txtar":      "the upper limit of a number without a range tag",
	"client-certificates-file.txtar":  "an ARN of the right service, with a character that no name has",
	"jobs-schedules.txtar":            "a duration of more hours than a number holds",
	"loadBalancer-certificates.txtar": "an ARN of the right service, but of another kind of resource",
	"loadBalancer-existing-arn.txtar": "an ARN of the right service, but of another kind of resource",
	"loadBalancer-web-acl.txtar":      "an ARN of the right service, but of another kind of resource",
	"role-wildcards.txtar":            "an ARN of the right service, but without a name",
	"routing-priority-zero.txtar":     "0 stands for a setting that is not given",
	"type-notations-of-numbers.txtar": "JSON does not show in which notation a number was written",
}

// TestBadFilesAreRefused: an editor underlines an unknown key, a value of a wrong type and a value out of range. So the
// schema must refuse every bad file with such a problem, except those that beyondSchema explains.
func TestBadFilesAreRefused(t *testing.T) {
	schema := compile(t)
	files, err := filepath.Glob(project + "/settings/testdata/bad/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	kinds := []string{"unknown key", "expected a whole number", "expected true or false", "expected a list",
		"expected a mapping with", "expected a duration", "is out of range; write a number",
		"is not a valid value; did you mean", "is not the ARN of"}
	refused := 0
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var text []byte
		wanted := false
		for _, section := range archive.Files {
			switch section.Name {
			case "webapp.yaml":
				text = section.Data
			case "want":
				for _, kind := range kinds {
					wanted = wanted || bytes.Contains(section.Data, []byte(kind))
				}
			}
		}
		var value any
		if !wanted || yaml.Unmarshal(text, &value) != nil {
			continue
		}
		name := filepath.Base(path)
		accepted := schema.Validate(plain(t, value)) == nil
		if _, expected := beyondSchema[name]; accepted != expected {
			t.Errorf("%s: accepted by the schema: %t, want %t", name, accepted, expected)
		}
		if !accepted {
			refused++
		}
	}
	if refused < 80 {
		t.Errorf("the schema refuses %d bad files, want 80 or more", refused)
	}
}

// TestZeroIsAValueOnlyWhereTheReferenceSaysSo: elsewhere it would silently be the default.
func TestZeroIsAValueOnlyWhereTheReferenceSaysSo(t *testing.T) {
	text, err := JSON(project + "/settings")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Description string
				AnyOf       []struct{ Type any } // of a number that is optional: the number, and 0
			}
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	zeros := 0
	for section, definition := range schema.Definitions {
		for key, property := range definition.Properties {
			isNumber := len(property.AnyOf) > 0 && slices.Contains([]any{"integer", "number"}, property.AnyOf[0].Type)
			if !isNumber || section+"."+key == "Routing.priority" { // which a preview sets to 0, and a file may not
				continue
			}
			zeros++
			if !strings.Contains(property.Description, "Default 0") {
				t.Errorf("%s.%s takes 0, of which its comment says nothing", section, key)
			}
		}
	}
	if zeros < 3 {
		t.Errorf("found only %d settings that take 0", zeros)
	}
}

// TestNothingStandsBesideAReference: draft 7 ignores it, so editors would suggest a key twice.
func TestNothingStandsBesideAReference(t *testing.T) {
	t.Parallel()
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			if value["$ref"] != nil && len(value) > 1 {
				t.Errorf("%s has keys beside its $ref: %v", path, value)
			}
			for key, inner := range value {
				walk(path+"/"+key, inner)
			}
		case []any:
			for i, inner := range value {
				walk(fmt.Sprint(path, "/", i), inner)
			}
		}
	}
	var schema any
	if err := json.Unmarshal(read(t, file), &schema); err != nil {
		t.Fatal(err)
	}
	walk("", schema)
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// compiled returns the schema, compiled once for all tests.
var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := JSON(project + "/settings")
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("webapp.schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("webapp.schema.json")
})

// decode reads YAML as an editor does.
func decode(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return plain(t, value)
}

// plain returns a value as JSON would decode it.
func plain(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		return value // with keys that are not texts
	}
	value, err = jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
