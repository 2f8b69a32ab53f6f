package stacks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"webapp/assertions"
)

func TestTrafficToS3NeverLeavesAWS(t *testing.T) {
	tpl := synthesize(t, "")
	endpoint := tpl.One("aws_vpc_endpoint")
	endpoint.Matches(object{"vpc_endpoint_type": "Gateway", "vpc_id": tpl.One("aws_vpc").Ref("id"),
		"service_name": "com.amazonaws." + tpl.Data().One("aws_region").Ref("name") + ".s3"})
	var tables []any
	for _, table := range tpl.All("aws_route_table") {
		tables = append(tables, table.Ref("id"))
	}
	endpoint.Has("route_table_ids", assertions.Unordered(tables...))
}

func TestZonesByNameKeepTheirPlace(t *testing.T) {
	tpl := synthesize(t, "network: {new: {zoneNames: [eu-west-1c, eu-west-1a], natGateways: 2}}")
	// They are only looked up for whether Fargate runs in them.
	tpl.Data().One("aws_availability_zones").Has("lifecycle.postcondition",
		[]any{object{"condition": assertions.Regexp("apne1-az3")}})
	for zone, cidr := range map[string]string{"c": "10.0.32.0/20", "a": "10.0.0.0/20"} {
		subnet := tpl.OneMatching("aws_subnet", object{"tags": object{"Tier": "public",
			"Name": "my-vpc-public-" + zone}})
		subnet.Matches(object{"availability_zone": "eu-west-1" + zone, "cidr_block": cidr})
		subnet.Lacks("lifecycle.ignore_changes")
	}
	before, after := byAddress(tpl), byAddress(synthesize(t, "network: {new: {zones: 3, zoneNames: [eu-west-1a, "+
		"eu-west-1b, eu-west-1c], natGateways: 2}}"))
	for address, subnet := range before {
		if subnet.Type() == "aws_subnet" && after[address] == nil {
			t.Errorf("another zone takes %s away", address)
		}
	}
}

func TestSubnetsCanBeSmallerThanTheirPart(t *testing.T) {
	tpl := synthesize(t, "network: {new: {publicSubnetPrefix: 27, privateSubnetPrefix: 22}}")
	for _, cidr := range []string{"10.0.0.0/27", "10.0.16.0/27", "10.0.128.0/22", "10.0.144.0/22"} {
		tpl.OneMatching("aws_subnet", object{"cidr_block": cidr})
	}
}

func TestEndpointsWithoutPrivateDNS(t *testing.T) {
	tpl := synthesize(t, "network: {new: {endpoints: [iot.data]}}")
	tpl.OneMatching("aws_vpc_endpoint", object{"vpc_endpoint_type": "Interface"}).Has("private_dns_enabled", false)
}

func TestS3HasOneEndpoint(t *testing.T) {
	tpl := synthesize(t, "network: {new: {endpoints: [s3, logs]}}")
	tpl.Count("aws_vpc_endpoint", 2)
	tpl.OneMatching("aws_vpc_endpoint", object{"service_name": assertions.Regexp(`\.s3$`), "vpc_endpoint_type": "Gateway"})
}

func TestEndpointsAdmitTheVPCOnly(t *testing.T) {
	tpl := synthesize(t, "network: {new: {endpoints: [sqs, ecr.api]}}")
	group := tpl.OneMatching("aws_security_group", object{"description": assertions.Regexp("^Endpoints")})
	for _, service := range []string{"sqs", "ecr.api"} {
		tpl.OneMatching("aws_vpc_endpoint", object{"vpc_endpoint_type": "Interface", "private_dns_enabled": true,
			"service_name": assertions.Regexp(`\.` + service + "$"), "security_group_ids": []any{group.Ref("id")},
			"subnet_ids": privateSubnets(tpl)})
	}
	tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": group.Ref("id")}).
		Matches(object{"cidr_ipv4": "10.0.0.0/16", "from_port": 443, "to_port": 443})
	tpl.CountMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": group.Ref("id")}, 0)
	tpl.Count("aws_nat_gateway", 1)
}

const isolated = `network: {new: {isolated: true, natGateways: 0}},
	container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1",
	secrets: {A: "` + secretWithKey + `", B: "` + parameter + `"}}, service: {exec: true}`

func TestIsolatedTasksReachWhatTheyUseAndNothingElse(t *testing.T) {
	tpl := synthesize(t, isolated+`, task: {volumes: {data: {fileSystem: fs-0123456789abcdef0}}}, sidecars: {sync: {
		image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", mounts: [{volume: data, path: /data}]}}`)
	tpl.None("aws_nat_gateway")
	tpl.CountMatching("aws_route", object{"destination_cidr_block": "0.0.0.0/0"}, 1) // of the public subnets
	for _, service := range []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"} {
		endpoint := tpl.OneMatching("aws_vpc_endpoint",
			object{"service_name": assertions.Regexp(`\.` + service + "$"), "vpc_endpoint_type": "Interface"})
		tpl.One("aws_ecs_service").DependsOn(endpoint)
	}
	tpl.Count("aws_vpc_endpoint", 7)
	tasks := tpl.One("aws_ecs_service").Get("network_configuration.security_groups.0")
	endpoints := tpl.OneMatching("aws_security_group", object{"description": assertions.Regexp("^Endpoints")})
	s3 := tpl.OneMatching("aws_vpc_endpoint", object{"vpc_endpoint_type": "Gateway"})
	tpl.One("aws_ecs_service").DependsOn(s3)
	for _, to := range []object{
		{"referenced_security_group_id": endpoints.Ref("id"), "from_port": 443, "to_port": 443},
		{"prefix_list_id": s3.Ref("prefix_list_id"), "from_port": 443, "to_port": 443},
		{"cidr_ipv4": "10.0.0.0/16", "from_port": 2049, "to_port": 2049},
	} {
		to["security_group_id"], to["ip_protocol"] = tasks, "tcp"
		tpl.OneMatching("aws_vpc_security_group_egress_rule", to)
	}
	tpl.CountMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": tasks}, 3)
}

func TestEndpointsAloneLeadToECR(t *testing.T) {
	tpl := synthesize(t, `network: {new: {natGateways: 0, endpoints: [ecr.api, ecr.dkr, logs]}},
		container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}`)
	tpl.None("aws_nat_gateway")
	for _, endpoint := range tpl.Find("aws_vpc_endpoint", object{}) { // S3's too
		tpl.One("aws_ecs_service").DependsOn(endpoint)
	}
	tpl.Count("aws_vpc_endpoint", 4)
}

func TestDynamoDBIsReachedByAGatewayAtNoCharge(t *testing.T) {
	tpl := synthesize(t, "network: {new: {endpoints: [dynamodb]}}")
	gateway := object{"service_name": assertions.Regexp(`\.dynamodb$`), "vpc_endpoint_type": "Gateway"}
	tpl.OneMatching("aws_vpc_endpoint", gateway).Has("route_table_ids",
		tpl.OneMatching("aws_vpc_endpoint", object{"service_name": assertions.Regexp(`\.s3$`)}).Get("route_table_ids"))
	tpl.Count("aws_security_group", 2) // none of endpoints, which have no addresses

	tpl = synthesize(t, `network: {new: {isolated: true, natGateways: 0, endpoints: [dynamodb]}},
		container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}`)
	tpl.OneMatching("aws_vpc_security_group_egress_rule", object{"from_port": 443,
		"prefix_list_id": tpl.OneMatching("aws_vpc_endpoint", gateway).Ref("prefix_list_id")})
}

func TestIsolatedServicesNeedNoMoreThanTheyUse(t *testing.T) {
	tpl := synthesize(t, `network: {new: {isolated: true, natGateways: 0, endpoints: [sqs]}},
		container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}`)
	tpl.CountMatching("aws_vpc_endpoint", object{"vpc_endpoint_type": "Interface"}, 4) // ecr.api, ecr.dkr, logs, sqs
	tasks := tpl.One("aws_ecs_service").Get("network_configuration.security_groups.0")
	tpl.CountMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": tasks}, 2)
}

func TestFlowLogsAreWrittenByARoleThatMayDoNothingElse(t *testing.T) {
	tpl := synthesize(t, `network: {new: {flowLogs: {traffic: reject, retentionDays: 30, kmsKey: "`+key+`"}}}`)
	logs := tpl.OneMatching("aws_cloudwatch_log_group", object{"name_prefix": "/vpc/my-vpc/flow-logs-"})
	logs.Matches(object{"retention_in_days": 30, "kms_key_id": key})
	role := tpl.OneMatching("aws_iam_role", object{"name_prefix": "vpc-flow-logs-"})
	policy := tpl.OneMatching("aws_iam_role_policy", object{"role": role.Ref("id")})
	policy.Has("policy", assertions.JSON(object{"Statement": []any{object{"Resource": []string{logs.Ref("arn") +
		":*"}}}}))
	flow := tpl.One("aws_flow_log")
	flow.Matches(object{"vpc_id": tpl.One("aws_vpc").Ref("id"), "traffic_type": "REJECT",
		"log_destination": logs.Ref("arn"), "iam_role_arn": role.Ref("arn")})
	flow.DependsOn(policy)
	synthesize(t, "").None("aws_flow_log")
}

func TestEveryRoleHasThePermissionsBoundary(t *testing.T) {
	const boundary = "arn:aws:iam::123456789012:policy/boundary"
	tpl := synthesize(t, `network: {new: {flowLogs: {}}}, task: {role: {permissionsBoundary: "`+boundary+`"}}`)
	tpl.AllMatch("aws_iam_role", object{"permissions_boundary": boundary})
	tpl.OneMatching("aws_iam_role", object{"name_prefix": "vpc-flow-logs-"})
}

func TestIPv6GoesOutButNotInToPrivateSubnets(t *testing.T) {
	tpl := synthesize(t, "network: {new: {ipv6: true}}")
	vpc := tpl.One("aws_vpc")
	vpc.Has("assign_generated_ipv6_cidr_block", true)
	for i, part := range []int{0, 1, 8, 9} {
		tier := []string{"public", "public", "private", "private"}[i]
		tpl.OneMatching("aws_subnet", object{"tags": object{"Tier": tier}, "assign_ipv6_address_on_creation": true,
			"ipv6_cidr_block": fmt.Sprintf("${cidrsubnet(%s, 8, %d)}", vpc.Address()+".ipv6_cidr_block", part)})
	}
	tpl.CountMatching("aws_route", object{"destination_ipv6_cidr_block": "::/0",
		"gateway_id": tpl.One("aws_internet_gateway").Ref("id")}, 1)
	tpl.CountMatching("aws_route", object{"destination_ipv6_cidr_block": "::/0",
		"egress_only_gateway_id": tpl.One("aws_egress_only_internet_gateway").Ref("id")}, 2)
	tasks := tpl.One("aws_ecs_service").Get("network_configuration.security_groups.0")
	tpl.OneMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": tasks, "cidr_ipv6": "::/0"})
	synthesize(t, "").One("aws_vpc").Lacks("assign_generated_ipv6_cidr_block")
}

func TestExistingVPCIsFoundByIDOrTags(t *testing.T) {
	for change, want := range map[string]object{
		"id: vpc-0123456789abcdef0": {"id": "vpc-0123456789abcdef0", "tags": assertions.Absent()},
		"tags: {team: platform, env: prod}": {"tags": assertions.ObjectEquals(object{"team": "platform",
			"env": "prod"}), "id": assertions.Absent()},
	} {
		tpl := synthesize(t, "network: {existing: {"+change+"}}")
		tpl.Data().One("aws_vpc").Matches(want)
	}
}

func TestExistingSubnetsAreTakenAsNamed(t *testing.T) {
	tpl := synthesize(t, `network: {existing: {name: shared, publicSubnets: {ids: [subnet-0123456789abcdef0,
		subnet-0123456789abcdef1]},
		privateSubnets: {tags: {tier: apps}}}}`)
	tpl.One("aws_lb").Has("subnets", []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"})
	tpl.Data().One("aws_subnets").Matches(object{"tags": assertions.ObjectEquals(object{"tier": "apps"})})
	tpl.One("aws_ecs_service").Has("lifecycle.precondition",
		[]any{object{"error_message": assertions.Regexp("VPC shared has subnets with the tags tier=apps .* a service " +
			"needs 1")}})
	tpl.Data().None("aws_route_tables")
}

func TestSubnetsNamedByIDMustBeOfTheVPCAndOfAsManyZones(t *testing.T) {
	tpl := synthesize(t, `network: {existing: {name: shared, publicSubnets: {ids: [subnet-0123456789abcdef0,
		subnet-0123456789abcdef1, subnet-0123456789abcdef2]}}}`)
	named := tpl.Data().OneMatching("aws_subnet", object{"lifecycle": object{"postcondition": []any{object{
		"condition":     "${self.vpc_id == " + tpl.Data().One("aws_vpc").Address() + ".id}",
		"error_message": assertions.Regexp(`^network\.existing\.publicSubnets\.ids: .* not in the VPC shared`),
	}}}})
	named.Has("for_each", assertions.Regexp(
		"subnet-0123456789abcdef0.*subnet-0123456789abcdef1.*subnet-0123456789abcdef2"))
	tpl.One("aws_lb").Has("lifecycle.precondition", []any{object{
		"condition": assertions.Regexp(`^\$\{length\(local\..*\) >= 3\}$`),
		"error_message": assertions.Regexp(`^The VPC shared has the subnets of ` +
			`network\.existing\.publicSubnets\.ids in .* zones, and a load balancer needs 3: name one in each zone`),
	}})
}

// A Name tag may hold what the names of groups may not. Sources: EC2 API, CreateSecurityGroup; CloudWatch Logs API,
// CreateLogGroup.
func TestAnyNameOfAVPCMakesNamesThatAWSTakes(t *testing.T) {
	name := "Büro & Söhne: web " + strings.Repeat("x", 200)
	tpl := synthesize(t, `network: {new: {name: "`+name+`", endpoints: [sqs], flowLogs: {}}}`)
	tpl.One("aws_vpc").Has("tags.Name", name)
	tpl.OneMatching("aws_security_group", object{
		"name_prefix": assertions.Regexp(`^[A-Za-z0-9._-]{1,90}-endpoints-$`),
		"description": assertions.Regexp(`^Endpoints[A-Za-z0-9 ._-]{1,240}$`),
	})
	tpl.OneMatching("aws_cloudwatch_log_group", object{
		"name_prefix": assertions.Regexp(`^/vpc/[A-Za-z0-9._-]{1,90}/flow-logs-$`),
	})
	tpl.OneMatching("aws_iam_role", object{"name_prefix": "vpc-flow-logs-",
		"description": assertions.Regexp(`^[ -~]{1,1000}$`)})
}

// Nothing in a subnet, and no route, goes before what uses it has moved: AWS refuses to delete a subnet for as long as
// something stands in it (hashicorp/terraform-provider-aws #8536).
func TestWhatIsTakenAwayGoesLast(t *testing.T) {
	tpl := synthesize(t, "network: {new: {ipv6: true, natGateways: 2}}")
	for _, typ := range []string{"aws_subnet", "aws_route_table_association", "aws_route", "aws_nat_gateway",
		"aws_eip"} {
		for _, resource := range tpl.All(typ) {
			resource.Has("lifecycle.create_before_destroy", true)
		}
	}
	tasks := tpl.One("aws_ecs_service").Get("network_configuration.security_groups.0")
	for _, to := range []object{{"cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv6": "::/0"}} {
		to["security_group_id"] = tasks
		tpl.OneMatching("aws_vpc_security_group_egress_rule", to).Has("lifecycle.create_before_destroy", true)
	}
	for _, nat := range tpl.All("aws_nat_gateway") {
		// An address serves one gateway. So a gateway whose subnet is replaced needs another one.
		address := tpl.OneMatching("aws_eip", object{"tags": nat.Get("tags")})
		subnet := strings.Trim(fmt.Sprint(nat.Get("subnet_id")), "${}")
		address.Has("lifecycle.replace_triggered_by", []string{subnet})
	}
}

// Source: ECS developer guide, "Supported Regions for Amazon ECS on AWS Fargate".
func TestTasksRunInZonesOfFargateOnly(t *testing.T) {
	lacking := []string{"apne1-az3", "cnn1-az3", "cnn1-az4", "usw1-az2"}
	tpl := synthesize(t, "")
	tpl.Data().One("aws_availability_zones").Has("exclude_zone_ids", lacking)

	for _, change := range []string{"network: {default: true}", "network: {existing: {name: shared}}",
		"network: {existing: {name: shared, privateSubnets: {tags: {tier: apps}}}}"} {
		tpl := synthesize(t, change)
		list := fmt.Sprint(tpl.One("aws_ecs_service").Get("network_configuration.subnets"))
		if text := locals(tpl, list); !strings.Contains(text,
			`!contains([\"`+strings.Join(lacking, `\", \"`)+`\"], subnet.availability_zone_id)`) {
			t.Errorf("%s: the tasks' subnets are %s, whatever their zones:\n%s", change, list, text)
		}
	}

	named := synthesize(t, "network: {existing: {name: shared, privateSubnets: {ids: [subnet-0123456789abcdef0, "+
		"subnet-0123456789abcdef1]}}}")
	named.One("aws_ecs_service").Has("lifecycle.precondition", assertions.ArrayWith(object{
		"condition":     assertions.Regexp("setintersection.*availability_zone_id.*apne1-az3"),
		"error_message": assertions.Regexp("in which Fargate does not run"),
	}))
}

// locals returns the local values that an expression is made of.
func locals(tpl *assertions.Template, expression string) string {
	all, _ := tpl.JSON()["locals"].(map[string]any)
	for name, value := range all {
		if strings.Contains(expression, "local."+name) {
			text, _ := json.Marshal(value)
			return string(text) + locals(tpl, string(text))
		}
	}
	return ""
}

// TestEndpointsHaveTheNamesOfThePartition: in China and elsewhere some services have the partition's own domain, others
// do not.
func TestEndpointsHaveTheNamesOfThePartition(t *testing.T) {
	tpl := synthesize(t, "network: {new: {endpoints: [ecr.dkr, sqs, logs, dynamodb]}}")
	region, partition := tpl.Data().One("aws_region").Ref("name"), tpl.Data().One("aws_partition").Ref("partition")
	partition = strings.TrimSuffix(strings.TrimPrefix(partition, "${"), "}")
	for service, prefix := range map[string]string{
		"s3": "com.amazonaws", "dynamodb": "com.amazonaws", "logs": "com.amazonaws",
		"sqs": `${lookup({"aws-cn" = "cn.com.amazonaws"}, ` + partition + `, "com.amazonaws")}`,
		"ecr.dkr": `${lookup({"aws-cn" = "cn.com.amazonaws", "aws-eusc" = "eu.amazonaws", "aws-iso" = "gov.ic.c2s", ` +
			`"aws-iso-b" = "gov.sgov.sc2s", ` +
			`"aws-iso-e" = "uk.adc-e.cloud", "aws-iso-f" = "gov.ic.hci.csp"}, ` + partition + `, "com.amazonaws")}`,
	} {
		tpl.OneMatching("aws_vpc_endpoint", object{"service_name": prefix + "." + region + "." + service})
	}
}
