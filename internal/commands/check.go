package commands

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"github.com/spf13/cobra"

	"webapp/internal/synth"
	"webapp/settings"
	"webapp/stacks"
)

func (p Program) check() *cobra.Command {
	var from source
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Report every problem of settings files, and write nothing",
		Long: `Report every problem of the settings files, of all of them at once, and write nothing.

Without a FILE it is the one of --settings. It exits with 1 where a file has a problem.`,
		Example: "  webapp check\n  webapp check --environment prod shop.yaml blog.yaml",
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := from.resolve(cmd); err != nil {
				return err
			}
			if len(files) > 0 && cmd.Flags().Changed("settings") {
				return errors.New("--settings has no effect on files that are named; write all of them without it")
			}
			if len(files) == 0 {
				files = []string{from.file}
			}
			from.onlyCheck = true
			return checkFiles(cmd, from, files)
		},
	}
	from.addFlags(cmd)
	return cmd
}

// checkFiles loads all files, and then synthesizes those without problems: only then are overrides known to match.
func checkFiles(cmd *cobra.Command, from source, files []string) error {
	problems := make([]error, len(files))
	loaded := map[int][]settings.Stack{}
	for i, file := range files {
		all, err := from.loadFile(file)
		var ofContent settings.Problems
		if err != nil && file != from.file && !errors.As(err, &ofContent) { // it was named without an option
			err = errors.New(strings.TrimSuffix(err.Error(), "; name the settings file with --settings"))
		}
		if problems[i] = err; err == nil {
			loaded[i] = all
		}
	}
	if len(loaded) == 0 {
		return errors.Join(problems...)
	}
	err := synth.Run(func() error {
		for i, file := range files {
			all, ok := loaded[i]
			if !ok {
				continue
			}
			problems[i] = synth.Check(func(app cdktf.App) error { return stacks.Build(app, all...) })
			if problems[i] == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is valid: %s\n", file, describeStacks(all))
				printNotes(cmd.ErrOrStderr(), all)
			}
		}
		return errors.Join(problems...)
	})
	return err
}

// describeStacks names the stacks of a file.
func describeStacks(all []settings.Stack) string {
	if len(all) == 0 {
		return "a template of previews, which is no stack by itself"
	}
	return strings.Join(stackNames(all), ", ")
}
