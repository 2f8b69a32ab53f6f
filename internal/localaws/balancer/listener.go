package balancer

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// socket is a listener at work.
type socket struct {
	balancer *Balancer
	wanted   int // the port that the listener asks for
	port     int // the one that it got
	https    bool
	config   atomic.Pointer[Listener]
	server   *http.Server
}

func (b *Balancer) listen(l Listener) (*socket, error) {
	opened, err := listenOnLoopback(l.Port)
	if err != nil {
		return nil, err
	}
	s := &socket{balancer: b, wanted: l.Port, https: l.HTTPS, port: opened.Addr().(*net.TCPAddr).Port}
	s.server = &http.Server{
		Handler: s, IdleTimeout: b.scaled(b.idle), ReadHeaderTimeout: time.Minute,
		ErrorLog:    log.New(io.Discard, "", 0), // clients that hang up are no one's problem
		ConnContext: withConnection,
	}
	s.config.Store(&l)
	if l.HTTPS {
		s.server.TLSConfig = &tls.Config{GetConfigForClient: s.tls}
		go func() { _ = s.server.ServeTLS(opened, "", "") }()
	} else {
		go func() { _ = s.server.Serve(opened) }()
	}
	return s, nil
}

// tls returns how a client connects. It follows the listener's configuration.
func (s *socket) tls(*tls.ClientHelloInfo) (*tls.Config, error) {
	config := &tls.Config{GetCertificate: s.balancer.options.Certificate, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"}}
	if clients := s.config.Load().Clients; clients != nil {
		clients.ask(config)
	}
	return config, nil
}

// close ends a listener. AWS keeps open connections for a while; here they end with the requests that are under way.
func (s *socket) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close()
	}
}

func (s *socket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := s.newEntry(r)
	r.Body = countedBody{r.Body, e.received}
	defer func() {
		e.ended = time.Now()
		if s.balancer.options.Log != nil {
			s.balancer.options.Log(*e)
		}
	}()
	s.answer(countedResponse{w, e}, r, e)
}

func (s *socket) answer(w http.ResponseWriter, r *http.Request, e *Entry) {
	rule, ok := match(s.config.Load().Rules, r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	e.priority = rule.Priority
	switch action := rule.Action; {
	case action.Login != nil && !action.Login.admit(w, r, e):
	case action.Fixed != nil:
		e.action = "fixed-response"
		action.Fixed.answer(w)
	case action.Redirect != nil:
		e.action, e.redirect = "redirect", action.Redirect.location(r, s.https, s.wanted)
		w.Header().Set("Location", e.redirect)
		w.WriteHeader(action.Redirect.Status)
	default:
		e.action = "forward"
		s.forward(w, r, action.Forward, e)
	}
}

func (f Fixed) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", f.ContentType)
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body) // an error means that the client has gone away
}

// ServerError answers as the load balancer does on its own account. The words are AWS's.
func serverError(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Server", "awselb/2.0")
	w.WriteHeader(status)
	title := strings.TrimSpace(fmt.Sprintf("%d %s", status, statusTexts[status]))
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n"+
		"<center><h1>%[1]s</h1></center>\r\n</body>\r\n</html>\r\n", title)
}

var statusTexts = map[int]string{
	http.StatusUnauthorized:       "Authorization Required",
	http.StatusBadGateway:         "Bad Gateway",
	http.StatusServiceUnavailable: "Service Temporarily Unavailable",
	http.StatusGatewayTimeout:     "Gateway Time-out",
}

// stickyCookie is the name of the cookie by which a client stays with its target. Source: "Sticky sessions".
const stickyCookie = "AWSALB"

// forward hands a request to a target of one of the groups. Source of the errors: "Troubleshoot your Application Load
// Balancers".
func (s *socket) forward(w http.ResponseWriter, r *http.Request, groups []Forward, e *Entry) {
	g := s.balancer.group(pick(groups))
	if g == nil {
		serverError(w, http.StatusServiceUnavailable)
		return
	}
	e.group = g.arn
	sticky := ""
	if cookie, err := r.Cookie(stickyCookie); err == nil {
		sticky = cookie.Value
	}
	if !g.takes(r) {
		g.count(nil, statusIncompatible, 0)
		serverError(w, statusIncompatible)
		return
	}
	t := g.choose(sticky)
	if t == nil {
		g.count(nil, http.StatusServiceUnavailable, 0)
		serverError(w, http.StatusServiceUnavailable)
		return
	}
	t.open.Add(1)
	defer t.open.Add(-1)
	e.target, e.sent = net.JoinHostPort(t.ID, strconv.Itoa(t.Port)), time.Now()
	answered := false
	proxy := httputil.ReverseProxy{
		Transport:     t.transport,
		FlushInterval: -1,
		Rewrite:       func(p *httputil.ProxyRequest) { s.rewrite(p, t, e.trace) },
		ModifyResponse: func(response *http.Response) error {
			answered = true
			e.answered, e.targetStatus = time.Now(), response.StatusCode
			g.count(t, response.StatusCode, e.answered.Sub(e.sent))
			if lasts := g.stickiness(); lasts > 0 {
				response.Header.Add("Set-Cookie", (&http.Cookie{ //nolint:gosec // as AWS's own is
					Name: stickyCookie, Value: t.cookie(), Path: "/", Expires: time.Now().Add(s.balancer.scaled(lasts)),
				}).String())
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil && !errors.Is(context.Cause(r.Context()), errIdle) {
				e.status = statusClientClosed
				return // the client has gone away
			}
			status := statusOf(r.Context(), err)
			g.count(nil, status, 0)
			serverError(w, status)
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	idle := time.AfterFunc(s.balancer.scaled(s.balancer.idleTimeout()), func() {
		if !answered {
			cancel(errIdle)
		}
	})
	defer idle.Stop()
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

// statusIncompatible is AWS's own, for a request whose protocol does not fit the target group's. Source: "Troubleshoot
// your Application Load Balancers", "HTTP 464".
const statusIncompatible = 464

// statusClientClosed is in the access log for a client that did not wait for the answer. Source: "Troubleshoot your
// Application Load Balancers", "HTTP 460".
const statusClientClosed = 460

// takes reports whether the group's protocol fits a request.
func (g *group) takes(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.config.takes(r)
}

var errIdle = errors.New("the target did not answer before the idle timeout")

func statusOf(ctx context.Context, err error) int {
	var timeout net.Error
	if errors.Is(context.Cause(ctx), errIdle) || errors.As(err, &timeout) && timeout.Timeout() {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// rewrite makes the request that the target gets. Source: "HTTP headers and Application Load Balancers".
func (s *socket) rewrite(p *httputil.ProxyRequest, t *target, trace string) {
	p.Out.URL = &url.URL{
		Scheme: t.scheme, Host: net.JoinHostPort(t.ID, strconv.Itoa(t.Port)),
		Path: p.In.URL.Path, RawPath: p.In.URL.RawPath, RawQuery: p.In.URL.RawQuery,
	}
	p.Out.Host = p.In.Host
	p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
	p.SetXForwarded()
	p.Out.Header.Del("X-Forwarded-Host") // which AWS does not set
	if host := p.In.Header.Get("X-Forwarded-Host"); host != "" {
		p.Out.Header.Set("X-Forwarded-Host", host)
	}
	p.Out.Header.Set("X-Forwarded-Port", strconv.Itoa(s.wanted))
	p.Out.Header.Set(traceHeader, trace)
	if clients := s.config.Load().Clients; clients != nil {
		clients.tell(p.Out.Header, p.In.TLS)
	}
}

// traceHeader is the header by which a request is followed.
const traceHeader = "X-Amzn-Trace-Id"

// traceID makes the value of that header: Root=1-TIME-RANDOM.
func traceID() string {
	return fmt.Sprintf("Root=1-%08x-%s", time.Now().Unix(), randomHex(12))
}

// randomHex returns random bytes as hexadecimal digits.
func randomHex(bytes int) string {
	random := make([]byte, bytes)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// pick chooses one of the groups by their weights.
func pick(groups []Forward) string {
	total := 0
	for _, f := range groups {
		total += f.Weight
	}
	if total == 0 {
		if len(groups) == 1 {
			return groups[0].Group
		}
		return ""
	}
	n := mathrand.IntN(total) //nolint:gosec // no secret depends on it
	for _, f := range groups {
		if n -= f.Weight; n < 0 {
			return f.Group
		}
	}
	return ""
}

func (b *Balancer) idleTimeout() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.idle
}

func (g *group) stickiness() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.config.Stickiness
}

// cookie is the value by which a client stays with a target.
func (t *target) cookie() string {
	return hex.EncodeToString([]byte(net.JoinHostPort(t.ID, strconv.Itoa(t.Port))))
}
