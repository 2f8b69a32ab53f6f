// Package synth writes a CDKTF app's Terraform JSON. It is the one place that lets jsii synthesize.
//
// Two things are added to what CDKTF does. Its failures are panics, which become errors here. And either all of the
// output is written or none: CDKTF writes into a folder of its own, from where the files are moved when all are there.
package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// LockFile is Terraform's dependency lock file. The one in the project's root governs every stack.
const LockFile = ".terraform.lock.hcl"

// Write builds an app and writes its stacks into a folder, each with the lock file beside it.
func Write(outdir, lockFile string, build func(app cdktf.App) error) (err error) {
	lock, err := os.ReadFile(lockFile)
	if err != nil {
		return fmt.Errorf("reading the provider's hashes: %w; get the file back from version control", err)
	}
	if err := os.MkdirAll(filepath.Dir(outdir), 0o755); err != nil {
		return fmt.Errorf("creating the output folder: %w", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(outdir), ".cdktf-*")
	if err != nil {
		return fmt.Errorf("creating the output folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()

	if err := synthesize(fresh, build); err != nil {
		return err
	}
	if err := mendHCL(fresh); err != nil {
		return err
	}
	stacks, err := filepath.Glob(filepath.Join(fresh, "stacks", "*"))
	if err != nil {
		return err
	}
	for _, stack := range stacks {
		if err := os.WriteFile(filepath.Join(stack, LockFile), lock, 0o644); err != nil {
			return fmt.Errorf("writing the lock file: %w", err)
		}
	}
	return moveFiles(fresh, outdir)
}

// synthesize turns jsii's panics into an error. Settings are checked before, so a panic is a bug of ours or of CDKTF.
func synthesize(outdir string, build func(app cdktf.App) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			first, _, _ := strings.Cut(fmt.Sprint(cause), "\n")
			if os.Getenv("WEBAPP_DEBUG") != "" {
				first = fmt.Sprint(cause)
			}
			err = fmt.Errorf("synthesizing failed, which is a bug: %s (run again with WEBAPP_DEBUG=1 for all of it)", first)
		}
	}()
	app := cdktf.NewApp(&cdktf.AppConfig{
		Outdir: &outdir,
		// They would put the machine's paths into the output.
		StackTraces: jsii.Bool(false),
	})
	if err := build(app); err != nil {
		return err
	}
	app.Synth()
	return nil
}

// moveFiles moves every file to the same place below another folder. What else is there stays: Terraform keeps its
// plugins beside a stack.
func moveFiles(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Rename(path, target)
	})
}
