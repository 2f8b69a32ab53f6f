// Package diagram draws what a synthesized stack deploys. It reads nothing but the stack's Terraform JSON, and writes
// Mermaid, which GitHub and many editors show as a picture and which is readable in a diff.
//
//	network.go   the tier of a subnet, by what its routes lead to
//	services.go  the labels of load balancers and services, and the way of requests between them
//	flows.go     allowed connections, by the rules of the security groups
//	mermaid.go   the picture
//	page.go      the page around the picture
//
// The page counts resources of every type, so that the reader also learns of those that are not drawn.
package diagram

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/tfstack"
)

// stack is the stack to draw.
type stack struct{ *tfstack.Stack }

// Page describes a stack in Markdown: the picture, the allowed connections, and how many resources there are of each
// type. The level is that of its headings.
func Page(of *tfstack.Stack, level int) string {
	s := stack{of}
	heading := strings.Repeat("#", level) + " "
	var page strings.Builder
	fmt.Fprintf(&page, "```mermaid\n%s```\n", s.mermaid())

	if flows := s.flows(); len(flows) > 0 {
		fmt.Fprintf(&page, "\n%sAllowed connections\n\n| From | To | Ports | Purpose |\n|---|---|---|---|\n", heading)
		for _, f := range flows {
			row := []any{cell(f.From.name), cell(f.To.name), cell(f.Ports), cell(f.Purpose)}
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", row...)
		}
	}
	fmt.Fprintf(&page, "\n%sAll resources\n\n", heading)
	counts := s.counts()
	var all []string
	for _, typ := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%d `%s`", counts[typ], typ))
	}
	page.WriteString(strings.Join(all, ", ") + "\n")
	return page.String()
}

// counts returns the number of resources of each type.
func (s stack) counts() map[string]int {
	counts := map[string]int{}
	for _, r := range s.Resources() {
		counts[r.Type]++
	}
	return counts
}

// cell escapes a text for a cell of a Markdown table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }

// literal renders a value in one line. It is empty if there is no value, or if the value is known only when Terraform
// runs.
func literal(value any) string {
	switch v := value.(type) {
	case nil, map[string]any:
		return ""
	case string:
		if strings.Contains(v, "${") {
			return ""
		}
		return v
	case []any:
		var parts []string
		for _, item := range v {
			if part := literal(item); part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(value)
}
