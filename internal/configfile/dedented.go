package configfile

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// A section that has lost its indentation is at the level of an overlay's entries: logs would be another environment,
// and the one above it would keep the logs of the base. But an environment may have the name of a section, pipeline.

// dedented returns what is wrong with an overlay's entry that is meant as a setting, or "".
func (f *file) dedented(overlay Overlay, declared, key, value *yaml.Node) string {
	setting := f.atTop(key.Value)
	if setting == nil {
		return ""
	}
	if meant, _ := isMeant(f.atTop, setting, value); !meant && overlay.CheckName(key.Value) == "" {
		return ""
	}
	advice := fmt.Sprintf("%s is a setting of %s, but stands beside the %s; indent it", key.Value, overlay.Noun,
		overlay.Plural)
	if above := entryAbove(f.atTop, declared, key); above != "" {
		advice += asIn(above, key.Value)
	}
	return advice
}

// dedentedEntry returns what is wrong with an entry of a mapping by name, such as services, that is meant as a setting
// of the entry above it, or "".
func dedentedEntry(mapping, key, value *yaml.Node, entry reflect.Type, path string) string {
	if entry = elem(entry); entry.Kind() != reflect.Struct {
		return ""
	}
	settings := func(name string) reflect.Type {
		if field, ok := FieldOf(entry, name); ok {
			return elem(field.Type)
		}
		return nil
	}
	setting := settings(key.Value)
	if setting == nil || value.Kind == yaml.ScalarNode {
		return ""
	}
	above := entryAbove(settings, mapping, key)
	if meant, _ := isMeant(settings, setting, value); !meant || above == "" {
		return ""
	}
	return fmt.Sprintf("%s is a setting of one of the %s, but stands beside them; indent it%s", key.Value,
		lastKey(path), asIn(above, key.Value))
}

// asIn shows how a setting is written in an entry.
func asIn(entry, setting string) string {
	return fmt.Sprintf(", as in %s: {%s: …}", QuoteKey(entry), setting)
}

// entryAbove returns the name of the entry before a setting that stands among the entries, or "".
func entryAbove(settings func(name string) reflect.Type, declared, setting *yaml.Node) string {
	above := ""
	for key := range entries(declared) {
		if key == setting {
			break
		}
		if settings(key.Value) == nil {
			above = key.Value
		}
	}
	return above
}

// atTop returns the type of the value that a key has at the top of a file, or nil.
func (f *file) atTop(key string) reflect.Type {
	for _, overlay := range f.format.Overlays {
		if overlay.Key == key {
			return reflect.TypeFor[map[string]any]()
		}
	}
	if field, ok := FieldOf(f.root, key); ok {
		return elem(field.Type)
	}
	return nil
}

// isMeant reports whether the value of an entry, which has the name of a setting, is that of the setting, or may be
// that as well as the settings of an entry.
func isMeant(settings func(name string) reflect.Type, setting reflect.Type, value *yaml.Node) (meant, either bool) {
	if value.Kind != yaml.MappingNode {
		return !isNull(value), isNull(value)
	}
	for key := range entries(value) {
		ofEntry, ofSetting := settings(key.Value) != nil, setting.Kind() == reflect.Map
		if setting.Kind() == reflect.Struct {
			_, ofSetting = FieldOf(setting, key.Value)
		}
		if ofEntry && !ofSetting {
			return false, false
		}
		meant = meant || !ofEntry
	}
	return meant, !meant
}

// noteDedented notes the layer of an overlay's entry that may be meant as a setting.
func (r *Reading) noteDedented() {
	name := lastKey(r.layer.path)
	setting := r.file.atTop(name)
	if setting == nil {
		return
	}
	if _, either := isMeant(r.file.atTop, setting, r.layer.node); either {
		r.notes = append(r.notes, r.problemIn(r.layer, r.layer.node, "", fmt.Sprintf("note: makes a stack with this name; "+
			"if the %s of another stack is meant, indent it, so that it is in that one", name)))
	}
}
