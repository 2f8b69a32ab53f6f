package oneoff

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/awsread"
	"webapp/settings"
)

// OfJob is a task of a job: the newest revision of its task definition, whose tags say in which network it runs.
func OfJob(ctx context.Context, cfg aws.Config, cluster, family string) (Task, error) {
	read := awsread.New(ctx, cfg)
	definition, tags := read.TaskDefinition(family)
	if err := read.Err(); err != nil {
		return Task{}, err
	}
	if definition == nil || tags[settings.SubnetsTag] == "" {
		return Task{}, fmt.Errorf("found no job with the task definition %s", family)
	}
	return Task{
		Cluster: cluster, TaskDefinition: aws.ToString(definition.TaskDefinitionArn),
		Subnets:        strings.Fields(tags[settings.SubnetsTag]),
		SecurityGroups: strings.Fields(tags[settings.SecurityGroupsTag]),
		AssignPublicIP: tags[settings.PublicIPTag] == "true",
	}, nil
}
