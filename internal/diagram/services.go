package diagram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/tfstack"
)

// describeService describes an ECS service: its tasks, their limits and what runs in each.
func (s stack) describeService(service tfstack.Resource) []string {
	lines := append([]string{"<b>" + literal(service.Get("name")) + "</b>"}, s.tasks(service)...)
	for _, task := range s.References(service.Get("task_definition")) {
		parts := []string{
			size(task.Get("cpu"), "vCPU"), size(task.Get("memory"), "GiB"), architecture(task), capacity(service.Arguments),
		}
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
		lines = append(lines, strings.Join(parts, ", "))
		lines = append(lines, containers(task)...)
	}
	if service.Block("network_configuration").Get("assign_public_ip") == true {
		lines = append(lines, "public addresses")
	}
	return lines
}

// describeJob describes a task definition that runs to its end: when, and how large it is.
func (s stack) describeJob(task tfstack.Resource) []string {
	when, on := "started by hand", ""
	for _, schedule := range s.Resources("aws_scheduler_schedule") {
		target := schedule.Block("target").Block("ecs_parameters")
		if s.RefersTo(target.Get("task_definition_arn"), task) {
			when, on = literal(schedule.Get("schedule_expression")), capacity(target)
			if zone := schedule.Text("schedule_expression_timezone"); zone != "UTC" {
				when += " " + zone
			}
		}
	}
	parts := []string{size(task.Get("cpu"), "vCPU"), size(task.Get("memory"), "GiB"), architecture(task), on}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	lines := []string{"<b>" + literal(task.Get("family")) + "</b>", "job: " + when, strings.Join(parts, ", ")}
	return append(lines, containers(task)...)
}

// tasks describes how many tasks run and what changes their number: in one line where it is short.
func (s stack) tasks(service tfstack.Resource) []string {
	for _, target := range s.Resources("aws_appautoscaling_target") {
		if !s.RefersTo(target.Get("resource_id"), service) {
			continue
		}
		limits := fmt.Sprintf("%s to %s tasks", literal(target.Get("min_capacity")),
			literal(target.Get("max_capacity")))
		var by []string
		for _, policy := range s.Resources("aws_appautoscaling_policy") {
			if s.RefersTo(policy.Get("resource_id"), target) {
				by = append(by, describePolicy(policy))
			}
		}
		if n := len(slices.DeleteFunc(s.Resources("aws_appautoscaling_scheduled_action"),
			func(action tfstack.Resource) bool {
				return !s.RefersTo(action.Get("resource_id"), target)
			})); n > 0 {
			by = append(by, fmt.Sprintf("%d schedules", n))
		}
		switch {
		case len(by) == 0:
			return []string{limits}
		case len(by) > 2:
			return append([]string{limits + " by"}, by...)
		}
		return []string{limits + " by " + strings.Join(by, ", ")}
	}
	if desired := literal(service.Get("desired_count")); desired != "1" {
		return []string{desired + " tasks"}
	}
	return []string{"1 task"}
}

func describePolicy(policy tfstack.Resource) string {
	tracking := policy.Block("target_tracking_scaling_policy_configuration")
	target := literal(tracking.Get("target_value"))
	switch kind := tracking.Block("predefined_metric_specification").Text("predefined_metric_type"); kind {
	case "ECSServiceAverageCPUUtilization":
		return "CPU " + target + " %"
	case "ECSServiceAverageMemoryUtilization":
		return "memory " + target + " %"
	case "ALBRequestCountPerTarget":
		return target + " requests a minute"
	case "":
	default:
		return kind + " " + target
	}
	if custom := tracking.Block("customized_metric_specification"); len(custom) > 0 {
		for _, part := range custom.Blocks("metrics") {
			if label := part.Text("label"); label != "" { // of the result of metric math
				return target + " " + strings.ToLower(label)
			}
		}
		return strings.TrimSpace(cmp.Or(literal(custom.Get("metric_name")), "a metric") + " " + target)
	}
	return "the policy " + literal(policy.Get("name"))
}

// size renders a number of CPU units or MiB as vCPUs or GiB: both are 1024ths.
func size(value any, unit string) string {
	n, err := strconv.Atoi(literal(value))
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(float64(n)/1024, 'g', -1, 64) + " " + unit
}

func architecture(task tfstack.Resource) string {
	if a := task.Block("runtime_platform").Text("cpu_architecture"); a != "X86_64" {
		return a
	}
	return ""
}

func capacity(arguments tfstack.Arguments) string {
	var shares []string
	for _, share := range arguments.Blocks("capacity_provider_strategy") {
		provider := share.Text("capacity_provider")
		name := map[string]string{"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}[provider]
		shares = append(shares, cmp.Or(name, provider))
	}
	return strings.Join(shares, " and ")
}

func containers(task tfstack.Resource) []string {
	var all []struct{ Name, Image string }
	if err := json.Unmarshal([]byte(task.Text("container_definitions")), &all); err != nil {
		return nil // they are known only when Terraform runs
	}
	if len(all) < 2 {
		return nil
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return []string{"containers: " + strings.Join(names, ", ")}
}

// route is where a listener, or one of its rules, sends requests.
type route struct {
	listener, service tfstack.Resource
	label             string
	priority          int
}

// lastPriority is behind the priorities of all rules.
const lastPriority = 1 << 30

// routes follows the listeners' actions to the target groups, and these to the services.
func (s stack) routes() []route {
	rules := s.Resources("aws_lb_listener_rule")
	var found []route
	for _, listener := range s.Resources("aws_lb_listener") {
		conditions := "every request"
		hasRule := func(rule tfstack.Resource) bool { return s.RefersTo(rule.Get("listener_arn"), listener) }
		if slices.ContainsFunc(rules, hasRule) {
			conditions = "every other request"
		}
		for _, r := range s.forwards(listener, "default_action", conditions) {
			r.listener, r.priority = listener, lastPriority
			found = append(found, r)
		}
	}
	for _, rule := range rules {
		for _, r := range s.forwards(rule, "action", describeConditions(rule)) {
			r.listener = rule // where the listener is not the stack's
			for _, listener := range s.References(rule.Get("listener_arn")) {
				r.listener = listener
			}
			r.priority = int(rule.Number("priority"))
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b route) int { return a.priority - b.priority })
	return found
}

// forwards lists the services that the actions of a listener or rule forward requests to.
func (s stack) forwards(from tfstack.Resource, actions, conditions string) []route {
	var found []route
	for _, action := range from.Blocks(actions) {
		switch action.Block("authenticate_cognito").Text("on_unauthenticated_request") {
		case "authenticate", "deny":
			conditions += "<br>after a login"
		}
	}
	for _, group := range s.References(from.Get(actions)) {
		if group.Type != "aws_lb_target_group" {
			continue
		}
		for _, service := range s.Resources("aws_ecs_service") {
			for _, attached := range service.Blocks("load_balancer") {
				if s.RefersTo(attached, group) {
					label := conditions + "<br>" + describeTargets(group, literal(attached.Get("container_port")))
					found = append(found, route{service: service, label: label})
				}
			}
		}
	}
	return found
}

// describeTargets describes the targets of a group. The port is that of the container, by which ECS registers the
// tasks: the group's own port has no effect.
func describeTargets(group tfstack.Resource, port string) string {
	health := group.Block("health_check")
	protocol := literal(group.Get("protocol"))
	if version := literal(group.Get("protocol_version")); version != "" && version != "HTTP1" {
		if protocol == "HTTPS" {
			version += " by TLS"
		}
		protocol = version
	}
	return fmt.Sprintf("to %s %s, health %s", protocol, port, literal(health.Get("path")))
}

func describeConditions(rule tfstack.Resource) string {
	var all []string
	for _, c := range rule.Blocks("condition") {
		for _, kind := range []string{"host_header", "path_pattern", "http_request_method"} {
			if values := literal(c.Block(kind).Get("values")); values != "" {
				all = append(all, values)
			}
		}
		if sources := literal(c.Block("source_ip").Get("values")); sources != "" {
			all = append(all, "from "+sources)
		}
		for _, kind := range []string{"http_header", "query_string"} {
			for _, b := range c.Blocks(kind) {
				all = append(all, strings.Trim(b.Text("http_header_name")+": "+literal(b.Get("values")), ": "))
			}
		}
	}
	return strings.Join(all, "<br>")
}

// describeBalancer describes a load balancer and its listeners.
func (s stack) describeBalancer(lb tfstack.Resource) []string {
	facing := "internet-facing"
	if lb.Get("internal") == true {
		facing = "internal"
	}
	if literal(lb.Get("ip_address_type")) == "dualstack" {
		facing += ", IPv4 and IPv6"
	}
	lines := []string{"<b>Load balancer</b>", facing}
	for _, listener := range s.Resources("aws_lb_listener") {
		if !s.RefersTo(listener.Get("load_balancer_arn"), lb) {
			continue
		}
		line := literal(listener.Get("protocol")) + " " + literal(listener.Get("port"))
		for _, action := range listener.Blocks("default_action") {
			if redirect := action.Block("redirect"); len(redirect) > 0 {
				line += ": redirects to " + redirect.Text("protocol") + " " + literal(redirect.Get("port"))
			} else if answer := action.Block("fixed_response"); len(answer) > 0 {
				line += ": else answers " + literal(answer.Get("status_code"))
			}
		}
		lines = append(lines, line)
	}
	return lines
}
