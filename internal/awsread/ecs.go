package awsread

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// inactive is the status in which ECS shows clusters and services for a while after they were deleted.
const inactive = "INACTIVE"

// Cluster returns an ECS cluster; nil where there is none.
func (r *Reader) Cluster(name string) *ecstypes.Cluster {
	found := Call(r, "the cluster "+name, ecs.NewFromConfig(r.cfg).DescribeClusters,
		&ecs.DescribeClustersInput{Clusters: []string{name}})
	for _, c := range found.Clusters {
		if aws.ToString(c.Status) != inactive {
			return &c
		}
	}
	return nil
}

// Service returns a service of an ECS cluster; nil where there is none.
func (r *Reader) Service(cluster, name string) *ecstypes.Service {
	found := Call(r, "the service "+name, ecs.NewFromConfig(r.cfg).DescribeServices,
		&ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	for _, s := range found.Services {
		if aws.ToString(s.Status) != inactive {
			return &s
		}
	}
	return nil
}

// ServiceNames returns the names of a cluster's services, sorted.
func (r *Reader) ServiceNames(cluster string) []string {
	pages := ecs.NewListServicesPaginator(ecs.NewFromConfig(r.cfg), &ecs.ListServicesInput{Cluster: &cluster})
	arns := All(r, "the services of the cluster "+cluster, pages, func(out *ecs.ListServicesOutput) []string {
		return out.ServiceArns
	})
	var names []string
	for _, arn := range arns {
		names = append(names, ResourceName(arn))
	}
	slices.Sort(names)
	return names
}

// TaskDefinition returns a task definition and its tags, by its ARN or, for the latest revision, by its family. It is
// nil where there is none: AWS answers with a ClientException then.
func (r *Reader) TaskDefinition(name string) (*ecstypes.TaskDefinition, map[string]string) {
	out, found := lookUp[*ecstypes.ClientException](r, "the task definition "+name,
		ecs.NewFromConfig(r.cfg).DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: &name, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
		})
	if !found {
		return nil, nil
	}
	return out.TaskDefinition, tagMap(out.Tags, func(t ecstypes.Tag) (*string, *string) { return t.Key, t.Value })
}
