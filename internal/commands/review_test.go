package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestExitCodes are what a gate goes by.
func TestExitCodes(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const allRisks = "aws_s3_bucket.logs # empty since March\n\naws_vpc.main\naws_subnet.a\n" +
		"# the logs are archived\naws_cloudwatch_log_group.web\naws_cloudwatch_log_group.short\n"
	digest := func(name string) string {
		path := filepath.Join(folder, name+".digest")
		runOn(t, recorded(t, name), "--digest", path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	for _, tc := range []struct {
		name, plan string
		args       []string
		want       int
	}{
		{"an ordinary change", recorded(t, "change"), nil, 0},
		{"nothing to do", recorded(t, "nothing"), nil, 0},
		{"something dangerous", recorded(t, "danger"), nil, 2},
		{"something dangerous, agreed to", recorded(t, "danger"), []string{"--allow", file("all", allRisks)}, 0},
		{"something dangerous, agreed to in part", recorded(t, "danger"),
			[]string{"--allow", file("some", "aws_vpc.main\n")}, 2},
		{"the reviewed plan", recorded(t, "change"), []string{"--expect", digest("change")}, 0},
		{"another plan than the reviewed one", recorded(t, "change"), []string{"--expect", digest("danger")}, 3},
		{"the reviewed plan, which is dangerous", recorded(t, "danger"), []string{"--expect", digest("danger")}, 2},
		{"no plan", "Plan: 1 to add", nil, 1},
		{"a list that is not there yet", recorded(t, "change"), []string{"--allow", filepath.Join(folder, "none")}, 0},
		{"something dangerous, and no list yet", recorded(t, "danger"),
			[]string{"--allow", filepath.Join(folder, "none")}, 2},
		{"a list that cannot be read", recorded(t, "change"), []string{"--allow", folder}, 1},
		{"a digest that cannot be written", recorded(t, "change"), []string{"--digest", folder}, 1},
		{"an argument too many", recorded(t, "change"), []string{"tfplan"}, 1},
		{"an unknown flag", recorded(t, "change"), []string{"--force"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := runOn(t, tc.plan, tc.args...); got != tc.want {
				t.Errorf("exit code %d, want %d", got, tc.want)
			}
		})
	}
}

// runOn runs the program, and checks that it says why it fails.
func runOn(t *testing.T, plan string, args ...string) int {
	t.Helper()
	r := run(plan, append([]string{"review"}, args...)...)
	if (r.code == 0) != (r.stderr == "") {
		t.Errorf("exit code %d, with the error %q", r.code, r.stderr)
	}
	if (r.code == 1) != (r.stdout == "") {
		t.Errorf("exit code %d, with the summary %q", r.code, r.stdout)
	}
	return r.code
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	archive, err := txtar.ParseFile("../review/testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range archive.Files {
		if section.Name == "plan.json" {
			return string(section.Data)
		}
	}
	t.Fatalf("%s has no plan", name)
	return ""
}
