package localaws

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"webapp/internal/localaws/engine"
)

// inline is an engine whose containers are web servers of this process. They answer their image and a variable.
type inline struct{ work *work }

// work is what keeps the CPUs of all containers busy. They share it evenly; each has a quarter of a vCPU. It may be
// nil.
type work struct {
	milliCPU   atomic.Int64 // thousandths of a vCPU
	containers atomic.Int64
}

func (w *work) share() int64 { return min(w.milliCPU.Load()/max(w.containers.Load(), 1), 250) }

func (inline) Close() error { return nil }

func (e inline) Start(_ context.Context, c engine.Container) (engine.Running, error) {
	c.Log("listening")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s %s", c.Image, c.Environment["PASSWORD"])
	}))
	if e.work != nil {
		e.work.containers.Add(1)
	}
	return &inlineContainer{engine: e, server: server, exited: make(chan struct{}), asked: time.Now()}, nil
}

type inlineContainer struct {
	engine inline
	server *httptest.Server
	exited chan struct{}
	asked  time.Time // for its usage
	used   time.Duration
}

func (c *inlineContainer) ID() string              { return "inline" }
func (c *inlineContainer) Address(int) string      { return c.server.Listener.Addr().String() }
func (c *inlineContainer) IP() string              { return "127.0.0.1" }
func (c *inlineContainer) OutOfMemory() bool       { return false }
func (c *inlineContainer) StandIn() bool           { return true }
func (c *inlineContainer) Exited() <-chan struct{} { return c.exited }
func (c *inlineContainer) ExitCode() int           { return 143 }
func (c *inlineContainer) Stop(time.Duration) {
	if c.engine.work != nil {
		c.engine.work.containers.Add(-1)
	}
	c.server.Close()
	close(c.exited)
}
func (c *inlineContainer) Run(context.Context, []string) (int, error) { return 0, nil }

// Usage is asked by the measuring of one minute after the other, never by two at once.
func (c *inlineContainer) Usage() (time.Duration, int64) {
	now := time.Now()
	if c.engine.work != nil {
		c.used += now.Sub(c.asked) * time.Duration(c.engine.work.share()) / 1000
	}
	c.asked = now
	return c.used, 128 << 20
}

// liveSite is a service behind a load balancer, made by the API alone.
type liveSite struct {
	t         *testing.T
	server    *Server
	ecs       *ecs.Client
	ec2       *ec2.Client
	iam       *iam.Client
	cfg       aws.Config
	vpc       string
	subnets   []string // that lead to the internet
	balancers string   // the security group of the load balancer, which may connect to port 80 of the tasks
	tasks     string   // the security group of the tasks
	balancer  string   // the load balancer's ARN
	group     string   // the target group
	execution string   // the role
	secret    string   // a JSON object with a key password
	service   string
}

func startSite(t *testing.T) *liveSite {
	t.Helper()
	return startSiteOn(t, inline{})
}

// startStandIns is startSite with stand-ins in processes of their own.
func startStandIns(t *testing.T) *liveSite {
	t.Helper()
	return startSiteOn(t, newStandIns())
}

func newStandIns() engine.Engine { return engine.NewProcesses(os.Args[0], standInCommand) }

func startSiteOn(t *testing.T, e engine.Engine, options ...Option) *liveSite {
	t.Helper()
	server := startShared(t, append(options, Running(e, 10*time.Millisecond))...)
	cfg := Config(server.URL())
	s := &liveSite{
		t: t, server: server, cfg: cfg,
		ecs: ecs.NewFromConfig(cfg), ec2: ec2.NewFromConfig(cfg), iam: iam.NewFromConfig(cfg),
	}
	s.createNetwork()
	s.createBalancer()
	s.secret = *try(secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("db"), SecretString: aws.String(`{"password": "hunter2"}`),
	}))(t).ARN
	try(cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String("web"),
	}))(t)
	s.execution = s.createRole("execution", trustOfTasks, allowAll)
	s.define("v1", s.secret+":password::")
	s.define("v2", s.secret+":password::")
	s.define("lost", s.secret+":no-such-key::")
	try(s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("web")}))(t)
	s.service = *try(s.ecs.CreateService(t.Context(), s.serviceInput("web", "v1", ecstypes.LoadBalancer{
		TargetGroupArn: &s.group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(80),
	})))(t).Service.ServiceArn
	return s
}

// createNetwork makes two subnets that lead to an internet gateway.
func (s *liveSite) createNetwork() {
	s.vpc = s.createVPC()
	gateway := try(s.ec2.CreateInternetGateway(s.t.Context(), nil))(s.t).InternetGateway.InternetGatewayId
	try(s.ec2.AttachInternetGateway(s.t.Context(), &ec2.AttachInternetGatewayInput{
		VpcId: &s.vpc, InternetGatewayId: gateway,
	}))(s.t)
	table := s.createTable(s.vpc, &ec2.CreateRouteInput{GatewayId: gateway})
	for i, zone := range []string{"eu-west-1a", "eu-west-1b"} {
		s.subnets = append(s.subnets, s.createSubnet(s.vpc, fmt.Sprintf("10.0.%d.0/24", i), zone, table))
	}
}

func (s *liveSite) createVPC() string {
	s.t.Helper()
	in := &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}
	return *try(s.ec2.CreateVpc(s.t.Context(), in))(s.t).Vpc.VpcId
}

// createTable makes a route table in which a route, if there is one, leads to all addresses.
func (s *liveSite) createTable(vpc string, route *ec2.CreateRouteInput) string {
	s.t.Helper()
	table := try(s.ec2.CreateRouteTable(s.t.Context(), &ec2.CreateRouteTableInput{VpcId: &vpc}))(s.t).RouteTable
	if route != nil {
		route.RouteTableId, route.DestinationCidrBlock = table.RouteTableId, aws.String("0.0.0.0/0")
		try(s.ec2.CreateRoute(s.t.Context(), route))(s.t)
	}
	return *table.RouteTableId
}

func (s *liveSite) createSubnet(vpc, cidr, zone, table string) string {
	s.t.Helper()
	subnet := try(s.ec2.CreateSubnet(s.t.Context(), &ec2.CreateSubnetInput{
		VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &zone,
	}))(s.t).Subnet.SubnetId
	try(s.ec2.AssociateRouteTable(s.t.Context(), &ec2.AssociateRouteTableInput{
		RouteTableId: &table, SubnetId: subnet,
	}))(s.t)
	return *subnet
}

// createGroup makes a security group that lets everything out, and nothing in.
func (s *liveSite) createGroup(vpc, name string) string {
	s.t.Helper()
	return *try(s.ec2.CreateSecurityGroup(s.t.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: &name, Description: &name,
	}))(s.t).GroupId
}

// fromGroup is a rule about a port of another group.
func fromGroup(group string, port int32) []ec2types.IpPermission {
	return []ec2types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port,
		UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &group}},
	}}
}

func (s *liveSite) admit(group string, rules []ec2types.IpPermission) {
	s.t.Helper()
	try(s.ec2.AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: rules,
	}))(s.t)
}

// createBalancer makes a load balancer with a target group, and the security groups between it and the tasks.
func (s *liveSite) createBalancer() {
	s.balancers, s.tasks = s.createGroup(s.vpc, "balancer"), s.createGroup(s.vpc, "tasks")
	s.admit(s.tasks, fromGroup(s.balancers, 80))
	balancing := elb.NewFromConfig(s.cfg)
	s.group = *try(balancing.CreateTargetGroup(s.t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("web"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: &s.vpc,
		TargetType: elbtypes.TargetTypeEnumIp,
	}))(s.t).TargetGroups[0].TargetGroupArn
	try(balancing.ModifyTargetGroupAttributes(s.t.Context(),
		&elb.ModifyTargetGroupAttributesInput{TargetGroupArn: &s.group,
			Attributes: []elbtypes.TargetGroupAttribute{{
				Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("5"),
			}},
		}))(s.t)
	lb := try(balancing.CreateLoadBalancer(s.t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String("web"), Subnets: s.subnets, SecurityGroups: []string{s.balancers},
		Type: elbtypes.LoadBalancerTypeEnumApplication,
	}))(s.t).LoadBalancers[0]
	if want := ".elb.localhost"; !strings.HasSuffix(*lb.DNSName, want) {
		s.t.Errorf("the load balancer's name is %s, want one that ends in %s", *lb.DNSName, want)
	}
	s.balancer = *lb.LoadBalancerArn
	try(balancing.CreateListener(s.t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &s.group}},
	}))(s.t)
}

const (
	trustOfTasks = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}`
	allowAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
)

// createRole makes a role with one inline policy.
func (s *liveSite) createRole(name, trust, policy string) string {
	s.t.Helper()
	role := try(s.iam.CreateRole(s.t.Context(), &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: &trust,
	}))(s.t).Role.Arn
	try(s.iam.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{
		RoleName: &name, PolicyName: aws.String("start-tasks"), PolicyDocument: &policy,
	}))(s.t)
	return *role
}

// serviceInput asks for a service of two tasks in the site's subnets.
func (s *liveSite) serviceInput(name, definition string, balancers ...ecstypes.LoadBalancer) *ecs.CreateServiceInput {
	return &ecs.CreateServiceInput{
		Cluster: aws.String("web"), ServiceName: &name, TaskDefinition: &definition, DesiredCount: aws.Int32(2),
		LaunchType: ecstypes.LaunchTypeFargate, LoadBalancers: balancers,
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: s.subnets, SecurityGroups: []string{s.tasks}, AssignPublicIp: ecstypes.AssignPublicIpEnabled,
		}},
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			MinimumHealthyPercent: aws.Int32(100), MaximumPercent: aws.Int32(200),
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: true},
		},
	}
}

// define registers a task definition whose image has the family's name.
func (s *liveSite) define(family, secret string) {
	s.t.Helper()
	try(s.ecs.RegisterTaskDefinition(s.t.Context(), s.definition(family, family, secret)))(s.t)
}

func (s *liveSite) definition(family, image, secret string) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: &family, Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: ecstypes.NetworkModeAwsvpc,
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		ExecutionRoleArn:        &s.execution,
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: &image, Essential: aws.Bool(true),
			PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}},
			Secrets:      []ecstypes.Secret{{Name: aws.String("PASSWORD"), ValueFrom: &secret}},
			LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs,
				Options: map[string]string{
					"awslogs-group": "web", "awslogs-region": Region, "awslogs-stream-prefix": "web",
				}},
		}},
	}
}

func (s *liveSite) describe() ecstypes.Service {
	s.t.Helper()
	return try(s.ecs.DescribeServices(s.t.Context(), &ecs.DescribeServicesInput{
		Cluster: aws.String("web"), Services: []string{"web"},
	}))(s.t).Services[0]
}

func (s *liveSite) await(what string, condition func(ecstypes.Service) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for !condition(s.describe()) {
		select {
		case <-ctx.Done():
			s.t.Fatalf("never: %s: %+v", what, s.describe().Events)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *liveSite) deployed(version string) func(ecstypes.Service) bool {
	return func(service ecstypes.Service) bool {
		return len(service.Deployments) == 1 &&
			service.Deployments[0].RolloutState == ecstypes.DeploymentRolloutStateCompleted &&
			strings.Contains(*service.TaskDefinition, version) && service.RunningCount == 2
	}
}

func (s *liveSite) update(version string) {
	s.t.Helper()
	try(s.ecs.UpdateService(s.t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("web"), Service: aws.String("web"), TaskDefinition: &version,
	}))(s.t)
}

func (s *liveSite) get() (int, string) {
	s.t.Helper()
	return s.request(http.MethodGet, "/", "")
}

// request sends a request through the load balancer.
func (s *liveSite) request(method, path, body string) (int, string) {
	s.t.Helper()
	port := fmt.Sprint(s.server.running.Status().Listeners[0].LocalPort)
	url := "http://" + net.JoinHostPort("127.0.0.1", port) + path
	request := try(http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body)))(s.t)
	response := try(http.DefaultClient.Do(request))(s.t)
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, string(try(io.ReadAll(response.Body))(s.t))
}

func TestAServiceRuns(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.await("v1", s.deployed("v1"))
	if status, body := s.get(); status != 200 || body != "v1 hunter2" {
		t.Errorf("got %d %q, want the answer of v1 with its secret", status, body)
	}

	s.update("v2")
	s.await("v2", s.deployed("v2"))
	if status, body := s.get(); status != 200 || body != "v2 hunter2" {
		t.Errorf("got %d %q, want the answer of v2", status, body)
	}

	s.update("lost")
	s.await("a rollback", func(service ecstypes.Service) bool {
		if status, body := s.get(); status != 200 || body != "v2 hunter2" {
			t.Errorf("got %d %q while a broken version was deployed, want v2", status, body)
		}
		return strings.Contains(*service.Events[0].Message, "steady state") && s.deployed("v2")(service)
	})
	stopped := try(s.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{
		Cluster: aws.String("web"), DesiredStatus: ecstypes.DesiredStatusStopped,
	}))(t).TaskArns
	tasks := try(s.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("web"),
		Tasks: stopped}))(t).Tasks
	const want = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource " +
		"retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved " +
		"secret from Secrets Manager did not contain json key no-such-key"
	failed := 0
	for _, task := range tasks {
		if task.StopCode != ecstypes.TaskStopCodeTaskFailedToStart {
			continue
		}
		failed++
		if got := aws.ToString(task.StoppedReason); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if failed == 0 {
		t.Error("no task failed to start")
	}
}
