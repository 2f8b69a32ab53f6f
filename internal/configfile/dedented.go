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
	if meant, _ := f.isMeant(setting, value); !meant && overlay.CheckName(key.Value) == "" {
		return ""
	}
	return fmt.Sprintf("%s is a setting of %s, but stands beside the %s; indent it%s", key.Value, overlay.Noun,
		overlay.Plural, f.inEntryAbove(declared, key))
}

// inEntryAbove shows how a setting is written in the entry before it.
func (f *file) inEntryAbove(declared, setting *yaml.Node) string {
	above := ""
	for key := range entries(declared) {
		if key == setting {
			break
		}
		if f.atTop(key.Value) == nil {
			above = fmt.Sprintf(", as in %s: {%s: …}", QuoteKey(key.Value), setting.Value)
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

// isMeant reports whether the value of an overlay's entry, which has the name of a setting, is that of the setting, or
// may be that as well as the settings of a target.
func (f *file) isMeant(setting reflect.Type, value *yaml.Node) (meant, either bool) {
	if value.Kind != yaml.MappingNode {
		return !isNull(value), isNull(value)
	}
	for key := range entries(value) {
		ofTarget, ofSetting := f.atTop(key.Value) != nil, setting.Kind() == reflect.Map
		if setting.Kind() == reflect.Struct {
			_, ofSetting = FieldOf(setting, key.Value)
		}
		if ofTarget && !ofSetting {
			return false, false
		}
		meant = meant || !ofTarget
	}
	return meant, !meant
}

// noteDedented notes the layer of an overlay's entry that may be meant as a setting.
func (r *Reading) noteDedented() {
	name := ""
	for step := range steps(r.layer.path) {
		name = step.key
	}
	setting := r.file.atTop(name)
	if setting == nil {
		return
	}
	if _, either := r.file.isMeant(setting, r.layer.node); either {
		r.notes = append(r.notes, r.problemIn(r.layer, r.layer.node, "", fmt.Sprintf("note: makes a stack with this name; "+
			"if the %s of another stack is meant, indent it, so that it is in that one", name)))
	}
}
