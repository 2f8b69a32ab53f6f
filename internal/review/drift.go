package review

import (
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// drift returns what has changed since the last apply, but not by Terraform.
//
// Terraform also lists what its own apply has filled in: a security group's rules and a role's policies are resources
// of their own, but the provider reads them into the group and the role as well. So a value is left out if the
// configuration does not set it and if it was empty before. The next apply records it in the state, and from then on a
// change to it is drift.
func drift(p *tfjson.Plan) []Change {
	configured := configuredAttributes(p)
	var changes []Change
	for _, r := range p.ResourceDrift {
		c, ok := change(r)
		if !ok || r.Mode == tfjson.DataResourceMode {
			continue
		}
		if attributes, known := configured[r.Type+"."+r.Name]; known && r.ModuleAddress == "" {
			c.Differences = slices.DeleteFunc(c.Differences, func(d Difference) bool {
				return !attributes[d.attribute()] && text(below(r.Change.Before, d.attribute())) == ""
			})
		}
		if c.Kind == Destroyed || len(c.Differences) > 0 { // some providers write the same value in another form
			changes = append(changes, c)
		}
	}
	return changes
}

// attribute returns the resource's attribute that the path leads into.
func (d Difference) attribute() string {
	if end := strings.IndexAny(d.Path, ".[:"); end >= 0 {
		return d.Path[:end]
	}
	return d.Path
}

// configuredAttributes returns the attributes that the root module's configuration sets, by resource: "aws_lb.main".
func configuredAttributes(p *tfjson.Plan) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	if p.Config == nil || p.Config.RootModule == nil {
		return all
	}
	for _, r := range p.Config.RootModule.Resources {
		attributes := map[string]bool{}
		for name := range r.Expressions {
			attributes[name] = true
		}
		all[r.Type+"."+r.Name] = attributes
	}
	return all
}
