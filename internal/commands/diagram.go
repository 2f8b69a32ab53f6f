package commands

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"webapp/internal/diagram"
	"webapp/internal/synth"
	"webapp/internal/tfstack"
)

func (p Program) diagram() *cobra.Command {
	var from source
	cmd := &cobra.Command{
		Use:   "diagram [FILE...]",
		Short: "Print a picture of each stack, in Markdown with Mermaid",
		Long: `Print a picture of each stack, in Markdown with Mermaid, which GitHub and most editors show.

Without a FILE it draws the stacks of the settings; otherwise the synthesized ones, each in its cdk.tf.json.`,
		Example: "  webapp diagram --settings shop.yaml > shop.md\n  webapp diagram cdktf.out/stacks/*/cdk.tf.json",
		RunE: func(cmd *cobra.Command, files []string) error {
			if len(files) > 0 {
				return drawFiles(cmd.OutOrStdout(), files)
			}
			all, err := from.load(cmd)
			if err != nil {
				return err
			}
			return synth.Run(func() error {
				folder, err := os.MkdirTemp("", "diagram-*") // which synth.Run removes
				if err != nil {
					return fmt.Errorf("making a temporary folder: %w", err)
				}
				if err := p.synthesize(folder, all); err != nil {
					return err
				}
				for _, name := range stackNames(all) {
					files = append(files, stackFile(folder, name))
				}
				return drawFiles(cmd.OutOrStdout(), files)
			})
		},
	}
	from.addFlags(cmd)
	return cmd
}

// drawFiles draws synthesized stacks, which bear the names of their folders.
func drawFiles(out io.Writer, files []string) error {
	for _, file := range files {
		stack, err := tfstack.Read(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "# %s\n\n%s\n", filepath.Base(filepath.Dir(file)), diagram.Page(stack, 2))
	}
	return nil
}
