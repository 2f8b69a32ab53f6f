// Package bindings cuts the AWS provider's Go module down to the resources that a program uses.
//
// The whole module has 2,100 packages, and a tarball with 120 MB of type information that jsii loads at every start of
// every program and test. Cut down, a synth takes a fraction of the time, with the same result to the byte.
//
//	go.mod, imports ──► Plan ──► Write ──► generated/<Folder>   the same module path and version, fewer packages
//	                                   └─► go.work              has every go command here use it
//
// Nothing depends on what is written: without it everything works, only slower. Both are ignored by git.
package bindings

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	// Module is the provider's Go bindings.
	Module = "github.com/cdktf/cdktf-provider-aws-go/aws/v19"

	// Folder is where the cut-down module goes, below the project's root.
	Folder = "generated/aws-bindings"

	// workspace is Go's own means to replace a module without touching go.mod.
	workspace = "go.work"

	stamp = "stamp"
)

// Plan is what a project needs of the provider's bindings.
type Plan struct {
	Version  string   // of the module, as in go.mod
	Packages []string // the imported packages' names, sorted
}

// NewPlan reads a project's imports, tests' included, and the module's version.
func NewPlan(ctx context.Context, project string) (Plan, error) {
	version, err := goCommand(ctx, project, "list", "-m", "-f", "{{.Version}}", Module)
	if err != nil {
		return Plan{}, err
	}
	imports, err := goCommand(ctx, project, "list", "-e", "-f",
		`{{range .Imports}}{{.}} {{end}}{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}`, "./...")
	if err != nil {
		return Plan{}, err
	}
	var packages []string
	for _, path := range strings.Fields(imports) {
		if name, ok := strings.CutPrefix(path, Module+"/"); ok && name != "jsii" {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	return Plan{Version: strings.TrimSpace(version), Packages: slices.Compact(packages)}, nil
}

// Fresh says whether what stands below a root is what the plan would write.
func (p Plan) Fresh(root string) bool {
	written, err := os.ReadFile(filepath.Join(root, Folder, stamp))
	if err != nil || string(written) != p.stamp() {
		return false
	}
	_, err = os.Stat(filepath.Join(root, workspace))
	return err == nil
}

// stamp changes with everything that the output depends on; format counts the changes of this package's output.
func (p Plan) stamp() string {
	const format = 1
	sum := sha256.Sum256(fmt.Append(nil, format, p))
	return hex.EncodeToString(sum[:]) + "\n"
}

// Write makes the cut-down module below a root, and the workspace that has the project use it. The module is taken from
// Go's module cache, which checked it against go.sum.
func (p Plan) Write(ctx context.Context, project, root string) error {
	downloaded, err := goCommand(ctx, project, "mod", "download", "-json", Module) // nothing where the cache has it
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(downloaded), &module); err != nil {
		return fmt.Errorf("finding the AWS bindings: %w", err)
	}
	folder := filepath.Join(root, Folder)
	// Made beside it and moved when it is complete: whoever builds meanwhile sees the old one or the new one.
	fresh := folder + ".new"
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	if err := errors.Join(p.writeModule(module.Dir, fresh), p.writeWorkspace(project, root, fresh)); err != nil {
		return fmt.Errorf("cutting the AWS bindings down: %w", errors.Join(err, os.RemoveAll(fresh)))
	}
	if err := errors.Join(os.RemoveAll(folder), os.Rename(fresh, folder)); err != nil {
		return err
	}
	// A link into the folder: whoever deletes the folder deletes the workspace with it.
	link := filepath.Join(root, workspace)
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(filepath.Join(Folder, workspace), link)
}

func (p Plan) writeModule(source, target string) error {
	if err := p.writeStubs(source, target); err != nil {
		return err
	}
	for _, name := range p.Packages {
		if err := os.CopyFS(filepath.Join(target, name), os.DirFS(filepath.Join(source, name))); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(target, "jsii"), 0o755); err != nil {
		return err
	}
	tarballs, err := filepath.Glob(filepath.Join(source, "jsii", "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		return fmt.Errorf("%d tarballs in %s, %w", len(tarballs), source, err)
	}
	if err := p.cutTarball(tarballs[0], filepath.Join(target, "jsii", filepath.Base(tarballs[0]))); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "LICENSE", filepath.Join("jsii", "jsii.go")} {
		if err := copyFile(filepath.Join(source, name), filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(target, stamp), []byte(p.stamp()), 0o644)
}

// stub takes the place of a package that is not in use. Somebody who imports it gets the compiler's error with this text in
// it, instead of Go's advice to get a module that is there already.
const stub = `package %s

var _ int = "this package is not in the cut-down AWS bindings yet: run make bindings, and try again"
`

func (p Plan) writeStubs(source, target string) error {
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || name == "jsii" || slices.Contains(p.Packages, name) {
			continue
		}
		if err := os.Mkdir(filepath.Join(target, name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(target, name, "stub.go"), fmt.Appendf(nil, stub, name), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeWorkspace replaces this version of the module only: with another one in go.mod the whole module is used again. Its
// paths are relative to the root, where Go finds it.
func (p Plan) writeWorkspace(project, root, folder string) error {
	goMod, err := os.ReadFile(filepath.Join(project, "go.mod"))
	if err != nil {
		return err
	}
	use, err := filepath.Abs(project)
	if err != nil {
		return err
	}
	if project == root {
		use = "."
	}
	text := fmt.Sprintf("// Written by make bindings; safe to delete. See internal/bindings.\n%s\nuse %s\n\nreplace %s %s => ./%s\n",
		goLine.Find(goMod), use, Module, p.Version, Folder)
	return os.WriteFile(filepath.Join(folder, workspace), []byte(text), 0o644)
}

// goLine is the line of go.mod that names the language's version.
var goLine = regexp.MustCompile(`(?m)^go .*\n`)

// goCommand runs go in the project, without any workspace: the whole module is what counts here.
func goCommand(ctx context.Context, project string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = project
	command.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("running go %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(output), nil
}

func copyFile(source, target string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644)
}
