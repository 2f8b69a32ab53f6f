package configfile

import (
	"math"
	"reflect"
	"time"
)

// Description is what a section's type says about one of its settings, in addition to the field's type and doc comment.
type Description struct {
	Constraint
	// Default as a file would have it. Nil if there is none, or if it follows from other settings.
	Default any
	// Items says that the constraint is that of what a list holds.
	Items bool
}

// Describe returns the descriptions of a section's settings by their keys.
func Describe(structure reflect.Type) map[string]Description {
	all := map[string]Description{}
	defaults := withDefaults(structure).Elem()
	for _, field := range settingsOf(structure) {
		key := Key(field)
		if key == "" || field.Anonymous {
			continue
		}
		constraint, _ := ConstraintOf(field)
		all[key] = Description{
			Constraint: constraint,
			Default:    inFile(defaults.FieldByIndex(field.Index)),
			Items:      field.Type.Kind() == reflect.Slice,
		}
	}
	return all
}

// inFile is a value as a settings file has it. It is nil for what a file gives by sections, lists and mappings, and for
// an empty text: there is no default, or it follows from other settings.
func inFile(value reflect.Value) any {
	if value.Kind() == reflect.String && value.String() != "" {
		return value.String()
	}
	switch v := value.Interface().(type) {
	case time.Duration:
		return Seconds(v)
	case float64:
		if math.IsNaN(v) {
			return nil
		}
		return v
	case int:
		if v == math.MinInt {
			return nil
		}
		return v
	case bool:
		return v
	}
	return nil
}
