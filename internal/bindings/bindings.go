// Package bindings makes smaller and faster copies of the Go modules that synthesize.
//
// The AWS provider's module has 2,100 packages, and a tarball with 120 MB of type information that jsii loads at every
// start of every program and test. Cut down to the resources in use, with each npm package's JavaScript in one file, a
// synth takes a fraction of the time, with the same result to the byte.
//
//	go.mod, imports ──► Plan ──► Write ──► generated/bindings   smaller modules of the same names
//	                                   └─► go.work              has every go command here use them
//
// Nothing depends on what is written: without it everything works, only slower. Both are ignored by git.
package bindings

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/dirhash"

	"webapp/internal/snapshot"
)

const (
	// Provider is the module whose packages are cut down to those in use.
	Provider    = "github.com/cdktf/cdktf-provider-aws-go/aws/v19"
	cdktfModule = "github.com/hashicorp/terraform-cdk-go/cdktf"

	// Folder is where the modules go, below the project's root.
	Folder = "generated/bindings"

	// resources is where jsii's own module has its JavaScript.
	resources = "internal/embedded/resources"

	// workspace is Go's own means to replace a module without touching go.mod.
	workspace = "go.work"

	stamp = "stamp"
)

// modules are those that are replaced, each with the folder it goes to and what makes its copy smaller.
var modules = []struct {
	path, folder string
	shrink       func(p Plan, source, target string) error
}{
	{Provider, "aws", Plan.shrinkProvider},
	{cdktfModule, "cdktf", Plan.shrinkPackage},
	{"github.com/aws/constructs-go/constructs/v10", "constructs", Plan.shrinkPackage},
	{"github.com/aws/jsii-runtime-go", "jsii-runtime", Plan.shrinkRuntime},
}

// Plan is what a project needs of the modules.
type Plan struct {
	Versions []string // of the modules, as in go.mod
	Snapshot string   // its stamp
	Packages []string // the names of the provider's imported packages, sorted
}

// NewPlan reads a project's imports, tests' included, and the modules' versions.
func NewPlan(ctx context.Context, project string) (Plan, error) {
	var p Plan
	list := []string{"list", "-m", "-f", "{{.Version}}"}
	for _, module := range modules {
		list = append(list, module.path)
	}
	versions, err := goCommand(ctx, project, list...)
	if err != nil {
		return p, err
	}
	p.Versions, p.Snapshot = strings.Fields(versions), snapshot.Stamp()
	imports, err := goCommand(ctx, project, "list", "-e", "-f",
		`{{range .Imports}}{{.}} {{end}}`+
			`{{range .TestImports}}{{.}} {{end}}`+
			`{{range .XTestImports}}{{.}} {{end}}`, "./...")
	if err != nil {
		return p, err
	}
	for _, path := range strings.Fields(imports) {
		if name, ok := strings.CutPrefix(path, Provider+"/"); ok && name != "jsii" {
			p.Packages = append(p.Packages, name)
		}
	}
	slices.Sort(p.Packages)
	p.Packages = slices.Compact(p.Packages)
	return p, nil
}

// Fresh says whether what stands below a root is what the plan would write.
func (p Plan) Fresh(root string) bool {
	written, err := os.ReadFile(filepath.Join(root, Folder, stamp))
	if err != nil {
		return false
	}
	expected, err := p.stamp(filepath.Join(root, Folder))
	if err != nil || string(written) != expected {
		return false
	}
	_, err = os.Stat(filepath.Join(root, workspace))
	return err == nil
}

// stamp changes with everything that the output depends on, and with the output itself, of which a full disk may have
// kept a part; format counts the changes of this package's output.
func (p Plan) stamp(folder string) (string, error) {
	const format = 10
	files, err := dirhash.DirFiles(folder, "")
	if err != nil {
		return "", err
	}
	files = slices.DeleteFunc(files, func(name string) bool { return name == stamp })
	written, err := dirhash.Hash1(files,
		func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(folder, name)) })
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, format, p, entryPoint, written))
	return hex.EncodeToString(sum[:]) + "\n", nil
}

// Write makes the modules below a root, and the workspace that has the project use them. They are taken from Go's
// module cache, which checked them against go.sum.
func (p Plan) Write(ctx context.Context, project, root string) error {
	folder := filepath.Join(root, Folder)
	// It is made beside the old one and moved when it is complete, so that a build sees the old one or the new one.
	fresh := folder + ".new"
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	err := errors.Join(p.writeModules(ctx, project, fresh), p.writeWorkspace(project, root, fresh))
	if err == nil {
		err = writeSnapshot(ctx, fresh)
	}
	if err == nil {
		err = p.writeStamp(fresh)
	}
	if err != nil {
		return fmt.Errorf("making the bindings smaller: %w", errors.Join(err, os.RemoveAll(fresh)))
	}
	if err := errors.Join(os.RemoveAll(folder), os.Rename(fresh, folder)); err != nil {
		return err
	}
	// A link into the folder, so that deleting the folder deletes the workspace too.
	link := filepath.Join(root, workspace)
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(filepath.Join(Folder, workspace), link)
}

func (p Plan) writeModules(ctx context.Context, project, target string) error {
	for _, module := range modules {
		// Downloads nothing where the cache has it.
		downloaded, err := goCommand(ctx, project, "mod", "download", "-json", module.path)
		if err != nil {
			return err
		}
		var found struct{ Dir string }
		if err := json.Unmarshal([]byte(downloaded), &found); err != nil {
			return fmt.Errorf("finding %s: %w", module.path, err)
		}
		if err := module.shrink(p, found.Dir, filepath.Join(target, module.folder)); err != nil {
			return fmt.Errorf("%s: %w", module.path, err)
		}
	}
	return nil
}

// writeSnapshot has Node load what was written once for all. Where it cannot, synthesis takes longer.
func writeSnapshot(ctx context.Context, folder string) error {
	program, err := os.ReadFile(filepath.Join(folder, "jsii-runtime", resources, "lib", "program.js"))
	if err != nil {
		return err
	}
	contents := snapshot.Contents{Program: string(program), Packages: map[string]snapshot.Package{}}
	for _, module := range modules {
		tarballs, err := filepath.Glob(filepath.Join(folder, module.folder, "jsii", "*.tgz"))
		if err != nil {
			return err
		}
		for _, tarball := range tarballs {
			files, err := readAll(tarball)
			if err != nil {
				return err
			}
			var manifest struct{ Name string }
			if err := json.Unmarshal(files[manifestFile], &manifest); err != nil {
				return fmt.Errorf("reading %s: %w", tarball, err)
			}
			contents.Packages[manifest.Name] = snapshot.Package{
				Script: string(files[indexFile]), Types: string(files[assemblyFile]),
			}
		}
	}
	target := filepath.Join(folder, filepath.Base(snapshot.Folder))
	err = snapshot.Write(ctx, target, contents)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "Synthesis will take longer: %v\n", err)
		return os.RemoveAll(target)
	}
	return err
}

func (p Plan) writeStamp(folder string) error {
	text, err := p.stamp(folder)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, stamp), []byte(text), 0o644)
}

// shrinkProvider copies the packages in use, and the npm package with what these need.
func (p Plan) shrinkProvider(source, target string) error {
	if err := p.writeStubs(source, target); err != nil {
		return err
	}
	for _, name := range append([]string{"jsii"}, p.Packages...) {
		if err := os.CopyFS(filepath.Join(target, name), os.DirFS(filepath.Join(source, name))); err != nil {
			return err
		}
	}
	for _, name := range []string{"go.mod", "LICENSE"} {
		if err := copyFile(filepath.Join(source, name), filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return p.shrinkTarball(target, Plan.cutToUse)
}

// shrinkPackage copies a module whose npm package is needed whole.
func (p Plan) shrinkPackage(source, target string) error {
	if err := os.CopyFS(target, os.DirFS(source)); err != nil {
		return err
	}
	return p.shrinkTarball(target, Plan.whole)
}

// entryPoint is what Node starts, in place of jsii's own.
//
//go:embed runtime/jsii-runtime.js
var entryPoint []byte

// shrinkRuntime copies jsii's own module with another entry point, and without the source maps that every start of a
// program would write to a temporary folder.
func (p Plan) shrinkRuntime(source, target string) error {
	if err := os.CopyFS(target, os.DirFS(source)); err != nil {
		return err
	}
	entry := filepath.Join(target, resources, "bin", "jsii-runtime.js")
	return errors.Join(
		os.Rename(entry, filepath.Join(filepath.Dir(entry), "jsii-runtime-two.js")),
		os.WriteFile(entry, entryPoint, 0o644),
		os.Remove(entry+".map"),
		os.Remove(filepath.Join(target, resources, "lib", "program.js.map")),
	)
}

// stub takes the place of a package that is not in use. Somebody who imports it gets the compiler's error with this
// text in it, instead of Go's advice to get a module that is there already.
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
		if err := os.MkdirAll(filepath.Join(target, name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(target, name, "stub.go"),
			fmt.Appendf(nil, stub, name), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeWorkspace replaces these versions of the modules only: with another one in go.mod a module is used whole again.
// Its paths are relative to the root, where Go finds it.
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
	var text strings.Builder
	fmt.Fprintf(&text, "// Written by make bindings; safe to delete. See internal/bindings.\n%s\nuse %s\n",
		goLine.Find(goMod), use)
	for i, module := range modules {
		fmt.Fprintf(&text, "\nreplace %s %s => ./%s/%s\n", module.path, p.Versions[i], Folder, module.folder)
	}
	return os.WriteFile(filepath.Join(folder, workspace), []byte(text.String()), 0o644)
}

// goLine is the line of go.mod that names the language's version.
var goLine = regexp.MustCompile(`(?m)^go .*\n`)

// goCommand runs go in the project, without any workspace: the whole modules are what counts here.
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
