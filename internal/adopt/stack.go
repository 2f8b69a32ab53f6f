package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Stack is a synthesized stack, as Terraform reads it.
type Stack struct {
	resources map[string]Resource // by address
	tags      map[string]string   // on everything
}

// Resource is one resource of a stack.
type Resource struct {
	Type, Name string
	config     map[string]any
}

// Address is how Terraform names the resource.
func (r Resource) Address() string { return r.Type + "." + r.Name }

// ReadStack reads a stack from its cdk.tf.json.
func ReadStack(file string) (Stack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Stack{}, fmt.Errorf("reading the stack: %w", err)
	}
	return parseStack(text)
}

func parseStack(text []byte) (Stack, error) {
	var template struct {
		Resource map[string]map[string]map[string]any `json:"resource"`
		Provider struct {
			AWS []struct {
				Alias       string `json:"alias"`
				DefaultTags []struct {
					Tags map[string]string `json:"tags"`
				} `json:"default_tags"`
			} `json:"aws"`
		} `json:"provider"`
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return Stack{}, fmt.Errorf("reading the stack: %w", err)
	}
	s := Stack{resources: map[string]Resource{}}
	for _, provider := range template.Provider.AWS {
		if provider.Alias == "" && len(provider.DefaultTags) > 0 {
			s.tags = provider.DefaultTags[0].Tags
		}
	}
	for typ, byName := range template.Resource {
		for name, config := range byName {
			r := Resource{Type: typ, Name: name, config: config}
			s.resources[r.Address()] = r
		}
	}
	return s, nil
}

// all returns the stack's resources, those of some types only where they are given, by address.
func (s Stack) all(types ...string) []Resource {
	var found []Resource
	for _, address := range slices.Sorted(maps.Keys(s.resources)) {
		if r := s.resources[address]; len(types) == 0 || slices.Contains(types, r.Type) {
			found = append(found, r)
		}
	}
	return found
}

// Services are the names of the stack's ECS services.
func (s Stack) Services() []string {
	var names []string
	for _, r := range s.all("aws_ecs_service") {
		names = append(names, r.text("name"))
	}
	return names
}

// Cluster is the name of the stack's ECS cluster.
func (s Stack) Cluster() string {
	for _, r := range s.all("aws_ecs_cluster") {
		return r.text("name")
	}
	return ""
}

// text is an attribute that is a text; empty where it is none.
func (r Resource) text(attribute string) string {
	text, _ := r.config[attribute].(string)
	return text
}

// number is an attribute that is a number, or 0.
func (r Resource) number(attribute string) int32 {
	n, _ := r.config[attribute].(float64)
	return int32(n)
}

// blocks are the nested blocks of a name, whether the stack has one of them or a list.
func (r Resource) blocks(name string) []map[string]any {
	switch value := r.config[name].(type) {
	case map[string]any:
		return []map[string]any{value}
	case []any:
		var all []map[string]any
		for _, item := range value {
			if block, ok := item.(map[string]any); ok {
				all = append(all, block)
			}
		}
		return all
	}
	return nil
}

var mention = regexp.MustCompile(`\b(aws_[a-z0-9_]+\.[A-Za-z0-9_-]+)\.[a-z_]+`)

// references are the addresses of the stack's resources that a value of its refers to, in order.
func (s Stack) references(value any) []string {
	var found []string
	for _, text := range texts(value) {
		for _, match := range mention.FindAllStringSubmatchIndex(text, -1) {
			address := text[match[2]:match[3]]
			isData := strings.HasSuffix(text[:match[0]], "data.")
			if _, ok := s.resources[address]; ok && !isData && !slices.Contains(found, address) {
				found = append(found, address)
			}
		}
	}
	return found
}

// refersTo says whether an attribute of a resource refers to another resource.
func (s Stack) refersTo(r Resource, attribute string, other Resource) bool {
	return slices.Contains(s.references(r.config[attribute]), other.Address())
}

// texts are all texts in a value.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, texts(item)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(v[key])...)
		}
		return all
	}
	return nil
}
