package stacks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"webapp/assertions"
)

// Workers.

const withAWorker = `services: {mailer: {worker: true, container: {image: mailer}, service: {desiredCount: 2,
	exec: true, capacity: {spot: {weight: 1}}}, scaling: {max: 4, cpu: {percent: 60}}}}`

func TestWorkerHasNoLoadBalancer(t *testing.T) {
	tpl := synthesize(t, withAWorker)
	tpl.Count("aws_lb_target_group", 1)
	tpl.None("aws_lb_listener_rule")
	worker := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-mailer"})
	worker.Matches(object{
		"cluster":                           tpl.One("aws_ecs_cluster").Ref("arn"),
		"load_balancer":                     assertions.Absent(),
		"health_check_grace_period_seconds": assertions.Absent(),
		"desired_count":                     2,
		"enable_execute_command":            true,
		"deployment_circuit_breaker":        object{"enable": true, "rollback": true},
		"capacity_provider_strategy":        []any{object{"capacity_provider": "FARGATE_SPOT"}},
	})
	containers := tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-mailer"}).
		Decode("container_definitions")
	containers.Has("", assertions.ArrayEquals(object{"name": "mailer", "portMappings": assertions.Absent()}))
	tpl.Has("aws_appautoscaling_target", object{"max_capacity": 4})
}

func TestNobodyConnectsToAWorker(t *testing.T) {
	tpl := synthesize(t, withAWorker)
	group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test-mailer"})
	mine := object{"security_group_id": group.Ref("id")}
	tpl.CountMatching("aws_vpc_security_group_ingress_rule", mine, 0)
	tpl.Has("aws_vpc_security_group_egress_rule", mine)
	tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-mailer"}).
		Has("network_configuration.security_groups", []any{group.Ref("id")})
}

func TestAWorkerChangesNothingOfTheOthers(t *testing.T) {
	// These cover all services.
	wantUnchanged(t, withAWorker, "aws_cloudwatch_dashboard", "aws_cloudwatch_event_rule",
		"aws_cloudwatch_query_definition")
}

// wantUnchanged adds settings to an observed stack, and fails where that changes what was there, but for these types.
func wantUnchanged(t *testing.T, added string, except ...string) {
	t.Helper()
	before, after := byAddress(synthesize(t, observed)), byAddress(synthesize(t, observed+", "+added))
	for address, was := range before {
		if slices.Contains(except, was.Type()) {
			continue
		}
		now, ok := after[address]
		if !ok {
			t.Errorf("%s goes", address)
			continue
		}
		now.Matches(was.Get(""))
	}
}

func TestAlarmsOfAWorkerNeedNoRequests(t *testing.T) {
	tpl := synthesize(t, observed+", "+withAWorker)
	var ids []string
	for _, alarm := range tpl.Find("aws_cloudwatch_metric_alarm",
		object{"alarm_name": assertions.Regexp("^webapp-test-mailer-")}) {
		ids = append(ids, alarm.Get("alarm_name").(string)[len("webapp-test-mailer-"):])
	}
	slices.Sort(ids)
	if want := []string{"at-maximum", "cpu", "fewer-running", "memory"}; !slices.Equal(ids, want) {
		t.Errorf("got the alarms %q, want %q", ids, want)
	}
	titles := readDashboard(t, tpl).titles()
	graphs := map[string]int{}
	for _, title := range titles {
		graphs[title]++
	}
	// The load balancer has a graph of requests too.
	for title, want := range map[string]int{"Requests": 2, "Latency in seconds": 1, "Errors": 1, "Tasks": 2} {
		if graphs[title] != want {
			t.Errorf("the dashboard has %d graphs %q, want %d", graphs[title], title, want)
		}
	}
}

func TestWorkerCallsOthersByServiceConnect(t *testing.T) {
	tpl := synthesize(t, `service: {connect: {}}, services: {
		client: {worker: true, container: {image: client}, service: {connect: {calls: [webapp]}}},
		inner: {worker: true, container: {image: inner, ports: [9000]}, service: {connect: {}}}}`)
	client := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-client"})
	client.Matches(object{
		"load_balancer":                 assertions.Absent(),
		"service_connect_configuration": object{"enabled": true, "service": assertions.Absent()},
		"triggers":                      object{"calls-webapp": assertions.Any()},
	})
	client.DependsOn(tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"}))
	tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-inner"}).Matches(object{
		"load_balancer": assertions.Absent(),
		"service_connect_configuration": object{"service": []any{object{
			"client_alias": object{"dns_name": "inner", "port": 9000},
		}}},
	})
	peers := tpl.OneMatching("aws_security_group", object{"name_prefix": assertions.Regexp("peers")})
	tpl.Has("aws_vpc_security_group_ingress_rule", object{"security_group_id": peers.Ref("id"), "from_port": 9000})
}

// Queues.

func TestQueueIsEncryptedAndHasDeadLetters(t *testing.T) {
	tpl := synthesize(t, `services: {mailer: {worker: true, container: {image: mailer, stopTimeout: 90s},
		queue: {retentionPeriod: 24h, maxReceives: 3}}}`)
	account, region := tpl.Data().One("aws_caller_identity").Ref("account_id"), tpl.Data().One("aws_region").Ref("name")
	arn := func(name string) string {
		return fmt.Sprintf("arn:%s:sqs:%s:%s:%s", tpl.Data().One("aws_partition").Ref("partition"), region, account, name)
	}
	overTLS := func(name string) any {
		return assertions.JSON(object{"Statement": assertions.ArrayEquals(assertions.Exact(object{
			"Effect": "Deny", "Principal": "*", "Action": []any{"sqs:*"}, "Resource": []any{arn(name)},
			"Condition": object{"Bool": object{"aws:SecureTransport": []any{"false"}}},
		}))})
	}
	const name, lettersName = "webapp-test-mailer", "webapp-test-mailer-dead-letters"
	letters := tpl.OneMatching("aws_sqs_queue", object{"name": lettersName})
	letters.Matches(object{
		"message_retention_seconds": 14 * 24 * 60 * 60, "sqs_managed_sse_enabled": true, "policy": overTLS(lettersName),
		"redrive_policy": assertions.Absent(),
	})
	tpl.OneMatching("aws_sqs_queue", object{"name": name}).Matches(object{
		"visibility_timeout_seconds": 90, "message_retention_seconds": 24 * 60 * 60, "receive_wait_time_seconds": 20,
		"sqs_managed_sse_enabled": true, "kms_master_key_id": assertions.Absent(), "policy": overTLS(name),
		"fifo_queue": assertions.Absent(),
		"redrive_policy": assertions.JSON(assertions.Exact(object{
			"deadLetterTargetArn": letters.Ref("arn"), "maxReceiveCount": 3,
		})),
	})
}

func TestReceiverAndSendersMayUseTheQueueAndNothingElse(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/mine"
	tpl := synthesize(t, `sendsTo: [mailer], services: {
		mailer: {worker: true, container: {image: mailer}, queue: {kmsKey: "`+key+`", variable: IN}, sendsTo: [mailer]},
		other: {worker: true, container: {image: other}}}`)
	tpl.AllMatch("aws_sqs_queue", object{"kms_master_key_id": key, "sqs_managed_sse_enabled": assertions.Absent()})
	queue := tpl.OneMatching("aws_sqs_queue", object{"name": "webapp-test-mailer"})
	arn := assertions.Regexp(`^arn:.*:sqs:.*:webapp-test-mailer$`)
	receive := []any{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
		"sqs:ReceiveMessage"}
	send := []any{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}
	encrypt := []any{"kms:Decrypt", "kms:GenerateDataKey"}
	for service, want := range map[string]struct {
		variables any
		policy    any
	}{
		"webapp": {
			[]any{object{"name": "MAILER_QUEUE_URL", "value": queue.Ref("url")}},
			assertions.ArrayEquals(object{"Action": send, "Resource": []any{arn}},
				object{"Action": encrypt, "Resource": []any{key}}),
		},
		"webapp-test-mailer": {
			[]any{object{"name": "IN", "value": queue.Ref("url")},
				object{"name": "MAILER_QUEUE_URL", "value": queue.Ref("url")}},
			assertions.ArrayEquals(object{"Action": receive, "Resource": []any{arn}},
				object{"Action": send, "Resource": []any{arn}}, object{"Action": encrypt, "Resource": []any{key}}),
		},
		"webapp-test-other": {assertions.Absent(), nil},
	} {
		task := tpl.OneMatching("aws_ecs_task_definition", object{"family": service})
		task.Decode("container_definitions").Has("0.environment", want.variables)
		mine := object{"name": "use-queues", "role": roleOf(task)}
		if want.policy == nil {
			tpl.CountMatching("aws_iam_role_policy", mine, 0)
			continue
		}
		tpl.OneMatching("aws_iam_role_policy", mine).Has("policy", assertions.JSON(object{"Statement": want.policy}))
	}
}

// roleOf returns the reference to the id of a task's role.
func roleOf(task *assertions.Resource) string {
	return strings.Replace(task.Get("task_role_arn").(string), ".arn}", ".id}", 1)
}

func TestQueueThatExistsIsOnlyLookedUp(t *testing.T) {
	tpl := synthesize(t, `services: {mailer: {worker: true, container: {image: mailer}, queue: {existing: orders.fifo}}}`)
	tpl.None("aws_sqs_queue")
	found := tpl.Data().One("aws_sqs_queue")
	found.Has("name", "orders.fifo")
	tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-mailer"}).Decode("container_definitions").
		Has("0.environment", []any{object{"name": "QUEUE_URL", "value": found.Ref("url")}})
}

func TestQueuesInOrder(t *testing.T) {
	tpl := synthesize(t, `queue: {fifo: true}`)
	tpl.AllMatch("aws_sqs_queue", object{"name": assertions.Regexp(`\.fifo$`), "fifo_queue": true})
	tpl.Has("aws_sqs_queue", object{"name": "webapp-test.fifo"})
}

func TestBacklogIsTheMessagesForEachTask(t *testing.T) {
	for change, expression := range map[string]string{
		"min: 1": "visible / running",
		"min: 0": "IF(running > 0, visible / running, visible * 51)",
		`min: 1, schedules: {night: {cron: "0 22 * * ? *", min: 0}}`: "IF(running > 0, visible / running, visible * 51)",
	} {
		tpl := synthesize(t, `services: {mailer: {worker: true, container: {image: mailer}, queue: {},
			scaling: {`+change+`, backlog: {perTask: 50, scaleInCooldown: 10m}}}}`)
		service := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-mailer"})
		queue := tpl.OneMatching("aws_sqs_queue", object{"name": "webapp-test-mailer"})
		cluster := tpl.One("aws_ecs_cluster")
		cluster.Has("setting", []any{object{"name": "containerInsights", "value": "enabled"}})
		stat := func(id, namespace, name, stat string, dimensions ...any) object {
			return object{"id": id, "return_data": false, "metric_stat": object{"stat": stat, "metric": object{
				"namespace": namespace, "metric_name": name, "dimensions": assertions.ArrayEquals(dimensions...)}}}
		}
		dimension := func(name, value string) any { return object{"name": name, "value": value} }
		tpl.OneMatching("aws_appautoscaling_policy", object{"name": "backlog-target-tracking"}).Matches(object{
			"target_tracking_scaling_policy_configuration": object{
				"target_value": 50, "scale_in_cooldown": 600,
				"customized_metric_specification": object{
					"metric_name": assertions.Absent(), "statistic": assertions.Absent(),
					"metrics": assertions.ArrayEquals(
						object{"id": "result", "expression": expression, "return_data": true},
						stat("running", "ECS/ContainerInsights", "RunningTaskCount", "Average",
							dimension("ClusterName", cluster.Ref("name")), dimension("ServiceName", service.Ref("name"))),
						stat("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum",
							dimension("QueueName", queue.Ref("name"))),
					),
				},
			},
		})
	}
}

func TestQueueIsWatched(t *testing.T) {
	tpl := synthesize(t, `observability: {dashboard: true, alarms: {oldestMessage: {age: 10m, minutes: 2}}},
		services: {
			mailer: {worker: true, container: {image: mailer}, queue: {}, scaling: {backlog: {perTask: 50}}},
			orders: {worker: true, container: {image: orders}, queue: {existing: orders}}}`)
	queue := tpl.OneMatching("aws_sqs_queue", object{"name": "webapp-test-mailer"})
	letters := tpl.OneMatching("aws_sqs_queue", object{"name": "webapp-test-mailer-dead-letters"})
	alarmNamed(tpl, "webapp-test-mailer-oldest-message").Matches(object{
		"metric_name": "ApproximateAgeOfOldestMessage", "threshold": 600, "evaluation_periods": 2,
		"dimensions": assertions.Exact(object{"QueueName": queue.Ref("name")}),
	})
	alarmNamed(tpl, "webapp-test-mailer-dead-letters").Matches(object{
		"metric_name": "ApproximateNumberOfMessagesVisible", "threshold": 1, "evaluation_periods": 1,
		"dimensions": assertions.Exact(object{"QueueName": letters.Ref("name")}),
	})
	alarmNamed(tpl, "webapp-test-orders-oldest-message").Has("dimensions", assertions.Exact(object{"QueueName": "orders"}))
	for _, name := range []string{"webapp-test-orders-dead-letters", "webapp-test-oldest-message"} {
		tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": name}, 0)
	}
	graphs := map[string]int{}
	for _, title := range readDashboard(t, tpl).titles() {
		graphs[title]++
	}
	for title, want := range map[string]int{"Messages": 2, "Age of the oldest message in seconds": 2,
		"Messages for each task": 1} {
		if graphs[title] != want {
			t.Errorf("the dashboard has %d graphs %q, want %d", graphs[title], title, want)
		}
	}
}

// A stack of workers only.

const onlyWorkers = `{name: mail, worker: true, queue: {}, container: {image: mailer},
	scaling: {max: 4, backlog: {perTask: 50}},
	services: {lists: {worker: true, container: {image: lists, ports: [9000]}, service: {connect: {}}}},
	observability: {dashboard: true, alarms: {}, logQueries: true}}`

func TestStackOfWorkersHasNoLoadBalancer(t *testing.T) {
	tpl := synth(t, parse(t, onlyWorkers)[0])
	for _, typ := range []string{"aws_lb", "aws_lb_listener", "aws_lb_listener_rule", "aws_lb_target_group"} {
		tpl.None(typ)
	}
	tpl.Count("aws_ecs_service", 2)
	tpl.AllMatch("aws_ecs_service", object{"load_balancer": assertions.Absent()})
	// Of the tasks, and of the services that find each other by name.
	tpl.Count("aws_security_group", 3)
	// Nobody but the workers themselves connects to one, and only where it serves.
	tpl.One("aws_vpc_security_group_ingress_rule").Matches(object{"from_port": 9000,
		"referenced_security_group_id": tpl.OneMatching("aws_security_group",
			object{"name_prefix": assertions.Regexp("peers")}).Ref("id")})
	queue := tpl.OneMatching("aws_sqs_queue", object{"name": "mail"})
	tpl.Matches(object{"output": assertions.Exact(object{
		"QueueURL":   assertions.ObjectLike(object{"value": queue.Ref("url")}),
		"AlarmTopic": assertions.Any(),
	})})
}

func TestStackOfWorkersIsObservedWithoutRequests(t *testing.T) {
	tpl := synth(t, parse(t, onlyWorkers)[0])
	var names []string
	for _, alarm := range tpl.Find("aws_cloudwatch_metric_alarm", object{}) {
		names = append(names, alarm.Get("alarm_name").(string))
	}
	slices.Sort(names)
	want := []string{"mail-at-maximum", "mail-cpu", "mail-dead-letters", "mail-fewer-running", "mail-lists-cpu",
		"mail-lists-fewer-running", "mail-lists-memory", "mail-memory", "mail-oldest-message"}
	if !slices.Equal(names, want) {
		t.Errorf("got the alarms %q, want %q", names, want)
	}
	for _, title := range readDashboard(t, tpl).titles() {
		if title == "Requests" || title == "Connections" {
			t.Errorf("the dashboard has a graph %q", title)
		}
	}
	tpl.Has("aws_appautoscaling_policy", object{"name": "backlog-target-tracking"})
}

func TestStackOfWorkersWithoutAQueueHasNoOutput(t *testing.T) {
	synth(t, parse(t, `{name: mail, worker: true, container: {image: mailer}}`)[0]).
		Matches(object{"output": assertions.Absent()})
}
