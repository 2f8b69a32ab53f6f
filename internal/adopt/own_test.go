package adopt

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
)

// generatedName is a name as Terraform makes one of a prefix.
func generatedName(prefix string) string { return prefix + "20261126150000000000000001" }

// taggedStack is what a cut-off apply of shop-prod was about to make.
func taggedStack(t *testing.T) *tfstack.Stack {
	t.Helper()
	stack, err := tfstack.Parse([]byte(`{
		"provider": {"aws": [{"default_tags": [{"tags": {"Application": "shop", "Environment": "prod",
			"SettingsCommit": "abc"}}]}]},
		"resource": {
			"aws_default_security_group": {"d": {"vpc_id": "${aws_vpc.v.id}", "tags": {"Name": "unused"}}},
			"aws_vpc": {"v": {"tags": {"Name": "shop"}}},
			"aws_subnet": {"a": {"vpc_id": "${aws_vpc.v.id}", "cidr_block": "10.0.0.0/20"}},
			"aws_route_table": {"a": {"tags": {"Name": "shop-private-a"}}, "b": {"tags": {"Name": "shop-private-b"}}},
			"aws_route_table_association": {"a": {"subnet_id": "${aws_subnet.a.id}",
				"route_table_id": "${aws_route_table.a.id}"}},
			"aws_eip": {"a": {"tags": {"Name": "shop-a"}}, "b": {"tags": {"Name": "shop-b"}}},
			"aws_internet_gateway": {"g": {"vpc_id": "${aws_vpc.v.id}", "tags": {"Name": "shop"}}},
			"aws_security_group": {"tasks": {"vpc_id": "${aws_vpc.v.id}", "name_prefix": "shop-service-"}},
			"aws_lb_target_group": {"web": {"name_prefix": "shop--", "tags": {"Name": "web"}}},
			"aws_iam_role": {"execution": {"name_prefix": "shop-execution-"}, "task": {"name_prefix": "shop-task-"}},
			"aws_ecs_task_definition": {"web": {"family": "shop"}},
			"aws_cloudwatch_log_group": {"web": {"name": "/ecs/shop"}}
		}}`))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func nameTags(environment, name string) []ec2types.Tag {
	var tags []ec2types.Tag
	for key, value := range map[string]string{"Application": "shop", "Environment": environment, "Name": name} {
		tags = append(tags, ec2types.Tag{Key: &key, Value: &value})
	}
	return tags
}

// TestWhatACutOffApplyMadeIsFoundByItsTagsAndNames: nothing leads to it, since there is no service and no load
// balancer.
func TestWhatACutOffApplyMadeIsFoundByItsTagsAndNames(t *testing.T) {
	own := map[string]string{"Application": "shop", "Environment": "prod", "Name": "web"}
	other := map[string]string{"Application": "shop", "Environment": "staging", "Name": "web"}
	group := func(arn, name string, tags map[string]string) snapshot.TargetGroup {
		return snapshot.TargetGroup{
			TargetGroup: elbtypes.TargetGroup{TargetGroupArn: &arn, TargetGroupName: &name}, Tags: tags,
		}
	}
	existing := snapshot.Snapshot{
		VPC: &ec2types.Vpc{VpcId: aws.String("vpc-1"), Tags: nameTags("prod", "shop")},
		RouteTables: []ec2types.RouteTable{
			{RouteTableId: aws.String("rtb-main"),
				Associations: []ec2types.RouteTableAssociation{{Main: aws.Bool(true)}}},
			{RouteTableId: aws.String("rtb-b"), Tags: nameTags("prod", "shop-private-b")},
		},
		Subnets: []ec2types.Subnet{{SubnetId: aws.String("subnet-a"), VpcId: aws.String("vpc-1"),
			CidrBlock: aws.String("10.0.0.0/20")}},
		SecurityGroups: []ec2types.SecurityGroup{
			{GroupId: aws.String("sg-other"), GroupName: aws.String(generatedName("shop-service-")),
				Tags: nameTags("staging", "")},
			{GroupId: aws.String("sg-own"), GroupName: aws.String(generatedName("shop-service-")),
				Tags: nameTags("prod", "")},
		},
		Monitoring: map[string]map[string]string{"aws_cloudwatch_log_group": {"/ecs/shop": "/ecs/shop"}},
		Own: snapshot.Own{
			VPCs: []ec2types.Vpc{{VpcId: aws.String("vpc-1")}, {VpcId: aws.String("vpc-2")}},
			Addresses: []ec2types.Address{
				{AllocationId: aws.String("eip-used"), AssociationId: aws.String("in use"),
					Tags: nameTags("prod", "shop-a")},
				{AllocationId: aws.String("eip-b"), Tags: nameTags("prod", "shop-b")},
			},
			Gateways: []ec2types.InternetGateway{{InternetGatewayId: aws.String("igw-1"),
				Tags: nameTags("prod", "shop")}},
			TargetGroups: []snapshot.TargetGroup{
				group("arn:other-environment", generatedName("shop--"), other),
				group("arn:another-name", "shop--by-hand", own),
				group("arn:own", generatedName("shop--"), own),
				group("arn:again", generatedName("shop--"), own),
			},
			Roles: []string{generatedName("shop-task-")},
			Tasks: map[string]string{"shop": "arn:task:3"},
		},
	}
	matches := Find(taggedStack(t), existing)
	want := map[string]string{
		"aws_vpc.v":                    "vpc-1",
		"aws_eip.b":                    "eip-b",
		"aws_subnet.a":                 "subnet-a",
		"aws_route_table.b":            "rtb-b",
		"aws_internet_gateway.g":       "igw-1",
		"aws_security_group.tasks":     "sg-own",
		"aws_lb_target_group.web":      "arn:own",
		"aws_iam_role.task":            generatedName("shop-task-"),
		"aws_ecs_task_definition.web":  "arn:task:3",
		"aws_cloudwatch_log_group.web": "/ecs/shop",
	}
	if diff := cmp.Diff(want, ids(matches)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	const stray = ", which an earlier apply of this stack created and no state contains: delete it"
	for _, made := range []string{"VPC vpc-2", "target group arn:again", "address eip-used"} {
		if !slices.Contains(matches.Unmanaged, made+stray) {
			t.Errorf("it does not say that %s was made twice, but\n%q", made, matches.Unmanaged)
		}
	}
}

// TestWhatTheStackMadeIsFinished: a change in place of what an earlier apply made is what the settings ask for, of
// anything else it is not.
func TestWhatTheStackMadeIsFinished(t *testing.T) {
	for _, tc := range []struct {
		name, tags string
		completed  []string
		overrides  int
	}{
		{"the stack's own", `{"Application": "shop", "Environment": "prod", "Name": "shop"}`,
			[]string{"aws_vpc.v", "aws_default_security_group.d"}, 0},
		{"another environment's", `{"Application": "shop", "Environment": "staging", "Name": "shop"}`, nil, 2},
		{"made by hand", `{}`, nil, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan := planOf(t, `[{
				"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v", "change": {
					"actions": ["update"], "importing": {"id": "vpc-1"},
					"before": {"id": "vpc-1", "enable_dns_hostnames": false,
						"tags_all": `+tc.tags+`}, "after": {"id": "vpc-1", "enable_dns_hostnames": true}}
			}, {
				"address": "aws_default_security_group.d", "mode": "managed", "type": "aws_default_security_group",
					"name": "d", "change": {
					"actions": ["update"], "importing": {"id": "sg-1"},
					"before": {"vpc_id": "vpc-1", "tags": {}}, "after": {"vpc_id": "vpc-1", "tags": {"Name": "unused"}}}
			}]`)
			got := Assess(taggedStack(t), plan)
			if !slices.Equal(got.Completed, tc.completed) || len(got.Overrides) != tc.overrides ||
				len(got.Unresolved)+len(got.Cosmetic) > 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}
