package ecs_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// A task definition by itself, for a task that something else starts.
func ExampleNewTask() {
	s := examples.Settings("name: shop\ncontainer: {image: nginx, ports: [80]}\ntask: {cpu: 512, memory: 1024}")
	stack := examples.NewStack()
	ecs.NewTask(stack, "task", ecs.TaskProps{
		Workload: s.Workloads()[0], Account: account.NewAccount(stack, "account"),
	})
	examples.Print(stack)
	// Output:
	// aws_cloudwatch_log_group 1
	// aws_ecs_task_definition 1
	// aws_iam_role 2
	// aws_iam_role_policy 1
}

// A service behind a load balancer, from the constructs that it needs.
func ExampleNewService() {
	s := examples.Settings("name: shop\ncontainer: {image: nginx, ports: [80]}")
	workload := s.Workloads()[0]
	stack := examples.NewStack()
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{Account: account, Settings: s.Network})
	ecs.NewService(stack, "service", ecs.ServiceProps{
		Workload: workload,
		Task:     ecs.NewTask(stack, "task", ecs.TaskProps{Workload: workload, Account: account}),
		Cluster:  ecs.NewCluster(stack, "cluster", ecs.ClusterProps{Name: "shop", VPC: vpc}),
		LoadBalancer: loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
			Name: "shop", Account: account, VPC: vpc, Subnets: vpc.PublicSubnets(), Settings: s.LoadBalancer,
		}),
	})
	examples.Print(stack, "aws_ecs_cluster", "aws_ecs_service", "aws_ecs_task_definition", "aws_lb_target_group")
	// Output:
	// aws_ecs_cluster 1
	// aws_ecs_service 1
	// aws_ecs_task_definition 1
	// aws_lb_target_group 1
}
