package e2e

import (
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
	"webapp/stacks"
)

// TestEveryStackIsValidTerraform asks Terraform itself, for every settings file of the project.
func TestEveryStackIsValidTerraform(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(project, "examples", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(project, "webapp.yaml")) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			all, err := settings.Load(file, settings.Options{})
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
