package local

import (
	"fmt"
	"io"
	"time"

	"webapp/internal/localaws/live"
)

// shownLast is how many activities and notifications are printed.
const shownLast = 5

// printMonitoring prints the alarms, the jobs that ran last, and what scaled and was published last. The cells are
// separated by tabs.
func printMonitoring(table io.Writer, status live.Status) {
	clock := func(t time.Time) string { return t.Local().Format(time.TimeOnly) }
	for _, a := range status.Alarms {
		fmt.Fprintf(table, "alarm %s\t%s since %s\n", a.Name, a.State, clock(a.Since))
	}
	for _, r := range status.Runs[:min(len(status.Runs), shownLast)] {
		state := r.State
		if r.Failed {
			state = "FAILED: " + state
		}
		fmt.Fprintf(table, "job %s\t%s %s\n", clock(r.At), r.Schedule, state)
	}
	for _, a := range status.Activities[:min(len(status.Activities), shownLast)] {
		fmt.Fprintf(table, "scaling %s\t%s %s: %s\n\t%s\n", clock(a.Start), a.Resource, a.Status, a.Description, a.Cause)
	}
	for _, n := range status.Notifications[:min(len(status.Notifications), shownLast)] {
		what := n.Subject
		if what == "" {
			what = n.Text
		}
		fmt.Fprintf(table, "notification %s\t%s\n", clock(n.At), what)
	}
}
