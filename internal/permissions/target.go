package permissions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"webapp/internal/iam"
	"webapp/internal/iampolicy"
	"webapp/internal/tfstack"
)

// target is the stack that a role plans or deploys.
type target struct {
	name                       string
	stack                      *tfstack.Stack
	partition, region, account string // * for a region or account that the settings leave to the environment
	boundary                   string // the permissions boundary of all roles, empty where one has none
}

func newTarget(name string, stack *tfstack.Stack) *target {
	t := &target{name: name, stack: stack, partition: "aws", region: "*", account: "*"}
	if region := stack.Region(); region != "" {
		t.region, t.partition = region, partitionOf(region)
	}
	if account := stack.Account(); account != "" {
		t.account = account
	}
	for i, role := range stack.Resources("aws_iam_role") {
		boundary := role.Text("permissions_boundary")
		if i > 0 && boundary != t.boundary {
			boundary = ""
		}
		if t.boundary = boundary; boundary == "" {
			break
		}
	}
	return t
}

// partitionOf returns the partition of a region. Source: AWS general reference, "Amazon Resource Names".
func partitionOf(region string) string {
	for prefix, partition := range map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov"} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}

func (t *target) has(typ string) bool { return len(t.stack.Resources(typ)) > 0 }

// arns returns the ARNs of resources of a service in the stack's region and account.
func (t *target) arns(service string, resources ...string) []string {
	var all []string
	for _, resource := range resources {
		all = append(all, fmt.Sprintf("arn:%s:%s:%s:%s:%s", t.partition, service, t.region, t.account, resource))
	}
	return all
}

// global returns the ARN of a resource that is in no region.
func (t *target) global(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", t.partition, service, t.account, resource)
}

// tags returns the condition that a request or a resource has the stack's tags Application and Environment. The other
// tags change with the settings file. It is nil if the settings leave out both.
func (t *target) tags(prefix string) iam.Condition {
	values := map[string][]string{}
	for _, key := range []string{"Application", "Environment"} {
		if value := t.stack.DefaultTags()[key]; value != "" {
			values[prefix+key] = []string{value}
		}
	}
	if len(values) == 0 {
		return nil
	}
	return iam.Condition{"StringEquals": values}
}

// nameOf returns a resource's name as a pattern: nothing where only Terraform knows it.
func nameOf(r tfstack.Resource, argument string) (string, bool) {
	if name := r.Text(argument); name != "" {
		return name, !strings.Contains(name, "${")
	}
	prefix := r.Text(strings.TrimSuffix(argument, "_name") + "_prefix")
	return prefix + "*", prefix != "" && !strings.Contains(prefix, "${")
}

// names returns the patterns that are given, and the names of the stack's resources that have none of them.
func (t *target) names(patterns []string, argument string, types ...string) []string {
	all := slices.Clone(patterns)
	for _, r := range t.stack.Resources(types...) {
		name, known := nameOf(r, argument)
		if known && !slices.ContainsFunc(all, func(pattern string) bool { return iampolicy.Matches(pattern, name) }) {
			all = append(all, name)
		}
	}
	return all
}

// own returns patterns for the stack's name and for names that begin with it, below a prefix.
func (t *target) own(prefix string) []string {
	return []string{prefix + t.name, prefix + t.name + "-*"}
}

// namedARNs are the ARNs of what has a name: the stack's, one that begins with it, or one of the settings.
func (t *target) namedARNs() []string {
	var all []string
	add := func(service, format string, names []string) {
		for _, name := range names {
			all = append(all, t.arns(service, fmt.Sprintf(format, name))...)
		}
	}
	clusters := t.clusters()
	add("ecs", "cluster/%s", clusters)
	add("ecs", "service/%s/*", clusters)
	all = append(all, t.familyARNs()...)
	logGroups := append(t.own("/ecs/"), "/vpc/*/flow-logs-*")
	add("logs", "log-group:%s", withRest(t.names(logGroups, "name", "aws_cloudwatch_log_group")))
	add("cloudwatch", "alarm:%s", t.names([]string{t.name + "-*"}, "alarm_name", "aws_cloudwatch_metric_alarm"))
	add("cloudwatch", "alarm:TargetTracking-service/%s/*", clusters)
	for _, name := range t.names([]string{t.name}, "dashboard_name", "aws_cloudwatch_dashboard") {
		all = append(all, t.global("cloudwatch", "dashboard/"+name))
	}
	add("events", "rule/%s", t.names([]string{t.name + "-*"}, "name", "aws_cloudwatch_event_rule"))
	for _, group := range t.names([]string{t.name + "-*"}, "name", "aws_scheduler_schedule_group") {
		all = append(all, t.arns("scheduler", "schedule-group/"+group, "schedule/"+group+"/*")...)
	}
	add("sns", "%s", withRest(t.names([]string{t.name + "-*"}, "name", "aws_sns_topic")))
	add("sqs", "%s", t.names(t.own(""), "name", "aws_sqs_queue"))
	return all
}

func (t *target) clusters() []string { return t.names([]string{t.name}, "name", "aws_ecs_cluster") }

// clusterARNs are the ARNs of something in each cluster.
func (t *target) clusterARNs(format string) []string {
	var all []string
	for _, name := range t.clusters() {
		all = append(all, t.arns("ecs", fmt.Sprintf(format, name))...)
	}
	return all
}

// familyARNs are the ARNs of the task definitions.
func (t *target) familyARNs() []string {
	var all []string
	for _, family := range t.names(t.own(""), "family", "aws_ecs_task_definition") {
		all = append(all, t.arns("ecs", "task-definition/"+family+":*")...)
	}
	return all
}

// logStreamARNs are the ARNs of the log streams of tasks, in groups that exist too.
func (t *target) logStreamARNs() []string {
	groups := t.names(t.own("/ecs/"), "name", "aws_cloudwatch_log_group")
	for _, found := range t.stack.DataSources("aws_cloudwatch_log_group") {
		if name, known := nameOf(found, "name"); known {
			groups = append(groups, name)
		}
	}
	var all []string
	for _, group := range groups {
		all = append(all, t.arns("logs", "log-group:"+group+":log-stream:*")...)
	}
	return all
}

// withRest lets names stand for what is below them too: the streams of a log group, the subscriptions of a topic.
func withRest(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, name)
		if !strings.HasSuffix(name, "*") {
			all = append(all, name+":*")
		}
	}
	return all
}

// shortened cuts the stack's name as the constructs do, to the length that leaves room for the rest of a name.
func (t *target) shortened(longest int) string { return t.name[:min(longest, len(t.name))] }

// roleName is the pattern of the names of the stack's roles, and of the policies that do not fit into them: they begin
// with at least 27 letters of the stack's name.
func (t *target) roleName() string {
	if short := t.shortened(27); short != t.name {
		return short + "*"
	}
	return t.name + "-*"
}

// roleARNs are the ARNs of the stack's roles. Those of flow logs have the same names in all stacks. A role has a path
// only where an override gives it one, as for a role that was made by hand and adopted: other roles with a path, such
// as those of a pipeline, are not among them.
func (t *target) roleARNs() []string {
	all := []string{t.global("iam", "role/"+t.roleName()), t.global("iam", "role/vpc-flow-logs-*")}
	for _, r := range t.stack.Resources("aws_iam_role") {
		name, known := nameOf(r, "name")
		arn := t.global("iam", "role"+cmp.Or(r.Text("path"), "/")+name)
		if known && !slices.ContainsFunc(all, func(pattern string) bool { return iampolicy.Matches(pattern, arn) }) {
			all = append(all, arn)
		}
	}
	return all
}

// bucketARNs are the ARNs of the stack's buckets and of what is in them.
func (t *target) bucketARNs() []string {
	var all []string
	for _, name := range t.names([]string{t.shortened(24) + "-access-logs-*"}, "bucket", "aws_s3_bucket") {
		all = append(all, fmt.Sprintf("arn:%s:s3:::%s", t.partition, name))
		if !strings.HasSuffix(name, "*") {
			all = append(all, fmt.Sprintf("arn:%s:s3:::%s/*", t.partition, name))
		}
	}
	return all
}

// literals returns the values of an argument that are no expressions.
func (t *target) literals(argument string, types ...string) []string {
	var all []string
	for _, r := range t.stack.Resources(types...) {
		if text := r.Text(argument); text != "" && !strings.Contains(text, "${") && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// givenListenerARNs are the listeners that the stack does not make. One that it looks up may have any ARN.
func (t *target) givenListenerARNs() []string {
	var all []string
	for _, listener := range t.stack.DataSources("aws_lb_listener") {
		arn := listener.Text("arn")
		if arn == "" || strings.Contains(arn, "${") {
			return t.arns("elasticloadbalancing", "listener/app/*")
		}
		all = append(all, arn)
	}
	return all
}

func (t *target) zoneARNs() []string {
	return []string{fmt.Sprintf("arn:%s:route53:::hostedzone/*", t.partition)}
}

// recordNames limits what may be written into a hosted zone to the zone's own names. In the names that IAM compares,
// letters are small and a * is \052, and the dot at the end is missing.
// Source: Route 53 developer guide, "Using IAM policy conditions for fine-grained access control".
func (t *target) recordNames() iam.Condition {
	var names []string
	for _, zone := range t.stack.DataSources("aws_route53_zone") {
		name := strings.TrimSuffix(strings.ToLower(zone.Text("name")), ".")
		if name == "" || strings.Contains(name, "${") {
			return nil
		}
		if !slices.Contains(names, name) {
			names = append(names, name, "*."+name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return iam.Condition{"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}}
}

// state returns the ARN of the state's bucket, or of something in it.
func (t *target) state(rest string) []string {
	bucket := t.stack.Backend("s3").Text("bucket")
	if bucket == "" {
		return nil
	}
	return []string{fmt.Sprintf("arn:%s:s3:::%s%s", t.partition, bucket, rest)}
}

func (t *target) stateKey() string { return t.stack.Backend("s3").Text("key") }

func (t *target) stateKMSKey() []string {
	if key := t.stack.Backend("s3").Text("kms_key_id"); key != "" {
		return []string{key}
	}
	return nil
}

// roles are those that Terraform assumes.
func (t *target) roles() []string {
	var all []string
	for _, role := range []string{t.stack.Role(), t.stack.Backend("s3").Block("assume_role").Text("role_arn")} {
		if role != "" && !slices.Contains(all, role) {
			all = append(all, role)
		}
	}
	return all
}
