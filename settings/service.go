package settings

import (
	"regexp"
	"slices"
)

// Service keeps the wanted number of tasks running behind the load balancer.
type Service struct {
	// Name of the ECS service. 1 to 255 letters, digits, hyphens and underscores. Changing it replaces the service.
	// Default: the stack's name.
	Name string `yaml:"name"`

	// DesiredCount is how many tasks to run, 0 to 5000. With scaling it is only the count to start with: 0, or
	// scaling.min to scaling.max; from 0, Application Auto Scaling starts scaling.min tasks at once. Default:
	// scaling.min, or 1 without scaling.
	// Source: ECS service quotas, "Tasks per service".
	DesiredCount int `yaml:"desiredCount"`

	// PublicAddresses puts the tasks into public subnets with an address of their own, so that they reach the internet
	// without a NAT gateway; their security group still admits nobody but the load balancer.
	// Default false; true in the default VPC.
	PublicAddresses bool `yaml:"publicAddresses"`

	TargetGroup TargetGroup `yaml:"targetGroup"`
	HealthCheck HealthCheck `yaml:"healthCheck"`

	// AdditionalPorts are more ports of the containers that the load balancer sends requests to, each with a routing
	// and a target group of its own; at most 4. Default: none.
	// Source: ECS service quotas, "Target groups per service".
	AdditionalPorts []AdditionalPort `yaml:"additionalPorts"`

	Deployment Deployment `yaml:"deployment"`

	// Exec lets people with the IAM permission open a shell in a running container (aws ecs execute-command): the task
	// role is allowed the SSM channels that it needs. Running tasks are not affected, new ones are. Default false.
	Exec bool `yaml:"exec"`

	// Capacity spreads the tasks over ordinary capacity and Fargate Spot. Default: none, all on ordinary capacity.
	Capacity *Capacity `yaml:"capacity"`

	// PlatformVersion of Fargate: LATEST or 1.4.0, which are the same today; a number gets no more security updates
	// once AWS retires it, as it did with 1.3.0 and all before. Default LATEST.
	// Source: ECS developer guide, "Fargate Linux platform versions" and "AWS Fargate Linux platform version
	// deprecation".
	PlatformVersion string `yaml:"platformVersion"`

	// ZoneRebalancing lets ECS move tasks when they are spread unevenly over the zones. Not with a
	// deployment.maxPercent of 100. Default true, and false with that maxPercent.
	// Source: ECS developer guide, "Balancing an Amazon ECS service across Availability Zones".
	ZoneRebalancing bool `yaml:"zoneRebalancing"`

	// ManagedTags has ECS tag each task with the names of its cluster and service, for cost reports. Default true.
	ManagedTags bool `yaml:"managedTags"`

	// PropagateTags is where each task takes the other tags from: service, task-definition or none. Default service.
	PropagateTags string `yaml:"propagateTags"`

	// SecurityGroups are ids of more groups for the tasks, beside the service's own and in the same VPC; at most 4,
	// with connect or discovery 3. Default: none.
	// Source: ECS API, AwsVpcConfiguration (5 in all).
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
	if c.wrote("healthCheck.gracePeriod") { // ECS API, CreateService: healthCheckGracePeriodSeconds is of the service
		c.at("healthCheck.gracePeriod").notef("is not used: a service has one grace period for all of its ports; " +
			"write it in service.healthCheck")
	}
}

const (
	maxTasksPerService = 5000
	maxAdditionalPorts = 4
	maxSecurityGroups  = 5 // those of the stack among them
)

// retiredPlatforms are Fargate's versions that no longer start tasks, the last of them since March 2026.
// Source: ECS developer guide, "AWS Fargate Linux platform version deprecation".
var retiredPlatforms = []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0"}

var (
	securityGroupID = regexp.MustCompile(`^sg-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

func (s *Service) setDefaults() {
	s.DesiredCount = 1
	s.PlatformVersion = "LATEST"
	s.ZoneRebalancing = true
	s.ManagedTags = true
	s.PropagateTags = "service"
	s.TargetGroup.setDefaults()
	s.HealthCheck.setDefaults()
	s.Deployment.setDefaults()
}

func (s *Service) check(c checker) {
	checkECSName(c.at("name"), s.Name)
	within(c.at("desiredCount"), s.DesiredCount, 0, maxTasksPerService)
	s.TargetGroup.check(c.at("targetGroup"))
	s.HealthCheck.check(c.at("healthCheck"))
	s.HealthCheck.checkCodes(c.at("healthCheck.codes"), s.TargetGroup.Protocol)
	for i := range s.AdditionalPorts {
		at := c.at("additionalPorts").index(i)
		s.AdditionalPorts[i].check(at)
		s.AdditionalPorts[i].HealthCheck.checkCodes(at.at("healthCheck.codes"), s.TargetGroup.Protocol)
	}
	if len(s.AdditionalPorts) > maxAdditionalPorts {
		c.at("additionalPorts").problemf("has %d ports; a service has at most %d beside its first: make it several "+
			"services",
			len(s.AdditionalPorts), maxAdditionalPorts)
	}
	s.Deployment.check(c.at("deployment"))
	if s.Capacity != nil {
		s.Capacity.check(c.at("capacity"))
	}
	if at := c.at("platformVersion"); !isOffered(at, s.PlatformVersion, "LATEST", "1.4.0") {
		if slices.Contains(retiredPlatforms, s.PlatformVersion) {
			at.problemf("%s was retired by AWS, which starts no tasks on it any more; write LATEST or 1.4.0", s.PlatformVersion)
		} else {
			at.problemf("%q is not a version of Fargate's platform for Linux; write LATEST or 1.4.0", s.PlatformVersion)
		}
	}
	if s.ZoneRebalancing && s.Deployment.MaxPercent == 100 {
		c.at("zoneRebalancing").problemf("true needs room to start a task before another one stops; raise " +
			"service.deployment.maxPercent " +
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
	eachOnce(c, s.SecurityGroups, "list each group once", func(c checker, id string) {
		if !securityGroupID.MatchString(id) {
			c.problemf("%q is no security group's id; write one such as sg-0123456789abcdef0", id)
		}
	})
	most := maxSecurityGroups - 1
	if s.Connect != nil || s.Discovery != nil {
		most-- // the group of those who find each other by name
	}
	if len(s.SecurityGroups) > most {
		c.problemf("has %d groups; a task has at most %d beside those of the stack", len(s.SecurityGroups), most)
	}
}
