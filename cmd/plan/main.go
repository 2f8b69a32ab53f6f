// Plan tells in Markdown what a Terraform plan would do, the dangerous first, and whether a gate may let it through:
//
//	terraform show -json tfplan | go run ./cmd/plan [-title NAME] [-allow FILE] [-digest FILE] [-expect DIGEST]
//
// It exits with
//
//	0  nothing dangerous, or all of it agreed to in the file of -allow
//	1  the plan could not be read
//	2  something would stop or be lost
//	3  the plan is not the one with the digest of -expect
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"webapp/internal/cli"
	"webapp/internal/review"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without its process: it returns the exit code.
func run(args []string, in io.Reader, out, stderr io.Writer) int {
	flags := cli.Flags("plan", "terraform show -json tfplan | plan [options]")
	title := flags.String("title", "Plan", "the stack's `name`")
	allow := flags.String("allow", "", "`file` of addresses whose dangers are agreed to, one a line; # begins a comment")
	digestFile := flags.String("digest", "", "`file` to write the digest to, of what would be done")
	expect := flags.String("expect", "", "the `digest` that the plan must have")
	if err := cli.Parse(flags, args, out); err != nil {
		return cli.Exit(err, stderr)
	}
	if flags.NArg() > 0 {
		return cli.Exit(fmt.Errorf("unexpected argument %q; the plan is read from standard input", flags.Arg(0)), stderr)
	}
	summary, err := summarize(in, *allow)
	if err == nil && *digestFile != "" {
		err = os.WriteFile(*digestFile, []byte(summary.Digest()+"\n"), 0o644)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprint(out, summary.Markdown(*title))
	if *expect != "" && *expect != summary.Digest() {
		fmt.Fprintf(stderr, "the plan is not the one that was reviewed: its digest is %s, not %s\n", summary.Digest(), *expect)
		return 3
	}
	if dangers := summary.Dangers(); len(dangers) > 0 {
		fmt.Fprintf(stderr, "the plan would stop or lose something; whoever agrees to that writes into the file of "+
			"allowed addresses:\n")
		for _, c := range dangers {
			fmt.Fprintf(stderr, "  %s\n", c.Address)
		}
		return 2
	}
	return 0
}

func summarize(in io.Reader, allowFile string) (review.Summary, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return review.Summary{}, fmt.Errorf("reading the plan: %w", err)
	}
	parsed, err := review.Parse(text)
	if err != nil {
		return review.Summary{}, err
	}
	var allowed []string
	if allowFile != "" {
		list, err := os.ReadFile(allowFile)
		if err != nil {
			return review.Summary{}, fmt.Errorf("reading the allowed addresses: %w", err)
		}
		for _, line := range strings.Split(string(list), "\n") {
			address, _, _ := strings.Cut(line, "#")
			if address = strings.TrimSpace(address); address != "" {
				allowed = append(allowed, address)
			}
		}
	}
	return review.Summarize(parsed, allowed), nil
}
