package configfile

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Constraint limits the values of a setting, according to the tags of its field. The check, the JSON schema and the
// reference all use it. For a list, it applies to each item.
type Constraint struct {
	// Low and High bound a number, a duration in seconds. Nil means no bound.
	Low, High *float64
	// Enum lists the allowed values. Nil means any.
	Enum []string
	// Optional says that zero, or an empty text, means that the setting is not given.
	Optional bool

	kind reflect.Type
}

// Explainer is a section with specific messages for broken constraints. Explain returns "" for the standard message.
type Explainer interface {
	Explain(key string, allowed Constraint) string
}

// Enumerated is a type of settings that has a fixed list of values. It takes the place of a tag for a long list.
type Enumerated interface{ Allowed() []string }

// ConstraintOf reads the tags of a setting's field. It panics if they do not fit the field's type, which every test
// that reads a file of this type would show.
func ConstraintOf(field reflect.StructField) (Constraint, bool) {
	kind := elem(field.Type)
	if kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	c := Constraint{Optional: field.Tag.Get("optional") == "true", kind: kind}
	bounds, isRange := field.Tag.Lookup("range")
	words, isEnum := field.Tag.Lookup("enum")
	enumerated, isType := reflect.Zero(kind).Interface().(Enumerated)
	if isRange {
		low, high, _ := strings.Cut(bounds, ",")
		c.Low, c.High = bound(field, kind, low), bound(field, kind, high)
	}
	if isEnum {
		c.Enum = strings.Split(words, ",")
	}
	if isType {
		c.Enum = enumerated.Allowed()
	}
	return c, isRange || isEnum || isType
}

func bound(field reflect.StructField, kind reflect.Type, text string) *float64 {
	if text == "" {
		return nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if kind == reflect.TypeFor[time.Duration]() {
		var d time.Duration
		d, err = time.ParseDuration(text)
		number = d.Seconds()
	}
	if err != nil {
		panic(fmt.Sprintf("configfile: the range of %s: %v", field.Name, err))
	}
	return &number
}

// String describes the allowed values, such as "1 to 65535" or "a, b or c".
func (c Constraint) String() string {
	switch {
	case c.Enum != nil:
		return JoinWords(c.Enum, "or")
	case c.Low == nil:
		return "at most " + c.format(*c.High)
	case c.isOpen():
		return c.format(*c.Low) + " or more"
	}
	return c.format(*c.Low) + " to " + c.format(*c.High)
}

// isOpen reports whether the range has no upper bound, or only the largest 32-bit integer, which is not worth
// mentioning.
func (c Constraint) isOpen() bool { return c.High == nil || *c.High == math.MaxInt32 }

func (c Constraint) format(n float64) string {
	if c.kind == reflect.TypeFor[time.Duration]() {
		return Seconds(time.Duration(n) * time.Second)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// checkConstraints applies the constraints of a section's settings to the values that the file gives.
func checkConstraints(section reflect.Value, c Checker) {
	for key, field := range Fields(section.Type()) {
		constraint, ok := ConstraintOf(field)
		if !ok || !c.reading.given[c.At(key).path] {
			continue
		}
		explain := func() string {
			if e, ok := section.Addr().Interface().(Explainer); ok {
				return e.Explain(key, constraint)
			}
			return ""
		}
		value := section.FieldByIndex(field.Index)
		if value.Kind() != reflect.Slice {
			constraint.check(value, c.At(key), explain)
			continue
		}
		for i := range value.Len() {
			constraint.check(value.Index(i), c.At(key).Index(i), explain)
		}
	}
}

// check reports a value that breaks the constraint.
func (c Constraint) check(value reflect.Value, at Checker, explain func() string) {
	if c.Optional && value.IsZero() || c.allows(value) {
		return
	}
	if message := explain(); message != "" {
		at.Problemf("%s", message)
		return
	}
	d, isDuration := value.Interface().(time.Duration)
	switch {
	case value.Kind() == reflect.String:
		at.Problemf("%q is not a valid value; %s", value.String(), Suggest(value.String(), c.Enum))
	case isDuration:
		at.Problemf("%s is out of range; write %s", Seconds(d), c.rangeFor(value, "a duration"))
	case c.Enum != nil:
		at.Problemf("%v is not a valid value; write %s", value.Interface(), c)
	default:
		at.Problemf("%s is out of range; write %s", formatNumber(value), c.rangeFor(value, "a number"))
	}
}

// rangeFor describes the range to the author of a value that is outside of it.
func (c Constraint) rangeFor(value reflect.Value, what string) string {
	switch {
	case c.isOpen() && c.Low != nil && numberOf(value) > *c.Low: // the bound that is not worth mentioning elsewhere
		return "at most " + c.format(*c.High)
	case c.Low == nil || c.isOpen():
		return c.String()
	}
	return what + " from " + c.String()
}

func (c Constraint) allows(value reflect.Value) bool {
	if c.Enum != nil {
		return slices.Contains(c.Enum, fmt.Sprint(value.Interface()))
	}
	n := numberOf(value)
	return (c.Low == nil || n >= *c.Low) && (c.High == nil || n <= *c.High)
}

// numberOf returns a number, or a duration in seconds.
func numberOf(value reflect.Value) float64 {
	switch v := value.Interface().(type) {
	case time.Duration:
		return v.Seconds()
	case float64:
		return v
	}
	return float64(value.Int())
}

func formatNumber(value reflect.Value) string {
	return strconv.FormatFloat(numberOf(value), 'f', -1, 64)
}
