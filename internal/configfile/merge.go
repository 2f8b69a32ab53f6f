package configfile

import (
	"fmt"
	"maps"

	"go.yaml.in/yaml/v4"
)

// merging replaces the merge keys (<<) of a file by what they merge, so that all else reads the result only. A mapping
// gets the keys of the mappings that it merges and does not have itself; of these, the first one counts. Nothing is
// merged within a key: its value is the own one, or the merged one. A problem of a merged value is where it is written.
// Source: YAML's type repository, "Merge Key Language-Independent Type".
type merging struct {
	// done are the mappings and lists that have been walked: aliases name the same one.
	done map[*yaml.Node]bool
	// replaced are the merged values by the own ones of a mapping that are in their place.
	replaced map[*yaml.Node]*yaml.Node
	// at and message are those of the first mistake.
	at      *yaml.Node
	message string
}

// mergeKeys merges what a file says to merge. It returns the merged values in whose place a mapping has its own ones,
// or the first mistake. The file must not exceed the limits of checkExtent, which counts merged values too and finds
// aliases that never end.
func mergeKeys(root *yaml.Node) (replaced map[*yaml.Node]*yaml.Node, at *yaml.Node, message string) {
	m := merging{done: map[*yaml.Node]bool{}, replaced: map[*yaml.Node]*yaml.Node{}}
	m.walk(root)
	return m.replaced, m.at, m.message
}

// walk merges within a node, and then into it: what it merges must have merged its own before.
func (m *merging) walk(node *yaml.Node) {
	if node = resolve(node); m.done[node] || len(node.Content) == 0 {
		return
	}
	m.done[node] = true
	for _, inner := range node.Content {
		m.walk(inner)
	}
	if node.Kind == yaml.MappingNode {
		m.merge(node)
	}
}

func (m *merging) merge(mapping *yaml.Node) {
	var own, sources []*yaml.Node
	var merge *yaml.Node
	values := map[string]*yaml.Node{}
	for key, value := range entries(mapping) {
		switch {
		case key.ShortTag() != "!!merge":
			own, values[key.Value] = append(own, key, value), value
		case merge != nil:
			m.refuse(key, "a mapping has one merge key; write a list, such as <<: [*first, *second]")
		default:
			merge, sources = key, m.sources(key, value)
		}
	}
	if merge == nil {
		return
	}
	mapping.Content = own
	taken := maps.Clone(values)
	for _, source := range sources {
		brought := map[string]*yaml.Node{} // a key that the source has twice is reported as one
		for key, value := range entries(source) {
			if taken[key.Value] == nil {
				mapping.Content, brought[key.Value] = append(mapping.Content, key, value), value
			} else if instead := values[key.Value]; instead != nil {
				m.replace(value, instead)
			}
		}
		maps.Copy(taken, brought)
	}
}

// sources returns the mappings that a merge key names: one, or a list of them.
func (m *merging) sources(key, value *yaml.Node) []*yaml.Node {
	all, within := []*yaml.Node{value}, ""
	if value.Kind == yaml.SequenceNode {
		all, within = value.Content, "a list with "
	}
	var mappings []*yaml.Node
	for _, source := range all {
		source = resolve(source)
		if source.Kind != yaml.MappingNode {
			const mayBeSecret = true
			m.refuse(key, fmt.Sprintf("the merge key << takes a mapping, or a list of mappings, got %s%s; write <<: *name, "+
				"with &name at the mapping to merge", within, describe(source, traits{secret: mayBeSecret})))
		}
		mappings = append(mappings, source)
	}
	return mappings
}

// replace notes that a mapping has an own value in place of a merged one.
func (m *merging) replace(merged, own *yaml.Node) {
	if isNull(own) && own.Value == "" {
		m.refuse(own, "a key without a value hides the one that << merges; write a value, or null to drop the merged one, "+
			"or remove the key to keep it")
	}
	if m.replaced[own] == nil {
		m.replaced[own] = merged
	}
}

func (m *merging) refuse(at *yaml.Node, message string) {
	if m.at == nil {
		m.at, m.message = at, message
	}
}
