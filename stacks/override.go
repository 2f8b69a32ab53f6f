package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// Build draws the stacks of all settings, with those of the buckets for their states, and changes what their overrides
// say. The error tells every override that hits nothing; the stacks are of no use then.
func Build(app constructs.Construct, all ...settings.Settings) error {
	var problems settings.Problems
	for _, s := range all {
		problems = append(problems, Override(NewWebApp(app, s), s.Overrides)...)
		if s.State.S3 != nil && s.State.S3.Create {
			NewState(app, s)
		}
	}
	if len(problems) > 0 {
		return problems.Sorted()
	}
	return nil
}

// Override changes properties of the stack's resources as the settings say. The problems tell every override that hits
// nothing; the stack is of no use then.
func Override(stack cdktf.TerraformStack, overrides []settings.Override) settings.Problems {
	if len(overrides) == 0 {
		return nil
	}
	elements := map[string]cdktf.TerraformElement{}
	for _, construct := range *stack.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		switch element := construct.(type) {
		case cdktf.TerraformResource:
			elements[expression.Address(element)] = element
		case cdktf.TerraformDataSource:
			elements[expression.DataAddress(element)] = element
		}
	}
	template, _ := stack.ToTerraform().(map[string]any)
	var problems settings.Problems
	for _, o := range overrides {
		address, err := find(elements, o.Resource)
		if err != nil {
			problems = append(problems, o.Problem("resource", "the stack %s has %v", *stack.Node().Id(), err))
			continue
		}
		if o.Remove && !has(template, address, o.Path) {
			problems = append(problems, o.Problem("path", "%s in the stack %s has no %s to remove", address, *stack.Node().Id(), o.Path))
			continue
		}
		// As a token a value takes the old one's place. As itself, CDKTF would merge the two: a list would only grow.
		var value any
		if o.Remove {
			value = cdktf.Token_NullValue() // which Terraform takes for a property that is not there
		} else {
			value = cdktf.Token_AsAny(o.Value)
		}
		elements[address].AddOverride(&o.Path, value)
	}
	return problems
}

// find completes an address that was written without what CDKTF adds to its name.
func find(elements map[string]cdktf.TerraformElement, address string) (string, error) {
	if _, ok := elements[address]; ok {
		return address, nil
	}
	var found []string
	typ, _, _ := strings.Cut(strings.TrimPrefix(address, "data."), ".")
	var ofType []string
	for _, candidate := range slices.Sorted(maps.Keys(elements)) {
		if candidate[:max(strings.LastIndex(candidate, "_"), 0)] == address {
			found = append(found, candidate)
		}
		if strings.HasPrefix(strings.TrimPrefix(candidate, "data."), typ+".") {
			ofType = append(ofType, candidate)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("several resources %s; write one of %s", address, strings.Join(found, ", "))
	case len(ofType) > 0:
		return "", fmt.Errorf("no resource %s; write one of %s", address, strings.Join(ofType, ", "))
	default:
		return "", fmt.Errorf("no resource of type %s; see the addresses in its plan", typ)
	}
}

// has says whether a resource of the synthesized stack has the property.
func has(template map[string]any, address, path string) bool {
	section := "resource"
	if rest, isData := strings.CutPrefix(address, "data."); isData {
		section, address = "data", rest
	}
	at := template[section]
	for _, step := range append(strings.SplitN(address, ".", 2), strings.Split(path, ".")...) {
		switch container := at.(type) {
		case map[string]any:
			at = container[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(container) {
				return false
			}
			at = container[i]
		default:
			return false
		}
	}
	return at != nil
}
