package stacks_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/assertions"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
)

type object = map[string]any

// The article's tests, by intent.

func TestClusterKeepsHoldOfItsVPC(t *testing.T) {
	p := newParts(t, "")
	assertions.Synth(t, p.stack).Count("aws_ecs_cluster", 1)
	if p.cluster.VPC() != p.vpc {
		t.Error("the cluster's VPC is not the one that it was given")
	}
}

func TestTaskDefinitionIsForFargate(t *testing.T) {
	p := newParts(t, "task: {cpu: 512, memory: 1024, family: test}")
	if !contains(p.stack, "task") {
		t.Error("the task definition is not in the stack")
	}
	assertions.Synth(t, p.stack).One("aws_ecs_task_definition").Matches(object{
		"requires_compatibilities": []string{"FARGATE"},
		"network_mode":             "awsvpc",
		"cpu":                      "512",
		"memory":                   "1024",
		"family":                   "test",
	})
}

func TestContainerIsInTheTaskDefinition(t *testing.T) {
	const image = "public.ecr.aws/aws-containers/hello-app-runner:latest"
	p := newParts(t, "container: {image: '"+image+"', ports: [8080]}")
	if got, want := p.task.ContainerName(), "hello-app-runner"; got != want {
		t.Errorf("container name: got %s, want %s", got, want)
	}
	assertions.Synth(t, p.stack).One("aws_ecs_task_definition").Has("container_definitions",
		assertions.JSON(assertions.ArrayWith(object{"name": "hello-app-runner", "image": image, "essential": true})))
}

func TestServiceRunsOnFargateBehindALoadBalancer(t *testing.T) {
	tpl := synthesize(t, "service: {desiredCount: 1}")
	securityGroups := assertions.NewCapture()
	tpl.One("aws_ecs_service").Matches(object{
		"desired_count": 1,
		"capacity_provider_strategy": assertions.ArrayEquals(object{"capacity_provider": "FARGATE", "base": 0,
			"weight": 1}),
		"network_configuration": object{
			"assign_public_ip": false,
			"security_groups":  assertions.ArrayWith(securityGroups),
		},
	})
	tpl.One("aws_ecs_task_definition").Has("requires_compatibilities", []string{"FARGATE"})
	group := tpl.OneMatching("aws_security_group", object{"description": "Tasks of webapp-test"})
	if got, want := securityGroups.String(t), group.Ref("id"); got != want {
		t.Errorf("security group: got %s, want %s", got, want)
	}
	tpl.One("aws_lb").Matches(object{"load_balancer_type": "application", "internal": false})
}

func TestServiceKnowsItsClusterAndTask(t *testing.T) {
	p := newParts(t, "")
	s := load(t, "")
	lb := loadbalancing.NewLoadBalancer(p.stack, "load-balancer", loadbalancing.LoadBalancerProps{
		Name: "test", VPC: p.vpc, Subnets: p.vpc.PublicSubnets(), Settings: s.LoadBalancer,
	})
	service := ecs.NewService(p.stack, "service", ecs.ServiceProps{
		Workload: s.Workloads()[0], Task: p.task, Cluster: p.cluster, LoadBalancer: lb,
	})
	if service.Cluster() != p.cluster || service.Task() != p.task {
		t.Error("the service's cluster and task are not those that it was given")
	}
}

func TestServiceWithoutPublicAccessHasAnInternalLoadBalancer(t *testing.T) {
	tpl := synthesize(t, "loadBalancer: {public: false}")
	lb := tpl.One("aws_lb")
	lb.Matches(object{"load_balancer_type": "application", "internal": true})
	lb.Has("subnets", assertions.ArrayEquals(privateSubnets(tpl)...))
}

func TestScalingTracksCPUAndMemory(t *testing.T) {
	tpl := synthesize(t, "scaling: {min: 1, max: 5, cpu: {percent: 50}, memory: {percent: 62.5}}")
	service, cluster := tpl.One("aws_ecs_service"), tpl.One("aws_ecs_cluster")
	target := tpl.One("aws_appautoscaling_target")
	target.Matches(object{
		"min_capacity":       1,
		"max_capacity":       5,
		"resource_id":        fmt.Sprintf("service/%s/%s", cluster.Ref("name"), service.Ref("name")),
		"scalable_dimension": "ecs:service:DesiredCount",
		"service_namespace":  "ecs",
	})
	tpl.Count("aws_appautoscaling_policy", 2)
	for metric, percent := range map[string]float64{
		"ECSServiceAverageCPUUtilization":    50,
		"ECSServiceAverageMemoryUtilization": 62.5,
	} {
		tpl.Has("aws_appautoscaling_policy", object{
			"policy_type":        "TargetTrackingScaling",
			"resource_id":        target.Ref("resource_id"),
			"scalable_dimension": target.Ref("scalable_dimension"),
			"service_namespace":  target.Ref("service_namespace"),
			"target_tracking_scaling_policy_configuration": object{
				"predefined_metric_specification": assertions.ObjectEquals(object{"predefined_metric_type": metric}),
				"target_value":                    percent,
			},
		})
	}
}

func TestOutputsTellWhereTheServiceAnswers(t *testing.T) {
	for port, suffix := range map[int]string{80: "", 8000: ":8000"} {
		t.Run(fmt.Sprint("port ", port), func(t *testing.T) {
			tpl := synthesize(t, fmt.Sprintf("loadBalancer: {port: %d}", port))
			dns := tpl.One("aws_lb").Ref("dns_name")
			tpl.Output("LoadBalancerDNS").Has("value", dns)
			tpl.Output("ServiceURL").Has("value", "http://"+dns+suffix)
		})
	}
}

// The network.

func TestNewVPCHasAPublicAndAPrivateSubnetInEveryZone(t *testing.T) {
	tpl := synthesize(t, "network: {new: {name: my-vpc, cidr: 10.1.0.0/16, zones: 3, natGateways: 1}}")
	vpc := tpl.One("aws_vpc")
	vpc.Matches(object{"cidr_block": "10.1.0.0/16", "tags": object{"Name": "my-vpc"}})
	zones := tpl.Data().One("aws_availability_zones")
	for i, zone := range []string{"a", "b", "c"} {
		for _, tier := range []struct{ name, cidr string }{
			{"public", fmt.Sprintf("10.1.%d.0/20", 16*i)},
			{"private", fmt.Sprintf("10.1.%d.0/20", 128+16*i)},
		} {
			tpl.OneMatching("aws_subnet", object{
				"vpc_id":     vpc.Ref("id"),
				"cidr_block": tier.cidr,
				"availability_zone": fmt.Sprintf("${element(data.%s.names, %d)}",
					strings.TrimPrefix(zones.Address(), "data."), i),
				"map_public_ip_on_launch": false,
				"tags":                    object{"Name": "my-vpc-" + tier.name + "-" + zone, "Tier": tier.name},
				// A new zone in the region must not move a subnet.
				"lifecycle": object{"ignore_changes": []string{"availability_zone"}},
			})
		}
	}
	tpl.Count("aws_subnet", 6)
	tpl.Count("aws_route_table_association", 6)
}

func TestNATGatewaysServeThePrivateSubnets(t *testing.T) {
	for _, tc := range []struct {
		nats, wantRoutes int
	}{
		{nats: 0, wantRoutes: 0},
		{nats: 1, wantRoutes: 2},
		{nats: 2, wantRoutes: 2},
	} {
		t.Run(fmt.Sprint(tc.nats), func(t *testing.T) {
			tpl := synthesize(t, fmt.Sprintf("network: {new: {natGateways: %d}}, service: {assignPublicIp: %t}",
				tc.nats, tc.nats == 0))
			tpl.Count("aws_nat_gateway", tc.nats)
			tpl.Count("aws_eip", tc.nats)
			tpl.CountMatching("aws_route", object{"nat_gateway_id": assertions.Any()}, tc.wantRoutes)
			tpl.CountMatching("aws_route", object{"gateway_id": tpl.One("aws_internet_gateway").Ref("id")}, 1)
			if tc.nats == 0 {
				return
			}
			used := map[any]bool{}
			for _, route := range tpl.Find("aws_route", object{"nat_gateway_id": assertions.Any()}) {
				used[route.Get("nat_gateway_id")] = true
			}
			if len(used) != tc.nats {
				t.Errorf("the private subnets use %d NAT gateways of %d", len(used), tc.nats)
			}
		})
	}
}

func TestNewVPCLeavesItsDefaultSecurityGroupEmpty(t *testing.T) {
	group := synthesize(t, "").One("aws_default_security_group")
	group.Lacks("ingress")
	group.Lacks("egress")
}

func TestExistingVPCIsFoundByItsName(t *testing.T) {
	tpl := synthesize(t, "network: {existing: {name: shared}}")
	vpc := tpl.Data().One("aws_vpc")
	vpc.Has("tags", assertions.Exact(object{"Name": "shared"}))
	tpl.None("aws_vpc")
	tpl.None("aws_subnet")
	tpl.AllMatch("aws_security_group", object{"vpc_id": vpc.Ref("id")})
	tpl.One("aws_lb_target_group").Has("vpc_id", vpc.Ref("id"))

	needs := func(count, needer string) any {
		return []any{object{"condition": assertions.Regexp(">= " + count + "}$"),
			"error_message": assertions.Regexp(`VPC shared .*` + needer)}}
	}
	tpl.One("aws_lb").Has("lifecycle.precondition", needs("2", "a load balancer needs 2"))
	tpl.One("aws_ecs_service").Has("lifecycle.precondition", needs("1", "a service needs 1"))
	if lb, service := tpl.One("aws_lb").Get("subnets"),
		tpl.One("aws_ecs_service").Get("network_configuration.subnets"); cmp.Equal(lb, service) {
		t.Errorf("the load balancer and the tasks share the subnets %v", lb)
	}
}

func TestExistingVPCWithPublicAddressesNeedsNoPrivateSubnets(t *testing.T) {
	tpl := synthesize(t, "network: {existing: {name: shared}}, service: {assignPublicIp: true}, loadBalancer: "+
		"{public: false}")
	lb, service := tpl.One("aws_lb").Get("subnets"), tpl.One("aws_ecs_service").Get("network_configuration.subnets")
	if diff := cmp.Diff(lb, service); diff != "" {
		t.Errorf("the load balancer is not in the tasks' public subnets (-load balancer +service):\n%s", diff)
	}
}

func TestDefaultVPCGivesTasksPublicAddresses(t *testing.T) {
	tpl := synthesize(t, "network: {default: true}")
	tpl.Data().One("aws_vpc").Has("default", true)
	tpl.Data().One("aws_subnets").Has("filter", assertions.ArrayWith(object{"name": "default-for-az",
		"values": []string{"true"}}))
	service := tpl.One("aws_ecs_service")
	service.Has("network_configuration.assign_public_ip", true)
	service.Has("network_configuration.subnets", tpl.One("aws_lb").Get("subnets"))
	tpl.None("aws_subnet")
}

// The way in.

func TestNothingButTheListenerIsOpenToTheWorld(t *testing.T) {
	for name, change := range map[string]string{
		"new VPC":            "",
		"existing VPC":       "network: {existing: {name: shared}}",
		"default VPC":        "network: {default: true}",
		"public addresses":   "service: {assignPublicIp: true}",
		"several ports":      "container: {ports: [8000, 9090]}",
		"on the port of TLS": "loadBalancer: {port: 443}",
	} {
		t.Run(name, func(t *testing.T) {
			tpl := synthesize(t, change)
			listener, lb := tpl.One("aws_lb_listener"), tpl.One("aws_lb")
			toListener := tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"cidr_ipv4": assertions.Any()})
			toListener.Matches(object{
				"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp",
				"from_port": listener.Get("port"), "to_port": listener.Get("port"),
			})
			lb.Has("security_groups", []any{toListener.Get("security_group_id")})

			service := tpl.One("aws_ecs_service")
			port := service.Get("load_balancer.0.container_port")
			tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{
				"referenced_security_group_id": toListener.Get("security_group_id"),
				"security_group_id":            service.Get("network_configuration.security_groups.0"),
				"from_port":                    port, "to_port": port, "ip_protocol": "tcp",
			})
			tpl.OneMatching("aws_vpc_security_group_egress_rule", object{
				"security_group_id":            toListener.Get("security_group_id"),
				"referenced_security_group_id": service.Get("network_configuration.security_groups.0"),
				"from_port":                    port, "to_port": port, "ip_protocol": "tcp",
			})
			tpl.Count("aws_vpc_security_group_ingress_rule", 2)
			tpl.Count("aws_vpc_security_group_egress_rule", 2)
			for _, group := range tpl.All("aws_security_group") {
				group.Lacks("ingress")
				group.Lacks("egress")
			}
		})
	}
}

func TestInternalListenerIsOpenToTheVPCOnly(t *testing.T) {
	for change, want := range map[string]string{
		"network: {new: {cidr: 10.9.0.0/16}}": "10.9.0.0/16",
		"network: {existing: {name: shared}}": "",
	} {
		tpl := synthesize(t, change+", loadBalancer: {public: false}")
		if want == "" {
			want = tpl.Data().One("aws_vpc").Ref("cidr_block")
		}
		tpl.OneMatching("aws_vpc_security_group_ingress_rule",
			object{"cidr_ipv4": assertions.Any(), "for_each": assertions.Absent()}).Has("cidr_ipv4", want)
		// A VPC that is there already may have more ranges.
		further := 0
		if strings.Contains(change, "existing") {
			further = 1
		}
		tpl.CountMatching("aws_vpc_security_group_ingress_rule",
			object{"cidr_ipv4": "${each.value}", "for_each": assertions.Any()}, further)
	}
}

func TestListenerForwardsToTheTasks(t *testing.T) {
	tpl := synthesize(t, "container: {ports: [3000, 9090]}, loadBalancer: {port: 8080}")
	lb, group, service := tpl.One("aws_lb"), tpl.One("aws_lb_target_group"), tpl.One("aws_ecs_service")
	tpl.One("aws_lb_listener").Matches(object{
		"load_balancer_arn": lb.Ref("arn"), "port": 8080, "protocol": "HTTP",
		"default_action": []any{object{"type": "forward", "target_group_arn": group.Ref("arn")}},
	})
	// Another port of the container must not be another, empty target group, nor a group of an earlier release be
	// replaced.
	group.Matches(object{"target_type": "ip", "port": 80, "protocol": "HTTP",
		"lifecycle": object{"ignore_changes": []string{"port"}}})
	service.Has("load_balancer", []any{object{
		"target_group_arn": group.Ref("arn"), "container_name": "hello-app-runner", "container_port": 3000,
	}})
	tpl.One("aws_ecs_task_definition").Has("container_definitions", assertions.JSON([]any{object{
		"portMappings": []any{
			assertions.Exact(object{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}),
			assertions.Exact(object{"containerPort": 9090, "hostPort": 9090, "protocol": "tcp"}),
		},
	}}))
}

func TestHealthCheckIsTheSettings(t *testing.T) {
	tpl := synthesize(t, `service: {healthCheck: {path: /health, successCodes: "200-204", interval: 10s, timeout: 4s,
		healthyThreshold: 2, unhealthyThreshold: 3, gracePeriod: 2m}}`)
	tpl.One("aws_lb_target_group").Has("health_check", assertions.Exact(object{
		"path": "/health", "matcher": "200-204", "interval": 10, "timeout": 4,
		"healthy_threshold": 2, "unhealthy_threshold": 3,
	}))
	tpl.One("aws_ecs_service").Has("health_check_grace_period_seconds", 120)
}

func TestLoadBalancerDropsInvalidHeaders(t *testing.T) {
	synthesize(t, "").One("aws_lb").Has("drop_invalid_header_fields", true)
}

// The task.

func TestContainerLogsToItsOwnLogGroup(t *testing.T) {
	tpl := synthesize(t, "")
	logs := tpl.One("aws_cloudwatch_log_group")
	logs.Matches(object{"name": "/ecs/webapp-test", "retention_in_days": 1})
	// The service waits for it by way of the permission to write to it.
	permission := tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks"})
	permission.References("policy", logs)
	tpl.One("aws_ecs_service").DependsOn(permission)
	tpl.One("aws_ecs_task_definition").Decode("container_definitions").Has("0.logConfiguration",
		assertions.Exact(object{
			"logDriver": "awslogs",
			"options": object{
				"awslogs-group":         "/ecs/webapp-test",
				"awslogs-region":        tpl.Data().One("aws_region").Ref("name"),
				"awslogs-stream-prefix": "webapp",
				// A container does not stand still while its lines cannot be delivered.
				"mode":            "non-blocking",
				"max-buffer-size": "25m",
			},
		}))
	synthesize(t, "logs: {retentionDays: 30}").One("aws_cloudwatch_log_group").Has("retention_in_days", 30)
}

func TestExecutionRoleMayOnlyWriteToTheLogGroup(t *testing.T) {
	tpl := synthesize(t, "")
	policy := tpl.One("aws_iam_role_policy")
	policy.Decode("policy").Has("Statement", assertions.Exact([]any{object{
		"Effect":   "Allow",
		"Action":   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		"Resource": []string{tpl.One("aws_cloudwatch_log_group").Ref("arn") + ":*"},
	}}))
	execution := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-execution-"})
	policy.Has("role", execution.Ref("id"))
	tpl.One("aws_ecs_task_definition").Has("execution_role_arn", execution.Ref("arn"))
}

func TestPrivateECRImageIsGrantedItsPull(t *testing.T) {
	tpl := synthesize(t, "container: {image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1'}")
	repository := "arn:" + tpl.Data().One("aws_partition").Ref("partition") +
		":ecr:eu-west-1:123456789012:repository/team/web"
	tpl.One("aws_iam_role_policy").Decode("policy").Has("Statement", assertions.ArrayWith(
		object{"Action": []string{"ecr:GetAuthorizationToken"}, "Resource": []string{"*"}},
		object{"Action": assertions.ArrayWith("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
			"Resource": []string{repository}},
	))
}

func TestTaskRoleCanOnlyBeTakenForThisAccountsTasks(t *testing.T) {
	tpl := synthesize(t, "")
	role := tpl.OneMatching("aws_iam_role", object{"name_prefix": "webapp-test-task-"})
	tpl.One("aws_ecs_task_definition").Has("task_role_arn", role.Ref("arn"))
	role.Decode("assume_role_policy").Has("Statement", []any{object{
		"Action":    []string{"sts:AssumeRole"},
		"Principal": assertions.Exact(object{"Service": "ecs-tasks.amazonaws.com"}),
		"Condition": object{"StringEquals": object{"aws:SourceAccount": []string{
			tpl.Data().One("aws_caller_identity").Ref("account_id"),
		}}},
	}})
}

// The service's life.

func TestServiceIsNamedBySettingOrStack(t *testing.T) {
	for change, want := range map[string]string{"": "webapp-test", "service: {name: shop-front}": "shop-front"} {
		synthesize(t, change).One("aws_ecs_service").Has("name", want)
	}
}

func TestServiceComesAfterAndGoesBeforeWhatItsTasksNeed(t *testing.T) {
	tpl := synthesize(t, "")
	needs := tpl.All("aws_lb_listener", "aws_iam_role_policy", "aws_vpc_security_group_egress_rule")
	needs = append(needs, tpl.Find("aws_vpc_security_group_ingress_rule",
		object{"referenced_security_group_id": assertions.Any()})...)
	needs = append(needs, tpl.Find("aws_route", object{"nat_gateway_id": assertions.Any()})...)
	tpl.One("aws_ecs_service").DependsOn(needs...)
}

func TestDesiredCountBelongsToScalingWhereItIsOn(t *testing.T) {
	scaled := synthesize(t, "service: {desiredCount: 2}")
	scaled.One("aws_ecs_service").Has("desired_count", 2)
	scaled.One("aws_ecs_service").Has("lifecycle.ignore_changes", []string{"desired_count"})

	fixed := synthesize(t, "service: {desiredCount: 3}, scaling: null")
	fixed.One("aws_ecs_service").Has("desired_count", 3)
	fixed.One("aws_ecs_service").Lacks("lifecycle.ignore_changes")
	fixed.None("aws_appautoscaling_target")
	fixed.None("aws_appautoscaling_policy")
}

func TestFailedDeploymentIsRolledBackAndFailsTheApply(t *testing.T) {
	tpl := synthesize(t, "")
	service, task := tpl.One("aws_ecs_service"), tpl.One("aws_ecs_task_definition")
	service.Has("deployment_circuit_breaker", assertions.Exact(object{"enable": true, "rollback": true}))
	service.Has("wait_for_steady_state", true)
	service.Has("lifecycle.postcondition", []any{object{
		"condition": fmt.Sprintf("${self.task_definition == %s.arn}", task.Address()),
	}})
}

func TestWhatIsReplacedHasItsSuccessorFirst(t *testing.T) {
	tpl := synthesize(t, "")
	for _, resource := range tpl.All("aws_lb", "aws_lb_target_group", "aws_security_group") {
		resource.Has("lifecycle.create_before_destroy", true)
		resource.Has("name_prefix", assertions.Regexp("^webap.*-$"))
		resource.Lacks("name")
	}
	for _, rule := range tpl.Find("aws_vpc_security_group_ingress_rule",
		object{"referenced_security_group_id": assertions.Any()}) {
		rule.Has("lifecycle.create_before_destroy", true)
	}
	tpl.One("aws_ecs_task_definition").Has("lifecycle.create_before_destroy", true)
	// A fixed name and a successor first do not go together.
	tpl.One("aws_ecs_service").Lacks("lifecycle.create_before_destroy")
}

func TestWhatAWSDeletesAlongIsMadeAgain(t *testing.T) {
	tpl := synthesize(t, "")
	replacedWith := func(r *assertions.Resource, attribute string) any { return []any{r.Address() + "." + attribute} }
	target := tpl.One("aws_appautoscaling_target")
	target.Has("lifecycle.replace_triggered_by", replacedWith(tpl.One("aws_ecs_service"), "id"))
	tpl.AllMatch("aws_appautoscaling_policy", object{"lifecycle": object{"replace_triggered_by": replacedWith(target,
		"id")}})
	balancer := tpl.One("aws_lb")
	identity := tpl.OneMatching("terraform_data", object{"input": object{"arn": balancer.Ref("arn")}})
	tpl.One("aws_lb_target_group").Has("lifecycle.replace_triggered_by",
		[]any{identity.Address() + ".input.arn", balancer.Address() + ".arn"})
}

// The stack.

// TestAddressesStay compares the stack with the list of the addresses that its resources have had since their first
// release. Terraform knows a resource by its address alone.
func TestAddressesStay(t *testing.T) {
	const file = "testdata/addresses.txt"
	var got []string
	for _, resource := range synthesize(t, "").All() {
		got = append(got, resource.Address())
	}
	slices.Sort(got)
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lost, added := difference(strings.Fields(string(text)), got)
	if len(lost) > 0 {
		t.Errorf("These addresses are gone, so Terraform would destroy the resources, and create others in their "+
			"place "+
			"if they were renamed:\n  %s\nKeep the construct ids. If you must rename a resource, give it MoveFromId "+
			"with the old address; if it is meant to go, accept that with: go test ./stacks -run %s -update",
			strings.Join(lost, "\n  "), t.Name())
	}
	if len(added) > 0 {
		t.Errorf("These resources are new, which breaks nothing:\n  %s\nAccept them with: go test ./stacks -run %s "+
			"-update. From then on their addresses must stay.", strings.Join(added, "\n  "), t.Name())
	}
}

// difference returns what only the first list has, and what only the second one has.
func difference(a, b []string) (onlyA, onlyB []string) {
	without := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
	}
	return without(a, b), without(b, a)
}

func privateSubnets(tpl *assertions.Template) []any {
	var ids []any
	for _, subnet := range tpl.Find("aws_subnet", object{"tags": object{"Tier": "private"}}) {
		ids = append(ids, subnet.Ref("id"))
	}
	return ids
}
