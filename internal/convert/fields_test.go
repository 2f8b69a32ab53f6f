package convert

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"
)

// TestEveryDocumentedFieldIsTreated compares the documented fields of Copilot's manifests with the table, and the table
// with what a conversion of all fields does.
func TestEveryDocumentedFieldIsTreated(t *testing.T) {
	documented, err := txtar.ParseFile("testdata/copilot-documented.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/copilot/every-field.txtar")
	if err != nil {
		t.Fatal(err)
	}
	input, _ := inputOf(archive)
	result := convertIn(t, "copilot", input)
	for i, table := range [][]Field{CopilotEnvironmentFields, CopilotServiceFields} {
		name := documented.Files[i].Name
		written := writtenFields(t, input, name == "environment")
		named := map[string]bool{}
		for _, note := range result.Notes {
			if strings.Contains(note.File, "/environments/") == (name == "environment") {
				for path := range written {
					if at := plainPath(note.Path); path == at || strings.HasPrefix(path, at+".") {
						named[path] = true
					}
				}
			}
		}
		for _, path := range strings.Fields(string(documented.Files[i].Data)) {
			if !slices.ContainsFunc(table, func(f Field) bool {
				return f.Path == path || strings.HasPrefix(path, f.Path+".") || strings.HasPrefix(f.Path, path+".")
			}) {
				t.Errorf("%s: %s is documented, but not in the table", name, path)
			}
			if !written[path] {
				t.Errorf("%s: %s is documented, but not in every-field.txtar", name, path)
			}
		}
		for _, field := range table {
			if !written[field.Path] {
				t.Errorf("%s: %s is in the table, but not in every-field.txtar", name, field.Path)
			}
			if field.Setting == "" && !named[field.Path] {
				t.Errorf("%s: %s is in the table as not carried, but no note is about it", name, field.Path)
			}
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]`)

// chosenNames are those of every-field.txtar, which are no fields.
var chosenNames = regexp.MustCompile(`^(sidecars|storage\.volumes)\.[a-z]+|` +
	`^(variables|secrets)\.[A-Z_]+|^environments\.two\.?`)

// plainPath is a path without indexes and the names that the author of a manifest chose.
func plainPath(path string) string {
	path = index.ReplaceAllString(path, "")
	path = chosenNames.ReplaceAllStringFunc(path, func(found string) string {
		if strings.HasPrefix(found, "environments") {
			return ""
		}
		return found[:strings.LastIndex(found, ".")]
	})
	return path
}

// writtenFields are the fields of the manifests, of environments or of services.
func writtenFields(t *testing.T, input []txtar.File, ofEnvironments bool) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, file := range input {
		if filepath.Base(file.Name) != "manifest.yml" || strings.Contains(file.Name, "/environments/") != ofEnvironments {
			continue
		}
		var root yaml.Node
		if err := yaml.Unmarshal(file.Data, &root); err != nil {
			t.Fatal(err)
		}
		for _, path := range leaves(root.Content[0], "") {
			if strings.HasPrefix(path, "environments.") {
				all["environments"] = true
			}
			for path = plainPath(path); path != ""; path = path[:max(strings.LastIndex(path, "."), 0)] {
				all[path] = true
			}
		}
	}
	return all
}

const fieldsMark = "<!-- Copilot's fields: written by go test ./internal/convert -update -->\n"

// TestDocumentHasTheTable compares docs/moving.md with the table of the code.
func TestDocumentHasTheTable(t *testing.T) {
	const document = "../../docs/moving.md"
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), fieldsMark)
	_, after, ok2 := strings.Cut(rest, "<!-- end of fields -->")
	if !ok || !ok2 {
		t.Fatalf("%s lacks the marks of the table", document)
	}
	want := before + fieldsMark + "\n" + fieldTable() + "\n<!-- end of fields -->" + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("(-want +got), go test -update rewrites it:\n%s", diff)
	}
}

func fieldTable() string {
	var b strings.Builder
	for _, part := range []struct {
		of    string
		table []Field
	}{{"environment", CopilotEnvironmentFields}, {"service or job", CopilotServiceFields}} {
		b.WriteString("| Field of an " + part.of + " | Setting |\n|---|---|\n")
		var listed []string
		for _, field := range part.table {
			if field.Setting == "" {
				listed = append(listed, "`"+field.Path+"`")
				continue
			}
			b.WriteString("| `" + field.Path + "` | `" + field.Setting + "` |\n")
		}
		b.WriteString("\nIn the list: " + strings.Join(listed, ", ") + ".\n\n")
	}
	return strings.ReplaceAll(strings.TrimRight(b.String(), "\n")+"\n", "an service", "a service")
}
