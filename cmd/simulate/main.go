// Command simulate shows how a service will scale under a load, before anything is deployed: a summary in the terminal,
// and a page with charts. It can compare two settings files, recommend settings for an objective, and calibrate its
// model against CloudWatch.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"webapp/internal/cli"
	"webapp/scaling"
	"webapp/scaling/report"
	"webapp/settings"
)

func main() {
	os.Exit(cli.Exit(run(os.Args[1:], os.Stdout), os.Stderr))
}

// options are what the command line says.
type options struct {
	settings, environment, service string
	compare, compareEnvironment    string
	load                           string
	base, peak                     float64
	page                           string
	metrics                        string
	recommend                      bool
	refused                        float64
	p99                            time.Duration
	model                          scaling.Model
	delay                          time.Duration
	given                          map[string]bool
}

func parse(args []string, output io.Writer) (*options, error) {
	o := &options{given: map[string]bool{}}
	f := cli.Flags("simulate", "simulate [options]")
	f.StringVar(&o.settings, "settings", "webapp.yaml", "the settings `file`")
	f.StringVar(&o.environment, "environment", "", "the `environment`; the first one where the file has several")
	f.StringVar(&o.service, "service", "", "the service by its `name` under services; the first one without")
	f.StringVar(&o.load, "load", "flash-crowd", "step, spike, day, week, flash-crowd, slow-ramp, or a CSV `file` of time,requests a second")
	f.Float64Var(&o.base, "base", 0, "the quiet `requests a second` of a built-in load; half of what the fewest tasks answer at their targets without")
	f.Float64Var(&o.peak, "peak", 0, "the highest; four fifths of what the most tasks answer at their targets without")
	f.StringVar(&o.compare, "compare", "", "another settings `file`, shown beside")
	f.StringVar(&o.compareEnvironment, "compare-environment", "", "its `environment`, or another one of the same file")
	f.StringVar(&o.page, "page", filepath.Join("cdktf.out", "simulation.html"), "where the page is written; empty "+
		"for none")
	f.StringVar(&o.metrics, "metrics", "", "a `file` of aws cloudwatch get-metric-data: calibrates the model, and is the load where -load is not given")
	f.BoolVar(&o.recommend, "recommend", false, "search the settings with the fewest task hours, and say what each "+
		"change buys")
	f.Float64Var(&o.refused, "refused", 0.1, "the objective: at most this `percent` of the requests refused")
	f.DurationVar(&o.p99, "p99", 0, "the objective: 99 of 100 answered requests within this `time`; any without")
	f.Float64Var(&o.model.Capacity, "capacity", 0, "`requests a second` that one task answers at most, from a load test")
	f.DurationVar(&o.model.Latency, "latency", 0, "`time` of a request in an idle task")
	f.Float64Var(&o.model.IdleCPU, "idle-cpu", 0, "CPU use of an idle task, in `percent`")
	f.Float64Var(&o.model.FullCPU, "full-cpu", 0, "CPU use of a task at its capacity, in `percent`")
	f.Float64Var(&o.model.IdleMemory, "idle-memory", 0, "memory use of an idle task, in `percent`")
	f.Float64Var(&o.model.FullMemory, "full-memory", 0, "memory use of a task at its capacity, in `percent`")
	f.DurationVar(&o.model.Queue, "queue", 0, "`time` that a request waits before it is refused")
	f.DurationVar(&o.model.Start, "start", 0, "`time` from the decision for a task to its first request")
	f.DurationVar(&o.delay, "metric-delay", scaling.DefaultAssumptions().MetricDelay, "`time` until an alarm sees a minute's metrics")
	if err := cli.Parse(f, args, output); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is no option; see -help", f.Arg(0))
	}
	f.Visit(func(given *flag.Flag) { o.given[given.Name] = true })
	return o, nil
}

func run(args []string, output io.Writer) error {
	o, err := parse(args, output)
	if err != nil {
		return err
	}
	measured, err := o.measured()
	if err != nil {
		return err
	}
	service, name, err := o.read(o.settings, o.environment, measured, output)
	if err != nil {
		return err
	}
	load, err := o.readLoad(service, measured)
	if err != nil {
		return err
	}
	if err := service.Check(load); err != nil {
		return err
	}
	simulations := []report.Simulation{{Name: name, Result: scaling.Simulate(service, load)}}
	if o.compare != "" || o.given["compare-environment"] {
		file := o.compare
		if file == "" {
			file = o.settings
		}
		other, name, err := o.read(file, o.compareEnvironment, measured, io.Discard)
		if err != nil {
			return err
		}
		simulations = append(simulations, report.Simulation{Name: name, Result: scaling.Simulate(other, load)})
	}
	if o.recommend {
		recommended := scaling.Recommend(service, load, scaling.Objective{Refused: o.refused / 100, Latency: o.p99})
		o.explain(output, recommended)
		simulations = append(simulations, report.Simulation{Name: "Recommended", Result: recommended.Result})
	} else {
		summarize(output, simulations)
	}
	return o.write(output, simulations)
}

func (o *options) measured() (*scaling.Measured, error) {
	if o.metrics == "" {
		return nil, nil
	}
	file, err := os.Open(o.metrics)
	if err != nil {
		return nil, fmt.Errorf("reading metrics: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	m, err := scaling.ReadMetricData(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.metrics, err)
	}
	return &m, nil
}

// read is a service of a settings file, with its model, and its name for the page.
func (o *options) read(file, environment string, measured *scaling.Measured, output io.Writer) (scaling.Service, string, error) {
	all, err := settings.Load(file, settings.Options{Environment: environment})
	if err != nil {
		return scaling.Service{}, "", err
	}
	workloads := all[0].Workloads()
	i := slices.IndexFunc(workloads, func(w settings.NamedWorkload) bool { return w.Key == o.service })
	if i < 0 {
		var known []string
		for _, w := range workloads[1:] {
			known = append(known, w.Key)
		}
		return scaling.Service{}, "", fmt.Errorf("%s has no service %q under services; it has: %s", file, o.service, strings.Join(known, ", "))
	}
	service := scaling.Of(*workloads[i].Workload)
	service.Assumptions.MetricDelay = o.delay
	if measured != nil {
		model, fit, err := scaling.Calibrate(*measured, service.Model)
		if err != nil {
			return service, "", fmt.Errorf("%s: %w", o.metrics, err)
		}
		service.Model = model
		fmt.Fprintf(output, "Calibrated on %d minutes: a task answers %.1f requests a second, %d ms each when idle; "+
			"idle CPU %.1f %%, memory %.1f to %.1f %%.\n"+
			"The model misses CPU by %.1f points and the response time by %.0f ms. The busiest minute had %.0f %% "+
			"CPU at %.1f requests a second and task.\n\n",
			fit.Minutes, model.Capacity, model.Latency.Milliseconds(), model.IdleCPU, model.IdleMemory, model.FullMemory,
			fit.CPU, fit.Response, fit.CapacityFrom, fit.TopAt)
	}
	o.replace(&service.Model)
	return service, filepath.Base(file) + ": " + workloads[i].Name, nil
}

// replace puts what the command line gives into a model.
func (o *options) replace(m *scaling.Model) {
	for name, set := range map[string]func(){
		"capacity": func() { m.Capacity = o.model.Capacity }, "latency": func() { m.Latency = o.model.Latency },
		"idle-cpu": func() { m.IdleCPU = o.model.IdleCPU }, "full-cpu": func() { m.FullCPU = o.model.FullCPU },
		"idle-memory": func() { m.IdleMemory = o.model.IdleMemory }, "full-memory": func() { m.FullMemory = o.model.FullMemory },
		"queue": func() { m.Queue = o.model.Queue }, "start": func() { m.Start = o.model.Start },
	} {
		if o.given[name] {
			set()
		}
	}
}

func (o *options) readLoad(service scaling.Service, measured *scaling.Measured) (scaling.Load, error) {
	if measured != nil && !o.given["load"] {
		return measured.Load(), nil
	}
	if shape, ok := scaling.Shapes[o.load]; ok {
		base, peak := o.base, o.peak
		if !o.given["base"] {
			base = service.AtTargets(service.Plan.Min) / 2
		}
		if !o.given["peak"] {
			peak = max(service.AtTargets(service.Plan.Max)*4/5, base)
		}
		if base < 0 || peak < base {
			return scaling.Load{}, fmt.Errorf("the load goes from %v to %v requests a second; write a -base of 0 or "+
				"more and a -peak above it", base, peak)
		}
		return shape(base, peak), nil
	}
	file, err := os.Open(o.load)
	if err != nil {
		return scaling.Load{}, fmt.Errorf("%q is no built-in load (step, spike, day, week, flash-crowd, slow-ramp), "+
			"nor a file: %w", o.load, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return scaling.ReadCSV(o.load, file)
}

func describe(load scaling.Load) string {
	return fmt.Sprintf("%s: %s, up to %.0f requests a second", load.Name, report.Span(load.Duration()), load.Peak())
}

// summarize prints the figures, simulations side by side.
func summarize(output io.Writer, simulations []report.Simulation) {
	load := simulations[0].Result.Load
	fmt.Fprintln(output, describe(load))
	fmt.Fprintln(output)
	table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
	var labels []string
	values := map[string][]string{}
	for i, s := range simulations {
		for _, tile := range report.Tiles(s.Result) {
			if !slices.Contains(labels, tile.Label) {
				labels = append(labels, tile.Label)
			}
			for len(values[tile.Label]) < i {
				values[tile.Label] = append(values[tile.Label], "")
			}
			values[tile.Label] = append(values[tile.Label], tile.Value)
		}
	}
	if len(simulations) > 1 {
		for _, s := range simulations {
			fmt.Fprintf(table, "\t%s", s.Name)
		}
		fmt.Fprintln(table)
	}
	for _, label := range labels {
		fmt.Fprintf(table, "%s\t%s\n", label, strings.Join(values[label], "\t"))
	}
	_ = table.Flush() // nothing can be done about a terminal that has gone away
	if len(simulations) == 1 {
		actions(output, simulations[0].Result)
	}
	for _, s := range simulations {
		for _, note := range s.Result.Notes {
			fmt.Fprintf(output, "\nNote: %s.\n", note)
		}
	}
}

// actions lists what was done, the first ones of many.
func actions(output io.Writer, r scaling.Result) {
	const most = 25
	if len(r.Actions) > 0 {
		fmt.Fprintln(output)
	}
	for i, a := range r.Actions {
		if i == most {
			fmt.Fprintf(output, "… and %d more; the page has them all\n", len(r.Actions)-most)
			return
		}
		fmt.Fprintln(output, report.Sentence(r.Load, a))
	}
}

func (o *options) explain(output io.Writer, r scaling.Recommendation) {
	fmt.Fprintln(output, describe(r.Result.Load))
	fmt.Fprintf(output, "Objective: at most %v %% refused", o.refused)
	if o.p99 > 0 {
		fmt.Fprintf(output, ", 99 of 100 answered within %s", o.p99)
	}
	fmt.Fprintf(output, ". %d plans were simulated.\n\n", r.Simulated)
	table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
	objective := scaling.Objective{Refused: o.refused / 100, Latency: o.p99}
	row := func(setting, change string, result scaling.Result) {
		met := "no"
		if objective.Met(result) {
			met = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%.3f %%\t%s\t%s\n", setting, change, result.TaskHours(), 100*result.RefusedShare(), result.Latency(0.99).Round(time.Millisecond), met)
	}
	fmt.Fprintln(table, "SETTING\tCHANGE\tTASK HOURS\tREFUSED\t99 OF 100 WITHIN\tMET")
	row("as it is", "", r.Before)
	for _, c := range r.Changes {
		row("+ "+c.Setting, c.From+" → "+c.To, c.Result)
	}
	_ = table.Flush() // nothing can be done about a terminal that has gone away
	switch {
	case !r.Met:
		fmt.Fprintln(output, "\nNothing that was tried meets the objective; this comes nearest.")
	case len(r.Changes) == 0:
		fmt.Fprintln(output, "\nThe settings meet the objective, and nothing that was tried needs fewer task hours.")
	}
}

func (o *options) write(output io.Writer, simulations []report.Simulation) error {
	if o.page == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(o.page), 0o755); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	file, err := os.Create(o.page)
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := errors.Join(report.Write(file, simulations...), file.Close()); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	fmt.Fprintf(output, "\nCharts: %s\n", o.page)
	return nil
}
