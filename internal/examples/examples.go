// Package examples holds what the examples of the constructs have in common.
package examples

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// Settings reads the text of a settings file.
func Settings(text string) settings.Stack {
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		panic(err)
	}
	return all[0]
}

// NewStack creates an empty stack, with a provider as every stack needs one.
func NewStack() cdktf.TerraformStack {
	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), jsii.String("shop"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-west-1")})
	return stack
}

// Print synthesizes the stack, and prints how many resources of the types it has; without types, of all.
func Print(stack cdktf.TerraformStack, types ...string) {
	var template struct {
		Resource map[string]map[string]any `json:"resource"`
	}
	if err := json.Unmarshal([]byte(*cdktf.Testing_Synth(stack, nil)), &template); err != nil {
		panic(err)
	}
	if len(types) == 0 {
		types = slices.Sorted(maps.Keys(template.Resource))
	}
	for _, typ := range types {
		fmt.Println(typ, len(template.Resource[typ]))
	}
}
