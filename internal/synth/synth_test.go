package synth

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/snapshot"
	"webapp/internal/subprocess"
)

func TestMain(m *testing.M) {
	Prepare()
	code := m.Run()
	Finish()
	os.Exit(code)
}

func TestFailureIsAnErrorAndWritesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		build func(cdktf.App) error
		want  string
	}{
		"a panic of ours": {
			build: func(cdktf.App) error { panic("no such subnet\ngoroutine 1 [running]") },
			want:  "synthesizing failed, which is a bug: no such subnet (run again with WEBAPP_DEBUG=1 for all of it)",
		},
		"an error of the builder's": {
			build: func(app cdktf.App) error { return errors.Join(oneStack(app), errors.New("overrides nothing")) },
			want:  "overrides nothing",
		},
		"a panic of jsii's": {
			build: func(app cdktf.App) error {
				for range 2 {
					cdktf.NewTerraformStack(app, jsii.String("twice"))
				}
				return nil
			},
			want: "synthesizing failed, which is a bug: There is already a Construct with name 'twice' in App (run " +
				"again with WEBAPP_DEBUG=1 for all of it)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			err := Write(filepath.Join(folder, "out"), []byte("# hashes"), tc.build)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			wantFiles(t, folder)
		})
	}
}

func TestFailureLeavesTheEarlierOutputAsItWas(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "out")
	if err := Write(out, []byte("# hashes"), oneStack); err != nil {
		t.Fatal(err)
	}
	err := Write(out, []byte("# hashes"), func(app cdktf.App) error {
		cdktf.NewTerraformStack(app, jsii.String("two"))
		panic("too late")
	})
	if err == nil {
		t.Error("the panic is lost")
	}
	wantFiles(t, folder, "out/manifest.json", "out/stacks/one/.terraform.lock.hcl", "out/stacks/one/cdk.tf.json")
}

func TestOutputFolderMayBeAnywhere(t *testing.T) {
	folder := t.TempDir()
	if err := Write(filepath.Join(folder, "a", "b"), []byte("# hashes"), oneStack); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, folder, "a/b/manifest.json", "a/b/stacks/one/.terraform.lock.hcl", "a/b/stacks/one/cdk.tf.json")
}

// TestNodeReadsNoAuthorities: reading the certificate authorities of the environment takes longer than starting Node.
func TestNodeReadsNoAuthorities(t *testing.T) {
	folder := t.TempDir()
	given := filepath.Join(folder, "given")
	if err := subprocess.WriteScript(given, "#!/bin/sh\necho \"$1: ${NODE_EXTRA_CA_CERTS-none}\"\n"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NODE_EXTRA_CA_CERTS", "company.pem")
	t.Setenv(snapshot.JSIINode, given)
	if err := launchNode(folder); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), os.Getenv(snapshot.JSIINode), "authorities").Output()
	if got := string(printed); err != nil || got != "authorities: none\n" {
		t.Errorf("got %q and %v", got, err)
	}
}

// TestTestsUseTheSnapshot: the program of a test does not know from which modules it was built.
func TestTestsUseTheSnapshot(t *testing.T) {
	t.Setenv(snapshot.JSIINode, "")
	folder, err := filepath.Abs(filepath.Join("..", "..", snapshot.Folder))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := loadedNode(), snapshot.Launcher(folder); got != want {
		t.Errorf("Node is started by %q, want %q", got, want)
	}
}

func oneStack(app cdktf.App) error {
	cdktf.NewTerraformStack(app, jsii.String("one"))
	return nil
}

func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	var got []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, _ := filepath.Rel(folder, path)
			got = append(got, relative)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("files: got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("files: got %v, want %v", got, want)
		}
	}
}
