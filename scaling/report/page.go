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
	view := pageView{Load: load.Name, Span: FormatDuration(load.Duration()), From: FormatStart(load)}
	scale := scales(simulations)
	for _, s := range simulations {
		column, err := newColumn(s, scale)
		if err != nil {
			return fmt.Errorf("drawing the simulation of %s: %w", s.Name, err)
		}
		view.Columns = append(view.Columns, column)
		view.Measured = view.Measured || s.Result.Measured
	}
	if err := parsed.Execute(w, view); err != nil {
		return fmt.Errorf("drawing simulations: %w", err)
	}
	return nil
}

type pageView struct {
	Load, Span, From string
	Measured         bool
	Columns          []column
}

type column struct {
	Name    string
	Plan    string
	Tiles   []tile
	Charts  []chartView
	Actions []actionView
	Notes   []string
	Model   string
	Data    template.JS
}

type tile struct {
	Label, Value string
	Bad          bool
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

// Tiles returns the key figures of a result.
func Tiles(r scaling.Result) []struct{ Label, Value string } {
	var all []struct{ Label, Value string }
	for _, t := range tiles(r) {
		all = append(all, struct{ Label, Value string }{t.Label, t.Value})
	}
	return all
}

func tiles(r scaling.Result) []tile {
	spread := r.Spread()
	all := []tile{
		{Label: "Task hours", Value: between(spread.TaskHours, hours)},
		{Label: "Most tasks", Value: fmt.Sprintf("%d of %d", r.Peak, highestLimit(r))},
		{Label: "Refused requests", Value: between(spread.Refused, Percent), Bad: spread.Refused.High > 0.001},
		{Label: "99 of 100 within", Value: milliseconds(r.Latency(0.99))},
		{Label: "Changes", Value: fmt.Sprintf("%d, at most %d an hour", len(r.Actions), r.MaxChangesPerHour())},
	}
	if first := r.FirstReaction(); first > 0 {
		all = append(all, tile{Label: "First additional task after", Value: FormatDuration(first)})
	}
	if r.Overloaded > 0 {
		all = append(all, tile{Label: "Too few tasks", Bad: true, Value: fmt.Sprintf("%s, at most %s at a time",
			FormatDuration(r.Overloaded.Round(time.Minute)), FormatDuration(r.LongestOverload.Round(time.Minute)))})
	}
	for _, t := range r.Targets {
		all = append(all, tile{Label: "Above the target: " + t.Name, Value: FormatDuration(t.Above)})
	}
	if back, ok := r.BackAtMinimum(r.Load.PeakEnds()); ok {
		all = append(all, tile{Label: "Back at the fewest tasks", Value: FormatDuration(back) + " after the peak"})
	} else {
		all = append(all, tile{Label: "Back at the fewest tasks", Value: "not in this load"})
	}
	return all
}

// between writes a range, or one text where both ends read the same.
func between(r scaling.Range, write func(float64) string) string {
	if low, high := write(r.Low), write(r.High); low != high {
		return low + " to " + high
	}
	return write(r.High)
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
		for _, t := range s.Result.Targets {
			for _, value := range t.Values {
				note(metricKey(t.Metric), value)
			}
			note(metricKey(t.Metric), t.Target*1.2)
		}
	}
	most[string(settings.CPU)], most[string(settings.Memory)] = 100, 100
	return most
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
		Name: s.Name, Plan: describePlan(plan), Tiles: tiles(r), Notes: r.Notes, Model: describeModel(r.Service),
	}
	if r.Measured {
		c.Model = ""
	}
	step := max(1, (len(r.Minutes)+maxPoints-1)/maxPoints)
	points := thin(r, step)
	axis := newAxis(r.Load.Start, r.Load.Duration())

	c.Charts = append(c.Charts, chartView{
		"Load, requests a second", []legend{{"load", "offered"}, {"refused", "refused"}},
		chart{
			height: 150, top: scale["load"], axis: axis, step: step,
			areas: []series{{"load", points.load}, {"refused", points.refused}},
		}.svg(),
	})
	c.Charts = append(c.Charts, tasksChart(r, points, chart{
		height: 190, top: scale["tasks"], axis: axis, step: step, stairs: true,
	}))
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
			if st.Metric == t.Metric {
				marks = append(marks, mark{"step", st.Name + " " + number(st.Alarm.Threshold), st.Alarm.Threshold})
			}
		}
		points.add(key, t.Metric.Title()+t.Metric.Unit(), t.Values, step)
		c.Charts = append(c.Charts, chartView{
			chartTitle(t.Metric), []legend{{"metric", t.Metric.Title()}},
			chart{
				height: 140, top: scale[key], axis: axis, step: step,
				lines: []series{{"metric", points.metrics[key]}}, marks: marks,
			}.svg(),
		})
	}
	if !shown[responseTime] {
		var values []float64
		for _, m := range r.Minutes {
			values = append(values, m.ResponseTime)
		}
		points.add(responseTime, "response time ms", values, step)
		c.Charts = append(c.Charts, chartView{
			"Average response time, ms", []legend{{"metric", "response time"}},
			chart{
				height: 140, top: scale[responseTime], axis: axis, step: step,
				lines: []series{{"metric", points.metrics[responseTime]}},
			}.svg(),
		})
	}
	for i, a := range r.Actions {
		view := actionView{
			Number: i + 1, At: clock(r.Load, a.At), Policy: a.Policy, Why: a.Reason, Out: a.To > a.From,
			Change: fmt.Sprintf("%d → %d", a.From, a.To),
		}
		if a.Ready > a.At {
			view.When = "ready at " + clock(r.Load, a.Ready)
		}
		c.Actions = append(c.Actions, view)
	}
	data, err := json.Marshal(points.hover(r.Load, step))
	c.Data = template.JS(data) //nolint:gosec // encoding/json escapes what is special in HTML
	return c, err
}

// tasksChart draws the number of tasks between its limits, which are steps where schedules move them.
func tasksChart(r scaling.Result, points *points, c chart) chartView {
	view := chartView{Title: "Tasks", Legend: []legend{{"running", "running"}, {"desired", "desired"},
		{"paid", "paid for, including those that start or drain"}}}
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
		parts = append(parts, fmt.Sprintf("%s at %s%s", t.Metric.Title(), number(t.Target), t.Metric.Unit()))
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
	return fmt.Sprintf("A task answers %s requests a second, %s each when idle; CPU %s to %s %%, memory %s to %s %%; "+
		"it starts in %s and drains for %s. Requests wait up to %s. Metrics arrive %s late.",
		number(m.Capacity), milliseconds(m.Latency),
		number(m.IdleCPU), number(m.FullCPU), number(m.IdleMemory), number(m.FullMemory),
		FormatDuration(m.Start), FormatDuration(m.Drain), FormatDuration(m.Queue), FormatDuration(a.MetricDelay))
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
	return fmt.Sprintf("%s %s %d → %d: %s", clock(load, a.At), direction, a.From, a.To, a.Reason)
}
