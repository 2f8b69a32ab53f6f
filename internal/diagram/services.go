package diagram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// describeService describes an ECS service: its tasks, their limits and what runs in each.
func (s *Stack) describeService(service resource) []string {
	lines := append([]string{"<b>" + plain(service.object["name"]) + "</b>"}, s.tasks(service)...)
	for _, task := range s.refers(service.object["task_definition"]) {
		cpu, memory := size(plain(task.object["cpu"]), 1024, "vCPU"), size(plain(task.object["memory"]), 1024, "GiB")
		lines = append(lines, strings.Join(slices.DeleteFunc([]string{cpu, memory, architecture(task), capacity(service)},
			func(part string) bool { return part == "" }), ", "))
		lines = append(lines, containers(task)...)
	}
	if block(service.object["network_configuration"])["assign_public_ip"] == true {
		lines = append(lines, "public addresses")
	}
	return lines
}

// tasks tells how many there are, and what chooses that; a line each where much does.
func (s *Stack) tasks(service resource) []string {
	for _, target := range s.all("aws_appautoscaling_target") {
		if !s.refersTo(target.object["resource_id"], service) {
			continue
		}
		limits := fmt.Sprintf("%s to %s tasks", plain(target.object["min_capacity"]), plain(target.object["max_capacity"]))
		var by []string
		for _, policy := range s.all("aws_appautoscaling_policy") {
			if s.refersTo(policy.object["resource_id"], target) {
				by = append(by, describePolicy(policy))
			}
		}
		if n := len(slices.DeleteFunc(s.all("aws_appautoscaling_scheduled_action"), func(action resource) bool {
			return !s.refersTo(action.object["resource_id"], target)
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
	if desired := plain(service.object["desired_count"]); desired != "1" {
		return []string{desired + " tasks"}
	}
	return []string{"1 task"}
}

func describePolicy(policy resource) string {
	tracking := block(policy.object["target_tracking_scaling_policy_configuration"])
	target := plain(tracking["target_value"])
	switch kind := plain(block(tracking["predefined_metric_specification"])["predefined_metric_type"]); kind {
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
	if custom := block(tracking["customized_metric_specification"]); len(custom) > 0 {
		return strings.TrimSpace(cmp.Or(plain(custom["metric_name"]), "a metric") + " " + target)
	}
	return "the policy " + plain(policy.object["name"])
}

// size renders 1024ths.
func size(text string, one int, unit string) string {
	n, err := strconv.Atoi(text)
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(float64(n)/float64(one), 'g', -1, 64) + " " + unit
}

func architecture(task resource) string {
	if a := plain(block(task.object["runtime_platform"])["cpu_architecture"]); a != "X86_64" {
		return a
	}
	return ""
}

func capacity(service resource) string {
	var shares []string
	for _, share := range blocks(service.object["capacity_provider_strategy"]) {
		name := map[string]string{"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}[plain(share["capacity_provider"])]
		shares = append(shares, cmp.Or(name, plain(share["capacity_provider"])))
	}
	return strings.Join(shares, " and ")
}

func containers(task resource) []string {
	var all []struct{ Name, Image string }
	if err := json.Unmarshal([]byte(fmt.Sprint(task.object["container_definitions"])), &all); err != nil {
		return nil // known when Terraform runs
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

// route is one way of requests from a listener to a service.
type route struct {
	listener, service resource
	label             string
	priority          int
}

// routes follows the listeners' actions to the target groups, and these to the services.
func (s *Stack) routes() []route {
	var found []route
	follow := func(r resource, actions, listener any, conditions string, priority int) {
		for _, action := range blocks(actions) {
			for _, group := range s.refers(action) {
				if group.kind != "aws_lb_target_group" {
					continue
				}
				for _, service := range s.all("aws_ecs_service") {
					for _, attached := range blocks(service.object["load_balancer"]) {
						if !s.refersTo(attached, group) {
							continue
						}
						from := r
						for _, l := range s.refers(listener) {
							from = l
						}
						label := conditions + "<br>" + describeTargets(group, plain(attached["container_port"]))
						found = append(found, route{listener: from, service: service, label: label, priority: priority})
					}
				}
			}
		}
	}
	for _, listener := range s.all("aws_lb_listener") {
		label := "every request"
		if slices.ContainsFunc(s.all("aws_lb_listener_rule"), func(rule resource) bool { return s.refersTo(rule.object["listener_arn"], listener) }) {
			label = "every other request"
		}
		follow(listener, listener.object["default_action"], nil, label, 1<<30)
	}
	for _, rule := range s.all("aws_lb_listener_rule") {
		priority, _ := strconv.Atoi(plain(rule.object["priority"]))
		follow(rule, rule.object["action"], rule.object["listener_arn"], describeConditions(rule), priority)
	}
	slices.SortStableFunc(found, func(a, b route) int { return a.priority - b.priority })
	return found
}

// describeTargets tells of the port too: not the group's own, but that of the container, by which ECS registers the
// tasks.
func describeTargets(group resource, port string) string {
	health := block(group.object["health_check"])
	protocol := plain(group.object["protocol"])
	if version := plain(group.object["protocol_version"]); version != "" && version != "HTTP1" {
		protocol = version
	}
	return fmt.Sprintf("to %s %s, health %s", protocol, port, plain(health["path"]))
}

func describeConditions(rule resource) string {
	var all []string
	for _, c := range blocks(rule.object["condition"]) {
		for _, kind := range []string{"host_header", "path_pattern", "http_request_method"} {
			if values := plain(block(c[kind])["values"]); values != "" {
				all = append(all, values)
			}
		}
		if sources := plain(block(c["source_ip"])["values"]); sources != "" {
			all = append(all, "from "+sources)
		}
		for _, kind := range []string{"http_header", "query_string"} {
			for _, b := range blocks(c[kind]) {
				all = append(all, strings.Trim(plain(b["http_header_name"])+": "+plain(b["values"]), ": "))
			}
		}
	}
	return strings.Join(all, "<br>")
}

// describeBalancer tells a load balancer's listeners.
func (s *Stack) describeBalancer(lb resource) []string {
	facing := "internet-facing"
	if lb.object["internal"] == true {
		facing = "internal"
	}
	if plain(lb.object["ip_address_type"]) == "dualstack" {
		facing += ", IPv4 and IPv6"
	}
	lines := []string{"<b>Load balancer</b>", facing}
	for _, listener := range s.all("aws_lb_listener") {
		if !s.refersTo(listener.object["load_balancer_arn"], lb) {
			continue
		}
		line := plain(listener.object["protocol"]) + " " + plain(listener.object["port"])
		for _, action := range blocks(listener.object["default_action"]) {
			if redirect := block(action["redirect"]); len(redirect) > 0 {
				line += ": redirects to " + plain(redirect["protocol"]) + " " + plain(redirect["port"])
			} else if answer := block(action["fixed_response"]); len(answer) > 0 {
				line += ": else answers " + plain(answer["status_code"])
			}
		}
		lines = append(lines, line)
	}
	return lines
}
