package adopt

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
)

// web is a stack with one public and one private subnet, a load balancer and a service.
const web = `{
	"aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}},
	"aws_internet_gateway": {"g": {"vpc_id": "${aws_vpc.v.id}"}},
	"aws_subnet": {
		"public": {"vpc_id": "${aws_vpc.v.id}", "cidr_block": "10.0.0.0/20",
			"availability_zone": "${element(data.aws_availability_zones.z.names, 0)}"},
		"private": {"vpc_id": "${aws_vpc.v.id}", "cidr_block": "10.0.128.0/20", "availability_zone": "eu-west-1a"}
	},
	"aws_route_table": {"public": {"vpc_id": "${aws_vpc.v.id}"}, "private": {"vpc_id": "${aws_vpc.v.id}"}},
	"aws_route_table_association": {
		"public": {"subnet_id": "${aws_subnet.public.id}", "route_table_id": "${aws_route_table.public.id}"},
		"private": {"subnet_id": "${aws_subnet.private.id}", "route_table_id": "${aws_route_table.private.id}"}
	},
	"aws_route": {
		"public": {"route_table_id": "${aws_route_table.public.id}", "destination_cidr_block": "0.0.0.0/0",
			"gateway_id": "${aws_internet_gateway.g.id}"},
		"private": {"route_table_id": "${aws_route_table.private.id}", "destination_cidr_block": "0.0.0.0/0",
			"nat_gateway_id": "${aws_nat_gateway.n.id}"}
	},
	"aws_nat_gateway": {"n": {"subnet_id": "${aws_subnet.public.id}", "allocation_id": "${aws_eip.e.id}"}},
	"aws_eip": {"e": {"domain": "vpc"}},
	"aws_vpc_endpoint": {"s3": {"service_name": "com.amazonaws.${data.aws_region.r.name}.s3",
		"vpc_endpoint_type": "Gateway"}},
	"aws_security_group": {"lb": {"name_prefix": "web-lb-"}, "tasks": {"name_prefix": "web-tasks-"}},
	"aws_vpc_security_group_ingress_rule": {
		"clients": {"security_group_id": "${aws_security_group.lb.id}", "cidr_ipv4": "0.0.0.0/0",
			"ip_protocol": "tcp", "from_port": 80, "to_port": 80},
		"lb": {"security_group_id": "${aws_security_group.tasks.id}",
			"referenced_security_group_id": "${aws_security_group.lb.id}", "ip_protocol": "tcp", "from_port": 8000,
			"to_port": 8000}
	},
	"aws_lb": {"l": {"security_groups": ["${aws_security_group.lb.id}"], "subnets": ["${aws_subnet.public.id}"]}},
	"aws_lb_listener": {"http": {"load_balancer_arn": "${aws_lb.l.arn}", "port": 80,
		"default_action": [{"type": "forward", "target_group_arn": "${aws_lb_target_group.t.arn}"}]}},
	"aws_lb_target_group": {"t": {"port": 8000}},
	"aws_ecs_cluster": {"c": {"name": "web"}},
	"aws_ecs_service": {"s": {
		"name": "web", "task_definition": "${aws_ecs_task_definition.t.arn}",
		"load_balancer": [{"container_port": 8000, "target_group_arn": "${aws_lb_target_group.t.arn}"}],
		"network_configuration": {"security_groups": ["${aws_security_group.tasks.id}"],
			"subnets": ["${aws_subnet.private.id}"]}
	}},
	"aws_ecs_task_definition": {"t": {
		"execution_role_arn": "${aws_iam_role.execution.arn}", "task_role_arn": "${aws_iam_role.task.arn}",
		"container_definitions": "[{\"logConfiguration\":{\"options\":{\"awslogs-group\":\"/ecs/web\"}}}]"
	}},
	"aws_iam_role": {"execution": {"name_prefix": "web-execution-"}, "task": {"name_prefix": "web-task-"},
		"records": {"name_prefix": "vpc-flow-logs-"}},
	"aws_iam_role_policy": {"start": {"name": "start-tasks", "role": "${aws_iam_role.execution.id}"}},
	"aws_cloudwatch_log_group": {"l": {"name": "/ecs/web"}, "records": {"name_prefix": "/vpc/"}},
	"aws_flow_log": {"f": {"vpc_id": "${aws_vpc.v.id}", "iam_role_arn": "${aws_iam_role.records.arn}",
		"log_destination": "${aws_cloudwatch_log_group.records.arn}"}},
	"aws_vpc_security_group_egress_rule": {"s3": {"security_group_id": "${aws_security_group.tasks.id}",
		"prefix_list_id": "${aws_vpc_endpoint.s3.prefix_list_id}", "ip_protocol": "tcp", "from_port": 443,
		"to_port": 443}},
	"aws_appautoscaling_target": {"t": {"resource_id": "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s.name}"}},
	"aws_appautoscaling_policy": {"cpu": {
		"name": "cpu", "resource_id": "${aws_appautoscaling_target.t.resource_id}",
		"target_tracking_scaling_policy_configuration": {
			"predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}}
	}}
}`

// handmade is an account with other names and ranges than the stack's.
func handmade() snapshot.Snapshot {
	subnet := func(id, cidr string) ec2types.Subnet {
		return ec2types.Subnet{SubnetId: &id, VpcId: aws.String("vpc-1"), CidrBlock: &cidr,
			AvailabilityZone: aws.String("eu-west-1a")}
	}
	table := func(id, target string, subnets ...string) ec2types.RouteTable {
		t := ec2types.RouteTable{RouteTableId: &id}
		if target != "" {
			route := ec2types.Route{DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: &target}
			t.Routes = append(t.Routes, route)
		}
		for _, s := range subnets {
			t.Associations = append(t.Associations, ec2types.RouteTableAssociation{SubnetId: &s})
		}
		return t
	}
	rule := func(id, group string, port int32, cidr, peer *string) ec2types.SecurityGroupRule {
		r := ec2types.SecurityGroupRule{SecurityGroupRuleId: &id, GroupId: &group, IsEgress: aws.Bool(false),
			IpProtocol: aws.String("tcp"),
			FromPort:   &port, ToPort: &port, CidrIpv4: cidr}
		if peer != nil {
			r.ReferencedGroupInfo = &ec2types.ReferencedSecurityGroup{GroupId: peer}
		}
		return r
	}
	main := table("rtb-main", "")
	main.Associations = []ec2types.RouteTableAssociation{{Main: aws.Bool(true)}}
	return snapshot.Snapshot{
		Zones: []string{"eu-west-1a", "eu-west-1b"},
		VPC:   &ec2types.Vpc{VpcId: aws.String("vpc-1")},
		Subnets: []ec2types.Subnet{subnet("subnet-data", "10.9.3.0/24"), subnet("subnet-in", "10.9.2.0/24"),
			subnet("subnet-out", "10.9.1.0/24")},
		RouteTables: []ec2types.RouteTable{
			main, table("rtb-out", "igw-1", "subnet-out"), table("rtb-in", "nat-1", "subnet-in"),
		},
		Gateways: []ec2types.InternetGateway{{InternetGatewayId: aws.String("igw-1")}},
		NATGateways: []ec2types.NatGateway{{NatGatewayId: aws.String("nat-1"), SubnetId: aws.String("subnet-elsewhere"),
			NatGatewayAddresses: []ec2types.NatGatewayAddress{{AllocationId: aws.String("eipalloc-1")}}}},
		SecurityGroups: []ec2types.SecurityGroup{{GroupId: aws.String("sg-front"), GroupName: aws.String("front")},
			{GroupId: aws.String("sg-back"), GroupName: aws.String("back")}},
		Rules: []ec2types.SecurityGroupRule{
			rule("sgr-ssh", "sg-front", 22, aws.String("0.0.0.0/0"), nil), rule("sgr-web", "sg-front", 80,
				aws.String("0.0.0.0/0"), nil),
			rule("sgr-back", "sg-back", 8000, nil, aws.String("sg-front")),
		},
		LoadBalancer: &elbtypes.LoadBalancer{LoadBalancerArn: aws.String("arn:lb"),
			SecurityGroups: []string{"sg-front"}},
		Listeners: []elbtypes.Listener{{ListenerArn: aws.String("arn:listener"),
			LoadBalancerArn: aws.String("arn:lb"), Port: aws.Int32(80)}},
		Cluster: &ecstypes.Cluster{ClusterName: aws.String("production")},
		Services: map[string]snapshot.Service{"web": {
			Service: ecstypes.Service{
				ServiceName: aws.String("shop"), TaskDefinition: aws.String("arn:task:7"),
				LoadBalancers: []ecstypes.LoadBalancer{{TargetGroupArn: aws.String("arn:targets"),
					ContainerPort: aws.Int32(3000)}},
				NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
					Subnets: []string{"subnet-in"}, SecurityGroups: []string{"sg-back"},
				}},
			},
			Task: ecstypes.TaskDefinition{
				ExecutionRoleArn: aws.String("arn:aws:iam::1:role/both"),
				TaskRoleArn:      aws.String("arn:aws:iam::1:role/both"),
				ContainerDefinitions: []ecstypes.ContainerDefinition{{LogConfiguration: &ecstypes.LogConfiguration{
					Options: map[string]string{"awslogs-group": "/shop"},
				}}},
			},
			Target: &scalingtypes.ScalableTarget{ResourceId: aws.String("service/production/shop")},
			Policies: []scalingtypes.ScalingPolicy{{PolicyName: aws.String("busy"),
				ResourceId: aws.String("service/production/shop"),
				TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
					PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
						PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization,
					},
				}}},
		}},
		Roles: map[string]snapshot.Role{"both": {Inline: []string{"own"}}},
	}
}

func TestThingsAreMatchedByWhatTheyAreConnectedTo(t *testing.T) {
	matches := Find(stackOf(t, web), handmade())
	want := map[string]string{
		"aws_vpc.v":                                   "vpc-1",
		"aws_internet_gateway.g":                      "igw-1",
		"aws_subnet.public":                           "subnet-out",
		"aws_subnet.private":                          "subnet-in", // not that for databases, which has no way out
		"aws_route_table.public":                      "rtb-out",
		"aws_route_table.private":                     "rtb-in",
		"aws_route_table_association.public":          "subnet-out/rtb-out",
		"aws_route_table_association.private":         "subnet-in/rtb-in",
		"aws_route.public":                            "rtb-out_0.0.0.0/0",
		"aws_route.private":                           "rtb-in_0.0.0.0/0",
		"aws_nat_gateway.n":                           "nat-1", // the only one, in another subnet
		"aws_eip.e":                                   "eipalloc-1",
		"aws_security_group.lb":                       "sg-front",
		"aws_security_group.tasks":                    "sg-back",
		"aws_vpc_security_group_ingress_rule.clients": "sgr-web",
		"aws_vpc_security_group_ingress_rule.lb":      "sgr-back",
		"aws_lb.l":                                    "arn:lb",
		"aws_lb_listener.http":                        "arn:listener",
		"aws_lb_target_group.t":                       "arn:targets", // the only one, at another port
		"aws_ecs_cluster.c":                           "production",
		"aws_ecs_service.s":                           "production/shop",
		"aws_ecs_task_definition.t":                   "arn:task:7",
		"aws_iam_role.execution":                      "both", // no two resources manage one thing
		"aws_iam_role_policy.start":                   "both:own",
		"aws_cloudwatch_log_group.l":                  "/shop",
		"aws_appautoscaling_target.t":                 "ecs/service/production/shop/ecs:service:DesiredCount",
		"aws_appautoscaling_policy.cpu":               "ecs/service/production/shop/ecs:service:DesiredCount/busy",
	}
	if diff := cmp.Diff(want, ids(matches)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	left := []string{"route table rtb-main, the main one of the VPC",
		"rule sgr-ssh, which stays in effect in sg-front", "subnet subnet-data, 10.9.3.0/24"}
	if diff := cmp.Diff(left, matches.Unmanaged); diff != "" {
		t.Errorf("unmanaged (-want +got):\n%s", diff)
	}
}

// TestWhereThereIsAChoice takes what fits better.
func TestWhereThereIsAChoice(t *testing.T) {
	const generated = "20261123234405868800000004"
	for _, tc := range []struct {
		name    string
		change  func(*snapshot.Snapshot)
		address string
		want    string
	}{
		{"the subnet of the same range",
			func(a *snapshot.Snapshot) { a.Subnets[0].CidrBlock = aws.String("10.0.128.0/20") }, "aws_subnet.private",
			"subnet-data"},
		{"no private subnet for a public one", func(a *snapshot.Snapshot) { a.RouteTables[1].Routes = nil },
			"aws_subnet.public", ""},
		{"no subnet of another zone", func(a *snapshot.Snapshot) { a.Zones = []string{"eu-west-1b"} },
			"aws_subnet.public", ""},
		{"the main route table of a subnet without its own",
			func(a *snapshot.Snapshot) { a.RouteTables = a.RouteTables[:2] }, "aws_route_table.private", "rtb-main"},
		{"no association where there is none", func(a *snapshot.Snapshot) { a.RouteTables = a.RouteTables[:2] },
			"aws_route_table_association.private", ""},
		{"the group of the stack's own making", func(a *snapshot.Snapshot) {
			network := a.Services["web"].NetworkConfiguration.AwsvpcConfiguration
			network.SecurityGroups = []string{"sg-back", "sg-own"}
			a.SecurityGroups = append(a.SecurityGroups,
				ec2types.SecurityGroup{GroupId: aws.String("sg-own"), GroupName: aws.String("web-tasks-" + generated)})
		}, "aws_security_group.tasks", "sg-own"},
		{"the NAT gateway in the same subnet", func(a *snapshot.Snapshot) {
			a.NATGateways = append(a.NATGateways, ec2types.NatGateway{NatGatewayId: aws.String("nat-2"),
				SubnetId: aws.String("subnet-out")})
		}, "aws_nat_gateway.n", "nat-2"},
		{"the policy of the same name", func(a *snapshot.Snapshot) {
			s := a.Services["web"]
			s.Policies = append(s.Policies, scalingtypes.ScalingPolicy{PolicyName: aws.String("cpu"),
				ResourceId: s.Target.ResourceId})
			a.Services["web"] = s
		}, "aws_appautoscaling_policy.cpu", "ecs/service/production/shop/ecs:service:DesiredCount/cpu"},
		{"the role's policy of the same name",
			func(a *snapshot.Snapshot) {
				a.Roles["both"] = snapshot.Role{Inline: []string{"a",
					"start-tasks"}}
			}, "aws_iam_role_policy.start", "both:start-tasks"},
		{"no policy of several others",
			func(a *snapshot.Snapshot) {
				a.Roles["both"] = snapshot.Role{Inline: []string{"a",
					"b"}}
			}, "aws_iam_role_policy.start", ""},
		{"no listener of another port", func(a *snapshot.Snapshot) { a.Listeners[0].Port = aws.Int32(443) },
			"aws_lb_listener.http", ""},
		{"without a service, the targets of the listener", func(a *snapshot.Snapshot) {
			a.Services = nil
			a.Listeners[0].DefaultActions = []elbtypes.Action{{TargetGroupArn: aws.String("arn:forwarded")}}
		}, "aws_lb_target_group.t", "arn:forwarded"},
		{"the role of the flow log", func(a *snapshot.Snapshot) {
			a.FlowLogs = []ec2types.FlowLog{{FlowLogId: aws.String("fl-1"),
				DeliverLogsPermissionArn: aws.String("arn:aws:iam::1:role/records")}}
		}, "aws_iam_role.records", "records"},
		{"the log group of the flow log, by its ARN", func(a *snapshot.Snapshot) {
			a.FlowLogs = []ec2types.FlowLog{{FlowLogId: aws.String("fl-1"),
				LogDestination: aws.String("arn:aws:logs:eu-west-1:1:log-group:/vpc:*")}}
		}, "aws_cloudwatch_log_group.records", "/vpc"},
		{"the rule to an endpoint's service", func(a *snapshot.Snapshot) {
			a.Endpoints = []ec2types.VpcEndpoint{{VpcEndpointId: aws.String("vpce-1"),
				ServiceName: aws.String("com.amazonaws.eu-west-1.s3"), VpcEndpointType: "Gateway"}}
			a.PrefixLists = map[string]string{"com.amazonaws.eu-west-1.s3": "pl-1"}
			a.Rules = append(a.Rules, ec2types.SecurityGroupRule{SecurityGroupRuleId: aws.String("sgr-s3"),
				GroupId: aws.String("sg-back"), IsEgress: aws.Bool(true),
				IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
				PrefixListId: aws.String("pl-1")})
		}, "aws_vpc_security_group_egress_rule.s3", "sgr-s3"},
		{"nothing of a service that is not there", func(a *snapshot.Snapshot) { a.Services = nil },
			"aws_ecs_task_definition.t", ""},
		{"nothing of a VPC that is not there",
			func(a *snapshot.Snapshot) { *a = snapshot.Snapshot{Cluster: a.Cluster} }, "aws_subnet.public", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			account := handmade()
			tc.change(&account)
			if got := ids(Find(stackOf(t, web), account))[tc.address]; got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.address, got, tc.want)
			}
		})
	}
}

func ids(m Matches) map[string]string {
	all := map[string]string{}
	for _, one := range m.Found() {
		all[one.Address()] = one.ID
	}
	return all
}

// stackOf is a stack with resources.
func stackOf(t *testing.T, resources string) *tfstack.Stack {
	t.Helper()
	stack, err := tfstack.Parse([]byte(`{"resource": ` + resources + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
