// Package schema generates the JSON Schema of a settings file, with which editors complete and check it.
//
// Everything in it comes from package settings: the structure from its types, the descriptions from its doc comments,
// and the values from the tags of its fields and from its defaults (see configfile.Describe). The schema accepts
// everything that the program accepts, but not the other way round: only the program checks rules that span several
// settings, and the exact forms of names and ARNs.
//
// It is written in draft 7, which editors support best. Each section has two definitions:
//
//	definitions/Task             the allowed settings
//	definitions/complete.Task    the required settings, once all overlays are applied
//
// Only the result of laying an environment over the base has to be complete: either of the two may leave out required
// settings.
package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/reference"
	"webapp/settings"
)

type object = map[string]any

// JSON returns the schema of a settings file. The folder is that of package settings.
func JSON(folder string) ([]byte, error) {
	texts, err := reference.Descriptions(folder)
	if err != nil {
		return nil, err
	}
	g := generator{texts: texts, definitions: object{}}
	structure := reflect.TypeFor[settings.Settings]()

	properties := g.properties(structure)
	overlay := object{"type": orNull("object"), "properties": g.properties(structure), "additionalProperties": false}
	properties["environments"] = object{
		"description": "Environments by name, each with the settings that differ from those at the top of the file. " +
			"Each is a separate stack. Default: none; the file is a single stack.",
		"type": "object", "minProperties": 1, "additionalProperties": ref("environment"),
	}
	g.definitions["region"] = overlay
	regions := object{
		"description": "Additional regions by name, such as us-east-1, each with the settings that differ there. " +
			"Each is a separate stack, in addition to that of aws.region. In a file with environments, they belong " +
			"in the environments. Default: none.",
		"type": "object", "minProperties": 1, "additionalProperties": ref("region"),
	}
	properties["additionalRegions"] = regions
	environment := maps.Clone(overlay)
	environment["properties"] = maps.Clone(overlay["properties"].(object))
	environment["properties"].(object)["additionalRegions"] = regions
	g.definitions["environment"] = environment
	root := object{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"title":                "Settings of a web service on AWS (webapp.yaml)",
		"type":                 "object",
		"properties":           properties,
		"additionalProperties": false,
		"definitions":          g.definitions,
	}
	if complete := g.complete(structure); complete != nil {
		root["if"] = object{"not": object{"required": []string{"environments"}}}
		root["then"] = complete
	}
	if len(g.undescribed) > 0 {
		return nil, fmt.Errorf("no doc comment on %s", strings.Join(g.undescribed, ", "))
	}
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// generator collects the definitions of the types of sections.
type generator struct {
	texts       map[string]string
	definitions object
	undescribed []string
}

// section returns a reference to the definition of a section's type.
func (g *generator) section(structure reflect.Type) object {
	name := structure.Name()
	if _, ok := g.definitions[name]; !ok {
		definition := object{"type": orNull("object"), "additionalProperties": false}
		g.definitions[name] = definition
		definition["properties"] = g.properties(structure)
	}
	return ref(name)
}

func (g *generator) properties(structure reflect.Type) object {
	properties := object{}
	descriptions := configfile.Describe(structure)
	for key, field := range fields(structure) {
		property := g.value(field.Type, descriptions[key])
		text, ok := g.texts[structure.Name()+"."+key]
		if !ok {
			g.undescribed = append(g.undescribed, structure.Name()+"."+key)
		}
		if target, ok := property["$ref"]; ok {
			property = object{"allOf": []any{object{"$ref": target}}} // draft 7 ignores siblings of $ref
		}
		if services := field.Tag.Get("arn"); services != "" {
			addARN(property, strings.Split(services, ","))
		}
		property["description"] = text
		// A default of 0 means that the default follows from other settings, unless the doc comment says "Default 0".
		if d := descriptions[key].Default; d != nil &&
			(d != 0 && d != 0.0 && d != "0s" || strings.Contains(text, "Default 0")) {
			property["default"] = d
		}
		properties[key] = property
	}
	return properties
}

// addARN limits a text, or the items of a list, to ARNs of the services. An empty text means none.
func addARN(property object, services []string) {
	if items, ok := property["items"].(object); ok {
		property = items
	}
	property["pattern"] = fmt.Sprintf("^$|^arn:aws[a-z-]*:(%s):", strings.Join(services, "|"))
	property["patternErrorMessage"] = "write an ARN, which begins with arn:aws:" + strings.Join(services, ": or "+
		"arn:aws:") + ":"
}

// value returns the schema of a setting, or of an item of a list or mapping.
func (g *generator) value(t reflect.Type, d configfile.Description) object {
	items := configfile.Description{}
	if d.Items {
		items = d
	}
	switch kind := t.Kind(); {
	case t == reflect.TypeFor[time.Duration]():
		// The notation of Go, which allows 0 without a unit. Only the program checks ranges and whole seconds. The
		// message is repeated because editors show that of the alternative which fails.
		const message = "write a duration with its unit, such as 30s or 5m"
		return object{"anyOf": []any{
			object{"type": "string", "pattern": `^(0|([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))+)$`,
				"errorMessage": message},
			object{"const": 0, "errorMessage": message},
		}}
	case kind == reflect.Pointer:
		return g.value(t.Elem(), d)
	case kind == reflect.Struct:
		return g.section(t)
	case kind == reflect.Slice:
		item := orBoolean(t.Elem(), g.value(t.Elem(), items))
		// An overlay replaces a list as a whole, so its items must be complete.
		if complete := g.completeOf(t.Elem()); complete != nil {
			item = object{"allOf": []any{item, complete}}
		}
		return object{"type": orNull("array"), "items": item}
	case kind == reflect.Map:
		return object{"type": orNull("object"),
			"additionalProperties": orNullValue(orBoolean(t.Elem(), g.value(t.Elem(), items)))}
	case kind == reflect.Interface:
		return object{}
	case kind == reflect.Bool:
		return object{"type": "boolean"}
	case kind == reflect.String:
		return limited(object{"type": []string{"string", "number"}}, d) // 012 and 1.10 are valid texts
	case kind == reflect.Int:
		return limited(object{"type": "integer"}, d)
	case kind == reflect.Float64:
		return limited(object{"type": "number"}, d)
	}
	panic(fmt.Sprintf("schema: no type for %s", t))
}

// orBoolean also allows true and false as texts in lists and mappings.
func orBoolean(t reflect.Type, value object) object {
	if types, ok := value["type"].([]string); ok && t.Kind() == reflect.String {
		value["type"] = append(types, "boolean")
	}
	return value
}

// limited adds the constraint from the field's tags.
func limited(value object, d configfile.Description) object {
	if d.Enum != nil {
		words := make([]any, len(d.Enum))
		for i, word := range d.Enum {
			words[i] = word
			if number, err := strconv.Atoi(word); err == nil && value["type"] == "integer" {
				words[i] = number
			}
		}
		return object{"enum": words}
	}
	if d.Low != nil {
		value["minimum"] = *d.Low
	}
	if d.High != nil {
		value["maximum"] = *d.High
	}
	if d.Optional && d.Low != nil && *d.Low > 0 {
		return object{"anyOf": []any{value, object{"const": 0}}}
	}
	return value
}

// complete returns the schema of what a section and the sections in it must have, or nil if nothing is required.
func (g *generator) complete(structure reflect.Type) object {
	var required []string
	properties := object{}
	for key, field := range fields(structure) {
		complete := g.completeOf(field.Type)
		if complete != nil && field.Type.Kind() != reflect.Slice {
			// Editors suggest the key already. They ignore what stands beside a $ref.
			properties[key] = object{"allOf": []any{complete}, "doNotSuggest": true}
		}
		// The doc comment says what is required. A section that always exists is required if it has required settings.
		documented := strings.HasSuffix(g.texts[structure.Name()+"."+key], "Required.")
		always := field.Type.Kind() == reflect.Struct && complete != nil &&
			g.definitions[completeName(field.Type)].(object)["required"] != nil
		if documented || always {
			required = append(required, key)
		}
	}
	if len(required) == 0 && len(properties) == 0 {
		return nil
	}
	complete := object{}
	if len(properties) > 0 {
		complete["properties"] = properties
	}
	if len(required) > 0 {
		complete["required"] = required
	}
	return complete
}

// completeOf returns the schema of what the value of a setting must have, or nil if nothing is required.
func (g *generator) completeOf(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return g.completeOf(t.Elem())
	case reflect.Map:
		if complete := g.completeOf(t.Elem()); complete != nil {
			return object{"additionalProperties": complete}
		}
		return nil
	case reflect.Struct:
	default:
		return nil
	}
	name := completeName(t)
	if _, ok := g.definitions[name]; !ok {
		complete := g.complete(t)
		if complete == nil {
			return nil
		}
		g.definitions[name] = complete
	}
	return ref(name)
}

func completeName(structure reflect.Type) string { return "complete." + structure.Name() }

// fields iterates over the settings of a section, including those of embedded types.
func fields(structure reflect.Type) func(yield func(string, reflect.StructField) bool) {
	return func(yield func(string, reflect.StructField) bool) {
		for _, field := range reflect.VisibleFields(structure) {
			key := field.Tag.Get("yaml")
			if !field.Anonymous && key != "" && key != "-" && !yield(key, field) {
				return
			}
		}
	}
}

func ref(name string) object { return object{"$ref": "#/definitions/" + name} }

// orNull also allows null for a section: it removes the section, and is what remains of one whose lines are all
// comments.
func orNull(kind string) []string { return []string{kind, "null"} }

// orNullValue also allows null for an entry of a mapping: it removes the entry of the base.
func orNullValue(value object) object {
	if target, ok := value["$ref"]; ok {
		return object{"$ref": target} // a section, which already allows null
	}
	return object{"anyOf": []any{value, object{"type": "null"}}}
}
