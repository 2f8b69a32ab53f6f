// Package ecs is what runs: a cluster, a task definition, the service that keeps tasks of it running behind a load
// balancer, and the scaling that chooses how many.
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

// Cluster is an ECS cluster that keeps hold of the VPC that its services run in.
type Cluster struct {
	resource  ecscluster.EcsCluster
	vpc       *network.VPC
	providers cdktf.ITerraformDependable
}

// ClusterProps say where the cluster stands.
type ClusterProps struct {
	Name string
	VPC  *network.VPC
	// ContainerInsights is what the settings have: off, on or enhanced; empty leaves the account's own setting.
	ContainerInsights string
}

// NewCluster makes a cluster for Fargate tasks.
func NewCluster(scope constructs.Construct, id string, props ClusterProps) *Cluster {
	scope = constructs.NewConstruct(scope, &id)
	config := &ecscluster.EcsClusterConfig{Name: &props.Name}
	if value, ok := insights[props.ContainerInsights]; ok {
		config.Setting = []*ecscluster.EcsClusterSetting{{Name: jsii.String("containerInsights"), Value: &value}}
	}
	cluster := ecscluster.NewEcsCluster(scope, jsii.String("Resource"), config)
	// Both providers, whether or not a service uses Spot: AWS refuses to take a provider from the cluster while a
	// service uses it, so that a list that follows the services could not shrink in the same apply (ECS API,
	// PutClusterCapacityProviders).
	providers := ecsclustercapacityproviders.NewEcsClusterCapacityProviders(scope, jsii.String("capacity-providers"),
		&ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
			ClusterName:       cluster.Name(),
			CapacityProviders: jsii.Strings(onDemand, spot),
		})
	return &Cluster{resource: cluster, vpc: props.VPC, providers: providers}
}

// insights are ECS's names for the values of Container Insights.
var insights = map[string]string{
	settings.InsightsOff: "disabled", settings.InsightsOn: "enabled", settings.InsightsEnhanced: "enhanced",
}

// VPC is the network of the cluster's services.
func (c *Cluster) VPC() *network.VPC { return c.vpc }

// Name is the cluster's name, known once applied.
func (c *Cluster) Name() string { return *c.resource.Name() }

// ARN names the cluster to its services, known once applied.
func (c *Cluster) ARN() string { return *c.resource.Arn() }

const onDemand, spot = "FARGATE", "FARGATE_SPOT"

// capacityProviders are what the services of the cluster run on. A service depends on them: AWS does not start a
// service on a provider that its cluster does not have.
func (c *Cluster) capacityProviders() cdktf.ITerraformDependable { return c.providers }
