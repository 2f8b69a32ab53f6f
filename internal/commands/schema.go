package commands

import "github.com/spf13/cobra"

func (p Program) schema() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of a settings file",
		Long: `Print the JSON schema of a settings file, by which an editor completes the file and checks it.

Name it in the file's first line:  # yaml-language-server: $schema=webapp.schema.json`,
		Example: "  webapp schema > webapp.schema.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(p.Schema)
			return err
		},
	}
	noArguments(cmd)
	return cmd
}
