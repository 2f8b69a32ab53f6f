package inventory

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// WriteTable prints a line for each thing. AWS may leave out whatever the SDK has as a pointer.
func (i Inventory) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(table, "  %s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	row("VPC", "%s, %s, %d subnets, %d NAT gateways",
		aws.ToString(i.VPC.VpcId), aws.ToString(i.VPC.CidrBlock), len(i.Subnets), len(i.NATGateways))
	if len(i.Service.LoadBalancers) > 0 {
		row("load balancer", "%s, %s, in %d zones",
			aws.ToString(i.LoadBalancer.DNSName), i.LoadBalancer.Scheme, len(i.LoadBalancer.AvailabilityZones))
		for _, l := range i.Listeners {
			row("listener", "%s on port %d", l.Protocol, aws.ToInt32(l.Port))
		}
		// The port of the targets: the target group's own port has no effect.
		row("target group", "%s targets on port %d, health check %s",
			i.TargetGroup.TargetType, aws.ToInt32(i.Service.LoadBalancers[0].ContainerPort), healthCheck(i.TargetGroup))
	}
	row("cluster", "%s", aws.ToString(i.Cluster.ClusterName))
	row("service", "%s, %s, %d of %d tasks running, rollback %t", aws.ToString(i.Service.ServiceName),
		capacity(i.Service), i.Service.RunningCount, i.Service.DesiredCount, rollback(i.Service))
	row("task definition", "%s:%d, %s CPU units, %s MiB",
		aws.ToString(i.Task.Family), i.Task.Revision, aws.ToString(i.Task.Cpu), aws.ToString(i.Task.Memory))
	for _, c := range i.Task.ContainerDefinitions {
		row("container", "%s, %s%s", aws.ToString(c.Name), aws.ToString(c.Image), ports(c))
	}
	if i.LogGroup.LogGroupName != nil {
		row("log group", "%s, kept for %s", *i.LogGroup.LogGroupName, days(i.LogGroup.RetentionInDays))
	}
	if i.ScalableTarget == nil {
		row("scaling", "off")
	} else {
		row("scaling", "%d to %d tasks",
			aws.ToInt32(i.ScalableTarget.MinCapacity), aws.ToInt32(i.ScalableTarget.MaxCapacity))
	}
	for _, p := range i.Policies {
		row("scaling policy", "%s, %s", aws.ToString(p.PolicyName), policy(p))
	}
	for _, g := range i.SecurityGroups {
		row("security group", "%s (%s)", aws.ToString(g.GroupName), aws.ToString(g.Description))
	}
	return table.Flush()
}

// capacity returns what the tasks run on: capacity providers, or a launch type.
func capacity(s ecstypes.Service) string {
	var providers []string
	for _, item := range s.CapacityProviderStrategy {
		providers = append(providers, aws.ToString(item.CapacityProvider))
	}
	if len(providers) > 0 {
		return strings.Join(providers, " and ")
	}
	return string(s.LaunchType)
}

func rollback(s ecstypes.Service) bool {
	d := s.DeploymentConfiguration
	return d != nil && d.DeploymentCircuitBreaker != nil && d.DeploymentCircuitBreaker.Rollback
}

func ports(c ecstypes.ContainerDefinition) string {
	var all []string
	for _, p := range c.PortMappings {
		all = append(all, fmt.Sprint(aws.ToInt32(p.ContainerPort)))
	}
	if len(all) == 0 {
		return ""
	}
	return ", port " + strings.Join(all, ", ")
}

// policy describes a scaling policy: it keeps a metric near a target, or adds and removes tasks in steps.
func policy(p scalingtypes.ScalingPolicy) string {
	if tracking := p.TargetTrackingScalingPolicyConfiguration; tracking != nil {
		return fmt.Sprintf("keeps %s near %g", metric(tracking), aws.ToFloat64(tracking.TargetValue))
	}
	if steps := p.StepScalingPolicyConfiguration; steps != nil {
		var changes []string
		for _, s := range steps.StepAdjustments {
			changes = append(changes, fmt.Sprintf("%+d", aws.ToInt32(s.ScalingAdjustment)))
		}
		unit := "tasks"
		if steps.AdjustmentType == scalingtypes.AdjustmentTypePercentChangeInCapacity {
			unit = "% of the tasks"
		}
		return fmt.Sprintf("changes %s %s", strings.Join(changes, ", "), unit)
	}
	return string(p.PolicyType)
}

func metric(tracking *scalingtypes.TargetTrackingScalingPolicyConfiguration) string {
	if predefined := tracking.PredefinedMetricSpecification; predefined != nil {
		return string(predefined.PredefinedMetricType)
	}
	if custom := tracking.CustomizedMetricSpecification; custom != nil && custom.MetricName != nil {
		return aws.ToString(custom.Namespace) + "/" + *custom.MetricName
	}
	return "a metric expression"
}

func healthCheck(g elbtypes.TargetGroup) string {
	return fmt.Sprintf("%s every %d s", aws.ToString(g.HealthCheckPath), aws.ToInt32(g.HealthCheckIntervalSeconds))
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
