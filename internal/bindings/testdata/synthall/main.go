// Synthall writes the stacks of several settings files, each into a folder of its name: one process, so that the whole
// bindings are loaded once.
//
//	synthall OUTDIR FILE …
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/synth"
	"webapp/settings"
	"webapp/stacks"
)

func main() {
	synth.Prepare()
	for _, file := range os.Args[2:] {
		if err := write(filepath.Join(os.Args[1], filepath.Base(file)), file); err != nil {
			fmt.Println(file, err)
			os.Exit(1)
		}
	}
	synth.Finish()
}

func write(outdir, file string) error {
	all, err := settings.Load(file, settings.Options{})
	if err != nil {
		return err
	}
	lock, err := os.ReadFile(synth.LockFile)
	if err != nil {
		return err
	}
	return synth.Write(outdir, lock, func(app cdktf.App) error {
		return stacks.Build(app, all...)
	})
}
