package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"webapp/internal/adopt"
	"webapp/internal/inventory"
	"webapp/internal/localaws"
	"webapp/settings"
)

// shop is what a person writes for a service that runs already: most of it, but not the names, and no tags, which it
// has none of.
const shop = `
name: shop
aws: {tags: {Application: "", SettingsFile: ""}}
network: {new: {name: production, cidr: 10.20.0.0/16}}
container: {image: "nginx:1.27", ports: [80]}
loadBalancer: {port: 80}
scaling: {min: 2, max: 6, cpu: {percent: 70}}
`

// TestServiceMadeByHandIsAdopted takes over a VPC, a load balancer, a cluster and a service with other names, ranges
// and values than the stack would give them, by what the program says, and nothing of it is touched.
func TestServiceMadeByHandIsAdopted(t *testing.T) {
	d := newDeployment(t)
	makeShop(t, d.aws)
	before := everything(t, d.aws)

	file := filepath.Join(t.TempDir(), "webapp.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(shop)
	d.synthesizeText(shop) // so that the warm provider has its types
	overrides, _ := d.adopt(file, "--cluster", "production", "--ecs-service", "shop-web")
	write(shop + overrides)
	more, told := d.adopt(file, "--cluster", "production", "--ecs-service", "shop-web")
	if more != "" {
		t.Errorf("with the overrides in the settings, there are more of them:\n%s", more)
	}
	for _, want := range []string{
		// What the hand has not made; and the zones share a route table, as they go on to.
		"aws_iam_role.task_task-role_", "aws_vpc_endpoint.network_s3_",
		"aws_vpc_security_group_egress_rule.service_security-group_load-balancer-80_out_",
		"aws_route_table.network_private_b_route-table_", "aws_route.network_private_b_route_",
		"Terraform would take over 33, create 8, and replace and destroy nothing.\n" +
			"It would change these only in what AWS does not store, such as whether Terraform waits for them:\n  " +
			"aws_ecs_service.service_6D174F83\nTake it over",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not tell %q", want)
		}
	}

	if err := d.stack.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := everything(t, d.aws)
	for kind, ids := range before {
		for _, id := range ids {
			if !slices.Contains(after[kind], id) {
				t.Errorf("the %s %s is gone", kind, id)
			}
		}
	}
	found, err := inventory.Read(t.Context(), d.aws, "production", "shop-web")
	if err != nil {
		t.Fatal(err)
	}
	if found.Service.DesiredCount != 3 || found.Task.Revision != 1 {
		t.Errorf("%d tasks of revision %d run, want 3 of 1", found.Service.DesiredCount, found.Task.Revision)
	}
	wantTasks(t, found, ecstypes.AssignPublicIpDisabled, "10.20.2.0/24", "10.20.3.0/24")
	wantZones(t, found, "10.20.0.0/24", "10.20.1.0/24")
	wantScaling(t, found, 2, 6,
		map[scalingtypes.MetricType]float64{scalingtypes.MetricTypeECSServiceAverageCPUUtilization: 65})
	d.wantNoChange()
}

// settingsFile is a settings file with some of its text replaced, for programs to read.
func (d *deployment) settingsFile(file string, replacements ...string) string {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(path, read(d.t, file, replacements), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// findAgain takes Terraform's state away, and adopts what it knew of. Whatever was not found again is there still when
// the stack is destroyed.
func (d *deployment) findAgain(file string) {
	d.t.Helper()
	states, err := filepath.Glob(filepath.Join(d.folder, "terraform.*.tfstate*"))
	if err != nil || len(states) == 0 {
		d.t.Fatalf("found no state to delete: %v", err)
	}
	for _, state := range states {
		if err := os.Remove(state); err != nil {
			d.t.Fatal(err)
		}
	}
	if overrides, _ := d.adopt(file); overrides != "" {
		d.t.Errorf("what the stack itself has made needs overrides:\n%s", overrides)
	}
	if err := d.stack.Apply(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(d.stackFolder, adopt.ImportsFile)); err != nil {
		d.t.Fatal(err)
	}
}

// adopt runs the program that writes import blocks, and returns the overrides that it asks for, and what else it tells.
func (d *deployment) adopt(file string, args ...string) (overrides, told string) {
	d.t.Helper()
	outdir := filepath.Join(d.folder, "cdktf.out")
	program := exec.CommandContext(d.t.Context(), webapp(d.t),
		append([]string{"adopt", "--settings", file, "--outdir", outdir}, args...)...)
	program.Dir = project
	program.Env = environ(d.server.URL(), onPath(d.terraform(d.server.URL())))
	var out, stderr bytes.Buffer
	program.Stdout, program.Stderr = &out, &stderr
	err := program.Run()
	d.t.Logf("adopt says:\n%s%s", &stderr, &out)
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := settings.Load(file, settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.settings = all[0]
	d.enter(outdir)
	return out.String(), stderr.String()
}

// makeShop makes a service as they are found: with names of somebody's choice, one route table for all private subnets,
// a managed policy, and values of its own.
func makeShop(t *testing.T, cfg aws.Config) {
	t.Helper()
	v := createVPC(t, cfg, "production")
	subnets := v.subnetsByRange()
	public := []string{subnets["10.20.0.0/24"], subnets["10.20.1.0/24"]}
	private := []string{subnets["10.20.2.0/24"], subnets["10.20.3.0/24"]}
	balancerGroup, taskGroup := v.group("shop-alb"), v.group("shop-tasks")
	v.admit(balancerGroup,
		ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0"), Description: aws.String("web")}}})
	v.admit(taskGroup,
		ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80),
			UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &balancerGroup}}})

	balancing := elb.NewFromConfig(cfg)
	balancer := must(balancing.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String("shop"), Subnets: public, SecurityGroups: []string{balancerGroup},
	}))(t).LoadBalancers[0]
	// AWS has these by default, and the local AWS tells of them only where they were set.
	var attributes []elbtypes.LoadBalancerAttribute
	for key, value := range map[string]string{
		"idle_timeout.timeout_seconds": "60", "client_keep_alive.seconds": "3600", "routing.http2.enabled": "true",
		"routing.http.desync_mitigation_mode": "defensive", "routing.http.drop_invalid_header_fields.enabled": "false",
		"routing.http.xff_header_processing.mode": "append", "routing.http.preserve_host_header.enabled": "false",
		"routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
		"routing.http.xff_client_port.enabled":                     "false",
		"waf.fail_open.enabled":                                    "false", "zonal_shift.config.enabled": "false",
		"connection_logs.s3.enabled": "false",
	} {
		attributes = append(attributes, elbtypes.LoadBalancerAttribute{Key: &key, Value: &value})
	}
	must(balancing.ModifyLoadBalancerAttributes(t.Context(), &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Attributes: attributes,
	}))(t)
	group := must(balancing.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("shop-web"), VpcId: &v.id, TargetType: elbtypes.TargetTypeEnumIp,
		Protocol: elbtypes.ProtocolEnumHttp,
		Port:     aws.Int32(80), HealthCheckPath: aws.String("/healthz"), HealthCheckIntervalSeconds: aws.Int32(15),
	}))(t).TargetGroups[0]
	must(balancing.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: group.TargetGroupArn}},
	}))(t)

	must(cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(t.Context(),
		&cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/shop/web")}))(t)
	roles := iam.NewFromConfig(cfg)
	role := must(roles.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("shop-execution"), Path: aws.String("/service/"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	}))(t).Role
	must(roles.PutRolePolicy(t.Context(),
		&iam.PutRolePolicyInput{RoleName: role.RoleName, PolicyName: aws.String("own"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*",` +
				`"Resource":"arn:aws:logs:*:*:log-group:/shop/${aws:PrincipalTag/team}"}]}`),
		}))(t)

	containers := ecs.NewFromConfig(cfg)
	must(containers.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("production")}))(t)
	task := must(containers.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("shop-web"), Cpu: aws.String("256"), Memory: aws.String("512"),
		NetworkMode:             ecstypes.NetworkModeAwsvpc,
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate}, ExecutionRoleArn: role.Arn,
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("nginx:1.27"), Essential: aws.Bool(true),
			PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80), HostPort: aws.Int32(80),
				Protocol: ecstypes.TransportProtocolTcp}},
			Environment: []ecstypes.KeyValuePair{{Name: aws.String("TEMPLATE"), Value: aws.String("${HOME}")}},
			LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs,
				Options: map[string]string{
					"awslogs-group": "/shop/web", "awslogs-region": localaws.Region, "awslogs-stream-prefix": "web",
				}},
		}},
	}))(t).TaskDefinition
	must(containers.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("production"), ServiceName: aws.String("shop-web"), TaskDefinition: task.TaskDefinitionArn,
		DesiredCount: aws.Int32(3), LaunchType: ecstypes.LaunchTypeFargate, PlatformVersion: aws.String("LATEST"),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{MaximumPercent: aws.Int32(150),
			MinimumHealthyPercent: aws.Int32(100)},
		AvailabilityZoneRebalancing: ecstypes.AvailabilityZoneRebalancingDisabled,
		LoadBalancers: []ecstypes.LoadBalancer{{TargetGroupArn: group.TargetGroupArn,
			ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}},
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: private, SecurityGroups: []string{taskGroup}, AssignPublicIp: ecstypes.AssignPublicIpDisabled,
		}},
	}))(t)
	scaling := applicationautoscaling.NewFromConfig(cfg)
	must(scaling.RegisterScalableTarget(t.Context(), &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace:  scalingtypes.ServiceNamespaceEcs,
		ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
		ResourceId:        aws.String("service/production/shop-web"),
		MinCapacity:       aws.Int32(2), MaxCapacity: aws.Int32(6),
	}))(t)
	must(scaling.PutScalingPolicy(t.Context(), &applicationautoscaling.PutScalingPolicyInput{
		ServiceNamespace:  scalingtypes.ServiceNamespaceEcs,
		ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
		ResourceId:        aws.String("service/production/shop-web"), PolicyName: aws.String("busy"),
		PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: aws.Float64(65),
			PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
				PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization,
			},
		},
	}))(t)
}

func (v existingVPC) group(name string) string {
	v.t.Helper()
	return *must(v.client.CreateSecurityGroup(v.t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("made by hand"), VpcId: &v.id,
	}))(v.t).GroupId
}

func (v existingVPC) admit(group string, permission ec2types.IpPermission) {
	v.t.Helper()
	must(v.client.AuthorizeSecurityGroupIngress(v.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []ec2types.IpPermission{permission},
	}))(v.t)
}
