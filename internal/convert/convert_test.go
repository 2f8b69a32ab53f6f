package convert

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"webapp/settings"
)

var update = flag.Bool("update", false, "rewrite the wanted files in testdata; review the diff")

// wantSettings and wantNotes are the files of a case that are written by the test. All others are its input.
const (
	wantSettings = "want/webapp.yaml"
	wantNotes    = "want/notes"
)

// TestConvert walks testdata: inputs of each tool, with the settings file and the notes that they become. The folder
// names the tool, and the first file of a case is what is converted. Where the file's folder is named copilot, it is
// the folder.
func TestConvert(t *testing.T) {
	eachCase(t, func(t *testing.T, tool, file string, archive *txtar.Archive) {
		input, want := inputOf(archive)
		result := convertIn(t, tool, input)
		checkValid(t, result)
		got := map[string]string{wantSettings: string(result.Settings), wantNotes: lines(result.Notes)}
		if *update {
			archive.Files = append(slices.Clone(input), txtar.File{Name: wantSettings, Data: result.Settings},
				txtar.File{Name: wantNotes, Data: []byte(lines(result.Notes))})
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got), go test -update rewrites it:\n%s", diff)
		}
	})
}

// eachCase runs a test for each case in testdata.
func eachCase(t *testing.T, test func(t *testing.T, tool, file string, archive *txtar.Archive)) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := filepath.Glob(filepath.Join(here, "testdata/*/*.txtar"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		tool := filepath.Base(filepath.Dir(file))
		t.Run(tool+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			test(t, tool, file, archive)
		})
	}
}

func inputOf(archive *txtar.Archive) (input []txtar.File, want map[string]string) {
	want = map[string]string{}
	for _, file := range archive.Files {
		if strings.HasPrefix(file.Name, "want/") {
			want[file.Name] = string(file.Data)
		} else {
			input = append(input, file)
		}
	}
	return input, want
}

// convertIn converts files in a folder of their own, whose name is shop.
func convertIn(t testing.TB, tool string, input []txtar.File) Result {
	t.Helper()
	result, err := tryIn(t, tool, input)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func tryIn(t testing.TB, tool string, input []txtar.File) (Result, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	for _, file := range input {
		path := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	switch first := input[0].Name; tool {
	case "compose":
		return Compose(first, Options{})
	case "copilot":
		return Copilot("copilot", Options{})
	default:
		return AppRunner(first, Options{})
	}
}

// checkValid fails unless the settings check accepts the file.
func checkValid(t testing.TB, result Result) {
	t.Helper()
	if _, err := settings.Parse("webapp.yaml", result.Settings, settings.Options{}); err != nil {
		t.Errorf("the check refuses what was written:\n%v\n%s", err, result.Settings)
	}
}

func lines(notes []Note) string {
	var b strings.Builder
	for _, note := range notes {
		b.WriteString(note.String() + "\n")
	}
	return b.String()
}
