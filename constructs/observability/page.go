package observability

import (
	"slices"

	"webapp/constructs/ecs"
)

// page is the body of a dashboard: headings with rows of up to three graphs below them.
// Source: CloudWatch API, "Dashboard body structure and syntax".
type page struct {
	region  string
	widgets []widget
	metrics int // of all widgets
	y       int // of the next row
}

type (
	widget struct {
		Type       string `json:"type"`
		X          int    `json:"x"`
		Y          int    `json:"y"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		Properties any    `json:"properties"`
	}
	textProperties struct {
		Markdown string `json:"markdown"`
	}
	alarmProperties struct {
		Title  string   `json:"title"`
		Alarms []string `json:"alarms"`
	}
	metricProperties struct {
		Title       string       `json:"title"`
		Region      string       `json:"region"`
		View        string       `json:"view"`
		Stacked     bool         `json:"stacked"`
		Period      int          `json:"period"`
		Metrics     [][]any      `json:"metrics"` // namespace, name, name and value of each dimension, options
		Annotations *annotations `json:"annotations,omitempty"`
		YAxis       axes         `json:"yAxis"`
	}
	metricOptions struct {
		Stat       string `json:"stat,omitempty"`
		Label      string `json:"label"`
		ID         string `json:"id,omitempty"`
		Visible    *bool  `json:"visible,omitempty"` // nil for true
		Expression string `json:"expression,omitempty"`
	}
	annotations struct {
		Horizontal []annotation `json:"horizontal"`
	}
	annotation struct {
		Label string  `json:"label"`
		Value float64 `json:"value"`
	}
	axes struct {
		Left axis `json:"left"`
	}
	axis struct {
		Min int `json:"min"`
	}
)

// graph shows metrics over time, with marks at certain values.
type graph struct {
	title string
	lines []line
	marks []annotation
}

// line is a metric, or the result of an expression of other lines' metrics, which are hidden.
type line struct {
	label      string
	metric     ecs.Metric
	id         string // of a hidden metric
	expression string
}

// math adds the result of an expression.
func (g *graph) math(m ecs.Math) {
	g.lines = append(g.lines, line{label: g.title, expression: m.Expression})
	for _, id := range sorted(m.Metrics) {
		g.lines = append(g.lines, line{label: id, id: id, metric: m.Metrics[id]})
	}
}

func (g *graph) mark(label string, value float64) {
	g.marks = append(g.marks, annotation{Label: label, Value: value})
}

// graphs are graphs of one metric each.
type graphs struct{ all []*graph }

// of returns the metric's graph, which it adds if there is none yet.
func (all *graphs) of(title string, m ecs.Metric) *graph {
	for _, g := range all.all {
		if g.lines[0].expression == "" && same(g.lines[0].metric, m) {
			return g
		}
	}
	g := &graph{title: title, lines: []line{{label: m.Name, metric: m}}}
	all.all = append(all.all, g)
	return g
}

// ofMath returns the graph of an expression with this title, which it adds if there is none yet.
func (all *graphs) ofMath(title string, m ecs.Math) *graph {
	for _, g := range all.all {
		if g.title == title && g.lines[0].expression == m.Expression {
			return g
		}
	}
	g := &graph{title: title}
	g.math(m)
	all.all = append(all.all, g)
	return g
}

func same(a, b ecs.Metric) bool {
	equal := func(a, b any) bool { return a == b }
	return slices.EqualFunc(metricRow(line{metric: a}), metricRow(line{metric: b}), equal)
}

func (all *graphs) list() []graph {
	var list []graph
	for _, g := range all.all {
		list = append(list, *g)
	}
	return list
}

const pageWidth, graphWidth, graphHeight, headingHeight, alarmsHeight = 24, 8, 6, 1, 2

func (p *page) add(kind string, x, width, height int, properties any) {
	p.widgets = append(p.widgets, widget{
		Type: kind, X: x, Y: p.y, Width: width, Height: height, Properties: properties,
	})
}

// append adds the widgets of another page below those of this one.
func (p *page) append(other *page) {
	for _, w := range other.widgets {
		w.Y += p.y
		p.widgets = append(p.widgets, w)
	}
	p.metrics += other.metrics
	p.y += other.y
}

func (p *page) addHeading(text string) {
	p.add("text", 0, pageWidth, headingHeight, textProperties{Markdown: "## " + text})
	p.y += headingHeight
}

// addAlarms shows the states of alarms.
func (p *page) addAlarms(arns []string) {
	if len(arns) > 0 {
		p.add("alarm", 0, pageWidth, alarmsHeight, alarmProperties{Title: "Alarms", Alarms: arns})
		p.y += alarmsHeight
	}
}

// addRow shows graphs side by side, and continues in another row after three.
func (p *page) addRow(graphs ...graph) {
	for row := range slices.Chunk(graphs, pageWidth/graphWidth) {
		for i, g := range row {
			p.add("metric", i*graphWidth, graphWidth, graphHeight, g.properties(p.region))
			p.metrics += len(g.lines)
		}
		p.y += graphHeight
	}
}

func (g graph) properties(region string) metricProperties {
	properties := metricProperties{Title: g.title, Region: region, View: "timeSeries", Period: minute}
	for _, l := range g.lines {
		properties.Metrics = append(properties.Metrics, metricRow(l))
	}
	if len(g.marks) > 0 {
		properties.Annotations = &annotations{Horizontal: g.marks}
	}
	return properties
}

// metricRow returns a metric in the form of a dashboard's body.
func metricRow(l line) []any {
	if l.expression != "" {
		return []any{metricOptions{Label: l.label, Expression: l.expression}}
	}
	m := l.metric
	options := metricOptions{Stat: m.Statistic, Label: l.label, ID: l.id}
	if l.id != "" {
		options.Visible = new(bool)
	}
	all := []any{m.Namespace, m.Name}
	for _, name := range sorted(m.Dimensions) {
		all = append(all, name, m.Dimensions[name])
	}
	return append(all, options)
}

func (p *page) body() any {
	return struct {
		Widgets []widget `json:"widgets"`
	}{p.widgets}
}
