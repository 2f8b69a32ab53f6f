package assertions

import (
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
	"webapp/stacks"
)

// FromSettings synthesizes the stacks of a settings file as the program does, overrides included, and returns them by
// name. A file without environments has one stack. A problem in the file ends the test. The package of the test needs a
// TestMain that calls [Main].
func FromSettings(t testing.TB, file string) map[string]*Template {
	t.Helper()
	needMain(t)
	all, err := settings.Load(file, settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	templates := map[string]*Template{}
	for _, s := range all {
		stack := stacks.NewWebApp(cdktf.Testing_App(nil), s)
		if problems := stacks.Override(stack, s.Overrides); len(problems) > 0 {
			t.Fatal(problems)
		}
		templates[s.StackName()] = Synth(t, stack)
	}
	return templates
}
