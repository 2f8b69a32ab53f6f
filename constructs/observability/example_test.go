package observability_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/constructs/observability"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// The alarms of a service, which notify by e-mail, and a dashboard that shows them.
func ExampleNewAlarms() {
	s := examples.Settings(`
name: shop
container: {image: nginx, ports: [80]}
observability: {alarms: {emails: [on-call@example.com]}, dashboard: true}
`)
	workload := s.Workloads()[0]
	stack := examples.NewStack()
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{Account: account, Settings: s.Network})
	balancer := loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
		Name: "shop", Account: account, VPC: vpc, Subnets: vpc.PublicSubnets(), Settings: s.LoadBalancer,
	})
	service := ecs.NewService(stack, "service", ecs.ServiceProps{
		Workload:     workload,
		Task:         ecs.NewTask(stack, "task", ecs.TaskProps{Workload: workload, Account: account}),
		Cluster:      ecs.NewCluster(stack, "cluster", ecs.ClusterProps{Name: "shop", VPC: vpc}),
		LoadBalancer: balancer,
	})
	props := observability.Props{
		Name: "shop", Account: account, LoadBalancer: balancer, Settings: s.Observability,
		Services: []observability.Service{{Workload: workload, Service: service}},
	}
	alarms := observability.NewAlarms(stack, "alarms", props)
	observability.NewDashboard(stack, "dashboard", observability.DashboardProps{Props: props, Alarms: alarms})
	examples.Print(stack, "aws_cloudwatch_metric_alarm", "aws_sns_topic_subscription", "aws_cloudwatch_dashboard")
	// Output:
	// aws_cloudwatch_metric_alarm 6
	// aws_sns_topic_subscription 1
	// aws_cloudwatch_dashboard 1
}
