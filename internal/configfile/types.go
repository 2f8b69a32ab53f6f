package configfile

import (
	"iter"
	"reflect"
	"slices"
	"sync"
)

// Defaulter sets the values of settings that a file leaves out.
type Defaulter interface {
	SetDefaults()
}

// Checkable is a section with rules. They are applied after those of its inner sections.
type Checkable interface {
	Check(c Checker)
}

// Union is a section with mutually exclusive members. ResetOthers gets the keys that a layer of the file gives,
// after the key of a mapping by name also those of its entries, such as environment.PORT, and resets the members that
// they replace.
type Union interface {
	ResetOthers(given []string)
}

// Shorthand is a section with a main setting, which is most likely meant by a bare value. Of a list, the value is the
// first item. ShorthandKey returns "" for a value that is not a shorthand.
type Shorthand interface {
	ShorthandKey(value string) string
}

// FromText is a section that other tools write as one text. FromText returns how to write the section, or "".
type FromText interface {
	FromText(text string) string
}

// Rewritable is a mapping by name that people write in another notation. Rewrite gets the values that were found, of
// the kinds that JSON has, and returns how to write them, or "" if they may be right.
type Rewritable interface {
	Rewrite(found any) string
}

// Positioned is an item of a list that keeps its position in the file, for problems found later.
type Positioned interface {
	SetPosition(p Position)
}

// SetDefaults sets the defaults of a section and its inner sections. The argument is a pointer to a struct. Optional
// sections, which are pointers, are left to the section's own SetDefaults.
func SetDefaults(section any) { setDefaults(reflect.ValueOf(section)) }

func setDefaults(pointer reflect.Value) {
	structure := pointer.Elem()
	for i := range structure.NumField() {
		if structure.Type().Field(i).IsExported() && structure.Field(i).Kind() == reflect.Struct {
			setDefaults(structure.Field(i).Addr())
		}
	}
	if section, ok := pointer.Interface().(Defaulter); ok {
		section.SetDefaults()
	}
}

// withDefaults returns a pointer to a new section with its defaults.
func withDefaults(structure reflect.Type) reflect.Value {
	pointer := reflect.New(structure)
	setDefaults(pointer)
	return pointer
}

// sectionType holds the fields of a section's settings, and their keys in the order of the type.
type sectionType struct {
	keys   []string
	fields map[string]reflect.StructField
}

// sectionTypeOf reads a type by reflection, which is slow and therefore done once.
func sectionTypeOf(structure reflect.Type) sectionType {
	if known, ok := sectionTypes.Load(structure); ok {
		return known.(sectionType) // nothing else is stored
	}
	s := sectionType{fields: map[string]reflect.StructField{}}
	for _, field := range reflect.VisibleFields(structure) {
		if key := Key(field); key != "" && !field.Anonymous {
			s.keys = append(s.keys, key)
			s.fields[key] = field
		}
	}
	sectionTypes.Store(structure, s)
	return s
}

var sectionTypes sync.Map

// Fields iterates over a section's yaml names and their fields, in the order of the type.
func Fields(structure reflect.Type) iter.Seq2[string, reflect.StructField] {
	return func(yield func(string, reflect.StructField) bool) {
		of := sectionTypeOf(structure)
		for _, key := range of.keys {
			if !yield(key, of.fields[key]) {
				return
			}
		}
	}
}

// FieldOf finds the field with the yaml name.
func FieldOf(structure reflect.Type, key string) (reflect.StructField, bool) {
	field, ok := sectionTypeOf(structure).fields[key]
	return field, ok
}

// Keys lists a section's yaml names in the order of its type.
func Keys(structure reflect.Type) []string { return slices.Clone(sectionTypeOf(structure).keys) }

// Key returns the field's key in the file, or "" if a file cannot set it.
func Key(field reflect.StructField) string {
	if name := field.Tag.Get("yaml"); name != "-" {
		return name
	}
	return ""
}

// exists reports whether a type of settings has a setting at the path.
func exists(structure reflect.Type, path string) bool { return settingAt(structure, path) != nil }

// settingAt returns the type of the setting at the path, or nil. In a mapping by name, every name exists; in a setting
// of any type, every path exists.
func settingAt(structure reflect.Type, path string) reflect.Type {
	at := structure
	for step := range steps(path) {
		switch at = elem(at); at.Kind() {
		case reflect.Interface:
			return at
		case reflect.Map:
			at = at.Elem()
		case reflect.Struct:
			field, ok := FieldOf(at, step.key)
			if !ok {
				return nil
			}
			at = field.Type
		default:
			return nil
		}
		if step.index != "" {
			if elem(at).Kind() != reflect.Slice {
				if at.Kind() == reflect.Interface {
					return at
				}
				return nil
			}
			at = elem(at).Elem()
		}
	}
	return at
}

// elem returns the type that a pointer points to, or the type itself.
func elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
