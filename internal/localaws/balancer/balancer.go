// Package balancer is an Application Load Balancer on this machine. It listens on loopback, applies the listeners'
// rules, checks the health of its targets, and forwards requests to those that are healthy.
//
// Its behaviour follows the Elastic Load Balancing user guide for Application Load Balancers; the comments name the
// pages.
package balancer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Config is a load balancer as AWS describes it.
type Config struct {
	Listeners []Listener
	Groups    []Group
	// IdleTimeout is how long a connection may be silent. Default 60 s.
	IdleTimeout time.Duration
}

// Listener accepts connections on a port.
type Listener struct {
	ARN   string
	Port  int
	HTTPS bool
	// Certificate is the ARN of the default one, for the access log.
	Certificate string
	// Clients is nil where clients need no certificates.
	Clients *Clients
	// Rules in the order of their priority. The last one is the default rule, without conditions.
	Rules []Rule
}

// Group is a target group.
type Group struct {
	ARN                 string
	Protocol            string // of the requests to the targets: HTTP1, HTTP2 or GRPC
	TLS                 bool   // the targets get requests by TLS
	Algorithm           string // round_robin, least_outstanding_requests or weighted_random
	DeregistrationDelay time.Duration
	SlowStart           time.Duration
	Stickiness          time.Duration // of the load balancer's cookie; 0 for none
	Check               Check
}

// Check is a group's health check.
type Check struct {
	Path               string
	TLS                bool   // the check is by TLS
	Port               int    // 0 for the target's own
	Codes              string // of HTTP, such as 200-399 or 200,302; of gRPC for a group of that protocol
	Interval           time.Duration
	Timeout            time.Duration
	HealthyThreshold   int
	UnhealthyThreshold int
}

// Options say how AWS's time and names are mapped to this machine.
type Options struct {
	// Second is how long a second of the configuration lasts. Default one second.
	Second time.Duration
	// Certificate chooses the certificate of an HTTPS listener.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Log gets the entry of each request for the access log, at the request's end. Default: none.
	Log func(Entry)
	// Dial connects to a target's address. Default: TCP.
	Dial func(address string) (net.Conn, error)
}

// Balancer is one running load balancer.
type Balancer struct {
	options Options

	mu        sync.Mutex
	idle      time.Duration
	listeners map[string]*socket // by ARN
	groups    map[string]*group  // by ARN
}

// New returns a load balancer without listeners.
func New(options Options) *Balancer {
	if options.Second == 0 {
		options.Second = time.Second
	}
	return &Balancer{options: options, listeners: map[string]*socket{}, groups: map[string]*group{}}
}

// scaled returns how long a duration of the configuration lasts on this machine.
func (b *Balancer) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(b.options.Second) / float64(time.Second))
}

// Configure makes the load balancer what the configuration says. What is unchanged goes on undisturbed: open sockets,
// registered targets, and what is known of their health. The error names the listeners that found no port.
func (b *Balancer) Configure(config Config) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.idle = config.IdleTimeout
	if b.idle == 0 {
		b.idle = time.Minute
	}
	b.configureGroups(config)
	return b.configureListeners(config)
}

func (b *Balancer) configureGroups(config Config) {
	used := groupsInUse(config.Listeners)
	for arn, g := range b.groups {
		if !slices.ContainsFunc(config.Groups, func(c Group) bool { return c.ARN == arn }) {
			g.close()
			delete(b.groups, arn)
		}
	}
	for _, c := range config.Groups {
		g := b.groups[c.ARN]
		if g == nil {
			g = newGroup(b, c.ARN)
			b.groups[c.ARN] = g
		}
		g.configure(c, used[c.ARN])
	}
}

// groupsInUse returns the groups that a listener forwards to. A group that is in no rule is not checked.
func groupsInUse(listeners []Listener) map[string]bool {
	used := map[string]bool{}
	for _, l := range listeners {
		for _, r := range l.Rules {
			for _, f := range r.Action.Forward {
				used[f.Group] = true
			}
		}
	}
	return used
}

func (b *Balancer) configureListeners(config Config) error {
	for arn, s := range b.listeners {
		i := slices.IndexFunc(config.Listeners, func(l Listener) bool { return l.ARN == arn })
		if i < 0 || config.Listeners[i].Port != s.wanted || config.Listeners[i].HTTPS != s.https {
			s.close()
			delete(b.listeners, arn)
		}
	}
	var problems []error
	for _, l := range config.Listeners {
		s := b.listeners[l.ARN]
		if s == nil {
			var err error
			if s, err = b.listen(l); err != nil {
				problems = append(problems, err)
				continue
			}
			b.listeners[l.ARN] = s
		}
		s.config.Store(&l)
	}
	return errors.Join(problems...)
}

// Port returns the port of this machine on which a listener answers, 0 where it does not.
func (b *Balancer) Port(listener string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.listeners[listener]; s != nil {
		return s.port
	}
	return 0
}

// Close ends all connections and health checks.
func (b *Balancer) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.listeners {
		s.close()
	}
	for _, g := range b.groups {
		g.close()
	}
	clear(b.listeners)
	clear(b.groups)
}

func (b *Balancer) group(arn string) *group {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.groups[arn]
}

// highPort is where the search for a free port begins when the listener's own is taken or not permitted.
const highPort = 8000

// listenOnLoopback opens the port, or the next free one above highPort.
func listenOnLoopback(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", loopback(port))
	for next := highPort + port%1000; err != nil && next < highPort+2000; next++ {
		l, err = net.Listen("tcp", loopback(next))
	}
	if err != nil {
		return nil, fmt.Errorf("no free port for the listener on port %d: %w", port, err)
	}
	return l, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
