// Package docs holds the tests of the documentation: its links, and the parts that are generated from the code.
package docs

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the generated parts of README.md and docs/architecture.md")

const project = ".."

// pages returns the Markdown files of the project, by their path in it.
func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(project), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(otherPeoples, entry.Name()):
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			found = append(found, path)
		}
		return nil
	})
	if err != nil || len(found) < 20 {
		t.Fatalf("%d pages, %v", len(found), err)
	}
	return found
}

// otherPeoples are folders that tools write. Git ignores them.
var otherPeoples = []string{".git", ".local", ".tools", ".venv", "bindings", "bindings.new", "cdktf.out",
	"node_modules", "testdata"}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(project, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// TestLinksLeadToFiles checks every relative link of every page, and the heading behind its #.
func TestLinksLeadToFiles(t *testing.T) {
	for _, page := range pages(t) {
		text := code.ReplaceAllString(fence.ReplaceAllString(read(t, page), ""), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(match[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(project, target)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, match[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s: the link %s leads to no heading", page, match[1])
			}
		}
	}
}

// anchors returns the names that GitHub gives to a page's headings.
func anchors(page string) []string {
	var names []string
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		var name strings.Builder
		for _, r := range strings.ToLower(match[1]) {
			switch {
			case r == ' ':
				name.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				name.WriteRune(r)
			}
		}
		names = append(names, name.String())
	}
	return names
}

// TestIndexListsEveryPage checks that a reader can find each page of this folder.
func TestIndexListsEveryPage(t *testing.T) {
	wantLinks(t, "docs/README.md", "docs/*.md", "")
}

// TestExamplesAreListed with their diagrams.
func TestExamplesAreListed(t *testing.T) {
	wantLinks(t, "examples/README.md", "examples/*.yaml", "")
	wantLinks(t, "examples/README.md", "docs/diagrams/*.md", "../docs/diagrams/")
}

// wantLinks fails if a page does not link to each of the files.
func wantLinks(t *testing.T, page, pattern, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(project, pattern))
	if err != nil || len(files) < 10 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	text := read(t, page)
	for _, file := range files {
		if name := filepath.Base(file); name != filepath.Base(page) && !strings.Contains(text, "]("+folder+name+")") {
			t.Errorf("%s does not link to %s", page, name)
		}
	}
}

// TestREADMEIsShort enough to be read.
func TestREADMEIsShort(t *testing.T) {
	if got := len(read(t, "README.md")); got > 10240 {
		t.Errorf("README.md has %d bytes, want at most 10240: move details to docs", got)
	}
}

// TestREADMEShowsTheExample: its settings file and its picture are those of examples/webapp.yaml.
func TestREADMEShowsTheExample(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "docs/diagrams/webapp.md"), "```mermaid\n")
	picture, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/diagrams/webapp.md has no picture")
	}
	wantGenerated(t, "README.md", "picture", "```mermaid\n"+picture+"```\n")
	_, settings, _ := strings.Cut(read(t, "examples/webapp.yaml"), "# yaml-language-server")
	const schema = "# webapp.yaml\n# yaml-language-server: $schema=generated/webapp.schema.json\n"
	_, settings, _ = strings.Cut(settings, "\n")
	wantGenerated(t, "README.md", "example", "```yaml\n"+schema+settings+"```\n")
}

// wantGenerated compares a generated part of a page with what the code says, or writes it.
func wantGenerated(t *testing.T, page, part, want string) {
	t.Helper()
	begin := fmt.Sprintf("<!-- %s: written by go test ./docs -update -->\n", part)
	end := fmt.Sprintf("<!-- end of %s -->", part)
	text := read(t, page)
	before, rest, found := strings.Cut(text, begin)
	got, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s lacks %s… %s", page, begin, end)
	}
	if *update {
		text := before + begin + "\n" + want + "\n" + end + after
		if err := os.WriteFile(filepath.Join(project, page), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, strings.TrimPrefix(strings.TrimSuffix(got, "\n"), "\n")); diff != "" {
		t.Errorf("%s is stale; run: go test ./docs -update\n(-code +page):\n%s", page, diff)
	}
}
