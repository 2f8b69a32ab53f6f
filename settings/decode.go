package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"
)

// section is a group of settings: its defaults and its rules stand beside its type.
type section interface {
	setDefaults()
	check(c checker)
}

// union is a section with members that exclude each other. One that an overlay names replaces the base's.
type union interface {
	keepOnly(given []string)
}

// principal is a section of which one setting says most, so that who writes a bare value means that one.
type principal interface {
	principalKey() string
}

const (
	noMergeKeys = "merge keys are not supported; put what is shared into the base and what differs under environments"
	noNUL       = "holds a NUL character (\\0), which no process and no AWS service takes; remove it"
	twice       = "the key is there twice; remove one"
)

// decoder lays YAML over settings that hold their defaults, and reports what does not fit. The YAML library's own
// decoder stops at the type's first error in a mapping, names Go types, and cannot say the setting's path; so the library
// parses, and this walk of the types takes the values over.
type decoder struct {
	report func(node *yaml.Node, path, message string)
	given  map[string]bool // the paths that the file gives a value
}

// settings decodes a whole file or a whole overlay.
func (d *decoder) settings(node *yaml.Node, s *Settings) {
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
	case reflect.Map:
		d.named(node, into, path)
	case reflect.Slice:
		d.list(node, into, path)
	case reflect.Interface:
		d.anything(node, into, path)
	default:
		d.scalar(node, into, path)
	}
}

// named decodes a mapping whose keys are the file's own: services, environment variables. An overlay's entries are laid
// over the base's, and null removes one.
func (d *decoder) named(node *yaml.Node, into reflect.Value, path string) {
	if node.Kind != yaml.MappingNode {
		d.report(node, path, fmt.Sprintf("expected a mapping by name, got %s; write it as {name: …}", describe(node)))
		return
	}
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	seen := map[string]bool{}
	for key, value := range entries(node) {
		at := join(path, quoted(key.Value))
		name := reflect.ValueOf(key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			d.report(key, path, fmt.Sprintf("expected a name, got %s", describe(key)))
		case key.Value == "<<":
			d.report(key, at, noMergeKeys)
		case seen[key.Value]:
			d.report(key, at, twice)
		case strings.ContainsRune(key.Value, 0):
			d.report(key, at, noNUL)
		case isNull(value):
			into.SetMapIndex(name, reflect.Value{})
			d.forget(at)
		default:
			item := reflect.New(into.Type().Elem()).Elem()
			if old := into.MapIndex(name); old.IsValid() {
				item.Set(old)
			}
			d.value(value, item, at)
			into.SetMapIndex(name, item)
		}
		seen[key.Value] = true
	}
}

// anything takes a value over as it is, whatever it is.
func (d *decoder) anything(node *yaml.Node, into reflect.Value, path string) {
	var value any
	if err := node.Decode(&value); err != nil {
		d.report(node, path, "is not a value that JSON can hold; write a text, a number, true, false, a list or a mapping")
		return
	}
	into.Set(reflect.ValueOf(&value).Elem())
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
	known := keys(into.Type())
	if node.Kind != yaml.MappingNode {
		hint := ""
		if p, ok := into.Addr().Interface().(principal); ok && node.Kind == yaml.ScalarNode {
			hint = fmt.Sprintf("; write {%s: %s}", p.principalKey(), label(node))
		} else if len(known) == 1 && node.Kind == yaml.ScalarNode {
			hint = fmt.Sprintf("; write {%s: %s}", known[0], label(node))
		}
		d.report(node, path, fmt.Sprintf("expected a mapping with %s, got %s%s", list(known, "or"), describe(node), hint))
		return
	}
	if path == "" {
		known = append(known, environmentsKey, regionsKey) // which parse has read
	}
	var seen []string
	for key, value := range entries(node) {
		at := join(path, quoted(key.Value))
		switch {
		case key.Kind != yaml.ScalarNode:
			d.report(key, path, fmt.Sprintf("expected a key, got %s; write %s", describe(key), list(known, "or")))
		case key.Value == "<<":
			d.report(key, at, noMergeKeys)
		case !slices.Contains(known, key.Value):
			d.report(key, at, "unknown key; "+choose(key.Value, known))
		case slices.Contains(seen, key.Value):
			d.report(key, at, twice)
		default:
			seen = append(seen, key.Value)
			if field, ok := fieldOf(into, key.Value); ok {
				d.value(value, field, at)
			}
		}
	}
	if u, ok := into.Addr().Interface().(union); ok {
		u.keepOnly(seen)
	}
}

func (d *decoder) list(node *yaml.Node, into reflect.Value, path string) {
	if node.Kind != yaml.SequenceNode {
		example := "[a, b]"
		if node.Kind == yaml.ScalarNode {
			example = "[" + label(node) + "]"
		}
		d.report(node, path, fmt.Sprintf("expected a list, got %s; write it as %s", describe(node), example))
		return
	}
	items := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if s, ok := items.Index(i).Addr().Interface().(section); ok {
			s.setDefaults()
			d.given[at] = true
			d.mapping(resolve(item), items.Index(i), at)
		} else {
			d.scalar(resolve(item), items.Index(i), at)
		}
	}
	into.Set(items)
}

// scalar takes a value over, and reports one that does not fit. Where other quotes would make it fit, it says so.
func (d *decoder) scalar(node *yaml.Node, into reflect.Value, path string) {
	if strings.ContainsRune(node.Value, 0) {
		d.report(node, path, noNUL)
		return
	}
	tag := node.ShortTag()
	if node.Kind != yaml.ScalarNode || node.Style&yaml.TaggedStyle != 0 {
		tag = ""
	}
	want, ok := readScalar(tag, node.Value, into)
	if ok {
		return
	}
	fits := func(tag string) bool {
		_, ok := readScalar(tag, node.Value, into)
		return ok
	}
	hint := ""
	switch {
	case node.Kind != yaml.ScalarNode:
	case tag == "":
		hint = "; tags are not supported"
	case tag == "!!str" && (fits("!!int") || fits("!!bool")):
		hint = "; remove the quotes"
	case tag == "!!bool" && fits("!!str"):
		hint = "; put it in quotes"
	}
	d.report(node, path, fmt.Sprintf("expected %s, got %s%s", want, describe(node), hint))
}

// decimal is how a number is written: YAML's other notations (0x10, 010, 1_000, 1e3, .inf) are more often a mistake.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// readScalar takes a value over where its YAML type is the setting's, and says what it wants. A text is never read as a
// number, nor as true or false; a number is read as a text where one is wanted: an account id needs no quotes.
func readScalar(tag, value string, into reflect.Value) (want string, ok bool) {
	isNumber := (tag == "!!int" || tag == "!!float") && decimal.MatchString(value)
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		duration, err := time.ParseDuration(value)
		if ok = tag != "" && err == nil && duration%time.Second == 0; ok {
			into.SetInt(int64(duration))
		}
		return "a duration in whole seconds, such as 30s or 5m", ok
	case into.Kind() == reflect.String:
		if ok = tag == "!!str" || tag == "!!int" || tag == "!!float" || tag == "!!timestamp"; ok {
			into.SetString(value)
		}
		return "a text", ok
	case into.Kind() == reflect.Bool:
		isTrue := strings.EqualFold(value, "true")
		if ok = tag == "!!bool" && (isTrue || strings.EqualFold(value, "false")); ok {
			into.SetBool(isTrue)
		}
		return "true or false", ok
	case into.Kind() == reflect.Int:
		n, err := strconv.Atoi(value)
		if ok = isNumber && err == nil; ok {
			into.SetInt(int64(n))
		}
		return "a whole number such as 1024", ok
	case into.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(value, 64)
		if ok = isNumber && err == nil; ok {
			into.SetFloat(n)
		}
		return "a number such as 62.5", ok
	default:
		panic(fmt.Sprintf("settings: the decoder does not know %s", into.Type()))
	}
}

// fieldOf finds the field that has the key as its yaml name.
func fieldOf(structure reflect.Value, key string) (reflect.Value, bool) {
	for _, field := range reflect.VisibleFields(structure.Type()) {
		if !field.Anonymous && yamlName(field) == key {
			return structure.FieldByIndex(field.Index), true
		}
	}
	return reflect.Value{}, false
}

// keys lists a section's yaml names in the order of its type.
func keys(structure reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(structure) {
		if name := yamlName(field); name != "" && !field.Anonymous {
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

// choose tells what to write instead of a wrong word: the likeliest one, where at most two slips, and no more than half
// of the letters, lie between them; else all of them.
func choose(wrong string, known []string) string {
	wrong = strings.ToLower(wrong)
	beginnings := levenshtein.NewParams().BonusThreshold(0) // of two words as near, the one that begins alike
	likeliest := slices.MaxFunc(known, func(a, b string) int {
		return cmp.Compare(levenshtein.Match(wrong, strings.ToLower(a), beginnings),
			levenshtein.Match(wrong, strings.ToLower(b), beginnings))
	})
	if levenshtein.Distance(wrong, strings.ToLower(likeliest), nil) <= min(2, utf8.RuneCountInString(wrong)/2) {
		return fmt.Sprintf("did you mean %s?", likeliest)
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
