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

	// AdditionalPorts are more ports of the containers that the load balancer sends requests to, each with a routing and a
	// target group of its own; at most 4. Default: none.
	// Source: ECS service quotas, "Target groups per service".
	AdditionalPorts []AdditionalPort `yaml:"additionalPorts"`

	Deployment Deployment `yaml:"deployment"`

	// Exec lets people with the IAM permission open a shell in a running container (aws ecs execute-command): the task role
	// is allowed the SSM channels that it needs. Running tasks are not affected, new ones are. Default false.
	Exec bool `yaml:"exec"`

	// Capacity spreads the tasks over ordinary capacity and Fargate Spot. Default: none, all on ordinary capacity.
	Capacity *Capacity `yaml:"capacity"`

	// PlatformVersion of Fargate: LATEST or a number such as 1.4.0, which then gets no more security updates once AWS
	// retires it. Default LATEST.
	PlatformVersion string `yaml:"platformVersion"`

	// ZoneRebalancing lets ECS move tasks when they are spread unevenly over the zones. Not with a maxPercent of 100.
	// Default true.
	ZoneRebalancing bool `yaml:"zoneRebalancing"`

	// ManagedTags has ECS tag each task with the names of its cluster and service, for cost reports. Default true.
	ManagedTags bool `yaml:"managedTags"`

	// PropagateTags is where each task takes the other tags from: service, task-definition or none. Default service.
	PropagateTags string `yaml:"propagateTags"`

	// SecurityGroups are ids of more groups for the tasks, beside the service's own; at most 3. Default: none.
	// Source: VPC quotas, "Security groups per network interface" (5, of which the stack may use 2).
	SecurityGroups []string `yaml:"securityGroups"`

	// Connect joins the service to ECS Service Connect. Default: none.
	Connect *Connect `yaml:"connect"`

	// Discovery gives the service a DNS name in the namespace. Default: none.
	Discovery *Discovery `yaml:"discovery"`
}

// AdditionalPort is one more port of a task that takes requests from the load balancer.
type AdditionalPort struct {
	// Port of the container, one of its ports and not its first. Required.
	Port int `yaml:"port"`

	// Routing chooses the requests that the port gets. Required.
	Routing *Routing `yaml:"routing"`

	// HealthCheck is how the load balancer finds out whether this port of a task can take requests.
	HealthCheck HealthCheck `yaml:"healthCheck"`
}

func (p *AdditionalPort) setDefaults() { p.HealthCheck.setDefaults() }

func (p *AdditionalPort) check(c checker) {
	checkPort(c.at("port"), p.Port)
	if p.Routing == nil {
		c.at("routing").problemf("is missing; write which requests the port gets, such as routing: {paths: [/admin/*]}")
	} else {
		p.Routing.check(c.at("routing"))
	}
	p.HealthCheck.check(c.at("healthCheck"))
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

const (
	maxTasksPerService = 5000
	maxAdditionalPorts = 4
	maxSecurityGroups  = 3
)

var (
	platformVersion = regexp.MustCompile(`^(LATEST|[0-9]+\.[0-9]+\.[0-9]+)$`)
	securityGroupID = regexp.MustCompile(`^sg-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

func (s *Service) setDefaults() {
	s.DesiredCount = 1
	s.PlatformVersion = "LATEST"
	s.ZoneRebalancing = true
	s.ManagedTags = true
	s.PropagateTags = "service"
	s.HealthCheck.setDefaults()
	s.Deployment.setDefaults()
}

func (s *Service) check(c checker) {
	checkECSName(c.at("name"), s.Name)
	within(c.at("desiredCount"), s.DesiredCount, 0, maxTasksPerService)
	s.HealthCheck.check(c.at("healthCheck"))
	for i := range s.AdditionalPorts {
		s.AdditionalPorts[i].check(c.at("additionalPorts").index(i))
	}
	if len(s.AdditionalPorts) > maxAdditionalPorts {
		c.at("additionalPorts").problemf("has %d ports; a service has at most %d beside its first: make it several services",
			len(s.AdditionalPorts), maxAdditionalPorts)
	}
	s.Deployment.check(c.at("deployment"))
	if s.Capacity != nil {
		s.Capacity.check(c.at("capacity"))
	}
	if !platformVersion.MatchString(s.PlatformVersion) {
		c.at("platformVersion").problemf("%q is no version of Fargate's platform; write LATEST or one such as 1.4.0", s.PlatformVersion)
	}
	if s.ZoneRebalancing && s.Deployment.MaxPercent == 100 {
		c.at("zoneRebalancing").problemf("true needs room to start a task before another one stops; raise service.deployment.maxPercent " +
			"(100), or write zoneRebalancing: false")
	}
	oneOf(c.at("propagateTags"), s.PropagateTags, "service", "task-definition", "none")
	s.checkSecurityGroups(c.at("securityGroups"))
	if s.Connect != nil {
		s.Connect.check(c.at("connect"))
	}
	if s.Discovery != nil {
		s.Discovery.check(c.at("discovery"))
	}
}

func (s *Service) checkSecurityGroups(c checker) {
	seen := map[string]string{}
	for i, id := range s.SecurityGroups {
		at := c.index(i)
		if !securityGroupID.MatchString(id) {
			at.problemf("%q is no security group's id; write one such as sg-0123456789abcdef0", id)
		}
		unique(at, seen, id, at.path, "list each group once")
	}
	if len(s.SecurityGroups) > maxSecurityGroups {
		c.problemf("has %d groups; a task has at most %d beside those of the stack", len(s.SecurityGroups), maxSecurityGroups)
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
