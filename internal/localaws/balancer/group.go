package balancer

import (
	"cmp"
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The states of a target, and the reasons for them. Source: "Health checks for Application Load Balancer target
// groups", "Target health status" and "Health check reason codes".
const (
	Initial   = "initial"
	Healthy   = "healthy"
	Unhealthy = "unhealthy"
	Unused    = "unused"
	Draining  = "draining"

	RegistrationInProgress   = "Elb.RegistrationInProgress"
	InitialHealthChecking    = "Elb.InitialHealthChecking"
	ResponseCodeMismatch     = "Target.ResponseCodeMismatch"
	Timeout                  = "Target.Timeout"
	FailedHealthChecks       = "Target.FailedHealthChecks"
	NotInUse                 = "Target.NotInUse"
	DeregistrationInProgress = "Target.DeregistrationInProgress"
)

// Target is what a group sends requests to.
type Target struct {
	// ID and Port are what AWS registers: an IP address in the VPC, and the container's port.
	ID   string
	Port int
	// Address is where the target listens on this machine. Empty for one that cannot be reached: its health checks time
	// out.
	Address string
	// Other is where another port of the same task listens, for health checks. Nil for the same port at Address's host.
	Other func(port int) string
}

// Health is what DescribeTargetHealth tells of a target.
type Health struct {
	Target
	State, Reason, Description string
}

// group is a target group at work.
type group struct {
	balancer *Balancer
	arn      string

	mu      sync.Mutex
	config  Group
	used    bool
	targets []*target
	next    int // of the round robin
	counts  counts
}

func newGroup(b *Balancer, arn string) *group { return &group{balancer: b, arn: arn} }

// target is a registered target. The group's lock guards it, but for the number of its open requests.
type target struct {
	Target
	state, reason, description string
	passed, failed             int // health checks in a row
	healthySince               time.Time
	open                       atomic.Int64 // requests
	scheme                     string
	transport                  *http.Transport
	stop                       context.CancelFunc // of the health checks
}

func (g *group) configure(c Group, used bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	checksChange := used != g.used || c.Check != g.config.Check
	g.config, g.used = c, used
	if !checksChange {
		return
	}
	for _, t := range g.targets {
		if t.state == Draining {
			continue
		}
		t.stop()
		g.startChecks(t)
	}
}

func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.targets {
		t.stop()
		t.transport.CloseIdleConnections()
	}
	g.targets = nil
}

// Register adds a target to a group. One that is there already stays as it is; one that was draining starts anew.
func (b *Balancer) Register(groupARN string, t Target) {
	g := b.group(groupARN)
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := g.index(t.ID, t.Port); i >= 0 {
		if g.targets[i].state != Draining && g.targets[i].Address == t.Address {
			return
		}
		g.remove(i)
	}
	added := &target{Target: t, scheme: scheme(g.config.TLS), transport: g.newTransport(t), stop: func() {}}
	g.targets = append(g.targets, added)
	g.startChecks(added)
}

// Deregister takes a target out of a group. It gets no new requests. The returned channel is closed when the
// deregistration delay is over: that is how long the target is shown as draining, and how long ECS waits before it
// stops the task. Source: "Edit target group attributes", "Deregistration delay".
func (b *Balancer) Deregister(groupARN, id string, port int) <-chan struct{} {
	done := make(chan struct{})
	g := b.group(groupARN)
	if g == nil {
		close(done)
		return done
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	i := g.index(id, port)
	if i < 0 || g.targets[i].state == Draining {
		close(done)
		return done
	}
	t := g.targets[i]
	t.stop()
	if !g.used {
		g.remove(i)
		close(done)
		return done
	}
	t.state, t.reason, t.description = Draining, DeregistrationInProgress, "Target deregistration is in progress"
	time.AfterFunc(b.scaled(g.config.DeregistrationDelay), func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if i := slices.Index(g.targets, t); i >= 0 {
			g.remove(i)
		}
		close(done)
	})
	return done
}

func (g *group) index(id string, port int) int {
	return slices.IndexFunc(g.targets, func(t *target) bool { return t.ID == id && t.Port == port })
}

func (g *group) remove(i int) {
	t := g.targets[i]
	t.stop()
	t.transport.CloseIdleConnections()
	g.targets = slices.Delete(g.targets, i, i+1)
}

// Targets returns the targets of a group, and how they are.
func (b *Balancer) Targets(groupARN string) []Health {
	g := b.group(groupARN)
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Health
	for _, t := range g.targets {
		all = append(all, Health{Target: t.Target, State: t.state, Reason: t.reason, Description: t.description})
	}
	return all
}

// choose returns the target of a request, nil where there is none. A client that sticks to a target stays with it as
// long as it is healthy.
func (g *group) choose(sticky string) *target {
	g.mu.Lock()
	defer g.mu.Unlock()
	able := g.able()
	if len(able) == 0 {
		return nil
	}
	if g.config.Stickiness > 0 {
		if i := slices.IndexFunc(able, func(t *target) bool { return sticky != "" && t.cookie() == sticky }); i >= 0 {
			return able[i]
		}
	}
	switch g.config.Algorithm {
	case "least_outstanding_requests":
		return slices.MinFunc(able, func(x, y *target) int { return cmp.Compare(x.open.Load(), y.open.Load()) })
	case "weighted_random":
		return able[rand.IntN(len(able))] //nolint:gosec // no secret depends on it
	}
	for range able {
		g.next++
		if t := able[g.next%len(able)]; g.warm(t) {
			return t
		}
	}
	return able[g.next%len(able)]
}

// able returns the targets that get requests: the healthy ones, or all where none is healthy ("fail open"). A
// draining one gets none. Source: "Health checks for Application Load Balancer target groups".
func (g *group) able() []*target {
	var healthy, registered []*target
	for _, t := range g.targets {
		switch t.state {
		case Draining:
			continue
		case Healthy:
			healthy = append(healthy, t)
		}
		registered = append(registered, t)
	}
	if len(healthy) > 0 {
		return healthy
	}
	return registered
}

// warm reports whether a target takes its turn. During slow start its share grows linearly. Source: "Slow start mode".
func (g *group) warm(t *target) bool {
	whole := g.balancer.scaled(g.config.SlowStart)
	if whole == 0 || t.state != Healthy {
		return true
	}
	age := time.Since(t.healthySince)
	return age >= whole || rand.Float64() < float64(age)/float64(whole) //nolint:gosec // no secret depends on it
}

func (g *group) newTransport(t Target) *http.Transport {
	dial := func(context.Context, string, string) (net.Conn, error) { return g.balancer.dial(t.Address) }
	return &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 256, DisableCompression: true,
		IdleConnTimeout: time.Minute, TLSClientConfig: anyCertificate(), Protocols: g.config.protocols(g.config.TLS)}
}

// anyCertificate is how a load balancer connects to targets that speak TLS: it does not verify their certificates.
// Source: "Target groups for your Application Load Balancers", "Routing configuration".
func anyCertificate() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true} //nolint:gosec // as AWS does
}

// scheme is that of the requests to a target.
func scheme(byTLS bool) string {
	if byTLS {
		return "https"
	}
	return "http"
}

// The protocols of target groups. Source: "Target groups for your Application Load Balancers", "Protocol version".
const (
	http2 = "HTTP2"
	grpc  = "GRPC"
)

// protocols are those that the targets speak.
func (c Group) protocols(byTLS bool) *http.Protocols {
	p := new(http.Protocols)
	switch isHTTP2 := c.Protocol == http2 || c.Protocol == grpc; {
	case !isHTTP2:
		p.SetHTTP1(true)
	case byTLS:
		p.SetHTTP2(true)
	default:
		p.SetUnencryptedHTTP2(true)
	}
	return p
}

const contentTypeGRPC = "application/grpc"

// takes reports whether the group's protocol fits a client's request. Source: "Troubleshoot your Application Load
// Balancers", "HTTP 464".
func (c Group) takes(r *http.Request) bool {
	isGRPC := strings.HasPrefix(r.Header.Get("Content-Type"), contentTypeGRPC)
	switch c.Protocol {
	case grpc:
		return r.ProtoMajor == 2 && r.Method == http.MethodPost
	case http2:
		return r.ProtoMajor == 2
	}
	return !isGRPC
}

// connectsWithin is how long a target may take to accept a connection. Source: "Troubleshoot your Application Load
// Balancers", HTTP 504.
const connectsWithin = 10 * time.Second

func (b *Balancer) dial(address string) (net.Conn, error) {
	if b.options.Dial != nil {
		return b.options.Dial(address)
	}
	return net.DialTimeout("tcp", address, connectsWithin)
}
