package tfstack

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Arguments are those of a resource, or of a block nested in one.
type Arguments map[string]any

// Get returns an argument; nil where it is not set.
func (a Arguments) Get(name string) any { return a[name] }

// Text returns an argument that is a text, which may hold expressions; empty where it is not set or has another type.
func (a Arguments) Text(name string) string {
	text, _ := a[name].(string)
	return text
}

// Number returns an argument that is a number, or 0.
func (a Arguments) Number(name string) float64 {
	n, _ := a[name].(float64)
	return n
}

// Blocks returns the nested blocks of a name. CDKTF writes a single one with or without a list around it.
func (a Arguments) Blocks(name string) []Arguments {
	switch value := a[name].(type) {
	case map[string]any:
		return []Arguments{value}
	case []any:
		var all []Arguments
		for _, item := range value {
			if block, ok := item.(map[string]any); ok {
				all = append(all, block)
			}
		}
		return all
	}
	return nil
}

// Block returns the first nested block of a name; an empty one where there is none.
func (a Arguments) Block(name string) Arguments {
	for _, first := range a.Blocks(name) {
		return first
	}
	return nil
}

// Has reports whether there is a value at a path such as load_balancer.0.container_port.
func (a Arguments) Has(path string) bool {
	var at any = map[string]any(a)
	for step := range strings.SplitSeq(path, ".") {
		switch container := at.(type) {
		case map[string]any:
			at = container[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(container) {
				return false
			}
			at = container[i]
		default:
			return false
		}
	}
	return at != nil
}

// Texts returns all texts in a value, with the keys of maps sorted.
func Texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, Texts(item)...)
		}
		return all
	case Arguments:
		return Texts(map[string]any(v))
	case map[string]any:
		var all []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, Texts(v[key])...)
		}
		return all
	}
	return nil
}
