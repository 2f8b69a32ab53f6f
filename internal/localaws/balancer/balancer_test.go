package balancer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fast makes a second of AWS last a hundredth of one.
const fast = 10 * time.Millisecond

func forwardTo(groups ...string) Action {
	var a Action
	for _, g := range groups {
		a.Forward = append(a.Forward, Forward{Group: g, Weight: 1})
	}
	return a
}

func groupOf(arn string) Group {
	return Group{ARN: arn, DeregistrationDelay: 5 * time.Second, Check: Check{
		Path: "/health", Codes: "200", Interval: 5 * time.Second, Timeout: 4 * time.Second, HealthyThreshold: 2,
		UnhealthyThreshold: 2,
	}}
}

func start(t testing.TB, config Config) *Balancer {
	t.Helper()
	b := New(Options{Second: fast})
	t.Cleanup(b.Close)
	if err := b.Configure(config); err != nil {
		t.Fatal(err)
	}
	return b
}

// oneListener forwards everything to the groups.
func oneListener(groups ...Group) Config {
	var arns []string
	for _, g := range groups {
		arns = append(arns, g.ARN)
	}
	return Config{Listeners: []Listener{{ARN: "listener", Port: 0, Rules: []Rule{{Action: forwardTo(arns...)}}}},
		Groups: groups}
}

// server is a target that answers its name, and the path.
func server(t *testing.T, name string) Target {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, name+" "+r.URL.Path) })
}

func serve(t testing.TB, handler http.HandlerFunc) Target {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return Target{ID: "10.0.1." + fmt.Sprint(s.Listener.Addr().(*net.TCPAddr).Port%250), Port: 80,
		Address: s.Listener.Addr().String()}
}

func (b *Balancer) get(t *testing.T, path string, change ...func(*http.Request)) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		"http://"+loopback(b.Port("listener"))+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(request)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if location := response.Header.Get("Location"); location != "" {
		return response.StatusCode, location
	}
	return response.StatusCode, string(text)
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// awaitState waits until a target of the group is in the state.
func (b *Balancer) awaitState(t testing.TB, group, id, state string) Health {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		for _, h := range b.Targets(group) {
			if h.ID == id && h.State == state {
				return h
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("target %s never was %s: %+v", id, state, b.Targets(group))
		case <-time.After(time.Millisecond):
		}
	}
}

func TestRulesChooseTheAction(t *testing.T) {
	t.Parallel()
	b := start(t, Config{
		Groups: []Group{groupOf("web"), groupOf("api")},
		Listeners: []Listener{{ARN: "listener", Rules: []Rule{
			{Conditions: []Condition{{Field: "path-pattern", Values: []string{"/api/*"}},
				{Field: "host-header", Values: []string{"*.example.com"}}}, Action: forwardTo("api")},
			{Conditions: []Condition{{Field: "query-string", Values: []string{"debug=tru?"}}}, Action: Action{
				Fixed: &Fixed{Status: 418, ContentType: "text/plain", Body: "debug"}}},
			{Conditions: []Condition{{Field: "http-header", Name: "X-Canary", Values: []string{"YES"}}}, Action: Action{
				Redirect: &Redirect{Protocol: "HTTPS", Port: "443", Status: 301}}},
			{Conditions: []Condition{{Field: "http-request-method", Values: []string{"DELETE"}}}, Action: Action{
				Fixed: &Fixed{Status: 405}}},
			{Conditions: []Condition{{Field: "source-ip", Values: []string{"192.0.2.0/24"}}}, Action: Action{
				Fixed: &Fixed{Status: 403}}},
			{Action: forwardTo("web")},
		}}},
	})
	web, api := server(t, "web"), server(t, "api")
	b.Register("web", web)
	b.Register("api", api)
	b.awaitState(t, "web", web.ID, Healthy)
	b.awaitState(t, "api", api.ID, Healthy)

	type answer struct {
		Status int
		Body   string
	}
	for name, c := range map[string]struct {
		path   string
		change func(*http.Request)
		want   answer
	}{
		"path and host":        {"/api/a", host("shop.EXAMPLE.com"), answer{200, "api /api/a"}},
		"path of another host": {"/api/a", host("example.org"), answer{200, "web /api/a"}},
		"paths have a case":    {"/API/a", host("shop.example.com"), answer{200, "web /API/a"}},
		"query":                {"/?debug=true", nil, answer{418, "debug"}},
		"header to a redirect": {"/a?b=c", func(r *http.Request) {
			r.Header.Set("x-canary",
				"yes")
			r.Host = "a.com"
		}, answer{301, "https://a.com/a?b=c"}},
		"method":                {"/", func(r *http.Request) { r.Method = http.MethodDelete }, answer{405, ""}},
		"source of another net": {"/", nil, answer{200, "web /"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := c.change
			if change == nil {
				change = func(*http.Request) {}
			}
			status, body := b.get(t, c.path, change)
			if diff := cmp.Diff(c.want, answer{status, body}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOneCheckMakesATargetHealthyAndTwoFailuresUnhealthy(t *testing.T) {
	t.Parallel()
	b := start(t, oneListener(groupOf("web")))
	good := server(t, "good")
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	deaf := Target{ID: "10.0.9.9", Port: 80}
	gone := Target{ID: "10.0.9.8", Port: 80, Address: "127.0.0.1:1"}
	for _, target := range []Target{good, bad, deaf, gone} {
		b.Register("web", target)
	}
	b.awaitState(t, "web", good.ID, Healthy)
	got := []string{}
	for _, target := range []Target{bad, deaf, gone} {
		h := b.awaitState(t, "web", target.ID, Unhealthy)
		got = append(got, h.Reason+": "+h.Description)
	}
	want := []string{
		"Target.ResponseCodeMismatch: Health checks failed with these codes: [418]",
		"Target.Timeout: Request timed out",
		"Target.FailedHealthChecks: Health checks failed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range 8 {
		if status, body := b.get(t, "/x"); status != 200 || body != "good /x" {
			t.Errorf("got %d %s, want the healthy target's answer", status, body)
		}
	}
}

func TestHealthChecksSayWhichCodesPass(t *testing.T) {
	t.Parallel()
	group := groupOf("web")
	group.Check.Codes = "204,301"
	b := start(t, oneListener(group))
	obedient := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(Passing(r.Header.Get(SuccessCodes), http.StatusOK))
	})
	b.Register("web", obedient)
	b.awaitState(t, "web", obedient.ID, Healthy)
}

func TestWithoutAHealthyTargetAllGetRequests(t *testing.T) {
	t.Parallel()
	b := start(t, oneListener(groupOf("web")))
	bad := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "still here")
	})
	b.Register("web", bad)
	b.awaitState(t, "web", bad.ID, Unhealthy)
	if status, body := b.get(t, "/"); status != 200 || body != "still here" {
		t.Errorf("got %d %s", status, body)
	}
}

func TestErrorsOfTheLoadBalancer(t *testing.T) {
	t.Parallel()
	config := oneListener(groupOf("web"))
	config.IdleTimeout = 10 * time.Second
	b := start(t, config)
	if status, _ := b.get(t, "/"); status != http.StatusServiceUnavailable {
		t.Errorf("without targets: got %d, want 503", status)
	}
	released := make(chan struct{})
	defer close(released)
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hangs":
			select {
			case <-released:
			case <-r.Context().Done():
			}
		case "/breaks":
			connection, _, _ := http.NewResponseController(w).Hijack()
			_ = connection.Close()
		}
	})
	b.Register("web", target)
	b.awaitState(t, "web", target.ID, Healthy)
	status, body := b.get(t, "/breaks")
	if status != http.StatusBadGateway || !strings.Contains(body, "502 Bad Gateway") {
		t.Errorf("a connection that breaks: got %d %s, want 502", status, body)
	}
	if status, _ := b.get(t, "/hangs"); status != http.StatusGatewayTimeout {
		t.Errorf("no answer within the idle timeout: got %d, want 504", status)
	}
	counts := b.Take("web")
	if diff := cmp.Diff(map[int]int{502: 1, 503: 1, 504: 1}, counts.Own); diff != "" {
		t.Errorf("counted errors: %s", diff)
	}
}

func TestADrainingTargetFinishesItsRequestsAndGetsNoNewOnes(t *testing.T) {
	t.Parallel()
	group := groupOf("web")
	group.DeregistrationDelay = 100 * time.Second // a busy machine must not outlast it
	b := start(t, oneListener(group))
	begun, release := make(chan struct{}), make(chan struct{})
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-release
		}
		_, _ = io.WriteString(w, "old")
	})
	b.Register("web", slow)
	b.awaitState(t, "web", slow.ID, Healthy)
	answer := make(chan string)
	go func() {
		_, body := b.get(t, "/slow")
		answer <- body
	}()
	<-begun
	fresh := server(t, "new")
	b.Register("web", fresh)
	b.awaitState(t, "web", fresh.ID, Healthy)
	drained := b.Deregister("web", slow.ID, slow.Port)
	for range 4 {
		if _, body := b.get(t, "/"); body != "new /" {
			t.Errorf("a request went to the draining target: %s", body)
		}
	}
	if got := b.Targets("web")[0].State; got != Draining {
		t.Errorf("got %s, want draining", got)
	}
	close(release)
	if got := <-answer; got != "old" {
		t.Errorf("the open request got %q", got)
	}
	<-drained
	if got := len(b.Targets("web")); got != 1 {
		t.Errorf("%d targets after the deregistration delay, want 1", got)
	}
}

func TestAClientSticksToItsTarget(t *testing.T) {
	t.Parallel()
	group := groupOf("web")
	group.Stickiness = time.Hour
	b := start(t, oneListener(group))
	one, two := server(t, "one"), server(t, "two")
	b.Register("web", one)
	b.Register("web", two)
	b.awaitState(t, "web", one.ID, Healthy)
	b.awaitState(t, "web", two.ID, Healthy)
	cookie := &http.Cookie{Name: stickyCookie, Value: (&target{Target: two}).cookie()}
	for range 6 {
		if _, body := b.get(t, "/", func(r *http.Request) { r.AddCookie(cookie) }); body != "two /" {
			t.Errorf("got %s, want two", body)
		}
	}
}

func TestTargetsLearnWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	b := start(t, oneListener(groupOf("web")))
	headers := make(chan http.Header, 100)
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			headers <- r.Header
		}
	})
	b.Register("web", target)
	b.awaitState(t, "web", target.ID, Healthy)
	b.get(t, "/", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.7") })
	h := <-headers
	got := []string{h.Get("X-Forwarded-For"), h.Get("X-Forwarded-Proto")}
	if diff := cmp.Diff([]string{"203.0.113.7, 127.0.0.1", "http"}, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(h.Get("X-Amzn-Trace-Id"), "Root=1-") {
		t.Errorf("X-Amzn-Trace-Id is %q", h.Get("X-Amzn-Trace-Id"))
	}
}

func TestAGroupThatNoRuleUsesIsNotChecked(t *testing.T) {
	t.Parallel()
	config := oneListener(groupOf("web"))
	config.Groups = append(config.Groups, groupOf("next"))
	b := start(t, config)
	target := server(t, "next")
	b.Register("next", target)
	b.awaitState(t, "next", target.ID, Unused)
	config.Listeners[0].Rules = []Rule{{Action: forwardTo("next")}}
	if err := b.Configure(config); err != nil {
		t.Fatal(err)
	}
	b.awaitState(t, "next", target.ID, Healthy)
	if _, body := b.get(t, "/"); body != "next /" {
		t.Errorf("got %s", body)
	}
}

func BenchmarkRequest(b *testing.B) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = io.WriteString(w, "ok")
	}))
	defer backend.Close()
	balancer := New(Options{})
	defer balancer.Close()
	if err := balancer.Configure(oneListener(groupOf("web"))); err != nil {
		b.Fatal(err)
	}
	balancer.Register("web", Target{ID: "10.0.0.1", Port: 80, Address: backend.Listener.Addr().String()})
	for name, url := range map[string]string{
		"direct":  "http://" + backend.Listener.Addr().String(),
		"through": "http://" + loopback(balancer.Port("listener")),
	} {
		b.Run(name, func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			for b.Loop() {
				response, err := client.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
}

// TestProtocolsOfTargetGroups: the targets get the group's protocol, whatever the client speaks, and a client whose
// protocol does not fit gets 464.
func TestProtocolsOfTargetGroups(t *testing.T) {
	t.Parallel()
	authority := httptest.NewUnstartedServer(nil) // it has a certificate for 127.0.0.1
	authority.StartTLS()
	t.Cleanup(authority.Close)
	b := New(Options{Second: fast, Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &authority.TLS.Certificates[0], nil
	}})
	t.Cleanup(b.Close)
	config := Config{Listeners: []Listener{{ARN: "listener", HTTPS: true}}}
	for _, protocol := range []string{"HTTP1", "HTTP2", "GRPC"} {
		for _, byTLS := range []bool{false, true} {
			g := groupOf(protocol)
			g.Protocol, g.TLS, g.Check.TLS = protocol, byTLS, byTLS
			if byTLS {
				g.ARN += " by TLS"
			}
			if protocol == "GRPC" {
				g.Check.Codes = "12"
			}
			config.Groups = append(config.Groups, g)
			config.Listeners[0].Rules = append(config.Listeners[0].Rules, Rule{Action: forwardTo(g.ARN),
				Conditions: []Condition{{Field: "query-string", Values: []string{"group=" + g.ARN}}}})
		}
	}
	if err := b.Configure(config); err != nil {
		t.Fatal(err)
	}
	plain, encrypted := serveBoth(t, false), serveBoth(t, true)
	for _, g := range config.Groups {
		target := plain
		if g.TLS {
			target = encrypted
		}
		b.Register(g.ARN, target)
		b.awaitState(t, g.ARN, target.ID, Healthy)
	}

	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	got := map[string]string{}
	for _, client := range []string{"HTTP/1.1", "HTTP/2.0", "gRPC"} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(client == "HTTP/1.1")
		transport.Protocols.SetHTTP2(client != "HTTP/1.1")
		t.Cleanup(transport.CloseIdleConnections)
		for _, g := range config.Groups {
			got[client+" to "+g.ARN] = ask(t, transport, client == "gRPC",
				"https://"+loopback(b.Port("listener"))+"/?group="+url.QueryEscape(g.ARN))
		}
	}
	if diff := cmp.Diff(map[string]string{
		"HTTP/1.1 to HTTP1": "200 HTTP/1.1", "HTTP/1.1 to HTTP2": "464", "HTTP/1.1 to GRPC": "464",
		"HTTP/2.0 to HTTP1": "200 HTTP/1.1", "HTTP/2.0 to HTTP2": "200 HTTP/2.0", "HTTP/2.0 to GRPC": "464",
		"gRPC to HTTP1": "464", "gRPC to HTTP2": "200 HTTP/2.0", "gRPC to GRPC": "200 HTTP/2.0",
		"HTTP/1.1 to HTTP1 by TLS": "200 HTTP/1.1 TLS", "HTTP/1.1 to HTTP2 by TLS": "464",
		"HTTP/1.1 to GRPC by TLS": "464", "HTTP/2.0 to HTTP1 by TLS": "200 HTTP/1.1 TLS",
		"HTTP/2.0 to HTTP2 by TLS": "200 HTTP/2.0 TLS", "HTTP/2.0 to GRPC by TLS": "464", "gRPC to HTTP1 by TLS": "464",
		"gRPC to HTTP2 by TLS": "200 HTTP/2.0 TLS", "gRPC to GRPC by TLS": "200 HTTP/2.0 TLS",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestTargetsMustSpeakTLSWhereTheGroupDoes: others fail their checks, and the requests that they get all the same.
func TestTargetsMustSpeakTLSWhereTheGroupDoes(t *testing.T) {
	t.Parallel()
	g := groupOf("web")
	g.TLS, g.Check.TLS = true, true
	b := start(t, oneListener(g))
	plain := server(t, "plain")
	b.Register("web", plain)
	if h := b.awaitState(t, "web", plain.ID, Unhealthy); h.Reason != FailedHealthChecks {
		t.Errorf("the checks fail for %s", h.Reason)
	}
	if status, _ := b.get(t, "/"); status != http.StatusBadGateway {
		t.Errorf("got %d, want 502", status)
	}
}

// serveBoth is a target that speaks HTTP/1.1 and HTTP/2, by TLS or without, and tells how it was asked. Nobody vouches
// for its certificate.
func serveBoth(t *testing.T, byTLS bool) Target {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol := r.Proto
		if r.TLS != nil {
			protocol += " TLS"
		}
		w.Header().Set("Protocol", protocol)
		w.Header().Set("Grpc-Status", "12")
	}))
	if byTLS {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	t.Cleanup(s.Close)
	return Target{ID: "10.0.1.7", Port: 80, Address: s.Listener.Addr().String()}
}

// ask returns the status of an answer, and the protocol by which the target was asked.
func ask(t *testing.T, transport *http.Transport, isGRPC bool, url string) string {
	t.Helper()
	method, header := http.MethodGet, http.Header{}
	if isGRPC {
		method = http.MethodPost
		header.Set("Content-Type", "application/grpc")
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", response.Header.Get("Protocol")))
}

// TestHealthChecksAtAnotherPort: the task listens on that port somewhere else on this machine.
func TestHealthChecksAtAnotherPort(t *testing.T) {
	t.Parallel()
	group := groupOf("web")
	group.Check.Port = 9000
	b := start(t, oneListener(group))
	admin := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	web := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	web.Other = func(port int) string { return map[int]string{9000: admin.Address}[port] }
	b.Register("web", web)
	b.awaitState(t, "web", web.ID, Healthy)
	if status, _ := b.get(t, "/"); status != http.StatusTeapot {
		t.Errorf("got %d, want the answer of the target's own port", status)
	}
}

func TestLoginsComeBeforeTheTargets(t *testing.T) {
	t.Parallel()
	config := Config{Groups: []Group{groupOf("web")}, Listeners: []Listener{{ARN: "listener"}}}
	for _, unauthenticated := range []string{"authenticate", "deny", "allow"} {
		action := forwardTo("web")
		action.Login = &Login{Page: "https://login.example.com/oauth2/authorize", Client: "c", Scope: "openid email",
			Cookie: "session", Unauthenticated: unauthenticated}
		config.Listeners[0].Rules = append(config.Listeners[0].Rules, Rule{Action: action,
			Conditions: []Condition{{Field: "path-pattern", Values: []string{"/" + unauthenticated}}}})
	}
	b := start(t, config)
	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "user "+r.Header.Get("X-Amzn-Oidc-Identity"))
	})
	b.Register("web", web)
	b.awaitState(t, "web", web.ID, Healthy) // whose checks need no login
	got := map[string]string{}
	for _, path := range []string{"authenticate", "deny", "allow"} {
		for user, change := range map[string]func(*http.Request){
			"nobody": host("shop.example.com"),
			"ann":    func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "session-0", Value: "ann"}) },
		} {
			status, body := b.get(t, "/"+path, change)
			if status == http.StatusFound {
				body = strings.Split(body, "&state=")[0]
			}
			got[path+" "+user] = fmt.Sprint(status, " ", strings.Split(body, "\n")[0])
		}
	}
	if diff := cmp.Diff(map[string]string{
		"authenticate nobody": "302 https://login.example.com/oauth2/authorize?client_id=c&" +
			"redirect_uri=https%3A%2F%2Fshop.example.com%2Foauth2%2Fidpresponse&response_type=code&scope=openid+email",
		"authenticate ann": "200 user ann", "deny nobody": "401 <html>\r", "deny ann": "200 user ann",
		"allow nobody": "200 user ", "allow ann": "200 user ann",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// issued is a certificate of an authority, nil for one that signs itself.
func issued(t *testing.T, name string, from *issuer, ends time.Time) (tls.Certificate, *issuer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own := &x509.Certificate{SerialNumber: big.NewInt(0xabc), Subject: pkix.Name{CommonName: name}, IsCA: from == nil,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		NotBefore: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: ends}
	self := &issuer{own, key}
	if from == nil {
		from = self
	} else {
		own.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, own, from.certificate, &key.PublicKey, from.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, self
}

type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// TestClientsNeedCertificates of the authorities, unless they are passed through: then the target may look at them.
func TestClientsNeedCertificates(t *testing.T) {
	t.Parallel()
	future := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	authority, issuer := issued(t, "company", nil, future)
	pool := x509.NewCertPool()
	if parsed, err := x509.ParseCertificate(authority.Certificate[0]); err == nil {
		pool.AddCert(parsed)
	}
	valid, _ := issued(t, "ann", issuer, future)
	expired, _ := issued(t, "ann", issuer, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	foreign, _ := issued(t, "eve", nil, future)

	web := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Subject", r.Header.Get("X-Amzn-Mtls-Clientcert-Subject")+" "+
			r.Header.Get("X-Amzn-Mtls-Clientcert-Serial-Number"))
		if r.Header.Get("X-Amzn-Mtls-Clientcert") != "" {
			w.Header().Set("Subject", "passed through")
		}
	})
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	got := map[string]string{}
	for mode, clients := range map[string]*Clients{
		"verify": {Authorities: pool}, "verify without expiry": {Authorities: pool, IgnoreExpiry: true, Advertise: true},
		"passthrough": {}, "off": nil,
	} {
		b := New(Options{Second: fast, Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return &server.TLS.Certificates[0], nil
		}})
		t.Cleanup(b.Close)
		config := oneListener(groupOf("web"))
		config.Listeners[0].HTTPS, config.Listeners[0].Clients = true, clients
		if err := b.Configure(config); err != nil {
			t.Fatal(err)
		}
		b.Register("web", web)
		b.awaitState(t, "web", web.ID, Healthy)
		for name, own := range map[string][]tls.Certificate{
			"none": nil, "valid": {valid}, "expired": {expired}, "foreign": {foreign},
		} {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots,
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if own == nil {
						return &tls.Certificate{}, nil
					}
					return &own[0], nil
				}}}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
				"https://"+loopback(b.Port("listener")), nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Amzn-Mtls-Clientcert-Subject", "forged")
			response, err := transport.RoundTrip(request)
			if err != nil {
				got[mode+", "+name] = "refused"
				continue
			}
			_ = response.Body.Close()
			got[mode+", "+name] = response.Header.Get("Subject")
			transport.CloseIdleConnections()
		}
	}
	if diff := cmp.Diff(map[string]string{
		"verify, none": "refused", "verify, foreign": "refused", "verify, expired": "refused",
		"verify, valid":               "CN=ann ABC",
		"verify without expiry, none": "refused", "verify without expiry, foreign": "refused",
		"verify without expiry, expired": "CN=ann ABC", "verify without expiry, valid": "CN=ann ABC",
		"passthrough, none": "", "passthrough, foreign": "passed through", "passthrough, expired": "passed through",
		"passthrough, valid": "passed through",
		"off, none":          "forged", "off, foreign": "forged", "off, expired": "forged", "off, valid": "forged",
	}, got); diff != "" {
		t.Error(diff)
	}
}
