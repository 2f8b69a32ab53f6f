package adopt

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// only returns the block of a list with a single one.
func only(value any) (block map[string]any, ok bool) {
	list, isList := value.([]any)
	if !isList || len(list) != 1 {
		return nil, false
	}
	block, ok = list[0].(map[string]any)
	return block, ok
}

// anyTrue reports whether a plan marks a value, or a part of it, as unknown.
func anyTrue(unknown any) bool {
	switch v := unknown.(type) {
	case bool:
		return v
	case []any:
		return slices.ContainsFunc(v, anyTrue)
	case map[string]any:
		for _, item := range v {
			if anyTrue(item) {
				return true
			}
		}
	}
	return false
}

// clean removes the zero values that a state has for what is not set. It returns nil if nothing is left.
func clean(value any) any {
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil
		}
	case []any:
		var all []any
		for _, item := range v {
			if c := clean(item); c != nil {
				all = append(all, c)
			}
		}
		if all == nil {
			return nil
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, item := range v {
			if c := clean(item); c != nil && c != 0.0 {
				all[key] = c
			}
		}
		if all["target_group_arn"] != nil {
			delete(all, "forward") // means the same, and AWS accepts only one of them
		}
		if len(all) == 0 {
			return nil
		}
		return all
	}
	return value
}

// isZero reports whether a value is what a state has for something that is not set.
func isZero(value any) bool {
	switch v := plain(value).(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !isZero(item) })
	case map[string]any:
		for _, item := range v {
			if !isZero(item) {
				return false
			}
		}
		return true
	}
	return false
}

func same(a, b any) bool { return reflect.DeepEqual(plain(a), plain(b)) }

// plain makes all numbers float64.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			panic(fmt.Sprintf("adopt: %q is not a number", v)) // cannot happen: it came from JSON
		}
		return n
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = plain(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, item := range v {
			all[key] = plain(item)
		}
		return all
	}
	return value
}

// isJSON reports whether a value is a JSON document, such as a policy. More than a reference in it may differ.
func isJSON(value any) bool {
	text, ok := value.(string)
	return ok && (strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"))
}
