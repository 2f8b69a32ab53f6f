package stacks_test

import (
	"regexp"
	"slices"
	"testing"

	"webapp/assertions"
)

// Jobs.

const withJobs = `jobs: {
	report: {schedule: {cron: "0 3  * * ? *", timeZone: Europe/Paris, retries: 5, startWithin: 30m}, extends: webapp,
		container: {command: [bin/report], environment: {LEVEL: debug}}, task: {cpu: 512, memory: 1024}},
	sweep: {schedule: {rate: 5 minutes}, spot: true, container: {image: sweep}},
	import: {container: {image: import}}}`

func TestScheduleStartsTheNewestRevisionOfAJob(t *testing.T) {
	tpl := synthesize(t, withJobs)
	tpl.Count("aws_scheduler_schedule", 2)
	definition := tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-report"})
	group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test-report"})
	tpl.OneMatching("aws_scheduler_schedule", object{"name": "webapp-test-report"}).Matches(object{
		"group_name": tpl.OneMatching("aws_scheduler_schedule_group", object{"name": "webapp-test-report"}).
			Ref("name"),
		"schedule_expression":          "cron(0 3 * * ? *)",
		"schedule_expression_timezone": "Europe/Paris",
		"flexible_time_window":         object{"mode": "OFF"},
		"target": object{
			"arn": tpl.One("aws_ecs_cluster").Ref("arn"),
			"ecs_parameters": object{
				"task_definition_arn":        definition.Ref("arn"),
				"task_count":                 1,
				"launch_type":                assertions.Absent(),
				"capacity_provider_strategy": []any{object{"capacity_provider": "FARGATE", "weight": 1}},
				"enable_ecs_managed_tags":    true,
				"propagate_tags":             "TASK_DEFINITION",
				"network_configuration": object{
					"security_groups": []any{group.Ref("id")}, "assign_public_ip": false,
				},
			},
			"retry_policy": object{"maximum_retry_attempts": 5, "maximum_event_age_in_seconds": 1800},
		},
	})
	tpl.OneMatching("aws_scheduler_schedule", object{"name": "webapp-test-sweep"}).Matches(object{
		"schedule_expression": "rate(5 minutes)",
		"target": object{
			"ecs_parameters": object{"capacity_provider_strategy": []any{object{"capacity_provider": "FARGATE_SPOT"}}},
			"retry_policy":   object{"maximum_retry_attempts": 185, "maximum_event_age_in_seconds": 3600},
		},
	})
}

// TestJobsCallServicesByTheirNames also checks that the services, and who else may call them, cannot call the jobs.
func TestJobsCallServicesByTheirNames(t *testing.T) {
	tpl := synthesize(t, withJobs+", service: {discovery: {}}, namespace: {allowedSources: [10.8.0.0/16]}")
	peers := tpl.OneMatching("aws_security_group", object{"description": assertions.Regexp("^Services of webapp-test ")})
	for _, job := range []string{"report", "sweep", "import"} {
		group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test-" + job})
		out := tpl.OneMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": group.Ref("id"),
			"referenced_security_group_id": peers.Ref("id"), "from_port": 8000, "to_port": 8000})
		tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": peers.Ref("id"),
			"referenced_security_group_id": group.Ref("id"), "from_port": 8000, "to_port": 8000})
		tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": group.Ref("id")}, 0)
		if job != "import" {
			tpl.OneMatching("aws_scheduler_schedule", object{"name": "webapp-test-" + job}).DependsOn(out)
		}
	}
	for _, without := range []string{"", ", service: {connect: {}}"} { // which jobs cannot use
		tpl := synthesize(t, withJobs+without)
		tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"description": "Jobs to services"}, 0)
	}
}

func TestJobRunsInTheSubnetsOfTheServices(t *testing.T) {
	tpl := synthesize(t, withJobs)
	subnets := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"}).Get("network_configuration.subnets")
	tpl.OneMatching("aws_scheduler_schedule", object{"name": "webapp-test-report"}).
		Has("target.ecs_parameters.network_configuration.subnets", subnets)
}

func TestSchedulesWaitForACommandBeforeARelease(t *testing.T) {
	tpl := synthesize(t, withARelease+", "+withJobs)
	release := tpl.OneMatching("terraform_data", object{"input": object{"startedBy": "webapp-release"}})
	for _, schedule := range tpl.All("aws_scheduler_schedule") {
		schedule.DependsOn(release)
	}
}

func TestTagsSayWhereAJobRunsInAVPCThatExists(t *testing.T) {
	for subnets, change := range map[string]string{
		"${join(\" \", local.network_private":         "network: {existing: {id: vpc-0123456789abcdef0}}",
		"${join(\" \", local.network_default-subnets": "network: {default: true}",
		"${join(\" \", local.network_public": "network: {existing: {id: vpc-0123456789abcdef0}}, " +
			"service: {assignPublicIp: true}",
		"${join(\" \", local.network_private_": "network: {existing: {name: shared, " +
			"privateSubnets: {tags: {tier: tasks}}}}",
		"${join(\" \", [\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"])}": "network: {existing: {" +
			"name: shared, privateSubnets: {ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]}}}",
	} {
		tpl := synthesize(t, change+", jobs: {import: {extends: webapp, container: {command: [bin/import]}}}")
		tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-import"}).
			Has("tags.webapp:subnets", assertions.Regexp("^"+regexp.QuoteMeta(subnets)))
	}
}

func TestTagsSayWhereAJobRuns(t *testing.T) {
	tpl := synthesize(t, "service: {securityGroups: [sg-0123456789abcdef0]}, "+
		"jobs: {import: {extends: webapp, container: {command: [bin/import]}}}")
	group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test-import"})
	tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-import"}).Has("tags", object{
		"webapp:subnets":          assertions.Regexp(`^\${join\(" ", \[aws_subnet\.`),
		"webapp:security-groups":  group.Ref("id") + " sg-0123456789abcdef0",
		"webapp:assign-public-ip": "false",
	})
	tpl.OneMatching("aws_ecs_task_definition", object{"family": assertions.Not("webapp-test-import")}).
		Has("tags", assertions.Absent())
}

func TestSchedulerMayOnlyStartTheJob(t *testing.T) {
	tpl := synthesize(t, withJobs)
	role := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-report-scheduler-"})
	group := tpl.OneMatching("aws_scheduler_schedule_group", object{"name": "webapp-test-report"})
	role.Decode("assume_role_policy").Has("Statement", []any{object{
		"Principal": object{"Service": "scheduler.amazonaws.com"},
		"Condition": object{
			"StringEquals": object{"aws:SourceAccount": assertions.Any()},
			"ArnEquals":    object{"aws:SourceArn": []any{group.Ref("arn")}},
		},
	}})
	statements := tpl.OneMatching("aws_iam_role_policy", object{"name": "run-the-job", "role": role.Ref("id")}).
		Decode("policy")
	cluster := tpl.One("aws_ecs_cluster")
	execution := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-report-execution-"})
	task := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-report-task-"})
	statements.Has("Statement", assertions.ArrayEquals(
		object{
			"Action":    []any{"ecs:RunTask"},
			"Resource":  []any{assertions.Regexp(`:task-definition/webapp-test-report:\*$`)},
			"Condition": object{"ArnEquals": object{"ecs:cluster": []any{cluster.Ref("arn")}}},
		},
		object{
			"Action":    []any{"ecs:TagResource"},
			"Resource":  []any{assertions.Regexp(`:task/\${aws_ecs_cluster\.[^}]*name}/\*$`)},
			"Condition": object{"StringEquals": object{"ecs:CreateAction": []any{"RunTask"}}},
		},
		object{
			"Action":    []any{"iam:PassRole"},
			"Resource":  []any{execution.Ref("arn"), task.Ref("arn")},
			"Condition": object{"StringEquals": object{"iam:PassedToService": []any{"ecs-tasks.amazonaws.com"}}},
		},
	))
}

func TestNobodyConnectsToAJob(t *testing.T) {
	tpl := synthesize(t, withJobs)
	for _, job := range []string{"report", "sweep", "import"} {
		group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test-" + job})
		mine := object{"security_group_id": group.Ref("id")}
		tpl.CountMatching("aws_vpc_security_group_ingress_rule", mine, 0)
		tpl.Has("aws_vpc_security_group_egress_rule", mine)
	}
}

func TestJobHasWhatItsServiceHas(t *testing.T) {
	tpl := synthesize(t, `
task: {cpu: 1024, memory: 2048, architecture: ARM64, volumes: {scratch: {}},
	role: {statements: [{actions: ["s3:GetObject"], resources: ["arn:aws:s3:::pictures/*"]}]}},
container: {image: "ghcr.io/shop/web:1", ports: [80], command: [serve], user: web, stopTimeout: 90s,
	environment: {LEVEL: info, REGION: eu, TOKEN_URL: /t}, secrets: {DB: /shop/db, KEY: /shop/key},
	healthCheck: {command: [CMD, check]}, mounts: [{volume: scratch, path: /scratch}], memory: 2000},
logs: {retentionDays: 30}, service: {securityGroups: [sg-0123456789abcdef0]},
jobs: {report: {schedule: {rate: 1 hour}, extends: webapp,
	container: {command: [bin/report], environment: {LEVEL: debug, KEY: none}, secrets: {TOKEN_URL: /shop/url}},
	task: {cpu: 256, memory: 512, role: {policies: ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"]}}}}`)
	definition := tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-report"})
	definition.Matches(object{
		"cpu": "256", "memory": "512", "runtime_platform": object{"cpu_architecture": "ARM64"},
		"volume": []any{object{"name": "scratch"}},
	})
	definition.Decode("container_definitions").Has("", assertions.ArrayEquals(object{
		"name": "web", "image": "ghcr.io/shop/web:1", "user": "web", "command": []any{"bin/report"}, "stopTimeout": 90,
		"environment": assertions.ArrayEquals(object{"name": "KEY", "value": "none"},
			object{"name": "LEVEL", "value": "debug"}, object{"name": "REGION", "value": "eu"}),
		"secrets": assertions.ArrayEquals(object{"name": "DB", "valueFrom": "/shop/db"},
			object{"name": "TOKEN_URL", "valueFrom": "/shop/url"}),
		"mountPoints":  []any{object{"sourceVolume": "scratch"}},
		"portMappings": assertions.Absent(), "healthCheck": assertions.Absent(), "memory": assertions.Absent(),
		"logConfiguration": object{"options": object{"awslogs-group": "/ecs/webapp-test-report"}},
	}))
	tpl.Has("aws_cloudwatch_log_group", object{"name": "/ecs/webapp-test-report", "retention_in_days": 30})
	role := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-report-task-"})
	tpl.Has("aws_iam_role_policy", object{"role": role.Ref("id"), "name": "own-statements"})
	tpl.Has("aws_iam_role_policy_attachment", object{"role": role.Ref("name")})
	tpl.OneMatching("aws_scheduler_schedule", object{}).
		Has("target.ecs_parameters.network_configuration.security_groups",
			[]any{assertions.Any(), "sg-0123456789abcdef0"})
}

func TestJobsChangeNothingOfTheServices(t *testing.T) {
	// These cover jobs too.
	wantUnchanged(t, withJobs, "aws_cloudwatch_dashboard", "aws_cloudwatch_query_definition", "aws_sns_topic_policy")
}

func TestAlarmsOfJobs(t *testing.T) {
	tpl := synthesize(t, observed+", "+withJobs)
	rule := tpl.OneMatching("aws_cloudwatch_event_rule", object{"name": "webapp-test-import-failed"})
	rule.Decode("event_pattern").Matches(object{
		"source": []any{"aws.ecs"}, "detail-type": []any{"ECS Task State Change"},
		"detail": object{
			"lastStatus": []any{"STOPPED"}, "clusterArn": []any{tpl.One("aws_ecs_cluster").Ref("arn")},
			"taskDefinitionArn": []any{object{"prefix": assertions.Regexp(`:task-definition/webapp-test-import:$`)}},
			"$or": []any{
				object{"containers": object{
					"name": []any{"import"}, "exitCode": []any{object{"anything-but": []any{0}}},
				}},
				object{"stopCode": []any{"TaskFailedToStart", "SpotInterruption", "TerminationNotice"}},
			},
		},
	})
	topic := tpl.One("aws_sns_topic")
	tpl.Has("aws_cloudwatch_event_target", object{"rule": rule.Ref("name"), "arn": topic.Ref("arn")})
	var allowed []any
	for _, name := range []string{"failed-deployments", "import-failed", "report-failed", "sweep-failed"} {
		allowed = append(allowed, tpl.OneMatching("aws_cloudwatch_event_rule", object{"name": "webapp-test-" + name}).
			Ref("arn"))
	}
	tpl.One("aws_sns_topic_policy").Decode("policy").Has("Statement", assertions.ArrayWith(object{
		"Principal": object{"Service": "events.amazonaws.com"},
		"Condition": object{"ArnEquals": object{"aws:SourceArn": assertions.ArrayEquals(allowed...)}},
	}))

	var missed []string
	for _, alarm := range tpl.Find("aws_cloudwatch_metric_alarm", object{"namespace": "AWS/Scheduler"}) {
		alarm.Matches(object{
			"metric_name": "InvocationDroppedCount", "statistic": "Sum", "threshold": 1, "evaluation_periods": 1,
			"alarm_actions": []any{topic.Ref("arn")}, "treat_missing_data": "notBreaching",
		})
		missed = append(missed, alarm.Get("alarm_name").(string)+" "+alarm.Get("dimensions.ScheduleGroup").(string))
	}
	slices.Sort(missed)
	want := []string{"webapp-test-report-missed webapp-test-report", "webapp-test-sweep-missed webapp-test-sweep"}
	if !slices.Equal(missed, want) {
		t.Errorf("got %q, want %q", missed, want)
	}
}

func TestNoAlarmsOfJobs(t *testing.T) {
	tpl := synthesize(t, "observability: {alarms: {failedJobs: false, missedJobs: false}}, "+withJobs)
	tpl.CountMatching("aws_cloudwatch_event_rule", object{"name": "webapp-test-import-failed"}, 0)
	tpl.CountMatching("aws_cloudwatch_metric_alarm", object{"namespace": "AWS/Scheduler"}, 0)
}

func TestJobsAreOnTheDashboardAndInTheQueries(t *testing.T) {
	tpl := synthesize(t, observed+", "+withJobs)
	titles := readDashboard(t, tpl).titles()
	for title, want := range map[string]bool{
		"Runs of webapp-test-report": true, "Runs of webapp-test-sweep": true, "Runs of webapp-test-import": false,
	} {
		if got := slices.Contains(titles, title); got != want {
			t.Errorf("the dashboard has %q: %v, want %v", title, got, want)
		}
	}
	logs := tpl.OneMatching("aws_cloudwatch_log_group", object{"name": "/ecs/webapp-test-import"})
	for _, query := range tpl.Find("aws_cloudwatch_query_definition", object{}) {
		query.Has("log_group_names", assertions.ArrayWith(logs.Ref("name")))
	}
}

func TestJobSendsMessages(t *testing.T) {
	tpl := synthesize(t, `services: {mailer: {worker: true, queue: {}, container: {image: mailer}}},
jobs: {report: {container: {image: report}, sendsTo: [mailer]}}`)
	tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-report"}).Decode("container_definitions").
		Has("", []any{object{"environment": []any{object{"name": "MAILER_QUEUE_URL"}}}})
	role := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-report-task-"})
	tpl.Has("aws_iam_role_policy", object{"role": role.Ref("id"), "name": "use-queues"})
}
