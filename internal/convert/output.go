package convert

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"webapp/settings"
)

// section is a mapping of the settings file. Its values are sections, lists ([]any), texts, numbers and booleans.
type section struct {
	keys     []string
	values   map[string]any
	comments map[string]string
	origins  map[string]value // what is from the input, by its key; key[0] is an item of a list
	keep     bool             // although it is empty
}

func newSection() *section {
	return &section{values: map[string]any{}, comments: map[string]string{}, origins: map[string]value{}}
}

// at returns a section below this one, which is left out of the file while it is empty.
func (s *section) at(path ...string) *section {
	for _, key := range path {
		next, ok := s.values[key].(*section)
		if !ok {
			next = newSection()
			s.set(key, next)
		}
		s = next
	}
	return s
}

// empty writes a section that is there although nothing is in it: {}.
func (s *section) empty(path ...string) *section {
	s = s.at(path...)
	s.keep = true
	return s
}

// set writes a value, with a comment for the one who reads the file.
func (s *section) set(key string, v any, comment ...string) {
	if _, ok := s.values[key]; !ok {
		s.keys = append(s.keys, key)
	}
	s.values[key] = v
	if len(comment) > 0 {
		s.comments[key] = strings.Join(comment, " ")
	}
}

// setFrom is set for what is from the input. If the check refuses it, the note has its place there.
func (s *section) setFrom(from value, key string, v any, comment ...string) {
	s.set(key, v, comment...)
	s.origins[key] = from
}

// setNumber, setDuration, setText and setTexts carry a value of the source, if it is there.
func (s *section) setNumber(key string, v value) {
	if n, ok := v.number(); ok {
		s.setFrom(v, key, n)
	}
}

func (s *section) setDuration(key string, v value) {
	if d, ok := v.duration(); ok {
		s.setFrom(v, key, d)
	}
}

func (s *section) setText(key string, v value) {
	switch {
	case v.isText():
		s.setFrom(v, key, v.text())
	case v.given():
		v.note("is not carried: a text is expected; write the setting by hand")
	}
}

func (s *section) setTexts(key string, v value) {
	var texts []value
	for _, item := range v.items() {
		if item.isText() {
			texts = append(texts, item)
		}
	}
	s.setItems(key, v, texts)
}

// setItems carries a list of texts.
func (s *section) setItems(key string, from value, texts []value) {
	if len(texts) == 0 {
		return
	}
	list := make([]any, len(texts))
	for i, item := range texts {
		list[i] = item.text()
		s.origins[itemKey(key, i)] = item
	}
	s.setFrom(from, key, list)
}

// itemKey is the key of an item of a list in the origins of a section.
func itemKey(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// setFlag carries true. False is the default of what it is used for.
func (s *section) setFlag(key string, v value) {
	if v.isTrue() {
		s.setFrom(v, key, true)
	}
}

// sameValue reports whether two values are written alike, wherever they come from.
func sameValue(a, b any) bool {
	one, ok := a.(*section)
	other, ok2 := b.(*section)
	if !ok || !ok2 {
		list, ok := a.([]any)
		second, ok2 := b.([]any)
		if ok && ok2 {
			return slices.EqualFunc(list, second, sameValue)
		}
		return reflect.DeepEqual(a, b)
	}
	return slices.Equal(one.keys, other.keys) && maps.Equal(one.comments, other.comments) && one.keep == other.keep &&
		maps.EqualFunc(one.values, other.values, sameValue)
}

func (s *section) remove(key string) {
	delete(s.values, key)
	s.keys = slices.DeleteFunc(s.keys, func(k string) bool { return k == key })
}

func (s *section) isEmpty() bool {
	for _, v := range s.values {
		if child, ok := v.(*section); !ok || child.keep || !child.isEmpty() {
			return false
		}
	}
	return true
}

// order is that of the settings. Keys that are not in it come in the order in which they were written.
var order = []string{"name", "aws", "state", "network", "loadBalancer", "worker", "routing", "queue", "sendsTo", "task",
	"container", "sidecars", "service", "scaling", "logs", "tracing", "services", "jobs", "namespace", "observability",
	"environments"}

func (s *section) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	keys := slices.Clone(s.keys)
	if slices.Contains(keys, "container") || slices.Contains(keys, "name") && slices.Contains(keys, "services") ||
		slices.Contains(keys, "service") || slices.Contains(keys, "loadBalancer") {
		slices.SortStableFunc(keys, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	}
	for _, key := range keys {
		v := s.values[key]
		if child, ok := v.(*section); ok && !child.keep && child.isEmpty() {
			continue
		}
		keyNode := scalarNode(key)
		valueNode := nodeOf(v)
		if comment := s.comments[key]; comment != "" {
			keyNode.HeadComment = wrap(comment)
		}
		n.Content = append(n.Content, keyNode, valueNode)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func nodeOf(v any) *yaml.Node {
	switch v := v.(type) {
	case *section:
		return v.node()
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, nodeOf(item))
		}
		if !slices.ContainsFunc(v, func(item any) bool { _, ok := item.(*section); return ok }) {
			n.Style = yaml.FlowStyle
		}
		return n
	case int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(v)}
	case float64:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: strconv.FormatFloat(v, 'f', -1, 64)}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	default:
		return scalarNode(fmt.Sprint(v))
	}
}

// plain matches texts that need no quotes, in any version of YAML.
var plain = regexp.MustCompile(`^([A-Za-z/][A-Za-z0-9/._-]*([:@][A-Za-z0-9/._-]+)*|[0-9]+[smh])$`)

// scalarNode returns a text, in quotes where YAML could read something else.
func scalarNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		n.Style = yaml.DoubleQuotedStyle
	default:
		if !plain.MatchString(text) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// wrap breaks a comment into lines.
func wrap(text string) string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := "#"
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+1+len(word) > 110 {
				lines = append(lines, line)
				line = "#"
			}
			line += " " + word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// split moves what differs between the environments out of what they share. base is the conversion without any
// environment: where all environments have one of its keys, it gives the value that they share. The trees of the
// environments keep what differs from it.
func split(base *section, environments []*section, unknown func(any) bool) {
	for _, key := range slices.Clone(base.keys) {
		ownBase, isSection := base.values[key].(*section)
		values := make([]any, len(environments))
		everywhere, sections := true, isSection
		for i, env := range environments {
			v, ok := env.values[key]
			child, isChild := v.(*section)
			everywhere = everywhere && ok
			sections = sections && isChild && child.keep == ownBase.keep
			values[i] = v
		}
		switch {
		case !everywhere || unknown(base.values[key]):
			base.remove(key)
		case sections:
			children := make([]*section, len(values))
			for i, v := range values {
				children[i] = v.(*section)
			}
			split(ownBase, children, unknown)
			for i, child := range children {
				if child.isEmpty() {
					environments[i].remove(key)
				}
			}
		default:
			for i, v := range values {
				if sameValue(v, base.values[key]) {
					environments[i].remove(key)
				}
			}
		}
	}
}

// shared moves what all environments say, but the base could not know, into the base.
func shared(base *section, environments []*section) {
	if len(environments) == 0 {
		return
	}
	for _, key := range slices.Clone(environments[0].keys) {
		first := environments[0].values[key]
		same := true
		for _, env := range environments {
			same = same && sameValue(env.values[key], first)
		}
		if _, taken := base.values[key]; same && !taken {
			base.set(key, first)
			if c := environments[0].comments[key]; c != "" {
				base.comments[key] = c
			}
			for at, from := range environments[0].origins {
				if name, _, _ := strings.Cut(at, "["); name == key {
					base.origins[at] = from
				}
			}
			for _, env := range environments {
				env.remove(key)
			}
			continue
		}
		below, ok := base.values[key].(*section)
		if !ok {
			continue
		}
		var children []*section
		for _, env := range environments {
			if child, ok := env.values[key].(*section); ok {
				children = append(children, child)
			}
		}
		if len(children) == len(environments) {
			shared(below, children)
		}
	}
}

// finish writes the settings file. What the settings check refuses is left out and becomes a note.
func finish(root *section, head string, notes *notes) (Result, error) {
	for {
		text, err := render(root, head)
		if err != nil {
			return Result{}, err
		}
		_, err = settings.Parse(settingsFile, text, settings.Options{})
		var problems settings.Problems
		if err == nil {
			return Result{Settings: text, Notes: notes.sorted()}, nil
		}
		if !errors.As(err, &problems) {
			return Result{}, err
		}
		removed := leaveOut(root, problems, notes)
		if !removed {
			return Result{}, fmt.Errorf("the settings that result have a problem; please report it with the file that "+
				"you convert:\n%w", err)
		}
	}
}

const settingsFile = "the settings"

func render(root *section, head string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(head)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(root.node()); err != nil {
		return nil, err
	}
	return b.Bytes(), encoder.Close()
}

// head is the beginning of every converted file.
func head(from string) string {
	return wrap("Converted from "+from+" by webapp convert, which also lists what could not be carried. Read the "+
		"lines marked TO DO, then run webapp check. docs/moving.md has the steps of the move.") +
		"\n# yaml-language-server: $schema=generated/webapp.schema.json\n"
}

const sampleImage = "public.ecr.aws/docker/library/nginx:stable"
