// Package expression writes Terraform expressions where CDKTF's references, which include their own ${}, cannot be
// used.
package expression

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Address returns the address of a resource for use in an expression: aws_lb.load-balancer_D8F84775.
func Address(resource cdktf.TerraformResource) string {
	return *resource.TerraformResourceType() + "." + *resource.FriendlyUniqueId()
}

// DataAddress returns the address of a data source for use in an expression: data.aws_subnets.network_subnets_0A1B2C3D.
func DataAddress(source cdktf.TerraformDataSource) string {
	return "data." + *source.TerraformResourceType() + "." + *source.FriendlyUniqueId()
}

// Literal returns a template that Terraform evaluates to the text. What looks like one of CDKTF's tokens is text too.
func Literal(text string) string { return literals.Replace(text) }

// What looks like a token is divided by a template directive. It has no quotes, so that it can be used in JSON too.
var literals = strings.NewReplacer("${", "$${", "%{", "%%{", "TfToken[", "TfToken%{if true}[%{endif}")

// Evaluated returns the text of a template that Literal has written.
func Evaluated(template string) string { return evaluated.Replace(template) }

var evaluated = strings.NewReplacer("$${", "${", "%%{", "%{", "TfToken%{if true}[%{endif}", "TfToken[")

// Literals returns a copy of a value, such as settings, with every string in it as a literal, including the keys of
// maps. All that people write goes through it before it reaches Terraform.
func Literals[T any](value T) T {
	return literal(reflect.ValueOf(&value).Elem()).Interface().(T)
}

func literal(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		text := reflect.New(v.Type()).Elem()
		text.SetString(Literal(v.String()))
		return text
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		pointer := reflect.New(v.Type().Elem())
		pointer.Elem().Set(literal(v.Elem()))
		return pointer
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		slice := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			slice.Index(i).Set(literal(v.Index(i)))
		}
		return slice
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		mapping := reflect.MakeMap(v.Type())
		for key, value := range v.Seq2() {
			mapping.SetMapIndex(literal(key), literal(value))
		}
		return mapping
	case reflect.Struct:
		structure := reflect.New(v.Type()).Elem()
		structure.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				structure.Field(i).Set(literal(v.Field(i)))
			}
		}
		return structure
	default:
		return v
	}
}

// Texts converts a map to the type that the bindings use.
func Texts(plain map[string]string) *map[string]*string {
	all := map[string]*string{}
	for name, text := range plain {
		all[name] = &text
	}
	return &all
}

// JSON encodes a value, whose strings may contain references, for an attribute that is JSON itself. It panics on a
// value that has no JSON form, which is a bug.
func JSON(value any) *string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // keeps the operators of expressions
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	text := strings.TrimSpace(b.String())
	// `cdktf synth --hcl` sets the variable. Asking the app instead would take a twentieth of the time of a large
	// synth.
	hcl := os.Getenv("SYNTH_HCL_OUTPUT") == "true"
	if hcl && strings.Contains(text, "${") {
		// CDKTF does not escape the quotes of a string that contains a reference, or a literal that looks like one.
		text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	}
	return &text
}
