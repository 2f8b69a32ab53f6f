package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/subprocess"
)

// machine is a machine to run the program on: a folder, a folder for temporary files, and a node that a test chooses.
type machine struct {
	folder, temporary, bin string
	shell                  string // the program within a shell's command
}

func newMachine(t *testing.T, node string) machine {
	t.Helper()
	m := machine{folder: t.TempDir(), temporary: t.TempDir(), bin: t.TempDir(), shell: `exec "$0"`}
	const settings = "name: shop\ncontainer: {image: nginx, ports: [80]}\n"
	if err := os.WriteFile(filepath.Join(m.folder, "webapp.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if node != "" {
		script := "#!/bin/sh\n" + node + "\n"
		if err := subprocess.WriteScript(filepath.Join(m.bin, "node"), script); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// fails runs the program, which must fail with one message and leave nothing behind.
func (m machine) fails(t *testing.T, code int, want string, environment ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	command := exec.CommandContext(t.Context(), "/bin/sh", "-c", m.shell, program)
	command.Dir, command.Stdout, command.Stderr = m.folder, &stdout, &stderr
	path := m.bin + string(os.PathListSeparator) + os.Getenv("PATH")
	command.Env = append(append(os.Environ(), "TMPDIR="+m.temporary, "PATH="+path), environment...)
	err := command.Run()
	if command.ProcessState.ExitCode() != code {
		t.Errorf("exit code %d, %v, want %d", command.ProcessState.ExitCode(), err, code)
	}
	said := regexp.MustCompile(`/\S+/webapp-[0-9]+/[^:]*`).ReplaceAllString(stderr.String(), "FILE")
	if diff := cmp.Diff(want+"\n", said); diff != "" {
		t.Errorf("standard error (-want +got):\n%s", diff)
	}
	if stdout.Len() > 0 {
		t.Errorf("standard output: %s", stdout.String())
	}
	m.isClean(t)
}

func (m machine) isClean(t *testing.T) {
	t.Helper()
	for folder, want := range map[string]int{m.folder: 1, m.temporary: 0} {
		left, err := os.ReadDir(folder)
		if err != nil || len(left) != want {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

const nodeEnded = "the Node.js that CDKTF runs in ended before the stacks were complete: it was killed, lacks " +
	"memory, or does not work; " +
	"see that `node --version` prints 20.9 or newer and that 500 MB of memory are free, and run again"

// TestSignalLeavesNothingBehind sends each signal while Node works: from a node that sends it to the program.
func TestSignalLeavesNothingBehind(t *testing.T) {
	for name, want := range map[string]struct {
		signal  syscall.Signal
		message string
	}{
		"INT":  {syscall.SIGINT, "stopped: interrupt"},
		"TERM": {syscall.SIGTERM, "stopped: terminated"},
		"HUP":  {syscall.SIGHUP, "stopped: hangup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// It has begun to write, and is killed as well, as Ctrl-C does.
			node := `mkdir "$TMPDIR/jsii-kernel-x"; kill -` + name + ` $PPID; kill -` + name + ` $$`
			newMachine(t, node).fails(t, 128+int(want.signal), want.message)
			// It goes on until the program ends it.
			node = `mkdir "$TMPDIR/jsii-kernel-x"; kill -` + name + ` $PPID; cat >/dev/null`
			newMachine(t, node).fails(t, 128+int(want.signal), want.message)
		})
	}
}

// TestMachineIsNamedNotABug runs the program where something is missing.
func TestMachineIsNamedNotABug(t *testing.T) {
	t.Run("Node is killed", func(t *testing.T) {
		newMachine(t, `mkdir "$TMPDIR/jsii-kernel-x"; kill -KILL $$`).fails(t, 1, nodeEnded)
	})
	t.Run("Node does not work", func(t *testing.T) {
		newMachine(t, `echo broken >&2; exit 1`).fails(t, 1, nodeEnded)
	})
	t.Run("no Node", func(t *testing.T) {
		m := newMachine(t, "")
		m.fails(t, 1, "CDKTF needs Node.js, but found no node on the PATH; install 20.9 or newer: "+
			"https://nodejs.org", "PATH="+m.bin)
	})
	t.Run("no Terraform", func(t *testing.T) { // which checking a file does not need
		node, err := exec.LookPath("node")
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if err := os.Symlink(node, filepath.Join(folder, "node")); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), program, "check", "webapp.yaml")
		command.Env = append(os.Environ(), "PATH="+folder)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("no temporary folder", func(t *testing.T) {
		m := newMachine(t, "")
		missing := filepath.Join(m.temporary, "missing")
		m.fails(t, 1, "the temporary folder "+missing+" does not exist; create it, or set TMPDIR to another",
			"TMPDIR="+missing)
	})
	t.Run("no room for files", func(t *testing.T) {
		m := newMachine(t, "")
		m.shell = `ulimit -f 1; exec "$0"`
		m.fails(t, 1, "the disk is full, or a limit is reached: write FILE: file too large; free some space, or set "+
			"TMPDIR or --outdir to a folder elsewhere")
	})
}
