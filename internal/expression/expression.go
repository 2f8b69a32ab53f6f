// Package expression helps to write Terraform expressions, where CDKTF's references cannot go: they bring their own
// ${}.
package expression

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
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

// Literal returns a template that Terraform evaluates to the text. CDKTF's tokens are no exception: what looks like one
// in a text is text.
func Literal(text string) string { return literals.Replace(text) }

// A token's name is divided by a template of its own, which has no quotes, so that it can be in JSON as well.
var literals = strings.NewReplacer("${", "$${", "%{", "%%{", "TfToken[", "TfToken%{if true}[%{endif}")

// Evaluated returns what a template without expressions, as Literal writes it, is evaluated to.
func Evaluated(template string) string { return evaluated.Replace(template) }

var evaluated = strings.NewReplacer("$${", "${", "%%{", "%{", "TfToken%{if true}[%{endif}", "TfToken[")

// Literals returns a copy of a value, such as settings, with each of its texts as a literal, keys of maps too. Nothing
// that people write reaches Terraform but by this.
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
	if hcl && strings.Contains(text, "${") {
		// Where a text holds a reference, or a literal that looks like one, CDKTF's HCL leaves the quotes in it as they
		// are.
		text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	}
	return &text
}
