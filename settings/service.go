package settings

import (
	"regexp"
	"slices"

	"webapp/internal/configfile"
)

// Service keeps the wanted number of tasks running behind the load balancer.
type Service struct {
	// Name of the ECS service. 1 to 255 letters, digits, hyphens and underscores. Changing it replaces the service.
	// Default: the stack's name.
	Name string `yaml:"name"`

	// DesiredCount is how many tasks to run. With scaling it is only the count to start with: 0, or scaling.min to
	// scaling.max; from 0, Application Auto Scaling starts scaling.min tasks at once. Default: scaling.min, or 1
	// without scaling.
	// Source: ECS service quotas, "Tasks per service".
	DesiredCount int `yaml:"desiredCount" range:"0,5000"`

	// AssignPublicIP puts the tasks into public subnets with an address of their own, so that they reach the internet
	// without a NAT gateway; their security group still admits nobody but the load balancer.
	// Default false; true in the default VPC.
	AssignPublicIP bool `yaml:"assignPublicIp" was:"publicAddresses"`

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
	PlatformVersion string `yaml:"platformVersion" enum:"LATEST,1.4.0"`

	// ZoneRebalancing lets ECS move tasks when they are spread unevenly over the zones. Not with a
	// deployment.maxPercent of 100. Default true, and false with that maxPercent.
	// Source: ECS developer guide, "Balancing an Amazon ECS service across Availability Zones".
	ZoneRebalancing bool `yaml:"zoneRebalancing"`

	// ManagedTags makes ECS tag each task with the names of its cluster and service, for cost reports. Default true.
	ManagedTags bool `yaml:"managedTags"`

	// PropagateTags is where each task takes the other tags from: service, task-definition or none. Default service.
	PropagateTags string `yaml:"propagateTags" enum:"service,task-definition,none"`

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
	Port int `yaml:"port" range:"1,65535"`

	// Routing chooses the requests that the port gets. Required.
	Routing *Routing `yaml:"routing"`

	// HealthCheck is how the load balancer finds out whether this port of a task can take requests.
	HealthCheck HealthCheck `yaml:"healthCheck"`
}

func (p *AdditionalPort) Check(c configfile.Checker) {
	if p.Port == 0 {
		c.At("port").Problemf("is missing; write one of the container's ports, such as port: 9090")
	}
	if p.Routing == nil {
		c.At("routing").Problemf("is missing; write which requests the port gets, such as routing: {paths: [/admin/*]}")
	}
	if c.Written("healthCheck.gracePeriod") { // ECS API, CreateService: healthCheckGracePeriodSeconds is of the service
		c.At("healthCheck.gracePeriod").Notef("is not used: a service has one grace period for all of its ports; " +
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

func (s *Service) SetDefaults() {
	s.DesiredCount = 1
	s.PlatformVersion = "LATEST"
	s.ZoneRebalancing = true
	s.ManagedTags = true
	s.PropagateTags = "service"
}

func (s *Service) Check(c configfile.Checker) {
	checkECSName(c.At("name"), s.Name)
	s.HealthCheck.checkCodes(c.At("healthCheck.successCodes"), s.TargetGroup.ProtocolVersion)
	for i := range s.AdditionalPorts {
		at := c.At("additionalPorts").Index(i)
		s.AdditionalPorts[i].HealthCheck.checkCodes(at.At("healthCheck.successCodes"), s.TargetGroup.ProtocolVersion)
	}
	if len(s.AdditionalPorts) > maxAdditionalPorts {
		c.At("additionalPorts").Problemf("has %d ports; a service has at most %d beside its first: make it several "+
			"services",
			len(s.AdditionalPorts), maxAdditionalPorts)
	}
	if s.ZoneRebalancing && s.Deployment.MaxPercent == 100 {
		c.At("zoneRebalancing").Problemf("true needs room to start a task before another one stops; raise " +
			"service.deployment.maxPercent " +
			"(100), or write zoneRebalancing: false")
	}
	s.checkSecurityGroups(c.At("securityGroups"))
}

// Explain says what is wrong with a version of Fargate's platform.
func (s *Service) Explain(key string, _ configfile.Constraint) string {
	if key == "platformVersion" && slices.Contains(retiredPlatforms, s.PlatformVersion) {
		return s.PlatformVersion + " was retired by AWS, which starts no tasks on it any more; write LATEST or 1.4.0"
	}
	return ""
}

func (s *Service) checkSecurityGroups(c configfile.Checker) {
	configfile.CheckItems(c, s.SecurityGroups, "list each group once", func(c configfile.Checker, id string) {
		if !securityGroupID.MatchString(id) {
			c.Problemf("%q is not the id of a security group; write one such as sg-0123456789abcdef0", id)
		}
	})
	most := maxSecurityGroups - 1
	if s.Connect != nil || s.Discovery != nil {
		most-- // the group of those who find each other by name
	}
	if len(s.SecurityGroups) > most {
		c.Problemf("has %d groups; a task has at most %d beside those of the stack", len(s.SecurityGroups), most)
	}
}
