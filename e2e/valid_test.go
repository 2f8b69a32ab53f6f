package e2e

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
	"webapp/stacks"
)

// TestStacksAreValidTerraform asks Terraform itself by CDKTF's own helper, for the article's stack and for every environment: where
// a stack is deployed, the deployment validates it.
func TestStacksAreValidTerraform(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"webapp.yaml", "examples/environments.yaml"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			all, err := settings.Load(filepath.Join(project, file), settings.Options{})
			if err != nil {
				t.Fatal(err)
			}
			synthesizing.Lock()
			defer synthesizing.Unlock()
			for _, s := range all {
				s.State = settings.State{} // the helper looks for it, wherever it is
				stack := stacks.NewWebApp(cdktf.Testing_App(nil), s)
				if !*cdktf.Testing_ToBeValidTerraform(cdktf.Testing_FullSynth(stack)) {
					t.Errorf("Terraform refuses the stack %s", s.StackName())
				}
			}
		})
	}
}
