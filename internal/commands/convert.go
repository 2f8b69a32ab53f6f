package commands

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"webapp/internal/convert"
)

// convertFile is the command convert, with a command for each tool.
func convertFile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert",
		Short: "Write a settings file from the configuration of Copilot, Compose or App Runner",
		Long: `Write a settings file from the configuration of Copilot, Compose or App Runner.

The settings file goes to standard output, and to standard error a list of what it does not have: each key of the input
that could not be carried, with its line and what to do about it. The file is valid: what the check would refuse is in
the list instead. It changes nothing in the account. docs/moving.md has the steps of a move without downtime.

It exits with 0 when the file is written, and with 1 when the input cannot be read.`,
		Example: `  webapp convert copilot . > shop.yaml
  webapp convert compose compose.yaml --region eu-west-1 --account 123456789012 > shop.yaml
  aws apprunner describe-service --service-arn ARN > service.json && webapp convert apprunner service.json > shop.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := unknownCommand(cmd, args); err != nil {
				return err
			}
			return errors.New("the tool is missing; write webapp convert copilot DIR, compose FILE or apprunner FILE")
		},
	}
	cmd.AddCommand(
		converter("copilot DIR", "Convert a Copilot application: the folder copilot, or the one that it is in",
			`It reads copilot/.workspace, and the manifests of all services, jobs and environments. Each environment becomes
one under environments, with the values that its overlays change.`,
			"  webapp convert copilot . --region eu-west-1 --account 123456789012 > shop.yaml", convert.Copilot),
		converter("compose FILE", "Convert a Compose file",
			`Services with published ports share the load balancer; the others become workers. Databases, caches and what
ends by itself are in the list, with what to use instead. Of a variable without a default, only the name is read.`,
			"  webapp convert compose docker-compose.yml > shop.yaml", convert.Compose),
		converter("apprunner FILE", "Convert an App Runner service",
			`FILE is one of: the output of aws apprunner describe-service, an apprunner.yaml, or Terraform JSON with an
aws_apprunner_service.`,
			"  webapp convert apprunner apprunner.yaml > shop.yaml", convert.AppRunner),
	)
	return cmd
}

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)
)

func converter(use, short, long, example string,
	read func(path string, options convert.Options) (convert.Result, error)) *cobra.Command {
	var options convert.Options
	cmd := &cobra.Command{
		Use:     use,
		Short:   short,
		Long:    short + ".\n\n" + long,
		Example: example,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("write one file or folder to convert; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.Account != "" && !accountID.MatchString(options.Account) {
				return fmt.Errorf("--account: %q is not a valid account; write its 12 digits", options.Account)
			}
			if options.Region != "" && !regionName.MatchString(options.Region) {
				return fmt.Errorf("--region: %q is not a valid region; write one such as eu-west-1", options.Region)
			}
			result, err := read(args[0], options)
			if err != nil {
				return err
			}
			if _, err := cmd.OutOrStdout().Write(result.Settings); err != nil {
				return err
			}
			stderr := cmd.ErrOrStderr()
			for _, note := range result.Notes {
				fmt.Fprintln(stderr, note)
			}
			plural := "s"
			if len(result.Notes) == 1 {
				plural = ""
			}
			toDo := ""
			if bytes.Contains(result.Settings, []byte("# TO DO")) {
				toDo = "read the lines marked TO DO in the file, then "
			}
			fmt.Fprintf(stderr, "%d note%s. Next: %srun webapp check.\n", len(result.Notes), plural, toDo)
			return nil
		},
	}
	cmd.Flags().StringVar(&options.Account, "account", "", "the `id` of the AWS account, for ARNs and addresses of images")
	cmd.Flags().StringVar(&options.Region, "region", "", "the AWS `region`, for ARNs and addresses of images")
	return cmd
}
