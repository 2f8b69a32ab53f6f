package bindings

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/snapshot"
)

const project = "../.."

// TestOutputIsTheSameWithAndWithoutTheCut synthesizes every settings file of the project with the whole bindings, and
// with the cut-down ones and a snapshot as users do, and compares every byte. The snapshot has what the cut-down ones
// load, and nothing of what the whole ones do: a few files show that each does without the other.
func TestOutputIsTheSameWithAndWithoutTheCut(t *testing.T) {
	root := existing(t)
	files, err := filepath.Glob(filepath.Join(project, "examples", "*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	few := files[:2]
	node := snapshot.Launcher(filepath.Join(root, snapshot.Folder))
	if node == "" {
		t.Log("this Node makes no snapshots")
		node = "node"
	}
	whole, cut := build(t, "off"), build(t, filepath.Join(root, workspace))
	want := synthesize(t, "node", whole, files)
	for _, file := range files {
		if written := filepath.Join(filepath.Base(file), "manifest.json"); want[written] == "" {
			t.Errorf("nothing is written of %s", file)
		}
	}
	wantOfFew := maps.Clone(want)
	maps.DeleteFunc(wantOfFew, func(written, _ string) bool {
		return !slices.ContainsFunc(few, func(file string) bool {
			return strings.HasPrefix(written, filepath.Base(file)+string(filepath.Separator))
		})
	})
	for _, other := range []struct {
		name, node, program string
		files               []string
		want                map[string]string
	}{
		{"cut, snapshot", node, cut, files, want},
		{"cut", "node", cut, few, wantOfFew},
		{"whole, snapshot", node, whole, few, wantOfFew},
	} {
		if diff := cmp.Diff(other.want, synthesize(t, other.node, other.program, other.files)); diff != "" {
			t.Errorf("output (-whole +%s):\n%s", other.name, diff)
		}
	}
}

// existing returns where the bindings of the project's plan are. make bindings has written them before make runs tests,
// and what is compiled with them is not compiled again.
func existing(t *testing.T) (root string) {
	t.Helper()
	plan, err := NewPlan(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	root, err = filepath.Abs(project)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fresh(root) {
		return root
	}
	_, root = write(t, func(*Plan) {})
	return root
}

// TestBindingsOfOnePackage: what becomes of bindings that lack an import, are damaged, or are deleted. All three tests
// share them, since writing them takes seconds.
func TestBindingsOfOnePackage(t *testing.T) {
	plan, root := write(t, func(p *Plan) { p.Packages = []string{"vpc"} })
	t.Run("a new import is told what to do", func(t *testing.T) {
		now, err := NewPlan(t.Context(), project)
		if err != nil {
			t.Fatal(err)
		}
		if now.Fresh(root) {
			t.Error("bindings that lack an import are fresh")
		}
		wantStub(t, root, "lb")
	})
	t.Run("damaged ones are made again", func(t *testing.T) { wantDamageNoticed(t, plan, root) })
	t.Run("deleted ones leave no workspace", func(t *testing.T) {
		// The link to the workspace leads nowhere, which Go takes as none.
		if err := os.RemoveAll(filepath.Join(root, Folder)); err != nil {
			t.Fatal(err)
		}
		environment := exec.CommandContext(t.Context(), "go", "env", "GOWORK")
		environment.Dir = root
		output, err := environment.Output()
		if got := string(bytes.TrimSpace(output)); err != nil || got != "" {
			t.Errorf("the workspace is %q, %v", got, err)
		}
	})
}

// wantStub compiles a package that the bindings do not have: the compiler's message names the way out.
func wantStub(t *testing.T, root, name string) {
	t.Helper()
	compile := exec.CommandContext(t.Context(), "go", "build", Provider+"/"+name)
	compile.Dir = project
	compile.Env = append(os.Environ(), "GOWORK="+filepath.Join(root, workspace))
	output, err := compile.CombinedOutput()
	if err == nil {
		t.Fatal("a package that is not there compiles")
	}
	_, message, _ := strings.Cut(string(output), `"`)
	message, _, _ = strings.Cut(message, `"`)
	const want = "this package is not in the cut-down AWS bindings yet: run make bindings, and try again"
	if message != want {
		t.Errorf("got %q, want %q in\n%s", message, want, output)
	}
}

// wantDamageNoticed cuts, changes and deletes a file.
func wantDamageNoticed(t *testing.T, plan Plan, root string) {
	t.Helper()
	file := filepath.Join(root, Folder, "aws", "vpc", "Vpc.go")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"cut":     func() error { return os.WriteFile(file, text[:len(text)/2], 0o600) },
		"changed": func() error { return os.WriteFile(file, bytes.ToUpper(text), 0o600) },
		"gone":    func() error { return os.Remove(file) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if plan.Fresh(root) {
			t.Errorf("bindings with a file that is %s are fresh", name)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if !plan.Fresh(root) {
			t.Error("the bindings are not fresh as they were written")
		}
	}
}

// write makes the bindings of the project's plan, changed, below a folder of the test's own.
func write(t *testing.T, change func(*Plan)) (Plan, string) {
	t.Helper()
	plan, err := NewPlan(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	change(&plan)
	root := t.TempDir()
	if plan.Fresh(root) {
		t.Error("an empty folder is fresh")
	}
	if err := plan.Write(t.Context(), project, root); err != nil {
		t.Fatal(err)
	}
	if !plan.Fresh(root) {
		t.Error("what was just written is not fresh")
	}
	return plan, root
}

func build(t *testing.T, workspace string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "synthall")
	compile := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-w", "-o", program,
		"./internal/bindings/testdata/synthall")
	compile.Dir = project
	compile.Env = append(os.Environ(), "GOWORK="+workspace)
	if output, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return program
}

// synthesize returns every file that the program, with this Node, writes of the settings files, by its name.
func synthesize(t *testing.T, node, program string, settings []string) map[string]string {
	t.Helper()
	out := t.TempDir()
	arguments := []string{out}
	for _, file := range settings {
		absolute, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, absolute)
	}
	run := exec.CommandContext(t.Context(), program, arguments...)
	run.Dir = project
	run.Env = append(os.Environ(), snapshot.JSIINode+"="+node)
	if output, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	written := map[string]string{}
	err := fs.WalkDir(os.DirFS(out), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(out, path))
		written[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return written
}
