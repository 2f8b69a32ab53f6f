package iampolicy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one key of a statement's conditions: its values are alternatives.
// Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
type condition struct {
	key      string
	values   []string
	set      string // ForAllValues, ForAnyValue or ""
	ifExists bool
	null     bool // asks whether the key is there
	negated  bool
	compare  comparison
}

// comparison reports whether a value of the request is the one of the policy.
type comparison func(given string, want pattern) bool

// comparisons are those of the operators that are not negated. Each has a negated one in negations.
var comparisons = map[string]comparison{
	"StringEquals":             equal,
	"StringEqualsIgnoreCase":   equalInAnyCase,
	"StringLike":               func(given string, want pattern) bool { return want.matches(given) },
	"ArnEquals":                likeARN,
	"ArnLike":                  likeARN,
	"Bool":                     equalInAnyCase,
	"BinaryEquals":             equal,
	"IpAddress":                inRange,
	"NumericEquals":            numeric(func(order int) bool { return order == 0 }),
	"NumericLessThan":          numeric(func(order int) bool { return order < 0 }),
	"NumericLessThanEquals":    numeric(func(order int) bool { return order <= 0 }),
	"NumericGreaterThan":       numeric(func(order int) bool { return order > 0 }),
	"NumericGreaterThanEquals": numeric(func(order int) bool { return order >= 0 }),
	"DateEquals":               date(func(order int) bool { return order == 0 }),
	"DateLessThan":             date(func(order int) bool { return order < 0 }),
	"DateLessThanEquals":       date(func(order int) bool { return order <= 0 }),
	"DateGreaterThan":          date(func(order int) bool { return order > 0 }),
	"DateGreaterThanEquals":    date(func(order int) bool { return order >= 0 }),
}

func equal(given string, want pattern) bool          { return given == want.literal() }
func equalInAnyCase(given string, want pattern) bool { return strings.EqualFold(given, want.literal()) }

// negations are the operators that hold where another one does not.
var negations = map[string]string{
	"StringNotEquals":           "StringEquals",
	"StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
	"StringNotLike":             "StringLike",
	"ArnNotEquals":              "ArnEquals",
	"ArnNotLike":                "ArnLike",
	"NotIpAddress":              "IpAddress",
	"NumericNotEquals":          "NumericEquals",
	"DateNotEquals":             "DateEquals",
}

func newCondition(operator, key string, values []string) (condition, error) {
	c := condition{key: key, values: values}
	name := operator
	if set, rest, found := strings.Cut(name, ":"); found {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return c, fmt.Errorf("%q is not a condition operator", operator)
		}
		c.set, name = set, rest
	}
	if name == "Null" {
		c.null = true
		return c, nil
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	if positive, ok := negations[name]; ok {
		c.negated, name = true, positive
	}
	if c.compare = comparisons[name]; c.compare == nil {
		return c, fmt.Errorf("%q is not a condition operator", operator)
	}
	return c, nil
}

// holds reports whether the condition holds for the context of a request.
func (c condition) holds(in context) bool {
	given := in.values(c.key)
	if c.null {
		return slices.ContainsFunc(c.values, func(value string) bool {
			return strings.EqualFold(value, "true") == (len(given) == 0)
		})
	}
	if len(given) == 0 {
		// A key that is not there has no value that an operator could find, nor one that a negated one could miss.
		return c.ifExists || c.set == "ForAllValues" || c.set == "" && c.negated
	}
	fits := func(one string) bool { return c.hasValue(one, in) != c.negated }
	if c.set == "ForAnyValue" || c.set == "" && !c.negated {
		return slices.ContainsFunc(given, fits)
	}
	return !slices.ContainsFunc(given, func(one string) bool { return !fits(one) })
}

// hasValue reports whether a value of the request is among those of the condition.
func (c condition) hasValue(given string, in context) bool {
	return slices.ContainsFunc(c.values, func(value string) bool {
		want := parsePattern(value, in)
		return !want.unknown && c.compare(given, want)
	})
}

// likeARN compares the six parts of two ARNs one by one: a wildcard does not reach over a colon, except in the last
// part.
func likeARN(given string, want pattern) bool {
	const parts = 6
	patterns, texts := want.split(parts), strings.SplitN(given, ":", parts)
	if len(patterns) != len(texts) {
		return false
	}
	for i, text := range texts {
		if !patterns[i].matches(text) {
			return false
		}
	}
	return true
}

// split cuts a pattern at its colons into at most n patterns.
func (p pattern) split(n int) []pattern {
	all := []pattern{{}}
	for _, one := range p.parts {
		if one.wildcard != 0 {
			all[len(all)-1].parts = append(all[len(all)-1].parts, one)
			continue
		}
		for i, text := range strings.SplitN(one.text, ":", n-len(all)+1) {
			if i > 0 {
				all = append(all, pattern{})
			}
			all[len(all)-1].add(text)
		}
	}
	return all
}

// inRange reports whether an address is in a range, or is the one that is written in its place.
func inRange(given string, want pattern) bool {
	address, err := netip.ParseAddr(given)
	if err != nil {
		return false
	}
	if allowed, err := netip.ParsePrefix(want.literal()); err == nil {
		return allowed.Contains(address)
	}
	only, err := netip.ParseAddr(want.literal())
	return err == nil && only == address
}

func numeric(fits func(order int) bool) comparison {
	return func(given string, want pattern) bool {
		x, errX := strconv.ParseFloat(given, 64)
		y, errY := strconv.ParseFloat(want.literal(), 64)
		return errX == nil && errY == nil && fits(cmp.Compare(x, y))
	}
}

func date(fits func(order int) bool) comparison {
	return func(given string, want pattern) bool {
		x, okX := parseDate(given)
		y, okY := parseDate(want.literal())
		return okX && okY && fits(x.Compare(y))
	}
}

// parseDate reads a date in one of the forms of ISO 8601 that IAM knows, or in seconds since 1970.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// context are the values of a request's condition keys, by the key in lower case.
type context map[string][]string

func contextOf(given map[string][]string) context {
	c := context{}
	for key, values := range given {
		c[strings.ToLower(key)] = values
	}
	return c
}

func (c context) values(key string) []string { return c[strings.ToLower(key)] }
