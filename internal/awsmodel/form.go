package awsmodel

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a name in a form, whose dots are read as levels: Tags.member.1.Key.
type node struct {
	value    *string
	children map[string]*node
}

// readForm reads a request of the protocols query and ec2.
func (q *Request) readForm(form url.Values) {
	root := &node{children: map[string]*node{}}
	for key, values := range form {
		if key == "Action" || key == "Version" {
			continue
		}
		at := root
		for name := range strings.SplitSeq(key, ".") {
			if at.children[name] == nil {
				at.children[name] = &node{children: map[string]*node{}}
			}
			at = at.children[name]
		}
		at.value = &values[0]
	}
	shape := q.Operation.Input
	if shape == nil {
		shape = &Shape{Name: q.Operation.Name, Type: "structure"}
	}
	q.Input = shape.fromForm(root, q.Service.Protocol == "ec2").(map[string]any)
}

func (s *Shape) fromForm(n *node, ec2 bool) any {
	switch s.Type {
	case "structure":
		return s.structureFromForm(n, ec2)
	case "list":
		list := []any{}
		for _, item := range numbered(s.items(n, ec2)) {
			list = append(list, s.Element.fromForm(item, ec2))
		}
		return list
	case "map":
		object := map[string]any{}
		entries := n
		if !s.Flattened && n.children["entry"] != nil {
			entries = n.children["entry"]
		}
		for _, entry := range numbered(entries) {
			if key := entry.children[orElse(s.Key.LocationName, "key")]; key != nil && key.value != nil {
				if value := entry.children[orElse(s.Value.LocationName, "value")]; value != nil {
					object[*key.value] = s.Value.fromForm(value, ec2)
				}
			}
		}
		return object
	}
	if n.value == nil {
		return n.plain() // a structure where a value should be
	}
	return s.scalar(*n.value)
}

func (s *Shape) structureFromForm(n *node, ec2 bool) any {
	if n.value != nil && len(n.children) == 0 {
		if *n.value == "" {
			return map[string]any{}
		}
		return *n.value
	}
	object, known := map[string]any{}, map[string]bool{}
	for name, member := range s.Members {
		sent := member.formName(name, ec2)
		known[sent] = true
		if child := n.children[sent]; child != nil {
			object[name] = member.fromForm(child, ec2)
		}
	}
	for sent, child := range n.children {
		if !known[sent] {
			object[sent] = child.plain()
		}
	}
	return object
}

// formName is what a form calls a member: in the protocol ec2 names begin with a capital.
func (m *Member) formName(name string, ec2 bool) string {
	if !ec2 {
		return orElse(m.LocationName, name)
	}
	if m.QueryName != "" {
		return m.QueryName
	}
	name = orElse(m.LocationName, name)
	return strings.ToUpper(name[:1]) + name[1:]
}

// items is where a list's items are: the protocol query has a level of its own for them.
func (s *Shape) items(n *node, ec2 bool) *node {
	if ec2 || s.Flattened {
		return n
	}
	if inner := n.children[orElse(s.Element.LocationName, "member")]; inner != nil {
		return inner
	}
	return n
}

// numbered returns the items 1, 2 and so on.
func numbered(n *node) []*node {
	numbers := []int{}
	for name := range n.children {
		if number, err := strconv.Atoi(name); err == nil {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	var items []*node
	for _, number := range numbers {
		items = append(items, n.children[strconv.Itoa(number)])
	}
	return items
}

// plain is a node without a shape.
func (n *node) plain() any {
	if n.value != nil {
		return *n.value
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		object[name] = n.children[name].plain()
	}
	return object
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
