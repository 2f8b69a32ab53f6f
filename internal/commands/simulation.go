package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webapp/internal/assume"
	"webapp/internal/cron"
	"webapp/scaling"
	"webapp/scaling/deployed"
	"webapp/scaling/report"
	"webapp/scaling/rules"
	"webapp/settings"
)

// simulation is what simulate and recommend have in common: a service, a model of its tasks, and a load.
type simulation struct {
	from       source
	service    string
	deployed   string
	load       string
	base, peak float64
	begin      string
	zone       string
	page       string
	metrics    string
	activities string
	values     []string
	totals     []string
	whatIfs    []string
	price      float64
	model      scaling.Model
	delay      time.Duration
	runs       int
	flags      *pflag.FlagSet
}

func (o *simulation) addFlags(cmd *cobra.Command) {
	noArguments(cmd)
	o.from.addFlags(cmd)
	f := cmd.Flags()
	o.flags = f
	f.StringVar(&o.service, "service", "", "the service by its `name` under services (default the file's own)")
	f.StringVar(&o.deployed, "deployed", "", "simulate the scaling that `CLUSTER/SERVICE` has in AWS, not that of the "+
		"settings, which still give the model and the account")
	f.StringVar(&o.load, "load", "flash-crowd",
		builtInLoads+", or a CSV `file` of time,requests a second")
	f.Float64Var(&o.base, "base", 0,
		"lowest `requests a second` of a built-in load (default half of what the fewest tasks answer at their targets)")
	f.Float64Var(&o.peak, "peak", 0,
		"highest `requests a second` (default four fifths of what the most tasks answer at their targets)")
	f.StringVar(&o.begin, "begin", "", "`time` at which the load begins, which schedules follow: 2026-11-27T08:00, or "+
		"with an offset (default the load's own, or midnight of a Monday)")
	f.StringVar(&o.zone, "time-zone", "", "`zone` of --begin and of what is shown, such as Europe/Paris (default that "+
		"of the schedules if they share one, or UTC)")
	f.StringVar(&o.page, "page", filepath.Join("cdktf.out", "simulation.html"),
		"write the charts to this `file`; empty for no charts")
	f.StringVar(&o.metrics, "metrics", "", "a `file` of aws cloudwatch get-metric-data, which calibrates the model; "+
		"it is also the load unless --load is given")
	f.StringVar(&o.activities, "activities", "", "a `file` of aws application-autoscaling describe-scaling-activities, "+
		"to show beside the simulated changes; needs --metrics")
	f.StringArrayVar(&o.values, "metric-values", nil, "the values of a metric of your own, `NAME=FILE`: a CSV of "+
		"time,value; may be repeated")
	f.StringArrayVar(&o.totals, "metric-totals", nil, "the same, `NAME=FILE`, for a metric that is a total divided by "+
		"the running tasks")
	f.StringArrayVar(&o.whatIfs, "what-if", nil, "simulate a failure, `KIND[=NUMBER][@TIME]`: zone-lost=3@10:30, "+
		"tasks-killed=2@45m, retry-storm=3, failing-health-checks=50, shared-limit=300 or high-resolution; may be "+
		"repeated, see docs/scaling.md")
	f.Float64Var(&o.price, "task-hour-price", 0, "the `price` of a task for an hour, in your currency, to show costs too")
	f.Float64Var(&o.model.Capacity, "capacity", 0,
		"`requests a second` that one task answers at most, from a load test")
	f.DurationVar(&o.model.Latency, "latency", 0, "`time` of a request in an idle task")
	f.Float64Var(&o.model.IdleCPU, "idle-cpu", 0, "CPU use of an idle task, in `percent`")
	f.Float64Var(&o.model.FullCPU, "full-cpu", 0, "CPU use of a task at its capacity, in `percent`")
	f.Float64Var(&o.model.IdleMemory, "idle-memory", 0, "memory use of an idle task, in `percent`")
	f.Float64Var(&o.model.FullMemory, "full-memory", 0, "memory use of a task at its capacity, in `percent`")
	f.DurationVar(&o.model.Queue, "queue", 0, "`time` that a request waits before it is refused")
	f.DurationVar(&o.model.Start, "start", 0, "`time` from the decision to start a task to its first request")
	f.DurationVar(&o.delay, "metric-delay", rules.DefaultAssumptions().MetricDelay,
		"`time` until an alarm sees a minute's metrics")
	f.IntVar(&o.runs, "runs", scaling.DefaultRanges().Runs, "`number` of simulations, with other delays, starts and "+
		"requests at random; 1 for a single one without")
}

// vary gives a result its ranges.
func (o *simulation) vary(name string, r scaling.Result) report.Simulation {
	ranges := scaling.DefaultRanges()
	ranges.Runs = o.runs
	return report.Vary(name, r, ranges)
}

// judging returns the ranges that a recommendation has to stand.
func (o *simulation) judging() scaling.Ranges {
	ranges := scaling.RecommendRanges()
	if o.runs == 1 {
		ranges.Runs = 0
	}
	return ranges
}

// prepared is what is simulated.
type prepared struct {
	name       string // of the service, for the page
	service    scaling.Service
	load       scaling.Load
	measured   *scaling.Measured  // nil without --metrics
	activities []scaling.Activity // of the measured day
	notes      []string           // of what was left out
}

// prepare reads what the command line names.
func (o *simulation) prepare(cmd *cobra.Command) (prepared, error) {
	var p prepared
	if o.delay < 0 {
		return p, fmt.Errorf("--metric-delay %v: write 0s or more", o.delay)
	}
	if o.runs < 1 {
		return p, fmt.Errorf("--runs %d: write 1 or more", o.runs)
	}
	err := o.from.resolve(cmd)
	if err != nil {
		return p, err
	}
	if !(o.price >= 0 && o.price < math.Inf(1)) {
		return p, fmt.Errorf("--task-hour-price %v: write 0 or more", o.price)
	}
	if p.measured, p.activities, err = o.readMeasured(); err != nil {
		return p, err
	}
	if p.service, p.name, err = o.readService(o.from, p.measured, cmd.OutOrStdout()); err != nil {
		return p, err
	}
	if o.deployed != "" {
		if err = o.readDeployed(cmd.Context(), &p); err != nil {
			return p, err
		}
	}
	if p.load, err = o.readLoad(p.service, p.measured); err != nil {
		return p, err
	}
	if p.load.Start, err = o.start(p.service.Plan.Schedules, p.load.Start); err != nil {
		return p, err
	}
	if p.service, err = o.complete(p.service, p.load); err != nil {
		return p, err
	}
	if o.isMeasuredLoad() {
		if tasks, ok := p.measured.InitialTasks(); ok {
			p.service.Plan.Initial = tasks
		}
	}
	return p, p.service.Check(p.load)
}

// isMeasuredLoad reports whether the load is the measured one.
func (o *simulation) isMeasuredLoad() bool { return o.metrics != "" && !o.flags.Changed("load") }

// complete gives a service what the command line says of it under a load.
func (o *simulation) complete(s scaling.Service, load scaling.Load) (scaling.Service, error) {
	s.TaskHourPrice = o.price
	s.Model.Metrics = map[string]func(scaling.Sample) (float64, bool){}
	for _, given := range []struct {
		flag string
		all  []string
		of   func(scaling.Values) func(scaling.Sample) (float64, bool)
	}{
		{"--metric-values", o.values, scaling.Values.Metric}, {"--metric-totals", o.totals, scaling.Values.Shared},
	} {
		for _, text := range given.all {
			name, values, err := readValues(text, scaling.CustomMetrics(s.Plan), load)
			if err != nil {
				return s, fmt.Errorf("%s %s: %w", given.flag, text, err)
			}
			s.Model.Metrics[name] = given.of(values)
		}
	}
	return s, nil
}

// readValues reads NAME=FILE, the values of one of the custom metrics.
func readValues(text string, known []string, load scaling.Load) (string, scaling.Values, error) {
	name, path, ok := strings.Cut(text, "=")
	switch {
	case !ok || name == "" || path == "":
		return "", scaling.Values{}, errors.New("write the name of the metric and a file, such as OrdersWaiting=orders.csv")
	case len(known) == 0:
		return "", scaling.Values{}, errors.New("the service scales on no metric of its own")
	case !slices.Contains(known, name):
		return "", scaling.Values{}, fmt.Errorf("the service scales on no metric %q; its own are: %s", name,
			strings.Join(known, ", "))
	}
	file, err := os.Open(path)
	if err != nil {
		return "", scaling.Values{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	values, err := scaling.ReadValues(path, file, load)
	return name, values, err
}

// disturb returns a service with the what-ifs of the command line.
func (o *simulation) disturb(s scaling.Service, load scaling.Load) (scaling.Service, error) {
	for _, text := range o.whatIfs {
		w, err := scaling.ParseWhatIf(text, load)
		if err == nil {
			s, err = s.With(w)
		}
		if err != nil {
			return s, fmt.Errorf("--what-if %s: %w", text, err)
		}
	}
	return s, nil
}

// readDeployed replaces the plan of the settings by that of a deployed service.
func (o *simulation) readDeployed(ctx context.Context, p *prepared) error {
	cluster, service, ok := strings.Cut(o.deployed, "/")
	if !ok || cluster == "" || service == "" {
		return fmt.Errorf("--deployed %s: write the names of the ECS cluster and the service, such as "+
			"--deployed shop/web", o.deployed)
	}
	all, err := o.from.loadFile(o.from.file)
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the AWS environment: %w", err)
	}
	p.service.Plan, p.notes, err = deployed.Read(ctx, assume.Role(cfg, all[0].AWS.Role, all[0].AWS.Region), cluster,
		service)
	p.name = "deployed: " + o.deployed
	return err
}

// readMeasured reads the metrics of a day, and the scaling activities of it.
func (o *simulation) readMeasured() (*scaling.Measured, []scaling.Activity, error) {
	if o.metrics == "" {
		if o.activities != "" {
			return nil, nil, errors.New("--activities needs --metrics: the activities are shown beside a simulation of the " +
				"measured load")
		}
		return nil, nil, nil
	}
	m, err := readFile(o.metrics, "reading metrics", scaling.ReadMetricData)
	if err != nil || o.activities == "" {
		return &m, nil, err
	}
	activities, err := readFile(o.activities, "reading scaling activities", scaling.ReadActivities)
	return &m, activities, err
}

// readFile reads a file that the command line names. What is the step, for an error.
func readFile[T any](path, what string, read func(io.Reader) (T, error)) (T, error) {
	file, err := os.Open(path)
	if err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	value, err := read(file)
	if err != nil {
		return value, fmt.Errorf("%s: %w", path, err)
	}
	return value, nil
}

// readService reads the service of a settings file, with its model, and its name for the page.
func (o *simulation) readService(
	from source, measured *scaling.Measured, output io.Writer,
) (scaling.Service, string, error) {
	all, err := from.loadFile(from.file)
	if err != nil {
		return scaling.Service{}, "", err
	}
	workloads := all[0].Workloads()
	i := slices.IndexFunc(workloads, func(w settings.NamedWorkload) bool { return w.Key == o.service })
	if i < 0 {
		return scaling.Service{}, "", noService(from.file, o.service, workloads[1:])
	}
	service := scaling.Of(*workloads[i].Workload)
	service.Assumptions.MetricDelay = o.delay
	o.replace(&service.Model) // --full-cpu is for the calibration too
	if measured != nil {
		model, fit, err := scaling.Calibrate(*measured, service.Model)
		if err != nil {
			return service, "", fmt.Errorf("%s: %w", o.metrics, err)
		}
		service.Model = model
		describeFit(output, model, fit)
	}
	o.replace(&service.Model)
	return service, filepath.Base(from.file) + ": " + workloads[i].Name, nil
}

func noService(file, name string, further []settings.NamedWorkload) error {
	if len(further) == 0 {
		return fmt.Errorf("%s has no service %q: it has one service only; leave out --service", file, name)
	}
	var known []string
	for _, w := range further {
		known = append(known, w.Key)
	}
	return fmt.Errorf("%s has no service %q under services; it has: %s", file, name, strings.Join(known, ", "))
}

func describeFit(output io.Writer, model scaling.Model, fit scaling.Fit) {
	fmt.Fprintf(output, "Calibrated on %d minutes: a task answers %.1f requests a second, %d ms each when idle; "+
		"idle CPU %.1f %%, memory %.1f to %.1f %%.\n", fit.Minutes, model.Capacity, model.Latency.Milliseconds(),
		model.IdleCPU, model.IdleMemory, model.FullMemory)
	response := fmt.Sprintf("the response time by %.0f ms", fit.Response)
	if math.IsNaN(fit.Response) {
		response = "had no response times, so that those of the simulation are a guess"
	}
	fmt.Fprintf(output, "The model misses CPU by %.1f points and %s. The busiest minute had %.0f %% CPU at %.1f requests "+
		"a second and task.\n\n", fit.CPU, response, fit.CapacityFrom, fit.TopAt)
}

// replace puts what the command line gives into a model.
func (o *simulation) replace(m *scaling.Model) {
	for name, set := range map[string]func(){
		"capacity": func() { m.Capacity = o.model.Capacity }, "latency": func() { m.Latency = o.model.Latency },
		"idle-cpu": func() { m.IdleCPU = o.model.IdleCPU }, "full-cpu": func() { m.FullCPU = o.model.FullCPU },
		"idle-memory": func() { m.IdleMemory = o.model.IdleMemory },
		"full-memory": func() { m.FullMemory = o.model.FullMemory },
		"queue":       func() { m.Queue = o.model.Queue }, "start": func() { m.Start = o.model.Start },
	} {
		if o.flags.Changed(name) {
			set()
		}
	}
}

func (o *simulation) readLoad(service scaling.Service, measured *scaling.Measured) (scaling.Load, error) {
	if o.isMeasuredLoad() {
		return measured.Load(), nil
	}
	if shape, ok := scaling.Shapes[o.load]; ok {
		base, peak := o.base, o.peak
		if !o.flags.Changed("base") {
			base = service.AtTargets(service.Plan.Min) / 2
		}
		if !o.flags.Changed("peak") {
			peak = max(service.AtTargets(service.Plan.Max)*4/5, base)
		}
		if base < 0 || peak < base {
			return scaling.Load{}, fmt.Errorf("the load goes from %v to %v requests a second; write a --base of 0 or "+
				"more and a --peak above it", base, peak)
		}
		return shape(base, peak), nil
	}
	return readLoadFile(o.load)
}

// start returns when the load begins, in the time zone in which times are shown. Built-in loads begin at midnight.
func (o *simulation) start(schedules []rules.Schedule, own time.Time) (time.Time, error) {
	zone := o.zone
	if zone == "" {
		zone = sharedZone(schedules)
	}
	location, err := cron.Location(zone)
	if err != nil {
		return own, fmt.Errorf("--time-zone: %w", err)
	}
	if o.begin != "" {
		at, err := scaling.ParseTime(o.begin, location)
		if err != nil {
			return own, fmt.Errorf("--begin: %w", err)
		}
		return at.In(location), nil
	}
	if _, builtIn := scaling.Shapes[o.load]; builtIn && !o.isMeasuredLoad() {
		return time.Date(own.Year(), own.Month(), own.Day(), 0, 0, 0, 0, location), nil
	}
	return own.In(location), nil
}

// sharedZone returns the time zone of all schedules, or UTC. Rates have none.
func sharedZone(schedules []rules.Schedule) string {
	var zones []string
	for _, s := range schedules {
		if !strings.HasPrefix(s.Expression, "rate") && !slices.Contains(zones, s.TimeZone) {
			zones = append(zones, s.TimeZone)
		}
	}
	if len(zones) == 1 && zones[0] != "" {
		return zones[0]
	}
	return "UTC"
}

func describe(load scaling.Load) string {
	return fmt.Sprintf("%s: %s from %s, up to %.0f requests a second", load.Name,
		report.FormatDuration(load.Duration()), report.FormatStart(load), load.Peak())
}

func (o *simulation) write(output io.Writer, simulations []report.Simulation) error {
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
