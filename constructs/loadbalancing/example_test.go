package loadbalancing_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/loadbalancing"
	"webapp/constructs/network"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// A public load balancer for HTTPS, which redirects plain HTTP. Its listener answers 404 until a target group gets the
// requests that no routing rule takes.
func ExampleNewLoadBalancer() {
	s := examples.Settings(`
name: shop
container: {image: nginx, ports: [80]}
loadBalancer: {domain: {name: shop.example.com, zone: example.com}}
`)
	stack := examples.NewStack()
	account := account.NewAccount(stack, "account")
	vpc := network.NewVPC(stack, "network", network.VPCProps{Account: account, Settings: s.Network})
	balancer := loadbalancing.NewLoadBalancer(stack, "load-balancer", loadbalancing.LoadBalancerProps{
		Name: "shop", Account: account, VPC: vpc, Subnets: vpc.PublicSubnets(), Settings: s.LoadBalancer,
	})
	tasks := loadbalancing.NewTargetGroup(stack, "tasks", loadbalancing.TargetGroupProps{
		Name: "shop", LoadBalancer: balancer, Port: 80,
		Settings: s.Service.TargetGroup, HealthCheck: s.Service.HealthCheck,
	})
	balancer.Forward(stack, tasks, nil, nil)
	examples.Print(stack, "aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_acm_certificate")
	// Output:
	// aws_lb 1
	// aws_lb_listener 2
	// aws_lb_target_group 1
	// aws_acm_certificate 1
}
