package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/live"
	"webapp/settings"
)

// question is a request, and what the settings say about its answer.
type question struct {
	about   string
	url     string
	headers http.Header
	grpc    bool

	service  string // that answers; empty where the load balancer does
	port     int    // of the container
	tls      bool   // between the load balancer and the container
	user     string // who has logged in
	status   int
	location string // of a redirect; of one to a login without its query
}

// wantAnswers asks the service at its URL, as its settings say that it can be asked.
func (d *deployment) wantAnswers() {
	d.t.Helper()
	for _, q := range d.questions() {
		d.ask(q)
	}
}

// questions are those that the settings answer: one for each way to a container's port, one for each redirect, and one
// that nobody is asked.
func (d *deployment) questions() []question {
	s := d.settings.Settings
	if s.OnlyWorkers() {
		return nil
	}
	origin := d.origin()
	var all []question
	var rest *settings.NamedWorkload // the service that gets what matches no routing
	routed := map[string]*settings.Routing{}
	add := func(w settings.NamedWorkload, port int, routing *settings.Routing, login *settings.Login) {
		q := question{about: fmt.Sprintf("%s at port %d", w.Name, port), service: w.Service.Name, port: port,
			status: http.StatusOK, grpc: w.Service.TargetGroup.ProtocolVersion == "GRPC", headers: http.Header{},
			tls: w.Service.TargetGroup.Protocol == settings.ProtocolHTTPS}
		q.url = origin(routing)
		if routing != nil {
			for name, values := range routing.Headers {
				q.headers.Set(name, matching(values[0]))
			}
			routed[q.about] = routing
		}
		if login != nil && login.Unauthenticated != "allow" {
			asked := question{about: q.about + " without a login", url: q.url, headers: q.headers.Clone(),
				status: http.StatusUnauthorized}
			if login.Unauthenticated == "authenticate" {
				asked.status, asked.location = http.StatusFound, loginPage(*login.Cognito)
			}
			all = append(all, asked)
		}
		if login != nil {
			q.headers.Set("Cookie", login.SessionCookie+"-0=ann")
			q.user = "ann"
		}
		all = append(all, q)
	}
	for _, w := range d.settings.Workloads() {
		if w.Worker {
			continue
		}
		if w.Routing == nil {
			rest = &w
		}
		add(w, w.Container.TargetPort(), w.Routing, w.Login)
		for _, more := range w.Service.AdditionalPorts {
			add(w, more.Port, more.Routing, more.Login)
		}
	}
	for i, q := range all {
		// The test is on this machine, which is in no range of addresses that a routing names.
		if r := routed[q.about]; r != nil && len(r.Sources) > 0 {
			all[i].about, all[i].service = q.about+" from elsewhere", rest.Service.Name
			all[i].port = rest.Container.TargetPort()
			all[i].tls = rest.Service.TargetGroup.Protocol == settings.ProtocolHTTPS
		}
	}
	if rest == nil {
		all = append(all, question{about: "what nobody is asked", url: origin(nil), status: http.StatusNotFound})
	}
	if s.LoadBalancer.HTTPS != nil && s.LoadBalancer.HTTPS.Redirect {
		secure := origin(nil)
		all = append(all, question{about: "plain HTTP", status: http.StatusMovedPermanently,
			url: "http" + strings.TrimPrefix(secure, "https"), location: secure})
	}
	return all
}

// loginPage is where users of a pool log in.
func loginPage(pool settings.Cognito) string {
	domain := pool.Domain
	if !strings.Contains(domain, ".") {
		domain += ".auth." + strings.Split(pool.UserPool, ":")[3] + ".amazoncognito.com"
	}
	return "https://" + domain + "/oauth2/authorize"
}

// origin returns how to write the URL of a request that matches a routing.
func (d *deployment) origin() func(*settings.Routing) string {
	d.t.Helper()
	listeners := must(d.status())(d.t).Listeners
	// The one that serves, not the one that redirects to it.
	l := listeners[max(slices.IndexFunc(listeners, func(l live.Listener) bool { return l.HTTPS }), 0)]
	host := l.DNSName
	if domain := d.settings.LoadBalancer.Domain; domain != nil {
		host = domain.Name
	}
	scheme, port := "http", fmt.Sprintf(":%d", l.Port)
	if l.HTTPS {
		scheme = "https"
	}
	if scheme+port == "http:80" || scheme+port == "https:443" {
		port = ""
	}
	return func(r *settings.Routing) string {
		to, path := host, "/any/path?a=b"
		if r != nil && len(r.Hosts) > 0 {
			to = matching(r.Hosts[0])
		}
		if r != nil && len(r.Paths) > 0 {
			path = matching(r.Paths[0])
		}
		return scheme + "://" + to + port + path
	}
}

// matching is a text that a pattern matches.
func matching(pattern string) string {
	return strings.NewReplacer("*", "some", "?", "s").Replace(pattern)
}

// ask sends the request, and checks the answer.
func (d *deployment) ask(q question) {
	d.t.Helper()
	method := http.MethodGet
	if q.grpc {
		method = http.MethodPost
		q.headers.Set("Content-Type", "application/grpc")
	}
	request := must(http.NewRequestWithContext(d.t.Context(), method, q.url, nil))(d.t)
	if q.headers != nil {
		request.Header = q.headers
	}
	client := d.client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		d.t.Errorf("%s: %v", q.about, err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	text := must(io.ReadAll(response.Body))(d.t)
	location := strings.Replace(response.Header.Get("Location"), ":443", "", 1)
	if response.StatusCode == http.StatusFound {
		location, _, _ = strings.Cut(location, "?")
	}
	if response.StatusCode != q.status || location != q.location {
		d.t.Errorf("%s: %s answers %d %s, want %d %s\n%s", q.about, q.url, response.StatusCode, location, q.status,
			q.location, text)
		return
	}
	switch {
	case q.service == "":
	case q.grpc: // a stand-in does not have the method, and its answer has no other content
		if got := response.Header.Get("Grpc-Status"); got != "12" {
			d.t.Errorf("%s: the gRPC status is %q, want 12", q.about, got)
		}
	default:
		d.wantAnswerOf(q, text)
	}
}

// wantAnswerOf checks that a task of the right service has answered, at the right port.
func (d *deployment) wantAnswerOf(q question, text []byte) {
	d.t.Helper()
	var answer engine.Answer
	if err := json.Unmarshal(text, &answer); err != nil {
		d.t.Errorf("%s: %v\n%s", q.about, err, text)
		return
	}
	got := "nobody"
	for _, s := range must(d.status())(d.t).Services {
		for _, t := range s.Tasks {
			if t.ID == answer.Task {
				got = s.Name
			}
		}
	}
	if user := answer.Headers.Get("X-Amzn-Oidc-Identity"); user != q.user {
		d.t.Errorf("%s: the user is %q, want %q", q.about, user, q.user)
	}
	if answer.TLS != q.tls {
		d.t.Errorf("%s: the task is asked by TLS: %v, want %v", q.about, answer.TLS, q.tls)
	}
	if got != q.service || answer.Port != q.port {
		d.t.Errorf("%s: %s is answered by %s at port %d, want %s at port %d", q.about, q.url, got, answer.Port,
			q.service, q.port)
	}
}
