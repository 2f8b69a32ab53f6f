package settings

import (
	"iter"
	"testing"

	"go.yaml.in/yaml/v4"
)

// parsed is the mapping at the top of a file.
func parsed(t *testing.T, source string) *yaml.Node {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(source), &document); err != nil {
		t.Fatal(err)
	}
	return document.Content[0]
}

// entries iterates over a mapping's keys and values.
func entries(mapping *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i].Value, resolve(mapping.Content[i+1])) {
				return
			}
		}
	}
}

// child is the value of a mapping's key, or nil.
func child(mapping *yaml.Node, name string) *yaml.Node {
	for key, value := range entries(mapping) {
		if key == name {
			return value
		}
	}
	return nil
}

// resolve returns the node that an alias refers to.
func resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}
