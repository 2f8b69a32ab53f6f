package commands

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"webapp/scaling"
	"webapp/scaling/report"
)

func recommend() *cobra.Command {
	var o simulation
	var refused float64
	var p99 time.Duration
	cmd := &cobra.Command{
		Use:   "recommend",
		Short: "Search the settings that take a load with the fewest task hours",
		Long: `Search the settings that meet an objective under a load with the fewest task hours.

It simulates many settings, and says what each change buys, and how large a surge each plan survives. Unless there is
only one run, settings must meet the objective with other delays and starts of tasks too, and with up to 30 % more
requests. It changes no file.`,
		Example: "  webapp recommend --load week --p99 500ms\n  webapp recommend --capacity 80 --refused 0.01",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := o.prepare(cmd)
			if err != nil {
				return err
			}
			if p.service, err = o.disturb(p.service, p.load); err != nil {
				return err
			}
			objective := scaling.Objective{Refused: refused / 100, Latency: p99}
			recommended := scaling.Recommend(p.service, p.load, objective, o.judging())
			explain(cmd.OutOrStdout(), objective, o.judging(), recommended)
			for _, note := range slices.Concat(p.notes, recommended.Result.Notes) {
				fmt.Fprintf(cmd.OutOrStdout(), "\nNote: %s.\n", note)
			}
			return o.write(cmd.OutOrStdout(), []report.Simulation{
				o.vary(p.name, recommended.Before.Result), o.vary("Recommended", recommended.Result),
			})
		},
	}
	o.addFlags(cmd)
	cmd.Flags().Float64Var(&refused, "refused", 0.1, "the objective: at most this `percent` of the requests refused")
	cmd.Flags().DurationVar(&p99, "p99", 0,
		"the objective: 99 of 100 answered requests within this `time` (default any)")
	return cmd
}

// explain prints what each change buys.
func explain(output io.Writer, objective scaling.Objective, ranges scaling.Ranges, r scaling.Recommendation) {
	fmt.Fprintln(output, describe(r.Result.Load))
	fmt.Fprintf(output, "Objective: at most %v %% refused", 100*objective.Refused)
	if objective.Latency > 0 {
		fmt.Fprintf(output, ", 99 of 100 answered within %s", objective.Latency)
	}
	if ranges.Runs > 0 {
		fmt.Fprintf(output, ". A plan meets it in all of %d runs, with other delays and starts of tasks, and up to %.0f %% "+
			"more requests", ranges.Runs, 100*ranges.More)
	}
	fmt.Fprintf(output, ". %d plans were simulated.\n\n", r.Simulated)
	table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
	priced := r.Service.TaskHourPrice > 0
	row := func(setting, change string, j scaling.Judged) {
		met := "no"
		if j.Met {
			met = "yes"
		}
		hours := fmt.Sprintf("%.1f", j.Result.TaskHours())
		if priced {
			hours += "\t" + report.Money(j.Result.Cost())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", setting, change, hours,
			report.Percent(j.Result.RefusedShare()), j.Result.Latency(0.99).Round(time.Millisecond), met, surge(j))
	}
	cost := ""
	if priced {
		cost = "\tCOST"
	}
	fmt.Fprintf(table, "SETTING\tCHANGE\tTASK HOURS%s\tREFUSED\t99 OF 100 WITHIN\tMET\tSURVIVES\n", cost)
	row("as it is", "", r.Before)
	for _, c := range r.Changes {
		row("+ "+c.Setting, c.From+" → "+c.To, c.Judged)
	}
	_ = table.Flush() // nothing can be done about a terminal that has gone away
	switch {
	case !r.Met:
		fmt.Fprintln(output, "\nNothing that was tried meets the objective; this comes nearest.")
	case len(r.Changes) == 0:
		fmt.Fprintln(output, "\nThe settings meet the objective, and nothing that was tried needs fewer task hours.")
	}
}

// surge writes the largest multiple of the load that a plan survives.
func surge(j scaling.Judged) string {
	if j.Survives >= scaling.MostSurge {
		return fmt.Sprintf("%d × the load, or more", scaling.MostSurge)
	}
	return fmt.Sprintf("%.1f × the load", math.Floor(10*j.Survives)/10)
}
