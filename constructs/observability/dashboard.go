package observability

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchdashboard"

	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/internal/expression"
	"webapp/settings"
)

// The largest number of widgets on a dashboard, and of their metrics.
// Source: CloudWatch user guide, "CloudWatch service quotas".
const maxWidgets, maxMetrics = 500, 2500

// DashboardProps are the properties of a dashboard.
type DashboardProps struct {
	Props
	// Alarms are shown with their states. Default: none.
	Alarms *Alarms
}

// NewDashboard creates a dashboard of all services: what clients get, how much CPU and memory the tasks use, and the
// metrics that scaling reads; and of the starts of jobs. Services that do not fit are on additional dashboards.
func NewDashboard(scope constructs.Construct, id string, props DashboardProps) {
	pages := []*page{{region: props.Account.Region}}
	if props.ownsLoadBalancer() {
		pages[0].addLoadBalancer(props)
	}
	add := func(write func(p *page)) {
		one := &page{region: props.Account.Region}
		write(one)
		last := pages[len(pages)-1]
		if len(last.widgets)+len(one.widgets) > maxWidgets || last.metrics+one.metrics > maxMetrics {
			pages = append(pages, one)
		} else {
			last.append(one)
		}
	}
	for _, s := range props.Services {
		add(func(p *page) { p.addService(s, props) })
	}
	if len(props.Jobs) > 0 {
		add(func(p *page) { p.addJobs(props) })
	}
	for i, p := range pages {
		id, name := id, props.Name
		if i > 0 {
			id, name = fmt.Sprintf("%s-%d", id, i+1), fmt.Sprintf("%s-%d", name, i+1)
		}
		cloudwatchdashboard.NewCloudwatchDashboard(scope, &id, &cloudwatchdashboard.CloudwatchDashboardConfig{
			DashboardName: &name,
			DashboardBody: expression.JSON(p.body()),
		})
	}
}

func (p *page) addLoadBalancer(props DashboardProps) {
	p.addHeading("Load balancer of " + props.Name)
	if props.Alarms != nil {
		p.addAlarms(props.Alarms.balancer)
	}
	of := func(label, metric string) line {
		return line{label: label, metric: balancerMetric(props.LoadBalancer, metric)}
	}
	p.addRow(
		graph{title: "Requests", lines: []line{of("requests", "RequestCount")}},
		graph{title: "Answered by the load balancer itself", lines: []line{
			of("5xx", "HTTPCode_ELB_5XX_Count"), of("4xx", "HTTPCode_ELB_4XX_Count"),
		}},
		graph{title: "Connections", lines: []line{
			of("new", "NewConnectionCount"), of("rejected", "RejectedConnectionCount"),
			of("failed to a task", "TargetConnectionErrorCount"),
		}},
	)
}

func (p *page) addService(s Service, props DashboardProps) {
	p.addHeading("Service " + s.Workload.Name)
	if props.Alarms != nil {
		p.addAlarms(props.Alarms.services[s.Workload.Name])
	}
	if !s.Workload.Worker {
		p.addRow(requestGraphs(s, props)...)
	}
	if s.Queue() != nil {
		p.addRow(queueGraphs(s, props)...)
	}
	p.addRow(append([]graph{taskGraph(s, props)}, metricGraphs(s, props)...)...)
}

// addJobs shows which runs of the jobs with a schedule were started.
func (p *page) addJobs(props DashboardProps) {
	var graphs []graph
	var alarms []string
	for _, j := range props.Jobs {
		if j.Settings.Schedule == nil {
			continue
		}
		of := func(label, metric string) line {
			return line{label: label, metric: schedulerMetric(j.Settings, metric)}
		}
		graphs = append(graphs, graph{title: "Runs of " + j.Settings.Name, lines: []line{
			of("attempts to start", "InvocationAttemptCount"), of("failed attempts", "TargetErrorCount"),
			of("missed", "InvocationDroppedCount"),
		}})
		if props.Alarms != nil {
			if alarm := props.Alarms.jobs[j.Settings.Name]; alarm != "" {
				alarms = append(alarms, alarm)
			}
		}
	}
	if len(graphs) == 0 {
		return
	}
	p.addHeading("Jobs of " + props.Name)
	p.addAlarms(alarms)
	p.addRow(graphs...)
}

// requestGraphs shows the requests to each port of a service, their latency and errors.
func requestGraphs(s Service, props DashboardProps) []graph {
	requests, latency, errors := graph{title: "Requests"}, graph{title: "Latency in seconds"}, graph{title: "Errors"}
	for _, group := range s.TargetGroups() {
		of := func(label, name, statistic string) line {
			return line{label: s.portLabel(label, group), metric: ecs.TargetMetric(group, name, statistic)}
		}
		requests.lines = append(requests.lines, of("requests", "RequestCount", "Sum"))
		for _, percentile := range []string{"p50", "p90", "p99"} {
			latency.lines = append(latency.lines, of(percentile, "TargetResponseTime", percentile))
		}
		errors.lines = append(errors.lines, of("5xx", "HTTPCode_Target_5XX_Count", "Sum"),
			of("4xx", "HTTPCode_Target_4XX_Count", "Sum"))
	}
	if a := props.Settings.Alarms; a != nil && a.Latency != nil {
		latency.mark(fmt.Sprintf("p99 alarm: %v ms", a.Latency.Milliseconds),
			s.Metric(settings.ResponseTime).Value(a.Latency.Milliseconds))
	}
	return []graph{requests, latency, errors}
}

// portLabel adds the port to a line's label, where the service has several: "5xx, port 9090".
func (s Service) portLabel(label string, group *loadbalancing.TargetGroup) string {
	if len(s.TargetGroups()) == 1 {
		return label
	}
	return fmt.Sprintf("%s, port %d", label, group.Port())
}

// queueGraphs shows the messages of the queue that a service receives from.
func queueGraphs(s Service, props DashboardProps) []graph {
	q := s.Queue()
	of := func(queue, label, name string) line {
		return line{label: label, metric: ecs.QueueMetric(queue, name, "Maximum")}
	}
	messages := graph{title: "Messages", lines: []line{
		of(q.Name(), "waiting", "ApproximateNumberOfMessagesVisible"),
		of(q.Name(), "in work", "ApproximateNumberOfMessagesNotVisible"),
	}}
	if q.DeadLetters() != "" {
		messages.lines = append(messages.lines,
			of(q.DeadLetters(), "dead letters", "ApproximateNumberOfMessagesVisible"))
	}
	oldest := graph{title: "Age of the oldest message in seconds", lines: []line{
		of(q.Name(), "oldest", "ApproximateAgeOfOldestMessage"),
	}}
	if a := props.Settings.Alarms; a != nil && a.OldestMessage != nil {
		oldest.mark("alarm", a.OldestMessage.Age.Seconds())
	}
	all := []graph{messages, oldest}
	if scaling := s.Workload.Scaling; scaling != nil && scaling.Backlog != nil {
		backlog := graph{title: "Messages for each task"}
		backlog.math(s.Backlog(*scaling))
		backlog.mark("target", scaling.Backlog.PerTask)
		all = append(all, backlog)
	}
	return all
}

// taskGraph shows the number of tasks with its limits.
func taskGraph(s Service, props DashboardProps) graph {
	g := graph{title: "Tasks", lines: []line{{label: "running", metric: s.runningTasks()}}}
	for _, group := range s.TargetGroups() {
		g.lines = append(g.lines,
			line{label: s.portLabel("healthy", group), metric: ecs.TargetMetric(group, "HealthyHostCount", "Maximum")},
			line{label: s.portLabel("unhealthy", group), metric: ecs.TargetMetric(group, "UnHealthyHostCount", "Maximum")})
	}
	if i := props.Settings.ContainerInsights; i == settings.InsightsOn || i == settings.InsightsEnhanced {
		g.lines = append(g.lines, line{label: "desired", metric: s.InsightsMetric("DesiredTaskCount")})
	}
	if s.Workload.Scaling == nil {
		g.mark("desired", float64(s.Workload.Service.DesiredCount))
		return g
	}
	g.mark("min", float64(s.Workload.Scaling.Min))
	g.mark("max", float64(s.Workload.Scaling.Max))
	if most := s.Workload.Scaling.MaxCapacity(); most > s.Workload.Scaling.Max {
		g.mark("max by schedule", float64(most))
	}
	return g
}

// metricGraphs shows CPU and memory, and every other metric that a scaling policy reads, with the values of the
// policies.
func metricGraphs(s Service, props DashboardProps) []graph {
	all := &graphs{}
	cpu, memory := all.ofService(s, settings.CPU), all.ofService(s, settings.Memory)
	if a := props.Settings.Alarms; a != nil {
		if a.CPU != nil {
			cpu.mark(fmt.Sprintf("alarm: %v %%", a.CPU.Percent), a.CPU.Percent)
		}
		if a.Memory != nil {
			memory.mark(fmt.Sprintf("alarm: %v %%", a.Memory.Percent), a.Memory.Percent)
		}
	}
	if s.Workload.Scaling != nil {
		all.markPolicies(s, s.Workload.Scaling.Policies())
	}
	return all.list()
}

// titles are the graphs' titles for the metrics that every service has.
var titles = map[settings.MetricKind]string{
	settings.CPU: "CPU in percent", settings.Memory: "Memory in percent",
	settings.Requests: "Requests for each task", settings.ResponseTime: "Average latency in seconds",
}

// ofService returns the graph of one of these metrics.
func (all *graphs) ofService(s Service, kind settings.MetricKind) *graph {
	return all.of(titles[kind], s.Metric(kind))
}

// markPolicies marks the values of the scaling policies: their targets and steps.
func (all *graphs) markPolicies(s Service, policies settings.Policies) {
	for _, target := range policies.Targets {
		if target.On == settings.Backlog {
			continue // in a graph of the queue
		}
		label := "target"
		if target.Metric != nil {
			label = "target of " + target.Name
		}
		g, m := all.ofPolicy(s, target.On, target.Metric)
		g.mark(label, m.Value(target.Value))
	}
	for _, policy := range policies.Steps {
		g, m := all.ofPolicy(s, policy.On, policy.Metric)
		for _, step := range policy.Steps {
			label := "burst"
			if !policy.IsBurst {
				label = fmt.Sprintf("step of %s: %+d", policy.Name, step.Change)
			}
			g.mark(label, m.Value(step.At))
		}
	}
}

// ofPolicy returns the graph of the metric that a scaling policy reads, and the metric.
func (all *graphs) ofPolicy(s Service, builtin settings.MetricKind, custom *settings.Metric) (*graph, ecs.Metric) {
	m, title := s.PolicyMetric(builtin, custom), titles[builtin]
	if custom != nil {
		title = custom.Name
	}
	if math := s.PolicyMath(builtin, custom); math != nil {
		return all.ofMath(title, *math), m
	}
	return all.of(title, m), m
}
