package loadbalancing

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// TargetGroup is a set of tasks that take requests on one port.
type TargetGroup struct {
	arn          string
	suffix       string // of the ARN, as metrics use it
	port         int
	loadBalancer *LoadBalancer
}

// TargetGroupProps are the properties of a TargetGroup.
type TargetGroupProps struct {
	// Name begins the group's name, of which only the first letters are used.
	Name string
	// LoadBalancer is the one that the group belongs to, for life.
	LoadBalancer *LoadBalancer
	// Port is the port of the tasks.
	Port        int
	Settings    settings.TargetGroup
	HealthCheck settings.HealthCheck
}

// NewTargetGroup creates an empty target group of IP addresses. ECS registers the tasks.
func NewTargetGroup(scope constructs.Construct, id string, props TargetGroupProps) *TargetGroup {
	l, s, h := props.LoadBalancer, props.Settings, props.HealthCheck
	config := &lbtargetgroup.LbTargetGroupConfig{
		NamePrefix:                 jsii.String(namePrefix(props.Name)),
		VpcId:                      jsii.String(l.vpc.ID()),
		TargetType:                 jsii.String("ip"),
		Protocol:                   jsii.String(string(s.Protocol)),
		ProtocolVersion:            &s.ProtocolVersion,
		Port:                       jsii.Number(groupPort),
		DeregistrationDelay:        jsii.String(strconv.Itoa(int(s.DeregistrationDelay.Seconds()))),
		SlowStart:                  jsii.Number(s.SlowStart.Seconds()),
		LoadBalancingAlgorithmType: jsii.String(algorithms[s.Algorithm]),
		Stickiness:                 newStickiness(s.Stickiness),
		HealthCheck: &lbtargetgroup.LbTargetGroupHealthCheck{
			Path:               &h.Path,
			Matcher:            &h.SuccessCodes,
			Interval:           jsii.Number(h.Interval.Seconds()),
			Timeout:            jsii.Number(h.Timeout.Seconds()),
			HealthyThreshold:   jsii.Number(h.HealthyThreshold),
			UnhealthyThreshold: jsii.Number(h.UnhealthyThreshold),
		},
		Tags: &map[string]*string{"Name": &props.Name},
		Lifecycle: &cdktf.TerraformResourceLifecycle{
			// AWS does not delete a group that a listener uses, so the new one must exist first.
			CreateBeforeDestroy: jsii.Bool(true),
			// Earlier releases used the container's port. Such a group need not be replaced.
			IgnoreChanges:      jsii.Strings("port"),
			ReplaceTriggeredBy: l.replaceTriggers(),
		},
	}
	if h.Protocol != settings.ProtocolHTTP { // which is AWS's default, whatever the protocol of the group
		config.HealthCheck.Protocol = jsii.String(string(h.Protocol))
	}
	if h.Port != 0 {
		config.HealthCheck.Port = jsii.String(strconv.Itoa(h.Port))
	}
	if l.Shared() {
		config.Lifecycle.Precondition = l.inVPC()
	}
	group := lbtargetgroup.NewLbTargetGroup(scope, &id, config)
	return &TargetGroup{arn: *group.Arn(), suffix: *group.ArnSuffix(), port: props.Port, loadBalancer: l}
}

// inVPC returns the precondition that a load balancer of another stack is in the VPC of the tasks.
func (l *LoadBalancer) inVPC() *[]*cdktf.Precondition {
	return &[]*cdktf.Precondition{{
		Condition: jsii.String("${" + l.existingVPC + " == " + l.vpc.IDExpression() + "}"),
		ErrorMessage: jsii.String("The load balancer of loadBalancer.existing is in ${" + l.existingVPC + "}, and " +
			"the tasks are to run in ${" + l.vpc.IDExpression() + "}: name the load balancer's VPC as network."),
	}}
}

// groupPort is the port for targets that are registered without one. ECS registers every task with its container's
// port. So when the container moves to another port, the group stays, and has tasks of both ports during the
// deployment. A new group would still be empty when the listener moves to it.
// Source: ELB API, CreateTargetGroup ("This port is used unless you specify a port override when registering the
// target").
const groupPort = 80

// algorithms are AWS's names for how the load balancer chooses a task.
var algorithms = map[string]string{
	"roundRobin": "round_robin", "leastOutstandingRequests": "least_outstanding_requests",
	"weightedRandom": "weighted_random",
}

// newStickiness turns stickiness on or, where the settings have none, off: without the block, the provider would leave
// it as it is (hashicorp/terraform-provider-aws #4691).
func newStickiness(s *settings.Stickiness) *lbtargetgroup.LbTargetGroupStickiness {
	if s == nil {
		return &lbtargetgroup.LbTargetGroupStickiness{Enabled: false, Type: jsii.String("lb_cookie")}
	}
	stickiness := &lbtargetgroup.LbTargetGroupStickiness{
		Enabled: true, Type: jsii.String("lb_cookie"), CookieDuration: jsii.Number(s.Duration.Seconds()),
	}
	if s.Cookie != "" {
		stickiness.Type, stickiness.CookieName = jsii.String("app_cookie"), &s.Cookie
	}
	return stickiness
}

// ARN returns the group's ARN, known once applied.
func (t *TargetGroup) ARN() string { return t.arn }

// ARNSuffix returns the part of the ARN that metrics use, known once applied.
func (t *TargetGroup) ARNSuffix() string { return t.suffix }

// Dimensions returns the dimensions of the group's metrics, known once applied.
func (t *TargetGroup) Dimensions() map[string]string {
	return map[string]string{"LoadBalancer": t.loadBalancer.ARNSuffix(), "TargetGroup": t.suffix}
}

// Port returns the port of the tasks.
func (t *TargetGroup) Port() int { return t.port }
