package permissions

import (
	"fmt"
	"slices"

	"webapp/internal/iam"
)

// scope is what a role may use some actions on. Each becomes one statement of a policy.
type scope struct {
	sid string
	// borrowed says that neither a name nor a tag limits this to the stack, or that it belongs to somebody else. It is
	// in a policy only if the stack has a resource that needs it.
	borrowed bool
	// applied says that only an apply needs it, even what only reads.
	applied bool
	// resources returns ARNs, with wildcards. If there are none, the policy gets no statement for this scope.
	resources func(*target) []string
	// condition may be nil.
	condition func(*target) iam.Condition
}

// scopes are in the order of the statements.
var scopes = []*scope{
	anywhere, named, created, createdVPC, tagged, taggedWhenCreated, balancingTaggedWhenCreated, untaggedGroup, mentioned,
	priorities, requestedCertificates, unlimited, scaledServices, scalableTargets, buckets, ownRoles, boundedRoles,
	freeRoles, passedRoles, serviceLinkedRoles, givenGroups, givenListeners, records, namespaces, webACLs,
	webACLOfBalancer, userPools, authorities, releases, releaseTasks, releaseLogs,
	stateBucket, stateObject, stateLock, stateKey, assumedRoles,
}

// Reading. Most of these actions know no resources. Those that do, such as DescribeVpcAttribute, show no secrets.
var anywhere = &scope{sid: "Read", resources: everything}

// What has the stack's name.
var named = &scope{sid: "ByName", resources: (*target).namedARNs}

// What gets the stack's tags when it is made. A request may need more than one resource: in CreateSubnet the subnet is
// made with tags, and its VPC has them already.
var created = &scope{
	sid: "CreateWithTags",
	resources: func(t *target) []string {
		return slices.Concat(
			t.arns("ec2", "subnet/*", "internet-gateway/*", "egress-only-internet-gateway/*", "elastic-ip/*",
				"natgateway/*", "route-table/*", "security-group/*", "security-group-rule/*", "vpc-endpoint/*",
				"vpc-flow-log/*"),
			t.arns("elasticloadbalancing", "loadbalancer/app/*", "targetgroup/*", "truststore/*"),
		)
	},
	condition: func(t *target) iam.Condition { return t.tags("aws:RequestTag/") },
}

// Apart from the others, so that nothing else is made in a VPC because the request has the tags.
var createdVPC = &scope{
	sid:       "CreateVPCWithTags",
	resources: func(t *target) []string { return t.arns("ec2", "vpc/*") },
	condition: func(t *target) iam.Condition { return t.tags("aws:RequestTag/") },
}

// What has the stack's tags.
var tagged = &scope{
	sid: "ByTags",
	resources: func(t *target) []string {
		return slices.Concat(t.arns("ec2", "*/*"), t.arns("elasticloadbalancing", "*"), t.arns("acm", "certificate/*"),
			t.arns("servicediscovery", "*/*"), t.arns("application-autoscaling", "scalable-target/*"))
	},
	condition: func(t *target) iam.Condition { return t.tags("aws:ResourceTag/") },
}

// The tags of what is being made. ec2:CreateAction is there only then.
var taggedWhenCreated = &scope{
	sid:       "TagWhenCreated",
	resources: func(t *target) []string { return t.arns("ec2", "*/*") },
	condition: func(t *target) iam.Condition {
		return with(t.tags("aws:RequestTag/"), "Null", "ec2:CreateAction", "false")
	},
}

var balancingTaggedWhenCreated = &scope{
	sid:       "TagBalancingWhenCreated",
	resources: func(t *target) []string { return t.arns("elasticloadbalancing", "*") },
	condition: func(t *target) iam.Condition {
		return with(t.tags("aws:RequestTag/"), "Null", "elasticloadbalancing:CreateAction", "false")
	},
}

// The default security group of a new VPC, and the rule that a new group has from the start, which is adopted after an
// apply that was cut off. The same allows to take over others without tags.
var untaggedGroup = &scope{
	sid:       "TagDefaultGroup",
	resources: func(t *target) []string { return t.arns("ec2", "security-group/*", "security-group-rule/*") },
	condition: func(t *target) iam.Condition {
		condition := t.tags("aws:RequestTag/")
		for key := range t.tags("aws:ResourceTag/")["StringEquals"] {
			condition = with(condition, "Null", key, "true")
		}
		return condition
	},
}

// What a request mentions that changes something of the stack's own.
var mentioned = &scope{
	sid: "Mention",
	resources: func(t *target) []string {
		all := t.arns("ec2", "network-interface/*", "prefix-list/*")
		if !t.has("aws_vpc") {
			all = append(all, t.arns("ec2", "vpc/*")...)
		}
		return all
	},
}

// The reference has no tags for this action. It changes the order of rules.
var priorities = &scope{
	sid:       "OrderRules",
	resources: func(t *target) []string { return t.arns("elasticloadbalancing", "listener-rule/app/*") },
}

var requestedCertificates = &scope{
	sid:       "RequestCertificates",
	resources: everything, // RequestCertificate knows no resources
	condition: func(t *target) iam.Condition { return t.tags("aws:RequestTag/") },
}

// These actions know neither resources nor tags.
var unlimited = &scope{sid: "Unlimited", resources: everything}

// A scalable target's ARN has an identifier that AWS chooses.
var scaledServices = &scope{
	sid:       "ScaleServices",
	resources: func(t *target) []string { return t.arns("application-autoscaling", "scalable-target/*") },
	condition: func(*target) iam.Condition {
		return iam.Condition{"StringEquals": {"application-autoscaling:service-namespace": {"ecs"}}}
	},
}

// Registering gives tags to what has none yet.
var scalableTargets = &scope{
	sid:       "TagScalableTargets",
	resources: func(t *target) []string { return t.arns("application-autoscaling", "scalable-target/*") },
}

var buckets = &scope{sid: "Buckets", resources: (*target).bucketARNs}

var ownRoles = &scope{
	sid: "Roles",
	resources: func(t *target) []string {
		return append(t.roleARNs(), t.global("iam", "policy/"+t.roleName()))
	},
}

// What makes a role more powerful, where all roles of the stack have a permissions boundary: all must have it.
var boundedRoles = &scope{
	sid: "RolesWithBoundary", resources: (*target).roleARNs,
	condition: func(t *target) iam.Condition {
		return iam.Condition{"StringEquals": {"iam:PermissionsBoundary": {t.boundary}}}
	},
}

// What takes a boundary away: only where there is none that all roles must have.
var freeRoles = &scope{sid: "RolesWithoutBoundary", resources: func(*target) []string { return nil }}

var passedRoles = &scope{
	sid: "PassRoles", resources: (*target).roleARNs,
	condition: func(t *target) iam.Condition {
		services := []string{"ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"}
		if t.has("aws_scheduler_schedule") {
			services = append(services, "scheduler.amazonaws.com")
		}
		return iam.Condition{"StringEquals": {"iam:PassedToService": services}}
	},
}

var serviceLinkedRoles = &scope{
	sid:       "ServiceLinkedRoles",
	resources: func(t *target) []string { return []string{t.global("iam", "role/aws-service-role/*")} },
	condition: func(*target) iam.Condition {
		return iam.Condition{"StringEquals": {"iam:AWSServiceName": {
			"ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "ecs.application-autoscaling.amazonaws.com",
		}}}
	},
}

// The task that a command before a release runs in, in the stack's own cluster.
var releases = &scope{
	sid: "RunReleases", applied: true, resources: (*target).familyARNs,
	condition: func(t *target) iam.Condition {
		return iam.Condition{"ArnLike": {"ecs:cluster": t.clusterARNs("cluster/%s")}}
	},
}

var releaseTasks = &scope{
	sid: "FollowReleases", applied: true,
	resources: func(t *target) []string { return t.clusterARNs("task/%s/*") },
}

var releaseLogs = &scope{sid: "ReadReleaseLogs", applied: true, resources: (*target).logStreamARNs}

// The security group of a load balancer that another stack shares.
var givenGroups = &scope{
	sid: "RulesOfGivenGroups", borrowed: true,
	resources: func(t *target) []string {
		ids := t.literals("security_group_id", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
		for i := range ids {
			ids[i] = "security-group/" + ids[i]
		}
		return t.arns("ec2", ids...)
	},
}

// A listener that another stack shares.
var givenListeners = &scope{
	sid: "RulesOfGivenListeners", borrowed: true, resources: (*target).givenListenerARNs,
	condition: func(t *target) iam.Condition { return t.tags("aws:RequestTag/") },
}

// Records of the hosted zones that the stack looks up. Zones that are given by their id may have any record.
var records = &scope{
	sid: "Records", borrowed: true,
	resources: func(t *target) []string { return t.zoneARNs() },
	condition: (*target).recordNames,
}

// A namespace is made before it has an ARN, and its hosted zone is known to Cloud Map alone.
var namespaces = &scope{sid: "Namespaces", borrowed: true, resources: everything}

var webACLs = &scope{
	sid: "WebACLs", borrowed: true,
	resources: func(t *target) []string {
		return append(t.literals("web_acl_arn", "aws_wafv2_web_acl_association"),
			t.arns("elasticloadbalancing", "loadbalancer/app/*")...)
	},
}

var webACLOfBalancer = &scope{sid: "WebACLOfBalancer", borrowed: true, resources: everything}

// The user pools of logins, whose client Elastic Load Balancing reads in the name of whoever makes the action.
var userPools = &scope{
	sid: "UserPools", borrowed: true,
	resources: func(t *target) []string {
		var all []string
		for _, r := range t.stack.Resources("aws_lb_listener", "aws_lb_listener_rule") {
			for _, action := range slices.Concat(r.Blocks("default_action"), r.Blocks("action")) {
				arn := action.Block("authenticate_cognito").Text("user_pool_arn")
				if arn != "" && !slices.Contains(all, arn) {
					all = append(all, arn)
				}
			}
		}
		return all
	},
}

// The files of which trust stores are created: Elastic Load Balancing reads them in the name of whoever creates one.
var authorities = &scope{
	sid: "Authorities", borrowed: true,
	resources: func(t *target) []string {
		var all []string
		for _, r := range t.stack.Resources("aws_lb_trust_store") {
			all = append(all, fmt.Sprintf("arn:%s:s3:::%s/%s", t.partition, r.Text("ca_certificates_bundle_s3_bucket"),
				r.Text("ca_certificates_bundle_s3_key")))
		}
		return all
	},
}

// The state in S3, as the stack's backend has it. Source: Terraform language, "Backend type: s3", S3 bucket
// permissions.
var (
	stateBucket = &scope{sid: "StateBucket", resources: func(t *target) []string { return t.state("") }}
	stateObject = &scope{sid: "State", resources: func(t *target) []string { return t.state("/" + t.stateKey()) }}
	stateLock   = &scope{
		sid: "StateLock", resources: func(t *target) []string { return t.state("/" + t.stateKey() + ".tflock") },
	}
	stateKey = &scope{sid: "StateKey", resources: (*target).stateKMSKey}
)

// Roles that Terraform assumes, where the settings have any: for the resources or for the state.
var assumedRoles = &scope{sid: "AssumeRoles", resources: (*target).roles}

func everything(*target) []string { return []string{"*"} }

// with adds a value to a condition.
func with(condition iam.Condition, operator, key, value string) iam.Condition {
	s := iam.Statement{Condition: condition}
	s.Where(operator, key, value)
	return s.Condition
}
