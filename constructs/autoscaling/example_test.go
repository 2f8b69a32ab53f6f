package autoscaling_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/autoscaling"
	"webapp/constructs/ecs"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// A service with two to ten tasks, which keeps their CPU near 60 percent, doubles them after a minute of overload, and
// has at least four in working hours.
func ExampleNewScaling() {
	s := examples.Settings(`
name: shop
container: {image: nginx, ports: [80]}
scaling:
  min: 2
  max: 10
  cpu: {percent: 60}
  burst: {on: cpu, threshold: 85}
  schedules:
    morning: {cron: 0 7 ? * MON-FRI *, min: 4}
    evening: {cron: 0 19 ? * MON-FRI *, min: 2}
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
	autoscaling.NewScaling(stack, "scaling", autoscaling.ScalingProps{
		Name: "shop", Service: service, Settings: *s.Scaling,
	})
	examples.Print(stack, "aws_appautoscaling_target", "aws_appautoscaling_policy",
		"aws_appautoscaling_scheduled_action")
	// Output:
	// aws_appautoscaling_target 1
	// aws_appautoscaling_policy 2
	// aws_appautoscaling_scheduled_action 2
}
