// Package reference knows of some IAM actions which resources and condition keys they take. It is for tests: what a
// policy says of a resource or a tag that an action does not take is never true.
//
// Source: as internal/iamactions has it. In reference.txt each action has a line with its access level and its own
// condition keys, followed by the resources that it takes, each on a line with a tab; * is one that it needs. After an
// empty line come the resources, with their ARNs and their condition keys. It has the actions that internal/permissions
// gives and those that Terraform calls in the tests; of EC2's resources, those that matter to this program; and no keys
// that no policy here asks for. To update it, run write.mjs, as its first lines say.
package reference

import (
	_ "embed" // for the list
	"strings"
)

//go:embed reference.txt
var text string

// Action is an action of IAM.
type Action struct {
	// Access is its level: Read, List, Write, Tagging or Permissions management, or several of them.
	Access string
	// Keys are the condition keys of requests for it, without the key of a tag: aws:RequestTag.
	Keys []string
	// Resources are what it takes. An action without any is only allowed on *.
	Resources []Resource
}

// Resource is a type of resource that an action takes.
type Resource struct {
	// Type is the type's name on the service's page, such as subnet.
	Type string
	// Required says that each request is for such a resource. Of load balancers and their listeners it is one of the
	// kinds.
	Required bool
	// ARN has * in the place of each part that is not the same for all.
	ARN string
	// Keys are the condition keys of requests for it and of the resource itself.
	Keys []string
}

var actions = parse()

// Of returns an action such as ec2:CreateSubnet. The second result is false for one that is not listed.
func Of(action string) (Action, bool) {
	found, ok := actions[action]
	return found, ok
}

func parse() map[string]Action {
	listed, types, _ := strings.Cut(text, "\n\n")
	known := map[string]Resource{} // by service and type
	for line := range strings.Lines(types) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		known[cells[0]+" "+cells[1]] = Resource{Type: cells[1], ARN: pattern(cells[2]), Keys: list(cells[3])}
	}
	all := map[string]Action{}
	name := ""
	for line := range strings.Lines(listed) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if cells[0] != "" {
			name = cells[0]
			all[name] = Action{Access: cells[1], Keys: list(cells[2])}
			continue
		}
		service, _, _ := strings.Cut(name, ":")
		typ, required := strings.CutSuffix(cells[1], "*")
		resource := known[service+" "+typ]
		resource.Required, resource.Keys = required, append(list(cells[2]), resource.Keys...)
		action := all[name]
		action.Resources = append(action.Resources, resource)
		all[name] = action
	}
	return all
}

func list(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ',' })
}

// pattern replaces the variables of an ARN, such as ${Region}.
func pattern(arn string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(arn, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('*')
		_, arn, _ = strings.Cut(rest, "}")
	}
}
