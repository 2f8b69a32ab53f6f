package configfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// drop is a null that dropped a setting which the file gives before it: its layer, its node and its path.
type drop struct {
	depth int
	node  *yaml.Node
	path  string
}

// forget drops the given paths at and below a setting that null removes, and reports whether there were any.
func (r *Reading) forget(null *yaml.Node, path string) bool {
	before := len(r.given)
	maps.DeleteFunc(r.given, func(given string, _ bool) bool {
		if isWithin(given, path) {
			r.drops[given] = drop{r.depth, null, path}
			return true
		}
		return false
	})
	maps.DeleteFunc(r.idle, func(idle string, _ Problem) bool { return isWithin(idle, path) })
	r.forgetGuesses(path)
	return len(r.given) < before
}

// DropsElsewhere reports whether a problem is about a null that has nothing to drop here, but drops something in
// another target that reads the same null. Such a null is not a mistake.
func (r *Reading) DropsElsewhere(p Problem, other *Reading) bool {
	part, isIdle := r.idleIn[p]
	if _, alsoIdle := other.idleIn[p]; !isIdle || alsoIdle {
		return false
	}
	return slices.ContainsFunc(other.target.layers, func(l layer) bool { return l.path == part })
}

// FindDropped returns the path of a setting within this one that a null has dropped and that a function accepts, or "".
// The function gets the path from this setting, and the text that the setting had, or those of its list.
func (c Checker) FindDropped(accept func(path string, values []string) bool) string {
	r := c.reading
	for _, path := range slices.Sorted(maps.Keys(r.drops)) {
		within, ok := strings.CutPrefix(path, c.path+".")
		if ok && accept(within, texts(r.before(path, r.drops[path].depth))) {
			return path
		}
	}
	return ""
}

// before returns what a setting has in the last of some layers that gives it, or nil.
func (r *Reading) before(path string, layers int) *yaml.Node {
	for _, l := range slices.Backward(r.target.layers[:layers]) {
		if node := lookup(l.node, path); !isNull(node) {
			return node
		}
	}
	return nil
}

// texts returns a text, or those of a list.
func texts(node *yaml.Node) []string {
	var all []string
	switch {
	case node == nil:
		return nil
	case node.Kind == yaml.ScalarNode:
		return []string{node.Value}
	}
	for _, item := range node.Content {
		all = append(all, resolve(item).Value)
	}
	return all
}

// ReportDropped reports that a null drops a setting which this one needs, at the null: who wrote it forgot what else
// there is, and the other targets need both. The advice is what to write instead of this setting. It reports nothing,
// and returns false, if no null has dropped the other one.
func (c Checker) ReportDropped(path, advice string) bool {
	r := c.reading
	null, dropped := r.drops[path]
	if !dropped {
		return false
	}
	if r.isReported(c.path) || r.isDerived(c.path) {
		return true
	}
	l := r.target.layers[null.depth]
	where := l // or the layer that names it again
	for _, later := range r.target.layers[null.depth:] {
		if !isNull(lookup(later.node, c.path)) {
			where = later
		}
	}
	under := "under " + where.path
	if where.place != "" {
		under = "with " + where.place
	}
	r.problems = append(r.problems, r.problemIn(l, null.node, null.path,
		fmt.Sprintf("null drops what %s needs; %s %s too, or remove the key to keep it", c.path, advice, under)))
	r.broken[c.path] = true
	return true
}
