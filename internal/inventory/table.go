package inventory

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// WriteTable prints what exists, a line for each thing.
func (i Inventory) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(table, "  %s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	row("VPC", "%s, %s, %d subnets, %d NAT gateways", *i.VPC.VpcId, *i.VPC.CidrBlock, len(i.Subnets), len(i.NATGateways))
	row("load balancer", "%s, %s, in %d zones", *i.LoadBalancer.DNSName, i.LoadBalancer.Scheme, len(i.LoadBalancer.AvailabilityZones))
	for _, l := range i.Listeners {
		row("listener", "%s on port %d", l.Protocol, *l.Port)
	}
	row("target group", "%s targets on port %d, health check %s", i.TargetGroup.TargetType, *i.Service.LoadBalancers[0].ContainerPort, healthCheck(i.TargetGroup))
	row("cluster", "%s", *i.Cluster.ClusterName)
	row("service", "%s, %s, %d of %d tasks running, rollback %t", *i.Service.ServiceName, capacity(i.Service),
		i.Service.RunningCount, i.Service.DesiredCount, i.Service.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback)
	row("task definition", "%s:%d, %s CPU units, %s MiB", *i.Task.Family, i.Task.Revision, *i.Task.Cpu, *i.Task.Memory)
	for _, c := range i.Task.ContainerDefinitions {
		var ports []string
		for _, p := range c.PortMappings {
			ports = append(ports, fmt.Sprint(*p.ContainerPort))
		}
		row("container", "%s, %s, port %s", *c.Name, *c.Image, strings.Join(ports, ", "))
	}
	row("log group", "%s, kept for %s", *i.LogGroup.LogGroupName, days(i.LogGroup.RetentionInDays))
	if i.ScalableTarget == nil {
		row("scaling", "off")
	} else {
		row("scaling", "%d to %d tasks", *i.ScalableTarget.MinCapacity, *i.ScalableTarget.MaxCapacity)
	}
	for _, p := range i.Policies {
		c := p.TargetTrackingScalingPolicyConfiguration
		row("scaling policy", "%s, keeps %s near %g", *p.PolicyName, c.PredefinedMetricSpecification.PredefinedMetricType, *c.TargetValue)
	}
	for _, g := range i.SecurityGroups {
		row("security group", "%s (%s)", *g.GroupName, *g.Description)
	}
	return table.Flush()
}

func healthCheck(g elbtypes.TargetGroup) string {
	return fmt.Sprintf("%s every %d s", *g.HealthCheckPath, *g.HealthCheckIntervalSeconds)
}

func days(n *int32) string {
	switch {
	case n == nil || *n == 0:
		return "ever"
	case *n == 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", *n)
	}
}

// capacity names what the tasks of a service run on.
func capacity(s ecstypes.Service) string {
	if len(s.CapacityProviderStrategy) == 0 {
		return string(s.LaunchType)
	}
	var providers []string
	for _, item := range s.CapacityProviderStrategy {
		providers = append(providers, *item.CapacityProvider)
	}
	return strings.Join(providers, " and ")
}
