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

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// LockFile is Terraform's dependency lock file. The one in the project's root governs every stack.
const LockFile = ".terraform.lock.hcl"

// Write builds an app and writes its stacks into a folder, each with the lock file beside it.
func Write(outdir string, lock []byte, build func(app cdktf.App) error) (err error) {
	if found, err := os.Stat(outdir); err == nil && !found.IsDir() {
		return fmt.Errorf("the output folder %s is a file; remove it, or name another folder with --outdir", outdir)
	}
	if err := os.MkdirAll(filepath.Dir(outdir), 0o755); err != nil {
		return fmt.Errorf("creating the output folder: %w", explain(err))
	}
	fresh, err := makeTemporary(filepath.Dir(outdir), ".cdktf-*")
	if err != nil {
		return fmt.Errorf("creating the output folder: %w", explain(err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()

	if err := synthesize(fresh, build); err != nil {
		return err
	}
	if err := finish(fresh, lock); err != nil {
		return explain(err)
	}
	// A signal waits until all files are moved.
	temporary.Lock()
	defer temporary.Unlock()
	if err := moveFiles(fresh, outdir); err != nil {
		return fmt.Errorf("writing the output: %w", explain(err))
	}
	return nil
}

// finish adds to the stacks what CDKTF does not write.
func finish(outdir string, lock []byte) error {
	if err := mendHCL(outdir); err != nil {
		return err
	}
	stacks, err := filepath.Glob(filepath.Join(outdir, "stacks", "*"))
	if err != nil {
		return err
	}
	for _, stack := range stacks {
		if err := os.WriteFile(filepath.Join(stack, LockFile), lock, 0o644); err != nil {
			return fmt.Errorf("writing the lock file: %w", err)
		}
	}
	return nil
}

// Check builds an app and synthesizes it, and keeps nothing of it.
func Check(build func(app cdktf.App) error) (err error) {
	outdir, err := makeTemporary("", "check-*")
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(outdir)) }()
	return synthesize(outdir, build)
}

// synthesize turns jsii's panics into an error.
func synthesize(outdir string, build func(app cdktf.App) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = failure(cause)
		}
	}()
	if err := waitForLoading(); err != nil {
		return err
	}
	app := cdktf.NewApp(&cdktf.AppConfig{
		Outdir: &outdir,
		// They would put the machine's paths into the output.
		StackTraces: jsii.Bool(false),
		// What is left to validate at the end is the version of Terraform, which only those who deploy need. The
		// settings are checked before, and Terraform checks what is written.
		SkipValidation: jsii.Bool(true),
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
