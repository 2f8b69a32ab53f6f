package events

import (
	"reflect"
	"slices"
	"strings"
)

// matches reports whether an event has what a pattern asks for: each field of it, with one of the values listed, and
// one of the patterns that stand under $or. In a list of objects, one object must have all that the pattern asks for.
// Sources: EventBridge user guide, "Creating Amazon EventBridge event patterns"; aws/event-ruler, "And and Or
// relationship among fields" and array consistency. Of the comparison operators numeric, cidr and wildcard are not
// known here: a field that uses one does not match.
func matches(pattern, event object) bool {
	for name, wanted := range pattern {
		value, exists := event[name]
		if either, isList := wanted.([]any); isList && name == "$or" {
			if !slices.ContainsFunc(either, func(one any) bool { return matchesOne(one, event) }) {
				return false
			}
			continue
		}
		switch wanted := wanted.(type) {
		case object:
			if items, isList := value.([]any); isList {
				if !slices.ContainsFunc(items, func(item any) bool { return matchesOne(wanted, item) }) {
					return false
				}
				continue
			}
			nested, _ := value.(object)
			if !matches(wanted, nested) {
				return false
			}
		case []any:
			if !slices.ContainsFunc(wanted, func(one any) bool { return fits(one, value, exists) }) {
				return false
			}
		default: // PutRule has refused it
			return false
		}
	}
	return true
}

// matchesOne is matches for a pattern and a part of an event that are objects.
func matchesOne(pattern, part any) bool {
	wanted, isPattern := pattern.(object)
	object, isObject := part.(object)
	return isPattern && isObject && matches(wanted, object)
}

// fits reports whether a value fits one that a pattern lists. Of a list one value must fit.
func fits(wanted, value any, exists bool) bool {
	operator, isOperator := wanted.(object)
	if existing, asked := operator["exists"]; asked {
		return existing == exists
	}
	if list, isList := value.([]any); isList {
		return slices.ContainsFunc(list, func(one any) bool { return fits(wanted, one, exists) })
	}
	if !isOperator {
		return exists && reflect.DeepEqual(wanted, value)
	}
	return exists && compares(operator, value)
}

// compares applies a comparison operator.
func compares(operator object, value any) bool {
	text, _ := value.(string)
	for name, operand := range operator {
		of, _ := operand.(string)
		switch name {
		case "prefix":
			return strings.HasPrefix(text, of)
		case "suffix":
			return strings.HasSuffix(text, of)
		case "equals-ignore-case":
			return strings.EqualFold(text, of)
		case "anything-but":
			return !fitsAny(operand, value)
		}
	}
	return false
}

// fitsAny reports whether a value fits one, or one of a list.
func fitsAny(wanted, value any) bool {
	if list, isList := wanted.([]any); isList {
		return slices.ContainsFunc(list, func(one any) bool { return fits(one, value, true) })
	}
	return fits(wanted, value, true)
}
