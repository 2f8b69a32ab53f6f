package docs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"webapp/scaling"
	"webapp/scaling/report"
	"webapp/settings"
)

// exampleScaling is the section of the example service that the tables of docs/scaling.md change.
const exampleScaling = "scaling:\n  min: 1\n  max: 5\n  cpu: {percent: 50}\n  memory: {percent: 50}\n"

// scaled returns the example service with another section scaling, and 100 requests a second for each task.
func scaled(t *testing.T, section string) scaling.Service {
	t.Helper()
	text := read(t, "examples/webapp.yaml")
	if !strings.Contains(text, exampleScaling) {
		t.Fatalf("examples/webapp.yaml no longer has:\n%s", exampleScaling)
	}
	text = strings.NewReplacer(exampleScaling, section, "  desiredCount: 2\n", "").Replace(text)
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return scaling.Of(all[0].Workload)
}

// with returns the example's section scaling with some lines in place of others.
func with(replace ...string) string { return strings.NewReplacer(replace...).Replace(exampleScaling) }

// figures writes figures of a service under a load as a row's cells, as simulate has them.
func figures(t *testing.T, s scaling.Service, load scaling.Load, labels ...string) string {
	t.Helper()
	tiles := map[string]string{}
	ranges := scaling.DefaultRanges()
	ranges.Runs = 40
	for _, tile := range report.Tiles(report.Vary("", scaling.Simulate(s, load), ranges)) {
		tiles[tile.Label] = tile.Value
	}
	var cells []string
	for _, label := range labels {
		value, ok := tiles[label]
		if !ok {
			value = "not needed"
		}
		cells = append(cells, value)
	}
	return strings.Join(cells, " | ")
}

const (
	refused   = "Refused requests"
	taskHours = "Task hours"
	firstTask = "First additional task after"
)

var crowd = scaling.FlashCrowd(20, 220)

// ramp is a load that four tasks answer at their targets.
var ramp = scaling.SlowRamp(20, 180)

// losingAZone is a service that loses one of its two zones at the peak of the ramp.
func losingAZone(t *testing.T, s scaling.Service) scaling.Service {
	t.Helper()
	lost, err := s.With(scaling.WhatIf{Kind: scaling.ZoneLost, Number: 2, At: 3 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

// variants are the example service's settings, and others that are worth a thought.
var variants = []struct {
	name, section string
	fast          bool // CPU each 20 seconds
}{
	{name: "as they are", section: exampleScaling},
	{name: "without the target for memory", section: with("  memory: {percent: 50}\n", "")},
	{name: "`cpu: {percent: 40}`", section: with("cpu: {percent: 50}", "cpu: {percent: 40}")},
	{name: "`cpu: {percent: 70}`", section: with("cpu: {percent: 50}", "cpu: {percent: 70}")},
	{name: "`max: 8`", section: with("max: 5", "max: 8")},
	{name: "`burst: {}`", section: exampleScaling + "  burst: {}\n"},
	{name: "`requests: {perMinute: 3000}`", section: exampleScaling + "  requests: {perMinute: 3000}\n"},
	{name: "CPU each 20 seconds", section: exampleScaling, fast: true},
	{name: "`min: 2`", section: with("min: 1", "min: 2")},
	{name: "`min: 2` and `burst: {}`", section: with("min: 1", "min: 2") + "  burst: {}\n"},
	{name: "`min: 2` and CPU each 20 seconds", section: with("min: 1", "min: 2"), fast: true},
	{name: "`min: 3`", section: with("min: 1", "min: 3")},
}

func TestFiguresOfSettings(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Settings | Crowd: refused | First additional task after | Task hours | Ramp: task hours | " +
		"Zone lost: refused |\n|---|---|---|---|---|---|\n")
	for _, v := range variants {
		s := scaled(t, v.section)
		s.Plan = s.Plan.HighResolution(v.fast)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.name, figures(t, s, crowd, refused, firstTask, taskHours),
			figures(t, s, ramp, taskHours), figures(t, losingAZone(t, s), ramp, refused))
	}
	wantGenerated(t, "docs/scaling.md", "settings", b.String())
}

// TestFiguresOfNoTask lets services of 0 to 5 tasks have no request for three hours, and then some again.
func TestFiguresOfNoTask(t *testing.T) {
	const begins, ends = time.Hour, 4 * time.Hour
	pause := scaling.Shape("a pause", 6*time.Hour, func(at time.Duration) float64 {
		if at >= begins && at < ends {
			return 0
		}
		return 20
	})
	waiting := func(s scaling.Sample) (float64, bool) {
		switch {
		case s.Time >= begins && s.Time < ends:
			return 0, true
		case s.Tasks == 0:
			return 120, true
		}
		return 95, true
	}
	const queue = "  metrics: {backlog: {namespace: Shop, name: OrdersWaiting, target: 100}}\n"
	var b strings.Builder
	b.WriteString("| `min: 0` and | Tasks in the pause | Without a task after it | Refused of all requests |\n" +
		"|---|---|---|---|\n")
	for _, v := range []struct{ name, section string }{
		{"a target for the length of a queue", "scaling:\n  min: 0\n" + queue},
		{"the same and `cpu: {percent: 50}`", "scaling:\n  min: 0\n  cpu: {percent: 50}\n" + queue},
	} {
		s := scaled(t, v.section)
		s.Model.Metrics = map[string]func(scaling.Sample) (float64, bool){"OrdersWaiting": waiting}
		s.Plan.Initial = 1
		r := scaling.Simulate(s, pause)
		none := 0
		for _, m := range r.Minutes[int(ends/time.Minute):] {
			if m.Running == 0 {
				none++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d min | %s |\n", v.name, r.Minutes[int(ends/time.Minute)-1].Running, none,
			report.Percent(r.RefusedShare()))
	}
	wantGenerated(t, "docs/scaling.md", "no task", b.String())
}
