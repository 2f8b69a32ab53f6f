// Package diagram draws what a synthesized stack deploys, from its Terraform JSON alone: as Mermaid, which GitHub and
// many editors show as a picture, and which a diff can be read of.
//
//	stack.go     the JSON, and what refers to what: references are followed, names are not guessed from
//	network.go   which tier a subnet is of, by what its routes lead to
//	services.go  what to say of load balancers, services and the way of a request
//	flows.go     who may connect to whom, by the rules of the security groups
//	mermaid.go   the picture
//	page.go      the page around it
//
// A resource of a kind that is not drawn is counted below the picture, so that nothing is left unsaid.
package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Page is what is known of one stack, in Markdown: the picture, who may connect to whom, and what else there is. The
// level is that of its headings.
func (s *Stack) Page(level int) string {
	heading := strings.Repeat("#", level) + " "
	var page strings.Builder
	fmt.Fprintf(&page, "```mermaid\n%s```\n", s.Mermaid())

	if flows := s.flows(); len(flows) > 0 {
		fmt.Fprintf(&page, "\n%sWho may connect to whom\n\n| From | To | Ports | What for |\n|---|---|---|---|\n", heading)
		for _, f := range flows {
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", cell(f.From.name), cell(f.To.name), cell(f.Ports), cell(f.Why))
		}
	}
	fmt.Fprintf(&page, "\n%sAll resources\n\n", heading)
	counts := s.counts()
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%d `%s`", counts[kind], kind))
	}
	page.WriteString(strings.Join(all, ", ") + "\n")
	return page.String()
}

// counts tells how many resources of each kind there are.
func (s *Stack) counts() map[string]int {
	counts := map[string]int{}
	for _, r := range s.resources {
		if !r.data {
			counts[r.kind]++
		}
	}
	return counts
}

// cell makes a text that of one cell of a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }
