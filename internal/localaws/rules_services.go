package localaws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"webapp/internal/localaws/scheduler"
	"webapp/settings"
)

func ecsRules() map[string]rule {
	return map[string]rule{
		"ecs RegisterTaskDefinition": newTaskDefinition,
		"ecs CreateService":          newService,
		"ecs UpdateService":          changedService,
		"ecs DeleteCluster":          deletedCluster,
		"ecs RunTask":                newTask,
	}
}

// newTaskDefinition: on Fargate ECS pulls from ECR and writes logs by the execution role.
func newTaskDefinition(_ *account, input object) (*refusal, error) {
	if !slices.Contains(texts(input, "requiresCompatibilities"), "FARGATE") || text(input, "executionRoleArn") != "" {
		return nil, nil
	}
	for _, c := range objects(input, "containerDefinitions") {
		what := ""
		if _, ok := (settings.ContainerOptions{Image: text(c, "image")}).ECRRepository(); ok {
			what = "ECR images"
		} else if text(inner(c, "logConfiguration"), "logDriver") == "awslogs" {
			what = "log driver awslogs"
		}
		if what != "" {
			return &refusal{"ClientException", "Fargate requires task definition to have execution role ARN to " +
				"support " + what + "."}, nil
		}
	}
	return nil, nil
}

// groupsPerService is how many target groups a service may have (ECS developer guide, "Registering multiple target
// groups").
const groupsPerService = 5

func newService(a *account, input object) (*refusal, error) {
	cluster := orElse(text(input, "cluster"), "default")
	name := text(input, "serviceName")
	found, err := ecs.NewFromConfig(a.cfg).DescribeServices(a.ctx,
		&ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	if err != nil {
		return nil, err
	}
	for _, s := range found.Services {
		if aws.ToString(s.Status) != "INACTIVE" {
			return &refusal{"InvalidParameterException", "Creation of service was not idempotent."}, nil
		}
	}
	return a.service(input, "")
}

func changedService(a *account, input object) (*refusal, error) {
	cluster := orElse(text(input, "cluster"), "default")
	found, err := ecs.NewFromConfig(a.cfg).DescribeServices(a.ctx,
		&ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{text(input, "service")}})
	if err != nil {
		return nil, err
	}
	if len(found.Services) != 1 {
		return nil, nil
	}
	return a.service(input, *found.Services[0].ServiceArn)
}

// service checks what a service is to have. The ARN is empty where it is new.
func (a *account) service(input object, arn string) (*refusal, error) {
	if refused, err := a.serviceNetwork(inner(inner(input, "networkConfiguration"),
		"awsvpcConfiguration")); refused != nil || err != nil {
		return refused, err
	}
	if refused, err := a.serviceTargets(input); refused != nil || err != nil {
		return refused, err
	}
	return a.connectNames(input, arn)
}

func (a *account) serviceNetwork(network object) (*refusal, error) {
	subnets, groups := texts(network, "subnets"), texts(network, "securityGroups")
	if len(subnets) == 0 {
		return nil, nil
	}
	found, err := ec2.NewFromConfig(a.cfg).DescribeSubnets(a.ctx, &ec2.DescribeSubnetsInput{SubnetIds: subnets})
	if err != nil {
		return nil, err
	}
	vpc := *found.Subnets[0].VpcId
	for _, s := range found.Subnets {
		if *s.VpcId != vpc {
			return &refusal{"InvalidParameterException", "The subnets provided must be in the same VPC."}, nil
		}
	}
	outside, err := a.groupsIn(groups, vpc)
	if outside != nil {
		return &refusal{"InvalidParameterException", "Security groups and subnets are not in same VPC."}, nil
	}
	return nil, err
}

func (a *account) serviceTargets(input object) (*refusal, error) {
	targets := objects(input, "loadBalancers")
	if len(targets) == 0 {
		return nil, nil
	}
	if len(targets) > groupsPerService {
		return &refusal{"InvalidParameterException",
			fmt.Sprintf("load balancers can have at most %d items.", groupsPerService)}, nil
	}
	users, err := a.usersOfTargetGroups()
	if err != nil {
		return nil, err
	}
	for _, target := range targets {
		if arn := text(target, "targetGroupArn"); arn != "" && users[arn] == "" {
			return &refusal{"InvalidParameterException", fmt.Sprintf("The target group with targetGroupArn %s does "+
				"not have an associated load balancer.", arn)}, nil
		}
	}
	definition := text(input, "taskDefinition")
	if definition == "" {
		return nil, nil
	}
	found, err := ecs.NewFromConfig(a.cfg).DescribeTaskDefinition(a.ctx,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: &definition})
	if err != nil {
		return nil, err
	}
	for _, target := range targets {
		if refused := port(found.TaskDefinition.ContainerDefinitions, text(target, "containerName"),
			fmt.Sprint(target["containerPort"])); refused != nil {
			return refused, nil
		}
	}
	return nil, nil
}

// port looks for a container's port in a task definition.
func port(containers []ecstypes.ContainerDefinition, name, number string) *refusal {
	for _, c := range containers {
		if aws.ToString(c.Name) != name {
			continue
		}
		for _, mapping := range c.PortMappings {
			if fmt.Sprint(aws.ToInt32(mapping.ContainerPort)) == number {
				return nil
			}
		}
		return &refusal{"InvalidParameterException", fmt.Sprintf("The container %s did not have a container port %s "+
			"defined.", name, number)}
	}
	return &refusal{"InvalidParameterException",
		fmt.Sprintf("The container %s does not exist in the task definition.", name)}
}

// connectNames: Service Connect makes a service of its own in Cloud Map, which must not be there yet (ECS API
// reference, ServiceConnectService, discoveryName: "must be unique within the Cloud Map namespace").
func (a *account) connectNames(input object, arn string) (*refusal, error) {
	connect := inner(input, "serviceConnectConfiguration")
	namespace, names := discoveryNames(connect)
	if namespace != "" && connect["enabled"] == true {
		if there, err := a.hasNamespace(namespace); err != nil {
			return nil, err
		} else if !there {
			return &refusal{"NamespaceNotFoundException", "The specified namespace wasn't found."}, nil
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	taken, err := a.cloudMapNames(namespace)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if slices.Contains(taken, name) || a.services.connected(namespace, name, arn) {
			return &refusal{"InvalidParameterException", fmt.Sprintf("The service discovery name %s already exists "+
				"in the namespace %s.", name, namespace)}, nil
		}
	}
	return nil, nil
}

// hasNamespace reports whether there is a namespace, which is given by its ARN, id or name.
func (a *account) hasNamespace(namespace string) (bool, error) {
	pages := servicediscovery.NewListNamespacesPaginator(servicediscovery.NewFromConfig(a.cfg),
		&servicediscovery.ListNamespacesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(a.ctx)
		if err != nil {
			return false, err
		}
		for _, n := range page.Namespaces {
			if slices.Contains([]string{aws.ToString(n.Arn), aws.ToString(n.Id), aws.ToString(n.Name)}, namespace) {
				return true, nil
			}
		}
	}
	return false, nil
}

// discoveryNames are the names that a Service Connect configuration makes, and the namespace.
func discoveryNames(configuration object) (namespace string, names []string) {
	for _, s := range objects(configuration, "services") {
		names = append(names, orElse(text(s, "discoveryName"), text(s, "portName")))
	}
	return text(configuration, "namespace"), names
}

// cloudMapNames are the names of the services in a namespace, which is given by its ARN, id or name.
func (a *account) cloudMapNames(namespace string) ([]string, error) {
	id, err := a.namespaceID(namespace)
	if err != nil {
		return nil, err
	}
	client := servicediscovery.NewFromConfig(a.cfg)
	pages := servicediscovery.NewListServicesPaginator(client, &servicediscovery.ListServicesInput{})
	var names []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(a.ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Services {
			found, err := client.GetService(a.ctx, &servicediscovery.GetServiceInput{Id: s.Id})
			if err != nil {
				return nil, err
			}
			in := aws.ToString(found.Service.NamespaceId)
			if in == "" && found.Service.DnsConfig != nil {
				//nolint:staticcheck // Terraform's provider still sends it
				in = aws.ToString(found.Service.DnsConfig.NamespaceId)
			}
			if in == id {
				names = append(names, *s.Name)
			}
		}
	}
	return names, nil
}

func (a *account) namespaceID(namespace string) (string, error) {
	if _, id, ok := strings.Cut(namespace, ":namespace/"); ok {
		return id, nil
	}
	if strings.HasPrefix(namespace, "ns-") {
		return namespace, nil
	}
	found, err := servicediscovery.NewFromConfig(a.cfg).ListNamespaces(a.ctx, nil)
	if err != nil {
		return "", err
	}
	for _, n := range found.Namespaces {
		if aws.ToString(n.Name) == namespace {
			return *n.Id, nil
		}
	}
	return "", fmt.Errorf("namespace %s does not exist", namespace)
}

// deletedCluster: moto lists services for good that are deleted, as inactive ones.
func deletedCluster(a *account, input object) (*refusal, error) {
	cluster, client := aws.String(text(input, "cluster")), ecs.NewFromConfig(a.cfg)
	name := (*cluster)[strings.LastIndex(*cluster, "/")+1:]
	isIn := func(o scheduler.Order) bool { return strings.HasSuffix(o.Cluster, "/"+name) }
	if a.services.hasTask(isIn) {
		return &refusal{"ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."}, nil
	}
	pages := ecs.NewListServicesPaginator(client, &ecs.ListServicesInput{Cluster: cluster})
	for pages.HasMorePages() {
		page, err := pages.NextPage(a.ctx)
		if err != nil {
			return nil, err
		}
		if len(page.ServiceArns) == 0 {
			continue
		}
		found, err := client.DescribeServices(a.ctx,
			&ecs.DescribeServicesInput{Cluster: cluster, Services: page.ServiceArns})
		if err != nil {
			return nil, err
		}
		for _, s := range found.Services {
			if aws.ToString(s.Status) != "INACTIVE" {
				return &refusal{"ClusterContainsServicesException", "The Cluster cannot be deleted while Services " +
					"are active."}, nil
			}
		}
	}
	return nil, nil
}

func discoveryRules() map[string]rule {
	return map[string]rule{
		"servicediscovery CreateService":   newDiscovery,
		"servicediscovery DeleteNamespace": deletedNamespace,
	}
}

func newDiscovery(a *account, input object) (*refusal, error) {
	namespace := orElse(text(input, "NamespaceId"), text(inner(input, "DnsConfig"), "NamespaceId"))
	name := text(input, "Name")
	taken, err := a.cloudMapNames(namespace)
	if err != nil {
		return nil, err
	}
	if slices.Contains(taken, name) || a.services.connected(namespace, name, "") {
		return &refusal{"ServiceAlreadyExists", "Service already exists."}, nil
	}
	return nil, nil
}

func deletedNamespace(a *account, input object) (*refusal, error) {
	names, err := a.cloudMapNames(text(input, "Id"))
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		return &refusal{"ResourceInUse", "The namespace contains services: " + strings.Join(names, ", ")}, nil
	}
	return nil, nil
}
