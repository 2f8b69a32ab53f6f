package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/report"
	"webapp/scaling/rules"
	"webapp/settings"
)

func simulation(t *testing.T, name string, load scaling.Load) report.Simulation {
	t.Helper()
	all, err := settings.Load("../../examples/webapp.yaml", settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report.Simulation{Name: name, Result: scaling.Simulate(scaling.Of(all[0].Workload), load)}
}

func draw(t *testing.T, simulations ...report.Simulation) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, simulations...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var svg = regexp.MustCompile(`(?s)<svg.*?</svg>`)

func TestEverySimulationHasAColumnOfCharts(t *testing.T) {
	load := scaling.FlashCrowd(20, 220)
	html := draw(t, simulation(t, "one", load), simulation(t, "two", load))
	charts := svg.FindAllString(html, -1)
	if len(charts) != 10 { // load, tasks, CPU, memory, response time; twice
		t.Errorf("got %d charts, want 10", len(charts))
	}
	for _, chart := range charts {
		d := xml.NewDecoder(strings.NewReader(chart))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("no well-formed SVG: %v", err)
			}
		}
		if strings.Contains(chart, "NaN") || strings.Contains(chart, "Inf") {
			t.Error("a chart draws a value that is not a number")
		}
	}
	if got := strings.Count(html, "<section data-column "); got != 2 {
		t.Errorf("got %d columns, want 2", got)
	}
}

// TestMeasuredColumnsHaveNoModel, and the page does not call them a simulation.
func TestMeasuredColumnsHaveNoModel(t *testing.T) {
	simulated := simulation(t, "one", scaling.Spike(20, 220))
	measured := simulated
	measured.Result.Measured = true
	models := regexp.MustCompile(`<p class="soft">A task answers `)
	heading := regexp.MustCompile(`<p class="soft">(A simulation|What was measured) `)
	for name, tc := range map[string]struct {
		simulations []report.Simulation
		models      int
		want        string
	}{
		"a simulation": {[]report.Simulation{simulated}, 1, "A simulation"},
		"both":         {[]report.Simulation{measured, simulated}, 1, "What was measured"},
	} {
		html := draw(t, tc.simulations...)
		got := heading.FindStringSubmatch(html)
		if n := len(models.FindAllString(html, -1)); n != tc.models || got == nil || got[1] != tc.want {
			t.Errorf("%s: %d models, %q", name, n, got)
		}
	}
}

func TestPageNeedsNoNetwork(t *testing.T) {
	html := draw(t, simulation(t, "one", scaling.Spike(20, 220)))
	for _, outside := range regexp.MustCompile(`(?i)(src|href|@import|url\()\s*=?\s*["']?[a-z]+:`).FindAllString(html,
		-1) {
		t.Errorf("the page fetches %s", outside)
	}
}

func TestNamesAreNotMarkup(t *testing.T) {
	if html := draw(t, simulation(t, "<script>alert(1)</script>", scaling.Spike(20, 220))); strings.Contains(html,
		"<script>alert") {
		t.Error("a name became a script")
	}
}

// TestTextsOfAChartDoNotOverlap looks at the names beside a chart, whose lines may lie close together, and at the times
// below.
func TestTextsOfAChartDoNotOverlap(t *testing.T) {
	s := simulation(t, "close", scaling.Week(20, 220))
	plan := &s.Result.Service.Plan
	for i, threshold := range []float64{50.1, 50.2, 49.9, 99, 100} {
		plan.Steps = append(plan.Steps, rules.Steps{
			Name: "step" + strconv.Itoa(i), Metric: rules.Metric{Kind: settings.CPU},
			Alarm: rules.Alarm{Threshold: threshold},
		})
	}
	text := regexp.MustCompile(`<text class="(name|tick)[^"]*" x="([0-9.]+)" y="([0-9.]+)"( text-anchor="middle")?`)
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, chart := range svg.FindAllString(draw(t, s), -1) {
		lastName, lastTick := -100.0, -100.0
		for _, found := range text.FindAllStringSubmatch(chart, -1) {
			x, y := number(found[2]), number(found[3])
			switch {
			case found[1] == "name":
				if y-lastName < 12 {
					t.Errorf("two names are %.1f apart", y-lastName)
				}
				lastName = y
			case found[4] != "":
				if x-lastTick < 40 {
					t.Errorf("two times are %.1f apart", x-lastTick)
				}
				lastTick = x
			}
		}
	}
}

// TestDotsDoNotOverlap looks at the changes of a week, of which there are more than have room.
func TestDotsDoNotOverlap(t *testing.T) {
	s := simulation(t, "week", scaling.Week(20, 220))
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	circle := regexp.MustCompile(`<circle cx="([0-9.]+)" cy="([0-9.]+)" r="([0-9.]+)"`)
	found := circle.FindAllStringSubmatch(draw(t, s), -1)
	if len(found) < len(s.Result.Actions)/2 {
		t.Errorf("%d of %d changes are drawn", len(found), len(s.Result.Actions))
	}
	for i, a := range found {
		for _, b := range found[:i] {
			apart := math.Hypot(number(a[1])-number(b[1]), number(a[2])-number(b[2]))
			if apart < number(a[3])+number(b[3]) {
				t.Errorf("two dots with radii of %s and %s are %.1f apart", a[3], b[3], apart)
			}
		}
	}
}

// TestColorsHaveContrast measures the colors of both modes, as WCAG 2.2 asks of text (4.5) and of graphics (3).
func TestColorsHaveContrast(t *testing.T) {
	html := draw(t, simulation(t, "one", scaling.Spike(20, 220)))
	modes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(html, -1)
	if len(modes) != 2 {
		t.Fatalf("got %d modes, want light and dark", len(modes))
	}
	for i, mode := range modes {
		colors := map[string]float64{}
		for _, c := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6})`).FindAllStringSubmatch(mode[1], -1) {
			colors[c[1]] = luminance(t, c[2])
		}
		for _, tc := range []struct {
			color, on string
			least     float64
		}{
			{"text", "back", 4.5}, {"text", "card", 4.5}, {"soft", "back", 4.5}, {"soft", "card", 4.5},
			{"refused", "card", 4.5}, {"out", "back", 4.5}, {"in", "back", 4.5}, {"on", "out", 4.5}, {"on", "in", 4.5},
			{"target", "back", 4.5}, {"low", "back", 4.5}, {"step", "back", 4.5}, {"limit", "back", 4.5},
			{"load", "back", 3}, {"running", "back", 3}, {"refused", "back", 3}, {"metric", "back", 3},
			{"desired", "running", 3}, {"paid", "running", 3}, {"refused", "load", 3},
		} {
			a, b := colors[tc.color], colors[tc.on]
			if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < tc.least {
				t.Errorf("mode %d: %s on %s has a contrast of %.2f, want %v", i, tc.color, tc.on, got, tc.least)
			}
		}
	}
}

// luminance is the relative luminance of a color.
// Source: WCAG 2.2, "relative luminance".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		value := float64(rgb>>(8*i)&0xff) / 255
		if value <= 0.04045 {
			value /= 12.92
		} else {
			value = math.Pow((value+0.055)/1.055, 2.4)
		}
		total += weight * value
	}
	return total
}

// TestChartsAreNamedAndLineUp: the columns of a comparison have the same rows, and each chart says what it shows.
func TestChartsAreNamedAndLineUp(t *testing.T) {
	load := scaling.FlashCrowd(20, 220)
	one, two := simulation(t, "one", load), simulation(t, "two", load)
	service := two.Result.Service
	service.Plan.Tracking = service.Plan.Tracking[:1]
	service.Plan.Min = 3
	two.Result = scaling.Simulate(service, load)
	html := draw(t, one, two)
	for _, chart := range svg.FindAllString(html, -1) {
		var named struct {
			Title string `xml:"title"`
			Desc  string `xml:"desc"`
		}
		if err := xml.Unmarshal([]byte(chart), &named); err != nil || named.Title == "" || named.Desc == "" {
			t.Errorf("a chart is called %q, %q (%v)", named.Title, named.Desc, err)
		}
	}
	if got := len(regexp.MustCompile(`<figure>`).FindAllString(html, -1)); got != 10 {
		t.Errorf("got %d places for charts, want 5 in each column", got)
	}
	row := regexp.MustCompile(`<th scope="row">Refused requests</th>` +
		`<td[^>]*><b>(.*?)</b></td><td[^>]*><b>(.*?)</b></td><td>(.*?)</td>`)
	got := row.FindStringSubmatch(html)
	if got == nil || got[2] != "none" || got[3] != "−"+strings.Replace(got[1], "%", "points", 1) {
		t.Errorf("the row of refused requests: %q", got)
	}
}

func TestSentenceDescribesAChange(t *testing.T) {
	load := scaling.Steady(1, time.Hour)
	got := report.Sentence(load, scaling.Action{At: 14*time.Hour + 3*time.Minute, From: 2, To: 5,
		Reason: "CPU 93 % over 50 % for 3 minutes"})
	if want := "14:03 scale out 2 → 5: CPU 93 % over 50 % for 3 minutes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 min", 45 * time.Second: "45 s", 90 * time.Second: "1 min 30 s", 2*time.Hour + 5*time.Minute: "2 h 5 min",
		7 * 24 * time.Hour: "7 d",
	} {
		if got := report.FormatDuration(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

func TestLimitsThatMoveAreDrawn(t *testing.T) {
	moved := simulation(t, "moved", scaling.Day(20, 220))
	fixed := draw(t, moved)
	service := moved.Result.Service
	service.Plan.Schedules = []rules.Schedule{{Name: "morning", Expression: "cron(0 7 * * ? *)", Min: 2, Max: 9},
		{Name: "evening", Expression: "cron(0 20 * * ? *)", Min: 1, Max: 3}}
	moved.Result = scaling.Simulate(service, moved.Result.Load)
	lines := regexp.MustCompile(`<path class="line limit" d="([^"]*)"`).FindAllStringSubmatch(draw(t, moved), -1)
	if len(lines) != 2 {
		t.Fatalf("got %d lines for limits, want 2", len(lines))
	}
	for _, line := range lines {
		levels := map[string]bool{}
		for _, point := range regexp.MustCompile(`[ML][0-9.]+ ([0-9.]+)`).FindAllStringSubmatch(line[1], -1) {
			levels[point[1]] = true
		}
		if len(levels) != 2 {
			t.Errorf("a limit is drawn at %d levels, want 2", len(levels))
		}
	}
	if regexp.MustCompile(`<path class="line limit"`).MatchString(fixed) {
		t.Error("limits that do not move are drawn as if they did")
	}
}

func TestRangesAreShown(t *testing.T) {
	band := regexp.MustCompile(`<path class="band"`)
	one := simulation(t, "one", scaling.FlashCrowd(20, 220))
	varied := report.Vary("one", one.Result, scaling.DefaultRanges())
	measured := one.Result
	measured.Measured = true
	for name, tc := range map[string]struct {
		simulation report.Simulation
		bands      int // tasks and response time
	}{
		"200 runs":   {varied, 2},
		"a single":   {report.Vary("one", one.Result, scaling.Ranges{Runs: 1}), 0},
		"a measured": {report.Vary("one", measured, scaling.DefaultRanges()), 0},
	} {
		if got := len(band.FindAllString(draw(t, tc.simulation), -1)); got != tc.bands {
			t.Errorf("%s: %d bands, want %d", name, got, tc.bands)
		}
		if explained := report.Explain(tc.simulation) != ""; explained != (tc.bands > 0) {
			t.Errorf("%s: says what ranges are: %v", name, explained)
		}
	}
	ranges, single := report.Tiles(varied), report.Tiles(one)
	if len(ranges) != len(single) {
		t.Fatalf("%d figures with ranges, %d without", len(ranges), len(single))
	}
	if ranges[2].Value == single[2].Value || !strings.Contains(ranges[2].Value, " to ") {
		t.Errorf("%s: %q, want a range", ranges[2].Label, ranges[2].Value)
	}
}

// TestAlarmsAndCooldownsAreDrawn where they last: the high alarm of CPU fires while a crowd comes, the low one before.
func TestAlarmsAndCooldownsAreDrawn(t *testing.T) {
	charts := svg.FindAllString(draw(t, simulation(t, "one", scaling.FlashCrowd(20, 220))), -1)
	strip := regexp.MustCompile(`<rect class="span ([a-z]+)" x="([0-9.]+)"`)
	firsts := map[string]float64{}
	for _, found := range strip.FindAllStringSubmatch(charts[1]+charts[2], -1) {
		x, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := firsts[found[1]]; !ok {
			firsts[found[1]] = x
		}
	}
	if len(firsts) != 4 || firsts["low"] >= firsts["high"] || firsts["in"] >= firsts["out"] {
		t.Errorf("the strips begin at %v, want low before high and in before out", firsts)
	}
}

// TestMeasuredDayIsDrawnOverTheSimulatedOne in the charts of what was measured, beside a table of the differences.
func TestMeasuredDayIsDrawnOverTheSimulatedOne(t *testing.T) {
	s := simulation(t, "one", scaling.Steady(20, 3*time.Minute))
	measured := scaling.Measured{
		Start: s.Result.Load.Start, Requests: []float64{1200, 1200, 1200}, Tasks: []float64{2, 3, 2},
		CPU: []float64{10, math.NaN(), 90}, Memory: []float64{math.NaN(), math.NaN(), math.NaN()},
		Response: []float64{50, 60, 55},
	}
	activity := scaling.Activity{At: s.Result.Load.Start, To: 3, Policy: "cpu", Cause: "why"}
	compared := measured.Compare(s.Result, []scaling.Activity{activity})
	s.Measured = &compared
	html := draw(t, s)
	overlaid := map[string]bool{}
	for _, chart := range svg.FindAllString(html, -1) {
		title := regexp.MustCompile(`<title>([^<]*)`).FindStringSubmatch(chart)[1]
		overlaid[title] = strings.Contains(chart, `class="line measured"`)
	}
	want := map[string]bool{
		"Load, requests a second": false, "Tasks": true, "CPU of the tasks, percent": true,
		"Memory of the tasks, percent": false, "Average response time, ms": true,
	}
	if diff := cmp.Diff(want, overlaid); diff != "" {
		t.Errorf("charts with measured values (-want +got):\n%s", diff)
	}
	for _, want := range []string{"<caption>Measured beside simulated", "<caption>What was done on the measured day",
		"2 running, measured 3", "What was measured in 3 min"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	rows := report.Deviations(compared)
	if got, want := rows[1], (report.DeviationRow{
		Figure: "CPU, at most", Measured: "90.0 %", Simulated: "11.8 %", Difference: "−78.2 points", Mean: "40.0 points",
	}); got != want {
		t.Errorf("CPU: got %+v, want %+v", got, want)
	}
}

func TestMoneyHasDigitsEnough(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0.00", 0.0004: "0.00040", 0.04: "0.040", 0.5271: "0.527", 12.3451: "12.35",
	} {
		if got := report.Money(n); got != want {
			t.Errorf("%v: got %s, want %s", n, got, want)
		}
	}
}
