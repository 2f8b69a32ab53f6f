package permissions

import "strings"

// grant is what a type takes on a scope: actions of IAM, separated by spaces. Those that begin with Describe, Get or
// List are what a plan takes as well.
type grant struct {
	scope   *scope
	actions string
}

// common is what every stack takes: who Terraform is (sts, always allowed), and the service-linked roles that AWS's
// services make in the name of the first who uses them in an account.
// Sources: ECS developer guide, Elastic Load Balancing user guide and Application Auto Scaling user guide, each under
// "Service-linked roles". That a NAT gateway needs one of its own is not in the VPC user guide.
var common = []grant{
	{anywhere, "sts:GetCallerIdentity"},
	{serviceLinkedRoles, "iam:CreateServiceLinkedRole"},
}

// state is what Terraform takes to keep the state in S3. A plan without a lock, as pipeline/stack.sh makes it, only
// reads. Source: Terraform language, "Backend type: s3", "S3 Bucket Permissions" and "KMS Permissions".
var state = []grant{
	{stateBucket, "s3:ListBucket"},
	{stateObject, "s3:GetObject s3:PutObject"},
	{stateLock, "s3:GetObject s3:PutObject s3:DeleteObject"},
	{stateKey, "kms:Decrypt kms:Encrypt kms:GenerateDataKey"},
	{assumedRoles, "sts:AssumeRole"},
}

// table is what a role needs for a Terraform resource, by its type: to create, read, update, replace and destroy it.
// Operations of the API and actions of IAM mostly have the same name; where they differ, a comment says so.
var table = map[string][]grant{
	// EC2. Whatever is made is tagged when it is made, and only what has the tags may be changed.
	"aws_vpc": {
		{anywhere, "ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:DescribeNetworkAcls ec2:DescribeRouteTables " +
			"ec2:DescribeSecurityGroups"},
		{createdVPC, "ec2:CreateVpc"},
		{tagged, "ec2:ModifyVpcAttribute ec2:AssociateVpcCidrBlock ec2:DisassociateVpcCidrBlock ec2:DeleteVpc"},
		{taggedWhenCreated, "ec2:CreateTags"},
		{tagged, "ec2:CreateTags ec2:DeleteTags"},
	},
	// The group is there with its VPC, and has no tags then.
	"aws_default_security_group": {
		{anywhere, "ec2:DescribeSecurityGroups ec2:DescribeSecurityGroupRules"},
		{untaggedGroup, "ec2:CreateTags"},
		{tagged, "ec2:AuthorizeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress " +
			"ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress"},
	},
	"aws_subnet": {
		{anywhere, "ec2:DescribeSubnets ec2:DescribeNetworkInterfaces"}, // interfaces keep a subnet from being deleted
		{created, "ec2:CreateSubnet"},
		{tagged, "ec2:CreateSubnet ec2:ModifySubnetAttribute ec2:AssociateSubnetCidrBlock " +
			"ec2:DisassociateSubnetCidrBlock ec2:DeleteSubnet"},
	},
	"aws_internet_gateway": {
		{anywhere, "ec2:DescribeInternetGateways"},
		{created, "ec2:CreateInternetGateway"},
		{tagged, "ec2:AttachInternetGateway ec2:DetachInternetGateway ec2:DeleteInternetGateway"},
	},
	"aws_egress_only_internet_gateway": {
		{anywhere, "ec2:DescribeEgressOnlyInternetGateways"},
		{created, "ec2:CreateEgressOnlyInternetGateway"},
		{tagged, "ec2:CreateEgressOnlyInternetGateway ec2:DeleteEgressOnlyInternetGateway"},
	},
	"aws_eip": {
		{anywhere, "ec2:DescribeAddresses ec2:DescribeAddressesAttribute"},
		{created, "ec2:AllocateAddress"},
		{tagged, "ec2:DisassociateAddress ec2:ReleaseAddress"},
		{mentioned, "ec2:DisassociateAddress"}, // from the interface of a NAT gateway, which has no tags
	},
	"aws_nat_gateway": {
		{anywhere, "ec2:DescribeNatGateways"},
		{created, "ec2:CreateNatGateway"},
		{tagged, "ec2:CreateNatGateway ec2:DeleteNatGateway"},
	},
	"aws_route_table": {
		{anywhere, "ec2:DescribeRouteTables"},
		{created, "ec2:CreateRouteTable"},
		{tagged, "ec2:CreateRouteTable ec2:DeleteRouteTable"},
	},
	"aws_route": {
		{anywhere, "ec2:DescribeRouteTables"},
		{tagged, "ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute"},
	},
	"aws_route_table_association": {
		{anywhere, "ec2:DescribeRouteTables"},
		{tagged, "ec2:AssociateRouteTable ec2:ReplaceRouteTableAssociation ec2:DisassociateRouteTable"},
	},
	"aws_security_group": {
		{anywhere, "ec2:DescribeSecurityGroups ec2:DescribeNetworkInterfaces"},
		{created, "ec2:CreateSecurityGroup"},
		{tagged, "ec2:CreateSecurityGroup ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress " +
			"ec2:DeleteSecurityGroup"},
		{mentioned, "ec2:CreateSecurityGroup"}, // in a VPC that the stack has not made
	},
	"aws_vpc_security_group_ingress_rule": {
		{anywhere, "ec2:DescribeSecurityGroupRules"},
		{created, "ec2:AuthorizeSecurityGroupIngress"},
		{tagged, "ec2:AuthorizeSecurityGroupIngress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupIngress"},
		{givenGroups, "ec2:AuthorizeSecurityGroupIngress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupIngress"},
		{mentioned, "ec2:ModifySecurityGroupRules"},
	},
	"aws_vpc_security_group_egress_rule": {
		{anywhere, "ec2:DescribeSecurityGroupRules"},
		{created, "ec2:AuthorizeSecurityGroupEgress"},
		{tagged, "ec2:AuthorizeSecurityGroupEgress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupEgress"},
		{givenGroups, "ec2:AuthorizeSecurityGroupEgress ec2:ModifySecurityGroupRules ec2:RevokeSecurityGroupEgress"},
		{mentioned, "ec2:ModifySecurityGroupRules"},
	},
	"aws_vpc_endpoint": {
		{anywhere, "ec2:DescribeVpcEndpoints ec2:DescribePrefixLists"},
		{created, "ec2:CreateVpcEndpoint"},
		{tagged, "ec2:CreateVpcEndpoint ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints"},
	},
	// CreateFlowLogs hands the role over. Its own tags are the only ones it needs: those of its VPC are checked too.
	"aws_flow_log": {
		{anywhere, "ec2:DescribeFlowLogs"},
		{created, "ec2:CreateFlowLogs"},
		{tagged, "ec2:CreateFlowLogs ec2:DeleteFlowLogs"},
		{passedRoles, "iam:PassRole"},
	},

	// Elastic Load Balancing. The names begin with five letters of the stack's, too few to tell them by.
	"aws_lb": {
		{anywhere, "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancerAttributes " +
			"elasticloadbalancing:DescribeCapacityReservation elasticloadbalancing:DescribeTags " +
			"ec2:DescribeNetworkInterfaces"}, // the last while it is destroyed
		{created, "elasticloadbalancing:CreateLoadBalancer"},
		{balancingTaggedWhenCreated, "elasticloadbalancing:AddTags"},
		{tagged, "elasticloadbalancing:AddTags elasticloadbalancing:RemoveTags " +
			"elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:SetIpAddressType " +
			"elasticloadbalancing:SetSecurityGroups elasticloadbalancing:SetSubnets " +
			"elasticloadbalancing:DeleteLoadBalancer"},
	},
	"aws_lb_listener": {
		{anywhere, "elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeListenerAttributes"},
		{tagged, "elasticloadbalancing:CreateListener elasticloadbalancing:ModifyListener " +
			"elasticloadbalancing:ModifyListenerAttributes elasticloadbalancing:DeleteListener"},
		{userPools, "cognito-idp:DescribeUserPoolClient"},
	},
	"aws_lb_listener_certificate": {
		{anywhere, "elasticloadbalancing:DescribeListenerCertificates"},
		{tagged, "elasticloadbalancing:AddListenerCertificates elasticloadbalancing:RemoveListenerCertificates"},
	},
	"aws_lb_listener_rule": {
		{anywhere, "elasticloadbalancing:DescribeRules"},
		{tagged, "elasticloadbalancing:CreateRule elasticloadbalancing:ModifyRule elasticloadbalancing:DeleteRule"},
		{givenListeners, "elasticloadbalancing:CreateRule"},
		{priorities, "elasticloadbalancing:SetRulePriorities"},
		{userPools, "cognito-idp:DescribeUserPoolClient"},
	},
	"aws_lb_target_group": {
		{anywhere, "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetGroupAttributes"},
		{created, "elasticloadbalancing:CreateTargetGroup"},
		{tagged, "elasticloadbalancing:ModifyTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes " +
			"elasticloadbalancing:DeleteTargetGroup"},
	},
	"aws_lb_trust_store": {
		{anywhere, "elasticloadbalancing:DescribeTrustStores elasticloadbalancing:DescribeTrustStoreAssociations " +
			"elasticloadbalancing:DescribeTags"},
		{created, "elasticloadbalancing:CreateTrustStore"},
		{tagged, "elasticloadbalancing:ModifyTrustStore elasticloadbalancing:DeleteTrustStore"},
		{authorities, "s3:GetObject s3:GetObjectVersion"},
	},
	// The operations of AWS WAF need an action of Elastic Load Balancing too, which knows no resources.
	"aws_wafv2_web_acl_association": {
		{webACLs, "wafv2:AssociateWebACL wafv2:DisassociateWebACL wafv2:GetWebACLForResource"},
		{webACLOfBalancer, "elasticloadbalancing:SetWebACL"},
	},

	// Certificate Manager and Route 53.
	"aws_acm_certificate": {
		{requestedCertificates, "acm:RequestCertificate"},
		{requestedCertificates, "acm:AddTagsToCertificate"}, // when it is requested
		{anywhere, "acm:DescribeCertificate acm:ListTagsForCertificate"},
		{tagged, "acm:AddTagsToCertificate acm:RemoveTagsFromCertificate acm:DeleteCertificate"},
	},
	"aws_acm_certificate_validation": {{anywhere, "acm:DescribeCertificate"}},
	"aws_route53_record": {
		{anywhere, "route53:GetChange route53:GetHostedZone route53:ListResourceRecordSets"},
		{records, "route53:ChangeResourceRecordSets"},
	},

	// ECS. RegisterTaskDefinition hands the task's roles over. DeregisterTaskDefinition knows no resources.
	"aws_ecs_cluster": {
		{named, "ecs:DescribeClusters ecs:ListTagsForResource ecs:CreateCluster ecs:UpdateCluster " +
			"ecs:UpdateClusterSettings ecs:DeleteCluster ecs:TagResource ecs:UntagResource"},
	},
	"aws_ecs_cluster_capacity_providers": {{named, "ecs:DescribeClusters ecs:PutClusterCapacityProviders"}},
	"aws_ecs_service": {
		{named, "ecs:DescribeServices ecs:CreateService ecs:UpdateService ecs:DeleteService ecs:TagResource " +
			"ecs:UntagResource"},
	},
	"aws_ecs_task_definition": {
		{anywhere, "ecs:DescribeTaskDefinition"},
		{named, "ecs:RegisterTaskDefinition ecs:TagResource ecs:UntagResource"},
		{unlimited, "ecs:DeregisterTaskDefinition"},
		{passedRoles, "iam:PassRole"},
	},

	// Cloud Map, which calls Route 53 in the name of whoever makes or deletes a namespace. Source: Cloud Map developer
	// guide, "AWS Cloud Map API permissions", and the managed policy AWSCloudMapFullAccess.
	"aws_service_discovery_private_dns_namespace": {
		{namespaces, "servicediscovery:GetNamespace servicediscovery:GetOperation servicediscovery:ListNamespaces " +
			"servicediscovery:ListTagsForResource servicediscovery:CreatePrivateDnsNamespace " +
			"servicediscovery:TagResource servicediscovery:UntagResource"},
		{namespaces, "ec2:DescribeVpcs ec2:DescribeRegions route53:GetHostedZone route53:ListHostedZonesByName " +
			"route53:AssociateVPCWithHostedZone route53:CreateHostedZone route53:DeleteHostedZone"},
		{tagged, "servicediscovery:UpdatePrivateDnsNamespace servicediscovery:DeleteNamespace"},
	},
	"aws_service_discovery_service": {
		{namespaces, "servicediscovery:GetService servicediscovery:ListInstances " +
			"servicediscovery:ListTagsForResource servicediscovery:CreateService servicediscovery:TagResource " +
			"servicediscovery:UntagResource"},
		{tagged, "servicediscovery:UpdateService servicediscovery:DeregisterInstance servicediscovery:DeleteService"},
	},

	// Application Auto Scaling, which makes the alarms of target tracking in the name of whoever makes the policy.
	// Source: ECS developer guide, "IAM permissions required for Amazon ECS service auto scaling".
	"aws_appautoscaling_target": {
		{anywhere, "application-autoscaling:DescribeScalableTargets"},
		{scaledServices, "application-autoscaling:RegisterScalableTarget " +
			"application-autoscaling:DeregisterScalableTarget"},
		{named, "ecs:DescribeServices ecs:UpdateService"},
		{scalableTargets, "application-autoscaling:ListTagsForResource application-autoscaling:TagResource"},
		{tagged, "application-autoscaling:UntagResource"},
	},
	"aws_appautoscaling_policy": {
		{anywhere, "application-autoscaling:DescribeScalingPolicies cloudwatch:DescribeAlarms"},
		{scaledServices, "application-autoscaling:PutScalingPolicy application-autoscaling:DeleteScalingPolicy"},
		{named, "cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms"},
	},
	"aws_appautoscaling_scheduled_action": {
		{anywhere, "application-autoscaling:DescribeScheduledActions"},
		{scaledServices, "application-autoscaling:PutScheduledAction application-autoscaling:DeleteScheduledAction"},
	},

	// CloudWatch, EventBridge and its Scheduler, SNS.
	"aws_cloudwatch_metric_alarm": {
		{anywhere, "cloudwatch:DescribeAlarms"},
		{named, "cloudwatch:ListTagsForResource cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms " +
			"cloudwatch:TagResource cloudwatch:UntagResource"},
	},
	"aws_cloudwatch_dashboard": {{named, "cloudwatch:GetDashboard cloudwatch:PutDashboard cloudwatch:DeleteDashboards"}},
	"aws_cloudwatch_event_rule": {
		{named, "events:DescribeRule events:ListTagsForResource events:PutRule events:DeleteRule events:TagResource " +
			"events:UntagResource"},
	},
	"aws_cloudwatch_event_target": {{named, "events:ListTargetsByRule events:PutTargets events:RemoveTargets"}},
	// With a group go the schedules in it. CreateSchedule and UpdateSchedule hand the role over.
	"aws_scheduler_schedule_group": {
		{named, "scheduler:GetScheduleGroup scheduler:ListTagsForResource scheduler:CreateScheduleGroup " +
			"scheduler:DeleteScheduleGroup scheduler:DeleteSchedule scheduler:TagResource scheduler:UntagResource"},
	},
	"aws_scheduler_schedule": {
		{named, "scheduler:GetSchedule scheduler:CreateSchedule scheduler:UpdateSchedule scheduler:DeleteSchedule"},
		{passedRoles, "iam:PassRole"},
	},
	"aws_sns_topic": {
		{named, "sns:GetTopicAttributes sns:ListTagsForResource sns:CreateTopic sns:SetTopicAttributes sns:DeleteTopic " +
			"sns:TagResource sns:UntagResource"},
	},
	"aws_sns_topic_policy": {{named, "sns:GetTopicAttributes sns:SetTopicAttributes"}},
	"aws_sns_topic_subscription": {
		{named, "sns:GetSubscriptionAttributes sns:Subscribe sns:SetSubscriptionAttributes sns:Unsubscribe"},
	},
	"aws_sqs_queue": {
		{named, "sqs:GetQueueAttributes sqs:ListQueueTags sqs:CreateQueue sqs:SetQueueAttributes sqs:DeleteQueue " +
			"sqs:TagQueue sqs:UntagQueue"},
	},

	// CloudWatch Logs. Saved queries know no resources.
	"aws_cloudwatch_log_group": {
		{anywhere, "logs:DescribeLogGroups"},
		{named, "logs:ListTagsForResource logs:CreateLogGroup logs:PutRetentionPolicy logs:DeleteRetentionPolicy " +
			"logs:AssociateKmsKey logs:DisassociateKmsKey logs:DeleteLogGroup logs:TagResource logs:UntagResource"},
	},
	"aws_cloudwatch_query_definition": {
		{anywhere, "logs:DescribeQueryDefinitions"},
		{unlimited, "logs:PutQueryDefinition logs:DeleteQueryDefinition"},
	},

	// IAM: the roles of tasks and flow logs, and the policies that do not fit into them.
	"aws_iam_role": {
		{ownRoles, "iam:GetRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole " +
			"iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription iam:DeleteRole iam:TagRole " +
			"iam:UntagRole"},
		{boundedRoles, "iam:CreateRole iam:PutRolePermissionsBoundary"},
		{freeRoles, "iam:DeleteRolePermissionsBoundary"},
	},
	"aws_iam_role_policy": {
		{ownRoles, "iam:GetRolePolicy iam:DeleteRolePolicy"},
		{boundedRoles, "iam:PutRolePolicy"},
	},
	"aws_iam_role_policy_attachment": {
		{ownRoles, "iam:ListAttachedRolePolicies iam:DetachRolePolicy"},
		{boundedRoles, "iam:AttachRolePolicy"},
	},
	"aws_iam_policy": {
		{ownRoles, "iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions iam:CreatePolicy iam:CreatePolicyVersion " +
			"iam:DeletePolicyVersion iam:DeletePolicy iam:TagPolicy iam:UntagPolicy"},
	},

	// S3: the bucket of access logs, which is destroyed with what is in it. Operations and actions have other names here:
	// HeadBucket and ListObjects are ListBucket, ListObjectVersions is ListBucketVersions, DeleteObjects is DeleteObject
	// and DeleteObjectVersion, Get and PutPublicAccessBlock are …BucketPublicAccessBlock, Get and PutBucketEncryption
	// are …EncryptionConfiguration, and so on. What deletes a configuration needs the action that puts it.
	// The provider reads everything of a bucket. What it does with a bucket's tags depends on its version.
	"aws_s3_bucket": {
		{buckets, "s3:ListBucket s3:GetBucketTagging s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging " +
			"s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment s3:GetBucketVersioning " +
			"s3:GetBucketWebsite s3:GetAccelerateConfiguration s3:GetEncryptionConfiguration " +
			"s3:GetLifecycleConfiguration s3:GetReplicationConfiguration s3:CreateBucket s3:PutBucketTagging " +
			"s3:DeleteBucket"},
		{buckets, "s3:ListBucketVersions s3:DeleteObject s3:DeleteObjectVersion"},
		{buckets, "s3:ListTagsForResource s3:TagResource s3:UntagResource"},
	},
	"aws_s3_bucket_policy": {{buckets, "s3:GetBucketPolicy s3:PutBucketPolicy s3:DeleteBucketPolicy"}},
	"aws_s3_bucket_public_access_block": {
		{buckets, "s3:GetBucketPublicAccessBlock s3:PutBucketPublicAccessBlock"},
	},
	"aws_s3_bucket_server_side_encryption_configuration": {
		{buckets, "s3:GetEncryptionConfiguration s3:PutEncryptionConfiguration"},
	},
	"aws_s3_bucket_lifecycle_configuration": {
		{buckets, "s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration"},
	},
	"aws_s3_bucket_versioning": {{buckets, "s3:GetBucketVersioning s3:PutBucketVersioning"}},

	"terraform_data": nil, // is in the state only

	// A command before a release: what `webapp run` calls. The roles of the task are passed on.
	releaseType: {
		{anywhere, "ecs:DescribeTaskDefinition ecs:ListTasks"},
		{releases, "ecs:RunTask"},
		{releaseTasks, "ecs:DescribeTasks ecs:StopTask"},
		{releaseLogs, "logs:GetLogEvents"},
		{passedRoles, "iam:PassRole"},
	},

	// Data sources.
	"data.aws_availability_zones":   {{anywhere, "ec2:DescribeAvailabilityZones"}},
	"data.aws_caller_identity":      {{anywhere, "sts:GetCallerIdentity"}},
	"data.aws_cloudwatch_log_group": {{anywhere, "logs:DescribeLogGroups logs:ListTagsForResource"}},
	"data.aws_lb": {
		{anywhere, "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancerAttributes " +
			"elasticloadbalancing:DescribeTags"},
	},
	"data.aws_lb_listener": {
		{anywhere, "elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeTags"},
	},
	"data.aws_partition": nil, // known to the provider
	"data.aws_region":    nil,
	"data.aws_route53_zone": {
		{anywhere, "route53:GetHostedZone route53:ListHostedZones route53:ListTagsForResource"},
	},
	"data.aws_route_table":  {{anywhere, "ec2:DescribeRouteTables"}},
	"data.aws_route_tables": {{anywhere, "ec2:DescribeRouteTables"}},
	"data.aws_service_discovery_dns_namespace": {
		{namespaces, "servicediscovery:GetNamespace servicediscovery:ListNamespaces " +
			"servicediscovery:ListTagsForResource"},
	},
	"data.aws_sqs_queue": {{anywhere, "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags"}},
	"data.aws_subnet":    {{anywhere, "ec2:DescribeSubnets"}},
	"data.aws_subnets":   {{anywhere, "ec2:DescribeSubnets"}},
	"data.aws_vpc":       {{anywhere, "ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:DescribeRouteTables"}},
}

// releaseType stands for a terraform_data with a provisioner.
const releaseType = "terraform_data with a provisioner"

// reads reports whether an action changes nothing.
func reads(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	for _, verb := range []string{"Describe", "Get", "List"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	// What a state is read with, and a role assumed.
	return action == "kms:Decrypt" || action == "sts:AssumeRole"
}
