package permissions

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/iam"
	"webapp/internal/iamactions"
	"webapp/internal/iamactions/reference"
	"webapp/internal/iampolicy"
	"webapp/internal/tfstack"
)

const provider = `"provider": {"aws": [{"region": "eu-west-1", "allowed_account_ids": ["123456789012"],
	"default_tags": [{"tags": {"Application": "shop", "Environment": "prod", "SettingsCommit": "abc"}}]}]}`

// stack reads a stack with these resources, which are JSON.
func stack(t *testing.T, resources string, more ...string) *tfstack.Stack {
	t.Helper()
	s, err := tfstack.Parse([]byte("{" + strings.Join(append(more, provider, `"resource": {`+resources+`}`), ",") + "}"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everyType is a stack with all that the table has.
func everyType(t *testing.T) *tfstack.Stack {
	t.Helper()
	var resources, data []string
	for _, typ := range slices.Sorted(maps.Keys(table)) {
		block := `{"x": {}}`
		switch typ {
		case "aws_wafv2_web_acl_association":
			block = `{"x": {"web_acl_arn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/office/1"}}`
		case "aws_lb_trust_store":
			block = `{"x": {"ca_certificates_bundle_s3_bucket": "authorities", "ca_certificates_bundle_s3_key": "a.pem"}}`
		case "aws_lb_listener":
			block = `{"x": {"default_action": [{"authenticate_cognito": {"user_pool_arn":
				"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_1"}}]}}`
		case "data.aws_route53_zone":
			block = `{"x": {"name": "example.com"}}`
		}
		if name, ok := strings.CutPrefix(typ, "data."); ok {
			data = append(data, fmt.Sprintf("%q: %s", name, block))
		} else {
			resources = append(resources, fmt.Sprintf("%q: %s", typ, block))
		}
	}
	return stack(t, strings.Join(resources, ","), `"data": {`+strings.Join(data, ",")+`}`,
		`"terraform": {"backend": {"s3": {"bucket": "states", "key": "shop/shop-prod/terraform.tfstate",
		"kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/1",
		"assume_role": {"role_arn": "arn:aws:iam::333333333333:role/states"}}}}`)
}

func policies(t *testing.T, role Role, s *tfstack.Stack) []Policy {
	t.Helper()
	all, err := For(role, "shop-prod", s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func statements(t *testing.T, role Role, s *tfstack.Stack) []iam.Statement {
	t.Helper()
	var all []iam.Statement
	for _, p := range policies(t, role, s) {
		all = append(all, p.Statements...)
	}
	return all
}

// TestStatementsAreWhatAWSUnderstands: an action that knows no resources must be allowed on all, and a condition must
// be about a key that a request for the action or the resource has. Anything else would never be true.
func TestStatementsAreWhatAWSUnderstands(t *testing.T) {
	covered := map[string]bool{} // resource types, by action
	all := statements(t, Deploy, everyType(t))
	for _, s := range all {
		for _, name := range s.Action {
			action, ok := reference.Of(name)
			if !ok {
				t.Errorf("%s: the reference has no %s; see internal/iamactions/reference", s.Sid, name)
				continue
			}
			keys, found := action.Keys, slices.Contains(s.Resource, "*")
			for _, resource := range action.Resources {
				if slices.ContainsFunc(s.Resource, func(arn string) bool { return overlap(arn, resource.ARN) }) {
					covered[name+" "+resource.Type], found = true, true
					keys = slices.Concat(keys, resource.Keys)
				}
			}
			if !found {
				t.Errorf("%s: %s knows no resource of %v", s.Sid, name, s.Resource)
			}
			for operator, values := range s.Condition {
				for key := range values {
					key, _, _ = strings.Cut(key, "/")
					if !slices.Contains(keys, key) {
						t.Errorf("%s: %s has no key %s (%s)", s.Sid, name, key, operator)
					}
				}
			}
		}
	}
	for _, s := range all {
		for _, name := range s.Action {
			action, _ := reference.Of(name)
			for _, resource := range action.Resources {
				if resource.Required && !covered[name+" "+resource.Type] && !otherKind(resource.Type) {
					t.Errorf("%s needs a %s, and no statement has one", name, resource.Type)
				}
			}
		}
	}
}

// otherKind reports whether a resource is that of load balancers of another kind: they are not required together.
func otherKind(typ string) bool {
	kind := strings.TrimSuffix(typ, "/")
	return strings.HasSuffix(kind, "/net") || strings.HasSuffix(kind, "/gwy")
}

// overlap reports whether there is a text that two patterns with * stand for.
func overlap(a, b string) bool {
	switch {
	case a == "" || b == "":
		return strings.Trim(a+b, "*") == ""
	case a[0] == '*':
		return overlap(a[1:], b) || overlap(a, b[1:])
	case b[0] == '*':
		return overlap(a, b[1:]) || overlap(a[1:], b)
	}
	return a[0] == b[0] && overlap(a[1:], b[1:])
}

// TestPlanChangesNothing by the levels that AWS gives the actions.
func TestPlanChangesNothing(t *testing.T) {
	for _, s := range statements(t, Plan, everyType(t)) {
		for _, name := range s.Action {
			if name == "kms:Decrypt" || name == "sts:AssumeRole" { // a state is read with them
				continue
			}
			action, ok := reference.Of(name)
			if !ok || action.Access != "Read" && action.Access != "List" {
				t.Errorf("%s: %s is %s", s.Sid, name, action.Access)
			}
		}
	}
}

// TestDeployReads everything that a plan reads: it plans too.
func TestDeployReads(t *testing.T) {
	deploy := statements(t, Deploy, everyType(t))
	for _, plan := range statements(t, Plan, everyType(t)) {
		i := slices.IndexFunc(deploy, func(s iam.Statement) bool { return s.Sid == plan.Sid })
		if i < 0 {
			t.Fatalf("deploy has no %s", plan.Sid)
		}
		for _, action := range plan.Action {
			if !slices.Contains(deploy[i].Action, action) {
				t.Errorf("deploy has no %s in %s", action, plan.Sid)
			}
		}
	}
}

// TestPoliciesFitIntoManagedOnes, for a stack whose name is as long as can be.
func TestPoliciesFitIntoManagedOnes(t *testing.T) {
	all, err := For(Deploy, strings.Repeat("a", 32)+"-"+strings.Repeat("b", 20)+"-ap-southeast-4", everyType(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if size := len(p.Document()); size > MaxPolicySize {
			t.Errorf("%s has %d characters", p.Name, size)
		}
		if _, err := iampolicy.Parse(p.Document()); err != nil {
			t.Error(err)
		}
	}
	if len(all) > 4 {
		t.Errorf("%d policies", len(all))
	}
}

// decide decides about a request for the role that deploys.
func decide(t *testing.T, s *tfstack.Stack, r iampolicy.Request) bool {
	t.Helper()
	var identity iampolicy.Identity
	for _, p := range policies(t, Deploy, s) {
		parsed, err := iampolicy.Parse(p.Document())
		if err != nil {
			t.Fatal(err)
		}
		identity.Policies = append(identity.Policies, parsed)
	}
	return identity.Decide(r).Allowed
}

func TestStatementThatIsTooLongIsDivided(t *testing.T) {
	var groups, arns []string
	for i := range 100 {
		name := strings.Repeat("a", 56) + fmt.Sprintf("-%03d", i)
		groups = append(groups, fmt.Sprintf(`"g%d": {"name": %q}`, i, name))
		arns = append(arns, "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/"+name)
	}
	all, err := For(Deploy, "shop", stack(t, `"aws_scheduler_schedule_group": {`+strings.Join(groups, ",")+`}`))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]iam.Statement{}
	for _, p := range all {
		if n := len(p.Document()); n > MaxPolicySize {
			t.Errorf("%s has %d characters", p.Name, n)
		}
		for _, s := range p.Statements {
			if _, twice := byName[s.Sid]; twice {
				t.Errorf("two statements %s", s.Sid)
			}
			if strings.HasPrefix(s.Sid, "ByName") {
				byName[s.Sid] = s
			}
		}
	}
	first := byName["ByName"]
	var resources []string
	for sid, s := range byName {
		if !slices.Equal(s.Action, first.Action) {
			t.Errorf("%s allows other actions", sid)
		}
		resources = append(resources, s.Resource...)
	}
	for _, arn := range arns {
		if !slices.Contains(resources, arn) {
			t.Errorf("no statement for %s", arn)
		}
	}
	if len(byName) < 2 {
		t.Error("the statement is not divided")
	}
}

func TestDeployMayChangeItsOwnOnly(t *testing.T) {
	const ecs, ec2, elb = "arn:aws:ecs:eu-west-1:123456789012:", "arn:aws:ec2:eu-west-1:123456789012:",
		"arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
	own := map[string][]string{"aws:ResourceTag/Application": {"shop"}, "aws:ResourceTag/Environment": {"prod"}}
	other := map[string][]string{"aws:ResourceTag/Application": {"shop"}, "aws:ResourceTag/Environment": {"dev"}}
	request := map[string][]string{"aws:RequestTag/Application": {"shop"}, "aws:RequestTag/Environment": {"prod"}}
	small := stack(t, `"aws_ecs_cluster": {"x": {"name": "shop-prod"}}, "aws_ecs_service": {"x": {"name": "front"}},
		"aws_cloudwatch_log_group": {"x": {"name": "/teams/shop"}},
		"aws_iam_role": {"x": {"name_prefix": "shop-prod-task-"}, "y": {"name": "front", "path": "/service/"}}`)
	bounded := stack(t, `"aws_iam_role": {"x": {"permissions_boundary": "arn:aws:iam::123456789012:policy/limit"}}`)
	zone := stack(t, `"aws_route53_record": {"x": {}}`, `"data": {"aws_route53_zone": {"x": {"name": "example.com"}}}`)
	const pools = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/"
	login := stack(t, `"aws_lb_listener": {"x": {"default_action": [{"authenticate_cognito": {"user_pool_arn": "`+
		pools+`eu-west-1_1"}}]}}`)
	shared := stack(t, `"aws_vpc_security_group_egress_rule": {"x": {"security_group_id": "sg-1"}}`)
	for _, tc := range []struct {
		name             string
		stack            *tfstack.Stack
		action, resource string
		context          map[string][]string
		want             bool
	}{
		{"the schedule of a job that is no more", small, "scheduler:DeleteSchedule",
			"arn:aws:scheduler:eu-west-1:123456789012:schedule/shop-prod-old/shop-prod-old", nil, true},
		{"the schedules of another environment", small, "scheduler:DeleteScheduleGroup",
			"arn:aws:scheduler:eu-west-1:123456789012:schedule-group/shop-dev-old", nil, false},
		{"its VPC", small, "ec2:DeleteVpc", ec2 + "vpc/vpc-1", own, true},
		{"the VPC of another environment", small, "ec2:DeleteVpc", ec2 + "vpc/vpc-1", other, false},
		{"a VPC in another region", small, "ec2:DeleteVpc", "arn:aws:ec2:eu-west-2:123456789012:vpc/vpc-1", own, false},
		{"a new VPC with its tags", small, "ec2:CreateVpc", ec2 + "vpc/*", request, true},
		{"a new VPC without", small, "ec2:CreateVpc", ec2 + "vpc/*", nil, false},
		{"a subnet in its VPC", small, "ec2:CreateSubnet", ec2 + "vpc/vpc-1", own, true},
		{"tags for others' VPC", small, "ec2:CreateTags", ec2 + "vpc/vpc-1", request, false},
		{"a rule in the group of a shared load balancer", shared, "ec2:AuthorizeSecurityGroupEgress",
			ec2 + "security-group/sg-1", nil, true},
		{"a rule in another group", shared, "ec2:AuthorizeSecurityGroupEgress", ec2 + "security-group/sg-2", nil, false},
		{"the client of a login", login, "cognito-idp:DescribeUserPoolClient", pools + "eu-west-1_1", nil, true},
		{"a client of another pool", login, "cognito-idp:DescribeUserPoolClient", pools + "eu-west-1_2", nil, false},
		{"its load balancer", small, "elasticloadbalancing:DeleteLoadBalancer", elb + "loadbalancer/app/shop-1/2", own,
			true},
		{"others' load balancer", small, "elasticloadbalancing:DeleteLoadBalancer", elb + "loadbalancer/app/shop-1/2",
			other, false},
		{"its service", small, "ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/shop-prod/front", nil,
			true},
		{"a service that comes later", small, "ecs:CreateService",
			"arn:aws:ecs:eu-west-1:123456789012:service/shop-prod/api", nil, true},
		{"a task of its own, in its cluster", small, "ecs:RunTask", ecs + "task-definition/shop-prod:3",
			map[string][]string{"ecs:cluster": {ecs + "cluster/shop-prod"}}, true},
		{"one in another cluster", small, "ecs:RunTask", ecs + "task-definition/shop-prod:3",
			map[string][]string{"ecs:cluster": {ecs + "cluster/blog"}}, false},
		{"others' task", small, "ecs:RunTask", ecs + "task-definition/blog:3",
			map[string][]string{"ecs:cluster": {ecs + "cluster/shop-prod"}}, false},
		{"the end of its task", small, "ecs:StopTask", ecs + "task/shop-prod/0123", nil, true},
		{"the end of another", small, "ecs:StopTask", ecs + "task/blog/0123", nil, false},
		{"what its task logs", small, "logs:GetLogEvents",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/teams/shop:log-stream:shop/app/0123", nil, true},
		{"what others log", small, "logs:GetLogEvents",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/teams/blog:log-stream:blog/app/0123", nil, false},
		{"others' service", small, "ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/blog/blog", nil, false},
		{"a log group of the settings", small, "logs:DeleteLogGroup",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/teams/shop", nil, true},
		{"others' log group", small, "logs:DeleteLogGroup",
			"arn:aws:logs:eu-west-1:123456789012:log-group:/teams/blog", nil, false},
		{"an alarm that comes later", small, "cloudwatch:PutMetricAlarm",
			"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-cpu", nil, true},
		{"its role", small, "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/shop-prod-task-1", nil, true},
		{"a role that was adopted", small, "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/service/front", nil, true},
		{"another with that path", small, "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/service/back", nil, false},
		{"the roles of its pipeline", small, "iam:PutRolePolicy",
			"arn:aws:iam::123456789012:role/pipeline/shop-prod-deploy", nil, false},
		{"a role for its tasks", small, "iam:PassRole", "arn:aws:iam::123456789012:role/shop-prod-task-1",
			map[string][]string{"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}, true},
		{"a role for a machine", small, "iam:PassRole", "arn:aws:iam::123456789012:role/shop-prod-task-1",
			map[string][]string{"iam:PassedToService": {"ec2.amazonaws.com"}}, false},
		{"a role without the boundary", bounded, "iam:CreateRole", "arn:aws:iam::123456789012:role/shop-prod-task-1", nil,
			false},
		{"a role with the boundary", bounded, "iam:CreateRole", "arn:aws:iam::123456789012:role/shop-prod-task-1",
			map[string][]string{"iam:PermissionsBoundary": {"arn:aws:iam::123456789012:policy/limit"}}, true},
		{"the boundary's removal", bounded, "iam:DeleteRolePermissionsBoundary",
			"arn:aws:iam::123456789012:role/shop-prod-task-1",
			map[string][]string{"iam:PermissionsBoundary": {"arn:aws:iam::123456789012:policy/limit"}}, false},
		{"a service-linked role", small, "iam:CreateServiceLinkedRole",
			"arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
			map[string][]string{"iam:AWSServiceName": {"ecs.amazonaws.com"}}, true},
		{"that of another service", small, "iam:CreateServiceLinkedRole",
			"arn:aws:iam::123456789012:role/aws-service-role/es.amazonaws.com/AWSServiceRoleForES",
			map[string][]string{"iam:AWSServiceName": {"es.amazonaws.com"}}, false},
		{"a record of the zone", zone, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1",
			map[string][]string{"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"www.example.com"}}, true},
		{"a record of another zone", zone, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1",
			map[string][]string{"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"www.example.org"}}, false},
		{"records, where the stack has none", small, "route53:ChangeResourceRecordSets",
			"arn:aws:route53:::hostedzone/Z1",
			map[string][]string{"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"www.example.com"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := iampolicy.Request{Action: tc.action, Resource: tc.resource, Context: tc.context}
			if got := decide(t, tc.stack, r); got != tc.want {
				t.Errorf("%s on %s is allowed: %v, want %v", tc.action, tc.resource, got, tc.want)
			}
		})
	}
}

// TestStateInS3 by the key, the lock and the KMS key of the backend.
func TestStateInS3(t *testing.T) {
	backend := `"terraform": {"backend": {"s3": {"bucket": "states", "key": "shop/shop-prod/terraform.tfstate"}}}`
	s := stack(t, `"aws_ecs_cluster": {"x": {}}`, backend)
	type rights struct {
		Actions   []string
		Resources []string
	}
	got := map[string]rights{}
	for _, one := range statements(t, Deploy, s) {
		if strings.HasPrefix(one.Sid, "State") {
			got[one.Sid] = rights{one.Action, one.Resource}
		}
	}
	want := map[string]rights{
		"StateBucket": {[]string{"s3:ListBucket"}, []string{"arn:aws:s3:::states"}},
		"State": {[]string{"s3:GetObject", "s3:PutObject"},
			[]string{"arn:aws:s3:::states/shop/shop-prod/terraform.tfstate"}},
		"StateLock": {[]string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
			[]string{"arn:aws:s3:::states/shop/shop-prod/terraform.tfstate.tflock"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUntaggedStackIsRefused: without a tag to go by, the policies would allow to change everybody's resources.
func TestUntaggedStackIsRefused(t *testing.T) {
	untagged, err := tfstack.Parse([]byte(`{
		"provider": {"aws": [{"default_tags": [{"tags": {"SettingsCommit": "abc"}}]}]},
		"resource": {"aws_security_group": {"x": {}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = For(Deploy, "shop", untagged)
	const want = "the permissions for stack shop are limited to what has its tags, but aws.tags leaves out both " +
		"Application and Environment; give one of them a value"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownTypeIsRefused(t *testing.T) {
	_, err := For(Deploy, "shop-prod", stack(t, `"aws_sqs_queue_policy": {"jobs": {}}`))
	const want = "it is not known what aws_sqs_queue_policy.jobs needs; add aws_sqs_queue_policy to the table in " +
		"internal/permissions"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestActionsAreWhatWasCalled: the calls of all tests need no other actions than the table has, and the table has no
// other actions than they need but those in unrecorded.
func TestActionsAreWhatWasCalled(t *testing.T) {
	given := map[string]bool{}
	for _, s := range statements(t, Deploy, everyType(t)) {
		for _, action := range s.Action {
			given[action] = true
		}
	}
	text, err := os.ReadFile("../../e2e/testdata/calls.tsv")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "\t")
		for _, action := range strings.Fields(cells[3]) {
			called[action] = true
			if !given[action] && notOfStacks[action] == "" {
				t.Errorf("%s %s was called and needs %s, which the table does not have", cells[0], cells[1], action)
			}
		}
	}
	for _, action := range slices.Sorted(maps.Keys(given)) {
		service, name, _ := strings.Cut(action, ":")
		switch reason := unrecorded[action]; {
		case !iamactions.Has(service, name):
			t.Errorf("there is no action %s", action)
		case !called[action] && reason == "":
			t.Errorf("no call needed %s; remove it, or say in unrecorded what it is for", action)
		case called[action] && reason != "":
			t.Errorf("a call needed %s; remove it from unrecorded", action)
		}
	}
	for action := range unrecorded {
		if !given[action] {
			t.Errorf("the table does not have %s; remove it from unrecorded", action)
		}
	}
}

// TestDocumentIsJSON without the escapes that only HTML needs.
func TestDocumentIsJSON(t *testing.T) {
	for _, p := range policies(t, Plan, everyType(t)) {
		var read struct{ Version string }
		if err := json.Unmarshal([]byte(p.Document()), &read); err != nil || read.Version != "2012-10-17" {
			t.Errorf("%s: %v, %v", p.Name, read, err)
		}
	}
}
