package settings

import (
	"regexp"
	"slices"
	"strconv"

	"webapp/internal/configfile"
)

// Service keeps the desired number of tasks running behind the load balancer.
type Service struct {
	// Name of the ECS service, 1 to 255 letters, digits, hyphens and underscores. Changing it replaces the service: all
	// its tasks stop before the new ones start, and requests fail until these are healthy. docs/services.md has a way
	// without that. Default: the stack's name; under services, followed by the service's.
	Name string `yaml:"name"`

	// DesiredCount is the number of tasks to run. With scaling it is only the initial number: 0, or scaling.min to
	// scaling.max. With 0, Application Auto Scaling immediately starts scaling.min tasks. Default: scaling.min; 1
	// without scaling.
	// Source: ECS service quotas, "Tasks per service".
	DesiredCount int `yaml:"desiredCount" range:"0,5000"`

	// AssignPublicIP puts the tasks into public subnets and gives them public addresses, so that they reach the
	// internet without a NAT gateway. Their security group still only admits the load balancer. Default false; true in
	// the default VPC.
	AssignPublicIP bool `yaml:"assignPublicIp" was:"publicAddresses"`

	TargetGroup TargetGroup `yaml:"targetGroup"`
	HealthCheck HealthCheck `yaml:"healthCheck"`

	// AdditionalPorts lists further ports of the containers to which the load balancer sends requests, each with its
	// own routing and target group; at most 4. Default: none.
	// Source: ECS service quotas, "Target groups per service".
	AdditionalPorts []AdditionalPort `yaml:"additionalPorts"`

	Deployment Deployment `yaml:"deployment"`

	// Exec lets people with the IAM permission open a shell in a running container (aws ecs execute-command). It grants
	// the task role access to the necessary SSM channels. It does not reach sidecars that are readOnly. It applies to
	// tasks that start after the change. Default false.
	Exec bool `yaml:"exec"`

	// Capacity divides the tasks between on-demand capacity and Fargate Spot. Default: none, all tasks run on on-demand
	// capacity.
	Capacity *Capacity `yaml:"capacity"`

	// PlatformVersion of Fargate: LATEST or 1.4.0, which are currently the same. AWS stops security updates for a
	// version when it retires it, as it has done for 1.3.0 and older. Default LATEST.
	// Source: ECS developer guide, "Fargate Linux platform versions" and "AWS Fargate Linux platform version
	// deprecation".
	PlatformVersion string `yaml:"platformVersion" enum:"LATEST,1.4.0"`

	// ZoneRebalancing lets ECS move tasks if they are unevenly distributed over the zones. Not with a
	// deployment.maxPercent of 100. Default true; false with that maxPercent.
	// Source: ECS developer guide, "Balancing an Amazon ECS service across Availability Zones".
	ZoneRebalancing bool `yaml:"zoneRebalancing"`

	// ManagedTags makes ECS tag each task with the names of its cluster and service, for cost reports. Default true.
	ManagedTags bool `yaml:"managedTags"`

	// PropagateTags is the source of each task's other tags: service, task-definition or none. Default service.
	PropagateTags string `yaml:"propagateTags" enum:"service,task-definition,none"`

	// SecurityGroups are the ids of additional security groups for the tasks, in the same VPC; at most 4, or 3 with
	// connect or discovery. Default: none.
	// Source: ECS API, AwsVpcConfiguration (5 in all).
	SecurityGroups []string `yaml:"securityGroups"`

	// Connect turns on ECS Service Connect for the service. Default: none.
	Connect *Connect `yaml:"connect"`

	// Discovery gives the service a DNS name in the namespace. Default: none.
	Discovery *Discovery `yaml:"discovery"`
}

// AdditionalPort is a further port of a task that gets requests from the load balancer.
type AdditionalPort struct {
	// Port of the main container, one of container.ports but not the first. Required.
	Port int `yaml:"port" range:"1,65535"`

	// Routing selects the requests that the port gets. Required.
	Routing *Routing `yaml:"routing"`

	// Login has the load balancer ask users to log in before they reach the port. Not with targetGroup.protocolVersion
	// HTTP2 or GRPC. Default: none.
	Login *Login `yaml:"login"`

	// HealthCheck is how the load balancer checks this port of a task.
	HealthCheck HealthCheck `yaml:"healthCheck"`
}

func (p *AdditionalPort) Check(c configfile.Checker) {
	if p.Port == 0 {
		c.At("port").Problemf("is missing; write one of the container's ports, such as port: 9090")
	}
	if p.Routing == nil {
		c.At("routing").Problemf("is missing; write the conditions of the requests for this port, such as routing: " +
			"{paths: [/admin/*]}")
	}
	// ECS API, CreateService: healthCheckGracePeriodSeconds belongs to the service.
	if c.Written("healthCheck.gracePeriod") {
		c.At("healthCheck.gracePeriod").Notef("is ignored: a service has one grace period for all its ports; set it " +
			"in service.healthCheck")
	}
}

const (
	maxTasksPerService = 5000
	maxAdditionalPorts = 4
	maxSecurityGroups  = 5 // including those of the stack
)

// retiredPlatforms are the platform versions that no longer start tasks; AWS retired the last of them in March 2026.
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

func (s *Service) ShorthandKey(value string) string {
	if _, err := strconv.Atoi(value); err == nil {
		return "desiredCount"
	}
	return "name"
}

func (s *Service) Check(c configfile.Checker) {
	checkECSName(c.At("name"), s.Name)
	s.HealthCheck.checkCodes(c.At("healthCheck.successCodes"), s.TargetGroup.ProtocolVersion)
	for i := range s.AdditionalPorts {
		at := c.At("additionalPorts").Index(i)
		s.AdditionalPorts[i].HealthCheck.checkCodes(at.At("healthCheck.successCodes"), s.TargetGroup.ProtocolVersion)
	}
	if len(s.AdditionalPorts) > maxAdditionalPorts {
		c.At("additionalPorts").Problemf("has %d ports, but a service can have at most %d besides its first; divide "+
			"it into several services",
			len(s.AdditionalPorts), maxAdditionalPorts)
	}
	if s.ZoneRebalancing && s.Deployment.MaxPercent == 100 {
		c.At("zoneRebalancing").Problemf("true needs room to start a task before another one stops; raise " +
			"service.deployment.maxPercent (100), or write zoneRebalancing: false")
	}
	if k := s.Connect; k != nil && s.TargetGroup.Protocol == ProtocolHTTPS && c.Valid("connect.protocol") &&
		k.Protocol != connectTCP {
		c.At("connect.protocol").Problemf("%s cannot be read by Service Connect, because the container encrypts it "+
			"(service.targetGroup.protocol is HTTPS); write tcp, or remove this line", k.Protocol)
	}
	most := maxSecurityGroups - 1
	if s.Connect != nil || s.Discovery != nil {
		most-- // the group of the services that find each other by name
	}
	checkSecurityGroups(c.At("securityGroups"), s.SecurityGroups, most)
}

// Explain says that a platform version was retired.
func (s *Service) Explain(key string, _ configfile.Constraint) string {
	if key == "platformVersion" && slices.Contains(retiredPlatforms, s.PlatformVersion) {
		return s.PlatformVersion + " was retired by AWS and no longer starts tasks; write LATEST or 1.4.0"
	}
	return ""
}

// checkSecurityGroups checks the additional security groups of a task.
func checkSecurityGroups(c configfile.Checker, groups []string, most int) {
	configfile.CheckItems(c, groups, "list each group once", func(c configfile.Checker, id string) {
		if !securityGroupID.MatchString(id) {
			c.Problemf("%q is not the id of a security group; write one such as sg-0123456789abcdef0", id)
		}
	})
	if len(groups) > most {
		c.Problemf("has %d groups, but a task can have at most %d besides those of the stack; remove some",
			len(groups), most)
	}
}
