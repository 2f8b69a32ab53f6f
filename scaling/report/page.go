// Package report draws simulations side by side as one self-contained HTML page, which needs no network and is readable
// in light and dark mode.
package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// Simulation is a result with a name: that of a settings file, or of what it is compared with.
type Simulation struct {
	Name   string
	Result scaling.Result
	// Measured is a measured day of the same load, which is drawn over the simulated one; nil for none.
	Measured *scaling.Comparison
	spread   *scaling.Spread // nil where the figures have no ranges; Vary gives them
}

//go:embed page.html
var source string

var parsed = template.Must(template.New("page").Parse(source))

// Write draws simulations of the same load, each in a column of its own. Their charts have the same scales.
func Write(w io.Writer, simulations ...Simulation) error {
	if len(simulations) == 0 {
		return fmt.Errorf("drawing simulations: there are none")
	}
	load := simulations[0].Result.Load
	view := pageView{
		Load: load.Name, Span: FormatDuration(load.Duration()), From: FormatStart(load),
		Ranges: Explain(simulations...),
	}
	scale := scales(simulations)
	for _, s := range simulations {
		column, err := newColumn(s, scale)
		if err != nil {
			return fmt.Errorf("drawing the simulation of %s: %w", s.Name, err)
		}
		view.Columns = append(view.Columns, column)
		view.Measured = view.Measured || s.Result.Measured || s.Measured != nil
	}
	alignCharts(view.Columns)
	if len(simulations) > 1 {
		view.Figures = compare(view.Columns)
	}
	if err := parsed.Execute(w, view); err != nil {
		return fmt.Errorf("drawing simulations: %w", err)
	}
	return nil
}

type pageView struct {
	Load, Span, From, Ranges string
	Measured                 bool
	Columns                  []column
	Figures                  []figureRow // of all columns, where there are several
}

// Rows is how many rows of the page a column has: its head, its charts, and what was done.
func (v pageView) Rows() int { return len(v.Columns[0].Charts) + 2 }

type column struct {
	Name       string
	Plan       string
	Tiles      []tile
	Charts     []chartView
	Actions    []actionView
	Deviations []DeviationRow // from a measured day
	Changes    []actionView   // of a measured day
	Notes      []string
	Model      string
	Data       template.JS
}

type tile struct {
	Label, Value string
	Bad          bool
	median       float64
	write        func(float64) string
}

// figureRow is a figure of several simulations, and the difference between two.
type figureRow struct {
	Label      string
	Values     []tile
	Differs    bool // there are two columns
	Difference string
}

type chartView struct {
	Title  string
	Legend []legend
	SVG    template.HTML
}

type legend struct{ Class, Label string }

type actionView struct {
	Number                        int
	At, Change, Policy, Why, When string
	Out                           bool
}

// Vary returns a simulation with the ranges of its figures. What was measured has none, and neither has a single run.
func Vary(name string, r scaling.Result, ranges scaling.Ranges) Simulation {
	s := Simulation{Name: name, Result: r}
	if r.Measured || ranges.Runs < 2 {
		return s
	}
	var of []func(scaling.Result) float64
	for _, f := range figures(r) {
		of = append(of, f.of)
	}
	spread := r.Spread(ranges, of...)
	s.spread = &spread
	return s
}

// Tiles returns the key figures of a simulation.
func Tiles(s Simulation) []struct{ Label, Value string } {
	var all []struct{ Label, Value string }
	for _, t := range tiles(s) {
		all = append(all, struct{ Label, Value string }{t.Label, t.Value})
	}
	return all
}

// Explain says what the figures of simulations are; empty where each has one value.
func Explain(simulations ...Simulation) string {
	for _, s := range simulations {
		if s.spread != nil {
			return fmt.Sprintf("Figures go from the median to the 95th percentile of %d runs.", s.spread.Runs)
		}
	}
	return ""
}

// figure is a key figure.
type figure struct {
	label    string
	of       func(scaling.Result) float64
	write    func(float64) string
	suffix   string
	bad      float64 // what is beyond it is bad
	optional bool    // not shown where it is 0
}

func figures(r scaling.Result) []figure {
	count := func(n float64) string { return fmt.Sprintf("%.0f", n) }
	never := math.Inf(1)
	minutes := func(of func(scaling.Result) time.Duration) func(scaling.Result) float64 {
		return func(r scaling.Result) float64 { return of(r).Round(time.Minute).Seconds() }
	}
	peakEnds := r.Load.PeakEnds()
	all := []figure{
		{label: "Task hours", of: scaling.Result.TaskHours, write: hours, bad: never},
		{
			label: fmt.Sprintf("Cost at %v a task hour", r.Service.TaskHourPrice), of: scaling.Result.Cost, write: Money,
			bad: never, optional: true,
		},
		{
			label: "Most tasks", of: func(r scaling.Result) float64 { return float64(r.Peak) }, write: count,
			suffix: fmt.Sprintf(" of %d", highestLimit(r)), bad: never,
		},
		{label: "Refused requests", of: scaling.Result.RefusedShare, write: Percent, bad: 0.001},
		{
			label: "99 of 100 within", of: func(r scaling.Result) float64 { return r.Latency(0.99).Seconds() },
			write: func(s float64) string { return milliseconds(duration(s)) }, bad: never,
		},
		{
			label: "Changes", of: func(r scaling.Result) float64 { return float64(len(r.Actions)) }, write: count,
			bad: never,
		},
		{
			label: "Most changes in an hour", write: count, bad: never,
			of: func(r scaling.Result) float64 { return float64(r.MaxChangesPerHour()) },
		},
		{
			label: "First additional task after", of: minutes(scaling.Result.FirstReaction), write: span, bad: never,
			optional: true,
		},
		{
			label: "Too few tasks", write: span, optional: true,
			of: minutes(func(r scaling.Result) time.Duration { return r.Overloaded }),
		},
		{
			label: "Too few tasks at a time", write: span, optional: true,
			of: minutes(func(r scaling.Result) time.Duration { return r.LongestOverload }),
		},
	}
	for i, t := range r.Targets {
		all = append(all, figure{
			label: "Above the target: " + t.Name, write: span, bad: never,
			of: func(r scaling.Result) float64 { return r.Targets[i].Above.Seconds() },
		})
	}
	return append(all, figure{
		label: "Back at the fewest tasks after the peak", bad: never, write: span,
		of: func(r scaling.Result) float64 {
			if back, ok := r.BackAtMinimum(peakEnds); ok {
				return back.Round(time.Minute).Seconds()
			}
			return never
		},
	})
}

func tiles(s Simulation) []tile {
	var all []tile
	for i, f := range figures(s.Result) {
		value := scaling.Range{Median: f.of(s.Result), High: f.of(s.Result)}
		if s.spread != nil {
			value = s.spread.Figures[i]
		}
		if f.optional && value.High == 0 {
			continue
		}
		all = append(all, tile{
			Label: f.label, Value: between(value, f.write) + f.suffix, Bad: value.High > f.bad, median: value.Median,
			write: f.write,
		})
	}
	return all
}

// alignCharts gives each column the charts of all others, empty where it has none of its own.
func alignCharts(columns []column) {
	var titles []string
	for _, c := range columns {
		for _, chart := range c.Charts {
			if !slices.Contains(titles, chart.Title) {
				titles = append(titles, chart.Title)
			}
		}
	}
	for i := range columns {
		all := make([]chartView, len(titles))
		for _, chart := range columns[i].Charts {
			all[slices.Index(titles, chart.Title)] = chart
		}
		columns[i].Charts = all
	}
}

// compare puts the figures of all columns side by side.
func compare(columns []column) []figureRow {
	var rows []figureRow
	for i, c := range columns {
		for _, t := range c.Tiles {
			at := slices.IndexFunc(rows, func(row figureRow) bool { return row.Label == t.Label })
			if at < 0 {
				at = len(rows)
				rows = append(rows, figureRow{
					Label: t.Label, Values: make([]tile, len(columns)), Differs: len(columns) == 2,
				})
			}
			rows[at].Values[i] = t
		}
	}
	for i := range rows {
		if rows[i].Differs {
			rows[i].Difference = difference(rows[i].Values[0], rows[i].Values[1])
		}
	}
	return rows
}

// difference writes how much more the second figure is, by their medians; empty where one of them has no value.
func difference(a, b tile) string {
	by := b.median - a.median
	switch {
	case a.write == nil || b.write == nil || math.IsInf(by, 0) || math.IsNaN(by):
		return ""
	case a.write(a.median) == b.write(b.median):
		return "same"
	case by < 0:
		return "−" + inPoints(a.write(-by))
	}
	return "+" + inPoints(a.write(by))
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// span writes a number of seconds; an infinite one is beyond the end of the load.
func span(seconds float64) string {
	if math.IsInf(seconds, 1) {
		return "not in this load"
	}
	return FormatDuration(duration(seconds))
}

// between writes a range, or one text where both ends read the same.
func between(r scaling.Range, write func(float64) string) string {
	if low, high := write(r.Median), write(r.High); low != high {
		return low + " to " + high
	}
	return write(r.High)
}

// Money writes an amount with two digits after the point, or more where it is below 1.
func Money(n float64) string {
	digits := 2
	switch {
	case n > 0 && n < 0.01:
		digits = 5
	case n > 0 && n < 1:
		digits = 3
	}
	return strconv.FormatFloat(n, 'f', digits, 64)
}

func hours(n float64) string { return fmt.Sprintf("%.1f", n) }

// Percent writes a share with the precision that a simulation has.
func Percent(share float64) string {
	switch percent := 100 * share; {
	case percent == 0:
		return "none"
	case percent < 0.01:
		return "under 0.01 %"
	case percent < 1:
		return fmt.Sprintf("%.1g %%", percent)
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

func milliseconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// FormatDuration writes a duration for people: 35 min, 2 h 5 min.
func FormatDuration(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	for _, part := range []struct {
		n    int
		unit string
	}{{days, "d"}, {hours, "h"}, {minutes, "min"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.unit))
		}
	}
	if seconds := int(d/time.Second) % 60; seconds > 0 && days+hours == 0 {
		parts = append(parts, fmt.Sprintf("%d s", seconds))
	}
	if len(parts) == 0 {
		return "0 min"
	}
	return strings.Join(parts, " ")
}

// FormatStart writes when a load begins: Friday, 27 November 2026, 08:00 CET.
func FormatStart(load scaling.Load) string {
	return load.Start.Format("Monday, 2 January 2006, 15:04 MST")
}

// scales returns the highest value of each chart over all columns.
func scales(simulations []Simulation) map[string]float64 {
	most := map[string]float64{}
	note := func(chart string, value float64) {
		if !math.IsNaN(value) && value > most[chart] {
			most[chart] = value
		}
	}
	for _, s := range simulations {
		for _, m := range s.Result.Minutes {
			note("load", m.Load)
			note("tasks", m.Paid)
			note("tasks", float64(m.Desired))
			note("tasks", float64(m.Most))
			note(responseTime, m.ResponseTime)
		}
		if s.Measured != nil {
			for _, d := range s.Measured.Figures {
				note(deviationKey(d), d.Measured)
			}
		}
		if s.spread != nil {
			noteBand(note, "tasks", s.spread.Tasks)
			noteBand(note, responseTime, s.spread.ResponseTime)
		}
		for _, t := range s.Result.Targets {
			for _, value := range t.ByMinute() {
				note(metricKey(t.Metric), value)
			}
			note(metricKey(t.Metric), t.Target*1.2)
		}
	}
	most[string(settings.CPU)], most[string(settings.Memory)] = 100, 100
	return most
}

func noteBand(note func(string, float64), chart string, b scaling.Band) {
	for _, value := range b.High {
		note(chart, value)
	}
}

// responseTime is the key of the response time, which every page shows.
const responseTime = string(settings.ResponseTime)

func metricKey(m rules.Metric) string {
	if m.Kind == rules.Custom {
		return m.Name
	}
	return string(m.Kind)
}

func newColumn(s Simulation, scale map[string]float64) (column, error) {
	r := s.Result
	plan := r.Service.Plan
	c := column{
		Name: s.Name, Plan: describePlan(plan), Tiles: tiles(s), Notes: r.Notes, Model: describeModel(r.Service),
	}
	if r.Measured {
		c.Model = ""
	}
	spread := s.spread
	if spread == nil {
		spread = &scaling.Spread{}
	}
	step := max(1, (len(r.Minutes)+maxPoints-1)/maxPoints)
	points := thin(r, step)
	axis := newAxis(r.Load.Start, r.Load.Duration())

	const loadTitle = "Load, requests a second"
	c.Charts = append(c.Charts, chartView{
		loadTitle, []legend{{"load", "offered"}, {"refused", "refused"}},
		chart{
			title: loadTitle, start: r.Load.Start, height: 150, top: scale["load"], axis: axis, step: step,
			areas: []series{{"load", points.load}, {"refused", points.refused}},
		}.svg(),
	})
	points.over = measuredLines(s.Measured, points, step)
	over := points.over
	c.Charts = append(c.Charts, tasksChart(r, points, chart{
		height: 190, top: scale["tasks"], axis: axis, step: step, stairs: true, band: spread.Tasks, over: over[tasksKey],
	}))
	if s.Measured != nil {
		c.Deviations = Deviations(*s.Measured)
		c.Changes = changeViews(r.Load, s.Measured.Changes)
	}
	shown := map[string]bool{}
	for _, t := range r.Targets {
		key := metricKey(t.Metric)
		shown[key] = true
		low := t.Target * r.Service.Assumptions.LowFraction
		marks := []mark{{"target", "target " + number(t.Target), t.Target}}
		if t.ScaleIn {
			marks = append(marks, mark{"low", "low alarm " + number(low), low})
		}
		for _, st := range plan.Steps {
			if metricKey(st.Metric) == key {
				marks = append(marks, mark{"step", st.Name + " " + number(st.Alarm.Threshold), st.Alarm.Threshold})
			}
		}
		points.add(key, t.Metric.Title()+t.Metric.Unit(), t.ByMinute(), step)
		drawn := chart{
			start: r.Load.Start, height: 140, top: scale[key], axis: axis, step: step,
			lines: []series{{"metric", points.metrics[key]}}, marks: marks, over: over[key],
			spans: alarmSpans(t, r.Service.Assumptions),
		}
		if key == responseTime {
			drawn.band = spread.ResponseTime
		}
		c.Charts = append(c.Charts, metricChart(chartTitle(t.Metric), t.Metric.Title(), drawn))
	}
	if !shown[responseTime] {
		var values []float64
		for _, m := range r.Minutes {
			values = append(values, m.ResponseTime)
		}
		points.add(responseTime, "response time ms", values, step)
		c.Charts = append(c.Charts, metricChart(chartTitles[settings.ResponseTime], "response time", chart{
			start: r.Load.Start, height: 140, top: scale[responseTime], axis: axis, step: step,
			band: spread.ResponseTime, lines: []series{{"metric", points.metrics[responseTime]}},
			over: over[responseTime],
		}))
	}
	c.Actions = changeViews(r.Load, r.Actions)
	data, err := json.Marshal(points.hover(r.Load, step))
	c.Data = template.JS(data) //nolint:gosec // encoding/json escapes what is special in HTML
	return c, err
}

func changeViews(load scaling.Load, actions []scaling.Action) []actionView {
	var all []actionView
	for i, a := range actions {
		view := actionView{
			Number: i + 1, At: clock(load, a.At), Policy: a.Policy, Why: because(load, a), Out: a.To > a.From,
			Change: fmt.Sprintf("%d → %d", a.From, a.To),
		}
		if a.Ready > a.At {
			view.When = "ready at " + clock(load, a.Ready)
		}
		all = append(all, view)
	}
	return all
}

func metricChart(title, name string, c chart) chartView {
	c.title = title
	all := slices.Concat([]legend{{"metric", name}}, c.overLegend(), c.bandLegend(), c.spanLegend())
	return chartView{title, all, c.svg()}
}

// tasksChart draws the number of tasks between its limits, which are steps where schedules move them.
func tasksChart(r scaling.Result, points *points, c chart) chartView {
	view := chartView{Title: "Tasks", Legend: []legend{{"running", "running"}, {"desired", "desired"},
		{"paid", "paid for, including those that start or drain"}}}
	c.title, c.start = view.Title, r.Load.Start
	c.areas = []series{{"running", points.running}}
	c.lines = []series{{"paid", points.paid}, {"desired", points.desired}}
	c.dots = dots(r)
	start := r.Minutes[0]
	if slices.ContainsFunc(r.Minutes, func(m scaling.Minute) bool {
		return m.Fewest != start.Fewest || m.Most != start.Most
	}) {
		c.lines = append(c.lines, series{"limit", points.fewest}, series{"limit", points.most})
		view.Legend = append(view.Legend, legend{"limit", "limits, which schedules move"})
	} else {
		c.marks = []mark{
			{"limit", fmt.Sprint("max ", start.Most), float64(start.Most)},
			{"limit", fmt.Sprint("min ", start.Fewest), float64(start.Fewest)},
		}
	}
	c.spans = cooldownSpans(r)
	view.Legend = slices.Concat(view.Legend, c.overLegend(), c.bandLegend(), c.spanLegend())
	view.SVG = c.svg()
	return view
}

func highestLimit(r scaling.Result) int {
	most := 0
	for _, m := range r.Minutes {
		most = max(most, m.Most)
	}
	return most
}

var chartTitles = map[settings.MetricKind]string{
	settings.CPU: "CPU of the tasks, percent", settings.Memory: "Memory of the tasks, percent",
	settings.Requests: "Requests, for each task and minute", settings.ResponseTime: "Average response time, ms",
	settings.Backlog: "Messages that wait, for each task",
}

func chartTitle(m rules.Metric) string {
	if title, ok := chartTitles[m.Kind]; ok {
		return title
	}
	return m.Name
}

func describePlan(p rules.Plan) string {
	parts := []string{fmt.Sprintf("%d to %d tasks", p.Min, p.Max)}
	for _, t := range p.Tracking {
		part := fmt.Sprintf("%s at %s%s", t.Metric.Title(), number(t.Target), t.Metric.Unit())
		if t.Metric.HighResolution {
			part += fmt.Sprintf(" each %.0f seconds", t.Metric.Period().Seconds())
		}
		parts = append(parts, part)
	}
	for _, s := range p.Steps {
		threshold := number(s.Alarm.Threshold) + s.Metric.Unit()
		parts = append(parts, fmt.Sprintf("%s from %s %s", s.Name, s.Metric.Title(), threshold))
	}
	for _, s := range p.Schedules {
		parts = append(parts, "schedule "+s.Name)
	}
	return strings.Join(parts, " · ")
}

func describeModel(s scaling.Service) string {
	m, a := s.Model, s.Assumptions
	fast := ""
	if slices.ContainsFunc(s.Plan.Tracking, func(t rules.Tracking) bool { return t.Metric.HighResolution }) {
		fast = fmt.Sprintf(", and those of each 20 seconds %s late", FormatDuration(a.HighResolutionDelay))
	}
	return fmt.Sprintf("A task answers %s requests a second, %s each when idle; CPU %s to %s %%, memory %s to %s %%; "+
		"it starts in %s and drains for %s. Requests wait up to %s. Metrics arrive %s late%s.",
		number(m.Capacity), milliseconds(m.Latency),
		number(m.IdleCPU), number(m.FullCPU), number(m.IdleMemory), number(m.FullMemory),
		FormatDuration(m.Start), FormatDuration(m.Drain), FormatDuration(m.Queue), FormatDuration(a.MetricDelay), fast)
}

func number(n float64) string {
	if math.Abs(n) >= 100 || n == math.Trunc(n) {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
}

// clock returns the time of day, with the weekday if the load has several.
func clock(load scaling.Load, at time.Duration) string {
	layout := "15:04"
	if load.Duration() > 26*time.Hour {
		layout = "Mon 15:04"
	}
	return load.Start.Add(at).Format(layout)
}

// Sentence describes a change: "14:03 scale out 2 → 5: CPU 93 % over 50 % for 3 minutes".
func Sentence(load scaling.Load, a scaling.Action) string {
	direction := "scale in"
	if a.To > a.From {
		direction = "scale out"
	}
	return fmt.Sprintf("%s %s %d → %d: %s", clock(load, a.At), direction, a.From, a.To, because(load, a))
}

// because is the reason of a change, with what it has waited for.
func because(load scaling.Load, a scaling.Action) string {
	if a.Waited == 0 {
		return a.Reason
	}
	return a.Reason + "; waited for the cooldown until " + clock(load, a.Waited)
}
