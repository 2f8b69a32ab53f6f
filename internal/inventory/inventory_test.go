package inventory

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/awstest"
)

// must returns an answer of AWS.
func must[T any](t *testing.T) func(answer T, err error) T {
	return func(answer T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// TestReadFollowsTheService from its cluster to the VPC of its load balancer.
func TestReadFollowsTheService(t *testing.T) {
	_, cfg := awstest.Start(t, "../..")
	ctx := t.Context()
	network, balancing, containers := ec2.NewFromConfig(cfg), elb.NewFromConfig(cfg), ecs.NewFromConfig(cfg)

	subnets := must[*ec2.DescribeSubnetsOutput](t)(network.DescribeSubnets(ctx, nil)).Subnets
	vpc := aws.ToString(subnets[0].VpcId)
	group := must[*ec2.CreateSecurityGroupOutput](t)(network.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("web"), Description: aws.String("Web"), VpcId: &vpc,
	})).GroupId
	ids := []string{aws.ToString(subnets[0].SubnetId), aws.ToString(subnets[1].SubnetId)}
	balancer := must[*elb.CreateLoadBalancerOutput](t)(balancing.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
		Name: aws.String("web"), Subnets: ids, SecurityGroups: []string{*group},
	})).LoadBalancers[0]
	targets := must[*elb.CreateTargetGroupOutput](t)(balancing.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("web"), Port: aws.Int32(80), Protocol: "HTTP", VpcId: &vpc, TargetType: "ip",
	})).TargetGroups[0]
	must[*elb.CreateListenerOutput](t)(balancing.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(80), Protocol: "HTTP",
		DefaultActions: []elbtypes.Action{{Type: "forward", TargetGroupArn: targets.TargetGroupArn}},
	}))
	must[*ecs.CreateClusterOutput](t)(containers.CreateCluster(ctx,
		&ecs.CreateClusterInput{ClusterName: aws.String("shop")}))
	must[*ecs.RegisterTaskDefinitionOutput](t)(containers.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"), NetworkMode: "awsvpc",
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("web:1"), Memory: aws.Int32(512),
			PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}},
		}},
	}))
	must[*ecs.CreateServiceOutput](t)(containers.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("shop"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"),
		DesiredCount: aws.Int32(1),
		LoadBalancers: []ecstypes.LoadBalancer{{
			TargetGroupArn: targets.TargetGroupArn, ContainerName: aws.String("web"), ContainerPort: aws.Int32(80),
		}},
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: ids, SecurityGroups: []string{*group},
		}},
	}))

	got, err := Read(ctx, cfg, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	if *got.LoadBalancer.LoadBalancerArn != *balancer.LoadBalancerArn || *got.VPC.VpcId != vpc ||
		len(got.Listeners) != 1 ||
		len(got.Subnets) != len(subnets) || len(got.SecurityGroups) != 2 || *got.Task.Family != "web" {
		t.Errorf("got %+v", got)
	}
	if _, err := Read(ctx, cfg, "shop", "missing"); err == nil ||
		err.Error() != "reading what exists of shop/missing: the service does not exist" {
		t.Errorf("a service that does not exist: got the error %v", err)
	}
}
