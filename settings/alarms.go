package settings

import (
	"regexp"
	"slices"
	"time"

	"webapp/internal/configfile"
)

// Alarms notify people when something is wrong.
type Alarms struct {
	// Topic is the ARN of an existing SNS topic to notify. It must be in the alarms' region, and its policy must allow
	// CloudWatch and, for failedDeployments and failedJobs, EventBridge to publish. Default: a topic is created for this
	// stack.
	Topic string `yaml:"topic" arn:"sns"`

	// Emails are the addresses to notify. AWS sends each one a confirmation request first, and nothing else until it is
	// confirmed. Only for a created topic. Default: none.
	Emails []string `yaml:"emails"`

	// KMSKey is the ARN of a KMS key that encrypts the messages of the created topic. Its policy must allow CloudWatch
	// and EventBridge to use it; the AWS managed key for SNS does not. Default: none, since a message only says which
	// alarm fired and why.
	// Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs".
	KMSKey string `yaml:"kmsKey" arn:"kms" was:"key"`

	// ServerErrors fires when too many requests are answered with a 5xx status, by the tasks or by the load balancer
	// itself. With several services, each service has an alarm in addition to that of the load balancer. The requests to
	// all ports of a service count together.
	ServerErrors *ErrorRateAlarm `yaml:"serverErrors"`

	// UnhealthyHosts fires when a task fails the load balancer's health check. Each additional port has an alarm of its
	// own.
	UnhealthyHosts *DurationAlarm `yaml:"unhealthyHosts"`

	// Latency fires when the slowest 1 % of the requests take too long. Each additional port has an alarm of its own.
	Latency *LatencyAlarm `yaml:"latency"`

	// CPU fires when the tasks have little CPU left although scaling has had time to add tasks.
	CPU *UtilizationAlarm `yaml:"cpu"`

	// Memory fires when the tasks have little memory left. A task that runs out of memory is killed.
	Memory *UtilizationAlarm `yaml:"memory"`

	// AtMaximum fires when a service has run at scaling.max, or at the highest max of its schedules, for a long time:
	// more load would make it slow. Only for services with scaling.
	AtMaximum *MaxCapacityAlarm `yaml:"atMaximum"`

	// FewerRunning fires when fewer tasks than desired have been running for longer than tasks take to start. It reads
	// Container Insights metrics, and also fires when they stop arriving. Default: on like the others, but none with
	// containerInsights: off.
	FewerRunning *TaskShortfallAlarm `yaml:"fewerRunning"`

	// OldestMessage fires when a message has waited too long in the queue of a service. Only for services with a queue.
	OldestMessage *OldestMessageAlarm `yaml:"oldestMessage"`

	// DeadLetters fires when a message was received several times and never deleted: it is in the queue for dead letters
	// and waits for somebody to look at it. Only for queues that the stack creates.
	DeadLetters *DeadLettersAlarm `yaml:"deadLetters"`

	// FailedDeployments notifies when ECS gives up a deployment, no matter who started it. It covers services with
	// deployment.circuitBreaker, since ECS only reports theirs. Default true if there is such a service.
	// Source: ECS developer guide, "Amazon ECS service deployment state change events".
	FailedDeployments bool `yaml:"failedDeployments"`

	// FailedJobs notifies when a run of a job ends with an exit code other than 0, or stops before it has started, no
	// matter who started it. Default true if there are jobs.
	// Source: ECS developer guide, "Amazon ECS task state change events".
	FailedJobs bool `yaml:"failedJobs"`

	// MissedJobs fires when EventBridge Scheduler has given up starting a run of a job. Each job with a schedule has an
	// alarm. Default true if there are such jobs.
	// Source: EventBridge Scheduler user guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch"
	// (InvocationDroppedCount).
	MissedJobs bool `yaml:"missedJobs"`
}

var (
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
	email    = regexp.MustCompile(`^[A-Za-z0-9.!#%&'*+/=?^_|~-]+` +
		`@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

func (a *Alarms) SetDefaults() {
	*a = Alarms{
		ServerErrors: &ErrorRateAlarm{}, UnhealthyHosts: &DurationAlarm{}, Latency: &LatencyAlarm{},
		CPU: &UtilizationAlarm{}, Memory: &UtilizationAlarm{},
		AtMaximum: &MaxCapacityAlarm{}, FewerRunning: &TaskShortfallAlarm{}, FailedDeployments: true,
		FailedJobs: true, MissedJobs: true,
		OldestMessage: &OldestMessageAlarm{}, DeadLetters: &DeadLettersAlarm{},
	}
	for _, alarm := range []configfile.Defaulter{a.ServerErrors, a.UnhealthyHosts, a.Latency, a.CPU, a.Memory,
		a.AtMaximum, a.FewerRunning, a.OldestMessage, a.DeadLetters} {
		alarm.SetDefaults()
	}
}

// ResetOthers lets an overlay replace addresses with an existing topic, or the other way round.
func (a *Alarms) ResetOthers(given []string) {
	topic, emails := slices.Contains(given, "topic"), slices.Contains(given, "emails")
	if topic && !emails {
		a.Emails = nil
	}
	if topic && !slices.Contains(given, "kmsKey") {
		a.KMSKey = "" // which encrypts a created topic
	}
	if emails && !topic {
		a.Topic = ""
	}
}

// derive adapts the defaults to what the file says about the services.
func (a *Alarms) derive(s *Stack, given func(path string) bool) {
	if s.OnlyWorkers() {
		a.withoutRequests(given)
	}
	if !given("failedDeployments") {
		a.FailedDeployments = slices.ContainsFunc(s.Workloads(), NamedWorkload.ReportsFailedDeployments)
	}
	jobs := s.NamedJobs()
	if !given("failedJobs") {
		a.FailedJobs = len(jobs) > 0
	}
	if !given("missedJobs") {
		a.MissedJobs = slices.ContainsFunc(jobs, NamedJob.isScheduled)
	}
	if o := a.OldestMessage; o != nil && !given("oldestMessage.age") {
		for _, w := range s.Workloads() {
			if q := w.Receives; q != nil && q.Existing == "" && o.Age >= q.RetentionPeriod {
				o.Age = q.RetentionPeriod / 2
			}
		}
	}
	for metric, alarm := range map[MetricKind]**UtilizationAlarm{CPU: &a.CPU, Memory: &a.Memory} {
		if *alarm == nil || given(configfile.JoinPath(string(metric), "percent")) {
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

// withoutRequests removes the alarms on requests, where the file does not give them.
func (a *Alarms) withoutRequests(given func(path string) bool) {
	if !given("serverErrors") {
		a.ServerErrors = nil
	}
	if !given("unhealthyHosts") {
		a.UnhealthyHosts = nil
	}
	if !given("latency") {
		a.Latency = nil
	}
}

// highestTarget returns the highest scaling target of a metric among all services, or 0 if none has one.
func (s *Stack) highestTarget(metric MetricKind) float64 {
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

// canReachMaximum reports whether the service can run fewer tasks than its maximum.
func (w NamedWorkload) canReachMaximum() bool {
	return w.Scaling != nil && w.Scaling.MaxCapacity() > w.Scaling.Min
}

func (a *Alarms) Check(c configfile.Checker) {
	if a.Topic != "" {
		checkARN(c.At("topic"), a.Topic, topicARN, "standard SNS topic", "arn:aws:sns:eu-west-1:123456789012:on-call")
		if len(a.Emails) > 0 {
			c.At("emails").Problemf("cannot be combined with topic, whose owner decides who is subscribed; subscribe " +
				"the addresses there, or remove topic")
		}
		if a.KMSKey != "" {
			c.At("kmsKey").Problemf("cannot be combined with topic, whose owner decides how it is encrypted; remove " +
				"one of the two")
		}
	}
	switch {
	case a.KMSKey == "":
	case awsManagedKey(a.KMSKey) != "":
		c.At("kmsKey").Problemf("%s is an AWS managed key, which CloudWatch and EventBridge cannot use; write the ARN of a "+
			"customer managed key whose policy allows them to", a.KMSKey)
	case !kmsAliasARN.MatchString(a.KMSKey):
		checkARN(c.At("kmsKey"), a.KMSKey, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
	}
	configfile.CheckItems(c.At("emails"), a.Emails, "list each address once",
		func(c configfile.Checker, address string) {
			if !email.MatchString(address) {
				c.Problemf("%q is not a valid e-mail address; write one such as on-call@example.com", address)
			}
		})
}

// ErrorRateAlarm compares the number of failed requests with the number of all requests.
// Source of what is counted: Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer".
type ErrorRateAlarm struct {
	// Percent of the requests that may fail, more than 0 and less than 100. Default 5.
	Percent float64 `yaml:"percent" unit:"percent"`

	// Minutes is the length of the period over which requests are counted. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`

	// AtLeast is the number of requests in the period below which the alarm does not fire, so that a single error at
	// night wakes nobody. Default 50.
	AtLeast int `yaml:"atLeast" range:"1,1000000"`
}

func (a *ErrorRateAlarm) SetDefaults() { *a = ErrorRateAlarm{Percent: 5, Minutes: 5, AtLeast: 50} }

func (a *ErrorRateAlarm) ShorthandKey(string) string { return "percent" }

func (a *ErrorRateAlarm) Check(c configfile.Checker) {
	if a.Percent <= 0 || a.Percent >= 100 {
		c.At("percent").Problemf("with %v %% the alarm would always or never fire; write a number above 0 and below "+
			"100", a.Percent)
	}
}

// DurationAlarm fires when something is wrong for several minutes in a row.
type DurationAlarm struct {
	// Minutes in a row before the alarm fires. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

func (a *DurationAlarm) SetDefaults() { a.Minutes = 5 }

// LatencyAlarm watches the 99th percentile of the response time: from when the load balancer sends a request to a task
// until the response begins. Minutes with too few requests for a percentile do not count.
// Source: CloudWatch user guide, "Percentile-based CloudWatch alarms and low data samples".
type LatencyAlarm struct {
	// Milliseconds that these requests may take, more than 0 and at most 4000000. The right value depends on the
	// service. Default 2000.
	Milliseconds float64 `yaml:"milliseconds" unit:"milliseconds"`

	// Minutes in a row before the alarm fires. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

// maxLatency is the longest idle timeout of a load balancer, in milliseconds.
const maxLatency = 4_000_000

func (a *LatencyAlarm) SetDefaults() { *a = LatencyAlarm{Milliseconds: 2000, Minutes: 5} }

func (a *LatencyAlarm) ShorthandKey(string) string { return "milliseconds" }

func (a *LatencyAlarm) Check(c configfile.Checker) {
	if a.Milliseconds <= 0 || a.Milliseconds > maxLatency {
		c.At("milliseconds").Problemf("%.10g ms is out of range; write a number above 0 and up to %d", a.Milliseconds,
			maxLatency)
	}
	noteSeconds(c.At("milliseconds"), a.Milliseconds)
}

// UtilizationAlarm watches how much of their CPU or memory the tasks of a service use on average.
type UtilizationAlarm struct {
	// Percent that the tasks may use. It must be above the scaling target. Default 90, which a service that scales well
	// does not reach; with a scaling target of 90 or more, half-way between the target and 100; with a target of 100,
	// no alarm.
	Percent float64 `yaml:"percent" range:"1,100" unit:"percent"`

	// Minutes in a row before the alarm fires. Default 10, which gives scaling time to add tasks.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

func (a *UtilizationAlarm) SetDefaults() { *a = UtilizationAlarm{Percent: 90, Minutes: 10} }

func (a *UtilizationAlarm) ShorthandKey(string) string { return "percent" }

// MaxCapacityAlarm watches the number of running tasks. It counts the values of the CPU metric, to which each task
// contributes one a minute, so it does not need Container Insights.
// Source: ECS developer guide, "Amazon ECS CloudWatch metrics", service RUNNING task count.
type MaxCapacityAlarm struct {
	// Minutes in a row before the alarm fires. Default 30.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

func (a *MaxCapacityAlarm) SetDefaults() { a.Minutes = 30 }

// TaskShortfallAlarm compares the number of running tasks with the desired number.
// Source: CloudWatch user guide, "Amazon ECS Container Insights metrics" (RunningTaskCount, DesiredTaskCount).
type TaskShortfallAlarm struct {
	// Minutes in a row before the alarm fires; longer than a task takes to start. Default 10.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

func (a *TaskShortfallAlarm) SetDefaults() { a.Minutes = 10 }

// OldestMessageAlarm watches how long the oldest message has waited. A message that is received again and again counts
// too, until it becomes a dead letter.
// Source: SQS developer guide, "Available CloudWatch metrics for Amazon SQS" (ApproximateAgeOfOldestMessage).
type OldestMessageAlarm struct {
	// Age that a message may have, less than queue.retentionPeriod. Default 15m, or half of a retention period that is
	// not longer.
	Age time.Duration `yaml:"age" range:"60s,1209600s"`

	// Minutes in a row before the alarm fires. Default 5.
	Minutes int `yaml:"minutes" range:"1,1440" unit:"minutes"`
}

func (a *OldestMessageAlarm) SetDefaults() {
	*a = OldestMessageAlarm{Age: 15 * time.Minute, Minutes: 5}
}

// DeadLettersAlarm watches the number of messages in a queue for dead letters.
// Source: SQS developer guide, "Creating alarms for dead-letter queues using Amazon CloudWatch".
type DeadLettersAlarm struct {
	// AtLeast is the number of messages from which the alarm fires. Default 1.
	AtLeast int `yaml:"atLeast" range:"1,1000000"`
}

func (a *DeadLettersAlarm) SetDefaults() { a.AtLeast = 1 }
