package localaws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// TestRefused asks for what AWS refuses.
func TestRefused(t *testing.T) {
	server := startShared(t)
	cfg := Config(server.URL())
	unchecked := Config("http://" + server.fork.address)
	t.Run("load balancing", func(t *testing.T) { testRefusedBalancing(t, cfg, unchecked) })
	t.Run("trust stores", func(t *testing.T) { testRefusedTrustStores(t, cfg) })
	t.Run("network", func(t *testing.T) { testRefusedNetwork(t, cfg) })
	t.Run("services", func(t *testing.T) { testRefusedServices(t, cfg) })
	t.Run("IAM", func(t *testing.T) { testRefusedIAM(t, cfg) })
	t.Run("DNS", func(t *testing.T) { testRefusedDNS(t, cfg) })
	t.Run("schedules", func(t *testing.T) { testRefusedSchedules(t, cfg) })
	t.Run("names", func(t *testing.T) { testRefusedNames(t, cfg) })
}

// site is a VPC with two subnets in two zones and a security group.
type site struct {
	vpc, group string
	subnets    []string
}

func newSite(t *testing.T, cfg aws.Config, name string) site {
	t.Helper()
	ctx, client := t.Context(), ec2.NewFromConfig(cfg)
	s := site{vpc: *try(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId}
	for i, zone := range []string{"a", "b"} {
		s.subnets = append(s.subnets, *try(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: &s.vpc, CidrBlock: aws.String(fmt.Sprintf("10.0.%d.0/24", i)),
			AvailabilityZone: aws.String(Region + zone),
		}))(t).Subnet.SubnetId)
	}
	s.group = *try(client.CreateSecurityGroup(ctx,
		&ec2.CreateSecurityGroupInput{GroupName: &name, Description: &name, VpcId: &s.vpc}))(t).GroupId
	return s
}

func (s site) loadBalancer(t *testing.T, cfg aws.Config, name string) string {
	t.Helper()
	return *try(elb.NewFromConfig(cfg).CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
		Name: &name, Subnets: s.subnets, SecurityGroups: []string{s.group},
	}))(t).LoadBalancers[0].LoadBalancerArn
}

func (s site) targetGroup(t *testing.T, cfg aws.Config, name string) string {
	t.Helper()
	return *try(elb.NewFromConfig(cfg).CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: &name, VpcId: &s.vpc, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
		TargetType: elbtypes.TargetTypeEnumIp,
	}))(t).TargetGroups[0].TargetGroupArn
}

func forwardTo(groups ...string) []elbtypes.Action {
	forward := &elbtypes.ForwardActionConfig{}
	for _, group := range groups {
		forward.TargetGroups = append(forward.TargetGroups,
			elbtypes.TargetGroupTuple{TargetGroupArn: &group, Weight: aws.Int32(1)})
	}
	return []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, ForwardConfig: forward}}
}

func listen(t *testing.T, cfg aws.Config, balancer string, number int32, actions []elbtypes.Action) (string, error) {
	t.Helper()
	made, err := elb.NewFromConfig(cfg).CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: &balancer, Port: &number, Protocol: elbtypes.ProtocolEnumHttp, DefaultActions: actions,
	})
	if err != nil {
		return "", err
	}
	return *made.Listeners[0].ListenerArn, nil
}

func testRefusedBalancing(t *testing.T, cfg, unchecked aws.Config) {
	ctx, client := t.Context(), elb.NewFromConfig(cfg)
	here, elsewhere := newSite(t, cfg, "here"), newSite(t, cfg, "elsewhere")

	_, err := client.CreateLoadBalancer(ctx,
		&elb.CreateLoadBalancerInput{Name: aws.String("a"), Subnets: here.subnets[:1]})
	wantRefused(t, err, "ValidationError", "At least two subnets in two different Availability Zones must be specified")
	_, err = client.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("a"), Subnets: here.subnets,
		SecurityGroups: []string{elsewhere.group}})
	wantRefused(t, err, "InvalidConfigurationRequest", "One or more security groups are invalid")
	balancer, other := here.loadBalancer(t, cfg, "balancer"), here.loadBalancer(t, cfg, "other")
	_, err = client.SetSubnets(ctx, &elb.SetSubnetsInput{LoadBalancerArn: &balancer, Subnets: elsewhere.subnets})
	wantRefused(t, err, "InvalidConfigurationRequest",
		fmt.Sprintf("The subnet '%s' is not in VPC '%s'", elsewhere.subnets[0], here.vpc))

	group, distant := here.targetGroup(t, cfg, "group"), elsewhere.targetGroup(t, cfg, "distant")
	listener := try(listen(t, cfg, balancer, 80, forwardTo(group)))(t)
	login := append([]elbtypes.Action{{Type: elbtypes.ActionTypeEnumAuthenticateCognito, Order: aws.Int32(1),
		AuthenticateCognitoConfig: &elbtypes.AuthenticateCognitoActionConfig{
			UserPoolArn:      aws.String("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123"),
			UserPoolClientId: aws.String("c0123"), UserPoolDomain: aws.String("shop")}}}, forwardTo(group)...)
	login[1].Order = aws.Int32(2)
	const onlyHTTPS = "Actions of type 'authenticate-cognito' are supported only on HTTPS listeners"
	_, err = listen(t, cfg, balancer, 83, login)
	wantRefused(t, err, "InvalidLoadBalancerAction", onlyHTTPS)
	_, err = client.ModifyListener(ctx, &elb.ModifyListenerInput{ListenerArn: &listener, DefaultActions: login})
	wantRefused(t, err, "InvalidLoadBalancerAction", onlyHTTPS)
	_, err = client.CreateRule(ctx, &elb.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(1), Actions: login,
		Conditions: []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/a"}}}})
	wantRefused(t, err, "InvalidLoadBalancerAction", onlyHTTPS)
	_, err = listen(t, cfg, balancer, 80, forwardTo(group))
	duplicate := fmt.Sprintf("A listener already exists on this port for this load balancer '%s'", balancer)
	wantRefused(t, err, "DuplicateListener", duplicate)
	second := try(listen(t, cfg, balancer, 81, forwardTo(group)))(t)
	_, err = client.ModifyListener(ctx, &elb.ModifyListenerInput{ListenerArn: &second, Port: aws.Int32(80)})
	wantRefused(t, err, "DuplicateListener", duplicate)
	_, err = listen(t, cfg, balancer, 82, forwardTo(group, distant))
	wantRefused(t, err, "InvalidConfigurationRequest", fmt.Sprintf("Target group '%s' is in a different VPC than "+
		"load balancer '%s'", distant, balancer))
	_, err = listen(t, cfg, other, 80, forwardTo(group))
	wantRefused(t, err, "TargetGroupAssociationLimit", "The following target groups cannot be associated with more "+
		"than one load balancer: "+group)
	_, err = client.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &group})
	wantRefused(t, err, "ResourceInUse",
		fmt.Sprintf("The target group '%s' is currently in use by a listener or a rule", group))

	rule := func(cfg aws.Config, priority int32, paths ...string) error {
		_, err := elb.NewFromConfig(cfg).CreateRule(ctx, &elb.CreateRuleInput{
			ListenerArn: &listener, Priority: &priority, Actions: forwardTo(group),
			Conditions: []elbtypes.RuleCondition{{
				Field:             aws.String("path-pattern"),
				PathPatternConfig: &elbtypes.PathPatternConditionConfig{Values: paths},
			}},
		})
		return err
	}
	wantRefused(t, rule(cfg, 1, "/1", "/2", "/3", "/4", "/5", "/6"), "ValidationError", "A rule can only have '5' "+
		"condition values")
	wantRefused(t, rule(cfg, 1, "/*/*/*", "/*/*/*"), "ValidationError", "A rule can only have '5' condition wildcards")
	if err := rule(cfg, 1, "/1", "/2", "/3", "/4", "/5"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, rule(cfg, 1, "/a"), "PriorityInUse", "The specified priority is in use.")
	for others := range int32(rulesPerLoadBalancer - 1) {
		if err := rule(unchecked, others+2, "/a"); err != nil {
			t.Fatal(err)
		}
	}
	wantRefused(t, rule(cfg, 200, "/a"), "TooManyRules",
		"The maximum number of rules on load balancer '"+balancer+"' has been reached")
}

// testRefusedTrustStores: a trust store is of a file with certificates, and is not deleted while a listener uses it.
func testRefusedTrustStores(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), elb.NewFromConfig(cfg)
	files := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key, name := "authorities", "clients.pem", "clients"
	try(files.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: Region}}))(t)
	create := func() (*elb.CreateTrustStoreOutput, error) {
		return client.CreateTrustStore(ctx, &elb.CreateTrustStoreInput{
			Name: &name, CaCertificatesBundleS3Bucket: &bucket, CaCertificatesBundleS3Key: &key})
	}
	put := func(text string) {
		try(files.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)}))(t)
	}
	_, err := create()
	wantRefused(t, err, "CaCertificatesBundleNotFound", "The CA certificates bundle s3://authorities/clients.pem was not "+
		"found")
	put("nothing")
	_, err = create()
	wantRefused(t, err, "InvalidCaCertificatesBundle", "The CA certificates bundle s3://authorities/clients.pem has no "+
		"certificates")
	put("-----BEGIN CERTIFICATE-----")
	store := try(create())(t).TrustStores[0]
	_, err = create()
	wantRefused(t, err, "DuplicateTrustStoreName", "A trust store with the name 'clients' already exists")

	here := newSite(t, cfg, "trust-stores")
	balancer, group := here.loadBalancer(t, cfg, "trusting"), here.targetGroup(t, cfg, "trusted")
	certificate := try(acm.NewFromConfig(cfg).RequestCertificate(ctx,
		&acm.RequestCertificateInput{DomainName: aws.String("example.com")}))(t).CertificateArn
	listener := try(client.CreateListener(ctx, &elb.CreateListenerInput{LoadBalancerArn: &balancer, Port: aws.Int32(443),
		Protocol: elbtypes.ProtocolEnumHttps, Certificates: []elbtypes.Certificate{{CertificateArn: certificate}},
		DefaultActions: forwardTo(group), MutualAuthentication: &elbtypes.MutualAuthenticationAttributes{
			Mode: aws.String("verify"), TrustStoreArn: store.TrustStoreArn},
	}))(t).Listeners[0]
	if got := listener.MutualAuthentication; got == nil || aws.ToString(got.Mode) != "verify" {
		t.Errorf("the listener has %v", got)
	}
	users := try(client.DescribeTrustStoreAssociations(ctx, &elb.DescribeTrustStoreAssociationsInput{
		TrustStoreArn: store.TrustStoreArn}))(t).TrustStoreAssociations
	if len(users) != 1 || *users[0].ResourceArn != *listener.ListenerArn {
		t.Errorf("the trust store is used by %v", users)
	}
	_, err = client.DeleteTrustStore(ctx, &elb.DeleteTrustStoreInput{TrustStoreArn: store.TrustStoreArn})
	wantRefused(t, err, "TrustStoreInUse", "The trust store is currently in use by a listener")
	try(client.ModifyListener(ctx, &elb.ModifyListenerInput{ListenerArn: listener.ListenerArn,
		MutualAuthentication: &elbtypes.MutualAuthenticationAttributes{Mode: aws.String("off")}}))(t)
	try(client.DeleteTrustStore(ctx, &elb.DeleteTrustStoreInput{TrustStoreArn: store.TrustStoreArn}))(t)
	_, err = client.DescribeTrustStores(ctx, &elb.DescribeTrustStoresInput{TrustStoreArns: []string{*store.TrustStoreArn}})
	wantRefused(t, err, "TrustStoreNotFound", "One or more trust stores not found")
}

func testRefusedNetwork(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), ec2.NewFromConfig(cfg)
	here := newSite(t, cfg, "network")
	gateway := try(client.CreateInternetGateway(ctx, nil))(t).InternetGateway.InternetGatewayId
	try(client.AttachInternetGateway(ctx,
		&ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &here.vpc}))(t)
	address := try(client.AllocateAddress(ctx, nil))(t).AllocationId
	try(client.CreateNatGateway(ctx, &ec2.CreateNatGatewayInput{SubnetId: &here.subnets[0], AllocationId: address}))(t)

	_, err := client.CreateNatGateway(ctx,
		&ec2.CreateNatGatewayInput{SubnetId: &here.subnets[1], AllocationId: address})
	wantRefused(t, err, "Resource.AlreadyAssociated", "Elastic IP address ["+*address+"] is already associated")
	_, err = client.ReleaseAddress(ctx, &ec2.ReleaseAddressInput{AllocationId: address})
	wantRefused(t, err, "InvalidIPAddress.InUse", "The address with allocation id ["+*address+"] is in use.")
	_, err = client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &here.subnets[0]})
	wantRefused(t, err, "DependencyViolation", "The subnet '"+here.subnets[0]+"' has dependencies and cannot be "+
		"deleted.")
	_, err = client.DetachInternetGateway(ctx,
		&ec2.DetachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &here.vpc})
	wantRefused(t, err, "DependencyViolation", "Network "+here.vpc+" has some mapped public address(es). Please "+
		"unmap those public address(es) before detaching the gateway.")
	_, err = client.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: &here.vpc})
	wantRefused(t, err, "DependencyViolation", "The vpc '"+here.vpc+"' has dependencies and cannot be deleted.")

	balanced := newSite(t, cfg, "balanced")
	balanced.loadBalancer(t, cfg, "network")
	inUse := "resource " + balanced.group + " has a dependent object"
	_, err = client.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &balanced.group})
	wantRefused(t, err, "DependencyViolation", inUse)
	_, err = client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &balanced.subnets[1]})
	wantRefused(t, err, "DependencyViolation", "The subnet '"+balanced.subnets[1]+"' has dependencies and cannot be "+
		"deleted.")

	admit := func(permission ec2types.IpPermission) error {
		permission.IpProtocol, permission.FromPort, permission.ToPort = aws.String("tcp"), aws.Int32(80), aws.Int32(80)
		_, err := client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: &here.group, IpPermissions: []ec2types.IpPermission{permission},
		})
		return err
	}
	full := ec2types.IpPermission{}
	for i := range rulesPerGroup {
		full.IpRanges = append(full.IpRanges, ec2types.IpRange{CidrIp: aws.String(fmt.Sprintf("10.1.%d.0/24", i))})
	}
	if err := admit(full); err != nil {
		t.Fatal(err)
	}
	tooMany := "The maximum number of rules per security group has been reached."
	wantRefused(t, admit(ec2types.IpPermission{IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.2.0.0/16")}}}),
		"RulesPerSecurityGroupLimitExceeded", tooMany)
	wantRefused(t, admit(ec2types.IpPermission{UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &here.group}}}),
		"RulesPerSecurityGroupLimitExceeded", tooMany)

	list := try(client.CreateManagedPrefixList(ctx, &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("list"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(31),
	}))(t).PrefixList.PrefixListId
	by := func(group string, from int32) error {
		_, err := client.AuthorizeSecurityGroupIngress(ctx,
			&ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []ec2types.IpPermission{{
				IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &from,
				PrefixListIds: []ec2types.PrefixListId{{PrefixListId: list}},
			}}})
		return err
	}
	if err := by(balanced.group, 80); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, by(balanced.group, 443), "RulesPerSecurityGroupLimitExceeded", tooMany)
}

func testRefusedServices(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), ecs.NewFromConfig(cfg)
	here, elsewhere := newSite(t, cfg, "services"), newSite(t, cfg, "other services")
	balancer := here.loadBalancer(t, cfg, "services")
	group := here.targetGroup(t, cfg, "services")
	cluster := aws.String("services")
	try(client.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: cluster}))(t)
	task := try(client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("services"), ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("nginx"), Memory: aws.Int32(128),
			PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(80), Name: aws.String("web")}},
		}},
	}))(t).TaskDefinition.TaskDefinitionArn
	service := func(name string, change func(*ecs.CreateServiceInput)) error {
		input := &ecs.CreateServiceInput{
			Cluster: cluster, ServiceName: &name, TaskDefinition: task, DesiredCount: aws.Int32(1),
			LaunchType: ecstypes.LaunchTypeFargate,
			NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
				Subnets: here.subnets, SecurityGroups: []string{here.group},
			}},
		}
		change(input)
		_, err := client.CreateService(ctx, input)
		return err
	}
	behind := func(container string, number int32, times int) func(*ecs.CreateServiceInput) {
		return func(input *ecs.CreateServiceInput) {
			for range times {
				input.LoadBalancers = append(input.LoadBalancers,
					ecstypes.LoadBalancer{TargetGroupArn: &group, ContainerName: &container, ContainerPort: &number})
			}
		}
	}
	onFargate := func(change func(*ecstypes.ContainerDefinition)) error {
		container := ecstypes.ContainerDefinition{Name: aws.String("web"), Image: aws.String("nginx")}
		change(&container)
		_, err := client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("fargate"), Cpu: aws.String("256"), Memory: aws.String("512"),
			NetworkMode:             ecstypes.NetworkModeAwsvpc,
			RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
			ContainerDefinitions:    []ecstypes.ContainerDefinition{container},
		})
		return err
	}
	const noRole = "Fargate requires task definition to have execution role ARN to support "
	wantRefused(t, onFargate(func(c *ecstypes.ContainerDefinition) { c.Image = aws.String(ecrImage) }),
		"ClientException", noRole+"ECR images.")
	wantRefused(t, onFargate(func(c *ecstypes.ContainerDefinition) {
		c.LogConfiguration = &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs}
	}), "ClientException", noRole+"log driver awslogs.")
	if err := onFargate(func(*ecstypes.ContainerDefinition) {}); err != nil {
		t.Error(err)
	}

	_, started := client.RunTask(ctx, &ecs.RunTaskInput{Cluster: cluster, TaskDefinition: aws.String("fargate"),
		LaunchType: ecstypes.LaunchTypeFargate, NetworkConfiguration: &ecstypes.NetworkConfiguration{
			AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
				Subnets: here.subnets, SecurityGroups: []string{here.group},
			}}})
	wantRefused(t, started, "ClientException", "This local AWS runs no tasks: it was started without an engine for them.")

	const code = "InvalidParameterException"
	wantRefused(t, service("a", behind("web", 80, 1)), code,
		"The target group with targetGroupArn "+group+" does not have an associated load balancer.")
	try(listen(t, cfg, balancer, 80, forwardTo(group)))(t)
	wantRefused(t, service("a", behind("web", 80, 6)), code, "load balancers can have at most 5 items.")
	wantRefused(t, service("a", behind("api", 80, 1)), code, "The container api does not exist in the task definition.")
	wantRefused(t, service("a", behind("web", 81, 1)), code, "The container web did not have a container port 81 "+
		"defined.")
	wantRefused(t, service("a", func(input *ecs.CreateServiceInput) {
		input.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = []string{elsewhere.group}
	}), code, "Security groups and subnets are not in same VPC.")

	discovery := servicediscovery.NewFromConfig(cfg)
	try(discovery.CreatePrivateDnsNamespace(ctx,
		&servicediscovery.CreatePrivateDnsNamespaceInput{Name: aws.String("internal"), Vpc: &here.vpc}))(t)
	namespace := try(discovery.ListNamespaces(ctx, nil))(t).Namespaces[0]
	register := func(name string) error {
		_, err := discovery.CreateService(ctx,
			&servicediscovery.CreateServiceInput{Name: &name, NamespaceId: namespace.Id})
		return err
	}
	connect := func(name string) func(*ecs.CreateServiceInput) {
		return func(input *ecs.CreateServiceInput) {
			input.ServiceConnectConfiguration = &ecstypes.ServiceConnectConfiguration{Enabled: true,
				Namespace: namespace.Arn, Services: []ecstypes.ServiceConnectService{{
					PortName: aws.String("web"), DiscoveryName: &name,
				}}}
		}
	}
	wantRefused(t, service("a", func(input *ecs.CreateServiceInput) {
		input.ServiceConnectConfiguration = &ecstypes.ServiceConnectConfiguration{Enabled: true,
			Namespace: aws.String("missing")}
	}), "NamespaceNotFoundException", "The specified namespace wasn't found.")
	if err := register("api"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, register("api"), "ServiceAlreadyExists", "Service already exists.")
	wantRefused(t, service("a", connect("api")), code, "The service discovery name api already exists in the "+
		"namespace "+*namespace.Arn+".")
	if err := service("a", connect("web")); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, register("web"), "ServiceAlreadyExists", "Service already exists.")
	wantRefused(t, service("b", connect("web")), code, "The service discovery name web already exists in the "+
		"namespace "+*namespace.Arn+".")
	_, err := discovery.DeleteNamespace(ctx, &servicediscovery.DeleteNamespaceInput{Id: namespace.Id})
	wantRefused(t, err, "ResourceInUse", "The namespace contains services: api")

	wantRefused(t, service("a", func(*ecs.CreateServiceInput) {}), code, "Creation of service was not idempotent.")
	_, err = client.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: cluster})
	wantRefused(t, err, "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
	inUse := newSite(t, cfg, "in use")
	if err := service("c", func(input *ecs.CreateServiceInput) {
		input.NetworkConfiguration.AwsvpcConfiguration = &ecstypes.AwsVpcConfiguration{Subnets: inUse.subnets,
			SecurityGroups: []string{inUse.group}}
	}); err != nil {
		t.Fatal(err)
	}
	_, err = ec2.NewFromConfig(cfg).DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &inUse.group})
	wantRefused(t, err, "DependencyViolation", "resource "+inUse.group+" has a dependent object")
	try(client.DeleteService(ctx,
		&ecs.DeleteServiceInput{Cluster: cluster, Service: aws.String("c"), Force: aws.Bool(true)}))(t)
	try(ec2.NewFromConfig(cfg).DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &inUse.group}))(t)
	try(client.DeleteService(ctx,
		&ecs.DeleteServiceInput{Cluster: cluster, Service: aws.String("a"), Force: aws.Bool(true)}))(t)
	try(client.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: cluster}))(t)
}

func testRefusedIAM(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), iam.NewFromConfig(cfg)
	const trust = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", ` +
		`"Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}`
	tags := func(keys ...string) (all []iamtypes.Tag) {
		for _, key := range keys {
			all = append(all, iamtypes.Tag{Key: &key, Value: aws.String("x")})
		}
		return all
	}
	const twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	name := aws.String("role")
	_, err := client.CreateRole(ctx,
		&iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust), Tags: tags("team", "Team")})
	wantRefused(t, err, "InvalidInput", twice)
	try(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust)}))(t)
	_, err = client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: tags("team", "Team")})
	wantRefused(t, err, "InvalidInput", twice)
	_, err = client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust)})
	wantRefused(t, err, "EntityAlreadyExists", "Role with name role already exists.")

	policy := func(letters int) *string {
		return aws.String(fmt.Sprintf(`{"Version": "2012-10-17", "Statement": `+
			`[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/%s"}]}`,
			strings.Repeat("a", letters)))
	}
	put := func(name string, letters int) error {
		_, err := client.PutRolePolicy(ctx,
			&iam.PutRolePolicyInput{RoleName: aws.String("role"), PolicyName: &name, PolicyDocument: policy(letters)})
		return err
	}
	if err := put("first", 6000); err != nil {
		t.Fatal(err)
	}
	if err := put("first", 7000); err != nil { // in its place
		t.Fatal(err)
	}
	wantRefused(t, put("second", 4000), "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role role")
	_, err = client.CreatePolicy(ctx,
		&iam.CreatePolicyInput{PolicyName: aws.String("long"), PolicyDocument: policy(6144)})
	wantRefused(t, err, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
	attach := func(i int) error {
		made := try(client.CreatePolicy(ctx,
			&iam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprint("p", i)), PolicyDocument: policy(1)}))(t)
		_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: made.Policy.Arn})
		return err
	}
	for i := range managedPerRole {
		if err := attach(i); err != nil {
			t.Fatal(err)
		}
	}
	wantRefused(t, attach(managedPerRole), "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
}

func testRefusedDNS(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), route53.NewFromConfig(cfg)
	zone := try(client.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("example.com"),
		CallerReference: aws.String("1")}))(t).HostedZone.Id
	change := func(action route53types.ChangeAction, name, value string) error {
		_, err := client.ChangeResourceRecordSets(ctx,
			&route53.ChangeResourceRecordSetsInput{HostedZoneId: zone, ChangeBatch: &route53types.ChangeBatch{
				Changes: []route53types.Change{{Action: action, ResourceRecordSet: &route53types.ResourceRecordSet{
					Name: &name, Type: route53types.RRTypeA, TTL: aws.Int64(60),
					ResourceRecords: []route53types.ResourceRecord{{Value: &value}},
				}}},
			}})
		return err
	}
	if err := change(route53types.ChangeActionCreate, "a.example.com", "10.0.0.1"); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, change(route53types.ChangeActionCreate, "a.example.com", "10.0.0.2"), "InvalidChangeBatch",
		"[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists]")
	wantRefused(t, change(route53types.ChangeActionDelete, "a.example.com", "10.0.0.2"), "InvalidChangeBatch",
		"[Tried to delete resource record set [name='a.example.com.', type='A'] but the values provided do not "+
			"match the current values]")
	wantRefused(t, change(route53types.ChangeActionDelete, "b.example.com", "10.0.0.1"), "InvalidChangeBatch",
		"[Tried to delete resource record set [name='b.example.com.', type='A'] but it was not found]")
	if err := change(route53types.ChangeActionDelete, "a.example.com", "10.0.0.1"); err != nil {
		t.Error(err)
	}
}

func testRefusedNames(t *testing.T, cfg aws.Config) {
	ctx := t.Context()
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	for _, name := range []string{"Upper", "a..b", "10.0.0.1", "xn--a", "logs-s3alias",
		"sthree-logs", "logs_1", "-logs"} {
		_, err := buckets.CreateBucket(ctx,
			&s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
				LocationConstraint: s3types.BucketLocationConstraint(Region),
			}})
		wantRefused(t, err, "InvalidBucketName", "The specified bucket is not valid.")
	}
	long := strings.Repeat("a", 65)
	_, err := eventbridge.NewFromConfig(cfg).PutRule(ctx,
		&eventbridge.PutRuleInput{Name: &long, ScheduleExpression: aws.String("rate(1 day)")})
	wantRefused(t, err, "ValidationException",
		"1 validation error detected: Value '"+long+"' at 'Name' failed to satisfy constraint: "+
			"Member must have length less than or equal to 64")
	logs := cloudwatchlogs.NewFromConfig(cfg)
	_, err = logs.CreateLogGroup(ctx,
		&cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g"), KmsKeyId: aws.String("alias/logs")})
	wantRefused(t, err, "InvalidParameterException", "The specified KMS key Id could not be found or is not an ARN: "+
		"alias/logs")
	try(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")}))(t)
	_, err = logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")})
	wantRefused(t, err, "ResourceAlreadyExistsException", "The specified log group already exists")
}
