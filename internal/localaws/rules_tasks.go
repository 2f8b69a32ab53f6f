package localaws

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
)

// newTask: moto starts tasks that ECS does not. Source: ECS API, RunTask; ECS's words are those that users have
// published, such as https://github.com/azavea/django-ecsmanage/issues/21 and
// https://github.com/DefangLabs/defang/pull/775.
func newTask(a *account, input object) (*refusal, error) {
	request, refused, err := a.taskRequest(input)
	if refused != nil || err != nil {
		return refused, err
	}
	network := inner(inner(input, "networkConfiguration"), "awsvpcConfiguration")
	if request.TaskDefinition.NetworkMode == ecstypes.NetworkModeAwsvpc && len(texts(network, "subnets")) == 0 {
		return &refusal{"InvalidParameterException", "Network Configuration must be provided when networkMode " +
			"'awsvpc' is specified."}, nil
	}
	for _, override := range objects(inner(input, "overrides"), "containerOverrides") {
		name := text(override, "name")
		isIt := func(c ecstypes.ContainerDefinition) bool { return aws.ToString(c.Name) == name }
		if !slices.ContainsFunc(request.TaskDefinition.ContainerDefinitions, isIt) {
			return &refusal{"InvalidParameterException", fmt.Sprintf("Override for container named %s is not a "+
				"container in the TaskDefinition.", name)}, nil
		}
	}
	if refused, err := a.serviceNetwork(network); refused != nil || err != nil {
		return refused, err
	}
	if a.services.running == nil { // moto would fail, since it starts tasks only on instances
		return &refusal{"ClientException", "This local AWS runs no tasks: it was started without an engine for them."}, nil
	}
	return nil, nil
}

// taskRequest finds what RunTask names: the cluster, the task definition, and where the tasks run.
func (a *account) taskRequest(input object) (found live.TaskRequest, refused *refusal, err error) {
	found.Request = input
	client := ecs.NewFromConfig(a.cfg)
	clusters, err := client.DescribeClusters(a.ctx, &ecs.DescribeClustersInput{
		Clusters: []string{orElse(text(input, "cluster"), "default")},
	})
	if err != nil {
		return found, nil, err
	}
	if len(clusters.Clusters) == 0 || aws.ToString(clusters.Clusters[0].Status) != "ACTIVE" {
		return found, &refusal{"ClusterNotFoundException", "Cluster not found."}, nil
	}
	cluster := clusters.Clusters[0]
	found.Cluster = aws.ToString(cluster.ClusterArn)
	definition, err := client.DescribeTaskDefinition(a.ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String(text(input, "taskDefinition")),
	})
	if err != nil {
		return found, &refusal{"ClientException", "TaskDefinition not found."}, nil
	}
	found.TaskDefinition = *definition.TaskDefinition
	if found.TaskDefinition.Status == ecstypes.TaskDefinitionStatusInactive {
		return found, &refusal{"InvalidParameterException", "TaskDefinition is inactive"}, nil
	}
	found.CapacityProvider, refused = capacityProvider(input, cluster)
	return found, refused, nil
}

// capacityProvider chooses one of a strategy, the task's own or the cluster's: the one with the base, or else the one
// with the greatest weight. It is empty where a launch type says where the task runs.
func capacityProvider(input object, cluster ecstypes.Cluster) (string, *refusal) {
	strategy := cluster.DefaultCapacityProviderStrategy
	if given := objects(input, "capacityProviderStrategy"); len(given) > 0 {
		strategy = nil
		for _, item := range given {
			strategy = append(strategy, ecstypes.CapacityProviderStrategyItem{
				CapacityProvider: aws.String(text(item, "capacityProvider")),
				Base:             int32(numberOf(item["base"])), Weight: int32(numberOf(item["weight"])),
			})
		}
		if text(input, "launchType") != "" {
			return "", &refusal{"InvalidParameterException", "Specifying both a launch type and capacity provider " +
				"strategy is not supported. Remove one and try again."}
		}
	}
	switch {
	case text(input, "launchType") == string(ecstypes.LaunchTypeFargate):
		return "", nil
	case text(input, "launchType") != "" || len(strategy) == 0:
		return "", &refusal{"InvalidParameterException", "No Container Instances were found in your cluster."}
	}
	chosen := strategy[0]
	for _, item := range strategy[1:] {
		if item.Base > chosen.Base || item.Base == chosen.Base && item.Weight > chosen.Weight {
			chosen = item
		}
	}
	name := aws.ToString(chosen.CapacityProvider)
	if !slices.Contains(cluster.CapacityProviders, name) {
		return "", &refusal{"InvalidParameterException", "The specified capacity provider strategy cannot " +
			"contain a capacity provider that is not associated with the cluster. Associate the capacity provider with " +
			"the cluster and try again."}
	}
	return name, nil
}

// runTask answers RunTask, nil where a rule has refused it already or the records are gone.
func (p *proxy) runTask(r *http.Request, request object) object {
	found, refused, err := accountOf(r, p.address, p.services).taskRequest(request)
	if refused != nil || err != nil {
		return nil
	}
	return p.running.RunTask(found)
}

// hasTask reports whether a task without a service is as a test says.
func (s *services) hasTask(is func(scheduler.Order) bool) bool {
	return s.running != nil && slices.ContainsFunc(s.running.ActiveTasks(), is)
}
