package settings

import (
	"slices"

	"webapp/internal/configfile"
)

// Observability configures monitoring: metrics, alarms, a dashboard and log queries. It covers every service of the
// stack.
type Observability struct {
	// ContainerInsights publishes more metrics of the cluster: off, on (of services and tasks), or enhanced (of
	// containers too). With on they cost by the metric, with enhanced by the observation. Default: on if
	// alarms.fewerRunning or scaling.backlog reads them, otherwise the account's setting, which is off unless somebody
	// has changed it. AWS gives the account's setting to new clusters only: one that has had metrics keeps them, and
	// their cost, when nothing here asks for them any more. Write off to end that.
	// Source: ECS developer guide, "Monitor Amazon ECS containers using Container Insights with enhanced
	// observability".
	ContainerInsights string `yaml:"containerInsights" enum:"off,on,enhanced"`

	// Alarms notify people when something goes wrong, and when it is over. {} creates all the alarms below with their
	// defaults; null removes one of them. Each costs by the month and by the number of metrics that it reads. Default:
	// none.
	Alarms *Alarms `yaml:"alarms"`

	// Dashboard creates a CloudWatch dashboard with each service's load, latency, errors, number of tasks with its
	// limits, and the metric and target of each scaling policy. An account's first three dashboards are free. Default
	// false.
	Dashboard bool `yaml:"dashboard"`

	// LogQueries saves queries for CloudWatch Logs Insights: errors, errors over time and by task, and lines with a 5xx
	// status. A saved query is free; running it costs by the gigabyte that it reads. Default true if alarms or
	// dashboard are on, otherwise false.
	LogQueries bool `yaml:"logQueries"`
}

// Values of containerInsights.
const (
	InsightsOff      = "off"
	InsightsOn       = "on"
	InsightsEnhanced = "enhanced"
)

func (o *Observability) derive(s *Stack, given func(path string) bool) {
	if a := o.Alarms; a != nil {
		a.derive(s, func(path string) bool { return given(configfile.JoinPath("alarms", path)) })
		if o.ContainerInsights == InsightsOff && !given("alarms.fewerRunning") {
			a.FewerRunning = nil // its metrics do not exist
		}
		if o.ContainerInsights == "" && a.FewerRunning != nil {
			o.ContainerInsights = InsightsOn
		}
	}
	if o.ContainerInsights == "" && slices.ContainsFunc(s.Workloads(), NamedWorkload.scalesByBacklog) {
		o.ContainerInsights = InsightsOn
	}
	if !given("logQueries") {
		o.LogQueries = o.Alarms != nil || o.Dashboard
	}
}

func (o *Observability) Check(c configfile.Checker) {
	if o.Alarms == nil {
		return
	}
	if o.Alarms.FewerRunning != nil && o.ContainerInsights == InsightsOff {
		c.At("alarms").At("fewerRunning").Problemf("reads Container Insights metrics, which are off; write " +
			"containerInsights: on, or fewerRunning: null")
	}
}

// scalesByBacklog reports whether the service has a target for its backlog, which reads Container Insights.
func (w NamedWorkload) scalesByBacklog() bool { return w.Scaling != nil && w.Scaling.Backlog != nil }

// checkInsights reports targets whose metrics are off.
func (s *Stack) checkInsights(c configfile.Checker) {
	for _, w := range s.Workloads() {
		if w.scalesByBacklog() && s.Observability.ContainerInsights == InsightsOff {
			c.At(w.path("scaling.backlog")).Problemf("reads Container Insights metrics, which are off; write " +
				"observability: {containerInsights: on}")
		}
	}
}

// checkAlarms applies the rules that the alarms have together with other sections.
func (s *Stack) checkAlarms(c configfile.Checker) {
	a := s.Observability.Alarms
	if a == nil {
		return
	}
	at := c.At("observability.alarms")
	if a.FailedDeployments && !slices.ContainsFunc(s.Workloads(), NamedWorkload.ReportsFailedDeployments) {
		at.At("failedDeployments").Problemf("true would never notify anyone: ECS reports failed deployments only for " +
			"services with service.deployment.circuitBreaker: true; write that, or failedDeployments: false")
	}
	if at.Written("atMaximum") && !slices.ContainsFunc(s.Workloads(), NamedWorkload.canReachMaximum) {
		at.At("atMaximum").Problemf("would never fire: no service of the stack has a scaling.max above its " +
			"scaling.min; add scaling, or remove this alarm")
	}
	jobs := s.NamedJobs()
	if a.FailedJobs && len(jobs) == 0 {
		at.At("failedJobs").Problemf("true would never notify anyone: the stack has no jobs; add one under jobs, or " +
			"write failedJobs: false")
	}
	if a.MissedJobs && !slices.ContainsFunc(jobs, NamedJob.isScheduled) {
		at.At("missedJobs").Problemf("true would never notify anyone: no job of the stack has a schedule; add one to " +
			"a job, or write missedJobs: false")
	}
	for setting, covered := range map[string]func(NamedWorkload) bool{
		"oldestMessage": func(w NamedWorkload) bool { return w.Receives != nil },
		"deadLetters":   func(w NamedWorkload) bool { return w.Receives != nil && w.Receives.DeadLetters != "" },
	} {
		if at.Written(setting) && !slices.ContainsFunc(s.Workloads(), covered) {
			at.At(setting).Problemf("would never fire: no service of the stack has such a queue; add queue: {} to a " +
				"service, or remove this alarm")
		}
	}
	for _, w := range s.Workloads() {
		if o, q := a.OldestMessage, w.Receives; o != nil && q != nil && q.Existing == "" && o.Age >= q.RetentionPeriod &&
			at.Valid("oldestMessage", "oldestMessage.age") && c.Valid(w.path("queue"), w.path("queue.retentionPeriod")) {
			at.At("oldestMessage.age").Problemf("%s is not shorter than %s (%s), after which SQS deletes a message, so the "+
				"alarm would never fire; write less, or a longer retentionPeriod", configfile.Seconds(o.Age),
				w.path("queue.retentionPeriod"), configfile.Seconds(q.RetentionPeriod))
		}
		if w.Scaling == nil || !c.Valid(w.path("scaling")) {
			continue
		}
		for metric, alarm := range map[MetricKind]*UtilizationAlarm{CPU: a.CPU, Memory: a.Memory} {
			target, key := w.Scaling.Target(metric), string(metric)
			if alarm != nil && target > 0 && alarm.Percent <= target && at.Valid(key, key+".percent") {
				at.At(key).At("percent").Problemf("%v %% is not above the target %s (%v %%), so the alarm would "+
					"fire under ordinary load; write a higher number, or %s: null",
					alarm.Percent, configfile.JoinPath(w.path("scaling"), key), target, key)
			}
		}
	}
}
