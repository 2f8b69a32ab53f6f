// Bench measures what somebody waits for: synth and the test loop, with the cut-down AWS bindings and with the whole
// ones, in turn and in one run, beside the AWS CDK in JavaScript and in Go. It prints medians, ratios and the targets
// of the ratios; absolute times are this machine's. Then it runs the benchmarks of the project's own code. What `make
// bench` runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

const runs = 5

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	folder, err := os.MkdirTemp("", "webapp-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := bench{ctx: ctx, folder: folder}
	fmt.Println("Building both variants, and fetching the AWS CDK into a temporary folder")
	if err := b.prepare(); err != nil {
		return err
	}
	peers, err := b.peers()
	if err != nil {
		return err
	}
	if err := b.table(append(b.cases(), peers...)); err != nil {
		return err
	}
	return b.benchmarks()
}

// table measures, and prints what it measured with what is to be reached.
func (b *bench) table(cases []testCase) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "whole process, median of runs\tcut-down bindings\tagainst\tratio\ttarget\t")
	times := map[string]float64{}
	for _, c := range cases {
		fmt.Fprintln(os.Stderr, "Measuring:", c.name)
		ours, theirs, err := b.compare(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		times[c.name] = ours.seconds
		fmt.Fprintf(table, "%s\t%.2f s\t%.2f s\t%.2f\t%s\t\n", c.name, ours.seconds, theirs.seconds,
			ours.seconds/theirs.seconds, show(c.target))
		if c.memory > 0 {
			fmt.Fprintf(table, "%s, peak memory\t%.0f MB\t%.0f MB\t%.2f\t%s\t\n",
				c.name, ours.megabytes, theirs.megabytes, ours.megabytes/theirs.megabytes, show(c.memory))
		}
	}
	// Linear: a service costs as much among a hundred as among ten.
	few, many := times[servicesName(10)], times[servicesName(100)]
	first, later := (few-times[servicesName(1)])/9, (many-few)/90
	fmt.Fprintf(table, "a service more, from 10 to 100, against 1 to 10\t%.3f s\t%.3f s\t%.2f\t1.00\t\n",
		later, first, later/first)
	fmt.Fprintf(table, "100 services, against 6 s\t%.2f s\t6.00 s\t%.2f\t1.00\t\n", many, many/6)
	return table.Flush()
}

func show(target float64) string {
	if target == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", target)
}

// benchmarks runs those of the project's own hot code.
func (b *bench) benchmarks() error {
	fmt.Println()
	command := b.command(0, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./settings", "./assertions",
		"./internal/bindings", "./internal/localaws/balancer")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}

// bench is where the two variants of the program stand.
type bench struct {
	ctx        context.Context
	folder     string
	workspaces [2]string // GOWORK of the cut-down bindings and of the whole ones
}

// prepare makes bindings and programs of the bench's own: what a project has of them may be old.
func (b *bench) prepare() error {
	b.workspaces = [2]string{filepath.Join(b.folder, "go.work"), "off"}
	// In a process of its own: a process counts its parent's memory as its own peak.
	if _, err := b.measure(b.command(1, "go", "run", "./cmd/bindings", "-root", b.folder)); err != nil {
		return err
	}
	for variant := range b.workspaces {
		if _, err := b.measure(b.command(variant, "go", "build", "-o", b.program(variant), ".")); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) program(variant int) string {
	return filepath.Join(b.folder, fmt.Sprint("webapp", variant))
}

// command runs in the project, with one of the two bindings.
func (b *bench) command(variant int, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(b.ctx, name, args...)
	command.Env = append(os.Environ(), "GOWORK="+b.workspaces[variant])
	return command
}

// testCase is one thing that somebody waits for, with this project's bindings and with something else.
type testCase struct {
	name   string
	target float64 // of the ratio; 0 where there is none
	memory float64 // the target of the memory's ratio; 0 where it is not shown
	runs   int
	warm   bool // by the cases before it: no run is thrown away
	// before is not measured.
	before  func() error
	command func(variant int) *exec.Cmd
}

// cases compare with the whole bindings.
func (b *bench) cases() []testCase {
	synth := func(settings string) func(int) *exec.Cmd {
		return func(variant int) *exec.Cmd { return b.synth(variant, settings) }
	}
	cases := []testCase{
		{name: "synth", target: 0.25, memory: 0.25, runs: runs, command: synth("examples/webapp.yaml")},
		{
			name: "synth, jsii's cache empty", target: 0.15, runs: 2,
			before: func() error { return os.RemoveAll(filepath.Join(b.folder, "cache")) },
			command: func(variant int) *exec.Cmd {
				command := b.synth(variant, "examples/webapp.yaml")
				command.Env = append(command.Env, "JSII_RUNTIME_PACKAGE_CACHE_ROOT="+filepath.Join(b.folder, "cache"))
				return command
			},
		},
		{
			name: "edit a line, run the stacks' tests", target: 0.5, runs: 3,
			before: func() error { return b.edit("stacks/webapp.go") },
			command: func(variant int) *exec.Cmd {
				return b.command(variant, "go", "test", "-count=1", "-overlay",
					filepath.Join(b.folder, "overlay.json"), "./stacks")
			},
		},
	}
	for _, n := range []int{1, 10, 100} {
		cases = append(cases, testCase{name: servicesName(n), runs: 3, warm: true, command: synth(b.services(n))})
	}
	cases = append(cases,
		testCase{name: "10 environments, a stack each", runs: 3, warm: true, command: synth(b.environments(10))})
	if _, err := os.Stat("node_modules/.bin/cdktf"); err == nil {
		cases = append(cases, testCase{name: "cdktf synth", runs: 3, command: func(variant int) *exec.Cmd {
			return b.command(variant, "node_modules/.bin/cdktf", "synth", "-o", filepath.Join(b.folder, "out"))
		}})
	}
	return cases
}

func (b *bench) synth(variant int, settings string) *exec.Cmd {
	return b.command(variant, b.program(variant), "-settings", settings, "-outdir", filepath.Join(b.folder, "out"))
}

func servicesName(n int) string { return fmt.Sprintf("services in one stack: %d", n) }

// services writes a settings file of so many services behind one load balancer. A load balancer can have 100.
func (b *bench) services(n int) string {
	const service = "container: {image: nginx, ports: [80]}, scaling: {cpu: {percent: 50}, memory: {percent: 50}}"
	var text strings.Builder
	text.WriteString(base + "services:\n")
	for i := range n - 1 {
		fmt.Fprintf(&text, "  service-%d: {routing: {paths: [/%d/*], priority: %d}, %s}\n", i, i, i+1, service)
	}
	return b.write(fmt.Sprintf("services-%d.yaml", n), text.String())
}

// environments writes a settings file of so many environments, each with a service and a network of its own.
func (b *bench) environments(n int) string {
	var text strings.Builder
	text.WriteString(base + "environments:\n")
	for i := range n {
		fmt.Fprintf(&text, "  environment-%d: {}\n", i)
	}
	return b.write(fmt.Sprintf("environments-%d.yaml", n), text.String())
}

const base = "name: webapp\ncontainer: {image: nginx, ports: [80]}\n" +
	"scaling: {cpu: {percent: 50}, memory: {percent: 50}}\n"

func (b *bench) write(name, text string) string {
	file := filepath.Join(b.folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		panic(err)
	}
	return file
}

// edit has go see a new version of a file, without touching it.
func (b *bench) edit(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	edited := filepath.Join(b.folder, "edited.go")
	line := fmt.Sprintf("\nvar _ = %d\n", time.Now().UnixNano())
	absolute, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(edited, append(text, line...), 0o600),
		os.WriteFile(filepath.Join(b.folder, "overlay.json"),
			fmt.Appendf(nil, `{"Replace": {%q: %q}}`, absolute, edited), 0o600))
}

// figures are those of one process and all that it started.
type figures struct{ seconds, megabytes float64 }

// compare runs both variants in turn, so that a machine that slows down slows both.
func (b *bench) compare(c testCase) (cut, whole figures, err error) {
	var all [2][]figures
	warmUps := 1
	if c.warm {
		warmUps = 0
	}
	for i := range warmUps + c.runs {
		for variant := range all {
			if c.before != nil {
				if err := c.before(); err != nil {
					return cut, whole, err
				}
			}
			f, err := b.measure(c.command(variant))
			if err != nil {
				return cut, whole, err
			}
			if i >= warmUps {
				all[variant] = append(all[variant], f)
			}
		}
	}
	return median(all[0]), median(all[1]), nil
}

func (b *bench) measure(command *exec.Cmd) (figures, error) {
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	start := time.Now()
	if err := command.Run(); err != nil {
		return figures{}, fmt.Errorf("running %s: %w\n%s", strings.Join(command.Args, " "), err, output.String())
	}
	f := figures{seconds: time.Since(start).Seconds()}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.megabytes = float64(usage.Maxrss) / 1024 // of the largest of its processes
	}
	return f, nil
}

func median(all []figures) figures {
	middle := func(value func(figures) float64) float64 {
		values := make([]float64, len(all))
		for i, f := range all {
			values[i] = value(f)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figures{
		seconds:   middle(func(f figures) float64 { return f.seconds }),
		megabytes: middle(func(f figures) float64 { return f.megabytes }),
	}
}
