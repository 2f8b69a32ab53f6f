package settings

import (
	"math"
	"reflect"
	"time"
)

// Description is what the defaults and rules of a section say about one of its settings, beside its type and doc
// comment.
type Description struct {
	// Default as a file would have it. Nil where there is none, and where it follows from other settings.
	Default any
	// Lowest and Highest number that the rules take. Nil where they ask for no limit, or for one that depends on other
	// settings.
	Lowest, Highest any
	// OneOf are the values on offer. Nil where the rules take any.
	OneOf []any
	// Zero says that 0, or the empty text, is taken as well: it stands for not given.
	Zero bool
	// Items says that the limits and the offer are those of what a list or mapping holds.
	Items bool
	// Needed says that the rules refuse a section without the setting.
	Needed bool
}

// Describe asks a section's own defaults and rules about its settings, by their keys. So what a schema says is what a
// file is checked by: the rules run over settings made up for the purpose, and every call of within and oneOf tells
// what it asks for. Of rules that are written otherwise, Describe knows nothing.
func Describe(structure reflect.Type) map[string]Description {
	found := map[string]Description{}
	for _, field := range reflect.VisibleFields(structure) {
		key := yamlName(field)
		if key == "" || field.Anonymous {
			continue
		}
		value := fresh(structure).Elem().FieldByIndex(field.Index)
		d := Description{
			Default: inFile(value),
			Needed:  len(ask(fresh(structure)).problems[key]) > 0,
		}
		first := true
		for _, probe := range probes(structure) {
			answers := ask(probe)
			for _, path := range []string{key, key + "[0]", key + "." + entry} {
				if limits, ok := answers.limits[path]; ok {
					d.Items = path != key
					d.narrow(limits, first)
					first = false
				}
			}
		}
		if !first {
			d.Zero = !d.Items && takesZero(structure, field)
		}
		if d.Default != nil && reflect.ValueOf(d.Default).IsZero() && (value.Kind() == reflect.String || d.Needed) {
			d.Default = nil // there is none, or it follows from other settings
		}
		found[key] = d
	}
	return found
}

// limits is what one call of a rule asks for.
type limits struct {
	low, high any
	oneOf     []any
}

// narrow notes what a rule asks for. A limit that is not the same each time depends on other settings.
func (d *Description) narrow(l limits, first bool) {
	if first {
		d.Lowest, d.Highest, d.OneOf = l.low, l.high, l.oneOf
		return
	}
	if d.Lowest != l.low {
		d.Lowest = nil
	}
	if d.Highest != l.high {
		d.Highest = nil
	}
	if !reflect.DeepEqual(d.OneOf, l.oneOf) {
		d.OneOf = nil
	}
}

// answers is what the rules say about a section.
type answers struct {
	limits   map[string]limits
	problems map[string][]string
}

func ask(pointer reflect.Value) answers {
	a := answers{limits: map[string]limits{}, problems: map[string][]string{}}
	pointer.Interface().(section).check(checker{
		report:   func(path, message string) { a.problems[path] = append(a.problems[path], message) },
		reported: func(string) bool { return false },
		// The rules hold for whatever the file gives.
		inLastLayer: func(string) bool { return false },
		asks:        func(path string, l limits) { a.limits[path] = l },
	})
	return a
}

// takesZero says whether the rules take a setting that is zero.
func takesZero(structure reflect.Type, field reflect.StructField) bool {
	for _, probe := range probes(structure)[:2] {
		probe.Elem().FieldByIndex(field.Index).SetZero()
		if len(ask(probe).problems[yamlName(field)]) > 0 {
			return false
		}
	}
	return true
}

// fresh is a pointer to a section that holds its defaults.
func fresh(structure reflect.Type) reflect.Value {
	pointer := reflect.New(structure)
	pointer.Interface().(section).setDefaults()
	return pointer
}

// probes are sections to run the rules over: one with its defaults; one in which every optional section is there; and
// one in which there is also an item of every list and mapping, and no value is its default. Limits that follow from
// other settings differ among them.
func probes(structure reflect.Type) []reflect.Value {
	all := []reflect.Value{fresh(structure), fresh(structure), fresh(structure)}
	fill(all[1].Elem(), false)
	fill(all[2].Elem(), true)
	return all
}

// entry is the name of what the probes have in their mappings.
const entry = "x"

func fill(value reflect.Value, values bool) {
	switch kind := value.Kind(); {
	case kind == reflect.Struct:
		for i := range value.NumField() {
			fill(value.Field(i), values)
		}
	case kind == reflect.Pointer:
		value.Set(fresh(value.Type().Elem()))
		fill(value.Elem(), values)
	case !values:
	case kind == reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0), values)
	case kind == reflect.Map:
		item := reflect.New(value.Type().Elem()).Elem()
		fill(item, values)
		value.Set(reflect.MakeMap(value.Type()))
		value.SetMapIndex(reflect.ValueOf(entry), item)
	case kind == reflect.String:
		value.SetString("x")
	case kind == reflect.Int || kind == reflect.Int64:
		value.SetInt(value.Int() + 1)
	case kind == reflect.Float64:
		value.SetFloat(value.Float() + 1)
	}
}

// inFile is a value as a settings file has it; nil for what a file gives by sections, lists and mappings.
func inFile(value reflect.Value) any {
	switch v := value.Interface().(type) {
	case time.Duration:
		return seconds(v)
	case float64:
		if math.IsNaN(v) {
			return nil
		}
		return v
	case int:
		if v == noChange {
			return nil
		}
		return v
	case string, bool:
		return v
	}
	return nil
}
