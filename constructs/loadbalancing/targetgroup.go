package loadbalancing

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// TargetGroup is a set of task addresses that take requests on one port.
type TargetGroup struct {
	arn  string
	port int
}

// TargetGroupProps say what requests are sent to, and how to tell whether it is healthy.
type TargetGroupProps struct {
	Name        string // of the stack; the group's own name begins with its first letters
	Port        int
	HealthCheck settings.HealthCheck
}

// NewTargetGroup makes an empty target group of IP addresses, into which ECS puts the tasks.
func (l *LoadBalancer) NewTargetGroup(scope constructs.Construct, id string, props TargetGroupProps) *TargetGroup {
	h := props.HealthCheck
	group := lbtargetgroup.NewLbTargetGroup(scope, &id, &lbtargetgroup.LbTargetGroupConfig{
		NamePrefix: jsii.String(namePrefix(props.Name)),
		VpcId:      jsii.String(l.vpc.ID()),
		TargetType: jsii.String("ip"),
		Protocol:   jsii.String("HTTP"),
		Port:       jsii.Number(props.Port),
		HealthCheck: &lbtargetgroup.LbTargetGroupHealthCheck{
			Path:               &h.Path,
			Matcher:            &h.Codes,
			Interval:           jsii.Number(h.Interval.Seconds()),
			Timeout:            jsii.Number(h.Timeout.Seconds()),
			HealthyThreshold:   jsii.Number(h.HealthyThreshold),
			UnhealthyThreshold: jsii.Number(h.UnhealthyThreshold),
		},
		Tags: &map[string]*string{"Name": &props.Name},
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// A listener holds on to its group, so the successor must be there first.
			CreateBeforeDestroy: jsii.Bool(true),
			// A group belongs to one load balancer for life.
			ReplaceTriggeredBy: &[]any{expression.Address(l.resource) + ".arn"},
		},
	})
	return &TargetGroup{arn: *group.Arn(), port: props.Port}
}

// ARN names the group to ECS, known once applied.
func (t *TargetGroup) ARN() string { return t.arn }

// Port is the port of the targets.
func (t *TargetGroup) Port() int { return t.port }
