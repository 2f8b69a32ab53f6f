//go:build ignore

// The article's stack in the AWS CDK for Go, as its documentation has one write it. cmd/bench builds it in a temporary
// folder; the project itself never depends on the AWS CDK.
package main

import (
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapplicationautoscaling"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecspatterns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(os.Args[1])})
	stack := awscdk.NewStack(app, jsii.String("webapp"), nil)
	vpc := awsec2.NewVpc(stack, jsii.String("vpc"), &awsec2.VpcProps{
		VpcName: jsii.String("my-vpc"), NatGateways: jsii.Number(1), MaxAzs: jsii.Number(2),
	})
	cluster := awsecs.NewCluster(stack, jsii.String("cluster"), &awsecs.ClusterProps{Vpc: vpc})
	task := awsecs.NewFargateTaskDefinition(stack, jsii.String("task"), &awsecs.FargateTaskDefinitionProps{
		Cpu: jsii.Number(512), MemoryLimitMiB: jsii.Number(1024), Family: jsii.String("webapp"),
	})
	task.AddContainer(jsii.String("container"), &awsecs.ContainerDefinitionOptions{
		Image: awsecs.ContainerImage_FromRegistry(
			jsii.String("public.ecr.aws/aws-containers/hello-app-runner:latest"), nil),
		Logging: awsecs.LogDrivers_AwsLogs(&awsecs.AwsLogDriverProps{
			StreamPrefix: jsii.String("webapp"), LogRetention: awslogs.RetentionDays_ONE_DAY,
		}),
		PortMappings: &[]*awsecs.PortMapping{{ContainerPort: jsii.Number(8000)}},
	})
	service := awsecspatterns.NewApplicationLoadBalancedFargateService(stack, jsii.String("service"),
		&awsecspatterns.ApplicationLoadBalancedFargateServiceProps{
			Cluster: cluster, TaskDefinition: task, ListenerPort: jsii.Number(8000), DesiredCount: jsii.Number(2),
			CircuitBreaker:    &awsecs.DeploymentCircuitBreaker{Rollback: jsii.Bool(true)},
			MinHealthyPercent: jsii.Number(100),
		})
	scaling := service.Service().AutoScaleTaskCount(&awsapplicationautoscaling.EnableScalingProps{
		MinCapacity: jsii.Number(1), MaxCapacity: jsii.Number(5),
	})
	scaling.ScaleOnCpuUtilization(jsii.String("cpu"), &awsecs.CpuUtilizationScalingProps{
		TargetUtilizationPercent: jsii.Number(50),
	})
	scaling.ScaleOnMemoryUtilization(jsii.String("memory"), &awsecs.MemoryUtilizationScalingProps{
		TargetUtilizationPercent: jsii.Number(50),
	})
	app.Synth(nil)
}
