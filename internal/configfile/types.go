package configfile

import (
	"reflect"
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

// settingsOf returns reflect.VisibleFields, which is slow and therefore cached.
func settingsOf(structure reflect.Type) []reflect.StructField {
	if fields, ok := fieldsOf.Load(structure); ok {
		return fields.([]reflect.StructField) // nothing else is stored
	}
	fields := reflect.VisibleFields(structure)
	fieldsOf.Store(structure, fields)
	return fields
}

var fieldsOf sync.Map

// FieldOf finds the field with the yaml name.
func FieldOf(structure reflect.Type, key string) (reflect.StructField, bool) {
	for _, field := range settingsOf(structure) {
		if !field.Anonymous && Key(field) == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// Keys lists a section's yaml names in the order of its type.
func Keys(structure reflect.Type) []string {
	var names []string
	for _, field := range settingsOf(structure) {
		if name := Key(field); name != "" && !field.Anonymous {
			names = append(names, name)
		}
	}
	return names
}

// Key returns the field's key in the file, or "" if a file cannot set it.
func Key(field reflect.StructField) string {
	if name := field.Tag.Get("yaml"); name != "-" {
		return name
	}
	return ""
}

// exists reports whether a type of settings has a setting at the path. In a mapping by name, every name exists; in a
// setting of any type, every path exists.
func exists(structure reflect.Type, path string) bool {
	at := structure
	for _, step := range pathStep.FindAllStringSubmatch(path, -1) {
		name, isItem := step[1], step[2] != ""
		switch at = elem(at); at.Kind() {
		case reflect.Interface:
			return true
		case reflect.Map:
			at = at.Elem()
		case reflect.Struct:
			field, ok := FieldOf(at, name)
			if !ok {
				return false
			}
			at = field.Type
		default:
			return false
		}
		if isItem {
			if elem(at).Kind() != reflect.Slice {
				return at.Kind() == reflect.Interface
			}
			at = elem(at).Elem()
		}
	}
	return true
}

// elem returns the type that a pointer points to, or the type itself.
func elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
