package awsmodel

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is what a value violates.
type Kind int

const (
	// OfType is a value of another type.
	OfType Kind = iota
	// OfRequired is a member that is missing.
	OfRequired
	// OfName is a member that a structure does not have.
	OfName
	// OfLimit is a length, size or range.
	OfLimit
	// OfPattern is a pattern.
	OfPattern
	// OfEnum is a set of values.
	OfEnum
)

// Violation is one way in which a value is not what its shape demands.
type Violation struct {
	Kind Kind
	// Path is that of the value: containerDefinitions.1.member.name, counted from 1 as AWS does.
	Path string
	// Value is the value as AWS repeats it, null where there is none.
	Value string
	// Constraint is AWS's sentence for it: Member must have length less than or equal to 64.
	Constraint string
}

// String is AWS's text for a violation.
func (v Violation) String() string {
	value := "'" + v.Value + "'"
	if v.Kind == OfRequired {
		value = "null"
	}
	return fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, v.Path, v.Constraint)
}

// Validate returns all that is wrong with a value, as encoding/json decodes one: texts, numbers (float64 or
// json.Number), booleans, []any and map[string]any.
func (s *Shape) Validate(path string, value any) []Violation {
	switch s.Type {
	case "structure":
		return s.validateStructure(path, value)
	case "list":
		return s.validateList(path, value)
	case "map":
		return s.validateMap(path, value)
	case "string":
		return s.validateString(path, value)
	case "integer", "long", "float", "double":
		return s.validateNumber(path, value)
	case "boolean":
		if _, ok := value.(bool); !ok {
			return s.ofType(path, value)
		}
	case "blob":
		if _, ok := value.(string); !ok {
			return s.ofType(path, value)
		}
	}
	return nil // a timestamp is a number or a text
}

func (s *Shape) ofType(path string, value any) []Violation {
	return []Violation{{OfType, path, fmt.Sprint(value), "Member must be of type " + s.Type}}
}

func (s *Shape) validateStructure(path string, value any) []Violation {
	object, ok := value.(map[string]any)
	if !ok {
		return s.ofType(path, value)
	}
	if s.Document {
		return nil
	}
	var all []Violation
	for _, name := range s.Required {
		if object[name] == nil {
			all = append(all, Violation{OfRequired, join(path, name), "null", "Member must not be null"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		member := s.Members[name]
		switch {
		case member == nil:
			all = append(all, Violation{OfName, join(path, name), fmt.Sprint(object[name]),
				"Member is not known to " + s.Name})
		case object[name] != nil:
			all = append(all, member.Validate(join(path, name), object[name])...)
		}
	}
	return all
}

func (s *Shape) validateList(path string, value any) []Violation {
	list, ok := value.([]any)
	if !ok {
		return s.ofType(path, value)
	}
	all := s.limit(path, value, "length", float64(len(list)))
	for i, item := range list {
		all = append(all, s.Element.Validate(fmt.Sprintf("%s.%d.member", path, i+1), item)...)
	}
	return all
}

func (s *Shape) validateMap(path string, value any) []Violation {
	object, ok := value.(map[string]any)
	if !ok {
		return s.ofType(path, value)
	}
	all := s.limit(path, value, "length", float64(len(object)))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		all = append(all, s.Key.Validate(path, key)...)
		if object[key] != nil {
			all = append(all, s.Value.Validate(fmt.Sprintf("%s.%s.member", path, key), object[key])...)
		}
	}
	return all
}

func (s *Shape) validateString(path string, value any) []Violation {
	text, ok := value.(string)
	if !ok {
		return s.ofType(path, value)
	}
	all := s.limit(path, value, "length", float64(utf8.RuneCountInString(text)))
	if matches, err := s.Matches(text); err != nil || !matches {
		constraint := "Member must satisfy regular expression pattern: " + s.Pattern
		if err != nil {
			constraint = err.Error()
		}
		all = append(all, Violation{OfPattern, path, text, constraint})
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		all = append(all, Violation{OfEnum, path, text,
			"Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"})
	}
	return all
}

func (s *Shape) validateNumber(path string, value any) []Violation {
	var number float64
	switch v := value.(type) {
	case float64:
		number = v
	case int:
		number = float64(v)
	case json.Number:
		parsed, err := v.Float64()
		if err != nil {
			return s.ofType(path, value)
		}
		number = parsed
	default:
		return s.ofType(path, value)
	}
	if whole := s.Type == "integer" || s.Type == "long"; whole && number != float64(int64(number)) {
		return s.ofType(path, value)
	}
	return s.limit(path, value, "value", number)
}

// limit compares a length or value with the shape's limits.
func (s *Shape) limit(path string, value any, what string, measure float64) []Violation {
	var all []Violation
	if s.Min != nil && measure < *s.Min {
		all = append(all, Violation{OfLimit, path, fmt.Sprint(value),
			"Member must have " + what + " greater than or equal to " + plain(*s.Min)})
	}
	if s.Max != nil && measure > *s.Max {
		all = append(all, Violation{OfLimit, path, fmt.Sprint(value),
			"Member must have " + what + " less than or equal to " + plain(*s.Max)})
	}
	return all
}

func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
