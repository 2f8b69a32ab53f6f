// Package ecs runs containers on Fargate: a cluster, task definitions, and the services that keep their tasks running
// behind a load balancer.
package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/network"
	"webapp/settings"
)

// Cluster is an ECS cluster for Fargate tasks, with the VPC that its services run in.
type Cluster struct {
	name, arn string
	vpc       *network.VPC
	providers cdktf.ITerraformDependable
}

// ClusterProps are the properties of a Cluster.
type ClusterProps struct {
	Name string
	VPC  *network.VPC
	// ContainerInsights is off, on or enhanced, as in the settings. Empty leaves the account's default.
	ContainerInsights string
}

// NewCluster creates a cluster with both of Fargate's capacity providers.
func NewCluster(scope constructs.Construct, id string, props ClusterProps) *Cluster {
	scope = constructs.NewConstruct(scope, &id)
	config := &ecscluster.EcsClusterConfig{Name: &props.Name}
	if value, ok := insights[props.ContainerInsights]; ok {
		config.Setting = []*ecscluster.EcsClusterSetting{{Name: jsii.String("containerInsights"), Value: &value}}
	}
	cluster := ecscluster.NewEcsCluster(scope, jsii.String("Resource"), config)
	// Both providers, whether or not a service uses Spot. AWS refuses to remove a provider that a service uses, so a
	// list that followed the services could not shrink in the apply that stops using Spot.
	// Source: ECS API, PutClusterCapacityProviders.
	providers := ecsclustercapacityproviders.NewEcsClusterCapacityProviders(scope, jsii.String("capacity-providers"),
		&ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
			ClusterName:       cluster.Name(),
			CapacityProviders: jsii.Strings(onDemand, spot),
		})
	return &Cluster{name: *cluster.Name(), arn: *cluster.Arn(), vpc: props.VPC, providers: providers}
}

// insights are ECS's names for the values of Container Insights.
var insights = map[string]string{
	settings.InsightsOff: "disabled", settings.InsightsOn: "enabled", settings.InsightsEnhanced: "enhanced",
}

// VPC returns the network that the cluster's services run in.
func (c *Cluster) VPC() *network.VPC { return c.vpc }

// Name returns the cluster's name, known once applied.
func (c *Cluster) Name() string { return c.name }

// ARN returns the cluster's ARN, known once applied.
func (c *Cluster) ARN() string { return c.arn }

// onDemand and spot are the names of Fargate's capacity providers.
const onDemand, spot = "FARGATE", "FARGATE_SPOT"

// capacityProviders returns what a service depends on: AWS does not start a service on a provider that its cluster does
// not have.
func (c *Cluster) capacityProviders() cdktf.ITerraformDependable { return c.providers }
