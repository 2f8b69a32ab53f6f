package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the summaries in testdata; review the diff")

const project = "../.."

// simulate runs the command on the article's settings, without a page unless the arguments name one.
func simulate(args ...string) (string, error) {
	var output bytes.Buffer
	err := run(append([]string{"-settings", filepath.Join(project, "webapp.yaml"), "-page", ""}, args...), &output)
	return output.String(), err
}

// TestSummary shows what a person reads in the terminal.
func TestSummary(t *testing.T) {
	csv := filepath.Join("testdata", "load.csv")
	for name, args := range map[string]string{
		"flash-crowd": "-base 20 -peak 220",
		"compare":     "-base 20 -peak 220 -compare " + filepath.Join(project, "examples", "scaling.yaml"),
		"recommend":   "-base 20 -peak 220 -recommend -p99 500ms",
		"csv":         "-load " + csv,
		"metrics":     "-metrics " + filepath.Join("testdata", "metrics.json"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := simulate(strings.Fields(args)...)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".txt")
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
	if _, err := simulate("-page", file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("page: %v, %v", info, err)
	}
}

func TestMistakesOfTheCommandLineAreTold(t *testing.T) {
	for _, tc := range []struct{ want, args string }{
		{"no built-in load", "-load tsunami"},
		{"no service", "-service api"},
		{"there is no environment", "-environment prod"},
		{"write a -base", "-base 10 -peak 5"},
		{"capacity", "-capacity -1 -peak 10 -base 1"},
		{"no such file", "-metrics missing.json"},
		{"no option", "surplus"},
	} {
		if output, err := simulate(strings.Fields(tc.args)...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want it to say %q\n%s", tc.args, err, tc.want, output)
		}
	}
}
