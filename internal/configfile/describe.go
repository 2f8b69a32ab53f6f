package configfile

import (
	"math"
	"reflect"
	"time"
)

// Description describes a setting, in addition to its field's type and doc comment.
type Description struct {
	Constraint
	// Default in the notation of a file. Nil if there is none, or if it follows from other settings.
	Default any
	// Items says that the constraint applies to the items of a list.
	Items bool
}

// Describe returns the descriptions of a section's settings by their keys.
func Describe(structure reflect.Type) map[string]Description {
	all := map[string]Description{}
	defaults := withDefaults(structure).Elem()
	for key, field := range Fields(structure) {
		constraint, _ := ConstraintOf(field)
		all[key] = Description{
			Constraint: constraint,
			Default:    inFile(defaults.FieldByIndex(field.Index)),
			Items:      field.Type.Kind() == reflect.Slice,
		}
	}
	return all
}

// inFile returns a value in the notation of a settings file. It returns nil for sections, lists, mappings and empty
// texts: they have no default, or it follows from other settings.
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
