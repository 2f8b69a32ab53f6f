package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"webapp/internal/review"
)

// The exit codes of review, by which a pipeline knows what happened.
const (
	exitDangerous = 2
	exitOtherPlan = 3
)

// planReview is what the command line says.
type planReview struct{ title, allow, digest, expect string }

func reviewPlan() *cobra.Command {
	var r planReview
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Say in Markdown what a Terraform plan would do, and stop what is dangerous",
		Long: `Say in Markdown what a Terraform plan would do, what is dangerous first.

It reads the plan of any stack from standard input, as "terraform show -json" prints it.

It exits with
  0  nothing is dangerous, or all of it is allowed in the file of --allow
  1  the plan cannot be read
  2  something would stop or be lost
  3  the plan is not the one with the digest of --expect`,
		Example: "  terraform show -json tfplan | webapp review --title shop-prod --allow allow.txt",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.run(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	noArguments(cmd)
	flags := cmd.Flags()
	flags.StringVar(&r.title, "title", "Plan", "the stack's `name`")
	flags.StringVar(&r.allow, "allow", "",
		"a `file` of addresses whose risks are accepted, one per line; # begins a comment")
	flags.StringVar(&r.digest, "digest", "", "write the digest of what would be done to this `file`")
	flags.StringVar(&r.expect, "expect", "", "the `digest` that the plan must have")
	return cmd
}

func (r planReview) run(in io.Reader, out io.Writer) error {
	summary, err := r.summarize(in)
	if err == nil && r.digest != "" {
		err = os.WriteFile(r.digest, []byte(summary.Digest()+"\n"), 0o644)
	}
	if err != nil {
		return err
	}
	fmt.Fprint(out, summary.Markdown(r.title))
	if r.expect != "" && r.expect != summary.Digest() {
		err := fmt.Errorf("the plan is not the one that was reviewed: its digest is %s, not %s",
			summary.Digest(), r.expect)
		return exitError{err, exitOtherPlan}
	}
	if risks := summary.Risks(); len(risks) > 0 {
		return exitError{r.refusal(risks), exitDangerous}
	}
	return nil
}

// refusal says how to agree to what the plan would stop or lose.
func (r planReview) refusal(risks []review.Change) error {
	file := r.allow
	if file == "" {
		file = "a file, and name it with --allow"
	}
	var lines strings.Builder
	for _, c := range risks {
		fmt.Fprintf(&lines, "\n  %s", c.Address)
	}
	return fmt.Errorf("the plan would stop or lose something; to agree to it, add these lines to %s:%s", file, &lines)
}

func (r planReview) summarize(in io.Reader) (review.Summary, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return review.Summary{}, fmt.Errorf("reading the plan: %w", err)
	}
	parsed, err := review.Parse(text)
	if err != nil {
		return review.Summary{}, err
	}
	allowed, err := readAllowed(r.allow)
	if err != nil {
		return review.Summary{}, err
	}
	summary := review.Summarize(parsed, allowed)
	summary.AllowFile = r.allow
	return summary, nil
}

// readAllowed reads the addresses of a file. If there is no such file yet, nothing is allowed.
func readAllowed(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the allowed addresses: %w", err)
	}
	var allowed []string
	for line := range strings.Lines(string(text)) {
		address, _, _ := strings.Cut(line, "#")
		if address = strings.TrimSpace(address); address != "" {
			allowed = append(allowed, address)
		}
	}
	return allowed, nil
}
