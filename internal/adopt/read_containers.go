package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	discoverytypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// readCluster reads the cluster and its services, and returns the ARNs of their target groups.
func (r *reader) readCluster(stack Stack, wanted Wanted) (groups []string) {
	name := wanted.Cluster
	if name == "" {
		name = stack.Cluster()
	}
	client := ecs.NewFromConfig(r.cfg)
	clusters, err := client.DescribeClusters(r.ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if r.failed("reading the cluster", err) {
		return nil
	}
	for _, c := range clusters.Clusters {
		if aws.ToString(c.Status) != "INACTIVE" { // so is a deleted one for a while
			r.a.Cluster = &c
		}
	}
	if r.a.Cluster == nil {
		if wanted.Cluster != "" || len(wanted.Services) > 0 {
			r.err = fmt.Errorf("there is no cluster %s in this account and region; name the service's cluster: "+
				"-cluster NAME", name)
		}
		return nil
	}
	adopted := map[string]bool{}
	for _, inStack := range stack.Services() {
		existing, named := wanted.Services[inStack]
		if !named {
			existing = inStack
		}
		found, ok := r.readService(name, existing)
		if r.err == nil && !ok && named {
			r.err = fmt.Errorf("the cluster %s has no service %s, %s", name, existing, others(r.listServices(name)))
		}
		if r.err != nil {
			return nil
		}
		if !ok {
			continue
		}
		r.a.Services[inStack], adopted[existing] = found, true
		for _, attached := range found.LoadBalancers {
			groups = append(groups, aws.ToString(attached.TargetGroupArn))
		}
	}
	for _, other := range r.listServices(name) {
		if !adopted[other] {
			r.a.OtherServices = append(r.a.OtherServices, other)
		}
	}
	return groups
}

// others says what else there is.
func others(names []string) string {
	if len(names) == 0 {
		return "and no other one either"
	}
	return "but " + strings.Join(names, ", ")
}

func (r *reader) listServices(cluster string) []string {
	var names []string
	pages := ecs.NewListServicesPaginator(ecs.NewFromConfig(r.cfg), &ecs.ListServicesInput{Cluster: &cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("listing the cluster's services", err) {
			break
		}
		for _, arn := range page.ServiceArns {
			names = append(names, lastPart(arn))
		}
	}
	slices.Sort(names)
	return names
}

func (r *reader) readService(cluster, name string) (s Service, found bool) {
	client := ecs.NewFromConfig(r.cfg)
	services, err := client.DescribeServices(r.ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	if r.failed("reading the service "+name, err) {
		return s, false
	}
	for _, candidate := range services.Services {
		if aws.ToString(candidate.Status) != "INACTIVE" {
			s.Service, found = candidate, true
		}
	}
	if !found || s.TaskDefinition == nil {
		return s, found
	}
	task, err := client.DescribeTaskDefinition(r.ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: s.TaskDefinition})
	if r.failed("reading the task definition of "+name, err) {
		return s, false
	}
	s.Task = *task.TaskDefinition
	for _, arn := range []*string{s.Task.ExecutionRoleArn, s.Task.TaskRoleArn} {
		r.readRole(lastPart(aws.ToString(arn)))
	}
	r.readScaling(&s, cluster, name)
	return s, r.err == nil
}

func (r *reader) readRole(name string) {
	if _, known := r.a.Roles[name]; known || name == "" || r.err != nil {
		return
	}
	client := iam.NewFromConfig(r.cfg)
	inline, err := client.ListRolePolicies(r.ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if r.failed("reading the role "+name, err) {
		return
	}
	attached, err := client.ListAttachedRolePolicies(r.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	if r.failed("reading the role "+name, err) {
		return
	}
	role := Role{Inline: inline.PolicyNames}
	for _, policy := range attached.AttachedPolicies {
		role.Attached = append(role.Attached, aws.ToString(policy.PolicyArn))
	}
	r.a.Roles[name] = role
}

func (r *reader) readScaling(s *Service, cluster, name string) {
	client := applicationautoscaling.NewFromConfig(r.cfg)
	id := "service/" + cluster + "/" + name
	targets, err := client.DescribeScalableTargets(r.ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceIds: []string{id},
	})
	if r.failed("reading the scaling of "+name, err) || len(targets.ScalableTargets) == 0 {
		return
	}
	s.Target = &targets.ScalableTargets[0]
	policies, err := client.DescribeScalingPolicies(r.ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &id,
	})
	if r.failed("reading the scaling of "+name, err) {
		return
	}
	s.Policies = policies.ScalingPolicies
}

func (r *reader) readNamespaces() {
	if r.err != nil {
		return
	}
	client := servicediscovery.NewFromConfig(r.cfg)
	pages := servicediscovery.NewListNamespacesPaginator(client, &servicediscovery.ListNamespacesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("reading the namespaces", err) {
			return
		}
		for _, n := range page.Namespaces {
			services, err := client.ListServices(r.ctx, &servicediscovery.ListServicesInput{Filters: []discoverytypes.ServiceFilter{
				{Name: discoverytypes.ServiceFilterNameNamespaceId, Values: []string{aws.ToString(n.Id)}},
			}})
			if r.failed("reading the services of the namespace "+aws.ToString(n.Name), err) {
				return
			}
			r.a.Namespaces = append(r.a.Namespaces, Namespace{n, services.Services})
		}
	}
}
