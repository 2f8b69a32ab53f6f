package balancer

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Entry is what the access log has on a request. Source, for every field: "Access logs for your Application Load
// Balancer", "Access log entries".
type Entry struct {
	kind             string // http, https, h2, grpcs, ws or wss
	created, ended   time.Time
	client, target   string    // address:port
	sent             time.Time // to the target
	answered         time.Time // by the target
	status           int
	targetStatus     int
	received         *atomic.Int64 // bytes; the body may be read for a moment after the answer
	given            int64         // bytes
	request          string
	userAgent        string
	cipher, protocol string // of TLS
	group            string
	trace            string
	domain           string
	certificate      string
	priority         int // of the rule: 0 for the default one, -1 for none
	action           string
	redirect         string
	connection       string
}

// timeFormat is ISO 8601 with microseconds.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// Line returns the entry as a line of the log of a load balancer, such as app/shop/50dc6c495c0c9188.
func (e Entry) Line(loadBalancer string) string {
	fields := []string{
		e.kind, e.ended.UTC().Format(timeFormat), loadBalancer, e.client, none(e.target),
		e.span(e.created, e.sent), e.span(e.sent, e.answered), e.span(e.answered, e.ended),
		strconv.Itoa(e.status), code(e.targetStatus), fmt.Sprint(e.received.Load()), fmt.Sprint(e.given),
		quoted(e.request), quoted(e.userAgent), none(e.cipher), none(e.protocol), none(e.group),
		quoted(e.trace), quoted(e.domain), quoted(e.certificate), strconv.Itoa(e.priority),
		e.created.UTC().Format(timeFormat), quoted(e.action), quoted(e.redirect), quoted(""),
		quoted(e.target), quoted(code(e.targetStatus)), quoted(""), quoted(""), e.connection,
	}
	return strings.Join(fields, " ")
}

// span is a time in seconds, -1 for a request that no target answered.
func (e Entry) span(from, to time.Time) string {
	if e.answered.IsZero() {
		return "-1"
	}
	return fmt.Sprintf("%.3f", to.Sub(from).Seconds())
}

func none(text string) string { return cmp.Or(text, "-") }

func quoted(text string) string { return `"` + strings.ReplaceAll(none(text), `"`, `\x22`) + `"` }

func code(status int) string {
	if status == 0 {
		return "-"
	}
	return strconv.Itoa(status)
}

// newEntry begins the entry of a request. Host and port are those of the Host header and of the listener.
func (s *socket) newEntry(r *http.Request) *Entry {
	e := &Entry{
		kind: s.kind(r), created: time.Now(), client: r.RemoteAddr, userAgent: r.UserAgent(), priority: -1,
		trace: cmp.Or(r.Header.Get(traceHeader), traceID()), received: new(atomic.Int64),
	}
	e.received.Store(sizeOf(r))
	scheme := "http"
	if s.https {
		scheme = "https"
	}
	e.request = fmt.Sprintf("%s %s://%s%s %s", r.Method, scheme,
		net.JoinHostPort(hostname(r), strconv.Itoa(s.wanted)), r.URL.RequestURI(), r.Proto)
	e.connection, _ = r.Context().Value(connectionKey{}).(string)
	if t := r.TLS; t != nil {
		e.cipher, e.protocol = openSSLName(t.CipherSuite), strings.Replace(tls.VersionName(t.Version), "TLS ", "TLSv", 1)
		e.domain, e.certificate = t.ServerName, s.config.Load().Certificate
	}
	return e
}

func (s *socket) kind(r *http.Request) string {
	kind := "http"
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		kind = "ws"
	case s.https && strings.HasPrefix(r.Header.Get("Content-Type"), contentTypeGRPC):
		kind = "grpc"
	case s.https && r.ProtoMajor == 2:
		return "h2"
	}
	if s.https {
		kind += "s"
	}
	return kind
}

// openSSLName is how OpenSSL names a cipher suite, such as ECDHE-RSA-AES128-GCM-SHA256. Those of TLS 1.3 have the same
// name everywhere.
func openSSLName(suite uint16) string {
	name := tls.CipherSuiteName(suite)
	exchange, cipher, old := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	if !old {
		return name
	}
	return strings.NewReplacer("_", "-", "AES-", "AES").Replace(exchange + "_" + cipher)
}

// sizeOf is the size of a request's first line and headers; its body is counted while it is read.
func sizeOf(r *http.Request) int64 {
	var size counter
	_, _ = fmt.Fprintf(&size, "%s %s %s\r\nHost: %s\r\n\r\n", r.Method, r.URL.RequestURI(), r.Proto, r.Host)
	_ = r.Header.Write(&size)
	return int64(size)
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// countedBody counts what is read of a request's body.
type countedBody struct {
	io.ReadCloser
	received *atomic.Int64
}

func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.received.Add(int64(n))
	return n, err
}

// countedResponse takes notice of a response's status and size.
type countedResponse struct {
	http.ResponseWriter
	entry *Entry
}

func (w countedResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w countedResponse) WriteHeader(status int) {
	var size counter
	_, _ = fmt.Fprintf(&size, "HTTP/1.1 %d %s\r\n\r\n", status, http.StatusText(status))
	_ = w.Header().Write(&size)
	w.entry.given += int64(size)
	w.entry.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w countedResponse) Write(p []byte) (int, error) {
	if w.entry.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.entry.given += int64(n)
	return n, err
}

// connectionKey is that of a connection's id in the context of its requests.
type connectionKey struct{}

// withConnection gives a connection the id by which access logs tell it from others.
func withConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, "TID_"+randomHex(8))
}
