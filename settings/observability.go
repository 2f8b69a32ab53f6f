package settings

import (
	"slices"

	"webapp/internal/configfile"
)

// Observability is what tells how the services do: metrics, alarms, a dashboard and queries of the logs. It covers
// every service of the stack.
type Observability struct {
	// ContainerInsights publishes more metrics of the cluster: off, on (of services and tasks), or enhanced (of each
	// container too). They cost by the metric, enhanced by the observation. Default: on where alarms.fewerRunning reads
	// them, else the account's own setting, which is off unless somebody has changed it.
	// Source: ECS developer guide, "Monitor Amazon ECS containers using Container Insights with enhanced
	// observability".
	ContainerInsights string `yaml:"containerInsights" enum:"off,on,enhanced" optional:"true"`

	// Alarms tell a person when something is wrong, and when it is over. {} makes all of those below, with numbers that
	// are this project's choice; null removes one. Each costs by the month, by the metrics that it reads. Default:
	// none.
	Alarms *Alarms `yaml:"alarms"`

	// Dashboard shows on one page of CloudWatch each service's load, latency and errors, its tasks against their
	// limits, and what each scaling policy watches with its target. An account's first three cost nothing. Default
	// false.
	Dashboard bool `yaml:"dashboard"`

	// LogQueries saves queries of CloudWatch Logs Insights: the errors, how many there are over time and of which task,
	// and the lines that name a status of 5xx. Saved they cost nothing; a run costs by the gigabyte that it reads.
	// Default: whether there are alarms or a dashboard.
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
			a.FewerRunning = nil // what it reads is not there
		}
		if o.ContainerInsights == "" && a.FewerRunning != nil {
			o.ContainerInsights = InsightsOn
		}
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
		c.At("alarms").At("fewerRunning").Problemf("reads metrics of Container Insights, which are off; write " +
			"containerInsights: on, or leave the alarm out")
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
		at.At("failedDeployments").Problemf("true would never fire: ECS reports failed deployments only of services with " +
			"service.deployment.circuitBreaker: true; write that, or failedDeployments: false")
	}
	if at.Written("atMaximum") && !slices.ContainsFunc(s.Workloads(), NamedWorkload.canReachMaximum) {
		at.At("atMaximum").Problemf("would never fire: no service of the stack scales between two numbers of tasks; " +
			"add scaling, or remove it")
	}
	for _, w := range s.Workloads() {
		if w.Scaling == nil || !c.Valid(w.path("scaling")) {
			continue
		}
		for metric, alarm := range map[string]*UtilizationAlarm{CPU: a.CPU, Memory: a.Memory} {
			target := w.Scaling.Target(metric)
			if alarm != nil && target > 0 && alarm.Percent <= target && at.Valid(metric, metric+".percent") {
				at.At(metric).At("percent").Problemf("%v %% is not above %s (%v %%), so that ordinary load would "+
					"set it off; write more, or %s: null",
					alarm.Percent, configfile.JoinPath(w.path("scaling"), metric), target, metric)
			}
		}
	}
}
