package loadbalancing

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// TargetGroup is a set of task addresses that take requests on one port.
type TargetGroup struct {
	arn    string
	suffix string // of the ARN, as metrics name it
	port   int
}

// TargetGroupProps say what requests are sent to, and how to tell whether it is healthy.
type TargetGroupProps struct {
	Name        string // of the stack; the group's own name begins with its first letters
	Port        int
	Settings    settings.TargetGroup
	HealthCheck settings.HealthCheck
}

// NewTargetGroup makes an empty target group of IP addresses, into which ECS puts the tasks.
func (l *LoadBalancer) NewTargetGroup(scope constructs.Construct, id string, props TargetGroupProps) *TargetGroup {
	s, h := props.Settings, props.HealthCheck
	config := &lbtargetgroup.LbTargetGroupConfig{
		NamePrefix:                 jsii.String(namePrefix(props.Name)),
		VpcId:                      jsii.String(l.vpc.ID()),
		TargetType:                 jsii.String("ip"),
		Protocol:                   jsii.String("HTTP"),
		ProtocolVersion:            &s.Protocol,
		Port:                       jsii.Number(groupPort),
		DeregistrationDelay:        jsii.String(strconv.Itoa(int(s.DeregistrationDelay.Seconds()))),
		SlowStart:                  jsii.Number(s.SlowStart.Seconds()),
		LoadBalancingAlgorithmType: jsii.String(algorithms[s.Algorithm]),
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
			// Earlier releases gave a group the container's port. Such a group need not be replaced.
			IgnoreChanges: jsii.Strings("port"),
		},
	}
	if h.Port != 0 {
		config.HealthCheck.Port = jsii.String(strconv.Itoa(h.Port))
	}
	if s.Stickiness != nil {
		config.Stickiness = stick(*s.Stickiness)
	}
	if l.resource != nil {
		// A group belongs to one load balancer for life.
		config.Lifecycle.ReplaceTriggeredBy = &[]any{expression.Address(l.resource) + ".arn"}
	} else {
		config.Lifecycle.Precondition = &[]*cdktf.Precondition{{
			Condition: jsii.String("${" + l.foundVPC + " == " + l.vpc.IDExpression() + "}"),
			ErrorMessage: jsii.String("The load balancer of loadBalancer.existing is in ${" + l.foundVPC + "}, and the tasks are to run in ${" +
				l.vpc.IDExpression() + "}: name the load balancer's VPC as network."),
		}}
	}
	group := lbtargetgroup.NewLbTargetGroup(scope, &id, config)
	return &TargetGroup{arn: *group.Arn(), suffix: *group.ArnSuffix(), port: props.Port}
}

// groupPort is where a group sends requests to targets that were registered without a port. ECS registers every task
// with the port of its container, so that the group of a container that moves to another port stays, and the tasks of
// both ports are in it during the deployment. Another group would be empty when the listener moves to it.
// Source: ELB API, CreateTargetGroup ("This port is used unless you specify a port override when registering the
// target").
const groupPort = 80

// algorithms are AWS's names for how a task is chosen.
var algorithms = map[string]string{
	"roundRobin": "round_robin", "leastOutstandingRequests": "least_outstanding_requests", "weightedRandom": "weighted_random",
}

func stick(s settings.Stickiness) *lbtargetgroup.LbTargetGroupStickiness {
	stickiness := &lbtargetgroup.LbTargetGroupStickiness{
		Enabled: true, Type: jsii.String("lb_cookie"), CookieDuration: jsii.Number(s.Duration.Seconds()),
	}
	if s.Cookie != "" {
		stickiness.Type, stickiness.CookieName = jsii.String("app_cookie"), &s.Cookie
	}
	return stickiness
}

// ARN names the group to ECS, known once applied.
func (t *TargetGroup) ARN() string { return t.arn }

// ARNSuffix is how metrics name the group, known once applied.
func (t *TargetGroup) ARNSuffix() string { return t.suffix }

// Dimensions are how metrics name the group behind its load balancer, known once applied.
func (t *TargetGroup) Dimensions(l *LoadBalancer) map[string]string {
	return map[string]string{"LoadBalancer": l.ARNSuffix(), "TargetGroup": t.suffix}
}

// Port is the port of the targets.
func (t *TargetGroup) Port() int { return t.port }
