package review

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// Difference is one value that a change makes another one.
type Difference struct {
	// Path of the value, such as network_configuration[0].subnets; within a JSON text, behind a colon.
	Path string `json:"path"`
	// Before and After as JSON; empty for none.
	Before string `json:"before"`
	After  string `json:"after"`
	// Forces says that the resource must be replaced for it.
	Forces bool `json:"forces"`
}

// Placeholders for values that are not shown.
const (
	sensitive = "(sensitive)"
	unknown   = "(known after apply)"
)

// differ walks two values and collects where they differ.
type differ struct {
	forces []string // paths
	found  []Difference
}

func differences(c *tfjson.Change) []Difference {
	var d differ
	for _, path := range c.ReplacePaths {
		steps, _ := path.([]any)
		at := ""
		for _, step := range steps {
			at = joined(at, step)
		}
		d.forces = append(d.forces, at)
	}
	d.walk("", side{c.Before, c.BeforeSensitive, nil}, side{c.After, c.AfterSensitive, c.AfterUnknown})
	return d.found
}

// side is a value before or after, with what is sensitive and what is unknown of it.
type side struct{ value, sensitive, unknown any }

// at is the value below a key or index.
func (s side) at(step any) side {
	return side{below(s.value, step), below(s.sensitive, step), below(s.unknown, step)}
}

// below finds a part of a value.
func below(value, step any) any {
	switch v := value.(type) {
	case map[string]any:
		if key, ok := step.(string); ok {
			return v[key]
		}
	case []any:
		if i, ok := step.(int); ok && i < len(v) {
			return v[i]
		}
	}
	return nil
}

// walk compares two values of a resource. A leaf is what holds no other values; what is sensitive or unknown as a whole
// is one.
func (d *differ) walk(path string, before, after side) {
	if before.sensitive == true || after.sensitive == true {
		if after.unknown == true || text(before.value) != text(after.value) {
			d.add(path, masked(before), masked(after))
		}
		return
	}
	if after.unknown == true {
		d.add(path, text(before.value), unknown)
		return
	}
	if outer, inner := jsonText(before.value), jsonText(after.value); outer != nil && inner != nil {
		(&differ{}).into(d, path, outer, inner)
		return
	}
	steps := stepsOf(before.value, after.value, after.unknown)
	if steps == nil {
		if text(before.value) != text(after.value) {
			d.add(path, text(before.value), text(after.value))
		}
		return
	}
	for _, step := range steps {
		d.walk(joined(path, step), before.at(step), after.at(step))
	}
}

// into compares the two values that JSON texts hold, as container definitions and policies do.
func (d *differ) into(outer *differ, path string, before, after any) {
	d.walk("", side{value: before}, side{value: after})
	for _, difference := range d.found {
		difference.Path = path + ": " + difference.Path
		difference.Forces = slices.Contains(outer.forces, path)
		outer.found = append(outer.found, difference)
	}
}

func (d *differ) add(path, before, after string) {
	forces := slices.ContainsFunc(d.forces, func(forcing string) bool {
		return path == forcing || strings.HasPrefix(path, forcing+".") || strings.HasPrefix(path, forcing+"[") ||
			strings.HasPrefix(forcing, path+".")
	})
	d.found = append(d.found, Difference{Path: path, Before: before, After: after, Forces: forces})
}

// stepsOf lists the keys or indices below either value; nil for a leaf.
func stepsOf(values ...any) []any {
	keys := map[string]bool{}
	longest := 0
	for _, value := range values {
		switch v := value.(type) {
		case map[string]any:
			for key := range v {
				keys[key] = true
			}
		case []any:
			longest = max(longest, len(v))
		}
	}
	var steps []any
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		steps = append(steps, key)
	}
	for i := range longest {
		steps = append(steps, i)
	}
	return steps
}

func joined(path string, step any) string {
	switch s := step.(type) {
	case string:
		return strings.TrimPrefix(path+"."+s, ".")
	default:
		return fmt.Sprintf("%s[%v]", path, s)
	}
}

// text renders a value as JSON; nothing, and an empty text, list or mapping, as an empty text: providers do not tell
// them apart.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	case []any:
		if len(v) == 0 {
			return ""
		}
	}
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(b)
}

func masked(s side) string {
	switch {
	case s.unknown == true:
		return unknown
	case s.value == nil:
		return ""
	}
	return sensitive
}

// jsonText is what a JSON text holds, where it is an object or a list; nil otherwise.
func jsonText(value any) any {
	s, ok := value.(string)
	if !ok || !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
		return nil
	}
	var held any
	if json.Unmarshal([]byte(s), &held) != nil {
		return nil
	}
	return held
}
