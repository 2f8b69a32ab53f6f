package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"webapp/scaling"
	"webapp/scaling/rules"
)

// The charts' own units; the page scales them.
const (
	width     = 760
	left      = 52
	right     = 118 // room for the names of lines, so that they never lie on a curve
	maxPoints = width - left - right
	foot      = 24
	head      = 8
)

type series struct {
	class  string
	values []float64
}

// mark is a horizontal line with its name.
type mark struct {
	class, label string
	value        float64
}

// dot is a numbered change of the number of tasks.
type dot struct {
	x, y  float64 // share of the time; tasks
	label string
	title string
	out   bool
}

// strip is a time in which something lasts, in minutes. It is drawn above the chart.
type strip struct {
	class, label string
	from, to     float64
}

type chart struct {
	title        string
	start        time.Time
	height       int
	top          float64
	axis         axis
	step         int // minutes a point
	stairs       bool
	areas, lines []series
	over         []float64 // what was measured, drawn over the simulation
	band         scaling.Band
	spans        []strip
	marks        []mark
	dots         []dot
}

// axis is the time.
type axis struct {
	minutes int
	ticks   []tick
}

type tick struct {
	minute int
	label  string
}

func newAxis(start time.Time, duration time.Duration) axis {
	a := axis{minutes: max(int(duration/time.Minute), 1)}
	every := 24 * time.Hour
	for _, d := range []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour,
		6 * time.Hour, 12 * time.Hour} {
		if duration/d <= 8 {
			every = d
			break
		}
	}
	for duration/every > 8 {
		every *= 2
	}
	layout := "15:04"
	if every >= 24*time.Hour {
		layout = "2 Jan"
		if duration <= 8*24*time.Hour {
			layout = "Mon"
		}
	}
	for at := time.Duration(0); at < duration; at += every {
		a.ticks = append(a.ticks, tick{int(at / time.Minute), start.Add(at).Format(layout)})
	}
	return a
}

func (c chart) x(minute float64) float64 {
	return left + minute/float64(c.axis.minutes)*(width-left-right)
}

func (c chart) y(value float64) float64 {
	return float64(head) + (1-value/c.top)*float64(c.height-head-foot)
}

func (c chart) svg() template.HTML {
	c.top = roundUp(c.top)
	if c.stairs {
		c.top = 2 * math.Ceil(c.top/2) // there are no halves of tasks
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img"><title>%s</title><desc>%s</desc>`, width, c.height,
		template.HTMLEscapeString(c.title), template.HTMLEscapeString(c.describe()))
	for _, value := range []float64{0, c.top / 2, c.top} {
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, width-right, c.y(value),
			c.y(value))
		fmt.Fprintf(&b, `<text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>`, left-6, c.y(value)+4,
			number(value))
	}
	for _, t := range c.axis.ticks {
		x := c.x(float64(t.minute))
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, x, x, head, c.height-foot)
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>`, x, c.height-8,
			template.HTMLEscapeString(t.label))
	}
	for _, s := range c.areas {
		fmt.Fprintf(&b, `<path class="area %s" d="%s"/>`, s.class, c.area(s.values))
	}
	if d := c.bandPath(); d != "" {
		fmt.Fprintf(&b, `<path class="band" d="%s"/>`, d)
	}
	c.drawSpans(&b)
	c.drawMarks(&b)
	for _, s := range c.lines {
		fmt.Fprintf(&b, `<path class="line %s" d="%s"/>`, s.class, c.path(s.values))
	}
	if c.over != nil {
		line := c.path(c.over) // twice: on an edge of the background's color, it stands out from every other line
		fmt.Fprintf(&b, `<path class="line measured" d="%s"/><path class="line measured" d="%s"/>`, line, line)
	}
	c.drawDots(&b)
	fmt.Fprintf(&b, `<line class="cross" x1="0" x2="0" y1="%d" y2="%d" visibility="hidden"/></svg>`, head,
		c.height-foot)
	return template.HTML(b.String()) //nolint:gosec // numbers, our own words, and labels escaped above
}

func (c chart) drawSpans(b *strings.Builder) {
	for _, s := range c.spans {
		from, to := c.x(s.from), c.x(min(s.to, float64(c.axis.minutes)))
		fmt.Fprintf(b, `<rect class="span %s" x="%.1f" y="1" width="%.1f" height="5"/>`, s.class, from,
			max(to-from, 0))
	}
}

func (c chart) spanLegend() []legend {
	var all []legend
	for _, s := range c.spans {
		if entry := (legend{s.class, s.label}); !slices.Contains(all, entry) {
			all = append(all, entry)
		}
	}
	return all
}

// alarmSpans returns when the alarms of a target were in the state ALARM. They see a minute after the metric's delay.
func alarmSpans(t scaling.TargetResult, a rules.Assumptions) []strip {
	high, low := t.Alarms(a)
	delay, period := a.MetricDelay, t.Metric.Period()
	if t.Metric.HighResolution {
		delay = a.HighResolutionDelay
	}
	spans := alarmSpan(high, t.Values, delay, period, strip{class: "high", label: "alarm: too high"})
	if !t.ScaleIn {
		return spans
	}
	return append(spans, alarmSpan(low, t.Values, delay, period, strip{class: "low", label: "alarm: too low"})...)
}

func alarmSpan(a rules.Alarm, values rules.Series, delay, period time.Duration, like strip) []strip {
	var spans []strip
	before := rules.OK
	for i := range values {
		state := a.Evaluate(values[:i+1], before)
		if state == rules.InAlarm {
			seen := (time.Duration(i+1)*period + delay).Minutes()
			if before != rules.InAlarm {
				like.from = seen
				spans = append(spans, like)
			}
			spans[len(spans)-1].to = seen + period.Minutes()
		}
		before = state
	}
	return spans
}

// cooldownSpans returns the cooldowns of the changes. Those after additions lie on those after removals, which they
// end.
func cooldownSpans(r scaling.Result) []strip {
	var added, removed []strip
	for _, a := range r.Actions {
		s := strip{from: a.At.Minutes(), to: a.Cools.Minutes()}
		switch {
		case a.Cools == 0:
		case a.To > a.From:
			s.class, s.label = "out", "cooldown after adding"
			added = append(added, s)
		default:
			s.class, s.label = "in", "cooldown after removing"
			removed = append(removed, s)
		}
	}
	return append(removed, added...)
}

// describe says in words what the chart shows.
func (c chart) describe() string {
	var parts []string
	lines := slices.Concat(c.areas, c.lines)
	if c.over != nil {
		lines = append(lines, series{"measured", c.over})
	}
	for _, s := range lines {
		highest := -1
		for i, value := range s.values {
			if !math.IsNaN(value) && (highest < 0 || value > s.values[highest]) {
				highest = i
			}
		}
		if highest >= 0 {
			at := c.start.Add(time.Duration(highest*c.step) * time.Minute).Format("Mon 15:04")
			parts = append(parts, fmt.Sprintf("%s: at most %s, at %s", s.class, number(s.values[highest]), at))
		}
	}
	for _, m := range c.marks {
		parts = append(parts, m.label)
	}
	return strings.Join(parts, "; ") + "."
}

// drawMarks draws horizontal lines, and their names beside the chart, a line's height apart.
func (c chart) drawMarks(b *strings.Builder) {
	marks := slices.Clone(c.marks)
	slices.SortStableFunc(marks, func(a, b mark) int { return int(math.Copysign(1, b.value-a.value)) })
	const line = 15
	lowest := float64(c.height - foot - line*(len(marks)-1))
	next := float64(head)
	for _, m := range marks {
		y := c.y(min(m.value, c.top))
		fmt.Fprintf(b, `<line class="mark %s" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, m.class, left, width-right, y, y)
		at := min(max(y+4, next+4), lowest+4)
		fmt.Fprintf(b, `<text class="name %s" x="%d" y="%.1f">%s</text>`, m.class, width-right+8, at,
			template.HTMLEscapeString(m.label))
		next, lowest = at-4+line, lowest+line
	}
}

const (
	largeDot = 8.0 // has a number
	smallDot = 2.5
)

// drawDots draws the changes so that none lies on another: with their numbers where there is room, and small otherwise.
// Where not even that has room, the line of tasks still shows the change.
func (c chart) drawDots(b *strings.Builder) {
	at := func(d dot) (x, y float64) { return left + d.x*(width-left-right), c.y(d.y) }
	var drawn []circle
	for i, d := range c.dots {
		x, y := at(d)
		large, small := circle{x, y, largeDot}, circle{x, y, smallDot}
		free := !slices.ContainsFunc(drawn, large.touches)
		for j, other := range c.dots {
			otherX, otherY := at(other)
			free = free && (i == j || !large.touches(circle{otherX, otherY, smallDot}))
		}
		class := "in"
		if d.out {
			class = "out"
		}
		switch {
		case free:
			drawn = append(drawn, large)
			fmt.Fprintf(b, `<g class="dot %s"><title>%s</title><circle cx="%.1f" cy="%.1f" r="%v"/>`+
				`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text></g>`, class, template.HTMLEscapeString(d.title),
				x, y, largeDot, x, y+3.5, d.label)
		case !slices.ContainsFunc(drawn, small.touches):
			drawn = append(drawn, small)
			fmt.Fprintf(b, `<g class="dot %s"><title>%s</title><circle cx="%.1f" cy="%.1f" r="%v"/></g>`, class,
				template.HTMLEscapeString(d.title), x, y, smallDot)
		}
	}
}

type circle struct{ x, y, radius float64 }

func (c circle) touches(other circle) bool {
	const gap = 0.5 // coordinates are rounded
	return math.Hypot(c.x-other.x, c.y-other.y) < c.radius+other.radius+gap
}

// path draws a line; where there is no value it has a gap.
func (c chart) path(values []float64) string {
	var b strings.Builder
	pen, before := "M", 0.0
	for i, value := range values {
		if math.IsNaN(value) {
			pen = "M"
			continue
		}
		x, y := c.x(float64(i*c.step)), c.y(min(value, c.top))
		if c.stairs && pen == "L" {
			fmt.Fprintf(&b, "L%.1f %.1f", x, before)
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, x, y)
		pen, before = "L", y
	}
	return b.String()
}

// bandPath outlines a band: along its upper edge, and back along the lower one. Points without a value are left out.
func (c chart) bandPath() string {
	var b strings.Builder
	pen := "M"
	draw := func(i int, value float64) {
		if !math.IsNaN(value) {
			fmt.Fprintf(&b, "%s%.1f %.1f", pen, c.x(min(float64(i*c.band.Step), float64(c.axis.minutes))),
				c.y(min(value, c.top)))
			pen = "L"
		}
	}
	for i, value := range c.band.High {
		draw(i, value)
	}
	for i, value := range slices.Backward(c.band.Low) {
		draw(i, value)
	}
	if b.Len() > 0 {
		b.WriteString("Z")
	}
	return b.String()
}

func (c chart) overLegend() []legend {
	if c.over == nil {
		return nil
	}
	return []legend{{"measured", "measured"}}
}

func (c chart) bandLegend() []legend {
	if len(c.band.High) == 0 {
		return nil
	}
	return []legend{{"band", "90 of 100 runs"}}
}

func (c chart) area(values []float64) string {
	line := c.path(values)
	if line == "" {
		return ""
	}
	return fmt.Sprintf("%sL%.1f %.1fL%.1f %.1fZ", line, c.x(float64((len(values)-1)*c.step)), c.y(0), c.x(0), c.y(0))
}

// roundUp finds the next number that a scale ends well at.
func roundUp(n float64) float64 {
	if n <= 0 {
		return 1
	}
	base := math.Pow(10, math.Floor(math.Log10(n)))
	for _, m := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if m*base >= n*0.999 {
			return m * base
		}
	}
	return 10 * base
}

func dots(r scaling.Result) []dot {
	var all []dot
	for i, a := range r.Actions {
		all = append(all, dot{
			x: float64(a.At) / float64(r.Load.Duration()), y: float64(a.To), label: fmt.Sprint(i +
				1), out: a.To > a.From,
			title: fmt.Sprintf("%s %s %d → %d: %s", clock(r.Load, a.At), a.Policy, a.From, a.To, a.Reason),
		})
	}
	return all
}

// points are the minutes of a result, several to a point where there are more than a chart can show.
type points struct {
	load, refused, desired, running, paid []float64
	fewest, most                          []float64
	metrics                               map[string][]float64
	names                                 []string // of the metrics, in the charts' order
	keys                                  []string
	over                                  map[string][]float64 // what was measured, by the key of the chart
}

func thin(r scaling.Result, step int) *points {
	p := &points{metrics: map[string][]float64{}}
	field := func(of func(scaling.Minute) float64) []float64 { return scaling.Highest(r.Minutes, step, of) }
	p.load = field(func(m scaling.Minute) float64 { return m.Load })
	p.refused = field(func(m scaling.Minute) float64 { return m.Refused })
	p.desired = field(func(m scaling.Minute) float64 { return float64(m.Desired) })
	p.running = field(func(m scaling.Minute) float64 { return float64(m.Running) })
	p.paid = field(func(m scaling.Minute) float64 { return m.Paid })
	p.fewest = field(func(m scaling.Minute) float64 { return float64(m.Fewest) })
	p.most = field(func(m scaling.Minute) float64 { return float64(m.Most) })
	return p
}

func (p *points) add(key, name string, values []float64, step int) {
	p.metrics[key] = scaling.Highest(values, step, func(value float64) float64 { return value })
	p.keys = append(p.keys, key)
	p.names = append(p.names, name)
}

// measured writes what was measured at a point; nothing where that is not known.
func (p *points) measured(key string, i int) string {
	if values := p.over[key]; i < len(values) && !math.IsNaN(values[i]) {
		return ", measured " + number(values[i])
	}
	return ""
}

// hover is what the page shows of the point under the pointer.
type hover struct {
	Left  float64    `json:"left"`  // where the charts begin and end, as shares of their width
	Right float64    `json:"right"` //
	Rows  [][]string `json:"rows"`  // time, then a text for each line of the box
}

func (p *points) hover(load scaling.Load, step int) hover {
	h := hover{Left: float64(left) / width, Right: float64(width-right) / width}
	for i := range p.load {
		row := []string{
			clock(load, time.Duration(i*step)*time.Minute),
			fmt.Sprintf("load %s a second, refused %s", number(p.load[i]), number(p.refused[i])),
			fmt.Sprintf("tasks: %s desired, %s running", number(p.desired[i]), number(p.running[i])) +
				p.measured(tasksKey, i),
		}
		for k, key := range p.keys {
			value := "no data"
			if v := p.metrics[key][i]; !math.IsNaN(v) {
				value = number(v)
			}
			row = append(row, p.names[k]+": "+value+p.measured(key, i))
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}
