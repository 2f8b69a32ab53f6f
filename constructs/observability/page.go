package observability

import (
	"slices"

	"webapp/constructs/ecs"
)

// page lays widgets out: rows of up to three graphs below headings.
// Source of the forms: CloudWatch API, "Dashboard body structure and syntax".
type page struct {
	region  string
	widgets []widget
	y       int // where the next row begins
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
		Metrics     [][]any      `json:"metrics"` // namespace, name, each dimension's name and value, options
		Annotations *annotations `json:"annotations,omitempty"`
		YAxis       axes         `json:"yAxis"`
	}
	metricOptions struct {
		Stat  string `json:"stat"`
		Label string `json:"label"`
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

// graph is some lines over time, with values marked on the way.
type graph struct {
	title string
	lines []line
	marks []annotation
}

type line struct {
	label  string
	metric ecs.Metric
}

func (g *graph) mark(label string, value float64) {
	g.marks = append(g.marks, annotation{Label: label, Value: value})
}

// graphs are of one metric each.
type graphs struct{ all []*graph }

// of returns the metric's graph.
func (all *graphs) of(title string, m ecs.Metric) *graph {
	for _, g := range all.all {
		if same(g.lines[0].metric, m) {
			return g
		}
	}
	g := &graph{title: title, lines: []line{{label: m.Name, metric: m}}}
	all.all = append(all.all, g)
	return g
}

func same(a, b ecs.Metric) bool {
	return slices.EqualFunc(metricRow(line{metric: a}), metricRow(line{metric: b}), func(a, b any) bool { return a == b })
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
	p.widgets = append(p.widgets, widget{Type: kind, X: x, Y: p.y, Width: width, Height: height, Properties: properties})
}

// append puts what is on another page below what is on this one.
func (p *page) append(other *page) {
	for _, w := range other.widgets {
		w.Y += p.y
		p.widgets = append(p.widgets, w)
	}
	p.y += other.y
}

func (p *page) heading(text string) {
	p.add("text", 0, pageWidth, headingHeight, textProperties{Markdown: "## " + text})
	p.y += headingHeight
}

// alarms shows the state of alarms, where there are any.
func (p *page) alarms(arns []string) {
	if len(arns) > 0 {
		p.add("alarm", 0, pageWidth, alarmsHeight, alarmProperties{Title: "Alarms", Alarms: arns})
		p.y += alarmsHeight
	}
}

// row shows graphs side by side, and below one another where there are more than three.
func (p *page) row(graphs ...graph) {
	for some := range slices.Chunk(graphs, pageWidth/graphWidth) {
		for i, g := range some {
			p.add("metric", i*graphWidth, graphWidth, graphHeight, g.properties(p.region))
		}
		p.y += graphHeight
	}
}

func (g graph) properties(region string) metricProperties {
	properties := metricProperties{Title: g.title, Region: region, View: "timeSeries", Period: aMinute}
	for _, l := range g.lines {
		properties.Metrics = append(properties.Metrics, metricRow(l))
	}
	if len(g.marks) > 0 {
		properties.Annotations = &annotations{Horizontal: g.marks}
	}
	return properties
}

// metricRow is a metric as a dashboard has it.
func metricRow(l line) []any {
	m := l.metric
	all := []any{m.Namespace, m.Name}
	for _, name := range sorted(m.Dimensions) {
		all = append(all, name, m.Dimensions[name])
	}
	return append(all, metricOptions{Stat: m.Statistic, Label: l.label})
}

func (p *page) body() any {
	return struct {
		Widgets []widget `json:"widgets"`
	}{p.widgets}
}
