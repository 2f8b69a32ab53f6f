package configfile

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Value is a setting's value from outside of the file, such as from the command line.
type Value struct {
	// Place is where the value was given, such as --set. Problems name it in place of the file.
	Place string
	// Path of the setting, such as container.image.
	Path string
	// Text is the value as it would be written in the file: a text, a number, or a list such as [80, 81].
	Text string
}

// With returns the file with values from outside. They apply to every target, after its overlays and as one would: a
// mapping is merged key by key. A later value comes after an earlier one.
func (f File[T]) With(values []Value) (File[T], Problems) {
	var problems Problems
	f.outside = nil
	for _, value := range values {
		node, wrong := f.format.readOutside(value)
		if wrong != "" {
			problems = append(problems, Problem{Position{File: value.Place, Path: mask(value.Path)}, mask(wrong)})
			continue
		}
		f.outside = append(f.outside, layer{node: node, place: value.Place})
	}
	return f, problems
}

func (f *file) withOutside(t Target) Target {
	t.layers = append(slices.Clip(t.layers), f.outside...)
	return t
}

// readOutside returns a mapping with nothing but the value, or what is wrong with it.
func (f Format) readOutside(v Value) (node *yaml.Node, wrong string) {
	steps, ok := splitPath(v.Path)
	if !ok {
		return nil, "is not the path of a setting; write keys separated by dots, such as container.image, and a list " +
			"as a whole"
	}
	for _, overlay := range f.Overlays {
		if steps[0] == overlay.Key {
			return nil, "cannot be set from outside of the file; name the setting itself, such as container.image"
		}
	}
	documents, err := readYAML([]byte(v.Text))
	switch {
	case err != nil:
		return nil, syntaxProblem("", []byte(v.Text), err).Message
	case len(documents) == 0:
		return nil, "has no value; write one"
	case len(documents) > 1:
		return nil, "is more than one value; write one"
	}
	node = documents[0].Content[0]
	if text := strings.TrimSpace(v.Text); strings.HasSuffix(text, ":") && node.Kind == yaml.MappingNode {
		return nil, fmt.Sprintf("%q ends with a colon; write what follows it, such as the tag of an image, which may come "+
			"from an empty variable", text)
	}
	if _, wrong := checkExtent(node); wrong != "" {
		return nil, wrong
	}
	if _, _, wrong := mergeKeys(node); wrong != "" {
		return nil, wrong
	}
	withoutLines(node)
	for _, step := range slices.Backward(steps) {
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: step}
		node = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, node}}
	}
	return node, ""
}

// withoutLines removes the lines of a value, which are not those of a file.
func withoutLines(node *yaml.Node) {
	if node.Line, node.Column = 0, 0; node.Kind != yaml.AliasNode {
		for _, child := range node.Content {
			withoutLines(child)
		}
	}
}

// splitPath returns the keys of a path.
func splitPath(path string) (keys []string, ok bool) {
	var again []string
	for step := range steps(path) {
		keys, again = append(keys, step.key), append(again, step.written)
		if step.index != "" {
			return nil, false
		}
	}
	return keys, len(keys) > 0 && strings.Join(again, ".") == path
}
