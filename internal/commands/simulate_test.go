package commands

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the summaries in testdata; review the diff")

// simulateExample runs simulate or recommend on the example service, without a page unless the arguments name one.
func simulateExample(command string, args ...string) result {
	file := filepath.Join(project, "examples", "webapp.yaml")
	return run("", append([]string{command, "--settings", file, "--page", ""}, args...)...)
}

// TestSummary shows what a person reads in the terminal.
func TestSummary(t *testing.T) {
	testdata := filepath.Join("testdata", "simulate")
	for name, args := range map[string]string{
		"flash-crowd": "simulate --base 20 --peak 220",
		"compare":     "simulate --base 20 --peak 220 --compare " + filepath.Join(project, "examples", "scaling.yaml"),
		"recommend":   "recommend --base 20 --peak 220 --p99 500ms",
		"csv":         "simulate --load " + filepath.Join(testdata, "load.csv"),
		"metrics":     "simulate --metrics " + filepath.Join(testdata, "metrics.json"),
	} {
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(args)
			r := simulateExample(words[0], words[1:]...)
			if r.code != 0 {
				t.Fatal(r.stderr)
			}
			got := r.stdout
			golden := filepath.Join(testdata, name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageIsWrittenWhereItIsWanted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "below", "page.html")
	if r := simulateExample("simulate", "--page", file); r.code != 0 {
		t.Fatal(r.stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("page: %v, %v", info, err)
	}
}

func TestMistakesOfASimulationAreReported(t *testing.T) {
	for _, tc := range []struct{ want, args string }{
		{"\"tsunami\" is not a built-in load", "--load tsunami"},
		{"no service", "--service api"},
		{"there is no environment", "--environment prod"},
		{"write a --base", "--base 10 --peak 5"},
		{"capacity", "--capacity -1 --peak 10 --base 1"},
		{"no such file", "--metrics missing.json"},
		{"unexpected argument", "surplus"},
	} {
		for _, command := range []string{"simulate", "recommend"} {
			if r := simulateExample(command, strings.Fields(tc.args)...); r.code != 1 || !strings.Contains(r.stderr, tc.want) {
				t.Errorf("%s: exit code %d, %s\nwant it to say %q", tc.args, r.code, r.stderr, tc.want)
			}
		}
	}
}
