package settings

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// TargetGroup is how the load balancer treats the tasks of a service.
// Source of the ranges: ELB API, TargetGroupAttribute.
type TargetGroup struct {
	// Protocol between the load balancer and the tasks: HTTP1, HTTP2 or GRPC. The latter two need https. Changing it
	// makes another target group, which the listener moves to before the service does: requests get 503 until the first
	// new task is healthy. To avoid that, run the other protocol as another service under services, and move the
	// routing to it. Default HTTP1.
	Protocol string `yaml:"protocol"`

	// DeregistrationDelay is how long requests that are under way may take when their task is stopped, 0s to 3600s;
	// every deployment and every scale-in waits for it. Default 60s, where AWS's own is 300s.
	DeregistrationDelay time.Duration `yaml:"deregistrationDelay"`

	// SlowStart is how long a new task gets fewer requests than others, 30s to 900s; 0s for not at all. Only with the
	// algorithm roundRobin. Default 0s.
	SlowStart time.Duration `yaml:"slowStart"`

	// Algorithm chooses the task for each request: roundRobin, leastOutstandingRequests or weightedRandom.
	// Default roundRobin.
	Algorithm string `yaml:"algorithm"`

	// Stickiness sends the requests of a client to the same task. Default: none.
	Stickiness *Stickiness `yaml:"stickiness"`
}

// Stickiness sends the requests of a client to the same task, by a cookie.
type Stickiness struct {
	// Duration of the cookie, 1s to 168h (a week). Default 24h.
	Duration time.Duration `yaml:"duration"`

	// Cookie is the name of a cookie that the service sets itself. Default: the load balancer sets one.
	Cookie string `yaml:"cookie"`
}

// HealthCheck is how the load balancer finds out whether a task can take requests.
// Source of the ranges: ELB API, CreateTargetGroup.
type HealthCheck struct {
	// Path to request, beginning with a slash. Default "/", for GRPC "/AWS.ALB/healthcheck".
	Path string `yaml:"path"`

	// Port to request, one of the containers' in the task. Default 0, which stands for that of the requests.
	Port int `yaml:"port"`

	// Codes are the HTTP status codes of a healthy answer, 200 to 499: one, several (200,204) or a range (200-299); for
	// GRPC its own codes, 0 to 99. Default 200, for GRPC 12.
	Codes string `yaml:"codes"`

	// Interval between two checks of a task, 5s to 300s. Default 30s.
	Interval time.Duration `yaml:"interval"`

	// Timeout after which a check has failed, 2s to 120s and shorter than Interval. Default 5s, and 4s with an interval
	// of 5s.
	Timeout time.Duration `yaml:"timeout"`

	// HealthyThreshold is how many good checks in a row make a task healthy, 2 to 10. Default 5.
	HealthyThreshold int `yaml:"healthyThreshold"`

	// UnhealthyThreshold is how many bad checks in a row make a task unhealthy, 2 to 10. Default 2.
	UnhealthyThreshold int `yaml:"unhealthyThreshold"`

	// GracePeriod is how long ECS takes no notice of failing checks after a task has started, up to 24h. Default 60s.
	GracePeriod time.Duration `yaml:"gracePeriod"`
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

func (g *TargetGroup) setDefaults() {
	g.Protocol = http1
	g.DeregistrationDelay = 60 * time.Second
	g.Algorithm = roundRobin
}

func (g *TargetGroup) check(c checker) {
	if g.Protocol == "HTTPS" {
		c.at("protocol").problemf("HTTPS from the load balancer to the tasks is not supported; write HTTP1, HTTP2 or GRPC: clients still use " +
			"HTTPS with loadBalancer.https, and requests to the tasks stay inside the VPC")
	} else {
		oneOf(c.at("protocol"), g.Protocol, http1, http2, grpc)
	}
	checkDuration(c.at("deregistrationDelay"), g.DeregistrationDelay, 0, time.Hour)
	if g.SlowStart != 0 {
		checkDuration(c.at("slowStart"), g.SlowStart, 30*time.Second, 900*time.Second)
	}
	oneOf(c.at("algorithm"), g.Algorithm, roundRobin, "leastOutstandingRequests", "weightedRandom")
	if g.SlowStart != 0 && g.Algorithm != roundRobin {
		c.at("slowStart").problemf("%s does not go with the algorithm %s; write 0s, or algorithm: roundRobin", seconds(g.SlowStart), g.Algorithm)
	}
	if g.Stickiness != nil {
		g.Stickiness.check(c.at("stickiness"))
	}
}

func (s *Stickiness) setDefaults() { s.Duration = 24 * time.Hour }

func (s *Stickiness) check(c checker) {
	checkDuration(c.at("duration"), s.Duration, time.Second, 168*time.Hour)
	if s.Cookie != "" && (!cookieName.MatchString(s.Cookie) || strings.HasPrefix(strings.ToUpper(s.Cookie), "AWSALB")) {
		c.at("cookie").problemf("%q is not the name of a cookie that the service can set; write letters, digits, dots, hyphens and underscores, not beginning with AWSALB", s.Cookie)
	}
}

func (h *HealthCheck) setDefaults() {
	h.Path = "/"
	h.Codes = "200"
	h.Interval = 30 * time.Second
	h.Timeout = 5 * time.Second
	h.HealthyThreshold = 5
	h.UnhealthyThreshold = 2
	h.GracePeriod = 60 * time.Second
}

// derive fills in the timeout of short intervals, and the defaults of gRPC.
func (h *HealthCheck) derive(protocol string, given func(path string) bool) {
	if !given("timeout") && h.Timeout >= h.Interval && h.Interval == shortestInterval {
		h.Timeout = shortestInterval - time.Second
	}
	if protocol != grpc {
		return
	}
	if !given("path") {
		h.Path = "/AWS.ALB/healthcheck"
	}
	if !given("codes") {
		h.Codes = "12" // UNIMPLEMENTED: the server answers, though it knows no such method
	}
}

func (h *HealthCheck) check(c checker) {
	switch {
	case !healthCheckPath.MatchString(h.Path) || strings.ContainsAny(h.Path, "{}"):
		c.at("path").problemf("%q is no path; write one that begins with / and has no spaces and braces, such as /health",
			h.Path)
	case len(h.Path) > maxHealthCheckPath:
		c.at("path").problemf("has %d characters; write at most %d", len(h.Path), maxHealthCheckPath)
	}
	if h.Port != 0 {
		checkPort(c.at("port"), h.Port)
	}
	checkDuration(c.at("interval"), h.Interval, shortestInterval, 300*time.Second)
	checkDuration(c.at("timeout"), h.Timeout, 2*time.Second, 120*time.Second)
	if c.fine("interval", "timeout") && h.Timeout >= h.Interval {
		c.at("timeout").problemf("%s is not shorter than interval (%s); lower it, or raise interval",
			seconds(h.Timeout), seconds(h.Interval))
	}
	within(c.at("healthyThreshold"), h.HealthyThreshold, 2, 10)
	within(c.at("unhealthyThreshold"), h.UnhealthyThreshold, 2, 10)
	checkDuration(c.at("gracePeriod"), h.GracePeriod, 0, 24*time.Hour)
}

func (h *HealthCheck) checkCodes(c checker, protocol string) {
	switch {
	case protocol == grpc && !grpcCodes.MatchString(h.Codes):
		c.problemf("%q are no codes of gRPC from 0 to 99; write 12, a list (0,12) or a range (0-12)", h.Codes)
		return
	case protocol != grpc && !healthCheckCodes.MatchString(h.Codes):
		c.problemf("%q are no status codes from 200 to 499; write 200, a list (200,204) or a range (200-299)", h.Codes)
		return
	}
	for _, part := range strings.Split(h.Codes, ",") {
		low, high, isRange := strings.Cut(part, "-")
		from, _ := strconv.Atoi(low)
		to, _ := strconv.Atoi(high)
		if isRange && from > to {
			c.problemf("%s is no range: it ends before it begins; write %s", part, fmt.Sprintf("%s-%s", high, low))
		}
	}
}
