package commands

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"webapp/scaling"
	"webapp/scaling/report"
)

func simulate() *cobra.Command {
	var o simulation
	var compare, compareEnvironment string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Show how a service scales under a load",
		Long: `Show how a service scales under a load, before anything is deployed: a summary, and a page with charts.

A second settings file, or a second environment, can be compared with the first.`,
		Example: "  webapp simulate --load week\n" +
			"  webapp simulate --capacity 80 --start 45s --compare faster.yaml\n" +
			"  webapp simulate --metrics metrics.json\n" +
			"  webapp simulate --deployed shop/web --compare webapp.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := o.prepare(cmd)
			if err != nil {
				return err
			}
			simulations := []report.Simulation{o.vary(p.name, scaling.Simulate(p.service, p.load))}
			if compare != "" || compareEnvironment != "" {
				other := o.from
				other.environment = compareEnvironment
				if compare != "" {
					other.file = compare
				}
				service, name, err := o.readService(other, p.measured, io.Discard)
				if err != nil {
					return err
				}
				simulations = append(simulations, o.vary(name, scaling.Simulate(service, p.load)))
			}
			summarize(cmd.OutOrStdout(), simulations)
			return o.write(cmd.OutOrStdout(), simulations)
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&compare, "compare", "", "compare with this settings `file`")
	cmd.Flags().StringVar(&compareEnvironment, "compare-environment", "",
		"compare with this `environment`, of the file of --compare or else of the same file")
	return cmd
}

// summarize prints the figures, simulations side by side.
func summarize(output io.Writer, simulations []report.Simulation) {
	load := simulations[0].Result.Load
	fmt.Fprintln(output, describe(load))
	fmt.Fprintln(output)
	table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
	var labels []string
	values := map[string][]string{}
	for i, s := range simulations {
		for _, tile := range report.Tiles(s) {
			if !slices.Contains(labels, tile.Label) {
				labels = append(labels, tile.Label)
			}
			for len(values[tile.Label]) < i {
				values[tile.Label] = append(values[tile.Label], "")
			}
			values[tile.Label] = append(values[tile.Label], tile.Value)
		}
	}
	if len(simulations) > 1 {
		for _, s := range simulations {
			fmt.Fprintf(table, "\t%s", s.Name)
		}
		fmt.Fprintln(table)
	}
	for _, label := range labels {
		for len(values[label]) < len(simulations) { // a shorter row would end the columns
			values[label] = append(values[label], "")
		}
		fmt.Fprintf(table, "%s\t%s\n", label, strings.Join(values[label], "\t"))
	}
	_ = table.Flush() // nothing can be done about a terminal that has gone away
	if text := report.Explain(simulations...); text != "" {
		fmt.Fprintf(output, "\n%s\n", text)
	}
	if len(simulations) == 1 {
		actions(output, simulations[0].Result)
	}
	for _, s := range simulations {
		for _, note := range s.Result.Notes {
			fmt.Fprintf(output, "\nNote: %s.\n", note)
		}
	}
}

// actions lists what was done, the first ones of many.
func actions(output io.Writer, r scaling.Result) {
	const most = 25
	if len(r.Actions) > 0 {
		fmt.Fprintln(output)
	}
	for i, a := range r.Actions {
		if i == most {
			fmt.Fprintf(output, "… and %d more; the page has them all\n", len(r.Actions)-most)
			return
		}
		fmt.Fprintln(output, report.Sentence(r.Load, a))
	}
}
