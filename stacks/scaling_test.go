package stacks_test

import (
	"fmt"
	"testing"

	"webapp/assertions"
)

// resourceLabel is the path of the property that names the target group of a policy on requests.
const resourceLabel = "target_tracking_scaling_policy_configuration.predefined_metric_specification.resource_label"

// policy finds a scaling policy by its name.
func policy(tpl *assertions.Template, name string) *assertions.Resource {
	return tpl.OneMatching("aws_appautoscaling_policy", object{"name": name})
}

func TestRequestsAreTrackedForTheTargetGroupOfTheService(t *testing.T) {
	tpl := synthesize(t, "scaling: {requests: {perMinute: 800, scaleInCooldown: 10m, scaleOutCooldown: 1m, scaleIn: "+
		"false}}")
	label := tpl.One("aws_lb").Ref("arn_suffix") + "/" + tpl.One("aws_lb_target_group").Ref("arn_suffix")
	policy(tpl, "requests-target-tracking").Has("target_tracking_scaling_policy_configuration", object{
		"target_value": 800, "disable_scale_in": true, "scale_in_cooldown": 600, "scale_out_cooldown": 60,
		"predefined_metric_specification": object{"predefined_metric_type": "ALBRequestCountPerTarget",
			"resource_label": label},
	})
	// AWS refuses the label before the target group is attached to the load balancer. The policy follows the service,
	// by way of the target, and the service follows the listener.
	service := tpl.One("aws_ecs_service")
	service.DependsOn(tpl.One("aws_lb_listener"))
	tpl.One("aws_appautoscaling_target").References("resource_id", service)
}

func TestRequestsToAListenerOfAnotherStackAreTrackedThere(t *testing.T) {
	tpl := synthesize(t, `network: {existing: {name: shared}}, loadBalancer: {public: null, port: null,
		existing: {listener: "`+sharedListener+`"}},
		routing: {hosts: [shop.example.com], priority: 100}, scaling: {requests: {perMinute: 800}}`)
	policy(tpl, "requests-target-tracking").Has(resourceLabel,
		tpl.Data().One("aws_lb").Ref("arn_suffix")+"/"+tpl.One("aws_lb_target_group").Ref("arn_suffix"))
}

func TestScalingCountsTheRequestsToAllPorts(t *testing.T) {
	tpl := synthesize(t, `container: {ports: [8000, 9090]},
		service: {additionalPorts: [{port: 9090, routing: {paths: [/ws/*]}}]},
		scaling: {requests: {perMinute: 600}, responseTime: {milliseconds: 250}, burst: {on: requests, threshold: 900},
			steps: {slow: {on: responseTime, steps: [{at: 500, change: 1}]}}}`)
	balancer, groups := tpl.One("aws_lb").Ref("arn_suffix"), targetGroups(tpl.One("aws_ecs_service"))
	metric := func(port, name string) object {
		return object{"namespace": "AWS/ApplicationELB", "metric_name": name, "dimensions": assertions.Unordered(
			object{"name": "LoadBalancer", "value": balancer}, object{"name": "TargetGroup", "value": groups[port]})}
	}
	stat := func(id, port, name, statistic string) object {
		return object{"id": id, "return_data": false,
			"metric_stat": object{"stat": statistic, "metric": metric(port, name)}}
	}
	const requests = "requests + FILL(requests_9090, 0)"
	const latency = "(FILL(seconds, 0) + FILL(seconds_9090, 0)) / (FILL(responses, 0) + FILL(responses_9090, 0))"
	for name, want := range map[string]object{
		"requests-target-tracking": {"target_value": 600, "customized_metric_specification": object{
			"metrics": assertions.ArrayEquals(
				object{"id": "result", "return_data": true, "expression": requests},
				stat("requests", "8000", "RequestCountPerTarget", "Sum"),
				stat("requests_9090", "9090", "RequestCountPerTarget", "Sum"),
			)}},
		"response-time-target-tracking": {"target_value": 0.25, "customized_metric_specification": object{
			"metrics": assertions.ArrayEquals(
				object{"id": "result", "return_data": true, "expression": latency},
				stat("responses", "8000", "TargetResponseTime", "SampleCount"),
				stat("responses_9090", "9090", "TargetResponseTime", "SampleCount"),
				stat("seconds", "8000", "TargetResponseTime", "Sum"),
				stat("seconds_9090", "9090", "TargetResponseTime", "Sum"),
			)}},
	} {
		policy(tpl, name).Has("target_tracking_scaling_policy_configuration", want)
	}
	for name, expression := range map[string]string{"burst": requests, "slow-steps": latency} {
		alarm := tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-" + name})
		alarm.Matches(object{"metric_name": assertions.Absent(), "period": assertions.Absent(),
			"alarm_actions": []any{policy(tpl, name).Ref("arn")}})
		alarm.Has("metric_query.0", object{"expression": expression, "return_data": true})
		alarm.Has("metric_query.1.metric", object{"period": 60, "dimensions": object{"TargetGroup": groups["8000"]}})
	}
}

func TestResponseTimeIsTrackedInSeconds(t *testing.T) {
	tpl := synthesize(t, "scaling: {responseTime: {milliseconds: 250}}")
	policy(tpl, "response-time-target-tracking").Has("target_tracking_scaling_policy_configuration", object{
		"target_value": 0.25, "disable_scale_in": false, "scale_in_cooldown": 300, "scale_out_cooldown": 300,
		"customized_metric_specification": object{
			"namespace": "AWS/ApplicationELB", "metric_name": "TargetResponseTime", "statistic": "Average",
			"dimensions": assertions.ArrayEquals(
				object{"name": "LoadBalancer", "value": tpl.One("aws_lb").Ref("arn_suffix")},
				object{"name": "TargetGroup", "value": tpl.One("aws_lb_target_group").Ref("arn_suffix")},
			),
		},
	})
}

func TestAnyMetricIsTracked(t *testing.T) {
	tpl := synthesize(t, `scaling: {metrics: {backlog: {namespace: Shop, name: Backlog, statistic: Maximum,
		dimensions: {Queue: orders, App: shop}, target: 12.5}}}`)
	policy(tpl, "backlog-target-tracking").Has("target_tracking_scaling_policy_configuration", object{
		"target_value": 12.5,
		"customized_metric_specification": object{
			"namespace": "Shop", "metric_name": "Backlog", "statistic": "Maximum",
			"dimensions": assertions.ArrayEquals(object{"name": "App", "value": "shop"},
				object{"name": "Queue", "value": "orders"}),
		},
	})
}

func TestBurstDoublesTheTasksAfterAMinuteOfOverload(t *testing.T) {
	tpl := synthesize(t, "scaling: {cpu: {percent: 50}, memory: null, burst: {}}")
	burst := policy(tpl, "burst")
	burst.Matches(object{
		"policy_type": "StepScaling",
		"step_scaling_policy_configuration": object{
			"adjustment_type": "PercentChangeInCapacity", "cooldown": 180, "metric_aggregation_type": "Average",
			"min_adjustment_magnitude": 1,
			"step_adjustment": []any{assertions.ObjectEquals(object{"metric_interval_lower_bound": "0",
				"scaling_adjustment": 100})},
		},
	})
	service, cluster := tpl.One("aws_ecs_service"), tpl.One("aws_ecs_cluster")
	tpl.One("aws_cloudwatch_metric_alarm").Matches(object{
		"alarm_name": "webapp-test-burst", "alarm_actions": []any{burst.Ref("arn")},
		"namespace": "AWS/ECS", "metric_name": "CPUUtilization", "statistic": "Average",
		"dimensions":          object{"ClusterName": cluster.Ref("name"), "ServiceName": service.Ref("name")},
		"comparison_operator": "GreaterThanOrEqualToThreshold", "threshold": 75, "period": 60, "evaluation_periods": 1,
		"treat_missing_data": "missing",
	})
}

func TestStepsAreDistancesFromTheFirst(t *testing.T) {
	tpl := synthesize(t, `scaling: {cpu: {percent: 50}, memory: null, steps: {
		busy: {on: requests, adjustment: exact, minutes: 3, missingData: notBreaching, cooldown: 1m, steps: [{at: 1000,
			change: 3}, {at: 2500, change: 5}]},
		idle: {on: responseTime, when: below, adjustment: percent, atLeast: 2, steps: [{at: 80, change: -10}, {at: 20,
			change: -50}]},
		orders: {metric: {namespace: Shop, name: Backlog, statistic: Maximum, dimensions: {Queue: orders}},
			steps: [{at: 0.5, change: 1}]}}}`)
	busy := policy(tpl, "busy-steps")
	busy.Has("step_scaling_policy_configuration", object{
		"adjustment_type": "ExactCapacity", "cooldown": 60, "metric_aggregation_type": "Average",
		"min_adjustment_magnitude": assertions.Absent(),
		"step_adjustment": assertions.ArrayEquals(
			assertions.ObjectEquals(object{"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "1500",
				"scaling_adjustment": 3}),
			assertions.ObjectEquals(object{"metric_interval_lower_bound": "1500", "scaling_adjustment": 5}),
		),
	})
	tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-busy-steps"}).Matches(object{
		"namespace": "AWS/ApplicationELB", "metric_name": "RequestCountPerTarget", "statistic": "Sum",
		"threshold": 1000,
		"dimensions": object{
			"LoadBalancer": tpl.One("aws_lb").Ref("arn_suffix"),
			"TargetGroup":  tpl.One("aws_lb_target_group").Ref("arn_suffix"),
		},
		"evaluation_periods": 3, "treat_missing_data": "notBreaching", "alarm_actions": []any{busy.Ref("arn")},
	})

	policy(tpl, "idle-steps").Has("step_scaling_policy_configuration", object{
		"adjustment_type": "PercentChangeInCapacity", "min_adjustment_magnitude": 2,
		"step_adjustment": assertions.ArrayEquals(
			assertions.ObjectEquals(object{"metric_interval_upper_bound": "0", "metric_interval_lower_bound": "-0.06",
				"scaling_adjustment": -10}),
			assertions.ObjectEquals(object{"metric_interval_upper_bound": "-0.06", "scaling_adjustment": -50}),
		),
	})
	tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-idle-steps"}).Matches(object{
		"metric_name": "TargetResponseTime", "comparison_operator": "LessThanOrEqualToThreshold", "threshold": 0.08,
	})
	policy(tpl, "orders-steps").Has("step_scaling_policy_configuration.metric_aggregation_type", "Maximum")
	tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": "webapp-test-orders-steps"}).Matches(object{
		"namespace": "Shop", "metric_name": "Backlog", "statistic": "Maximum", "threshold": 0.5,
		"dimensions": object{"Queue": "orders"},
	})
}

func TestSchedulesMoveTheLimits(t *testing.T) {
	tpl := synthesize(t, `scaling: {min: 2, max: 20, schedules: {
		morning: {cron: 0 7 ? * MON-FRI *, timeZone: Europe/Paris, min: 6, start: "2026-11-01T00:00:00+01:00",
			end: "2027-11-01T00:00:00Z"},
		often: {rate: 12 hours, max: 10}, sale: {at: "2026-11-27T00:00:00", min: 10, max: 40}}}`)
	target := tpl.One("aws_appautoscaling_target")
	for name, want := range map[string]object{
		"morning": {
			"schedule": "cron(0 7 ? * MON-FRI *)", "timezone": "Europe/Paris", "start_time": "2026-10-31T23:00:00Z",
			"end_time":               "2027-11-01T00:00:00Z",
			"scalable_target_action": object{"min_capacity": "6", "max_capacity": "20"},
		},
		"often": {
			"schedule": "rate(12 hours)", "timezone": "UTC", "start_time": assertions.Absent(),
			"end_time":               assertions.Absent(),
			"scalable_target_action": object{"min_capacity": "2", "max_capacity": "10"},
		},
		"sale": {"schedule": "at(2026-11-27T00:00:00)",
			"scalable_target_action": object{"min_capacity": "10", "max_capacity": "40"}},
	} {
		action := tpl.OneMatching("aws_appautoscaling_scheduled_action", object{"name": name})
		action.Matches(want)
		action.Matches(object{
			"resource_id": target.Ref("resource_id"), "scalable_dimension": target.Ref("scalable_dimension"),
			"service_namespace": target.Ref("service_namespace"),
		})
	}
	target.Matches(object{"min_capacity": 2, "max_capacity": 20})
	target.Has("lifecycle.ignore_changes", []string{"min_capacity", "max_capacity"})
}

func TestWithoutSchedulesTerraformOwnsTheLimits(t *testing.T) {
	synthesize(t, "").One("aws_appautoscaling_target").Lacks("lifecycle.ignore_changes")
}

func TestScalingCanBeSuspended(t *testing.T) {
	for change, want := range map[string]object{
		"": {"dynamic_scaling_in_suspended": false,
			"dynamic_scaling_out_suspended": false, "scheduled_scaling_suspended": false},
		"scaling: {suspended: [scaleIn]}": {"dynamic_scaling_in_suspended": true,
			"dynamic_scaling_out_suspended": false, "scheduled_scaling_suspended": false},
		"scaling: {suspended: [scaleIn, scaleOut, schedules]}": {"dynamic_scaling_in_suspended": true,
			"dynamic_scaling_out_suspended": true, "scheduled_scaling_suspended": true},
	} {
		synthesize(t, change).One("aws_appautoscaling_target").Has("suspended_state", want)
	}
}

func TestScalingGoesAndComesBackWithTheService(t *testing.T) {
	tpl := synthesize(t, `scaling: {requests: {perMinute: 800}, burst: {}, steps: {idle: {on: cpu, when: below,
		steps: [{at: 10, change: -1}]}},
		schedules: {night: {rate: 1 day, max: 2}}}`)
	target := tpl.One("aws_appautoscaling_target")
	target.Has("lifecycle.replace_triggered_by", []string{tpl.One("aws_ecs_service").Address() + ".id"})
	for _, typ := range []string{"aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"} {
		tpl.AllMatch(typ, object{"lifecycle": object{"replace_triggered_by": []string{target.Address() + ".id"}}})
	}
	tpl.Count("aws_appautoscaling_policy", 5)
}

func TestEveryServiceOfAStackScalesByItself(t *testing.T) {
	tpl := synthesize(t, `scaling: {burst: {}}, services: {api: {routing: {paths: [/api/*]}, container: {image: nginx,
		ports: [80]},
		scaling: {requests: {perMinute: 100}, burst: {}}}}`)
	for _, name := range []string{"webapp-test-burst", "webapp-test-api-burst"} {
		tpl.OneMatching("aws_cloudwatch_metric_alarm", object{"alarm_name": name})
	}
	groups := tpl.All("aws_lb_target_group")
	labels := map[string]bool{}
	for _, group := range groups {
		labels[fmt.Sprintf("%s/%s", tpl.One("aws_lb").Ref("arn_suffix"), group.Ref("arn_suffix"))] = true
	}
	label := policy(tpl, "requests-target-tracking").Get(resourceLabel)
	if len(groups) != 2 || !labels[fmt.Sprint(label)] {
		t.Errorf("the label %v is of none of the target groups %v", label, labels)
	}
}
