package e2e

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
	"webapp/stacks"
)

// TestStacksAreValidTerraform asks Terraform itself by CDKTF's own helper, for every environment of the files that no other
// test validates.
func TestStacksAreValidTerraform(t *testing.T) {
	t.Parallel()
	files := []string{"webapp.yaml", "examples/environments.yaml"}
	for _, name := range testedElsewhere {
		files = append(files, filepath.Join("examples", name+".yaml"))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			all, err := settings.Load(filepath.Join(project, file), settings.Options{})
			if err != nil {
				t.Fatal(err)
			}
			synthesizing.Lock()
			defer synthesizing.Unlock()
			for _, s := range all {
				stack := stacks.NewWebApp(cdktf.Testing_App(nil), s)
				if !*cdktf.Testing_ToBeValidTerraform(cdktf.Testing_FullSynth(stack)) {
					t.Errorf("Terraform refuses the stack %s", s.StackName())
				}
			}
		})
	}
}
