package balancer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// startChecks begins to check a target. The group's lock is held.
func (g *group) startChecks(t *target) {
	ctx, cancel := context.WithCancel(context.Background())
	t.stop = cancel
	if !g.used {
		t.state, t.reason, t.description = Unused, NotInUse, "Target group is not configured to receive traffic "+
			"from the load balancer"
		return
	}
	if t.state != Healthy && t.state != Unhealthy {
		t.state, t.reason, t.description = Initial, RegistrationInProgress, "Target registration is in progress"
	}
	go g.check(ctx, t, g.config)
}

// check asks a target whether it is healthy, at once and then at each interval.
func (g *group) check(ctx context.Context, t *target, config Group) {
	c := config.Check
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: anyCertificate(), Protocols: config.protocols(c.TLS),
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return g.balancer.dial(checkedAddress(t.Target, c))
			},
		},
		Timeout:       max(g.balancer.scaled(c.Timeout), leastTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	interval := time.NewTicker(max(g.balancer.scaled(c.Interval), time.Millisecond))
	defer interval.Stop()
	for {
		reason, description := config.checkOnce(ctx, client, t.Target)
		if ctx.Err() != nil {
			return
		}
		g.judge(t, c, reason, description)
		select {
		case <-ctx.Done():
			return
		case <-interval.C:
		}
	}
}

// leastTimeout is how long a health check may take, however short a second of AWS is: a process of this machine does
// not get faster with it.
const leastTimeout = time.Second

// checkedAddress is where a target is checked. A port of its own is one of the same task's.
func checkedAddress(t Target, c Check) string {
	host, _, err := net.SplitHostPort(t.Address)
	if c.Port == 0 || err != nil {
		return t.Address
	}
	if t.Other != nil {
		return t.Other(c.Port)
	}
	return net.JoinHostPort(host, strconv.Itoa(c.Port))
}

// checkOnce returns why a target failed a health check, nothing where it passed.
func (c Group) checkOnce(ctx context.Context, client *http.Client, t Target) (reason, description string) {
	if t.Address == "" {
		return Timeout, "Request timed out"
	}
	request, err := c.checkRequest(ctx, t)
	if err != nil {
		return FailedHealthChecks, "Health checks failed"
	}
	response, err := client.Do(request)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return Timeout, "Request timed out"
	case err != nil:
		return FailedHealthChecks, "Health checks failed"
	}
	_, _ = io.Copy(io.Discard, response.Body) // trailers come after it
	_ = response.Body.Close()
	if code := c.code(response); !allowed(c.Check.Codes, code) {
		return ResponseCodeMismatch, fmt.Sprintf("Health checks failed with these codes: [%d]", code)
	}
	return "", ""
}

// HealthChecker is how the User-Agent of a health check begins. That of AWS's load balancers does too.
const HealthChecker = "ELB-HealthChecker/"

// SuccessCodes is a header of health checks that AWS does not send. It tells a stand-in which codes pass the check.
const SuccessCodes = "X-Success-Codes"

// checkRequest is what a target is asked: for gRPC, a method that it need not have.
func (c Group) checkRequest(ctx context.Context, t Target) (*http.Request, error) {
	url := scheme(c.Check.TLS) + "://" + net.JoinHostPort(t.ID, strconv.Itoa(t.Port)) + c.Check.Path
	method, body := http.MethodGet, []byte(nil)
	if c.Protocol == grpc {
		method, body = http.MethodPost, make([]byte, 5) // an empty message, after its length
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", HealthChecker+"2.0")
	request.Header.Set(SuccessCodes, c.Check.Codes)
	if c.Protocol == grpc {
		request.Header.Set("Content-Type", contentTypeGRPC)
		request.Header.Set("Te", "trailers")
	}
	return request, nil
}

// code is what the health check compares: the status, or gRPC's own.
func (c Group) code(response *http.Response) int {
	if c.Protocol != grpc {
		return response.StatusCode
	}
	text := cmp.Or(response.Header.Get("Grpc-Status"), response.Trailer.Get("Grpc-Status"))
	code, err := strconv.Atoi(text)
	if err != nil {
		return unknownGRPC
	}
	return code
}

// unknownGRPC is gRPC's code for an answer without one.
const unknownGRPC = 2

// allowed reports whether a status is among the codes, such as 200,202 or 200-299.
func allowed(codes string, status int) bool {
	for low, high := range ranges(codes) {
		if low <= status && status <= high {
			return true
		}
	}
	return false
}

// Passing returns a code that passes a health check for which these codes count as a success: the usual one where it
// does, and otherwise the first of them.
func Passing(codes string, usual int) int {
	if allowed(codes, usual) {
		return usual
	}
	for low := range ranges(codes) {
		return low
	}
	return usual
}

// ranges iterates over the ranges of codes. A single code is a range of its own.
func ranges(codes string) iter.Seq2[int, int] {
	return func(yield func(low, high int) bool) {
		for part := range strings.SplitSeq(codes, ",") {
			from, to, isRange := strings.Cut(part, "-")
			if !isRange {
				to = from
			}
			low, errLow := strconv.Atoi(from)
			high, errHigh := strconv.Atoi(to)
			if errLow == nil && errHigh == nil && !yield(low, high) {
				return
			}
		}
	}
}

// judge counts a health check. A target that was just registered is healthy after one that passed; later it takes as
// many in a row as the threshold says. Source: "Health checks for Application Load Balancer target groups".
func (g *group) judge(t *target, c Check, reason, description string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.state == Draining {
		return
	}
	if reason == "" {
		t.passed, t.failed = t.passed+1, 0
		if t.state == Initial || t.passed >= c.HealthyThreshold {
			if t.state != Healthy {
				t.healthySince = time.Now()
			}
			t.state, t.reason, t.description = Healthy, "", ""
		}
		return
	}
	t.passed, t.failed = 0, t.failed+1
	switch {
	case t.failed >= c.UnhealthyThreshold:
		t.state, t.reason, t.description = Unhealthy, reason, description
	case t.state == Initial:
		t.reason, t.description = InitialHealthChecking, "Initial health checks in progress"
	}
}
