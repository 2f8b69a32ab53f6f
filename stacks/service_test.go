package stacks_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/assertions"
)

// Deployments.

func TestDeploymentKeepsCapacityAndRollsBack(t *testing.T) {
	synthesize(t, "").One("aws_ecs_service").Matches(object{
		"deployment_minimum_healthy_percent": 100,
		"deployment_maximum_percent":         200,
		"deployment_circuit_breaker":         object{"enable": true, "rollback": true},
		"wait_for_steady_state":              true,
		"availability_zone_rebalancing":      "ENABLED",
		"enable_ecs_managed_tags":            true,
		"propagate_tags":                     "SERVICE",
		"platform_version":                   "LATEST",
		"enable_execute_command":             false,
		"triggers":                           assertions.Absent(),
		"alarms":                             assertions.Absent(),
	})
}

func TestTerraformWaitsLongerThanTheTasksDrain(t *testing.T) {
	synthesize(t, "service: {targetGroup: {deregistrationDelay: 3600s}}, container: {stopTimeout: "+
		"120s}").One("aws_ecs_service").
		Has("timeouts", object{"create": assertions.Regexp("^[0-9]{3}m$"), "update": assertions.Regexp("^[0-9]{3}m$"),
			"delete": "65m"})
}

func TestDeploymentCanBeTuned(t *testing.T) {
	synthesize(t, `service: {zoneRebalancing: false, managedTags: false, propagateTags: none, platformVersion: 1.4.0,
		deployment: {minHealthyPercent: 0, maxPercent: 100, circuitBreaker: false, alarms: [errors], redeploy: "2",
			waitForSteadyState: false}}`).
		One("aws_ecs_service").Matches(object{
		"deployment_minimum_healthy_percent": 0,
		"deployment_maximum_percent":         100,
		"deployment_circuit_breaker":         object{"enable": false, "rollback": false},
		"alarms": object{"enable": true, "rollback": true,
			"alarm_names": []string{"errors"}},
		"wait_for_steady_state":         false,
		"availability_zone_rebalancing": "DISABLED",
		"enable_ecs_managed_tags":       false,
		"propagate_tags":                "NONE",
		"platform_version":              "1.4.0",
		"force_new_deployment":          true,
		"triggers":                      object{"redeploy": "2"},
	})
}

func TestRollbackOffKeepsTheFailedVersion(t *testing.T) {
	synthesize(t, "service: {deployment: {rollback: false, alarms: [errors]}}").One("aws_ecs_service").Matches(object{
		"deployment_circuit_breaker": object{"enable": true, "rollback": false},
		"alarms":                     object{"enable": true, "rollback": false},
	})
}

// Capacity.

func TestSpotSharesTheTasksWithOrdinaryCapacity(t *testing.T) {
	tpl := synthesize(t, "service: {capacity: {onDemand: {base: 2, weight: 1}, spot: {weight: 3}}}")
	service, providers := tpl.One("aws_ecs_service"), tpl.One("aws_ecs_cluster_capacity_providers")
	providers.Matches(object{
		"cluster_name":       tpl.One("aws_ecs_cluster").Ref("name"),
		"capacity_providers": []string{"FARGATE", "FARGATE_SPOT"},
	})
	service.Matches(object{
		"launch_type": assertions.Absent(),
		"capacity_provider_strategy": []any{
			object{"capacity_provider": "FARGATE", "base": 2, "weight": 1},
			object{"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 3},
		},
		// Without it the provider replaces the service when a share changes.
		"force_new_deployment": true,
	})
	service.DependsOn(providers)
}

// A service that moves between a launch type and a strategy, or changes its strategy without force_new_deployment, is
// replaced (hashicorp/terraform-provider-aws #22408, #37848).
func TestEveryServiceHasAStrategySoThatAnyChangeOfItIsInPlace(t *testing.T) {
	const capacity = "capacity: {onDemand: {weight: 1}, spot: {weight: 1}}"
	for _, change := range []string{"", "service: {" + capacity + "}", "service: {capacity: {onDemand: {base: 1, " +
		"weight: 1}}}",
		"services: {api: {routing: {paths: [/api/*]}, container: {image: api, ports: [80]}, service: {" + capacity +
			"}}}"} {
		tpl := synthesize(t, change)
		tpl.AllMatch("aws_ecs_service", object{
			"launch_type":                assertions.Absent(),
			"capacity_provider_strategy": assertions.ArrayWith(object{"capacity_provider": "FARGATE"}),
			"force_new_deployment":       true,
		})
		// One list for the whole cluster, always the same: AWS refuses to take a provider away that a service uses.
		tpl.One("aws_ecs_cluster_capacity_providers").Has("capacity_providers", []string{"FARGATE", "FARGATE_SPOT"})
	}
}

func TestMoreSecurityGroupsStandBesideTheServicesOwn(t *testing.T) {
	tpl := synthesize(t, "service: {securityGroups: [sg-0123456789abcdef0]}")
	own := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test"})
	tpl.One("aws_ecs_service").Has("network_configuration.security_groups",
		[]any{own.Ref("id"), "sg-0123456789abcdef0"})
}

// AWS refuses names with two hyphens side by side.
func TestNamesFollowAWSRules(t *testing.T) {
	for name, want := range map[string]string{"a": "a-tes-", "webapp": "webap-", "shop": "shop-",
		"shop-prod": "shop-"} {
		tpl := synth(t, loadNamed(t, name, ""))
		tpl.One("aws_lb").Has("name_prefix", want)
		tpl.One("aws_lb_target_group").Has("name_prefix", want)
	}
}

// Several services.

const twoServices = `services: {
	api: {routing: {paths: [/api/*], hosts: [api.example.com], headers: {X-Version: ["2"]}, sources: [203.0.113.0/24]},
		task: {cpu: 1024, memory: 2048}, container: {image: api, ports: [3000]}, scaling: {min: 2, max: 4,
			cpu: {percent: 60}}},
	admin: {routing: {paths: [/admin/*]}, container: {image: admin, ports: [8000]}, service: {desiredCount: 1}}}`

func TestServicesShareTheLoadBalancerAndTheCluster(t *testing.T) {
	tpl := synthesize(t, twoServices)
	tpl.Count("aws_lb", 1)
	tpl.Count("aws_lb_listener", 1)
	tpl.Count("aws_ecs_cluster", 1)
	tpl.Count("aws_ecs_service", 3)
	tpl.AllMatch("aws_ecs_service", object{"cluster": tpl.One("aws_ecs_cluster").Ref("arn")})

	first := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"})
	tpl.One("aws_lb_listener").Has("default_action.0.target_group_arn", first.Get("load_balancer.0.target_group_arn"))

	api := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-api"})
	rule := tpl.OneMatching("aws_lb_listener_rule", object{"action": []any{
		object{"type": "forward", "target_group_arn": api.Get("load_balancer.0.target_group_arn")},
	}})
	rule.Matches(object{
		"listener_arn": tpl.One("aws_lb_listener").Ref("arn"),
		"condition": assertions.ArrayEquals(
			object{"path_pattern": object{"values": []string{"/api/*"}}},
			object{"host_header": object{"values": []string{"api.example.com"}}},
			object{"http_header": object{"http_header_name": "X-Version", "values": []string{"2"}}},
			object{"source_ip": object{"values": []string{"203.0.113.0/24"}}},
		),
	})
	api.DependsOn(rule)
	tpl.OneMatching("aws_ecs_task_definition", object{"family": "webapp-test-api"}).Matches(object{"cpu": "1024",
		"memory": "2048"})
	tpl.OneMatching("aws_cloudwatch_log_group", object{"name": "/ecs/webapp-test-api"})
	tpl.OneMatching("aws_appautoscaling_target", object{"min_capacity": 2, "max_capacity": 4}).
		Has("resource_id", fmt.Sprintf("service/%s/%s", tpl.One("aws_ecs_cluster").Ref("name"), api.Ref("name")))
}

func TestOneMoreServiceChangesNothingOfTheOthers(t *testing.T) {
	before, after := synthesize(t, twoServices), synthesize(t, twoServices[:len(twoServices)-1]+
		", another: {routing: {paths: [/another/*]}, container: {image: another, ports: [80]}}}")
	old := byAddress(before)
	for address, resource := range byAddress(after) {
		if was, ok := old[address]; ok {
			if diff := cmp.Diff(was.Get(""), resource.Get("")); diff != "" {
				t.Errorf("%s changes (-before +after):\n%s", address, diff)
			}
			delete(old, address)
		}
	}
	for address := range old {
		t.Errorf("%s goes", address)
	}
}

func byAddress(tpl *assertions.Template) map[string]*assertions.Resource {
	all := map[string]*assertions.Resource{}
	for _, resource := range tpl.All() {
		all[resource.Address()] = resource
	}
	return all
}

func TestMoreDemandingRulesComeFirst(t *testing.T) {
	tpl := synthesize(t, `services: {
		a: {routing: {paths: [/api/*]}, container: {image: a, ports: [80]}},
		b: {routing: {paths: [/api/v2/*]}, container: {image: b, ports: [80]}},
		c: {routing: {paths: [/api/v2/*], hosts: [beta.example.com]}, container: {image: c, ports: [80]}},
		d: {routing: {paths: [/static/*], priority: 7}, container: {image: d, ports: [80]}}}`)
	priority := func(key string) float64 {
		service := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-" + key})
		rule := tpl.OneMatching("aws_lb_listener_rule", object{"action": []any{
			object{"target_group_arn": service.Get("load_balancer.0.target_group_arn")},
		}})
		return rule.Get("priority").(float64)
	}
	if got := []float64{priority("d"), priority("c"), priority("b"),
		priority("a")}; !slices.IsSorted(got) || got[0] != 7 {
		t.Errorf("priorities of d, c, b, a: got %v, want 7 and ascending ones", got)
	}
}

func TestWhatNoRoutingChoosesIsNotFound(t *testing.T) {
	tpl := synthesize(t, "routing: {hosts: [www.example.com]}")
	tpl.One("aws_lb_listener").Has("default_action", []any{object{
		"type": "fixed-response", "fixed_response": object{"status_code": "404"},
		"target_group_arn": assertions.Absent(),
	}})
	group := tpl.One("aws_lb_target_group")
	tpl.One("aws_lb_listener_rule").Has("action", []any{object{"target_group_arn": group.Ref("arn")}})
}

func TestAdditionalPortHasItsOwnWayIn(t *testing.T) {
	tpl := synthesize(t, `container: {ports: [8000, 9090]},
		service: {additionalPorts: [{port: 9090, routing: {paths: [/admin/*]}, healthCheck: {path: /ready}}]}`)
	service := tpl.One("aws_ecs_service")
	group := tpl.OneMatching("aws_lb_target_group", object{"health_check": object{"path": "/ready"}})
	service.Has("load_balancer", assertions.ArrayWith(object{
		"container_port": 9090, "target_group_arn": group.Ref("arn"), "container_name": "hello-app-runner",
	}))
	tpl.Count("aws_lb_target_group", 2)
	rule := tpl.One("aws_lb_listener_rule")
	rule.Has("action", []any{object{"target_group_arn": group.Ref("arn")}})
	service.DependsOn(rule)
	// Removed again, the rule goes after the service has let go of the group.
	rule.Has("lifecycle.create_before_destroy", true)
	tasks := service.Get("network_configuration.security_groups.0")
	tpl.Has("aws_vpc_security_group_ingress_rule", object{"security_group_id": tasks, "from_port": 9090,
		"to_port":                      9090,
		"referenced_security_group_id": tpl.One("aws_lb").Get("security_groups.0")})
}

// Services that call each other.

const peers = `service: {connect: {}, discovery: {ttl: 20s}}, services: {
	api: {routing: {paths: [/api/*]}, container: {image: api, ports: [3000]}, service: {connect: {name: backend,
		port: 80}}},
	admin: {routing: {paths: [/admin/*]}, container: {image: admin, ports: [80]}}}`

func TestServicesFindEachOtherByName(t *testing.T) {
	tpl := synthesize(t, peers)
	namespace := tpl.One("aws_service_discovery_private_dns_namespace")
	namespace.Matches(object{"name": "webapp-test.internal", "vpc": tpl.One("aws_vpc").Ref("id")})
	connects := func(name string, port int) object {
		return object{"enabled": true, "namespace": namespace.Ref("arn"), "service": []any{object{
			"port_name": "connect", "discovery_name": name + "-sc",
			"client_alias": object{"dns_name": name, "port": port},
		}}}
	}
	first := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"})
	first.Has("service_connect_configuration", connects("webapp", 8000))
	tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-api"}).Has("service_connect_configuration",
		connects("backend", 80))
	tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-admin"}).Lacks("service_connect_configuration")

	record := tpl.One("aws_service_discovery_service")
	record.Matches(object{"name": "webapp", "dns_config": object{
		"namespace_id": namespace.Ref("id"), "dns_records": []any{object{"type": "A", "ttl": 20}},
	}})
	first.Has("service_registries.registry_arn", record.Ref("arn"))
	for family, want := range map[string]any{"webapp": "connect", "webapp-test-api": "connect",
		"webapp-test-admin": assertions.Absent()} {
		tpl.OneMatching("aws_ecs_task_definition", object{"family": family}).Has("container_definitions",
			assertions.JSON([]any{object{"portMappings": []any{object{"name": want}}}}))
	}
}

func TestOnlyPeersReachEachOtherWithoutTheLoadBalancer(t *testing.T) {
	tpl := synthesize(t, peers)
	group := tpl.OneMatching("aws_security_group", object{"description": "Services of webapp-test that call each " +
		"other"})
	for _, service := range tpl.All("aws_ecs_service") {
		groups := service.Get("network_configuration.security_groups").([]any)
		isPeer := service.Get("name") != "webapp-test-admin"
		if got := slices.Contains(groups, any(group.Ref("id"))); got != isPeer {
			t.Errorf("%s is in the peers' group: got %v, want %v", service.Get("name"), got, isPeer)
		}
	}
	for _, port := range []int{3000, 8000} {
		for _, direction := range []string{"ingress", "egress"} {
			tpl.OneMatching("aws_vpc_security_group_"+direction+"_rule", object{
				"security_group_id": group.Ref("id"), "referenced_security_group_id": group.Ref("id"),
				"from_port": port, "to_port": port,
			})
		}
	}
	tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": group.Ref("id")}, 2)
}

func TestExistingNamespaceIsLookedUp(t *testing.T) {
	tpl := synthesize(t, "namespace: {name: shared.internal, existing: true}, service: {connect: {}}")
	tpl.None("aws_service_discovery_private_dns_namespace")
	found := tpl.Data().One("aws_service_discovery_dns_namespace")
	found.Matches(object{"name": "shared.internal", "type": "DNS_PRIVATE"})
	tpl.One("aws_ecs_service").Has("service_connect_configuration.namespace", found.Ref("arn"))
}

func TestWhoElseMayCallIsAdmittedToEveryPort(t *testing.T) {
	tpl := synthesize(t, `namespace: {allowedSources: [10.8.0.0/16, sg-0123456789abcdef0, pl-0123456789abcdef0]},
		service: {discovery: {}}, container: {ports: [8000, 9000]}, sidecars: {cache: {image: redis, ports: [6379]}}`)
	group := tpl.OneMatching("aws_security_group", object{"description": "Services of webapp-test that call each " +
		"other"})
	for _, port := range []int{8000, 9000, 6379} {
		for _, source := range []object{{"cidr_ipv4": "10.8.0.0/16"},
			{"referenced_security_group_id": "sg-0123456789abcdef0"},
			{"prefix_list_id": "pl-0123456789abcdef0"}} {
			source["security_group_id"], source["from_port"], source["to_port"] = group.Ref("id"), port, port
			tpl.OneMatching("aws_vpc_security_group_ingress_rule", source)
		}
	}
}

// Source: ECS API, PortMapping, appProtocol.
func TestServiceConnectKnowsTheProtocol(t *testing.T) {
	const https = `, loadBalancer: {https: {certificates: ["` + certificate + `"]}}`
	for service, want := range map[string]any{
		"connect: {}": "http",
		"connect: {}, targetGroup: {protocolVersion: HTTP2}": "http2",
		"connect: {}, targetGroup: {protocolVersion: GRPC}":  "grpc",
		"connect: {protocol: tcp}":                           assertions.Absent(),
		"connect: {}, targetGroup: {protocol: HTTPS}":        assertions.Absent(), // encrypted
		"discovery: {}": assertions.Absent(),
	} {
		synthesize(t, "service: {"+service+"}"+https).One("aws_ecs_task_definition").Has("container_definitions",
			assertions.JSON([]any{object{"portMappings": []any{object{"appProtocol": want}}}}))
	}
}

// Source: ECS developer guide, "Amazon ECS Service Connect components": tasks know the services that were there when
// they started.
func TestServicesComeAfterThoseThatTheyCall(t *testing.T) {
	stack := func(port string) *assertions.Template {
		return synthesize(t, `service: {connect: {calls: [backend]}}, services: {
			api: {routing: {paths: [/api/*]}, container: {image: api, ports: [3000]}, service: {connect: {name: backend,
				port: `+port+`, calls: [store]}}},
			store: {routing: {paths: [/store]}, container: {image: store, ports: [80]}, service: {connect: {}}}}`)
	}
	tpl := stack("80")
	first, api, store := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"}),
		tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-api"}),
		tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test-store"})
	first.DependsOn(api)
	api.DependsOn(store)
	store.Has("triggers", assertions.Absent())

	t.Log("a server that is reached in another way has its callers redeployed")
	now := stack("81").OneMatching("aws_ecs_service", object{"name": "webapp-test"})
	if cmp.Equal(first.Get("triggers"), now.Get("triggers")) {
		t.Errorf("the first service's triggers stay %v", now.Get("triggers"))
	}
}

// A shell in a container.

func TestExecOpensTheChannelsThatAShellNeeds(t *testing.T) {
	tpl := synthesize(t, "service: {exec: true}")
	tpl.One("aws_ecs_service").Has("enable_execute_command", true)
	tpl.One("aws_ecs_task_definition").Has("container_definitions",
		assertions.JSON([]any{object{"linuxParameters": object{"initProcessEnabled": true}}}))
	policy := tpl.OneMatching("aws_iam_role_policy", object{"role": tpl.OneMatching("aws_iam_role",
		object{"description": assertions.Regexp("may do$")}).Ref("id")})
	policy.Has("policy", assertions.JSON(object{"Statement": []any{object{
		"Effect": "Allow", "Resource": []string{"*"}, "Action": []string{"ssmmessages:CreateControlChannel",
			"ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"},
	}}}))
	tpl.One("aws_ecs_service").DependsOn(policy)
}
