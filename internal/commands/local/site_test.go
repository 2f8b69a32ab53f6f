package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
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

	"webapp/internal/localaws"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
)

// site is an actual local AWS on which two services run: web, two tasks behind a load balancer that log to CloudWatch,
// and worker, a task with neither. A minute of it lasts a second.
type site struct {
	folder string // of the local AWS
	serve  *exec.Cmd
	output bytes.Buffer // of serve, once it has ended
	cfg    aws.Config
}

// theSite is that of all tests of the package. TestMain closes it.
var theSite struct {
	once sync.Once
	site *site
	err  error
}

func startSite(t *testing.T) *site {
	t.Helper()
	theSite.once.Do(func() { theSite.site, theSite.err = newSite() })
	if theSite.err != nil {
		t.Fatal(theSite.err)
	}
	return theSite.site
}

func closeSite() error {
	s := theSite.site
	if s == nil {
		return nil
	}
	err := s.serve.Process.Signal(syscall.SIGTERM)
	if ended := s.serve.Wait(); ended != nil {
		err = errors.Join(err, fmt.Errorf("%w\n%s", ended, &s.output))
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

func newSite() (*site, error) {
	folder, err := os.MkdirTemp("", "site-")
	if err != nil {
		return nil, err
	}
	s := &site{folder: folder, serve: exec.Command(built, "local", "serve", "--folder", folder, "--minute", "1s")}
	s.serve.Dir = "../../.." // where moto may be installed
	s.serve.Env = append(os.Environ(), "DOCKER_HOST=unix://"+filepath.Join(folder, "no-docker.sock"))
	s.serve.Stdout, s.serve.Stderr = &s.output, &s.output
	if err := s.serve.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	found, err := Home(folder).waitFor(ctx, nil)
	if err != nil {
		return s, err
	}
	s.cfg = localaws.Config(found.URL)
	if err := s.create(ctx); err != nil {
		return s, err
	}
	return s, found.await(ctx, func(status live.Status) bool {
		steady := 0
		for _, one := range status.Services {
			if one.Rollout == scheduler.Completed && healthyTasks(one) == one.Desired {
				steady++
			}
		}
		return steady == 2
	})
}

// made is what an AWS call returns. After an error nothing else is called.
func made[T any](err *error, call func() (T, error)) T {
	if *err != nil {
		return *new(T)
	}
	result, failed := call()
	*err = failed
	return result
}

// create makes the services by the API alone.
func (s *site) create(ctx context.Context) (err error) {
	in := ec2.NewFromConfig(s.cfg)
	vpc := made(&err, func() (*ec2.CreateVpcOutput, error) {
		return in.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
	})
	if err != nil {
		return err
	}
	subnets, err := createSubnets(ctx, in, vpc.Vpc.VpcId)
	if err != nil {
		return err
	}
	group := made(&err, func() (*ec2.CreateSecurityGroupOutput, error) {
		return in.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{VpcId: vpc.Vpc.VpcId,
			GroupName: aws.String("site"), Description: aws.String("of the load balancer and the tasks")})
	})
	if err != nil {
		return err
	}
	made(&err, func() (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
		return in.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group.GroupId,
			IpPermissions: []ec2types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80),
				ToPort: aws.Int32(80), UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: group.GroupId}}}}})
	})
	security := []string{*group.GroupId}
	target, err := createBalancer(ctx, elb.NewFromConfig(s.cfg), vpc.Vpc.VpcId, subnets, security)
	if err != nil {
		return err
	}
	return s.createServices(ctx, subnets, security, target)
}

// createSubnets makes two subnets that lead to the internet.
func createSubnets(ctx context.Context, in *ec2.Client, vpc *string) (subnets []string, err error) {
	gateway := made(&err, func() (*ec2.CreateInternetGatewayOutput, error) { return in.CreateInternetGateway(ctx, nil) })
	table := made(&err, func() (*ec2.CreateRouteTableOutput, error) {
		return in.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: vpc})
	})
	if err != nil {
		return nil, err
	}
	id := gateway.InternetGateway.InternetGatewayId
	made(&err, func() (*ec2.AttachInternetGatewayOutput, error) {
		return in.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: id})
	})
	made(&err, func() (*ec2.CreateRouteOutput, error) {
		return in.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table.RouteTable.RouteTableId, GatewayId: id,
			DestinationCidrBlock: aws.String("0.0.0.0/0")})
	})
	for i, zone := range []string{"eu-west-1a", "eu-west-1b"} {
		subnet := made(&err, func() (*ec2.CreateSubnetOutput, error) {
			return in.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc, AvailabilityZone: &zone,
				CidrBlock: aws.String(fmt.Sprintf("10.0.%d.0/24", i))})
		})
		if err != nil {
			return nil, err
		}
		subnets = append(subnets, *subnet.Subnet.SubnetId)
		made(&err, func() (*ec2.AssociateRouteTableOutput, error) {
			return in.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{
				RouteTableId: table.RouteTable.RouteTableId, SubnetId: subnet.Subnet.SubnetId})
		})
	}
	return subnets, err
}

// createBalancer makes a load balancer with a listener, and returns its target group.
func createBalancer(
	ctx context.Context, in *elb.Client, vpc *string, subnets, security []string,
) (target string, err error) {
	group := made(&err, func() (*elb.CreateTargetGroupOutput, error) {
		return in.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: aws.String("web"), VpcId: vpc,
			Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), TargetType: elbtypes.TargetTypeEnumIp})
	})
	balancer := made(&err, func() (*elb.CreateLoadBalancerOutput, error) {
		return in.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: subnets,
			SecurityGroups: security, Type: elbtypes.LoadBalancerTypeEnumApplication})
	})
	if err != nil {
		return "", err
	}
	target = *group.TargetGroups[0].TargetGroupArn
	made(&err, func() (*elb.CreateListenerOutput, error) {
		return in.CreateListener(ctx, &elb.CreateListenerInput{
			LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Port: aws.Int32(80),
			Protocol: elbtypes.ProtocolEnumHttp, DefaultActions: []elbtypes.Action{
				{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &target}}})
	})
	return target, err
}

const (
	trustOfTasks = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}`
	allowAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
)

func (s *site) createServices(ctx context.Context, subnets, security []string, target string) (err error) {
	roles := iam.NewFromConfig(s.cfg)
	role := made(&err, func() (*iam.CreateRoleOutput, error) {
		return roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("tasks"),
			AssumeRolePolicyDocument: aws.String(trustOfTasks)})
	})
	made(&err, func() (*iam.PutRolePolicyOutput, error) {
		return roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("tasks"),
			PolicyName: aws.String("start"), PolicyDocument: aws.String(allowAll)})
	})
	made(&err, func() (*cloudwatchlogs.CreateLogGroupOutput, error) {
		return cloudwatchlogs.NewFromConfig(s.cfg).CreateLogGroup(ctx,
			&cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/sites/web")})
	})
	tasks := ecs.NewFromConfig(s.cfg)
	made(&err, func() (*ecs.CreateClusterOutput, error) {
		return tasks.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("site")})
	})
	if err != nil {
		return err
	}
	logs := &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs, Options: map[string]string{
		"awslogs-group": "/sites/web", "awslogs-region": localaws.Region, "awslogs-stream-prefix": "ecs",
	}}
	for _, one := range []struct {
		name      string
		tasks     int32
		logs      *ecstypes.LogConfiguration
		balancers []ecstypes.LoadBalancer
	}{
		{"web", 2, logs, []ecstypes.LoadBalancer{
			{TargetGroupArn: &target, ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}}},
		{"worker", 1, nil, nil},
	} {
		made(&err, func() (*ecs.RegisterTaskDefinitionOutput, error) {
			return tasks.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{Family: &one.name,
				Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: ecstypes.NetworkModeAwsvpc,
				RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
				ExecutionRoleArn:        role.Role.Arn, ContainerDefinitions: []ecstypes.ContainerDefinition{{
					Name: &one.name, Image: &one.name, Essential: aws.Bool(true), LogConfiguration: one.logs,
					PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}},
					Environment: []ecstypes.KeyValuePair{{Name: aws.String("STANDIN_LATENCY"),
						Value: aws.String("5ms")}},
				}}})
		})
		made(&err, func() (*ecs.CreateServiceOutput, error) {
			return tasks.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("site"), ServiceName: &one.name,
				TaskDefinition: &one.name, DesiredCount: &one.tasks, LaunchType: ecstypes.LaunchTypeFargate,
				LoadBalancers: one.balancers, NetworkConfiguration: &ecstypes.NetworkConfiguration{
					AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: subnets, SecurityGroups: security,
						AssignPublicIp: ecstypes.AssignPublicIpEnabled}}})
		})
	}
	return err
}

// command is `webapp local NAME` on the site, from another folder.
func (s *site) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), built, append([]string{"local", name, "--folder", s.folder}, args...)...)
	command.Dir = t.TempDir()
	return command
}

// run returns what a command prints, and its exit code.
func (s *site) run(t *testing.T, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	command := s.command(t, name, args...)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	_ = command.Run() // the exit code says it
	return out.String(), problems.String(), command.ProcessState.ExitCode()
}
