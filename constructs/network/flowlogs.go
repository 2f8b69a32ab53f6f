package network

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/flowlog"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/iam"
	"webapp/settings"
)

// newFlowLogs records the VPC's connections in a log group, by a role that may write to that group only.
// Source: VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs".
func newFlowLogs(scope constructs.Construct, props VPCProps, v vpc.Vpc, s settings.CreatedVPC) {
	scope = constructs.NewConstruct(scope, jsii.String("flow-logs"))
	config := &cloudwatchloggroup.CloudwatchLogGroupConfig{
		NamePrefix:      jsii.String("/vpc/" + plainName(s.Name) + "/flow-logs-"),
		RetentionInDays: jsii.Number(int(s.FlowLogs.RetentionDays)),
	}
	if s.FlowLogs.KMSKey != "" {
		config.KmsKeyId = &s.FlowLogs.KMSKey
	}
	logs := cloudwatchloggroup.NewCloudwatchLogGroup(scope, jsii.String("log-group"), config)
	writer := &iamrole.IamRoleConfig{
		NamePrefix:  jsii.String("vpc-flow-logs-"),
		Description: jsii.String("Writes the flow logs of the VPC " + plainName(s.Name)),
		AssumeRolePolicy: iam.Trust("vpc-flow-logs.amazonaws.com", iam.Condition{
			"StringEquals": {"aws:SourceAccount": {props.Account.ID}},
		}),
	}
	if props.PermissionsBoundary != "" {
		writer.PermissionsBoundary = &props.PermissionsBoundary
	}
	role := iamrole.NewIamRole(scope, jsii.String("role"), writer)
	policy := iamrolepolicy.NewIamRolePolicy(scope, jsii.String("policy"), &iamrolepolicy.IamRolePolicyConfig{
		Name: jsii.String("write-flow-logs"),
		Role: role.Id(),
		Policy: iam.Policy(iam.Statement{
			Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
			Resource: []string{*logs.Arn() + ":*"},
		}),
	})
	flowlog.NewFlowLog(scope, jsii.String("Resource"), &flowlog.FlowLogConfig{
		VpcId:              v.Id(),
		TrafficType:        jsii.String(strings.ToUpper(s.FlowLogs.Traffic)),
		LogDestinationType: jsii.String("cloud-watch-logs"),
		LogDestination:     logs.Arn(),
		IamRoleArn:         role.Arn(),
		Tags:               nameTag(s.Name),
		DependsOn:          &[]cdktf.ITerraformDependable{policy},
	})
}
