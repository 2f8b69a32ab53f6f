package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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
	if got := strings.Count(html, "data-column>"); got != 2 {
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
