package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"webapp/internal/configfile"
)

// TargetGroup configures how the load balancer distributes requests to the tasks.
// Source of the ranges: ELB API, TargetGroupAttribute.
type TargetGroup struct {
	// Protocol between the load balancer and the tasks: HTTP, or HTTPS, with which the container itself must serve TLS
	// on its ports. The load balancer does not verify the certificate, which may be self-signed or expired: requests
	// are encrypted, but it is the security groups that keep others away. Changing it replaces the target group, as
	// with protocolVersion. Default HTTP.
	// Source: ELB user guide, "Target groups for your Application Load Balancers".
	Protocol Protocol `yaml:"protocol"`

	// ProtocolVersion between the load balancer and the tasks: HTTP1, HTTP2 or GRPC. The latter two need https at the
	// load balancer. Changing it replaces the target group, and the listener switches to the new one before the service
	// does: requests get 503 until the first new task is healthy. To avoid that, add another service with the new
	// protocol under services, and move the routing to it. Default HTTP1.
	ProtocolVersion string `yaml:"protocolVersion" enum:"HTTP1,HTTP2,GRPC"`

	// DeregistrationDelay is how long requests in progress may still take when their task is stopped. Every deployment
	// and every scale-in waits for it. Default 60s (AWS's own default is 300s).
	DeregistrationDelay time.Duration `yaml:"deregistrationDelay" range:"0s,3600s"`

	// SlowStart is how long a new task gets fewer requests than the others. 0s turns it off. Only with the algorithm
	// roundRobin. Default 0s.
	SlowStart time.Duration `yaml:"slowStart" range:"30s,900s" optional:"true"`

	// Algorithm that chooses the task for each request: roundRobin, leastOutstandingRequests or weightedRandom. Default
	// roundRobin.
	Algorithm string `yaml:"algorithm" enum:"roundRobin,leastOutstandingRequests,weightedRandom"`

	// Stickiness sends the requests of a client to the same task. Default: none.
	Stickiness *Stickiness `yaml:"stickiness"`
}

// Protocol is what the load balancer speaks with the tasks.
type Protocol string

// The protocols. Source: ELB API, CreateTargetGroup.
const (
	ProtocolHTTP  Protocol = "HTTP"
	ProtocolHTTPS Protocol = "HTTPS"
)

// Allowed returns the protocols.
func (Protocol) Allowed() []string { return words(ProtocolHTTP, ProtocolHTTPS) }

// Stickiness sends the requests of a client to the same task, by a cookie.
type Stickiness struct {
	// Duration of the cookie, 1s to 168h (a week). Default 24h.
	Duration time.Duration `yaml:"duration" range:"1s,604800s"`

	// Cookie is the name of a cookie that the service itself sets. Default: the load balancer sets a cookie.
	Cookie string `yaml:"cookie"`
}

// HealthCheck is how the load balancer checks whether a task can handle requests.
// Source of the ranges: ELB API, CreateTargetGroup.
type HealthCheck struct {
	// Path to request, beginning with a slash. Default "/"; for GRPC "/AWS.ALB/healthcheck".
	Path string `yaml:"path"`

	// Port to check, one of the ports of the task's containers. Default 0: the port that gets the requests.
	Port int `yaml:"port" range:"1,65535" optional:"true"`

	// Protocol of the check: HTTP or HTTPS. Default: targetGroup.protocol.
	Protocol Protocol `yaml:"protocol"`

	// SuccessCodes are the HTTP status codes of a healthy response, 200 to 499: one, several (200,204) or a range
	// (200-299); for GRPC, gRPC codes from 0 to 99. Default 200; for GRPC 12.
	SuccessCodes string `yaml:"successCodes" was:"codes"`

	// Interval between two checks of a task. Default 30s.
	Interval time.Duration `yaml:"interval" range:"5s,300s"`

	// Timeout after which a check counts as failed, shorter than Interval. Default 5s; 4s with an interval of 5s.
	Timeout time.Duration `yaml:"timeout" range:"2s,120s"`

	// HealthyThreshold is the number of successful checks in a row that makes a task healthy. Default 5.
	HealthyThreshold int `yaml:"healthyThreshold" range:"2,10"`

	// UnhealthyThreshold is the number of failed checks in a row that makes a task unhealthy. Default 2.
	UnhealthyThreshold int `yaml:"unhealthyThreshold" range:"2,10"`

	// GracePeriod is how long after a task's start ECS ignores failed checks. An apply waits up to three times as long
	// before it gives up on a deployment. Default 60s.
	// Source: ECS API, CreateService (healthCheckGracePeriodSeconds).
	GracePeriod time.Duration `yaml:"gracePeriod" range:"0s,2147483647s"`
}

const (
	http1, http2, grpc = "HTTP1", "HTTP2", "GRPC"

	roundRobin = "roundRobin"

	maxHealthCheckPath = 1024
	shortestInterval   = 5 * time.Second
)

var (
	healthCheckPath  = regexp.MustCompile(`^/[!-~]*$`)
	healthCheckCodes = regexp.MustCompile(`^[234][0-9]{2}(-[234][0-9]{2})?(,[234][0-9]{2}(-[234][0-9]{2})?)*$`)
	grpcCodes        = regexp.MustCompile(`^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$`)
	cookieName       = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$") // RFC 6265, "cookie-name"
)

func (g *TargetGroup) SetDefaults() {
	g.Protocol = ProtocolHTTP
	g.ProtocolVersion = http1
	g.DeregistrationDelay = 60 * time.Second
	g.Algorithm = roundRobin
}

// Explain tells the protocol from its version.
func (g *TargetGroup) Explain(key string, _ configfile.Constraint) string {
	versions := []string{http1, http2, grpc}
	switch protocol := string(g.Protocol); {
	case key == "protocol" && slices.Contains(versions, protocol):
		return protocol + " is a version of the protocol; write protocolVersion: " + protocol
	case key == "protocolVersion" && slices.Contains(g.Protocol.Allowed(), g.ProtocolVersion):
		return g.ProtocolVersion + " is not a version of the protocol; write protocol: " + g.ProtocolVersion + ", and " +
			"as protocolVersion HTTP1, HTTP2 or GRPC"
	}
	return ""
}

func (g *TargetGroup) Check(c configfile.Checker) {
	if g.SlowStart != 0 && g.Algorithm != roundRobin {
		c.At("slowStart").Problemf("%s cannot be combined with the algorithm %s; write 0s, or algorithm: roundRobin",
			configfile.Seconds(g.SlowStart), g.Algorithm)
	}
}

func (s *Stickiness) SetDefaults() { s.Duration = 24 * time.Hour }

func (s *Stickiness) Check(c configfile.Checker) {
	if s.Cookie != "" && (!cookieName.MatchString(s.Cookie) || strings.HasPrefix(strings.ToUpper(s.Cookie), "AWSALB")) {
		c.At("cookie").Problemf("%q is not a valid cookie name here; write letters, digits, dots, hyphens and "+
			"underscores, not beginning with AWSALB", s.Cookie)
	}
}

func (h *HealthCheck) SetDefaults() {
	h.Path = "/"
	h.Protocol = ProtocolHTTP
	h.SuccessCodes = "200"
	h.Interval = 30 * time.Second
	h.Timeout = 5 * time.Second
	h.HealthyThreshold = 5
	h.UnhealthyThreshold = 2
	h.GracePeriod = 60 * time.Second
}

// derive fills in the timeout for a short interval, and what follows from the protocol.
func (h *HealthCheck) derive(g TargetGroup, given func(path string) bool) {
	if !given("protocol") {
		h.Protocol = g.Protocol
	}
	if !given("timeout") && h.Timeout >= h.Interval && h.Interval == shortestInterval {
		h.Timeout = shortestInterval - time.Second
	}
	if g.ProtocolVersion != grpc {
		return
	}
	if !given("path") {
		h.Path = "/AWS.ALB/healthcheck"
	}
	if !given("successCodes") {
		h.SuccessCodes = "12" // UNIMPLEMENTED: the server responds, although it does not have the method
	}
}

func (h *HealthCheck) Check(c configfile.Checker) {
	isASCII := !strings.ContainsFunc(h.Path, func(r rune) bool { return r > unicode.MaxASCII })
	switch {
	case strings.HasPrefix(h.Path, "/") && !isASCII:
		c.At("path").Problemf("%q has characters outside ASCII; write them percent-encoded: %s", h.Path,
			(&url.URL{Path: h.Path}).EscapedPath())
	case !healthCheckPath.MatchString(h.Path) || strings.ContainsAny(h.Path, "{}"):
		c.At("path").Problemf("%q is not a valid path; write one that begins with / and has no spaces or braces, "+
			"such as /health",
			h.Path)
	case len(h.Path) > maxHealthCheckPath:
		c.At("path").Problemf("has %d characters; write at most %d", len(h.Path), maxHealthCheckPath)
	}
	if c.Valid("interval", "timeout") && h.Timeout >= h.Interval {
		c.At("timeout").Problemf("%s is not shorter than interval (%s); lower it, or raise interval",
			configfile.Seconds(h.Timeout), configfile.Seconds(h.Interval))
	}
}

// noteProtocol notes a check of the port that gets the requests by another protocol than theirs: no handshake of TLS
// succeeds at a port for plain HTTP, and a port for TLS refuses plain HTTP, or answers it with an error or a redirect.
func (h *HealthCheck) noteProtocol(c configfile.Checker, protocol Protocol, port int) {
	acceptsRefusal := protocol == ProtocolHTTPS && !onlySuccess.MatchString(h.SuccessCodes)
	if !c.Valid("protocol", "successCodes") || h.Protocol == protocol || acceptsRefusal {
		return
	}
	c.At("protocol").Notef("%s is not what the container serves on port %d (service.targetGroup.protocol is %s), so "+
		"that no task becomes healthy; write %s, or add the port of another listener of the container, such as port: 8081",
		h.Protocol, port, protocol, protocol)
}

// onlySuccess matches status codes that are all from 200 to 299.
var onlySuccess = regexp.MustCompile(`^(2[0-9]{2}[-,]?)+$`)

func (h *HealthCheck) checkCodes(c configfile.Checker, protocol string) {
	plain := strings.ReplaceAll(h.SuccessCodes, " ", "")
	switch {
	case protocol != grpc && !healthCheckCodes.MatchString(h.SuccessCodes) && healthCheckCodes.MatchString(plain):
		c.Problemf("%q has spaces; write %q", h.SuccessCodes, plain)
		return
	case protocol == grpc && !grpcCodes.MatchString(h.SuccessCodes):
		c.Problemf("%q is not a valid list of gRPC codes from 0 to 99; write 12, a list (0,12) or a range (0-12)",
			h.SuccessCodes)
		return
	case protocol != grpc && !healthCheckCodes.MatchString(h.SuccessCodes):
		c.Problemf("%q is not a valid list of status codes from 200 to 499; write 200, a list (200,204) or a range "+
			"(200-299)", h.SuccessCodes)
		return
	}
	for _, part := range strings.Split(h.SuccessCodes, ",") {
		low, high, isRange := strings.Cut(part, "-")
		from, _ := strconv.Atoi(low)
		to, _ := strconv.Atoi(high)
		if isRange && from > to {
			c.Problemf("%s is not a valid range: it ends before it begins; write %s", part,
				fmt.Sprintf("%s-%s", high, low))
		}
	}
}
