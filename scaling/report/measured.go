package report

import (
	"fmt"
	"math"
	"strings"

	"webapp/scaling"
	"webapp/scaling/rules"
)

// DeviationRow is how far a simulated figure is from the measured one, in words.
type DeviationRow struct{ Figure, Measured, Simulated, Difference, Mean string }

// Deviations writes how far a simulation is from a measured day.
func Deviations(c scaling.Comparison) []DeviationRow {
	var rows []DeviationRow
	for _, d := range c.Figures {
		name, unit := "Tasks", ""
		if d.Metric != (rules.Metric{}) {
			name, unit = upperFirst(d.Metric.Title()), d.Metric.Unit()
		}
		write := func(n float64) string { return fmt.Sprintf("%.1f%s", n, unit) }
		rows = append(rows, DeviationRow{
			Figure: name + ", at most", Measured: write(d.Measured), Simulated: write(d.Simulated),
			Difference: inPoints(signed(d.Simulated-d.Measured, write)), Mean: inPoints(write(d.Mean)),
		})
	}
	if c.TaskHours > 0 {
		rows = append(rows, DeviationRow{
			Figure: "Hours of running tasks", Measured: hours(c.TaskHours), Simulated: hours(c.SimulatedTaskHours),
			Difference: signed(c.SimulatedTaskHours-c.TaskHours, hours),
		})
	}
	return rows
}

// inPoints writes a difference between percentages as what it is.
func inPoints(text string) string { return strings.ReplaceAll(text, "%", "points") }

func upperFirst(text string) string {
	if text == "CPU" {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}

// signed writes a difference with its sign; one that reads as none has none.
func signed(by float64, write func(float64) string) string {
	text := write(math.Abs(by))
	switch {
	case text == write(0):
		return text
	case by < 0:
		return "−" + text
	}
	return "+" + text
}

const tasksKey = "tasks"

func deviationKey(d scaling.Deviation) string {
	if d.Metric == (rules.Metric{}) {
		return tasksKey
	}
	return metricKey(d.Metric)
}

// measuredLines returns the measured values of each chart, as many to a point as the simulated ones.
func measuredLines(c *scaling.Comparison, p *points, step int) map[string][]float64 {
	lines := map[string][]float64{}
	if c == nil {
		return lines
	}
	for _, d := range c.Figures {
		values := scaling.Highest(d.Values, step, func(value float64) float64 { return value })
		lines[deviationKey(d)] = values[:min(len(values), len(p.load))]
	}
	return lines
}
