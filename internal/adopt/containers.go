package adopt

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func (m *matcher) cluster(Resource) (known, id string) {
	if m.Cluster == nil {
		return "", ""
	}
	return aws.ToString(m.Cluster.ClusterName), ""
}

func (m *matcher) capacityProviders(r Resource) (known, id string) {
	if m.Cluster == nil || len(m.Cluster.CapacityProviders) == 0 {
		return "", ""
	}
	return m.of(r, "cluster_name"), ""
}

func (m *matcher) service(r Resource) (known, id string) {
	s, ok := m.Services[r.text("name")]
	if !ok {
		return "", ""
	}
	id = aws.ToString(m.Cluster.ClusterName) + "/" + aws.ToString(s.ServiceName)
	return id, id
}

// task finds the revision that the service runs.
func (m *matcher) task(r Resource) (known, id string) {
	if s, ok := m.serviceOf(r); ok {
		return aws.ToString(s.TaskDefinition), ""
	}
	return "", ""
}

// serviceOf is the existing service that runs a task definition of the stack's.
func (m *matcher) serviceOf(task Resource) (Service, bool) {
	for _, r := range m.users(task, "aws_ecs_service", "task_definition") {
		if s, ok := m.Services[r.text("name")]; ok {
			return s, true
		}
	}
	return Service{}, false
}

func (m *matcher) role(r Resource) (known, id string) {
	for _, task := range m.users(r, "aws_ecs_task_definition", "execution_role_arn") {
		if s, ok := m.serviceOf(task); ok {
			return lastPart(aws.ToString(s.Task.ExecutionRoleArn)), ""
		}
	}
	for _, task := range m.users(r, "aws_ecs_task_definition", "task_role_arn") {
		if s, ok := m.serviceOf(task); ok {
			return lastPart(aws.ToString(s.Task.TaskRoleArn)), ""
		}
	}
	if log, ok := m.recordsOf(r, "iam_role_arn"); ok {
		return lastPart(aws.ToString(log.DeliverLogsPermissionArn)), ""
	}
	return "", ""
}

// rolePolicy finds the one of the same name; the only one, where the stack gives the role only one.
func (m *matcher) rolePolicy(r Resource) (known, id string) {
	role := m.of(r, "role")
	inline := m.Roles[role].Inline
	name := r.text("name")
	if !slices.Contains(inline, name) {
		references := m.stack.references(r.config["role"])
		if len(inline) != 1 || len(references) == 0 || len(m.users(m.stack.resources[references[0]], r.Type, "role")) != 1 {
			return "", ""
		}
		name = inline[0]
	}
	return role + ":" + name, ""
}

func (m *matcher) rolePolicyAttachment(r Resource) (known, id string) {
	role, policy := m.of(r, "role"), r.text("policy_arn")
	if !slices.Contains(m.Roles[role].Attached, policy) {
		return "", ""
	}
	return role + "/" + policy, ""
}

// logGroup finds the one that the running task writes to, or the VPC's flow log.
func (m *matcher) logGroup(r Resource) (known, id string) {
	if log, ok := m.recordsOf(r, "log_destination"); ok {
		if log.LogGroupName != nil {
			return *log.LogGroupName, ""
		}
		_, name, _ := strings.Cut(aws.ToString(log.LogDestination), ":log-group:")
		return strings.TrimSuffix(name, ":*"), ""
	}
	for _, task := range m.stack.all("aws_ecs_task_definition") {
		s, ok := m.serviceOf(task)
		if !ok || !logsTo(task, r.text("name")) {
			continue
		}
		for _, c := range s.Task.ContainerDefinitions {
			if c.LogConfiguration == nil {
				continue
			}
			if name := c.LogConfiguration.Options["awslogs-group"]; name != "" {
				return name, ""
			}
		}
	}
	return "", ""
}

// logsTo reports whether a task definition names a log group. It does not refer to the group's resource.
func logsTo(task Resource, group string) bool {
	var containers []struct {
		LogConfiguration struct{ Options map[string]string }
	}
	if err := json.Unmarshal([]byte(task.text("container_definitions")), &containers); err != nil {
		return false
	}
	for _, c := range containers {
		if group != "" && c.LogConfiguration.Options["awslogs-group"] == group {
			return true
		}
	}
	return false
}

func (m *matcher) namespace(r Resource) (known, id string) {
	for _, n := range m.Namespaces {
		if aws.ToString(n.Name) == r.text("name") {
			known = aws.ToString(n.Id)
			return known, known + ":" + m.of(r, "vpc")
		}
	}
	return "", ""
}

// discovered finds the name under which a service is found in a namespace.
func (m *matcher) discovered(r Resource) (known, id string) {
	namespace := m.of(r, "dns_config")
	for _, n := range m.Namespaces {
		for _, s := range n.Services {
			if aws.ToString(s.Name) == r.text("name") && aws.ToString(n.Id) == namespace {
				return aws.ToString(s.Id), ""
			}
		}
	}
	return "", ""
}
