package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"webapp/internal/commands/local"
	"webapp/scaling"
)

// loadFlags describe a load.
type loadFlags struct {
	rate, shape string
	lasts       time.Duration
	base, peak  float64
}

func localLoad() *cobra.Command {
	var home local.Home
	var o local.LoadOptions
	var load loadFlags
	cmd := &cobra.Command{
		Use:   "load [SERVICE]",
		Short: "Send a load to a service, and compare what happens with a simulation",
		Long: `Send a load to a service through its load balancer, and print a line for each minute of AWS. At the end it
writes a page that has what happened beside what the simulator predicts for the same load, the service's deployed
scaling, and a model of its tasks that is calibrated on the run.

Durations are by the clock of AWS: where the local AWS was started with --minute 5s, --for 10m ends after 50 seconds.
Rates are requests in a second of this machine, since that is how fast tasks work whatever AWS's clock. So 50 requests
a second are 250 in a minute of five seconds.

A SERVICE is needed where several have a load balancer; it may be written as CLUSTER/SERVICE. It exits with 1 if the
load cannot be sent, is interrupted, or fails by --max-failed or --max-p99.`,
		Example: "  webapp local load --rate 50 --for 10m\n" +
			"  webapp local load web --rate 10-200 --for 30m --path /search?q=shoes\n" +
			"  webapp local load --load flash-crowd --base 5 --peak 60\n" +
			"  webapp local load --rate 50 --for 5m --max-failed 0 --max-p99 300ms --page ''",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Load, err = load.read(cmd); err != nil {
				return err
			}
			if len(args) > 0 {
				o.Service = args[0]
			}
			ctx, stop := untilSignal()
			defer stop()
			return home.Load(ctx, o, cmd.OutOrStdout())
		},
	}
	atMostOne(cmd, func(ctx context.Context) []string { return home.ServiceNames(ctx) })
	addFolderFlag(cmd, &home)
	load.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.Path, "path", "/", "the `path` to request, with its query")
	f.StringVar(&o.Host, "host", "", "the `host` to ask for (default the load balancer's name)")
	f.IntVar(&o.Listener, "listener", 0, "the `port` of the load balancer's listener (default that of HTTPS, else the "+
		"lowest)")
	f.DurationVar(&o.Timeout, "timeout", 30*time.Second, "the `time` after which a request fails, by this machine's clock")
	f.StringVar(&o.Page, "page", filepath.Join("cdktf.out", "load.html"),
		"write the charts to this `file`; empty for no charts")
	f.Float64Var(&o.MaxFailed, "max-failed", 100, "exit with 1 if more than this `percent` of the requests fail")
	f.DurationVar(&o.MaxP99, "max-p99", 0, "exit with 1 if 99 of 100 requests take longer than this `time` (default any)")
	listeners := func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completesWithin)
		defer cancel()
		return home.ListenerPorts(ctx), cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("listener", listeners) // the flag exists
	return cmd
}

func (l *loadFlags) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.rate, "rate", "", "`requests a second`: a number, or a ramp such as 10-200")
	f.DurationVar(&l.lasts, "for", 10*time.Minute, "how `long` the load lasts, by AWS's clock; it cuts off a load of "+
		"--load")
	f.StringVar(&l.shape, "load", "", "in the place of --rate: "+builtInLoads+", or a CSV `file` of time,requests a "+
		"second, as simulate has them")
	f.Float64Var(&l.base, "base", 0, "lowest `requests a second` of a built-in load")
	f.Float64Var(&l.peak, "peak", 0, "highest `requests a second` of a built-in load")
	cmd.MarkFlagsMutuallyExclusive("rate", "load")
	shapes := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return slices.Sorted(maps.Keys(scaling.Shapes)), cobra.ShellCompDirectiveDefault
	}
	_ = cmd.RegisterFlagCompletionFunc("load", shapes) // the flag exists
}

// read returns the load that the flags describe.
func (l *loadFlags) read(cmd *cobra.Command) (load scaling.Load, err error) {
	shape, builtIn := scaling.Shapes[l.shape]
	switch {
	case l.lasts < time.Second:
		return load, fmt.Errorf("--for %s: write a time of a second or more, such as 10m", l.lasts)
	case l.rate != "":
		load, err = readRate(l.rate, l.lasts)
	case builtIn && (l.base < 0 || l.peak <= 0 || l.peak < l.base):
		return load, fmt.Errorf("--load %s: write its highest requests a second with --peak, and the lowest with --base",
			l.shape)
	case builtIn:
		load = shape(l.base, l.peak)
	case l.shape != "":
		load, err = readLoadFile(l.shape)
	default:
		return load, errors.New("which load? Write --rate 50, --rate 10-200, or --load flash-crowd --peak 100; see " +
			cmd.CommandPath() + " --help")
	}
	if seconds := int(l.lasts.Seconds()); cmd.Flags().Changed("for") && seconds < len(load.PerSecond) {
		load.PerSecond = load.PerSecond[:seconds]
	}
	load.Start = time.Now().UTC().Truncate(time.Minute) // for schedules
	return load, err
}

// readRate reads a rate: a number, or two of them for a ramp.
func readRate(text string, lasts time.Duration) (scaling.Load, error) {
	first, second, isRamp := strings.Cut(text, "-")
	from, err := strconv.ParseFloat(first, 64)
	to := from
	if err == nil && isRamp {
		to, err = strconv.ParseFloat(second, 64)
	}
	const most = 100_000 // more than any machine sends
	if err != nil || !(from >= 0) || !(to >= 0) || !(from+to > 0) || max(from, to) > most {
		return scaling.Load{}, fmt.Errorf("--rate %s: write requests a second from 0 to %d, such as 50, or 10-200 for "+
			"a ramp", text, most)
	}
	if !isRamp {
		return scaling.Steady(from, lasts), nil
	}
	return scaling.Shape("ramp", lasts, func(t time.Duration) float64 {
		return from + (to-from)*float64(t)/float64(lasts)
	}), nil
}

const builtInLoads = "step, spike, day, week, flash-crowd, slow-ramp"

func readLoadFile(name string) (scaling.Load, error) {
	file, err := os.Open(name)
	if err != nil {
		return scaling.Load{}, fmt.Errorf("%q is not a built-in load (%s) and not a file: %w", name, builtInLoads, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return scaling.ReadCSV(name, file)
}
