package snapshot

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/awsread"
)

// readCluster reads the cluster and its services.
func (s *scan) readCluster(selector Selector) {
	name := selector.Cluster
	if name == "" {
		name = ClusterName(s.stack)
	}
	s.Cluster = s.account.Cluster(name)
	if s.Cluster == nil {
		if selector.Cluster != "" || len(selector.Services) > 0 {
			s.account.Fail("cluster %s does not exist in this account and region; name the service's cluster: "+
				"--cluster NAME", name)
		}
		return
	}
	adopted := map[string]bool{}
	for _, inStack := range ServiceNames(s.stack) {
		existing, isNamed := selector.Services[inStack]
		if !isNamed {
			existing = inStack
		}
		if s.readService(name, inStack, existing) {
			adopted[existing] = true
		} else if isNamed {
			s.account.Fail("the cluster %s has no service %s, %s", name, existing, others(s.account.ServiceNames(name)))
		}
	}
	for _, other := range s.account.ServiceNames(name) {
		if !adopted[other] {
			s.OtherServices = append(s.OtherServices, other)
		}
	}
}

// others lists the names that do exist, for an error message.
func others(names []string) string {
	if len(names) == 0 {
		return "and no other one either"
	}
	return "but " + strings.Join(names, ", ")
}

// readService reads an existing service, and reports whether there is one.
func (s *scan) readService(cluster, inStack, existing string) bool {
	found := s.account.Service(cluster, existing)
	if found == nil {
		return false
	}
	service := Service{Service: *found}
	if task, _ := s.account.TaskDefinition(aws.ToString(found.TaskDefinition)); task != nil {
		service.Task = *task
		s.readRole(awsread.ResourceName(aws.ToString(task.ExecutionRoleArn)))
		s.readRole(awsread.ResourceName(aws.ToString(task.TaskRoleArn)))
	}
	if service.Target = s.account.ScalableTarget(cluster, existing); service.Target != nil {
		service.Policies = s.account.ScalingPolicies(cluster, existing)
	}
	s.Services[inStack] = service
	return true
}

// readRole reads the policies of a role, unless that was done before.
func (s *scan) readRole(name string) {
	if _, known := s.Roles[name]; !known && name != "" {
		s.Roles[name] = Role{Inline: s.account.InlinePolicies(name), Attached: s.account.AttachedPolicies(name)}
	}
}

// readNamespaces reads all namespaces, where the stack has one or registers a service in one.
func (s *scan) readNamespaces() {
	if len(s.stack.Resources("aws_service_discovery_private_dns_namespace", "aws_service_discovery_service")) == 0 {
		return
	}
	for _, n := range s.account.Namespaces() {
		s.Namespaces = append(s.Namespaces, Namespace{n, s.account.DiscoverableServices(aws.ToString(n.Id))})
	}
}
