package adopt

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/awsread"
	"webapp/internal/tfstack"
)

func (m *matcher) cluster(tfstack.Resource) (known, id string) {
	if m.Cluster == nil {
		return "", ""
	}
	return aws.ToString(m.Cluster.ClusterName), ""
}

func (m *matcher) capacityProviders(r tfstack.Resource) (known, id string) {
	if m.Cluster == nil || len(m.Cluster.CapacityProviders) == 0 {
		return "", ""
	}
	return m.of(r, "cluster_name"), ""
}

func (m *matcher) service(r tfstack.Resource) (known, id string) {
	s, ok := m.Services[r.Text("name")]
	if !ok {
		return "", ""
	}
	id = aws.ToString(m.Cluster.ClusterName) + "/" + aws.ToString(s.ServiceName)
	return id, id
}

// task finds the revision that the service runs.
func (m *matcher) task(r tfstack.Resource) (known, id string) {
	if s, ok := m.serviceOf(r); ok {
		return aws.ToString(s.TaskDefinition), ""
	}
	return "", ""
}

// serviceOf returns the existing service that runs a task definition of the stack.
func (m *matcher) serviceOf(task tfstack.Resource) (snapshot.Service, bool) {
	for _, r := range m.users(task, "aws_ecs_service", "task_definition") {
		if s, ok := m.Services[r.Text("name")]; ok {
			return s, true
		}
	}
	return snapshot.Service{}, false
}

func (m *matcher) role(r tfstack.Resource) (known, id string) {
	for _, task := range m.users(r, "aws_ecs_task_definition", "execution_role_arn") {
		if s, ok := m.serviceOf(task); ok {
			return awsread.ResourceName(aws.ToString(s.Task.ExecutionRoleArn)), ""
		}
	}
	for _, task := range m.users(r, "aws_ecs_task_definition", "task_role_arn") {
		if s, ok := m.serviceOf(task); ok {
			return awsread.ResourceName(aws.ToString(s.Task.TaskRoleArn)), ""
		}
	}
	if log, ok := m.flowLogOf(r, "iam_role_arn"); ok {
		return awsread.ResourceName(aws.ToString(log.DeliverLogsPermissionArn)), ""
	}
	return "", ""
}

// rolePolicy finds the one of the same name; else the only one, if the stack gives the role only one too.
func (m *matcher) rolePolicy(r tfstack.Resource) (known, id string) {
	role := m.of(r, "role")
	inline := m.Roles[role].Inline
	name := r.Text("name")
	if !slices.Contains(inline, name) {
		roles := m.managed(r.Get("role"))
		if len(inline) != 1 || len(roles) == 0 || len(m.users(roles[0], r.Type, "role")) != 1 {
			return "", ""
		}
		name = inline[0]
	}
	return role + ":" + name, ""
}

func (m *matcher) rolePolicyAttachment(r tfstack.Resource) (known, id string) {
	role, policy := m.of(r, "role"), r.Text("policy_arn")
	if !slices.Contains(m.Roles[role].Attached, policy) {
		return "", ""
	}
	return role + "/" + policy, ""
}

// logGroup finds the one that the running task or the VPC's flow log writes to.
func (m *matcher) logGroup(r tfstack.Resource) (known, id string) {
	if log, ok := m.flowLogOf(r, "log_destination"); ok {
		if log.LogGroupName != nil {
			return *log.LogGroupName, ""
		}
		_, name, _ := strings.Cut(aws.ToString(log.LogDestination), ":log-group:")
		return strings.TrimSuffix(name, ":*"), ""
	}
	for _, task := range m.stack.Resources("aws_ecs_task_definition") {
		s, ok := m.serviceOf(task)
		if !ok || !logsTo(task, r.Text("name")) {
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

// logsTo reports whether a task definition names a log group. It holds the name, not a reference to the resource.
func logsTo(task tfstack.Resource, group string) bool {
	var containers []struct {
		LogConfiguration struct{ Options map[string]string }
	}
	if err := json.Unmarshal([]byte(task.Text("container_definitions")), &containers); err != nil {
		return false
	}
	for _, c := range containers {
		if group != "" && c.LogConfiguration.Options["awslogs-group"] == group {
			return true
		}
	}
	return false
}

func (m *matcher) namespace(r tfstack.Resource) (known, id string) {
	for _, n := range m.Namespaces {
		if aws.ToString(n.Name) == r.Text("name") {
			known = aws.ToString(n.Id)
			return known, known + ":" + m.of(r, "vpc")
		}
	}
	return "", ""
}

// discovered finds the Cloud Map service of the same name in the same namespace.
func (m *matcher) discovered(r tfstack.Resource) (known, id string) {
	namespace := m.of(r, "dns_config")
	for _, n := range m.Namespaces {
		for _, s := range n.Services {
			if aws.ToString(s.Name) == r.Text("name") && aws.ToString(n.Id) == namespace {
				return aws.ToString(s.Id), ""
			}
		}
	}
	return "", ""
}
