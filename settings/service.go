package settings

import (
	"regexp"
	"strings"
	"time"
)

// Service keeps the wanted number of tasks running behind the load balancer.
type Service struct {
	// Name of the ECS service. 1 to 255 letters, digits, hyphens and underscores. Changing it replaces the service.
	// Default: the stack's name.
	Name string `yaml:"name"`

	// DesiredCount is how many tasks to run, 0 to 5000. With scaling it is only the count to start with. Default:
	// scaling.min, or 1 without scaling. Error when outside scaling.min to scaling.max.
	// Source: ECS service quotas, "Tasks per service".
	DesiredCount int `yaml:"desiredCount"`

	// PublicAddresses puts the tasks into public subnets with an address of their own, so that they reach the internet
	// without a NAT gateway; their security group still admits nobody but the load balancer.
	// Default false; true in the default VPC.
	PublicAddresses bool `yaml:"publicAddresses"`

	HealthCheck HealthCheck `yaml:"healthCheck"`
}

// HealthCheck is how the load balancer finds out whether a task can take requests.
// Source of the ranges: ELB API, CreateTargetGroup.
type HealthCheck struct {
	// Path to request, beginning with a slash. Default "/".
	Path string `yaml:"path"`

	// Codes are the HTTP status codes of a healthy answer, 200 to 499: one, several (200,204) or a range (200-299).
	// Default 200.
	Codes string `yaml:"codes"`

	// Interval between two checks of a task, 5s to 300s. Default 30s.
	Interval time.Duration `yaml:"interval"`

	// Timeout after which a check has failed, 2s to 120s and shorter than Interval. Default 5s.
	Timeout time.Duration `yaml:"timeout"`

	// HealthyThreshold is how many good checks in a row make a task healthy, 2 to 10. Default 5.
	HealthyThreshold int `yaml:"healthyThreshold"`

	// UnhealthyThreshold is how many bad checks in a row make a task unhealthy, 2 to 10. Default 2.
	UnhealthyThreshold int `yaml:"unhealthyThreshold"`

	// GracePeriod is how long ECS takes no notice of failing checks after a task has started, up to 24h. Default 60s.
	GracePeriod time.Duration `yaml:"gracePeriod"`
}

const maxTasksPerService = 5000

func (s *Service) setDefaults() {
	s.DesiredCount = 1
	s.HealthCheck.setDefaults()
}

func (s *Service) check(c checker) {
	checkECSName(c.at("name"), s.Name)
	within(c.at("desiredCount"), s.DesiredCount, 0, maxTasksPerService)
	s.HealthCheck.check(c.at("healthCheck"))
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

const maxHealthCheckPath = 1024

var (
	healthCheckPath  = regexp.MustCompile(`^/[!-~]*$`)
	healthCheckCodes = regexp.MustCompile(`^[234][0-9]{2}(-[234][0-9]{2})?(,[234][0-9]{2}(-[234][0-9]{2})?)*$`)
)

func (h *HealthCheck) check(c checker) {
	switch {
	case !healthCheckPath.MatchString(h.Path) || strings.ContainsAny(h.Path, "{}"):
		c.at("path").problemf("%q is no path; write one that begins with / and has no spaces and braces, such as /health",
			h.Path)
	case len(h.Path) > maxHealthCheckPath:
		c.at("path").problemf("has %d characters; write at most %d", len(h.Path), maxHealthCheckPath)
	}
	if !healthCheckCodes.MatchString(h.Codes) {
		c.at("codes").problemf("%q are no status codes from 200 to 499; write 200, a list (200,204) or a range (200-299)",
			h.Codes)
	}
	checkDuration(c.at("interval"), h.Interval, 5*time.Second, 300*time.Second)
	checkDuration(c.at("timeout"), h.Timeout, 2*time.Second, 120*time.Second)
	if c.fine("interval", "timeout") && h.Timeout >= h.Interval {
		c.at("timeout").problemf("%s is not shorter than interval (%s); lower it, or raise interval",
			seconds(h.Timeout), seconds(h.Interval))
	}
	within(c.at("healthyThreshold"), h.HealthyThreshold, 2, 10)
	within(c.at("unhealthyThreshold"), h.UnhealthyThreshold, 2, 10)
	checkDuration(c.at("gracePeriod"), h.GracePeriod, 0, 24*time.Hour)
}
