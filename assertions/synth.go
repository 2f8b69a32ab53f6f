package assertions

import (
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth synthesizes a stack, runs its validations, and parses the result. A failed validation, or any other exception
// of CDKTF, ends the test. The package of the test needs a TestMain that calls [Main].
//
// Errors that were added with cdktf.Annotations are not reported: only App.Synth does that.
func Synth(t testing.TB, stack cdktf.TerraformStack) *Template {
	t.Helper()
	needMain(t)
	return Parse(t, synthesize(t, stack))
}

func synthesize(t testing.TB, stack cdktf.TerraformStack) string {
	t.Helper()
	// jsii turns every JavaScript exception into a panic, which would end the package's other tests too.
	defer func() {
		t.Helper()
		if problem := recover(); problem != nil {
			t.Fatalf("synthesizing the stack: %v", problem)
		}
	}()
	validate := true
	return *cdktf.Testing_Synth(stack, &validate)
}
