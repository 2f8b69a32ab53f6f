package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goPackage is what `go list` says about a package of the project.
type goPackage struct {
	ImportPath string
	Dir        string
	Doc        string
	Imports    []string
	GoFiles    []string
}

const module = "webapp"

// path of the package's folder in the project.
func (p goPackage) path() string {
	if p.ImportPath == module {
		return "main"
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// TestArchitectureNamesEveryPackage, with its description and what it imports.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	packages := listPackages(t)
	wantGenerated(t, "docs/architecture.md", "packages", packageTable(t, packages))
	wantGenerated(t, "docs/architecture.md", "arrows", arrows(packages))
}

// listPackages returns the packages of the project without those that hold tests only.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Doc,Imports,GoFiles", "./...")
	list.Dir = project
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		p.Imports = slices.DeleteFunc(p.Imports, func(name string) bool { return !strings.HasPrefix(name, module+"/") })
		if len(p.GoFiles) > 0 {
			packages = append(packages, p)
		}
	}
}

func packageTable(t *testing.T, packages []goPackage) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| Package | What it does | Imports |\n|---|---|---|\n")
	for _, p := range packages {
		if p.Doc == "" {
			t.Errorf("package %s has no doc comment", p.path())
		}
		link := fmt.Sprintf("[%s](../%s)", p.path(), p.path())
		if p.ImportPath == module {
			link = "[main](../main.go)"
		}
		var imports []string
		for _, name := range p.Imports {
			imports = append(imports, strings.TrimPrefix(name, module+"/"))
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", link, cell(p.Doc), strings.Join(imports, ", "))
	}
	return table.String()
}

// cell makes the text of a table cell from a package's description: "Package iam writes documents" becomes
// "writes documents".
func cell(doc string) string {
	if words := strings.Fields(doc); words[0] == "Package" && len(words) > 2 {
		doc = strings.Join(words[2:], " ")
	}
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(strings.TrimSuffix(doc, ":"))
}

// arrows draws the imports below package stacks as Mermaid. An arrow that follows from others is left out.
func arrows(packages []goPackage) string {
	imports := map[string][]string{}
	for _, p := range packages {
		imports[p.ImportPath] = p.Imports
	}
	reachable := map[string]map[string]bool{}
	var reach func(name string) map[string]bool
	reach = func(name string) map[string]bool {
		if reachable[name] == nil {
			reachable[name] = map[string]bool{}
			for _, imported := range imports[name] {
				reachable[name][imported] = true
				for further := range reach(imported) {
					reachable[name][further] = true
				}
			}
		}
		return reachable[name]
	}
	const top = module + "/stacks"
	reach(top)
	var picture strings.Builder
	picture.WriteString("```mermaid\nflowchart LR\n")
	for _, p := range packages {
		if p.ImportPath != top && !reachable[top][p.ImportPath] {
			continue
		}
		for _, imported := range p.Imports {
			direct := !slices.ContainsFunc(p.Imports, func(other string) bool { return reach(other)[imported] })
			if direct {
				fmt.Fprintf(&picture, "  %s --> %s\n", node(p.path()), node(strings.TrimPrefix(imported, module+"/")))
			}
		}
	}
	picture.WriteString("```\n")
	return picture.String()
}

// node is a package in the picture: an identifier, and the name that is shown.
func node(path string) string { return fmt.Sprintf("%s[%q]", strings.ReplaceAll(path, "/", "_"), path) }
