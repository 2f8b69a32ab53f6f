package convert

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"webapp/internal/configfile"
)

// source is a file that is converted. It remembers which keys were read.
type source struct {
	name  string
	root  *yaml.Node
	used  map[*yaml.Node]bool // keys and scalars that were read
	named map[*yaml.Node]bool // values that a note is about, with all that they hold
	notes *notes
	files map[string]string // where paths are in another file, which is included
}

// fileOf is the file that has a path.
func (s *source) fileOf(path string) string {
	for prefix, file := range s.files {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return file
		}
	}
	return s.name
}

// readSource reads a YAML or JSON file.
func readSource(path string, notes *notes) (*source, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseSource(path, data, notes)
}

// largest is the size of the largest file that is read, in bytes.
const largest = 4 << 20

// readFile reads a file of the input.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: does not exist", path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a folder; name a file in it", path)
	case info.Size() > largest:
		return nil, fmt.Errorf("%s: has %d bytes, more than the %d of the largest file that is read", path, info.Size(),
			largest)
	}
	return os.ReadFile(path)
}

func parseSource(name string, data []byte, notes *notes) (*source, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, fmt.Errorf("%s: not valid YAML: %w", name, err)
	}
	if len(document.Content) == 0 {
		return nil, fmt.Errorf("%s: the file is empty", name)
	}
	var e expansion
	root, err := e.expand(document.Content[0], 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: a mapping is expected, such as name: web", name, root.Line)
	}
	return &source{name: filepath.ToSlash(name), root: root, used: map[*yaml.Node]bool{},
		named: map[*yaml.Node]bool{}, notes: notes}, nil
}

// deepest and most are how deep a file may be nested, and how many values it may have: enough for any real one, and
// limits for aliases that hold themselves, or each other many times.
const (
	deepest = 100
	most    = 200_000
)

// expansion counts the values of a file.
type expansion struct{ values int }

// expand replaces aliases by what they name, and merge keys (<<) by what they merge.
func (e *expansion) expand(n *yaml.Node, depth int) (*yaml.Node, error) {
	if e.values++; e.values > most {
		return nil, fmt.Errorf("the file has more than %d values, counting what aliases repeat", most)
	}
	if depth > deepest {
		return nil, errors.New("the file is nested too deeply, or an alias holds itself")
	}
	if n.Kind == yaml.AliasNode {
		return e.expand(n.Alias, depth+1)
	}
	if n.Kind != yaml.MappingNode {
		for i, child := range n.Content {
			expanded, err := e.expand(child, depth+1)
			if err != nil {
				return nil, err
			}
			n.Content[i] = expanded
		}
		return n, nil
	}
	var merged []*yaml.Node
	own := n.Content[:0:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		child, err := e.expand(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		switch {
		case key.Value != "<<" || key.Tag == "!!str" && key.Style != 0:
			own = append(own, key, child)
		case child.Kind == yaml.SequenceNode:
			for _, each := range child.Content {
				merged = append(merged, each.Content...)
			}
		default:
			merged = append(merged, child.Content...)
		}
	}
	n.Content = own
	for i := 0; i+1 < len(merged); i += 2 {
		if find(n, merged[i].Value) < 0 {
			n.Content = append(n.Content, merged[i], merged[i+1])
		}
	}
	return n, nil
}

// find returns the place of a key in a mapping's content, or -1.
func find(n *yaml.Node, key string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// overlaid merges an overlay into a mapping, as Copilot does: mappings are merged, and all else is replaced. The nodes
// of both are kept, so that their keys count as read.
func overlaid(base, over *yaml.Node) *yaml.Node {
	if base == nil || base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode {
		return over
	}
	merged := *base
	merged.Content = slices.Clone(base.Content)
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		if at := find(&merged, key.Value); at >= 0 {
			merged.Content[at], merged.Content[at+1] = key, overlaid(merged.Content[at+1], value)
		} else {
			merged.Content = append(merged.Content, key, value)
		}
	}
	return &merged
}

// value is a part of a source. The zero value is absent.
type value struct {
	src  *source
	node *yaml.Node
	key  *yaml.Node // nil in a list and at the root
	path string
}

func (s *source) value() value { return value{src: s, node: s.root} }

// get returns the value of a key, which counts as read from now on. Several names are tried in turn.
func (v value) get(names ...string) value {
	for _, name := range names {
		if i := find(v.node, name); i >= 0 {
			return v.child(i)
		}
	}
	return value{src: v.src, path: configfile.JoinPath(v.path, configfile.QuoteKey(names[0]))}
}

func (v value) child(i int) value {
	key := v.node.Content[i]
	v.src.used[key] = true
	return value{v.src, v.node.Content[i+1], key, configfile.JoinPath(v.path, configfile.QuoteKey(key.Value))}
}

// given reports whether the value is in the source and is not null.
func (v value) given() bool { return v.node != nil && v.node.Tag != "!!null" }

func (v value) isMap() bool  { return v.given() && v.node.Kind == yaml.MappingNode }
func (v value) isList() bool { return v.given() && v.node.Kind == yaml.SequenceNode }
func (v value) isText() bool { return v.given() && v.node.Kind == yaml.ScalarNode }

// text returns a scalar as it is written, and "" for anything else.
func (v value) text() string {
	if !v.isText() {
		return ""
	}
	v.src.used[v.node] = true
	return v.node.Value
}

func (v value) isTrue() bool  { return v.text() == "true" }
func (v value) isFalse() bool { return v.text() == "false" }

// pairs are the keys of a mapping with their values. The keys count as read.
func (v value) pairs() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if !v.isMap() {
			return // what it is instead is reported as unread
		}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			if child := v.child(i); !yield(child.key.Value, child) {
				return
			}
		}
	}
}

// items are the items of a list. A single value is a list of one.
func (v value) items() []value {
	switch {
	case !v.given():
		return nil
	case !v.isList():
		return []value{v}
	}
	all := make([]value, len(v.node.Content))
	for i, n := range v.node.Content {
		all[i] = value{src: v.src, node: n, path: fmt.Sprintf("%s[%d]", v.path, i)}
	}
	return all
}

func (v value) line() int {
	switch {
	case v.key != nil:
		return v.key.Line
	case v.node != nil:
		return v.node.Line
	}
	return 0
}

// note reports a value with all that it holds, if it is given.
func (v value) note(format string, args ...any) {
	if v.node == nil {
		return
	}
	v.ignore()
	v.src.notes.add(Note{v.src.fileOf(v.path), v.line(), v.path, fmt.Sprintf(format, args...)})
}

// ignore says that a value, with all that it holds, has no meaning for the settings.
func (v value) ignore() {
	// A merged mapping has the nodes of two: each of them is marked.
	var mark func(n *yaml.Node)
	mark = func(n *yaml.Node) {
		v.src.named[n], v.src.used[n] = true, true
		for _, child := range n.Content {
			mark(child)
		}
	}
	if v.node != nil {
		mark(v.node)
	}
}

// hint reports something about a value without counting as what became of it.
func (v value) hint(format string, args ...any) {
	v.src.notes.add(Note{v.src.fileOf(v.path), v.line(), v.path, fmt.Sprintf(format, args...)})
}

// number returns a whole number. Another value is reported.
func (v value) number() (int, bool) {
	if !v.given() {
		return 0, false
	}
	n, err := strconv.Atoi(v.text())
	if err != nil {
		v.note("is not carried: a whole number is expected; write the setting by hand")
		return 0, false
	}
	return n, true
}

// duration returns a duration in the notation of the settings, from 90s, 1m30s or a number of seconds.
func (v value) duration() (string, bool) {
	d, ok := v.time()
	return configfile.Seconds(d), ok
}

func (v value) time() (time.Duration, bool) {
	if !v.given() {
		return 0, false
	}
	text := v.text()
	if _, err := strconv.Atoi(text); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		v.note("is not carried: a duration is expected, such as 30s; write the setting by hand")
		return 0, false
	}
	return d, true
}

const nothingLikeIt = "is not carried: no setting was found for it; look for one in docs/settings.md, or for the " +
	"property in docs/overrides.md"

// reportUnread reports every key and every scalar that nothing has read.
func (s *source) reportUnread() {
	var walk func(n *yaml.Node, line int, path string)
	walk = func(n *yaml.Node, line int, path string) {
		if n == nil || s.named[n] {
			return
		}
		switch n.Kind {
		case yaml.ScalarNode:
			if !s.used[n] && n.Tag != "!!null" {
				s.notes.add(Note{s.fileOf(path), line, path, nothingLikeIt})
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				walk(item, item.Line, fmt.Sprintf("%s[%d]", path, i))
			}
		default:
		}
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, child := n.Content[i], n.Content[i+1]
			at := configfile.JoinPath(path, configfile.QuoteKey(key.Value))
			if !s.used[key] {
				s.notes.add(Note{s.fileOf(at), key.Line, at, nothingLikeIt})
				continue
			}
			walk(child, key.Line, at)
		}
	}
	walk(s.root, 0, "")
}

// validName makes a name of an application, an environment or a service out of another name: lower-case letters, digits
// and hyphens, beginning with a letter.
func validName(name string, longest int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		isLetter := r >= 'a' && r <= 'z'
		switch {
		case isLetter, b.Len() > 0 && r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	valid := b.String()
	if len(valid) > longest {
		valid = valid[:longest]
	}
	valid = strings.TrimRight(valid, "-")
	if valid == "" {
		return "app"
	}
	return valid
}

// validName is a valid name made of another one. It notes what it changes.
func (v value) validName(name string, longest int) string {
	valid := validName(name, longest)
	v.noteName(name, valid, longest)
	return valid
}

func (v value) noteName(name, valid string, longest int) {
	if valid != name && name != "" && v.src != nil {
		v.hint("%s is written as %s: a name has up to %d lower-case letters, digits and hyphens here", name, valid, longest)
	}
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$`)

// label is a name by which others call a service, which may have underscores.
func label(name string, longest int) string {
	if dnsLabel.MatchString(name) && len(name) <= longest {
		return name
	}
	return validName(name, longest)
}

// label is a name by which others call a service. It notes what it changes.
func (v value) label(name string, longest int) string {
	valid := label(name, longest)
	if valid != name && name != "" {
		v.hint("others call the service %s here, not %s: change it where they do", valid, name)
	}
	return valid
}

const (
	longestApp     = 32
	longestService = 20
)
