package stacks_test

import (
	"fmt"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/settings"
)

// A stack of your own: constructs take other constructs and a section of the settings, and you can add any resource of
// CDKTF's bindings to them.
func Example() {
	const text = "name: shop\ncontainer: {image: nginx, ports: [80]}"
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := all[0]

	stack := cdktf.NewTerraformStack(cdktf.Testing_App(nil), jsii.String("shop"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-west-1")})
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{Account: account, Settings: s.Network})
	balancer := loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
		Name: "shop", Account: account, VPC: vpc, Subnets: vpc.PublicSubnets(), Settings: s.LoadBalancer,
	})
	cluster := ecs.NewCluster(stack, "cluster", ecs.ClusterProps{Name: "shop", VPC: vpc})
	workload := s.Workloads()[0]
	task := ecs.NewTask(stack, "task", ecs.TaskProps{Workload: workload, Account: account})
	ecs.NewService(stack, "service", ecs.ServiceProps{
		Workload: workload, Task: task, Cluster: cluster, LoadBalancer: balancer,
	})

	found := cdktf.Testing_ToHaveResource(cdktf.Testing_Synth(stack, nil), jsii.String("aws_ecs_service"))
	fmt.Println("has a service:", *found)
	// Output: has a service: true
}
