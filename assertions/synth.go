package assertions

import (
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth synthesizes a stack, its validations included, and parses the result.
// What jsii throws on the way, a failed validation among it, ends the test.
//
// Errors added by cdktf.Annotations are not raised here: only App.Synth does that.
func Synth(t testing.TB, stack cdktf.TerraformStack) *Template {
	t.Helper()
	return Parse(t, synthesize(t, stack))
}

func synthesize(t testing.TB, stack cdktf.TerraformStack) string {
	t.Helper()
	// jsii reports every JavaScript exception as a panic, which would take the
	// other tests of the package down with it.
	defer func() {
		t.Helper()
		if problem := recover(); problem != nil {
			t.Fatalf("synthesizing the stack: %v", problem)
		}
	}()
	validate := true
	return *cdktf.Testing_Synth(stack, &validate)
}
