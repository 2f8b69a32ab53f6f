package settings

import (
	"regexp"
	"slices"
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

	// Key is the ARN of a KMS key to encrypt the created topic's messages with, whose policy lets CloudWatch and
	// EventBridge use it; AWS's own key for SNS does not. Default: none, since a message says no more than which alarm
	// went off, and why.
	// Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs".
	Key string `yaml:"key"`

	// ServerErrors goes off when too many requests end in a status of 5xx, from the tasks or from the load balancer
	// itself. Where there are several services, each has an alarm of its own beside that of the load balancer.
	ServerErrors *ErrorAlarm `yaml:"serverErrors"`

	// UnhealthyHosts goes off when a task does not pass the load balancer's health check.
	UnhealthyHosts *LastingAlarm `yaml:"unhealthyHosts"`

	// Latency goes off when the slowest hundredth of the requests takes too long.
	Latency *LatencyAlarm `yaml:"latency"`

	// CPU goes off when the tasks have little CPU left, though scaling had its time to add some.
	CPU *UseAlarm `yaml:"cpu"`

	// Memory goes off when the tasks have little memory left. A task that has none is killed.
	Memory *UseAlarm `yaml:"memory"`

	// AtMaximum goes off when a service has had as many tasks as scaling.max, or the highest max of its schedules,
	// allows for long: more load would make it slow. Only where there is scaling.
	AtMaximum *AtMaximumAlarm `yaml:"atMaximum"`

	// FewerRunning goes off when fewer tasks run than should for longer than tasks take to start. It reads metrics of
	// Container Insights, and tells when these end. Default: as the others, but none with containerInsights: off.
	FewerRunning *FewerRunningAlarm `yaml:"fewerRunning"`

	// FailedDeployments tells when ECS gives a deployment up, whoever began it. It covers the services that have
	// deployment.circuitBreaker, since ECS reports only theirs. Default true where there are any.
	// Source: ECS developer guide, "Amazon ECS service deployment state change events".
	FailedDeployments bool `yaml:"failedDeployments"`
}

var (
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
	email    = regexp.MustCompile(`^[A-Za-z0-9.!#%&'*+/=?^_|~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

func (a *Alarms) setDefaults() {
	*a = Alarms{
		ServerErrors: &ErrorAlarm{}, UnhealthyHosts: &LastingAlarm{}, Latency: &LatencyAlarm{}, CPU: &UseAlarm{}, Memory: &UseAlarm{},
		AtMaximum: &AtMaximumAlarm{}, FewerRunning: &FewerRunningAlarm{}, FailedDeployments: true,
	}
	for _, alarm := range []section{a.ServerErrors, a.UnhealthyHosts, a.Latency, a.CPU, a.Memory, a.AtMaximum, a.FewerRunning} {
		alarm.setDefaults()
	}
}

// derive lets defaults give way to what the file says of the services.
func (a *Alarms) derive(s *Settings, given func(path string) bool) {
	if !given("failedDeployments") {
		a.FailedDeployments = slices.ContainsFunc(s.Workloads(), NamedWorkload.ReportsFailedDeployments)
	}
	for metric, alarm := range map[string]**UseAlarm{CPU: &a.CPU, Memory: &a.Memory} {
		if *alarm == nil || given(join(metric, "percent")) {
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
func (s *Settings) highestTarget(metric string) float64 {
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
	return w.Scaling != nil && w.Scaling.HighestMax() > w.Scaling.Min
}

func (a *Alarms) check(c checker) {
	if a.Topic != "" {
		checkARN(c.at("topic"), a.Topic, topicARN, "standard SNS topic", "arn:aws:sns:eu-west-1:123456789012:on-call")
		if len(a.Emails) > 0 {
			c.at("emails").problemf("stands beside topic, whose owner says who gets its messages; subscribe them " +
				"there, or leave topic out")
		}
		if a.Key != "" {
			c.at("key").problemf("stands beside topic, which has a key of its own or none; leave one of them out")
		}
	}
	if a.Key != "" && !kmsAliasARN.MatchString(a.Key) {
		checkARN(c.at("key"), a.Key, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
	}
	eachOnce(c.at("emails"), a.Emails, "list each address once", func(c checker, address string) {
		if !email.MatchString(address) {
			c.problemf("%q is no e-mail address; write one such as on-call@example.com", address)
		}
	})
	if a.ServerErrors != nil {
		a.ServerErrors.check(c.at("serverErrors"))
	}
	if a.UnhealthyHosts != nil {
		a.UnhealthyHosts.check(c.at("unhealthyHosts"))
	}
	if a.Latency != nil {
		a.Latency.check(c.at("latency"))
	}
	if a.CPU != nil {
		a.CPU.check(c.at("cpu"))
	}
	if a.Memory != nil {
		a.Memory.check(c.at("memory"))
	}
	if a.AtMaximum != nil {
		a.AtMaximum.check(c.at("atMaximum"))
	}
	if a.FewerRunning != nil {
		a.FewerRunning.check(c.at("fewerRunning"))
	}
}

// maxAlarmMinutes: an alarm looks back a day at most (CloudWatch API, PutMetricAlarm EvaluationPeriods).
const maxAlarmMinutes = 24 * 60

func checkMinutes(c checker, minutes int) { within(c.at("minutes"), minutes, 1, maxAlarmMinutes) }

// ErrorAlarm compares the failed requests of some minutes with all of them.
// Source of what is counted: Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer".
type ErrorAlarm struct {
	// Percent of the requests that may fail, more than 0, less than 100. Default 5.
	Percent float64 `yaml:"percent" unit:"percent"`

	// Minutes whose requests are taken together, 1 to 1440. Default 5.
	Minutes int `yaml:"minutes"`

	// AtLeast is how many requests there must be in these minutes, 1 to 1000000, so that one error at night wakes
	// nobody. Default 50.
	AtLeast int `yaml:"atLeast"`
}

func (a *ErrorAlarm) setDefaults() { *a = ErrorAlarm{Percent: 5, Minutes: 5, AtLeast: 50} }

func (a *ErrorAlarm) principalKey() string { return "percent" }

func (a *ErrorAlarm) check(c checker) {
	if a.Percent <= 0 || a.Percent >= 100 {
		c.at("percent").problemf("%v %% would go off always or never; write a number above 0 and below 100", a.Percent)
	}
	checkMinutes(c, a.Minutes)
	within(c.at("atLeast"), a.AtLeast, 1, 1_000_000)
}

// LastingAlarm goes off when something is wrong for some minutes in a row.
type LastingAlarm struct {
	// Minutes in a row, 1 to 1440. Default 5.
	Minutes int `yaml:"minutes"`
}

func (a *LastingAlarm) setDefaults() { a.Minutes = 5 }

func (a *LastingAlarm) check(c checker) { checkMinutes(c, a.Minutes) }

// LatencyAlarm watches the time that the slowest hundredth of the requests takes (p99), from the load balancer's
// sending them to a task until the answer begins. Minutes with too few requests to tell do not count.
// Source: CloudWatch user guide, "Percentile-based CloudWatch alarms and low data samples".
type LatencyAlarm struct {
	// Milliseconds that they may take, more than 0 and at most 4000000. What is right is the service's own. Default
	// 2000.
	Milliseconds float64 `yaml:"milliseconds"`

	// Minutes in a row, 1 to 1440. Default 5.
	Minutes int `yaml:"minutes"`
}

// maxLatency is the longest idle timeout of a load balancer, in milliseconds.
const maxLatency = 4_000_000

func (a *LatencyAlarm) setDefaults() { *a = LatencyAlarm{Milliseconds: 2000, Minutes: 5} }

func (a *LatencyAlarm) principalKey() string { return "milliseconds" }

func (a *LatencyAlarm) check(c checker) {
	if a.Milliseconds <= 0 || a.Milliseconds > maxLatency {
		c.at("milliseconds").problemf("%.10g ms is out of range; write more than 0 and at most %d", a.Milliseconds, maxLatency)
	}
	checkMinutes(c, a.Minutes)
}

// UseAlarm watches what the tasks of a service use on average of what they have.
type UseAlarm struct {
	// Percent that they may use, 1 to 100, above the target that scaling keeps near. Default 90, which is out of reach
	// of a service that scales well; with a target of 90 or more, half-way from it to 100, and no alarm with a target
	// of 100.
	Percent float64 `yaml:"percent" unit:"percent"`

	// Minutes in a row, 1 to 1440. Default 10, in which scaling has had its time to add tasks.
	Minutes int `yaml:"minutes"`
}

func (a *UseAlarm) setDefaults() { *a = UseAlarm{Percent: 90, Minutes: 10} }

func (a *UseAlarm) principalKey() string { return "percent" }

func (a *UseAlarm) check(c checker) {
	within(c.at("percent"), a.Percent, 1, 100)
	checkMinutes(c, a.Minutes)
}

// AtMaximumAlarm watches the number of running tasks. It counts the values of their CPU metric, of which each task
// gives one a minute, and needs no Container Insights for that.
// Source: ECS developer guide, "Amazon ECS CloudWatch metrics", service RUNNING task count.
type AtMaximumAlarm struct {
	// Minutes in a row, 1 to 1440. Default 30.
	Minutes int `yaml:"minutes"`
}

func (a *AtMaximumAlarm) setDefaults() { a.Minutes = 30 }

func (a *AtMaximumAlarm) check(c checker) { checkMinutes(c, a.Minutes) }

// FewerRunningAlarm compares the tasks that run with those that should.
// Source: CloudWatch user guide, "Amazon ECS Container Insights metrics" (RunningTaskCount, DesiredTaskCount).
type FewerRunningAlarm struct {
	// Minutes in a row, 1 to 1440; more than a task takes to start. Default 10.
	Minutes int `yaml:"minutes"`
}

func (a *FewerRunningAlarm) setDefaults() { a.Minutes = 10 }

func (a *FewerRunningAlarm) check(c checker) { checkMinutes(c, a.Minutes) }
