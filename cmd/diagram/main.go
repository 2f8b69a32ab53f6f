// Diagram prints a picture of each synthesized stack, in Markdown with Mermaid:
//
//	go run ./cmd/diagram [FILE...]     default: every stack in cdktf.out
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"webapp/internal/cli"
	"webapp/internal/diagram"
)

func main() {
	os.Exit(cli.Exit(run(os.Args[1:], os.Stdout), os.Stderr))
}

func run(args []string, out io.Writer) error {
	flags := cli.Flags("diagram", "diagram [FILE...]")
	if err := cli.Parse(flags, args, out); err != nil {
		return err
	}
	files := flags.Args()
	if len(files) == 0 {
		var err error
		if files, err = filepath.Glob("cdktf.out/stacks/*/cdk.tf.json"); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return errors.New("there is no stack in cdktf.out; write it with: make synth")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		stack, err := diagram.Parse(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		fmt.Fprintf(out, "# %s\n\n%s\n", filepath.Base(filepath.Dir(file)), stack.Page(2))
	}
	return nil
}
