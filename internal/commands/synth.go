package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"webapp/internal/synth"
	"webapp/settings"
)

func (p Program) synth() *cobra.Command {
	var from source
	var to output
	cmd := &cobra.Command{
		Use:   "synth",
		Short: "Write the stacks of a settings file as Terraform JSON",
		Long: `Write the stacks of a settings file as Terraform JSON, each into a folder of its own.

Either all stacks are written or, where there is a problem, none.`,
		Example: "  webapp synth\n  webapp synth --settings shop.yaml --environment prod --outdir build",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []settings.Stack
			err := synth.Run(func() (err error) { // Node starts while the settings are read
				if all, err = from.load(cmd); err != nil {
					return err
				}
				return p.synthesize(to.folder, all)
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Wrote to %s: %s\n", to.folder, strings.Join(stackNames(all), ", "))
			printSet(cmd.OutOrStdout(), all)
			printNotes(cmd.ErrOrStderr(), all)
			return nil
		},
	}
	noArguments(cmd)
	from.addFlags(cmd)
	to.addFlags(cmd)
	return cmd
}

// printNotes prints what is worth knowing about settings that are valid.
func printNotes(stderr io.Writer, all []settings.Stack) {
	if notes := settings.Notes(all); len(notes) > 0 {
		fmt.Fprintln(stderr, notes)
	}
}
