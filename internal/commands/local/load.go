package local

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"webapp/internal/awsread"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
	"webapp/scaling"
	"webapp/scaling/report"
)

// LoadOptions say which load is sent, and where.
type LoadOptions struct {
	Service  string        // may be empty where there is one with a load balancer
	Listener int           // the port that AWS opens; 0 for 443 if there is such a listener, else the lowest
	Path     string        // with the query
	Host     string        // empty: the load balancer's name
	Timeout  time.Duration // of a request
	// Load is by AWS's clock, which may be faster than this machine's. Its rates are requests in a second of this
	// machine.
	Load scaling.Load
	Page string // the file that the charts are written to; empty for none
	// MaxFailed is the percentage of the requests that may fail, MaxP99 the time within which 99 of 100 must be answered,
	// 0 for any. A load that does not meet them is an error.
	MaxFailed float64
	MaxP99    time.Duration
}

// Load sends a load to a service, and prints what happens each minute of AWS. At the end it writes a page that has what
// happened beside what the simulator predicts.
func (h Home) Load(ctx context.Context, o LoadOptions, out io.Writer) error {
	s, status, err := h.runningStatus(ctx)
	if err != nil {
		return err
	}
	t, err := s.loadTarget(ctx, status, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s to %s, service %s: %s by AWS's clock, which is %s here, up to %.0f requests in a second of this "+
		"machine\n\n", o.Load.Name, t.url, t.service.Name, report.FormatDuration(o.Load.Duration()),
		newPacer(o.Load, s.Minute).duration().Round(time.Second), o.Load.Peak())
	watched, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go h.watch(watched, s, cancel)
	tally := s.send(watched, t, o, out)
	if err := h.whyEnded(ctx, watched, nil); err != nil {
		return err
	}
	if err := s.writePage(context.WithoutCancel(ctx), t, o, tally, out); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errors.New("interrupted before the end of the load")
	}
	return o.judge(tally)
}

// judge returns an error where the load misses what the options demand.
func (o LoadOptions) judge(t *tally) error {
	share := 100 * t.result.RefusedShare()
	if share > o.MaxFailed {
		return fmt.Errorf("%.3g %% of the requests failed; --max-failed allows %v %%", share, o.MaxFailed)
	}
	if p99 := t.total.Latencies.P99; o.MaxP99 > 0 && p99 > o.MaxP99 {
		return fmt.Errorf("99 of 100 requests were answered within %s; --max-p99 allows %s", inMilliseconds(p99), o.MaxP99)
	}
	return nil
}

// loadTarget is what a load is sent to: a service, by one of its listeners.
type loadTarget struct {
	service  service
	listener live.Listener
	url      string
	client   *http.Client
}

func (s server) loadTarget(ctx context.Context, status live.Status, o LoadOptions) (*loadTarget, error) {
	services, err := s.services(ctx, o.Service)
	if err != nil {
		return nil, err
	}
	t := &loadTarget{}
	var names []string
	for _, one := range services {
		listeners, err := listenersOf(ctx, one, status.Listeners)
		if err != nil {
			return nil, err
		}
		if len(listeners) == 0 {
			continue
		}
		names = append(names, one.cluster+"/"+one.Name)
		t.service = one
		if t.listener, err = chooseListener(listeners, o.Listener); err != nil {
			return nil, err
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("no listener of a load balancer answers for the service %s", describeServices(services))
	case len(names) > 1:
		return nil, fmt.Errorf("which service? Write one of: %s", strings.Join(names, ", "))
	}
	to, err := url.Parse(t.listener.URL())
	if err != nil {
		return nil, err
	}
	path, err := url.ParseRequestURI(o.Path)
	if err != nil || !strings.HasPrefix(o.Path, "/") {
		return nil, fmt.Errorf("--path %q: write a path that begins with /", o.Path)
	}
	to.Path, to.RawPath, to.RawQuery = path.Path, path.RawPath, path.RawQuery
	to.Host = cmp.Or(o.Host, to.Host)
	t.url, t.client = to.String(), clientOf(t.listener, status.Authority, o.Timeout)
	return t, nil
}

// listenersOf returns the running listeners of the load balancers that serve a service's target groups.
func listenersOf(ctx context.Context, one service, all []live.Listener) ([]live.Listener, error) {
	r := awsread.New(ctx, one.cfg)
	found := r.Service(one.cluster, one.Name)
	if found == nil || len(found.LoadBalancers) == 0 {
		return nil, r.Err()
	}
	var balancers []string
	for _, lb := range found.LoadBalancers {
		for _, group := range r.TargetGroups(aws.ToString(lb.TargetGroupArn)) {
			balancers = append(balancers, group.LoadBalancerArns...)
		}
	}
	var listeners []live.Listener
	if len(balancers) > 0 {
		for _, balancer := range r.LoadBalancers(balancers...) {
			for _, l := range all {
				if l.LocalPort != 0 && l.DNSName == aws.ToString(balancer.DNSName) {
					listeners = append(listeners, l)
				}
			}
		}
	}
	return listeners, r.Err()
}

// chooseListener returns the listener of a port. Without a port it prefers HTTPS, since other listeners often only
// redirect to it.
func chooseListener(listeners []live.Listener, port int) (live.Listener, error) {
	slices.SortFunc(listeners, func(a, b live.Listener) int {
		if a.HTTPS != b.HTTPS {
			if a.HTTPS {
				return -1
			}
			return 1
		}
		return a.Port - b.Port
	})
	var ports []string
	for _, l := range listeners {
		if port == 0 || port == l.Port {
			return l, nil
		}
		ports = append(ports, strconv.Itoa(l.Port))
	}
	return live.Listener{}, fmt.Errorf("the load balancer has no listener %d; write one of: %s", port,
		strings.Join(ports, ", "))
}

// idleConnections is how many connections to the load balancer are kept for further requests.
const idleConnections = 1000

// clientOf returns a client whose connections go to a listener on this machine, whatever the URL's name, since Go's
// resolver does not know that names below localhost are this machine. It trusts the authority of the local AWS.
func clientOf(l live.Listener, authority string, timeout time.Duration) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(authority))
	dialer := &net.Dialer{Timeout: timeout}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: idleConnections,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(l.LocalPort)))
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// samplesInAMinute is how often the tasks are counted, by AWS's clock.
const samplesInAMinute = 12

// send sends the load, and returns what happened. It ends early when ctx does.
func (s server) send(ctx context.Context, t *loadTarget, o LoadOptions, out io.Writer) *tally {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result := newTally(s.Minute, t.service.State, o.Load, out)
	samples := make(chan sample)
	go s.sample(ctx, t.service.ARN, result.began, samples)
	pace := newPacer(o.Load, s.Minute)
	attacker := vegeta.NewAttacker(vegeta.Client(t.client), vegeta.MaxBody(0))
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: t.url})
	answers := attacker.Attack(target, pace, 0, "")
	for {
		select {
		case answer, more := <-answers:
			if !more {
				result.end(o.Load.Duration())
				return result
			}
			result.answered(answer)
		case one := <-samples:
			result.sampled(one)
		case <-ctx.Done():
			// The requests that are still open end with this process.
			attacker.Stop()
			result.end(awsTime(time.Since(result.began), s.Minute))
			return result
		}
	}
}

// sample looks at a service again and again.
func (s server) sample(ctx context.Context, arn string, began time.Time, samples chan<- sample) {
	again := time.NewTicker(max(s.Minute/samplesInAMinute, time.Second/50))
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		status, err := s.status(ctx)
		i := slices.IndexFunc(status.Services, func(one scheduler.State) bool { return one.ARN == arn })
		if err != nil || i < 0 {
			continue // watch ends the load if the local AWS has ended
		}
		select {
		case samples <- sample{awsTime(time.Since(began), s.Minute), status.Services[i]}:
		case <-ctx.Done():
			return
		}
	}
}

// writePage writes the charts of what happened, beside those of what the simulator predicts.
func (s server) writePage(ctx context.Context, t *loadTarget, o LoadOptions, happened *tally, out io.Writer) error {
	simulated, basis, err := s.predict(ctx, t.service, o, happened)
	if err != nil {
		return err
	}
	happened.result.Service = simulated.Service
	happened.result.MeetTargets()
	for i := range happened.result.Minutes { // a load has the same minutes in both
		m, limits := &happened.result.Minutes[i], simulated.Minutes[i]
		m.Fewest, m.Most = limits.Fewest, limits.Most
	}
	fmt.Fprintf(out, "%s\n", basis)
	if o.Page == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(o.Page), 0o755); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	file, err := os.Create(o.Page)
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	note := clockNote(s.Minute)
	happened.result.Notes = append(happened.result.Notes, note)
	simulated.Notes = append(simulated.Notes, basis)
	err = report.Write(file, report.Simulation{Name: "What happened on the local AWS", Result: happened.result},
		report.Vary("What the simulator predicts", simulated, scaling.DefaultRanges()))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	fmt.Fprintf(out, "Charts: %s\n", o.Page)
	return nil
}

// clockNote explains the times and rates on the page.
func clockNote(minute time.Duration) string {
	if minute == time.Minute {
		return "times and rates are by the same clock: a minute of this local AWS lasts a minute"
	}
	return fmt.Sprintf("times are by AWS's clock, whose minute lasts %s here; rates and response times are by this "+
		"machine's, since that is how fast tasks work", minute)
}
