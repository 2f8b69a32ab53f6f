package stacks_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/settings"
	"webapp/stacks"
)

// TestExamplesAreCleanByConstruction holds the rules of Checkov and Trivy that can be read off a synthesized stack; see
// docs/scanners.md for those that a public web service cannot keep.
func TestExamplesAreCleanByConstruction(t *testing.T) {
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		all, err := settings.Load(file, settings.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+s.StackName(), func(t *testing.T) {
				wantClean(t, assertions.Synth(t, stacks.NewWebApp(cdktf.Testing_App(nil), s)))
			})
		}
	}
}

func wantClean(t *testing.T, tpl *assertions.Template) {
	t.Helper()
	byType := map[string][]*assertions.Resource{}
	for _, resource := range tpl.All() {
		byType[resource.Type()] = append(byType[resource.Type()], resource)
	}
	described := object{"description": assertions.Regexp(".+")}
	each := func(typ string, want object) {
		for _, resource := range byType[typ] {
			resource.Matches(want)
		}
	}
	// CKV_AWS_131, 328, AWS-0052
	each("aws_lb", object{"drop_invalid_header_fields": true,
		"desync_mitigation_mode": assertions.Regexp("defensive|strictest")})
	// CKV_AWS_261
	each("aws_lb_target_group", object{"health_check": object{"path": assertions.Regexp("^/")}})
	// CKV_AWS_23, AWS-0099
	each("aws_security_group", described)
	// AWS-0124
	each("aws_vpc_security_group_ingress_rule", described)
	each("aws_vpc_security_group_egress_rule", described)
	// CKV_AWS_130, AWS-0164
	each("aws_subnet", object{"map_public_ip_on_launch": false})
	// CKV_AWS_66
	each("aws_cloudwatch_log_group", object{"retention_in_days": assertions.AtLeast(1)})
	// CKV2_AWS_6
	each("aws_s3_bucket_public_access_block", object{"block_public_acls": true, "restrict_public_buckets": true})
	for range byType["aws_vpc"] {
		tpl.Count("aws_default_security_group", 1) // CKV2_AWS_12, AWS-0173
	}
	for _, listener := range byType["aws_lb_listener"] {
		if listener.Get("protocol") == "HTTPS" { // CKV_AWS_103, CKV2_AWS_74, AWS-0047
			listener.Has("ssl_policy", assertions.Regexp("^ELBSecurityPolicy-TLS13-1-[23]-"))
		}
	}
	for _, port := range []int{22, 3389} { // CKV_AWS_24, 25
		tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"cidr_ipv4": "0.0.0.0/0", "from_port": port}, 0)
	}
	tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"ip_protocol": "-1"}, 0) // CKV_AWS_277
	for _, task := range byType["aws_ecs_task_definition"] {                                 // CKV_AWS_249, 335
		if task.Get("execution_role_arn") == task.Get("task_role_arn") {
			t.Errorf("%s has one role for both", task.Address())
		}
		task.Lacks("pid_mode")
	}
	for _, policy := range byType["aws_iam_role_policy"] {
		wantNarrow(t, policy)
	}
}

// unnamed are the actions that know no resources (Service authorization reference).
var unnamed = []string{"ecr:GetAuthorizationToken", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
	"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel", "xray:PutTelemetryRecords",
	"xray:PutTraceSegments"}

// wantNarrow fails where a policy allows more than it names: CKV_AWS_62, 63, 286 to 290, 355, AWS-0057.
func wantNarrow(t *testing.T, policy *assertions.Resource) {
	t.Helper()
	var document struct {
		Statement []struct{ Action, Resource []string }
	}
	if err := json.Unmarshal([]byte(policy.Get("policy").(string)), &document); err != nil {
		t.Fatal(err)
	}
	for _, statement := range document.Statement {
		for _, action := range statement.Action {
			if strings.Contains(action, "*") {
				t.Errorf("%s allows %s", policy.Address(), action)
			}
			if slices.Contains(statement.Resource, "*") && !slices.Contains(unnamed, action) {
				t.Errorf("%s allows %s on everything", policy.Address(), action)
			}
		}
	}
}
