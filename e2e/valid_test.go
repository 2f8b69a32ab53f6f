package e2e

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
	"webapp/stacks"
)

// TestStackIsValidTerraform asks Terraform itself by CDKTF's own helper, for the article's stack. Where a stack is
// deployed, the deployment validates it.
func TestStackIsValidTerraform(t *testing.T) {
	t.Parallel()
	all, err := settings.Load(filepath.Join(project, "examples", "webapp.yaml"), settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synthesizing.Lock()
	defer synthesizing.Unlock()
	stack := stacks.NewWebApp(cdktf.Testing_App(nil), all[0])
	if !*cdktf.Testing_ToBeValidTerraform(cdktf.Testing_FullSynth(stack)) {
		t.Error("Terraform refuses the stack")
	}
}
