package stacks_test

import (
	"slices"
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
	before, after := byAddress(synthesize(t, observed)), byAddress(synthesize(t, observed+", "+withAWorker))
	for address, was := range before {
		if was.Type() == "aws_cloudwatch_dashboard" || was.Type() == "aws_cloudwatch_event_rule" ||
			was.Type() == "aws_cloudwatch_query_definition" {
			continue // they cover all services
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
