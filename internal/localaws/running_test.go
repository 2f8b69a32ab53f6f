package localaws

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
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
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"webapp/internal/localaws/engine"
)

// inline is an engine whose containers are web servers of this process. They answer their image and a variable.
type inline struct{}

func (inline) Close() error { return nil }

func (inline) Start(_ context.Context, c engine.Container) (engine.Running, error) {
	c.Log("listening")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s %s", c.Image, c.Environment["PASSWORD"])
	}))
	return &inlineContainer{server: server, exited: make(chan struct{})}, nil
}

type inlineContainer struct {
	server *httptest.Server
	exited chan struct{}
}

func (c *inlineContainer) ID() string              { return "inline" }
func (c *inlineContainer) Address(int) string      { return c.server.Listener.Addr().String() }
func (c *inlineContainer) IP() string              { return "127.0.0.1" }
func (c *inlineContainer) OutOfMemory() bool       { return false }
func (c *inlineContainer) StandIn() bool           { return true }
func (c *inlineContainer) Exited() <-chan struct{} { return c.exited }
func (c *inlineContainer) ExitCode() int           { return 143 }
func (c *inlineContainer) Stop(time.Duration) {
	c.server.Close()
	close(c.exited)
}
func (c *inlineContainer) Run(context.Context, []string) (int, error) { return 0, nil }
func (c *inlineContainer) Usage() (time.Duration, int64)              { return 0, 0 }

// liveSite is a service behind a load balancer, made by the API alone.
type liveSite struct {
	t       *testing.T
	server  *Server
	ecs     *ecs.Client
	cfg     aws.Config
	service string
	subnets []string
}

func startSite(t *testing.T) *liveSite {
	t.Helper()
	server := try(Start(t.Context(), project, Running(inline{}, 10*time.Millisecond)))(t)
	t.Cleanup(func() { wantStopped(t, server) })
	cfg := Config(server.URL())
	s := &liveSite{t: t, server: server, cfg: cfg, ecs: ecs.NewFromConfig(cfg)}
	network := ec2.NewFromConfig(cfg)
	vpc := try(network.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId
	for i, zone := range []string{"eu-west-1a", "eu-west-1b"} {
		made := try(network.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
			VpcId: vpc, CidrBlock: aws.String(fmt.Sprintf("10.0.%d.0/24", i)), AvailabilityZone: &zone,
		}))(t)
		s.subnets = append(s.subnets, *made.Subnet.SubnetId)
	}
	balancing := elb.NewFromConfig(cfg)
	group := try(balancing.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("web"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: vpc,
		TargetType: elbtypes.TargetTypeEnumIp,
	}))(t).TargetGroups[0].TargetGroupArn
	try(balancing.ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: group,
		Attributes: []elbtypes.TargetGroupAttribute{{
			Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("5"),
		}},
	}))(t)
	lb := try(balancing.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String("web"), Subnets: s.subnets, Type: elbtypes.LoadBalancerTypeEnumApplication,
	}))(t).LoadBalancers[0]
	if want := ".elb.localhost"; !strings.HasSuffix(*lb.DNSName, want) {
		t.Errorf("the load balancer's name is %s, want one that ends in %s", *lb.DNSName, want)
	}
	try(balancing.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: group}},
	}))(t)
	secret := try(secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("db"), SecretString: aws.String(`{"password": "hunter2"}`),
	}))(t).ARN
	try(cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String("web"),
	}))(t)
	groups := try(network.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}},
	}))(t).SecurityGroups
	s.define("v1", *secret+":password::")
	s.define("v2", *secret+":password::")
	s.define("lost", *secret+":no-such-key::")
	try(s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("web")}))(t)
	s.service = *try(s.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("web"), ServiceName: aws.String("web"), TaskDefinition: aws.String("v1"), DesiredCount: aws.Int32(2),
		LaunchType: ecstypes.LaunchTypeFargate,
		LoadBalancers: []ecstypes.LoadBalancer{{
			TargetGroupArn: group, ContainerName: aws.String("web"), ContainerPort: aws.Int32(80),
		}},
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: s.subnets, SecurityGroups: []string{*groups[0].GroupId},
		}},
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			MinimumHealthyPercent: aws.Int32(100), MaximumPercent: aws.Int32(200),
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: true},
		},
	}))(t).Service.ServiceArn
	return s
}

// define registers a task definition whose image has the family's name.
func (s *liveSite) define(family, secret string) {
	s.t.Helper()
	try(s.ecs.RegisterTaskDefinition(s.t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &family, Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: ecstypes.NetworkModeAwsvpc,
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		ExecutionRoleArn:        aws.String("arn:aws:iam::123456789012:role/execution"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: &family, Essential: aws.Bool(true),
			PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}},
			Secrets:      []ecstypes.Secret{{Name: aws.String("PASSWORD"), ValueFrom: &secret}},
			LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs, Options: map[string]string{
				"awslogs-group": "web", "awslogs-region": Region, "awslogs-stream-prefix": "web",
			}},
		}},
	}))(s.t)
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
		return len(service.Deployments) == 1 && service.Deployments[0].RolloutState == ecstypes.DeploymentRolloutStateCompleted &&
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
	port := s.server.running.Status().Listeners[0].LocalPort
	response := try(http.Get(fmt.Sprintf("http://%s/", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)))))(s.t)
	defer response.Body.Close()
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
	tasks := try(s.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("web"), Tasks: stopped}))(t).Tasks
	const want = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: " +
		"retrieved secret from Secrets Manager did not contain json key no-such-key"
	if !slices.ContainsFunc(tasks, func(task ecstypes.Task) bool { return aws.ToString(task.StoppedReason) == want }) {
		t.Errorf("no task of %d says that it stopped because: %s", len(tasks), want)
	}
}
