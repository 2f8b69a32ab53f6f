package reference

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite docs/settings.md")

const (
	page       = "../../docs/settings.md"
	begin, end = "<!-- settings: written by go test ./internal/reference -update -->\n", "<!-- end of settings -->"
)

func TestPageDescribesEverySetting(t *testing.T) {
	want, err := Markdown("../../settings")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(file), begin)
	got, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatal("docs/settings.md lacks the comments that mark where the settings go")
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+"\n"+want+"\n"+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
		t.Errorf("docs/settings.md is stale; run: go test ./internal/reference -update\n(-settings +page):\n%s", diff)
	}
}

func TestSettingWithoutDocCommentIsRefused(t *testing.T) {
	folder := t.TempDir()
	const source = "package settings\ntype Settings struct {\n" +
		"\t// Name is there.\n\tName string `yaml:\"name\"`\n\tColour string `yaml:\"colour\"`\n}\n"
	if err := os.WriteFile(folder+"/settings.go", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Markdown(folder)
	if err == nil || err.Error() != "no doc comment on colour" {
		t.Errorf("got %v, want no doc comment on colour", err)
	}
}
