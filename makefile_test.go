package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeChecksWhatATargetNeeds and no more of it. A program that is there but does not run is as good as none.
func TestMakeChecksWhatATargetNeeds(t *testing.T) {
	const fine, broken = "#!/bin/sh\necho 99.0\n", "#!/bin/sh\nexit 127\n"
	for name, tc := range map[string]struct {
		target       string
		node, python string // empty: not installed
		want         string // what it says; empty where it goes on
	}{
		"bindings need Go alone": {"bindings", "", "", ""},
		"synth needs Node": {"synth", "", "", "Node.js 20.9 or newer is needed (CDKTF runs on it), and " +
			"is not installed or does not run: https://nodejs.org"},
		"synth needs no Python": {"synth", fine, "", ""},
		"a broken Node": {"synth", broken, fine, "Node.js 20.9 or newer is needed (CDKTF runs on " +
			"it), and is not installed or does not run: https://nodejs.org"},
		"an old Node": {"synth", "#!/bin/sh\necho 18.2.0\n", "", "Node.js 20.9 or newer is needed " +
			"(CDKTF runs on it); this is 18.2.0"},
		"a broken Python": {"tools", fine, broken, "Python 3.10 or newer is needed (the local AWS " +
			"runs on it), and is not installed or does not run: https://www.python.org"},
		"an old Python": {"tools", fine, "#!/bin/sh\necho 3.9.1\n", "Python 3.10 or newer is needed " +
			"(the local AWS runs on it); this is 3.9.1"},
		"a Python that the local needs": {"tools", fine, fine, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir() // without moto, which would bring its own Python
			bin := filepath.Join(folder, "bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				t.Fatal(err)
			}
			// `make` runs go and pip for real after the checks; here these do nothing.
			programs := map[string]string{"go": "#!/bin/sh\necho go1.99.0\n", "node": tc.node, "python3": tc.python}
			for name, script := range programs {
				if script == "" {
					continue
				}
				if strings.Contains(script, "echo 99.0") && name == "python3" {
					script = "#!/bin/sh\n[ \"$1\" != -m ] || { mkdir -p .venv/bin; ln -s /bin/true .venv/bin/pip; " +
						"}\necho 99.0\n"
				}
				if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, tool := range []string{"bash", "sh", "sort", "head", "sed", "mkdir", "ln", "awk"} {
				path, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
					t.Fatal(err)
				}
			}
			makefile, err := filepath.Abs("Makefile")
			if err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "make", "-s", "-f", makefile, tc.target)
			command.Dir, command.Env = folder, []string{"PATH=" + bin}
			output, err := command.CombinedOutput()
			if (err != nil) != (tc.want != "") || !strings.Contains(string(output), tc.want) {
				t.Errorf("%v\n%s\nwant %q", err, output, tc.want)
			}
		})
	}
}
