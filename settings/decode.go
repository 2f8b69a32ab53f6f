package settings

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"
)

// section is a group of settings: its defaults and its rules stand beside its type.
type section interface {
	setDefaults()
	check(c checker)
}

// union is a section of which only one member may be given. An overlay that names one replaces the base's.
type union interface {
	keepOnly(given []string)
}

// decoder lays YAML over settings that hold their defaults, and reports what does not fit. The YAML library's own
// decoder stops at the type's first error in a mapping, names Go types, and cannot say the setting's path; so the library
// parses, and this walk of the types takes the values over.
type decoder struct {
	report func(node *yaml.Node, path, message string)
	given  map[string]bool // the paths that the file gives a value
}

// settings decodes a whole file or a whole overlay. The first one also sets the defaults.
func (d *decoder) settings(node *yaml.Node, s *Settings) {
	if len(d.given) == 0 {
		s.setDefaults()
		d.given[""] = true
	}
	if !isNull(node) {
		d.mapping(node, reflect.ValueOf(s).Elem(), "")
	}
}

func (d *decoder) value(node *yaml.Node, into reflect.Value, path string) {
	if isNull(node) {
		// An optional section is removed; anything else keeps what it has.
		if into.Kind() == reflect.Pointer {
			into.SetZero()
			d.forget(path)
		}
		return
	}
	d.given[path] = true
	switch into.Kind() {
	case reflect.Pointer:
		if into.IsNil() {
			into.Set(reflect.New(into.Type().Elem()))
			into.Interface().(section).setDefaults()
		}
		d.mapping(node, into.Elem(), path)
	case reflect.Struct:
		d.mapping(node, into, path)
	case reflect.Slice:
		d.list(node, into, path)
	default:
		d.scalar(node, into, path)
	}
}

// forget drops what the base gave below a section that the overlay removed.
func (d *decoder) forget(path string) {
	for given := range d.given {
		if given == path || strings.HasPrefix(given, path+".") {
			delete(d.given, given)
		}
	}
}

func (d *decoder) mapping(node *yaml.Node, into reflect.Value, path string) {
	if node.Kind != yaml.MappingNode {
		d.report(node, path, fmt.Sprintf("expected a mapping with %s, got %s", list(keys(into.Type()), "and"), describe(node)))
		return
	}
	var seen []string
	for key, value := range entries(node) {
		at := join(path, key.Value)
		field, known := fieldOf(into, key.Value)
		switch {
		case path == "" && key.Value == environmentsKey:
			if seen = append(seen, key.Value); slices.Contains(seen[:len(seen)-1], key.Value) {
				d.report(key, at, "the key is there twice; merge the two")
			}
		case key.Value == "<<":
			d.report(key, at, "merge keys are not supported; put what is shared into the base and what differs under environments")
		case !known:
			d.report(key, at, "unknown key; "+choose(key.Value, keys(into.Type())))
		case slices.Contains(seen, key.Value):
			d.report(key, at, "the key is there twice; remove one")
		default:
			seen = append(seen, key.Value)
			d.value(value, field, at)
		}
	}
	if u, ok := into.Addr().Interface().(union); ok {
		u.keepOnly(seen)
	}
}

func (d *decoder) list(node *yaml.Node, into reflect.Value, path string) {
	if node.Kind != yaml.SequenceNode {
		d.report(node, path, fmt.Sprintf("expected a list, got %s; write [%s]", describe(node), node.Value))
		return
	}
	items := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		d.value(resolve(item), items.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	into.Set(items)
}

// scalar takes a value over where its YAML type is the setting's. A text is never read as a number or the other way
// round, but for a number where a text is wanted: an account id needs no quotes.
func (d *decoder) scalar(node *yaml.Node, into reflect.Value, path string) {
	tag := node.ShortTag()
	if node.Kind != yaml.ScalarNode {
		tag = ""
	}
	want := ""
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		duration, err := time.ParseDuration(node.Value)
		if want = "a duration such as 30s or 5m"; err == nil && duration%time.Second == 0 {
			into.SetInt(int64(duration))
			return
		}
	case into.Kind() == reflect.String:
		if want = "a text"; tag == "!!str" || tag == "!!int" || tag == "!!float" {
			into.SetString(node.Value)
			return
		}
	case into.Kind() == reflect.Bool:
		if want = "true or false"; tag == "!!bool" && node.Load(into.Addr().Interface()) == nil {
			return
		}
	case into.Kind() == reflect.Int:
		if want = "a whole number"; tag == "!!int" && node.Load(into.Addr().Interface()) == nil {
			return
		}
	case into.Kind() == reflect.Float64:
		want = "a number"
		if (tag == "!!int" || tag == "!!float") && node.Load(into.Addr().Interface()) == nil && !math.IsNaN(into.Float()) {
			return
		}
	default:
		panic(fmt.Sprintf("settings: %s has type %s, which the decoder does not know", path, into.Type()))
	}
	d.report(node, path, fmt.Sprintf("expected %s, got %s", want, describe(node)))
}

// fieldOf finds the field that has the key as its yaml name.
func fieldOf(structure reflect.Value, key string) (reflect.Value, bool) {
	for i := range structure.NumField() {
		if yamlName(structure.Type().Field(i)) == key {
			return structure.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keys lists a section's yaml names in the order of its type.
func keys(structure reflect.Type) []string {
	var names []string
	for i := range structure.NumField() {
		if name := yamlName(structure.Field(i)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// yamlName is the field's key in the file; empty for one that no file can set.
func yamlName(field reflect.StructField) string {
	if name := field.Tag.Get("yaml"); name != "-" {
		return name
	}
	return ""
}

// choose tells what to write instead of a wrong word: the nearest known one, or all of them.
func choose(wrong string, known []string) string {
	for _, word := range known {
		if levenshtein.Distance(strings.ToLower(wrong), strings.ToLower(word), nil) <= 2 {
			return fmt.Sprintf("did you mean %s?", word)
		}
	}
	return "write " + list(known, "or")
}

// list joins words as a sentence does: "a, b or c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
