package commands

import (
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"webapp/internal/terraform"
	"webapp/stacks"
)

func version() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program and of what it is built with",
		Long: `Print the versions of the program, of CDKTF, of the AWS provider, of Go, and of Terraform.

"unknown" stands for a revision that Go did not record, as with "go run".`,
		Example: "  webapp version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{}
			}
			return writeVersions(cmd.OutOrStdout(), info)
		},
	}
	noArguments(cmd)
	return cmd
}

func writeVersions(out io.Writer, info *debug.BuildInfo) error {
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	revision := set["vcs.revision"]
	if revision == "" {
		revision = "unknown"
	}
	if set["vcs.modified"] == "true" {
		revision += ", changed since"
	}
	modules := map[string]string{}
	for _, module := range info.Deps {
		modules[module.Path] = module.Version
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "webapp\t%s\n", info.Main.Version)
	fmt.Fprintf(table, "revision\t%s\n", revision)
	fmt.Fprintf(table, "CDKTF\t%s\n", modules["github.com/hashicorp/terraform-cdk-go/cdktf"])
	fmt.Fprintf(table, "AWS provider\t%s, by bindings %s\n",
		stacks.AWSProviderVersion, modules["github.com/cdktf/cdktf-provider-aws-go/aws/v19"])
	fmt.Fprintf(table, "Terraform\t%s\n", terraform.Supported)
	fmt.Fprintf(table, "Go\t%s\n", info.GoVersion)
	return table.Flush()
}
