package configfile

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// resolve follows an alias (*anchor) to the node that it refers to.
func resolve(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// entries iterates over the keys and values of a mapping. It yields nothing for other nodes.
func entries(mapping *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(*yaml.Node, *yaml.Node) bool) {
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(resolve(mapping.Content[i]), resolve(mapping.Content[i+1])) {
				return
			}
		}
	}
}

// child returns the value and the key of a mapping's entry, or nil.
func child(mapping *yaml.Node, name string) (value, key *yaml.Node) {
	for k, v := range entries(mapping) {
		if k.Value == name {
			return v, k
		}
	}
	return nil, nil
}

// has reports whether a node has a value at some keys, of which * stands for any, or for any item of a list.
func has(node *yaml.Node, keys []string) bool {
	if len(keys) == 0 {
		return true
	}
	if node.Kind == yaml.SequenceNode && keys[0] == "*" {
		return slices.ContainsFunc(node.Content, func(item *yaml.Node) bool { return has(resolve(item), keys[1:]) })
	}
	for key, value := range entries(node) {
		if (keys[0] == "*" || keys[0] == key.Value) && has(value, keys[1:]) {
			return true
		}
	}
	return false
}

// lookup finds the node to report for a path such as "container.ports[1]": a scalar or item itself, or a section's key.
func lookup(node *yaml.Node, path string) *yaml.Node {
	at := node
	for step := range steps(path) {
		value, key := child(node, step.key)
		if value == nil {
			return nil
		}
		node, at = value, value
		if value.Kind == yaml.MappingNode {
			at = key
		}
		if step.index != "" {
			i, err := strconv.Atoi(step.index)
			if err != nil || i >= len(value.Content) {
				return nil
			}
			node = resolve(value.Content[i])
			at = node
		}
	}
	return at
}

// label returns a value to copy, in quotes unless it is a plain word or number.
func label(node *yaml.Node, t traits) string {
	if t.secret {
		return "…"
	}
	if decimal.MatchString(node.Value) {
		return node.Value
	}
	return QuoteKey(node.Value)
}

func isNull(node *yaml.Node) bool {
	return node == nil || node.ShortTag() == "!!null"
}

// describe returns what a node is, for a message to the file's author.
func describe(node *yaml.Node, t traits) string {
	switch {
	case isNull(node):
		return "nothing"
	case node.Kind == yaml.MappingNode && len(node.Content) == 0:
		return "an empty mapping"
	case node.Kind == yaml.MappingNode && node.Content[0].Kind == yaml.MappingNode:
		return "a placeholder of a template, {{…}}, which nothing replaces"
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case t.secret && node.Style&yaml.TaggedStyle != 0:
		return "a value with a tag"
	case t.secret && node.ShortTag() == "!!str":
		return "a text"
	case t.secret:
		return "a single value"
	case node.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("%s %q", node.Tag, node.Value)
	case node.ShortTag() == "!!str":
		return fmt.Sprintf("the text %q", node.Value)
	default:
		return node.Value
	}
}
