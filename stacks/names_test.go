package stacks_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/settings"
	"webapp/stacks"
)

// longest is a settings file in which every part of a name is as long as the rules allow, with all that has a name.
func longest() string {
	long := func(n int) string { return strings.Repeat("a", n) }
	policy := long(40)
	return strings.NewReplacer(
		"NAME", long(32), "ENVIRONMENT", long(20), "PREVIEW", strings.Repeat("b", 20), "SERVICE", long(20),
		"JOB", strings.Repeat("j", 20),
		"POLICY", policy, "VPC", long(240), "ECS", long(255), "LABEL", long(63),
	).Replace(`
name: NAME
state: {s3: {bucket: aaaa, region: eu-west-1, create: true}}
network:
  new: {name: VPC, flowLogs: {}, ipv6: true, endpoints: [bedrock-data-automation-runtime-fips, dynamodb]}
loadBalancer:
  accessLogs: {}
  domain: {name: shop.example.com, zone: example.com, aliases: ["*.example.com"]}
container: &container {image: nginx, ports: [80, 65535], mounts: [{volume: ECS, path: /data}], environment: {A: b}}
service:
  exec: true
  connect: {}
  discovery: {name: LABEL}
  additionalPorts: [{port: 65535, routing: {paths: [/a/*]}}]
task: {volumes: {ECS: {fileSystem: fs-01234567, accessPoint: fsap-01234567}},
	role: {statements: [{actions: ["s3:GetObject"], resources: ["*"]}]}}
sidecars: {ECS: {image: nginx}}
tracing: {}
scaling: &scaling
  cpu: {percent: 50}
  requests: {perMinute: 500}
  responseTime: {milliseconds: 100}
  metrics: {POLICY: {namespace: Shop, name: Backlog, target: 5}}
  burst: {on: cpu, threshold: 80}
  steps: {POLICY: {on: memory, steps: [{at: 80, change: 2}]}}
  schedules: {POLICY: {cron: 0 7 ? * MON-FRI *, min: 2}}
observability: {alarms: {emails: [on-call@example.com], serverErrors: {}}, dashboard: true}
services:
  SERVICE:
    routing: {paths: [/b/*]}
    container: {image: nginx, ports: [80]}
    service: {connect: {}}
    scaling: *scaling
jobs: {JOB: {schedule: {rate: 1 hour}, container: {image: nginx}}}
environments:
  ENVIRONMENT:
    aws: {region: eu-west-1}
    additionalRegions:
      ap-southeast-1:
        loadBalancer: {domain: {name: asia.example.com, aliases: ["*.asia.example.com"]}}
        task: {volumes: {ECS: {fileSystem: fs-01234568, accessPoint: fsap-01234568}}}
  PREVIEW:
    preview: {domain: LABEL.example.com}
    network: {existing: {name: shared}}
    loadBalancer: {existing: {listener: "` + sharedListener + `"}, accessLogs: null, domain: null}
`)
}

// longestPreview is a preview of the file above, whose name is as long as the rules allow.
func longestPreview(t *testing.T) settings.Stack {
	t.Helper()
	all, err := settings.Parse("webapp.yaml", []byte(longest()), settings.Options{Preview: strings.Repeat("a", 14)})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// synthesizeLongest returns the stacks of the file above.
func synthesizeLongest(t *testing.T) []*assertions.Template {
	t.Helper()
	all := parse(t, longest())
	var templates []*assertions.Template
	for _, s := range append(all, longestPreview(t)) {
		templates = append(templates, synth(t, s))
	}
	last := all[len(all)-1]
	last.Pipeline = &settings.Pipeline{GitHub: &settings.GitHub{Repository: "acme/shop"}}
	return append(templates, assertions.Synth(t, stacks.NewState(cdktf.Testing_App(nil), all[0])),
		synthPipeline(t, last))
}

// lengths are how long names and descriptions may be, by the attributes that hold them. Of a prefix Terraform makes a
// name by 26 more characters. Sources are AWS's API references; EC2's tags: EC2 user guide, "Tag restrictions".
var lengths = map[string]int{
	"aws_acm_certificate.domain_name":                                             64,
	"aws_appautoscaling_policy.name":                                              256, // PutScalingPolicy
	"aws_appautoscaling_scheduled_action.name":                                    256, // PutScheduledAction, 1600
	"aws_cloudwatch_dashboard.dashboard_name":                                     255, // PutDashboard
	"aws_cloudwatch_event_rule.name":                                              64,  // PutRule
	"aws_cloudwatch_event_rule.description":                                       512,
	"aws_cloudwatch_log_group.name":                                               512, // CreateLogGroup
	"aws_cloudwatch_log_group.name_prefix":                                        512 - unique,
	"aws_cloudwatch_metric_alarm.alarm_name":                                      255, // PutMetricAlarm
	"aws_cloudwatch_metric_alarm.alarm_description":                               1024,
	"aws_cloudwatch_query_definition.name":                                        255, // PutQueryDefinition
	"aws_ecs_cluster.name":                                                        255, // CreateCluster
	"aws_ecs_service.name":                                                        255, // CreateService
	"aws_ecs_service.service_connect_configuration.service.client_alias.dns_name": 127, // ServiceConnectClientAlias
	"aws_ecs_service.service_connect_configuration.service.discovery_name":        64,  // ServiceConnectService
	"aws_ecs_service.service_connect_configuration.service.port_name":             64,  // PortMapping
	"aws_ecs_task_definition.family":                                              255, // RegisterTaskDefinition
	"aws_ecs_task_definition.volume.name":                                         255,
	"aws_iam_role.description":                                                    1000, // CreateRole
	"aws_iam_policy.name":                                                         128,  // CreatePolicy
	"aws_iam_role.name":                                                           64,   // CreateRole
	"aws_iam_role.name_prefix":                                                    64 - unique,
	"aws_iam_role_policy.name":                                                    128, // PutRolePolicy
	// 32 without Terraform's addition
	"aws_lb.name_prefix":              6,
	"aws_lb_target_group.name_prefix": 6,
	"aws_route53_record.name":         1024, // ChangeResourceRecordSets
	// S3 user guide, "General purpose bucket naming rules"
	"aws_s3_bucket.bucket":               63,
	"aws_s3_bucket.bucket_prefix":        63 - unique,
	"aws_scheduler_schedule.description": 512, // CreateSchedule
	"aws_scheduler_schedule.name":        64,
	"aws_scheduler_schedule_group.name":  64,  // CreateScheduleGroup
	"aws_security_group.description":     255, // CreateSecurityGroup
	// the provider's own; EC2 has 255
	"aws_security_group.name_prefix":                          100,
	"aws_service_discovery_private_dns_namespace.description": 1024,
	"aws_service_discovery_private_dns_namespace.name":        253, // CreatePrivateDnsNamespace
	"aws_service_discovery_service.name":                      127, // CreateService
	"aws_sns_topic.display_name":                              100, // SetTopicAttributes
	"aws_sns_topic.name":                                      256, // CreateTopic
	"aws_vpc_security_group_egress_rule.description":          255, // IpRange
	"aws_vpc_security_group_ingress_rule.description":         255,
	"tags.Name": 256,
}

// unique is the length of what Terraform adds to a prefix.
const unique = 26

const customizedMetric = "aws_appautoscaling_policy.target_tracking_scaling_policy_configuration." +
	"customized_metric_specification"

// notNames are attributes that only look as if they held a name.
var notNames = []string{
	customizedMetric + ".dimensions.name",
	customizedMetric + ".metric_name",
	customizedMetric + ".metrics.metric_stat.metric.dimensions.name",
	customizedMetric + ".metrics.metric_stat.metric.metric_name",
	"aws_cloudwatch_metric_alarm.metric_name",
	"aws_cloudwatch_metric_alarm.metric_query.metric.metric_name",
	"aws_ecs_cluster.setting.name",
	"aws_ecs_service.load_balancer.container_name", // of the task definition
	"aws_ecs_task_definition.runtime_platform.operating_system_family",
	"aws_s3_bucket_lifecycle_configuration.rule.filter.prefix",
}

var namingAttribute = regexp.MustCompile(`(^|_)(name|prefix|family|bucket|identifier|title|description)$|^Name$`)

// named calls a function for every text of a value that names something, with the path of its attribute.
func named(path string, value any, found func(path, text string)) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			named(path+"."+key, inner, found)
		}
	case []any:
		for _, inner := range value {
			named(path, inner, found)
		}
	case string:
		if namingAttribute.MatchString(path[strings.LastIndex(path, ".")+1:]) && !strings.Contains(value, "${") {
			found(path, value)
		}
	}
}

// TestEveryNameFits builds the stacks whose names are the longest, and compares every name in them with what AWS
// allows.
func TestEveryNameFits(t *testing.T) {
	seen := map[string]bool{}
	for _, tpl := range synthesizeLongest(t) {
		for typ, resources := range tpl.JSON()["resource"].(map[string]any) {
			named(typ, slices.Collect(maps.Values(resources.(map[string]any))), func(path, text string) {
				key := path
				if strings.HasSuffix(path, ".tags.Name") {
					key = "tags.Name"
				}
				limit, known := lengths[key]
				seen[key] = true
				switch {
				case slices.Contains(notNames, key):
				case !known:
					t.Errorf("%s holds a name (%s): add its longest length to this test's table", path, text)
				case len(text) > limit:
					t.Errorf("%s has %d characters, and AWS takes %d: %s", path, len(text), limit, text)
				}
				if strings.HasPrefix(key, "aws_service_discovery") && !strings.HasSuffix(key, "description") {
					for _, label := range strings.Split(text, ".") {
						if len(label) > 63 {
							t.Errorf("%s has a part of %d characters, and DNS takes 63: %s", path, len(label), text)
						}
					}
				}
			})
		}
	}
	for _, key := range append(slices.Collect(maps.Keys(lengths)), notNames...) {
		if !seen[key] {
			t.Errorf("no stack has %s: remove it from the table, or add it to the file", key)
		}
	}
}

// TestSettingsKnowTheNamesOfAStack compares the names that must be unique in an account with those that the settings
// compare among the stacks of a file.
func TestSettingsKnowTheNamesOfAStack(t *testing.T) {
	all := append(parse(t, longest()), longestPreview(t))
	attributes := map[string]string{
		"aws_ecs_cluster": "name", "aws_cloudwatch_dashboard": "dashboard_name", "aws_sns_topic": "name",
		"aws_cloudwatch_log_group":    "name",
		"aws_cloudwatch_metric_alarm": "alarm_name",
	}
	for _, s := range all {
		known := map[string]bool{}
		for _, name := range s.PhysicalNames() {
			known[name.Name] = true
		}
		tpl := synth(t, s)
		for typ, attribute := range attributes {
			for _, resource := range tpl.JSON()["resource"].(map[string]any)[typ].(map[string]any) {
				if name, ok := resource.(map[string]any)[attribute].(string); ok && !known[name] {
					t.Errorf("%s: settings.PhysicalNames does not list the name %s", typ, name)
				}
			}
		}
	}
}

// TestNoSecurityGroupIsNamedLikeAnID: AWS refuses names that begin with sg- (EC2 API, CreateSecurityGroup).
func TestNoSecurityGroupIsNamedLikeAnID(t *testing.T) {
	s := loadNamed(t, "sg-shop", "network: {new: {name: sg-vpc, endpoints: [sqs]}}, service: {connect: {}}")
	groups := synth(t, s).All("aws_security_group")
	if len(groups) < 4 {
		t.Fatalf("%d groups", len(groups))
	}
	for _, group := range groups {
		group.Has("name_prefix", assertions.Regexp("^of-sg-"))
	}
}
