package stacks_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"webapp/assertions"
)

const observed = "observability: {alarms: {emails: [on-call@example.com]}, dashboard: true}"

// alarmNamed finds an alarm by its name.
func alarmNamed(tpl *assertions.Template, name string) *assertions.Resource {
	return tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": name})
}

func TestNobodyIsWatchedWithoutBeingAskedFor(t *testing.T) {
	tpl := synthesize(t, "")
	for _, kind := range []string{"aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard",
		"aws_cloudwatch_query_definition", "aws_sns_topic",
		"aws_cloudwatch_event_rule"} {
		tpl.None(kind)
	}
	tpl.One("aws_ecs_cluster").Lacks("setting")
}

func TestContainerInsights(t *testing.T) {
	for change, want := range map[string]string{
		"observability: {containerInsights: off}":              "disabled",
		"observability: {containerInsights: on}":               "enabled",
		"observability: {containerInsights: enhanced}":         "enhanced",
		"observability: {alarms: {}}":                          "enabled", // which fewerRunning reads
		"observability: {containerInsights: off, alarms: {}}":  "disabled",
		"observability: {containerInsights: on, alarms: null}": "enabled",
	} {
		synthesize(t, change).One("aws_ecs_cluster").Has("setting",
			[]any{object{"name": "containerInsights", "value": want}})
	}
	synthesize(t, "observability: {alarms: {fewerRunning: null}}").One("aws_ecs_cluster").Lacks("setting")
}

func TestAlarmsReadTheirServiceAndLoadBalancer(t *testing.T) {
	tpl := synthesize(t, observed)
	service := object{"ClusterName": tpl.One("aws_ecs_cluster").Ref("name"),
		"ServiceName": tpl.One("aws_ecs_service").Ref("name")}
	balancer := tpl.One("aws_lb").Ref("arn_suffix")
	targets := object{"LoadBalancer": balancer, "TargetGroup": tpl.One("aws_lb_target_group").Ref("arn_suffix")}
	above := "GreaterThanOrEqualToThreshold"
	for name, want := range map[string]object{
		"webapp-test-unhealthy-hosts": {"namespace": "AWS/ApplicationELB", "metric_name": "UnHealthyHostCount",
			"statistic":  "Maximum",
			"dimensions": assertions.Exact(targets), "threshold": 1, "evaluation_periods": 5},
		"webapp-test-latency": {"namespace": "AWS/ApplicationELB", "metric_name": "TargetResponseTime",
			"extended_statistic": "p99",
			"statistic":          assertions.Absent(), "evaluate_low_sample_count_percentiles": "ignore",
			"dimensions": assertions.Exact(targets), "threshold": 2, "evaluation_periods": 5},
		"webapp-test-cpu": {"namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "Average",
			"dimensions": assertions.Exact(service), "threshold": 90, "evaluation_periods": 10},
		"webapp-test-memory": {"namespace": "AWS/ECS", "metric_name": "MemoryUtilization", "statistic": "Average",
			"dimensions": assertions.Exact(service), "threshold": 90, "evaluation_periods": 10},
		"webapp-test-at-maximum": {"namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "SampleCount",
			"dimensions": assertions.Exact(service), "threshold": 5, "evaluation_periods": 30},
	} {
		alarm := alarmNamed(tpl, name)
		alarm.Matches(want)
		alarm.Matches(object{"period": 60, "comparison_operator": above, "treat_missing_data": "notBreaching",
			"insufficient_data_actions": assertions.Absent()})
	}

	errors := alarmNamed(tpl, "webapp-test-load-balancer-errors")
	errors.Matches(object{"comparison_operator": above, "threshold": 5, "evaluation_periods": 1,
		"treat_missing_data": "notBreaching",
		"metric_name":        assertions.Absent()})
	sum := func(id, metric string) object {
		return object{"id": id, "metric": object{"namespace": "AWS/ApplicationELB", "metric_name": metric,
			"stat": "Sum", "period": 300,
			"dimensions": assertions.Exact(object{"LoadBalancer": balancer})}}
	}
	errors.Has("metric_query", assertions.ArrayEquals(
		object{"id": "result", "return_data": true, "expression": "IF((FILL(requests, 0) + FILL(balancer, 0)) >= 50, " +
			"100 * (FILL(tasks, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0)), 0)"},
		sum("balancer", "HTTPCode_ELB_5XX_Count"), sum("requests", "RequestCount"),
		sum("tasks", "HTTPCode_Target_5XX_Count"),
	))

	fewer := alarmNamed(tpl, "webapp-test-fewer-running")
	topic := tpl.One("aws_sns_topic").Ref("arn")
	fewer.Matches(object{"comparison_operator": "GreaterThanThreshold", "threshold": 0, "evaluation_periods": 10,
		"treat_missing_data": "missing", "insufficient_data_actions": []any{topic}})
	count := func(id, metric string) object {
		return object{"id": id, "metric": object{"namespace": "ECS/ContainerInsights", "metric_name": metric,
			"period":     60,
			"dimensions": assertions.Exact(service)}}
	}
	fewer.Has("metric_query", assertions.ArrayEquals(object{"id": "result", "expression": "desired - running"},
		count("desired", "DesiredTaskCount"), count("running", "RunningTaskCount")))

	tpl.Count("aws_cloudwatch_metric_alarm", 7)
	tpl.AllMatch("aws_cloudwatch_metric_alarm", object{
		"alarm_actions": []any{topic}, "ok_actions": []any{topic},
		"alarm_description": assertions.Regexp(`webapp-test .*\. .+`),
	})
	tpl.Output("AlarmTopic").Has("value", topic)
}

func TestAlarmsTakeTheirNumbersFromTheSettings(t *testing.T) {
	tpl := synthesize(t, `observability: {alarms: {serverErrors: {percent: 1.5, minutes: 10, atLeast: 200},
		unhealthyHosts: {minutes: 3},
		latency: {milliseconds: 250, minutes: 7}, cpu: {percent: 80, minutes: 4}, memory: null,
			atMaximum: {minutes: 60}, fewerRunning: {minutes: 12}}}`)
	for name, want := range map[string]object{
		"webapp-test-load-balancer-errors": {"threshold": 1.5, "evaluation_periods": 1},
		"webapp-test-unhealthy-hosts":      {"evaluation_periods": 3},
		"webapp-test-latency":              {"threshold": 0.25, "evaluation_periods": 7},
		"webapp-test-cpu":                  {"threshold": 80, "evaluation_periods": 4},
		"webapp-test-at-maximum":           {"evaluation_periods": 60},
		"webapp-test-fewer-running":        {"evaluation_periods": 12},
	} {
		alarmNamed(tpl, name).Matches(want)
	}
	alarmNamed(tpl, "webapp-test-load-balancer-errors").Has("metric_query.1.metric.period", 600)
	tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-memory"}, 0)
}

func TestAtMaximumIsThatOfTheHighestSchedule(t *testing.T) {
	tpl := synthesize(t, `scaling: {min: 1, max: 5, schedules: {sale: {at: "2030-11-29T00:00:00", max: 60}}},
		observability: {alarms: {}}`)
	alarmNamed(tpl, "webapp-test-at-maximum").Has("threshold", 60)
	for _, change := range []string{"scaling: null", "scaling: {min: 2, max: 2}"} {
		tpl := synthesize(t, change+", observability: {alarms: {}}")
		tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-at-maximum"}, 0)
	}
}

func TestTopicIsForTheStacksAlarmsAndFailedDeploymentsOnly(t *testing.T) {
	tpl := synthesize(t, observed)
	topic, rule, cluster := tpl.One("aws_sns_topic"), tpl.One("aws_cloudwatch_event_rule"), tpl.One("aws_ecs_cluster")
	topic.Matches(object{"name": "webapp-test-alarms", "kms_master_key_id": assertions.Absent()})
	here, region, partition := tpl.Data().One("aws_caller_identity"), tpl.Data().One("aws_region"),
		tpl.Data().One("aws_partition")
	alarms := fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:webapp-test-*", partition.Ref("partition"), region.Ref("name"),
		here.Ref("account_id"))
	services := fmt.Sprintf("arn:%s:ecs:%s:%s:service/%s/", partition.Ref("partition"), region.Ref("name"),
		here.Ref("account_id"), cluster.Ref("name"))
	policy := tpl.One("aws_sns_topic_policy")
	policy.Has("arn", topic.Ref("arn"))
	publish := func(service string, condition object) any {
		return assertions.Exact(object{"Effect": "Allow", "Action": []any{"sns:Publish"},
			"Resource":  []any{topic.Ref("arn")},
			"Principal": object{"Service": service}, "Condition": condition})
	}
	policy.Has("policy", assertions.JSON(object{"Statement": assertions.ArrayEquals(
		publish("cloudwatch.amazonaws.com", object{
			"ArnLike":      object{"aws:SourceArn": []any{alarms}},
			"StringEquals": object{"aws:SourceAccount": []any{here.Ref("account_id")}},
		}),
		publish("events.amazonaws.com", object{"ArnEquals": object{"aws:SourceArn": []any{rule.Ref("arn")}}}),
	)}))
	rule.Has("event_pattern", assertions.JSON(assertions.Exact(object{
		"source": []any{"aws.ecs"}, "detail-type": []any{"ECS Deployment State Change"},
		"resources": []any{object{"prefix": services}},
		"detail":    object{"eventName": []any{"SERVICE_DEPLOYMENT_FAILED"}},
	})))
	tpl.One("aws_cloudwatch_event_target").Matches(object{
		"rule": rule.Ref("name"), "arn": topic.Ref("arn"),
		"input_transformer": object{"input_paths": object{"service": "$.resources[0]", "reason": "$.detail.reason"},
			"input_template": assertions.JSON(assertions.Regexp("<service> failed: <reason>"))},
	})
	tpl.One("aws_sns_topic_subscription").Matches(object{"topic_arn": topic.Ref("arn"), "protocol": "email",
		"endpoint": "on-call@example.com"})

	quiet := synthesize(t, "observability: {alarms: {failedDeployments: false, kmsKey: "+
		"\"arn:aws:kms:eu-west-1:123456789012:key/mine\"}}")
	quiet.None("aws_cloudwatch_event_rule")
	quiet.None("aws_cloudwatch_event_target")
	quiet.One("aws_sns_topic").Has("kms_master_key_id", "arn:aws:kms:eu-west-1:123456789012:key/mine")
}

// TestManyServicesAreWithinTheQuotas: 60 services with the longest names.
func TestManyServicesAreWithinTheQuotas(t *testing.T) {
	var services []string
	for i := range 60 {
		services = append(services, fmt.Sprintf("service-number-%05d: {routing: {paths: [/%d], priority: %d}, "+
			"container: {image: nginx, ports: [80]}, service: {name: %s-%d}}",
			i, i, i+1, strings.Repeat("s", 252), i))
	}
	tpl := synthesize(t, observed+", services: {"+strings.Join(services, ", ")+"}")
	pattern := tpl.One("aws_cloudwatch_event_rule").Get("event_pattern").(string)
	if n := len(pattern); n > 1024 {
		t.Errorf("the pattern of events has %d characters", n)
	}
	dashboards := tpl.Find("aws_cloudwatch_dashboard", object{})
	headings := 0
	for _, d := range dashboards {
		var body struct {
			Widgets []struct {
				Type       string
				Properties struct {
					Metrics [][]any
					Alarms  []string
				}
			}
		}
		if err := json.Unmarshal([]byte(d.Get("dashboard_body").(string)), &body); err != nil {
			t.Fatal(err)
		}
		metrics := 0
		for _, w := range body.Widgets {
			metrics += len(w.Properties.Metrics)
			if w.Type == "text" {
				headings++
			}
			if n := len(w.Properties.Alarms); n > 100 {
				t.Errorf("a widget has %d alarms", n)
			}
		}
		if len(body.Widgets) > 500 || metrics > 2500 {
			t.Errorf("%s has %d widgets and %d metrics", d.Address(), len(body.Widgets), metrics)
		}
	}
	if want := 1 + 1 + len(services); headings != want {
		t.Errorf("%d dashboards have %d headings, want %d: the load balancer's and those of all services",
			len(dashboards), headings, want)
	}
}

func TestTopicOfAnotherStack(t *testing.T) {
	const topic = "arn:aws:sns:eu-west-1:123456789012:on-call"
	tpl := synthesize(t, `observability: {alarms: {topic: "`+topic+`"}}`)
	tpl.None("aws_sns_topic")
	tpl.None("aws_sns_topic_policy") // it would take the place of its owner's
	tpl.AllMatch("aws_cloudwatch_metric_alarm", object{"alarm_actions": []any{topic}})
	tpl.One("aws_cloudwatch_event_target").Has("arn", topic)
}

const withAnAPI = `services: {api: {routing: {paths: [/api/*]}, container: {image: nginx, ports: [80, 81]},
	service: {additionalPorts: [{port: 81, routing: {paths: [/status]}}]}}}`

func TestEveryServiceHasItsAlarms(t *testing.T) {
	tpl := synthesize(t, withAnAPI+", "+observed)
	for name, want := range map[string]int{
		"webapp-test-load-balancer-errors": 1, "webapp-test-server-errors": 1, "webapp-test-api-server-errors": 1,
		"webapp-test-api-latency": 1, "webapp-test-api-latency-81": 1, "webapp-test-api-cpu": 1,
		"webapp-test-api-unhealthy-hosts": 1, "webapp-test-api-unhealthy-hosts-81": 1,
		"webapp-test-api-fewer-running": 1, "webapp-test-api-at-maximum": 0,
	} {
		tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": name}, want)
	}
	api := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-api"})
	alarmNamed(tpl, "webapp-test-api-cpu").Has("dimensions.ServiceName", api.Ref("name"))
	groups := targetGroups(api)
	counts := func(id, metric string, group any) object {
		return object{"id": id, "metric": object{"metric_name": metric, "dimensions": object{"TargetGroup": group}}}
	}
	alarmNamed(tpl, "webapp-test-api-server-errors").Has("metric_query", assertions.ArrayEquals(
		object{"expression": "IF((FILL(requests, 0) + FILL(requests_81, 0)) >= 50, 100 * (FILL(tasks, 0) + " +
			"FILL(tasks_81, 0)) / (FILL(requests, 0) + FILL(requests_81, 0)), 0)"},
		counts("requests", "RequestCount", groups["80"]), counts("requests_81", "RequestCount", groups["81"]),
		counts("tasks", "HTTPCode_Target_5XX_Count", groups["80"]),
		counts("tasks_81", "HTTPCode_Target_5XX_Count", groups["81"]),
	))
	alarmNamed(tpl, "webapp-test-server-errors").Has("metric_query.0.expression",
		"IF((FILL(requests, 0)) >= 50, 100 * (FILL(tasks, 0)) / (FILL(requests, 0)), 0)")
	for port, group := range map[string]string{"": groups["80"], "-81": groups["81"]} {
		for _, alarm := range []string{"unhealthy-hosts", "latency"} {
			alarmNamed(tpl, "webapp-test-api-"+alarm+port).Has("dimensions.TargetGroup", group)
		}
	}

	cluster := tpl.One("aws_ecs_cluster")
	tpl.AllMatch("aws_ecs_service", object{"cluster": cluster.Ref("arn")})
	tpl.One("aws_cloudwatch_event_rule").Has("event_pattern", assertions.JSON(object{"resources": []any{
		object{"prefix": assertions.Regexp(regexp.QuoteMeta(":service/"+cluster.Ref("name")+"/") + "$")},
	}}))
	names := map[any]bool{}
	for _, alarm := range tpl.All("aws_cloudwatch_metric_alarm") {
		if name := alarm.Get("alarm_name"); names[name] {
			t.Errorf("two alarms have the name %v", name)
		} else {
			names[name] = true
		}
	}
}

func TestErrorsBehindAListenerOfAnotherStackAreTheServicesOwn(t *testing.T) {
	tpl := synthesize(t, `network: {existing: {name: shared}}, loadBalancer: {public: null, port: null,
		existing: {listener: "`+sharedListener+`"}},
		routing: {hosts: [shop.example.com], priority: 100}, `+observed)
	alarmNamed(tpl, "webapp-test-server-errors").Has("metric_query.1.metric.dimensions.LoadBalancer",
		tpl.Data().One("aws_lb").Ref("arn_suffix"))
	tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-load-balancer-errors"}, 0)
	if got := readDashboard(t, tpl).titles(); slices.Contains(got, "Answered by the load balancer itself") {
		t.Errorf("the dashboard shows what others get: %v", got)
	}
}

// dashboard is what a dashboard's body holds, as far as the tests ask.
type dashboard struct {
	Widgets []struct {
		Type                string
		X, Y, Width, Height int
		Properties          struct {
			Title, Markdown, Region string
			Alarms                  []string
			Metrics                 [][]any
			Annotations             struct {
				Horizontal []struct {
					Label string
					Value float64
				}
			}
		}
	}
}

func readDashboard(t *testing.T, tpl *assertions.Template) dashboard {
	t.Helper()
	var d dashboard
	decode(t, tpl.One("aws_cloudwatch_dashboard").Get("dashboard_body"), &d)
	return d
}

func decode(t *testing.T, text any, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text.(string)), into); err != nil {
		t.Fatal(err)
	}
}

func (d dashboard) titles() []string {
	var all []string
	for _, w := range d.Widgets {
		all = append(all, w.Properties.Title)
	}
	return all
}

// marks are the values that the graphs of a title mark.
func (d dashboard) marks(title string) map[string]float64 {
	all := map[string]float64{}
	for _, w := range d.Widgets {
		if w.Properties.Title == title {
			for _, a := range w.Properties.Annotations.Horizontal {
				all[a.Label] = a.Value
			}
		}
	}
	return all
}

// metrics are the lines of the first graph of a title, without their options.
func (d dashboard) metrics(title string) []string {
	for _, w := range d.Widgets {
		if w.Properties.Title == title {
			var all []string
			for _, m := range w.Properties.Metrics {
				last := len(m) - 1
				all = append(all, strings.TrimSuffix(fmt.Sprintln(append(m[:last:last],
					m[last].(map[string]any)["stat"])...), "\n"))
			}
			return all
		}
	}
	return nil
}

func TestDashboardShowsEachPolicyWithItsTarget(t *testing.T) {
	tpl := synthesize(t, `scaling: {min: 2, max: 20, cpu: {percent: 50}, memory: {percent: 70},
		requests: {perMinute: 900}, responseTime: {milliseconds: 400},
		metrics: {backlog: {namespace: Shop, name: Backlog, dimensions: {Queue: orders}, target: 100}}, burst: {on: cpu,
			threshold: 75},
		steps: {idle: {on: requests, when: below, steps: [{at: 100, change: -1}, {at: 10, change: -2}]},
			orders: {metric: {namespace: Shop, name: Backlog, dimensions: {Queue: orders}}, steps: [{at: 500,
				change: 3}]}},
		schedules: {sale: {at: "2030-11-29T00:00:00", max: 60}}}, `+observed)
	d := readDashboard(t, tpl)
	for title, want := range map[string]map[string]float64{
		"CPU in percent":             {"alarm: 90 %": 90, "target": 50, "burst": 75},
		"Memory in percent":          {"alarm: 90 %": 90, "target": 70},
		"Requests for each task":     {"target": 900, "step of idle: -1": 100, "step of idle: -2": 10},
		"Average latency in seconds": {"target": 0.4},
		"Backlog":                    {"target of backlog": 100, "step of orders: +3": 500},
		"Latency in seconds":         {"p99 alarm: 2000 ms": 2},
		"Tasks":                      {"min": 2, "max": 20, "max by schedule": 60},
	} {
		if got := d.marks(title); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s marks %v, want %v", title, got, want)
		}
	}
	if got, want := d.metrics("Backlog"), []string{"Shop Backlog Queue orders Average"}; !slices.Equal(got, want) {
		t.Errorf("the graph of the backlog shows %q, want %q", got, want)
	}
}

func TestDashboardShowsEachPort(t *testing.T) {
	tpl := synthesize(t, `container: {ports: [8000, 9090]},
		service: {additionalPorts: [{port: 9090, routing: {paths: [/ws/*]}}]},
		scaling: {requests: {perMinute: 900}, steps: {idle: {on: requests, when: below, steps: [{at: 100, change: -1}]},
			slow: {on: responseTime, steps: [{at: 500, change: 1}]}}}, `+observed)
	d, groups := readDashboard(t, tpl), targetGroups(tpl.One("aws_ecs_service"))
	for title, want := range map[string]int{
		"Latency in seconds": 3, "Errors": 2, "Tasks": 2, "Requests for each task": 1,
		"Average latency in seconds": 2,
	} {
		lines := strings.Join(d.metrics(title), "\n")
		for port, group := range groups {
			if n := strings.Count(lines, group); n != want {
				t.Errorf("%s has %d lines of port %s, want %d:\n%s", title, n, port, want, lines)
			}
		}
	}
	if got, want := d.marks("Requests for each task"), (map[string]float64{"target": 900,
		"step of idle: -1": 100}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the graph of the requests marks %v, want %v", got, want)
	}
}

func TestDashboardCoversEveryService(t *testing.T) {
	tpl := synthesize(t, withAnAPI+", "+observed)
	d := readDashboard(t, tpl)
	region := tpl.Data().One("aws_region").Ref("name")
	shown := map[string]bool{}
	for i, w := range d.Widgets {
		for _, arn := range w.Properties.Alarms {
			shown[arn] = true
		}
		if w.Type == "metric" && w.Properties.Region != region {
			t.Errorf("%s is of region %q", w.Properties.Title, w.Properties.Region)
		}
		if w.X+w.Width > 24 {
			t.Errorf("%s stands beyond the page", w.Properties.Title)
		}
		for _, other := range d.Widgets[:i] {
			sideBySide := w.X >= other.X+other.Width || other.X >= w.X+w.Width
			aboveEachOther := w.Y >= other.Y+other.Height || other.Y >= w.Y+w.Height
			if !sideBySide && !aboveEachOther {
				t.Errorf("%+v and %+v overlap", w.Properties.Title, other.Properties.Title)
			}
		}
	}
	for _, alarm := range tpl.All("aws_cloudwatch_metric_alarm") {
		if !shown[alarm.Ref("arn")] {
			t.Errorf("the dashboard does not show %s", alarm.Get("alarm_name"))
		}
	}
	for _, service := range tpl.All("aws_ecs_service") {
		found := false
		for _, w := range d.Widgets {
			for _, m := range w.Properties.Metrics {
				found = found || slices.Contains(m, any(service.Ref("name")))
			}
		}
		if !found {
			t.Errorf("the dashboard has nothing of %s", service.Get("name"))
		}
	}
}

func TestLogQueriesReadTheLogsOfEveryService(t *testing.T) {
	tpl := synthesize(t, withAnAPI+", "+observed)
	var groups []any
	for _, group := range tpl.All("aws_cloudwatch_log_group") {
		groups = append(groups, group.Ref("name"))
	}
	tpl.Count("aws_cloudwatch_query_definition", 3)
	tpl.AllMatch("aws_cloudwatch_query_definition", object{"name": assertions.Regexp("^webapp-test/"),
		"log_group_names": assertions.Unordered(groups...)})
	synthesize(t, "observability: {dashboard: true, logQueries: false}").None("aws_cloudwatch_query_definition")
}

func TestQueriesHaveAtMostFiftyLogGroups(t *testing.T) {
	var jobs []string
	for i := range 50 {
		jobs = append(jobs, fmt.Sprintf("job-%d: {container: {image: nginx}}", i))
	}
	tpl := synthesize(t, "observability: {dashboard: true}, jobs: {"+strings.Join(jobs, ", ")+"}")
	tpl.Count("aws_cloudwatch_query_definition", 6)
	for name, query := range map[string]string{"job-8": "webapp-test/errors", "job-9": "webapp-test/errors-2"} {
		group := tpl.OneMatching("aws_cloudwatch_log_group", object{"name": "/ecs/webapp-test-" + name})
		tpl.OneMatching("aws_cloudwatch_query_definition", object{"name": query}).
			Has("log_group_names", assertions.ArrayWith(group.Ref("name")))
	}
}

func TestTracing(t *testing.T) {
	tpl := synthesize(t, `tracing: {image: "example.com/collector:1", cpu: 64, memory: 128},
		container: {environment: {OTEL_SERVICE_NAME: mine, A: b}}`)
	task := tpl.One("aws_ecs_task_definition")
	variable := func(name, value string) object { return object{"name": name, "value": value} }
	task.Has("container_definitions", assertions.JSON(assertions.ArrayEquals(
		object{"name": "hello-app-runner", "environment": assertions.ArrayEquals(
			variable("A", "b"), variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
			variable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
			variable("OTEL_LOGS_EXPORTER", "none"), variable("OTEL_METRICS_EXPORTER", "none"),
			variable("OTEL_SERVICE_NAME", "mine"),
		)},
		object{"name": "otel-collector", "image": "example.com/collector:1", "essential": false, "cpu": 64,
			"memory":           128,
			"command":          []any{"--config=/etc/ecs/ecs-xray.yaml"},
			"logConfiguration": object{"logDriver": "awslogs"},
			"portMappings":     []any{object{"containerPort": 4317}, object{"containerPort": 4318}}},
	)))
	tpl.OneMatching("aws_iam_role_policy", object{"name": "write-traces"}).Matches(object{
		"role": tpl.OneMatching("aws_iam_role", object{"name_prefix": assertions.Regexp("-task-$")}).Ref("id"),
		"policy": assertions.JSON(object{"Statement": assertions.ArrayEquals(assertions.Exact(object{
			"Effect": "Allow", "Action": []any{"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
			"Resource": []any{"*"},
		}))}),
	})
	without := synthesize(t, "")
	without.CountMatching("aws_iam_role_policy", object{"name": "write-traces"}, 0)
}

func TestTracesLeaveAnIsolatedVPCByTheirEndpoint(t *testing.T) {
	tpl := synthesize(t, `network: {new: {isolated: true}},
		container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"},
		tracing: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-public/aws-otel-collector:v0.49.0"}`)
	tpl.OneMatching("aws_vpc_endpoint", object{"service_name": assertions.Regexp(`\.xray$`)})
}

// targetGroups are the ARN suffixes of a service's target groups, by the container's port.
func targetGroups(service *assertions.Resource) map[string]string {
	groups := map[string]string{}
	for i := range service.Get("load_balancer").([]any) {
		at := fmt.Sprintf("load_balancer.%d.", i)
		arn := service.Get(at + "target_group_arn").(string)
		groups[fmt.Sprint(service.Get(at+"container_port"))] = strings.Replace(arn, ".arn}", ".arn_suffix}", 1)
	}
	return groups
}
