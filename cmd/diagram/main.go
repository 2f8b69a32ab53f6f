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

	"webapp/internal/diagram"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(files []string, out io.Writer) error {
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
