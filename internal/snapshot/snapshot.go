// Package snapshot starts Node from a snapshot of its memory, in which jsii and CDKTF are loaded already. That saves a
// third of the time of a synth.
//
// `make bindings` writes the snapshot. Everything works without it, only slower.
package snapshot

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"webapp/internal/subprocess"
)

const (
	// Folder is where the snapshot goes, below the project's root.
	Folder = "generated/bindings/snapshot"

	// JSIINode is the variable that names the Node which jsii starts.
	JSIINode = "JSII_NODE"

	launcher = "node"          // starts Node with the snapshot
	memory   = "memory.blob"   // the snapshot
	record   = "snapshot.json" // what it was made with

	// ScriptHead begins a script that starts Node for a synthesis. Where NODE_EXTRA_CA_CERTS is set, Node reads those
	// certificate authorities each time it starts, which more than doubles the time to start. A synthesis connects to
	// nothing.
	// Source: Node.js documentation, "Command-line API", NODE_EXTRA_CA_CERTS=file.
	ScriptHead = "#!/bin/sh\nunset NODE_EXTRA_CA_CERTS\n"

	// Node takes a snapshot only with the options that it was made with. These are jsii's, where the environment has none.
	optionsVariable = "NODE_OPTIONS"
	options         = "--max-old-space-size=4069"
)

// Contents are what a snapshot has in memory.
type Contents struct {
	Program  string             `json:"program"`  // jsii's kernel, as JavaScript
	Packages map[string]Package `json:"packages"` // npm packages, by name
}

// Package is an npm package.
type Package struct {
	Script string `json:"script"` // all its JavaScript, as Mark has returned it
	Types  string `json:"types"`  // jsii's description of its types, in JSON
}

// Mark returns the JavaScript of a package with a first line that identifies the package.
func Mark(script, types []byte) []byte {
	return append(fmt.Appendf(nil, "// %x %x\n", sha256.Sum256(script), sha256.Sum256(types)), script...)
}

// executable identifies a program on this machine.
type executable struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// made says which Node a snapshot is for: the one that was found, and what it runs where it is a version manager's.
type made struct {
	Found executable `json:"found"`
	Runs  executable `json:"runs"`
}

//go:embed snapshot.js
var builder string

// Write writes a snapshot of these contents into a folder, for the Node of this machine.
func Write(ctx context.Context, folder string, contents Contents) error {
	found, err := find()
	if err != nil {
		return err
	}
	path, err := exec.CommandContext(ctx, found.Path, "-p", "process.execPath").Output()
	if err != nil {
		return fmt.Errorf("running %s: %w", found.Path, err)
	}
	runs, err := identify(strings.TrimSpace(string(path)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	script := filepath.Join(folder, "snapshot.js")
	input, err := json.Marshal(contents)
	if err := errors.Join(err, os.WriteFile(script, []byte(builder), 0o644)); err != nil {
		return err
	}
	node := exec.CommandContext(ctx, runs.Path, "--snapshot-blob", filepath.Join(folder, memory),
		"--build-snapshot", script)
	node.Stdin = bytes.NewReader(input)
	node.Env = append(os.Environ(), optionsVariable+"="+options)
	// What it prints is of no use: that snapshots are experimental, or where in Node's own code it has failed.
	if err := node.Run(); err != nil {
		return fmt.Errorf("making a snapshot of Node's memory: %w", err)
	}
	// ${0%/*} is the folder of the script.
	start := fmt.Sprintf("%sexec %q --snapshot-blob \"${0%%/*}/%s\" \"$@\"\n", ScriptHead, runs.Path, memory)
	recorded, err := json.Marshal(made{found, runs})
	return errors.Join(err, subprocess.WriteScript(filepath.Join(folder, launcher), start),
		os.WriteFile(filepath.Join(folder, record), recorded, 0o644))
}

// Launcher returns the program that starts Node with the snapshot in a folder. It is "" where there is no snapshot, or
// one that was made for another Node or other options.
func Launcher(folder string) string {
	text, err := os.ReadFile(filepath.Join(folder, record))
	if err != nil || os.Getenv(JSIINode) != "" || os.Getenv(optionsVariable) != "" {
		return ""
	}
	var m made
	if json.Unmarshal(text, &m) != nil {
		return ""
	}
	found, err := find()
	if err != nil || !m.Found.is(found) {
		return ""
	}
	runs, err := identify(m.Runs.Path)
	if err != nil || !m.Runs.is(runs) {
		return ""
	}
	return filepath.Join(folder, launcher)
}

// Stamp changes with all that Write's snapshot depends on but its contents: the Node of this machine and this package.
func Stamp() string {
	found, err := find()
	return fmt.Sprint(found, err == nil, builder)
}

// find returns the Node that jsii starts.
func find() (executable, error) {
	path, err := exec.LookPath("node")
	if err != nil {
		return executable{}, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return executable{}, err
	}
	return identify(path)
}

func identify(path string) (executable, error) {
	info, err := os.Stat(path)
	if err != nil {
		return executable{}, err
	}
	if !info.Mode().IsRegular() {
		return executable{}, &fs.PathError{Op: "start", Path: path, Err: errors.New("not a file")}
	}
	return executable{path, info.Size(), info.ModTime()}, nil
}

func (e executable) is(other executable) bool {
	return e.Path == other.Path && e.Size == other.Size && e.Modified.Equal(other.Modified)
}
