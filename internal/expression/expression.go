// Package expression helps to write Terraform expressions, where CDKTF's references cannot go: they bring their own ${}.
package expression

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Address is how an expression names a resource: aws_lb.load-balancer_D8F84775.
func Address(resource cdktf.TerraformResource) string {
	return *resource.TerraformResourceType() + "." + *resource.FriendlyUniqueId()
}

// DataAddress is how an expression names a data source: data.aws_subnets.network_subnets_0A1B2C3D.
func DataAddress(source cdktf.TerraformDataSource) string {
	return "data." + *source.TerraformResourceType() + "." + *source.FriendlyUniqueId()
}

// Literal keeps Terraform from reading a text as an expression.
func Literal(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
}

// Texts are texts by name, as the bindings take them.
func Texts(plain map[string]string) *map[string]*string {
	all := map[string]*string{}
	for name, text := range plain {
		all[name] = &text
	}
	return &all
}

// JSON encodes a value whose texts may hold references, for an attribute that is JSON itself. It panics on a value that
// has no JSON, which is a bug.
func JSON(value any) *string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // or the operators of an expression would not survive
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	text := strings.TrimSpace(b.String())
	// The app knows it too, but two questions to it for every document are a twentieth of a large synth.
	hcl := os.Getenv("SYNTH_HCL_OUTPUT") == "true" // as `cdktf synth --hcl` tells a program, and CDKTF reads it
	if hcl && *cdktf.Token_IsUnresolved(text) {
		// Where a text holds a reference, CDKTF's HCL leaves the quotes in it as they are.
		text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	}
	return &text
}
