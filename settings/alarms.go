package settings

import (
	"regexp"
	"slices"

	"webapp/internal/configfile"
)

// Alarms are what wakes a person.
type Alarms struct {
	// Topic is the ARN of an SNS topic to send to, in the alarms' region, whose policy lets CloudWatch and, for
	// failedDeployments, EventBridge publish. Default: one is created, which these two may publish to, for this stack
	// only.
	Topic string `yaml:"topic"`

	// Emails are addresses to send to. AWS asks each one whether it agrees before it sends anything. Only with a
	// created topic. Default: none.
	Emails []string `yaml:"emails"`

	// KMSKey is the ARN of a KMS key to encrypt the created topic's messages with, whose policy lets CloudWatch and
	// EventBridge use it; AWS's own key for SNS does not. Default: none, since a message says no more than which alarm
	// went off, and why.
	// Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs".
	KMSKey string `yaml:"kmsKey" was:"key"`

	// ServerErrors goes off when too many requests end in a status of 5xx, from the tasks or from the load balancer
	// itself. Where there are several services, each has an alarm of its own beside that of the load balancer.
	ServerErrors *ErrorRateAlarm `yaml:"serverErrors"`

	// UnhealthyHosts goes off when a task does not pass the load balancer's health check.
	UnhealthyHosts *DurationAlarm `yaml:"unhealthyHosts"`

	// Latency goes off when the slowest hundredth of the requests takes too long.
	Latency *LatencyAlarm `yaml:"latency"`

	// CPU goes off when the tasks have little CPU left, though scaling had its time to add some.
	CPU *UtilizationAlarm `yaml:"cpu"`

	// Memory goes off when the tasks have little memory left. A task that has none is killed.
	Memory *UtilizationAlarm `yaml:"memory"`

	// AtMaximum goes off when a service has had as many tasks as scaling.max, or the highest max of its schedules,
	// allows for long: more load would make it slow. Only where there is scaling.
	AtMaximum *MaxCapacityAlarm `yaml:"atMaximum"`

	// FewerRunning goes off when fewer tasks run than should for longer than tasks take to start. It reads metrics of
	// Container Insights, and tells when these end. Default: as the others, but none with containerInsights: off.
	FewerRunning *TaskShortfallAlarm `yaml:"fewerRunning"`

	// FailedDeployments tells when ECS gives a deployment up, whoever began it. It covers the services that have
	// deployment.circuitBreaker, since ECS reports only theirs. Default true where there are any.
	// Source: ECS developer guide, "Amazon ECS service deployment state change events".
	FailedDeployments bool `yaml:"failedDeployments"`
}

var (
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
	email    = regexp.MustCompile(`^[A-Za-z0-9.!#%&'*+/=?^_|~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

func (a *Alarms) SetDefaults() {
	*a = Alarms{
		ServerErrors: &ErrorRateAlarm{}, UnhealthyHosts: &DurationAlarm{}, Latency: &LatencyAlarm{}, CPU: &UtilizationAlarm{}, Memory: &UtilizationAlarm{},
		AtMaximum: &MaxCapacityAlarm{}, FewerRunning: &TaskShortfallAlarm{}, FailedDeployments: true,
	}
	for _, alarm := range []configfile.Defaulter{a.ServerErrors, a.UnhealthyHosts, a.Latency, a.CPU, a.Memory, a.AtMaximum, a.FewerRunning} {
		alarm.SetDefaults()
	}
}

// derive lets defaults give way to what the file says of the services.
func (a *Alarms) derive(s *Stack, given func(path string) bool) {
	if !given("failedDeployments") {
		a.FailedDeployments = slices.ContainsFunc(s.Workloads(), NamedWorkload.ReportsFailedDeployments)
	}
	for metric, alarm := range map[string]**UtilizationAlarm{CPU: &a.CPU, Memory: &a.Memory} {
		if *alarm == nil || given(configfile.JoinPath(metric, "percent")) {
			continue
		}
		target := s.highestTarget(metric)
		switch {
		case target >= 100:
			*alarm = nil // there is no room above the target
		case target >= (*alarm).Percent:
			(*alarm).Percent = (target + 100) / 2
		}
	}
}

// highestTarget is the highest value that scaling keeps a metric near, of all services; 0 where none does.
func (s *Stack) highestTarget(metric string) float64 {
	highest := 0.0
	for _, w := range s.Workloads() {
		if w.Scaling != nil {
			highest = max(highest, w.Scaling.Target(metric))
		}
	}
	return highest
}

// ReportsFailedDeployments reports whether ECS sends an event when a deployment of the service fails.
// Source: ECS developer guide, "Amazon ECS service deployment state change events", SERVICE_DEPLOYMENT_FAILED.
func (w NamedWorkload) ReportsFailedDeployments() bool { return w.Service.Deployment.CircuitBreaker }

// canReachMaximum reports whether the service ever runs fewer tasks than it may.
func (w NamedWorkload) canReachMaximum() bool {
	return w.Scaling != nil && w.Scaling.MaxCapacity() > w.Scaling.Min
}

func (a *Alarms) Check(c configfile.Checker) {
	if a.Topic != "" {
		checkARN(c.At("topic"), a.Topic, topicARN, "standard SNS topic", "arn:aws:sns:eu-west-1:123456789012:on-call")
		if len(a.Emails) > 0 {
			c.At("emails").Problemf("stands beside topic, whose owner says who gets its messages; subscribe them " +
				"there, or leave topic out")
		}
		if a.KMSKey != "" {
			c.At("kmsKey").Problemf("stands beside topic, which has a key of its own or none; leave one of them out")
		}
	}
	if a.KMSKey != "" && !kmsAliasARN.MatchString(a.KMSKey) {
		checkARN(c.At("kmsKey"), a.KMSKey, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
	}
	configfile.CheckItems(c.At("emails"), a.Emails, "list each address once", func(c configfile.Checker, address string) {
		if !email.MatchString(address) {
			c.Problemf("%q is not a valid e-mail address; write one such as on-call@example.com", address)
		}
	})
}

// ErrorRateAlarm compares the failed requests of some minutes with all of them.
// Source of what is counted: Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer".
type ErrorRateAlarm struct {
	// Percent of the requests that may fail, more than 0, less than 100. Default 5.
	Percent float64 `yaml:"percent" unit:"percent"`

	// Minutes whose requests are taken together. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440"`

	// AtLeast is how many requests there must be in these minutes, so that one error at night wakes nobody. Default 50.
	AtLeast int `yaml:"atLeast" range:"1,1000000"`
}

func (a *ErrorRateAlarm) SetDefaults() { *a = ErrorRateAlarm{Percent: 5, Minutes: 5, AtLeast: 50} }

func (a *ErrorRateAlarm) ShorthandKey() string { return "percent" }

func (a *ErrorRateAlarm) Check(c configfile.Checker) {
	if a.Percent <= 0 || a.Percent >= 100 {
		c.At("percent").Problemf("%v %% would go off always or never; write a number above 0 and below 100", a.Percent)
	}
}

// DurationAlarm goes off when something is wrong for some minutes in a row.
type DurationAlarm struct {
	// Minutes in a row. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440"`
}

func (a *DurationAlarm) SetDefaults() { a.Minutes = 5 }

// LatencyAlarm watches the time that the slowest hundredth of the requests takes (p99), from the load balancer's
// sending them to a task until the answer begins. Minutes with too few requests to tell do not count.
// Source: CloudWatch user guide, "Percentile-based CloudWatch alarms and low data samples".
type LatencyAlarm struct {
	// Milliseconds that they may take, more than 0 and at most 4000000. What is right is the service's own. Default
	// 2000.
	Milliseconds float64 `yaml:"milliseconds"`

	// Minutes in a row. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440"`
}

// maxLatency is the longest idle timeout of a load balancer, in milliseconds.
const maxLatency = 4_000_000

func (a *LatencyAlarm) SetDefaults() { *a = LatencyAlarm{Milliseconds: 2000, Minutes: 5} }

func (a *LatencyAlarm) ShorthandKey() string { return "milliseconds" }

func (a *LatencyAlarm) Check(c configfile.Checker) {
	if a.Milliseconds <= 0 || a.Milliseconds > maxLatency {
		c.At("milliseconds").Problemf("%.10g ms is out of range; write more than 0 and at most %d", a.Milliseconds, maxLatency)
	}
}

// UtilizationAlarm watches what the tasks of a service use on average of what they have.
type UtilizationAlarm struct {
	// Percent that they may use, above the target that scaling keeps near. Default 90, which is out of reach of a
	// service that scales well; with a target of 90 or more, half-way from it to 100, and no alarm with a target of
	// 100.
	Percent float64 `yaml:"percent" range:"1,100" unit:"percent"`

	// Minutes in a row. Default 10, in which scaling has had its time to add tasks.
	Minutes int `yaml:"minutes" range:"1,1440"`
}

func (a *UtilizationAlarm) SetDefaults() { *a = UtilizationAlarm{Percent: 90, Minutes: 10} }

func (a *UtilizationAlarm) ShorthandKey() string { return "percent" }

// MaxCapacityAlarm watches the number of running tasks. It counts the values of their CPU metric, of which each task
// gives one a minute, and needs no Container Insights for that.
// Source: ECS developer guide, "Amazon ECS CloudWatch metrics", service RUNNING task count.
type MaxCapacityAlarm struct {
	// Minutes in a row. Default 30.
	Minutes int `yaml:"minutes" range:"1,1440"`
}

func (a *MaxCapacityAlarm) SetDefaults() { a.Minutes = 30 }

// TaskShortfallAlarm compares the tasks that run with those that should.
// Source: CloudWatch user guide, "Amazon ECS Container Insights metrics" (RunningTaskCount, DesiredTaskCount).
type TaskShortfallAlarm struct {
	// Minutes in a row; more than a task takes to start. Default 10.
	Minutes int `yaml:"minutes" range:"1,1440"`
}

func (a *TaskShortfallAlarm) SetDefaults() { a.Minutes = 10 }
