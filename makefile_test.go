package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/subprocess"
)

// fakeGo has a version, and builds a program that prints how it was called.
const fakeGo = `#!/bin/sh
case $1 in
build) mkdir -p .tools; printf '#!/bin/sh\necho "webapp $*"\n' >.tools/webapp; chmod +x .tools/webapp ;;
env) echo go1.99.0 ;;
esac
`

// TestMakeChecksWhatATargetNeeds and no more of it. A program that is there but does not run is as good as none.
func TestMakeChecksWhatATargetNeeds(t *testing.T) {
	const fine, broken = "#!/bin/sh\necho 99.0\n", "#!/bin/sh\nexit 127\n"
	const noNode = "Node.js 20.9 or newer is needed (CDKTF runs on it), and is not installed or does not run: " +
		"https://nodejs.org"
	const installs = "Installing the local AWS (moto 5.2.1) into .venv"
	for name, tc := range map[string]struct {
		target       string // with its variables
		node, python string // empty: not installed
		fails        bool
		want         string // the first lines of what it prints
	}{
		"bindings need Go alone": {"bindings", "", "", false, ""},
		"synth needs Node":       {"synth", "", "", true, noNode},
		"synth needs no Python":  {"synth", fine, "", false, "webapp synth"},
		"a broken Node":          {"synth", broken, fine, true, noNode},
		"an old Node": {"synth", "#!/bin/sh\necho 18.2.0\n", "", true,
			"Node.js 20.9 or newer is needed (CDKTF runs on it); this is 18.2.0"},
		"a broken Python": {"tools", fine, broken, true, "Python 3.10 or newer is needed (the local AWS runs on it), " +
			"and is not installed or does not run: https://www.python.org"},
		"an old Python": {"tools", fine, "#!/bin/sh\necho 3.9.1\n", true,
			"Python 3.10 or newer is needed (the local AWS runs on it); this is 3.9.1"},
		"a Python that the local AWS needs": {"tools", fine, fine, false, installs},

		"synth of other settings": {"synth SETTINGS=shop.yaml ENVIRONMENT=prod ARGS=--outdir=x", fine, "", false,
			"webapp synth --settings shop.yaml --environment prod --outdir=x"},
		"up with other settings": {"up SETTINGS=shop.yaml", fine, fine, false,
			installs + "\nwebapp local up --settings shop.yaml"},
		"a comparison": {"simulate SERVICE=api LOAD=week COMPARE=other.yaml", "", "", false,
			"webapp simulate --service api --load week --compare other.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir() // without moto, which would bring its own Python
			bin := filepath.Join(folder, "bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				t.Fatal(err)
			}
			// After the checks, make runs go and pip; here they do nothing.
			programs := map[string]string{"go": fakeGo, "node": tc.node, "python3": tc.python}
			for name, script := range programs {
				if script == "" {
					continue
				}
				if strings.Contains(script, "echo 99.0") && name == "python3" {
					script = "#!/bin/sh\n" +
						"[ \"$1\" != -m ] || { mkdir -p .venv/bin; ln -s /bin/true .venv/bin/pip; exit; }\necho 99.0\n"
				}
				if err := subprocess.WriteScript(filepath.Join(bin, name), script); err != nil {
					t.Fatal(err)
				}
			}
			for _, tool := range []string{"bash", "sh", "sort", "head", "sed", "mkdir", "ln", "awk", "chmod"} {
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
			arguments := append([]string{"-s", "-f", makefile}, strings.Fields(tc.target)...)
			command := exec.CommandContext(t.Context(), "make", arguments...)
			command.Dir, command.Env = folder, []string{"PATH=" + bin}
			output, err := command.CombinedOutput()
			printed, _, _ := strings.Cut(string(output), "\nmake: ") // which ends with what went wrong
			if diff := cmp.Diff(tc.want, strings.TrimSpace(printed)); (err != nil) != tc.fails || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
