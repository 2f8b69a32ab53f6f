package diagram

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

type object = map[string]any

// Stack is a synthesized stack: its resources and data sources, which refer to one another.
type Stack struct {
	resources map[string]resource
	region    string
}

// resource is a resource or data source.
type resource struct {
	address string // as a reference has it: aws_lb.x, data.aws_vpc.x
	kind    string // aws_lb
	data    bool
	object
}

// Parse reads a stack's Terraform JSON (cdk.tf.json).
func Parse(text []byte) (*Stack, error) {
	var file struct {
		Provider struct{ AWS []object }
		Resource map[string]map[string]object
		Data     map[string]map[string]object
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("reading a stack's Terraform JSON: %w", err)
	}
	if len(file.Resource) == 0 {
		return nil, errors.New("reading a stack's Terraform JSON: it has no resources; write the stack with: make synth")
	}
	s := &Stack{resources: map[string]resource{}}
	add := func(section string, kinds map[string]map[string]object) {
		for kind, named := range kinds {
			for name, attributes := range named {
				address := section + kind + "." + name
				s.resources[address] = resource{address: address, kind: kind, data: section != "", object: attributes}
			}
		}
	}
	add("", file.Resource)
	add("data.", file.Data)
	for _, provider := range file.Provider.AWS {
		s.region = cmp.Or(s.region, plain(provider["region"]))
	}
	return s, nil
}

// all lists the resources of a kind by address, without the data sources.
func (s *Stack) all(kind string) []resource {
	var found []resource
	for _, address := range slices.Sorted(maps.Keys(s.resources)) {
		if r := s.resources[address]; r.kind == kind && !r.data {
			found = append(found, r)
		}
	}
	return found
}

var (
	expression = regexp.MustCompile(`\$\{[^}]*\}`)
	reference  = regexp.MustCompile(`(?:data\.)?\b[a-z0-9]+_[a-z0-9_]+\.[A-Za-z0-9_-]+`)
)

// refers lists the resources that a value refers to, in its order.
func (s *Stack) refers(value any) []resource {
	var found []resource
	switch v := value.(type) {
	case string:
		for _, e := range expression.FindAllString(v, -1) {
			for _, address := range reference.FindAllString(e, -1) {
				if r, ok := s.resources[address]; ok {
					found = append(found, r)
				}
			}
		}
	case []any:
		for _, item := range v {
			found = append(found, s.refers(item)...)
		}
	case object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, s.refers(v[key])...)
		}
	}
	return found
}

// refersTo says whether a value refers to the resource.
func (s *Stack) refersTo(value any, r resource) bool {
	return slices.ContainsFunc(s.refers(value), func(other resource) bool { return other.address == r.address })
}

// blocks lists the blocks of a kind: CDKTF writes a single one without its list.
func blocks(value any) []object {
	switch v := value.(type) {
	case object:
		return []object{v}
	case []any:
		var all []object
		for _, item := range v {
			if block, ok := item.(object); ok {
				all = append(all, block)
			}
		}
		return all
	}
	return nil
}

// block is the only block of a kind, or an empty one.
func block(value any) object {
	for _, b := range blocks(value) {
		return b
	}
	return object{}
}

// plain renders a value in a line: empty for none, and for what is known only when Terraform runs.
func plain(value any) string {
	switch v := value.(type) {
	case nil, object:
		return ""
	case string:
		if strings.Contains(v, "${") {
			return ""
		}
		return v
	case []any:
		var parts []string
		for _, item := range v {
			if part := plain(item); part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(value)
}
