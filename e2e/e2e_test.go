package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-exec/tfexec"

	"webapp/internal/inventory"
)

// TestNewVPCWithAPublicService is the article's system, from nothing to nothing.
func TestNewVPCWithAPublicService(t *testing.T) {
	d := newDeployment(t)
	d.synthesize(exampleService)
	before := everything(t, d.aws)
	found := d.apply()
	// ECS refuses a service whose target group is not behind a load balancer.
	d.wantOrder("elbv2 CreateListener", "ecs CreateService")
	targets := map[scalingtypes.MetricType]float64{
		scalingtypes.MetricTypeECSServiceAverageCPUUtilization:    50,
		scalingtypes.MetricTypeECSServiceAverageMemoryUtilization: 50,
	}

	wantSubnets(t, found, "10.0.0.0/20", "10.0.16.0/20", "10.0.128.0/20", "10.0.144.0/20")
	if got := len(found.NATGateways); got != 1 {
		t.Errorf("NAT gateways: got %d, want 1", got)
	}
	wantLoadBalancer(t, found, elbtypes.LoadBalancerSchemeEnumInternetFacing, 8000)
	wantRules(t, found, "0.0.0.0/0")
	wantTasks(t, found, ecstypes.AssignPublicIpDisabled, "10.0.128.0/20", "10.0.144.0/20")
	wantScaling(t, found, 1, 5, targets)
	if got := *found.LogGroup.RetentionInDays; got != 1 {
		t.Errorf("log retention: got %d days, want 1", got)
	}
	rollback := ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: true}
	got := found.Service.DeploymentConfiguration.DeploymentCircuitBreaker
	if got.Enable != rollback.Enable || got.Rollback != rollback.Rollback {
		t.Errorf("circuit breaker: got %+v, want %+v", got, rollback)
	}
	d.wantNoChange()

	t.Log("the limits and the image change in place")
	const newImage = "public.ecr.aws/aws-containers/hello-app-runner:2.0"
	d.synthesize(exampleService, "max: 5", "max: 8", "hello-app-runner:latest", "hello-app-runner:2.0")
	d.wantNoReplacement("aws_ecs_task_definition.")
	changed := d.apply()
	wantScaling(t, changed, 1, 8, targets)
	if got := *changed.Task.ContainerDefinitions[0].Image; got != newImage {
		t.Errorf("image: got %s, want %s", got, newImage)
	}
	if *changed.Service.ServiceArn != *found.Service.ServiceArn ||
		*changed.LoadBalancer.LoadBalancerArn != *found.LoadBalancer.LoadBalancerArn {
		t.Error("the service or its load balancer is another one")
	}
	d.wantNoChange()

	t.Log("ordinary changes replace nothing but revisions of the task")
	for _, change := range []string{
		// A size, a health check, attributes of the target group, room for deployments, tags.
		"task: {cpu: 1024, memory: 2048, ephemeralStorage: 30}\n" +
			"service: {healthCheck: {path: /health, interval: 10s}, targetGroup: {stickiness: {}, " +
			"deregistrationDelay: 30s}, " +
			"deployment: {minHealthyPercent: 50, redeploy: v2}}\n" +
			"overrides: [{resource: aws_vpc.network_vpc, path: tags.Team, value: web}, {resource: " +
			"aws_lb.load-balancer, path: tags.Team, value: web}, " +
			"{resource: aws_ecs_service.service, path: tags, value: {Team: web}}]\n",
		// One more service, zone and endpoint; flow logs, IPv6, a shell, a secret, HTTPS, access logs.
		"services: {api: {routing: {paths: [/api/*]}, container: {image: nginx, ports: [80]}}}\n" +
			"network: {new: {zones: 3, natGateways: 2, flowLogs: {}, endpoints: [sqs], ipv6: true}}\n" +
			"service: {exec: true}\n" +
			"container: {secrets: {LEVEL: \"arn:aws:ssm:eu-west-1:123456789012:parameter/level\"}}\n" +
			"loadBalancer: {accessLogs: {}, https: {certificates: " +
			"[\"arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef\"]}}\n",
	} {
		d.synthesizeChanged(exampleService, change)
		d.wantNoReplacement("aws_ecs_task_definition.")
	}

	t.Log("as plain HCL, without CDKTF, nothing changes either")
	d.synthesizeHCL("max: 5", "max: 8", "hello-app-runner:latest", "hello-app-runner:2.0")
	d.wantNoChange()
	d.synthesize(exampleService, "max: 5", "max: 8", "hello-app-runner:latest", "hello-app-runner:2.0")

	t.Log("scaling survives the replacement of its service")
	service := d.address("aws_ecs_service")
	replaced := d.apply(tfexec.Replace(service))
	wantScaling(t, replaced, 1, 8, targets)
	d.wantNoChange()

	d.destroy()
	d.wantOrder("ecs DeleteService", "elbv2 DeleteTargetGroup")
	d.wantAccount(before)
}

// TestExistingVPCWithAnInternalService finds a VPC by its name, and its subnets by their routes.
func TestExistingVPCWithAnInternalService(t *testing.T) {
	d := newDeployment(t)
	vpc := createVPC(t, d.aws, "shared")
	before := everything(t, d.aws)

	d.synthesize("examples/existing-vpc.yaml")
	d.synthesizeChanged("examples/existing-vpc.yaml", fullRole)
	d.wantValid()
	found := d.apply()
	if *found.VPC.VpcId != vpc.id {
		t.Errorf("VPC: got %s, want %s", *found.VPC.VpcId, vpc.id)
	}
	wantLoadBalancer(t, found, elbtypes.LoadBalancerSchemeEnumInternal, 80)
	wantRules(t, found, "10.20.0.0/16")
	// One subnet a zone: the first private one by id. Database subnets without a way out are not taken.
	wantTasks(t, found, ecstypes.AssignPublicIpDisabled, "10.20.2.0/24", "10.20.3.0/24")
	wantZones(t, found, "10.20.2.0/24", "10.20.3.0/24")
	d.wantNoChange()

	t.Log("a shell takes room in the role: what no longer fits is granted by a managed policy first")
	const shell = "service: {exec: true}\n"
	d.synthesizeChanged("examples/existing-vpc.yaml", overfullRole+shell)
	d.apply()
	d.wantOrder("iam AttachRolePolicy", "iam PutRolePolicy")
	d.wantNoChange()

	t.Log("the shell goes: the inline policy has the statements back before the managed one loses them")
	d.synthesizeChanged("examples/existing-vpc.yaml", overfullRole)
	d.apply()
	d.wantOrder("iam AttachRolePolicy", "iam PutRolePolicy")
	d.wantOrder("iam PutRolePolicy", "iam DetachRolePolicy")
	d.wantNoChange()

	t.Log("and before the managed one goes")
	d.synthesizeChanged("examples/existing-vpc.yaml", fullRole)
	d.apply()
	d.wantOrder("iam PutRolePolicy", "iam DetachRolePolicy")
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
}

// fullRole has statements that leave no room for those of exec in the inline policies of the role, and overfullRole
// has more than they hold.
var fullRole, overfullRole = roleOf(100), roleOf(120)

func roleOf(resources int) string {
	var files []string
	for i := range resources {
		files = append(files, fmt.Sprintf("\"arn:aws:s3:::acme-files/%073d\"", i))
	}
	return "task: {role: {statements: [{actions: [s3:GetObject], resources: [" + strings.Join(files, ", ") + "]}]}}\n"
}

// TestVPCWithoutPrivateSubnetsIsRefused says so when Terraform plans, before anything is made.
func TestVPCWithoutPrivateSubnetsIsRefused(t *testing.T) {
	d := newDeployment(t)
	createPublicVPC(t, d.aws, "shared")
	before := everything(t, d.aws)
	d.synthesize("examples/existing-vpc.yaml")
	err := d.stack.Apply(t.Context())
	if err == nil {
		t.Fatal("the stack was deployed into a VPC without private subnets")
	}
	wantMessage(t, err,
		`The VPC shared has private subnets (their route table leads to no internet gateway) in 0 zones, `+
			`and a load balancer needs 2: add some, or set service.assignPublicIp: true to run the tasks in its `+
			`public ones.`)
	d.wantAccount(before)

	t.Log("with public addresses the same VPC will do")
	d.synthesize("examples/existing-vpc.yaml", "service:\n", "service:\n  assignPublicIp: true\n")
	if got := len(d.changes()); got == 0 {
		t.Error("the plan is empty")
	}
}

// TestDefaultVPC gives tasks public addresses, without which they could not pull their image there.
func TestDefaultVPC(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize("examples/default-vpc.yaml")
	d.wantValid()
	found := d.apply()
	if !*found.VPC.IsDefault {
		t.Errorf("VPC %s is not the default one", *found.VPC.VpcId)
	}
	wantLoadBalancer(t, found, elbtypes.LoadBalancerSchemeEnumInternetFacing, 80)
	var ranges []string
	for _, subnet := range found.Subnets {
		ranges = append(ranges, *subnet.CidrBlock)
	}
	wantTasks(t, found, ecstypes.AssignPublicIpEnabled, ranges...)
	if found.ScalableTarget != nil {
		t.Errorf("scaling is off, yet there is a scalable target: %+v", found.ScalableTarget)
	}
	if got := found.Service.DesiredCount; got != 2 {
		t.Errorf("desired count: got %d, want 2", got)
	}
	d.wantNoChange()

	t.Log("without scaling Terraform manages the count")
	d.synthesize("examples/default-vpc.yaml", "desiredCount: 2", "desiredCount: 3")
	if got := d.apply().Service.DesiredCount; got != 3 {
		t.Errorf("desired count: got %d, want 3", got)
	}

	t.Log("the tasks move to another port")
	d.synthesize("examples/default-vpc.yaml", "desiredCount: 2", "desiredCount: 3", "ports: [8000]", "ports: [9000]")
	d.wantNoReplacement("aws_ecs_task_definition.")
	moved := d.apply()
	wantRules(t, moved, "0.0.0.0/0")
	if *moved.TargetGroup.TargetGroupArn != *found.TargetGroup.TargetGroupArn {
		t.Error("the target group is another one")
	}
	if got := *moved.Service.LoadBalancers[0].ContainerPort; got != 9000 {
		t.Errorf("container port: got %d, want 9000", got)
	}
	d.wantNoChange()

	t.Log("the load balancer becomes internal: its successor is there before it goes")
	d.synthesize("examples/default-vpc.yaml", "desiredCount: 2", "desiredCount: 3", "container:",
		"loadBalancer: {public: false}\ncontainer:")
	d.wantNoReplacement("aws_lb.", "aws_lb_listener.", "aws_lb_target_group.", "aws_ecs_task_definition.")
	internal := d.apply()
	wantLoadBalancer(t, internal, elbtypes.LoadBalancerSchemeEnumInternal, 80)
	wantRules(t, internal, *internal.VPC.CidrBlock)
	d.wantNoChange()
	deployed := *internal.Service.TaskDefinition

	t.Log("a deployment that ECS rolls back fails the apply")
	d.synthesize("examples/default-vpc.yaml", "desiredCount: 2", "desiredCount: 3", "hello-app-runner:latest",
		"hello-app-runner:broken")
	rollback := rollingBack(t, d.server.URL())
	d.pointAt(rollback)
	if err := d.stack.Apply(t.Context()); err == nil {
		t.Error("the apply succeeded")
	} else {
		wantMessage(t, err, "The deployment failed and ECS rolled it back: the service still runs "+deployed)
	}
	d.pointAt(d.server.URL())
	if got := d.apply().Service.TaskDefinition; *got == deployed {
		t.Errorf("after the next, good deployment the service still runs %s", *got)
	}
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
}

// address returns the address of the stack's only resource of a type.
func (d *deployment) address(typ string) string {
	d.t.Helper()
	state, err := d.stack.Show(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Type == typ {
			return resource.Address
		}
	}
	d.t.Fatalf("the state has no %s", typ)
	return ""
}

func wantSubnets(t *testing.T, found inventory.Inventory, want ...string) {
	t.Helper()
	var got []string
	for _, subnet := range found.Subnets {
		got = append(got, *subnet.CidrBlock)
	}
	wantSame(t, "subnets", got, want)
}

func wantLoadBalancer(t *testing.T, found inventory.Inventory, scheme elbtypes.LoadBalancerSchemeEnum, port int32) {
	t.Helper()
	if got := found.LoadBalancer.Scheme; got != scheme {
		t.Errorf("scheme: got %s, want %s", got, scheme)
	}
	if len(found.Listeners) != 1 || *found.Listeners[0].Port != port ||
		found.Listeners[0].Protocol != elbtypes.ProtocolEnumHttp {
		t.Errorf("listeners: got %+v, want one of HTTP on %d", found.Listeners, port)
	}
	if got := found.TargetGroup.TargetType; got != elbtypes.TargetTypeEnumIp {
		t.Errorf("target type: got %s, want ip", got)
	}
}

// wantZones checks which subnets the load balancer stands in.
func wantZones(t *testing.T, found inventory.Inventory, ranges ...string) {
	t.Helper()
	var got []string
	for _, zone := range found.LoadBalancer.AvailabilityZones {
		got = append(got, rangeOf(found, *zone.SubnetId))
	}
	wantSame(t, "load balancer's subnets", got, ranges)
}

func wantTasks(t *testing.T, found inventory.Inventory, public ecstypes.AssignPublicIp, ranges ...string) {
	t.Helper()
	network := found.Service.NetworkConfiguration.AwsvpcConfiguration
	if network.AssignPublicIp != public {
		t.Errorf("public addresses: got %s, want %s", network.AssignPublicIp, public)
	}
	var got []string
	for _, id := range network.Subnets {
		got = append(got, rangeOf(found, id))
	}
	wantSame(t, "tasks' subnets", got, ranges)
}

// wantRules checks that clients reach the listener only, and that the tasks are reached by the load balancer only.
func wantRules(t *testing.T, found inventory.Inventory, clients string) {
	t.Helper()
	balancer, tasks := found.SecurityGroups[0], found.SecurityGroups[1]
	listener, target := *found.Listeners[0].Port, *found.Service.LoadBalancers[0].ContainerPort
	want := []string{
		fmt.Sprintf("load balancer in: tcp %d from %s", listener, clients),
		fmt.Sprintf("load balancer out: tcp %d from %s", target, *tasks.GroupId),
		fmt.Sprintf("tasks in: tcp %d from %s", target, *balancer.GroupId),
		"tasks out: -1 from 0.0.0.0/0",
	}
	got := slices.Concat(
		rules("load balancer in", balancer.IpPermissions), rules("load balancer out", balancer.IpPermissionsEgress),
		rules("tasks in", tasks.IpPermissions), rules("tasks out", tasks.IpPermissionsEgress))
	wantSame(t, "group rules", got, want)
}

func rules(direction string, permissions []ec2types.IpPermission) []string {
	var all []string
	for _, p := range permissions {
		protocol := *p.IpProtocol
		if p.FromPort != nil && *p.FromPort >= 0 && protocol != "-1" {
			protocol += fmt.Sprint(" ", *p.FromPort)
			if *p.ToPort != *p.FromPort {
				protocol += fmt.Sprint("-", *p.ToPort)
			}
		}
		for _, r := range p.IpRanges {
			all = append(all, fmt.Sprintf("%s: %s from %s", direction, protocol, *r.CidrIp))
		}
		for _, g := range p.UserIdGroupPairs {
			all = append(all, fmt.Sprintf("%s: %s from %s", direction, protocol, *g.GroupId))
		}
	}
	return all
}

func wantScaling(t *testing.T, found inventory.Inventory, low, high int32,
	targets map[scalingtypes.MetricType]float64) {
	t.Helper()
	if found.ScalableTarget == nil {
		t.Fatal("found no scalable target")
	}
	gotLow, gotHigh := *found.ScalableTarget.MinCapacity, *found.ScalableTarget.MaxCapacity
	if gotLow != low || gotHigh != high {
		t.Errorf("limits: got %d to %d, want %d to %d", gotLow, gotHigh, low, high)
	}
	got := map[scalingtypes.MetricType]float64{}
	for _, policy := range found.Policies {
		c := policy.TargetTrackingScalingPolicyConfiguration
		got[c.PredefinedMetricSpecification.PredefinedMetricType] = *c.TargetValue
	}
	if diff := cmp.Diff(targets, got); diff != "" {
		t.Errorf("scaling targets (-want +got):\n%s", diff)
	}
}

// wantMessage compares an error's text without the frame and line breaks of Terraform's terminal output.
func wantMessage(t *testing.T, err error, want string) {
	t.Helper()
	words := strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(err.Error()))
	if got := strings.Join(words, " "); !strings.Contains(got, want) {
		t.Errorf("error: got %s\nwant it to say %s", got, want)
	}
}

func wantSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	if diff := cmp.Diff(want, got, sorted); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func rangeOf(found inventory.Inventory, subnet string) string {
	for _, s := range found.Subnets {
		if aws.ToString(s.SubnetId) == subnet {
			return *s.CidrBlock
		}
	}
	return "unknown subnet " + subnet
}
