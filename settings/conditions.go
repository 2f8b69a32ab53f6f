package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Conditions of a statement: values by operator and key.
type Conditions map[string]map[string][]string

// Rewrite writes conditions without operators, with the operators below the keys, or as in Terraform. Those that are
// right stay: without one of them, the statement would permit more.
// Source: Terraform's AWS provider, data source aws_iam_policy_document (condition).
func (Conditions) Rewrite(found any) string {
	written := Conditions{}
	isRight := true
	switch found := found.(type) {
	case []any:
		for _, item := range found {
			item, _ := item.(map[string]any)
			if !written.addTerraform(item) {
				return ""
			}
		}
		isRight = false
	case map[string]any:
		if written.addTerraform(found) {
			return written.String()
		}
		for outer, values := range found {
			below, isMapping := values.(map[string]any)
			isOperator := conditionOperator.MatchString(outer)
			switch {
			case isOperator && !isMapping, isMapping && len(below) == 0:
				return ""
			case !isMapping:
				below = map[string]any{operatorFor(outer, textsIn(values)): values}
			}
			isRight = isRight && isOperator
			for inner, values := range below {
				operator, key := inner, outer
				if isOperator {
					operator, key = outer, inner
				}
				if !written.add(operator, key, values) {
					return ""
				}
			}
		}
	}
	if isRight {
		return ""
	}
	return written.String()
}

// addTerraform adds a condition in Terraform's notation, and reports whether it is one.
func (c Conditions) addTerraform(item map[string]any) bool {
	operator, isText := item["test"].(string)
	key, alsoText := item["variable"].(string)
	return isText && alsoText && c.add(operator, key, item["values"])
}

// add adds a condition, and reports whether it can be one.
func (c Conditions) add(operator, key string, values any) bool {
	given := textsIn(values)
	if !conditionOperator.MatchString(operator) || !strings.Contains(key, ":") || len(given) == 0 ||
		c[operator][key] != nil {
		return false
	}
	if c[operator] == nil {
		c[operator] = map[string][]string{}
	}
	c[operator][key] = given
	return true
}

// String returns the conditions in the notation of a file.
func (c Conditions) String() string {
	var operators []string
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			var values []string
			for _, value := range c[operator][key] {
				values = append(values, strconv.Quote(value))
			}
			keys = append(keys, fmt.Sprintf("%q: [%s]", key, strings.Join(values, ", ")))
		}
		operators = append(operators, fmt.Sprintf("%s: {%s}", operator, strings.Join(keys, ", ")))
	}
	return "{" + strings.Join(operators, ", ") + "}"
}

// operatorFor returns the operator that compares a key with such values as their author most likely means.
// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
func operatorFor(key string, values []string) string {
	is := func(isOne func(value string) bool) bool {
		return len(values) > 0 && !slices.ContainsFunc(values, func(value string) bool { return !isOne(value) })
	}
	hasWildcard := slices.ContainsFunc(values, func(value string) bool { return strings.ContainsAny(value, "*?") })
	switch {
	case strings.HasSuffix(strings.ToLower(key), "sourceip"):
		return "IpAddress"
	case is(func(value string) bool { return value == "true" || value == "false" }):
		return "Bool"
	case is(func(value string) bool { return strings.HasPrefix(value, "arn:") }):
		return "ArnLike"
	case hasWildcard:
		return "StringLike"
	}
	return "StringEquals"
}

// textsIn returns a value, or those of a list, as texts. Nothing has none.
func textsIn(value any) []string {
	list, isList := value.([]any)
	if !isList && value != nil {
		list = []any{value}
	}
	var all []string
	for _, item := range list {
		all = append(all, fmt.Sprint(item))
	}
	return all
}
