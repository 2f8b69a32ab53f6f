package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"webapp/internal/localaws/live"
)

// clientTimeout is how patient clients are. Only a request that gets no answer at all takes as long.
const clientTimeout = 30 * time.Second

// load is a steady stream of requests from several clients. It begins with clients that keep their connections and ends
// when the test stops it.
type load struct {
	t         *testing.T
	attackers []*vegeta.Attacker
	work      sync.WaitGroup

	mu      sync.Mutex
	sent    int
	failed  int
	reasons map[string]int
}

// kinds are the clients of a load: those that keep their connections, those that open one for each request, and those
// that wait long for each answer, so that a task stops while it still works for them.
var kinds = []struct {
	keepAlive bool
	query     string
	perSecond int
}{
	{keepAlive: true, perSecond: 15},
	{keepAlive: false, perSecond: 10},
	{keepAlive: true, query: "?latency=800ms", perSecond: 5},
}

// begin starts clients that ask for the URLs in turn. Whoever gets another status than 200 counts as failed.
func (d *deployment) begin(urls ...string) *load {
	d.t.Helper()
	l := &load{t: d.t, reasons: map[string]int{}}
	for _, k := range kinds {
		var targets []vegeta.Target
		for _, url := range urls {
			targets = append(targets, vegeta.Target{Method: http.MethodGet, URL: url + k.query})
		}
		client := d.client()
		client.Transport.(*http.Transport).DisableKeepAlives = !k.keepAlive
		attacker := vegeta.NewAttacker(vegeta.Client(client))
		l.attackers = append(l.attackers, attacker)
		results := attacker.Attack(vegeta.NewStaticTargeter(targets...),
			vegeta.Rate{Freq: k.perSecond, Per: time.Second}, 0, "")
		l.work.Go(func() {
			for r := range results {
				l.count(r)
			}
			client.CloseIdleConnections()
		})
	}
	return l
}

// perSecond is how many requests all clients together send.
const perSecond = 30

// answered is how many requests have got an answer, or have failed.
func (l *load) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent
}

func (l *load) count(r *vegeta.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	if r.Code == http.StatusOK && r.Error == "" {
		return
	}
	l.failed++
	l.reasons[fmt.Sprintf("%s: %d %s", r.URL, r.Code, r.Error)]++
}

// end stops the clients, waits for the open requests, and returns how many were sent, and how many of them failed.
func (l *load) end() (sent, failed int) {
	l.t.Helper()
	for _, a := range l.attackers {
		a.Stop()
	}
	l.work.Wait()
	for _, reason := range slices.Sorted(maps.Keys(l.reasons)) {
		l.t.Logf("%d requests failed: %s", l.reasons[reason], reason)
	}
	return l.sent, l.failed
}

// names resolves the names of load balancers, and knows which of this machine's ports stand for theirs.
type names struct {
	status func() (live.Status, error)

	mu    sync.Mutex
	known []live.Listener
}

// dial connects to a listener as its name and port say.
func (n *names) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	connection, err := n.connect(ctx, network, host, port)
	if err != nil { // it may have moved
		if err := n.read(); err != nil {
			return nil, err
		}
		connection, err = n.connect(ctx, network, host, port)
	}
	return connection, err
}

func (n *names) read() error {
	status, err := n.status()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known = status.Listeners
	return err
}

var errNoListener = errors.New("no listener")

func (n *names) connect(ctx context.Context, network, host, port string) (net.Conn, error) {
	n.mu.Lock()
	known := n.known
	n.mu.Unlock()
	isIt := func(l live.Listener) bool {
		return strconv.Itoa(l.Port) == port && (l.DNSName == host || !strings.HasSuffix(host, live.LocalDomain))
	}
	i := slices.IndexFunc(known, isIt)
	if i < 0 {
		return nil, fmt.Errorf("%s:%s: %w", host, port, errNoListener)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(known[i].LocalPort)))
}
