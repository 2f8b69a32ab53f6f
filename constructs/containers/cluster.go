// Package containers is what runs: a cluster, a task definition, the service that keeps tasks of it running behind a load
// balancer, and the scaling that chooses how many.
package containers

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"

	"webapp/constructs/network"
)

// Cluster is an ECS cluster that keeps hold of the VPC that its services run in.
type Cluster struct {
	resource ecscluster.EcsCluster
	vpc      *network.VPC
}

// NewCluster makes a cluster for Fargate tasks.
func NewCluster(scope constructs.Construct, id string, vpc *network.VPC, name string) *Cluster {
	scope = constructs.NewConstruct(scope, &id)
	return &Cluster{
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
