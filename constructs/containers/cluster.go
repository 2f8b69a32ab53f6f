// Package containers is what runs: a cluster, a task definition, the service that keeps tasks of it running behind a load
// balancer, and the scaling that chooses how many.
package containers

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/network"
)

// Cluster is an ECS cluster that keeps hold of the VPC that its services run in.
type Cluster struct {
	scope     constructs.Construct
	resource  ecscluster.EcsCluster
	vpc       *network.VPC
	providers ecsclustercapacityproviders.EcsClusterCapacityProviders // nil until a service asks for a share of them
}

// NewCluster makes a cluster for Fargate tasks.
func NewCluster(scope constructs.Construct, id string, vpc *network.VPC, name string) *Cluster {
	scope = constructs.NewConstruct(scope, &id)
	return &Cluster{
		scope:    scope,
		resource: ecscluster.NewEcsCluster(scope, jsii.String("Resource"), &ecscluster.EcsClusterConfig{Name: &name}),
		vpc:      vpc,
	}
}

// VPC is the network of the cluster's services.
func (c *Cluster) VPC() *network.VPC { return c.vpc }

// Name is the cluster's name, known once applied.
func (c *Cluster) Name() string { return *c.resource.Name() }

// ARN names the cluster to its services, known once applied.
func (c *Cluster) ARN() string { return *c.resource.Arn() }

const onDemand, spot = "FARGATE", "FARGATE_SPOT"

// capacityProviders opens the cluster to Fargate Spot. A service that uses it depends on this: while a service uses a
// capacity provider, AWS does not take it from the cluster.
func (c *Cluster) capacityProviders() cdktf.ITerraformDependable {
	if c.providers == nil {
		c.providers = ecsclustercapacityproviders.NewEcsClusterCapacityProviders(c.scope, jsii.String("capacity-providers"),
			&ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
				ClusterName:       c.resource.Name(),
				CapacityProviders: jsii.Strings(onDemand, spot),
			})
	}
	return c.providers
}
