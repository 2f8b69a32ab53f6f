package settings

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted problems in testdata/bad; review the diff")

// TestBadFileIsToldWhatIsWrong walks testdata/bad: one mistake each, with every problem line that it gets.
func TestBadFileIsToldWhatIsWrong(t *testing.T) {
	for name, bad := range badFiles(t) {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("webapp.yaml", bad.yaml, Options{Environment: bad.environment})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			checkProblems(t, problems)
			got := problems.Error() + "\n"
			if *update {
				bad.rewrite(t, got)
			} else if diff := cmp.Diff(bad.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse feeds anything: it ends in settings or in problems, never in a panic.
func FuzzParse(f *testing.F) {
	for _, bad := range badFiles(f) {
		f.Add(bad.yaml, bad.environment)
	}
	f.Add([]byte(read(f, "testdata/full.yaml")), "")
	f.Add([]byte("task: "+strings.Repeat("[", 20_000)), "")
	f.Add([]byte(`{container: {ports: "a\nb"}, logs: "a\nb", "a\rb": !!int "a\nb"}`), "a\nb")
	f.Fuzz(func(t *testing.T, data []byte, environment string) {
		all, err := Parse("webapp.yaml", data, Options{Environment: environment})
		var problems Problems
		switch {
		case err == nil && len(all) > 0:
		case all == nil && errors.As(err, &problems):
			checkProblems(t, problems)
		default:
			t.Errorf("got %d settings and %v", len(all), err)
		}
	})
}

var (
	goNames = regexp.MustCompile(`\b(settings\.[A-Z]\w*|reflect|u?int(8|16|32|64)?|float(32|64)|` +
		`bool|struct|slice|nil)\b|map\[|yaml: `)
	quotedValues = regexp.MustCompile(`"(\\.|[^"\\])*"`)
)

// checkProblems checks what is true of every problem: it is of the file, in its order, and one plain sentence.
func checkProblems(t *testing.T, problems Problems) {
	t.Helper()
	if len(problems) == 0 {
		t.Error("an error without a problem")
	}
	inOrder := func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	}
	if !slices.IsSortedFunc(problems, inOrder) {
		t.Errorf("not in the file's order:\n%v", problems)
	}
	for _, p := range problems {
		// Only an empty file, and an environment that a file without environments is asked for, are nowhere in it.
		nowhere := strings.HasPrefix(p.Message, "the file is empty") || strings.HasPrefix(p.Message, "environment ")
		switch {
		case p.File != "webapp.yaml":
			t.Errorf("of the file %q: %v", p.File, p)
		case (p.Line < 1 || p.Column < 1) && !nowhere:
			t.Errorf("has no place: %v", p)
		case strings.ContainsAny(p.String(), "\n\r\x00"):
			t.Errorf("more than one line, or not finished: %q", p)
		case p.Message == "" || strings.HasSuffix(p.Message, "."):
			t.Errorf("ends with a period or says nothing: %v", p)
		case goNames.MatchString(quotedValues.ReplaceAllString(p.Message, "")):
			t.Errorf("talks Go: %v", p)
		}
	}
}

// badFile is one file of testdata/bad. The text before its first section says who refuses it, and why.
type badFile struct {
	path        string
	archive     *txtar.Archive
	yaml        []byte
	environment string // the only one to load; usually empty
	want        string
}

func badFiles(t testing.TB) map[string]badFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d bad files: %v", len(paths), err)
	}
	files := map[string]badFile{}
	for _, path := range paths {
		bad := badFile{path: path}
		if bad.archive, err = txtar.ParseFile(path); err != nil {
			t.Fatal(err)
		}
		if len(bad.archive.Comment) == 0 {
			t.Errorf("%s does not say why", path)
		}
		for _, section := range bad.archive.Files {
			switch section.Name {
			case "webapp.yaml":
				bad.yaml = section.Data
			case "environment":
				bad.environment = strings.TrimSpace(string(section.Data))
			case "want":
				bad.want = string(section.Data)
			default:
				t.Errorf("%s: unknown section %q", path, section.Name)
			}
		}
		files[strings.TrimSuffix(filepath.Base(path), ".txtar")] = bad
	}
	return files
}

func (b badFile) rewrite(t *testing.T, want string) {
	t.Helper()
	for i, section := range b.archive.Files {
		if section.Name == "want" {
			b.archive.Files[i].Data = []byte(want)
		}
	}
	if err := os.WriteFile(b.path, txtar.Format(b.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
