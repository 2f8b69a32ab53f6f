// Package tfstack reads a synthesized stack: the Terraform JSON that CDKTF writes to cdk.tf.json. It is the only reader
// of that format outside the tests.
package tfstack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// File is the name of the file that holds a stack's Terraform JSON, in the stack's folder.
const File = "cdk.tf.json"

// Stack is a synthesized stack.
type Stack struct {
	resources map[string]Resource // by address, data sources included
	provider  Arguments           // the AWS provider that resources use unless they name another one
	backend   map[string]Arguments
}

// Resource is a resource or a data source of a stack.
type Resource struct {
	Type, Name string
	Data       bool // a data source
	Arguments
}

// Address returns how Terraform names the resource: aws_lb.name, or data.aws_vpc.name for a data source.
func (r Resource) Address() string {
	if r.Data {
		return "data." + r.Type + "." + r.Name
	}
	return r.Type + "." + r.Name
}

// Read reads the stack in a file.
func Read(file string) (*Stack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the stack: %w", err)
	}
	s, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// Parse reads a stack's Terraform JSON.
func Parse(text []byte) (*Stack, error) {
	var file struct {
		Terraform struct{ Backend map[string]Arguments }
		Provider  struct{ AWS []Arguments }
		Resource  map[string]map[string]Arguments
		Data      map[string]map[string]Arguments
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("reading a stack's Terraform JSON: %w", err)
	}
	if len(file.Resource) == 0 {
		return nil, errors.New("reading a stack's Terraform JSON: it has no resources; write the stack with: make " +
			"synth")
	}
	s := &Stack{resources: map[string]Resource{}, backend: file.Terraform.Backend}
	s.add(file.Resource, false)
	s.add(file.Data, true)
	for _, provider := range file.Provider.AWS {
		if provider.Text("alias") == "" {
			s.provider = provider
		}
	}
	return s, nil
}

func (s *Stack) add(byType map[string]map[string]Arguments, data bool) {
	for typ, byName := range byType {
		for name, arguments := range byName {
			r := Resource{Type: typ, Name: name, Data: data, Arguments: arguments}
			s.resources[r.Address()] = r
		}
	}
}

// Get returns the resource or data source at an address.
func (s *Stack) Get(address string) (Resource, bool) {
	r, ok := s.resources[address]
	return r, ok
}

// Resources returns the stack's resources in the order of their addresses: those of the given types, or all of them.
func (s *Stack) Resources(types ...string) []Resource { return s.list(false, types) }

// DataSources returns the stack's data sources, as Resources does.
func (s *Stack) DataSources(types ...string) []Resource { return s.list(true, types) }

func (s *Stack) list(data bool, types []string) []Resource {
	var found []Resource
	for _, address := range slices.Sorted(maps.Keys(s.resources)) {
		r := s.resources[address]
		if r.Data == data && (len(types) == 0 || slices.Contains(types, r.Type)) {
			found = append(found, r)
		}
	}
	return found
}

// Region returns the region of the AWS provider; empty where it comes from the environment.
func (s *Stack) Region() string { return s.provider.Text("region") }

// Account returns the only account that the AWS provider may change; empty where any will do.
func (s *Stack) Account() string {
	accounts := Texts(s.provider.Get("allowed_account_ids"))
	if len(accounts) != 1 {
		return ""
	}
	return accounts[0]
}

// Role returns the role that the AWS provider assumes; empty where it uses the credentials that it is given.
func (s *Stack) Role() string { return s.provider.Block("assume_role").Text("role_arn") }

// Backend returns the configuration of a kind of backend, such as s3; nil where the state is somewhere else.
func (s *Stack) Backend(kind string) Arguments { return s.backend[kind] }

// DefaultTags returns the tags that the AWS provider adds to every resource.
func (s *Stack) DefaultTags() map[string]string {
	tags := map[string]string{}
	for key, value := range s.provider.Block("default_tags").Block("tags") {
		tags[key], _ = value.(string)
	}
	return tags
}

// mention matches an address in an expression.
var mention = regexp.MustCompile(`(?:data\.)?\b[a-z0-9]+_[a-z0-9_]+\.[A-Za-z0-9_-]+`)

// References returns the resources and data sources that the expressions in a value refer to: each once, in the order
// of the value, with the keys of maps sorted.
func (s *Stack) References(value any) []Resource {
	var found []Resource
	for _, text := range Texts(value) {
		if !strings.Contains(text, "${") {
			continue
		}
		for _, address := range mention.FindAllString(text, -1) {
			r, ok := s.resources[address]
			if ok && !slices.ContainsFunc(found, func(other Resource) bool { return other.Address() == address }) {
				found = append(found, r)
			}
		}
	}
	return found
}

// RefersTo reports whether an expression in a value refers to a resource.
func (s *Stack) RefersTo(value any, r Resource) bool {
	return slices.ContainsFunc(s.References(value), func(other Resource) bool { return other.Address() == r.Address() })
}

// Find returns the resource or data source at an address, which may leave out what CDKTF adds to a name (aws_lb.web for
// aws_lb.web_D8F84775) where that is unambiguous. The error says which addresses there are.
func (s *Stack) Find(address string) (Resource, error) {
	if r, ok := s.resources[address]; ok {
		return r, nil
	}
	typ, _, _ := strings.Cut(strings.TrimPrefix(address, "data."), ".")
	var found, ofType []string
	for _, candidate := range slices.Sorted(maps.Keys(s.resources)) {
		if withoutHash(candidate) == address {
			found = append(found, candidate)
		}
		if s.resources[candidate].Type == typ {
			ofType = append(ofType, candidate)
		}
	}
	switch {
	case len(found) == 1:
		return s.resources[found[0]], nil
	case len(found) > 1:
		return Resource{}, fmt.Errorf("several resources %s; write one of %s", address, strings.Join(found, ", "))
	case len(ofType) > 0:
		return Resource{}, fmt.Errorf("no resource %s; write one of %s", address, strings.Join(ofType, ", "))
	}
	return Resource{}, fmt.Errorf("no resource of type %s; see the addresses in its plan", typ)
}

// ShortAddress returns the shortest address by which Find finds a resource.
func (s *Stack) ShortAddress(address string) string {
	short := withoutHash(address)
	for other := range s.resources {
		if other != address && withoutHash(other) == short {
			return address
		}
	}
	return short
}

// withoutHash leaves out the hash that CDKTF adds to the name in an address.
func withoutHash(address string) string {
	if hash := strings.LastIndex(address, "_"); hash > strings.LastIndex(address, ".") {
		return address[:hash]
	}
	return address
}
