package adopt

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"

	"webapp/internal/reference"
)

// TestOverridesKeepWhatExists, one case for each way in which a plan tells that something would change.
func TestOverridesKeepWhatExists(t *testing.T) {
	for _, tc := range []struct {
		name, stack, plan    string
		want                 string // below "overrides:"
		unresolved, cosmetic []string
	}{
		{
			name:  "what stays as it is",
			stack: `{"aws_lb": {"web_0A": {"idle_timeout": 60}}}`,
			plan: `[{"type": "aws_lb", "name": "web_0A", "change": {"actions": ["no-op"], "importing": {"id": "lb"},
				"before": {"idle_timeout": 60}, "after": {"idle_timeout": 60}}}]`,
		},
		{
			name:  "a name of somebody's in the place of a prefix, and what is unknown of a replaced resource",
			stack: `{"aws_lb": {"web_0A": {"name_prefix": "web-", "tags": {"Name": "web"}}}}`,
			plan: `[{"type": "aws_lb", "name": "web_0A",
				"change": {"actions": ["create", "delete"], "importing": {"id": "lb"},
				"before": {"name": "front", "name_prefix": "", "dns_name": "front.example.com", "enable_http2": false,
					"tags": {}},
				"after": {"name_prefix": "web-", "enable_http2": true, "tags": {"Name": "web"}},
				"after_unknown": {"name": true, "dns_name": true, "tags": {}}}}]`,
			want: `
  # Without these, Terraform would destroy what exists and create it again.
  - {resource: aws_lb.web, path: enable_http2, value: false}
  - {resource: aws_lb.web, path: name_prefix, remove: true}
  - {resource: aws_lb.web, path: tags, remove: true}
  - {resource: aws_lb.web, path: name, value: "front"}
`,
		},
		{
			name:  "in a block, only what differs",
			stack: `{"aws_lb_target_group": {"t_0A": {"health_check": {"path": "/", "interval": 30}}}}`,
			plan: `[{"type": "aws_lb_target_group", "name": "t_0A",
				"change": {"actions": ["update"], "importing": {"id": "t"},
				"before": {"health_check": [{"path": "/up", "interval": 30, "enabled": true}]},
				"after": {"health_check": [{"path": "/", "interval": 30, "enabled": true}]}}}]`,
			want: `
  # Without these, Terraform would change what exists in place. Remove those whose change is welcome.
  - {resource: aws_lb_target_group.t, path: health_check.path, value: "/up"} # or the setting service.healthCheck.path
`,
		},
		{
			name: "by reference what is a part of the stack too; what only refers to it stays with it",
			stack: `{
				"aws_route_table": {"a_0A": {"vpc_id": "${aws_vpc.v_0A.id}"}, "b_0A": {}},
				"aws_route_table_association": {"b_0A": {"route_table_id": "${aws_route_table.b_0A.id}"}},
				"aws_vpc": {"v_0A": {"cidr_block": "10.0.0.0/16"}}
			}`,
			plan: `[
				{"type": "aws_vpc", "name": "v_0A", "change": {"actions": ["delete", "create"],
					"importing": {"id": "vpc-0123456789"},
					"before": {"id": "vpc-0123456789", "cidr_block": "10.9.0.0/16"},
						"after": {"cidr_block": "10.0.0.0/16"}, "after_unknown": {"id": true}}},
				{"type": "aws_route_table", "name": "a_0A",
					"change": {"actions": ["delete", "create"], "importing": {"id": "rtb-0123456789"},
					"before": {"id": "rtb-0123456789",
						"vpc_id": "vpc-0123456789"}, "after": {}, "after_unknown": {"id": true, "vpc_id": true}}},
				{"type": "aws_route_table", "name": "b_0A",
					"change": {"actions": ["create"], "after": {}, "after_unknown": {"id": true}}},
				{"type": "aws_route_table_association", "name": "b_0A",
					"change": {"actions": ["update"], "importing": {"id": "s/rtb-0123456789"},
					"before": {"route_table_id": "rtb-0123456789"}, "after": {},
						"after_unknown": {"route_table_id": true}}}
			]`,
			want: `
  # Without these, Terraform would destroy what exists and create it again.
  - {resource: aws_vpc.v, path: cidr_block, value: "10.9.0.0/16"} # or the setting network.new.cidr
  # Without these, Terraform would change what exists in place. Remove those whose change is welcome.
  - {resource: aws_route_table_association.b, path: route_table_id, value: "${aws_route_table.a_0A.id}"}
`,
			unresolved: []string{"aws_route_table.a_0A"},
		},
		{
			name: "what the stack leaves out, where that is the reason of the replacement, and without what is not " +
				"there",
			stack: `{"aws_ecs_service": {"s_0A": {"launch_type": "FARGATE"}}}`,
			plan: `[{"type": "aws_ecs_service", "name": "s_0A",
				"change": {"actions": ["delete", "create"], "importing": {"id": "c/s"},
				"replace_paths": [["capacity_provider_strategy"], ["launch_type"]],
				"before": {"launch_type": "", "capacity_provider_strategy": [{"capacity_provider": "FARGATE",
					"base": 0, "weight": 1}], "deployment_controller": [{"type": "ECS"}]},
				"after": {"launch_type": "FARGATE", "capacity_provider_strategy": [], "deployment_controller": []}}}]`,
			want: `
  # Without these, Terraform would destroy what exists and create it again.
  - {resource: aws_ecs_service.s, path: capacity_provider_strategy, value: [{"capacity_provider":"FARGATE","weight":1}]}
  - {resource: aws_ecs_service.s, path: launch_type, remove: true}
`,
		},
		{
			name:  "where a listener sends requests, said once",
			stack: `{"aws_lb_listener": {"l_0A": {"default_action": [{"type": "fixed-response"}]}}}`,
			plan: `[{"type": "aws_lb_listener", "name": "l_0A",
				"change": {"actions": ["update"], "importing": {"id": "l"},
				"before": {"default_action": [{"type": "forward", "order": 0, "target_group_arn": "arn:t",
					"forward": [{"target_group": [{"arn": "arn:t", "weight": 1}]}]}]},
				"after": {"default_action": [{"type": "fixed-response"}]}}}]`,
			want: `
  # Without these, Terraform would change what exists in place. Remove those whose change is welcome.
  - {resource: aws_lb_listener.l, path: default_action, value: [{"target_group_arn":"arn:t","type":"forward"}]}
`,
		},
		{
			name:  "no text of theirs is an expression of Terraform's",
			stack: `{"aws_iam_role_policy": {"p_0A": {"policy": "{}"}}}`,
			plan: `[{"type": "aws_iam_role_policy", "name": "p_0A",
				"change": {"actions": ["update"], "importing": {"id": "r:p"},
				"before": {"policy": "{\"Resource\":\"${aws:username}\"}"}, "after": {"policy": "{}"}}}]`,
			want: `
  # Without these, Terraform would change what exists in place. Remove those whose change is welcome.
  - {resource: aws_iam_role_policy.p, path: policy, value: "{\"Resource\":\"$${aws:username}\"}"}
`,
		},
		{
			name: "what only Terraform knows, and what the stack leaves to others",
			stack: `{"aws_ecs_service": {"s_0A": {"desired_count": 2, "wait_for_steady_state": true,
				"lifecycle": {"ignore_changes": ["desired_count"]}}}}`,
			plan: `[{"type": "aws_ecs_service", "name": "s_0A",
				"change": {"actions": ["update"], "importing": {"id": "c/s"},
				"before": {"desired_count": 7, "wait_for_steady_state": null, "task_definition": "web:3"},
				"after": {"desired_count": 2, "wait_for_steady_state": true,
					"task_definition": "arn:aws:ecs:eu-west-1:1:task-definition/web:3"}}}]`,
			cosmetic: []string{"aws_ecs_service.s_0A"},
		},
		{
			name: "the task last, and with the way that is better",
			stack: `{"aws_ecs_task_definition": {"t_0A": {"cpu": "512"}},
				"aws_ecs_cluster": {"c_0A": {"tags": {"a": "b"}}}}`,
			plan: `[
				{"type": "aws_ecs_task_definition", "name": "t_0A",
					"change": {"actions": ["create", "delete"], "importing": {"id": "t"}, "before": {"cpu": "256"},
					"after": {"cpu": "512"}}},
				{"type": "aws_ecs_cluster", "name": "c_0A",
					"change": {"actions": ["update"], "importing": {"id": "c"}, "before": {"tags": {"c": "d"}},
					"after": {"tags": {"a": "b"}}}}
			]`,
			want: `
  # Without these, Terraform would change what exists in place. Remove those whose change is welcome.
  - {resource: aws_ecs_cluster.c, path: tags, value: {"c":"d"}}
  # The task as it runs. Better: write it in the settings (container, task, logs), and remove these. Each
  # difference is a new revision, which the service then deploys.
  - {resource: aws_ecs_task_definition.t, path: cpu, value: "256"} # or the setting task.cpu
`,
		},
		{
			name:  "a resource is replaced because another one is: no override helps",
			stack: `{"aws_lb_target_group": {"t_0A": {"port": 80}}}`,
			plan: `[{"type": "aws_lb_target_group", "name": "t_0A",
				"change": {"actions": ["create", "delete"], "importing": {"id": "t"},
				"before": {"port": 80, "arn": "arn:t"}, "after": {"port": 80}, "after_unknown": {"arn": true}}}]`,
			unresolved: []string{"aws_lb_target_group.t_0A"},
		},
		{
			name:  "what is in the state already changes as the settings say",
			stack: `{"aws_lb": {"web_0A": {"idle_timeout": 90}}}`,
			plan: `[{"type": "aws_lb", "name": "web_0A", "change": {"actions": ["update"],
				"before": {"idle_timeout": 60}, "after": {"idle_timeout": 90}}}]`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assessment := Assess(stackOf(t, tc.stack), planOf(t, tc.plan))
			var got bytes.Buffer
			if err := WriteOverrides(&got, assessment.Overrides); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"),
				strings.TrimPrefix(got.String(), "overrides:\n")); diff != "" {
				t.Errorf("overrides (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.unresolved, assessment.Unresolved); diff != "" {
				t.Errorf("unresolved (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.cosmetic, assessment.Cosmetic); diff != "" {
				t.Errorf("cosmetic (-want +got):\n%s", diff)
			}
		})
	}
}

func planOf(t *testing.T, changes string) *tfjson.Plan {
	t.Helper()
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(changes), &plan.ResourceChanges); err != nil {
		t.Fatal(err)
	}
	for _, change := range plan.ResourceChanges {
		change.Mode, change.Address = tfjson.ManagedResourceMode, change.Type+"."+change.Name
	}
	return &plan
}

// TestSettingsInsteadOfOverridesExist holds the names of the settings to those of the reference.
func TestSettingsInsteadOfOverridesExist(t *testing.T) {
	known, err := reference.Settings("../../settings")
	if err != nil {
		t.Fatal(err)
	}
	for property, setting := range settingsFor {
		if !slices.Contains(known, setting) {
			t.Errorf("%s: no setting %s exists", property, setting)
		}
	}
}
