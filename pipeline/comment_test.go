package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"webapp/internal/ghtest"
	"webapp/internal/subprocess"
)

// TestMain makes a GitHub of files a command of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gh": ghtest.Main})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("GITHUB_REPOSITORY", "team/shop")
			// The scripts find the plans beside themselves.
			for _, name := range []string{"comment.sh", "reviewed.sh"} {
				text, err := os.ReadFile(filepath.Join(root, "pipeline", "github", name))
				if err != nil {
					return err
				}
				path := filepath.Join(env.WorkDir, "pipeline", "github", name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					return err
				}
				if err := subprocess.WriteScript(path, string(text)); err != nil { // other scripts start meanwhile
					return err
				}
			}
			return nil
		},
	})
}
