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
			"  webapp simulate --what-if zone-lost@45m --what-if retry-storm\n" +
			"  webapp simulate --deployed shop/web --compare webapp.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := o.prepare(cmd)
			if err != nil {
				return err
			}
			other := o.from
			other.environment = compareEnvironment
			if compare != "" {
				other.file = compare
			}
			simulations, err := o.simulate(p, other, compare != "" || compareEnvironment != "")
			if err != nil {
				return err
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

// simulate simulates what was prepared: beside another service, or else beside itself without the what-ifs.
func (o *simulation) simulate(p prepared, other source, compared bool) ([]report.Simulation, error) {
	disturbed, err := o.disturb(p.service, p.load)
	if err != nil {
		return nil, err
	}
	first := o.besideMeasured(p, o.vary(p.name, scaling.Simulate(disturbed, p.load)))
	if compared {
		service, name, err := o.readService(other, p.measured, io.Discard)
		if err != nil {
			return nil, err
		}
		if service, err = o.complete(service, p.load); err != nil {
			return nil, err
		}
		if service, err = o.disturb(service, p.load); err != nil {
			return nil, err
		}
		p.annotate(&first)
		if o.isMeasuredLoad() {
			service.Plan.Initial = p.service.Plan.Initial
		}
		second := o.besideMeasured(p, o.vary(name, scaling.Simulate(service, p.load)))
		return []report.Simulation{first, second}, nil
	}
	if len(o.whatIfs) == 0 {
		p.annotate(&first)
		return []report.Simulation{first}, nil
	}
	plain := o.besideMeasured(p, o.vary(p.name, scaling.Simulate(p.service, p.load)))
	p.annotate(&plain)
	first.Name = "what if: " + strings.Join(o.whatIfs, ", ")
	return []report.Simulation{plain, first}, nil
}

// besideMeasured lays the measured day over a simulation of its load.
func (o *simulation) besideMeasured(p prepared, s report.Simulation) report.Simulation {
	if o.isMeasuredLoad() {
		c := p.measured.Compare(s.Result, p.activities)
		s.Measured = &c
	}
	return s
}

// annotate adds what was left out to the notes of a simulation.
func (p prepared) annotate(s *report.Simulation) {
	s.Result.Notes = slices.Concat(p.notes, s.Result.Notes)
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
		actions(output, load, simulations[0].Result.Actions)
	}
	describeMeasured(output, simulations)
	var notes []string
	for _, s := range simulations {
		for _, note := range s.Result.Notes {
			if !slices.Contains(notes, note) {
				notes = append(notes, note)
				fmt.Fprintf(output, "\nNote: %s.\n", note)
			}
		}
	}
}

// describeMeasured prints how far simulations are from the measured day, and what was done then.
func describeMeasured(output io.Writer, simulations []report.Simulation) {
	for _, s := range simulations {
		if s.Measured == nil {
			return
		}
		name := ""
		if len(simulations) > 1 {
			name = s.Name
		}
		fmt.Fprintln(output)
		table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
		fmt.Fprintf(table, "%s\tMEASURED\tSIMULATED\tDIFFERENCE\tOFF BY, ON AVERAGE\n", name)
		for _, row := range report.Deviations(*s.Measured) {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", row.Figure, row.Measured, row.Simulated, row.Difference, row.Mean)
		}
		_ = table.Flush() // nothing can be done about a terminal that has gone away
	}
	if c := simulations[0].Measured; len(c.Changes) > 0 {
		fmt.Fprintln(output, "\nOn the measured day:")
		actions(output, simulations[0].Result.Load, c.Changes)
	}
}

// actions lists what was done, the first ones of many.
func actions(output io.Writer, load scaling.Load, all []scaling.Action) {
	const most = 25
	if len(all) > 0 {
		fmt.Fprintln(output)
	}
	for i, a := range all {
		if i == most {
			fmt.Fprintf(output, "… and %d more; the page has them all\n", len(all)-most)
			return
		}
		fmt.Fprintln(output, report.Sentence(load, a))
	}
}
