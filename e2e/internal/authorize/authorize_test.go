package authorize

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws"
)

func call(service, operation string, input map[string]any, response string) localaws.Call {
	return localaws.Call{Service: service, Operation: operation, Input: input, Region: "eu-west-1",
		Agent: "APN/1.0 HashiCorp/1.0", Response: []byte(response)}
}

type object = map[string]any

// asked lists what IAM decides about, with those tags that the request or the resource has.
func asked(a *Account, c localaws.Call) []string {
	var all []string
	for _, r := range a.See(c) {
		line := r.Action + " " + strings.TrimPrefix(r.Resource, "arn:aws:")
		for key, values := range r.Context {
			if strings.HasPrefix(key, "aws:Re") && strings.Contains(key, "Tag/") || strings.Contains(key, "Action") {
				line += " " + key + "=" + strings.Join(values, ",")
			}
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// TestTagsAreFollowed from the request that gives them to those for the resource that has them.
func TestTagsAreFollowed(t *testing.T) {
	a := NewAccount("123456789012")
	tags := []any{object{"ResourceType": "vpc", "Tags": []any{object{"Key": "Application", "Value": "shop"}}}}
	for _, step := range []struct {
		call localaws.Call
		want []string
	}{
		{call("ec2", "CreateVpc", object{"TagSpecifications": tags}, "<vpcId>vpc-0123456789</vpcId>"), []string{
			"ec2:CreateTags ec2:eu-west-1:123456789012:vpc/new aws:RequestTag/Application=shop ec2:CreateAction=CreateVpc",
			"ec2:CreateVpc ec2:eu-west-1:123456789012:vpc/new aws:RequestTag/Application=shop"}},
		{call("ec2", "CreateSubnet", object{"VpcId": "vpc-0123456789"}, ""), []string{
			"ec2:CreateSubnet ec2:eu-west-1:123456789012:subnet/new",
			"ec2:CreateSubnet ec2:eu-west-1:123456789012:vpc/vpc-0123456789 aws:ResourceTag/Application=shop"}},
		{call("ec2", "DeleteTags", object{"Resources": []any{"vpc-0123456789"},
			"Tags": []any{object{"Key": "Application"}}}, ""), []string{
			"ec2:DeleteTags ec2:eu-west-1:123456789012:vpc/vpc-0123456789 aws:RequestTag/Application= " +
				"aws:ResourceTag/Application=shop"}},
		{call("ec2", "DeleteVpc", object{"VpcId": "vpc-0123456789"}, ""), []string{
			"ec2:DeleteVpc ec2:eu-west-1:123456789012:vpc/vpc-0123456789"}},
	} {
		got := asked(a, step.call)
		for i, line := range got { // the keys come in any order
			words := strings.Split(line, " ")
			slices.Sort(words[2:])
			got[i] = strings.Join(words, " ")
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.call.Operation, diff)
		}
	}
}

// TestCallsAreAboutTheirResources, one call of each kind.
func TestCallsAreAboutTheirResources(t *testing.T) {
	a := NewAccount("123456789012")
	a.See(call("ec2", "AssociateRouteTable", object{"RouteTableId": "rtb-0123456789", "SubnetId": "subnet-0123456789"},
		"<associationId>rtbassoc-0123456789</associationId>"))
	for _, tc := range []struct {
		call localaws.Call
		want []string
	}{
		{call("ec2", "DisassociateRouteTable", object{"AssociationId": "rtbassoc-0123456789"}, ""), []string{
			"ec2:DisassociateRouteTable ec2:eu-west-1:123456789012:route-table/rtb-0123456789",
			"ec2:DisassociateRouteTable ec2:eu-west-1:123456789012:subnet/subnet-0123456789"}},
		{call("ec2", "DescribeVpcs", object{"VpcIds": []any{"vpc-0123456789"}}, ""), []string{"ec2:DescribeVpcs *"}},
		{call("ec2", "DeleteSubnet", object{}, ""), []string{
			"ec2:DeleteSubnet ec2:eu-west-1:123456789012:subnet/unknown"}},
		{call("ecs", "UpdateService", object{"cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
			"service": "front"}, ""), []string{"ecs:UpdateService ecs:eu-west-1:123456789012:service/shop/front"}},
		{call("ecs", "RegisterTaskDefinition", object{"family": "shop", "taskRoleArn": "arn:aws:iam::123456789012:role/a"},
			""), []string{"ecs:RegisterTaskDefinition ecs:eu-west-1:123456789012:task-definition/shop:1",
			"iam:PassRole iam::123456789012:role/a"}},
		{call("scheduler", "CreateSchedule", object{"Name": "report", "GroupName": "shop",
			"Target": object{"RoleArn": "arn:aws:iam::123456789012:role/s"}}, ""), []string{
			"iam:PassRole iam::123456789012:role/s",
			"scheduler:CreateSchedule scheduler:eu-west-1:123456789012:schedule/shop/report"}},
		{call("scheduler", "DeleteScheduleGroup", object{"Name": "shop"}, ""), []string{
			"scheduler:DeleteSchedule scheduler:eu-west-1:123456789012:schedule/shop/each",
			"scheduler:DeleteScheduleGroup scheduler:eu-west-1:123456789012:schedule-group/shop"}},
		{call("ecs", "RunTask", object{"cluster": "shop", "taskDefinition": "shop:2"}, ""), []string{
			"ecs:RunTask ecs:eu-west-1:123456789012:task-definition/shop:2", "iam:PassRole iam::123456789012:role/a"}},
		{call("ecs", "DescribeTasks", object{"cluster": "shop", "tasks": []any{"0123"}}, ""), []string{
			"ecs:DescribeTasks ecs:eu-west-1:123456789012:task/shop/0123"}},
		{call("logs", "GetLogEvents", object{"logGroupName": "/ecs/shop", "logStreamName": "a/b/c"}, ""), []string{
			"logs:GetLogEvents logs:eu-west-1:123456789012:log-group:/ecs/shop:log-stream:a/b/c"}},
		{call("s3", "HeadBucket", object{"Bucket": "logs"}, ""), []string{"s3:ListBucket s3:::logs"}},
		{call("s3", "PutObject", object{"Bucket": "states", "Key": "a/b"}, ""), []string{"s3:PutObject s3:::states/a/b"}},
		{call("iam", "PutRolePolicy", object{"RoleName": "shop-task"}, ""), []string{
			"iam:PutRolePolicy iam::123456789012:role/shop-task"}},
		{call("logs", "DeleteLogGroup", object{"logGroupName": "/ecs/shop"}, ""), []string{
			"logs:DeleteLogGroup logs:eu-west-1:123456789012:log-group:/ecs/shop"}},
		{call("route53", "ListResourceRecordSets", object{"HostedZoneId": "/hostedzone/Z1"}, ""), []string{
			"route53:ListResourceRecordSets route53:::hostedzone/Z1"}},
		{call("elbv2", "CreateListener", object{"LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:1:" +
			"loadbalancer/app/shop/1", "DefaultActions": []any{object{"TargetGroupArn": "arn:aws:elasticloadbalancing:" +
			"eu-west-1:1:targetgroup/shop/2"}}}, ""), []string{
			"elasticloadbalancing:CreateListener elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/1"}},
	} {
		if diff := cmp.Diff(tc.want, asked(a, tc.call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.call.Operation, diff)
		}
	}
}

// TestAssumedRoleActsInItsAccount by the key of its session.
func TestAssumedRoleActsInItsAccount(t *testing.T) {
	a := NewAccount("123456789012")
	a.See(call("sts", "AssumeRole", object{"RoleArn": "arn:aws:iam::222222222222:role/deploy"},
		"<Credentials><AccessKeyId>ASIA1</AccessKeyId></Credentials>"))
	c := call("logs", "DeleteLogGroup", object{"logGroupName": "/ecs/shop"}, "")
	c.Key = "ASIA1"
	want := []string{"logs:DeleteLogGroup logs:eu-west-1:222222222222:log-group:/ecs/shop"}
	if diff := cmp.Diff(want, asked(a, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
