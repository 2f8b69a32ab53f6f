package stacks

import (
	"encoding/json"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// Build creates the stacks of all settings, including those of the buckets for their states and of the roles of their
// pipelines, and applies the overrides. The error lists every override that matches nothing; the stacks must not be
// used then.
func Build(app constructs.Construct, all ...settings.Stack) error {
	var problems settings.Problems
	for _, s := range all {
		stack := NewWebApp(app, s)
		wrong := Override(stack, s.Overrides)
		problems = append(problems, wrong...)
		if s.State.S3 != nil && s.State.S3.Create {
			NewState(app, s)
		}
		if s.Pipeline != nil && len(wrong) == 0 {
			if _, err := NewPipeline(app, s, parse(stack)); err != nil {
				return err
			}
		}
	}
	if len(problems) > 0 {
		return problems.Sorted()
	}
	return nil
}

// Override applies overrides to the resources of a stack. It returns a problem for each override that matches nothing;
// the stack must not be used then.
func Override(stack cdktf.TerraformStack, overrides []settings.Override) settings.Problems {
	if len(overrides) == 0 {
		return nil
	}
	elements := map[string]cdktf.TerraformElement{} // by address
	for _, construct := range *stack.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		switch element := construct.(type) {
		case cdktf.TerraformResource:
			elements[expression.Address(element)] = element
		case cdktf.TerraformDataSource:
			elements[expression.DataAddress(element)] = element
		}
	}
	synthesized := parse(stack)
	var problems settings.Problems
	for _, o := range overrides {
		resource, err := synthesized.Find(o.Resource)
		if err != nil {
			problems = append(problems, o.Problem("resource", "the stack %s has %v", *stack.Node().Id(), err))
			continue
		}
		if o.Remove && !resource.Has(o.Path) {
			problems = append(problems, o.Problem("path", "%s in the stack %s has no %s to remove",
				resource.Address(), *stack.Node().Id(), o.Path))
			continue
		}
		// A token replaces the old value. CDKTF would merge a plain value with it, so that a list could only grow.
		var value any
		if o.Remove {
			value = cdktf.Token_NullValue() // for Terraform, the same as a missing property
		} else {
			value = cdktf.Token_AsAny(o.Value)
		}
		elements[resource.Address()].AddOverride(&o.Path, value)
	}
	return problems
}

// parse reads what a stack would synthesize to.
func parse(stack cdktf.TerraformStack) *tfstack.Stack {
	text, err := json.Marshal(stack.ToTerraform())
	if err != nil {
		panic(err) // cannot happen: jsii returns JSON values
	}
	parsed, err := tfstack.Parse(text)
	if err != nil {
		panic(err) // cannot happen: every stack has resources
	}
	return parsed
}
