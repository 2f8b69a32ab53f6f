package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"webapp/internal/permissions"
	"webapp/internal/synth"
	"webapp/internal/tfstack"
)

func (p Program) permissions() *cobra.Command {
	var from source
	role := string(permissions.Deploy)
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the IAM policies that deploying or planning a stack takes",
		Long: `Print the IAM policies that deploying or planning a stack takes: a JSON object with the policies by name.

They allow to change what has the stack's name or its tags. Those of deploy have what later changes of the settings
need, too; where a change uses something new that belongs to somebody else, such as a hosted zone, print them again.
Each fits into a managed policy (6,144 characters without white space), of which a role can have ten.`,
		Example: "  webapp permissions --role plan\n" +
			"  webapp permissions --settings shop.yaml --environment prod > policies.json\n" +
			"  jq '.\"shop-prod-deploy-1\"' policies.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if role != string(permissions.Deploy) && role != string(permissions.Plan) {
				return fmt.Errorf("--role %s is unknown; write deploy or plan", role)
			}
			all, err := from.load(cmd)
			if err != nil {
				return err
			}
			return synth.Run(func() error {
				folder, err := os.MkdirTemp("", "permissions-*") // which synth.Run removes
				if err != nil {
					return fmt.Errorf("making a temporary folder: %w", err)
				}
				if err := p.synthesize(folder, all); err != nil {
					return err
				}
				var policies []permissions.Policy
				for _, name := range stackNames(all) {
					stack, err := tfstack.Read(stackFile(folder, name))
					if err != nil {
						return err
					}
					needed, err := permissions.For(permissions.Role(role), name, stack)
					if err != nil {
						return err
					}
					policies = append(policies, needed...)
				}
				return printPolicies(cmd.OutOrStdout(), policies)
			})
		},
	}
	noArguments(cmd)
	from.addFlags(cmd)
	cmd.Flags().StringVar(&role, "role", role, "what the role does: `deploy or plan`")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions( // it exists
		[]string{string(permissions.Deploy), string(permissions.Plan)}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// printPolicies prints policies by their names, in their order.
func printPolicies(out io.Writer, policies []permissions.Policy) error {
	var text bytes.Buffer
	for i, policy := range policies {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		fmt.Fprintf(&text, "%s%q:%s", separator, policy.Name, policy.Document())
	}
	text.WriteString("}")
	var indented bytes.Buffer
	if err := json.Indent(&indented, text.Bytes(), "", "  "); err != nil {
		return err
	}
	fmt.Fprintln(out, indented.String())
	return nil
}
