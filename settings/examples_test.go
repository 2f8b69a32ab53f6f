package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"webapp/internal/configfile"
)

// TestExamplesUseEverySetting: what is in no example has never been deployed, not even to the local AWS.
func TestExamplesUseEverySetting(t *testing.T) {
	unused := map[string]bool{}
	eachSetting(reflect.TypeFor[Settings](), func(setting string) { unused[setting] = true })
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		text := read(t, file)
		if _, err := Parse(file, []byte(text), Options{}); err != nil {
			t.Error(err)
		}
		base := parsed(t, text)
		given(base, reflect.TypeFor[Settings](), func(setting string) { delete(unused, setting) })
		for _, overlay := range entries(child(base, "environments")) {
			given(overlay, reflect.TypeFor[Settings](), func(setting string) { delete(unused, setting) })
		}
	}
	for setting := range unused {
		t.Errorf("no example uses %s", setting)
	}
}

// TestExamplesSayWhenToTakeThem in two lines.
func TestExamplesSayWhenToTakeThem(t *testing.T) {
	files, _ := filepath.Glob("../examples/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(string(text), "\n")
		second, _, _ := strings.Cut(rest, "\n")
		if !strings.HasPrefix(first, "# ") || !strings.HasPrefix(second, "# ") {
			t.Errorf("%s does not begin with two lines on what it is and when to take it", file)
		}
	}
}

// eachSetting names every setting by its type and key, so that a section that stands in several places counts once.
func eachSetting(structure reflect.Type, visit func(setting string)) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(structure reflect.Type) {
		if seen[structure] {
			return
		}
		seen[structure] = true
		for _, field := range configfile.Fields(structure) {
			visit(name(structure, field))
			if inner := element(field.Type); inner.Kind() == reflect.Struct {
				walk(inner)
			}
		}
	}
	walk(structure)
}

// given names the settings that a part of a file gives.
func given(node *yaml.Node, structure reflect.Type, visit func(setting string)) {
	for key, value := range entries(node) {
		if field, ok := configfile.FieldOf(structure, key); ok {
			visit(name(structure, field))
			inner := element(field.Type)
			switch {
			case inner.Kind() != reflect.Struct:
			case field.Type.Kind() == reflect.Map:
				for _, member := range entries(value) {
					given(member, inner, visit)
				}
			case field.Type.Kind() == reflect.Slice:
				for _, item := range value.Content {
					given(resolve(item), inner, visit)
				}
			default:
				given(value, inner, visit)
			}
		}
	}
}

// name is a setting's, by the type that declares it: ContainerOptions.image is of the first container and of sidecars.
func name(structure reflect.Type, field reflect.StructField) string {
	for _, i := range field.Index[:len(field.Index)-1] {
		structure = structure.Field(i).Type
	}
	return structure.Name() + "." + configfile.Key(field)
}

// element is what a pointer, a list or a mapping holds.
func element(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}
