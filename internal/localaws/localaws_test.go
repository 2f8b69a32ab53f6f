package localaws

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/awsmodel"
	"webapp/internal/localaws/engine"
	"webapp/internal/subprocess"
)

const project = "../.."

// serveAndHang makes the test binary a process that starts a local AWS, tells where moto is, and waits to be killed.
const serveAndHang = "LOCALAWS_TEST_SERVE"

// standInCommand makes the test binary a stand-in.
const standInCommand = "stand-in"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == standInCommand {
		if err := engine.StandIn(context.Background(), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(serveAndHang) != "" {
		server, err := Start(context.Background(), project)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(server.fork.address)
		<-server.Ended()
	}
	os.Exit(m.Run())
}

func TestLocalAWS(t *testing.T) {
	server, err := Start(t.Context(), project, Recording(), On(try(loaded())(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wantStopped(t, server) })
	cfg := Config(server.URL())
	t.Run("a service keeps its settings and has its tasks running", func(t *testing.T) { testService(t, cfg) })
	t.Run("its scalable target keeps its tags", func(t *testing.T) { testScalableTarget(t, cfg) })
	t.Run("a scaling policy that changes stays the same one", func(t *testing.T) { testScalingPolicy(t, cfg) })
	t.Run("a saved query can be read, changed and deleted", func(t *testing.T) { testLogQuery(t, cfg) })
	t.Run("a load balancer faces the internet unless told", func(t *testing.T) { testLoadBalancer(t, cfg) })
	t.Run("a target group takes the longest delay", func(t *testing.T) { testLongestDelay(t, cfg) })
	t.Run("every security policy is known", func(t *testing.T) { testSecurityPolicies(t, cfg) })
	t.Run("a rule that refers to a group keeps its description", func(t *testing.T) { testRule(t, cfg) })
	t.Run("a subnet that gains a range of IPv6 is found by it", func(t *testing.T) { testSubnet(t, cfg) })
	t.Run("a bucket that refuses connections without TLS can be used", func(t *testing.T) { testBucket(t, cfg) })
	t.Run("a record that was deleted can be created again", func(t *testing.T) { testRecord(t, cfg) })
	t.Run("every call is kept with its parameters", func(t *testing.T) { testCalls(t, server, cfg) })
	t.Run("what breaks the API's model is refused", func(t *testing.T) { testInvalid(t, cfg) })
}

func testLongestDelay(t *testing.T, cfg aws.Config) {
	client := elb.NewFromConfig(cfg)
	vpc := try(ec2.NewFromConfig(cfg).CreateVpc(t.Context(),
		&ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16")}))(t).Vpc.VpcId
	group := try(client.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("patient"), TargetType: elbtypes.TargetTypeEnumIp, VpcId: vpc, Port: aws.Int32(80),
		Protocol: elbtypes.ProtocolEnumHttp,
	}))(t).TargetGroups[0].TargetGroupArn
	const delay = "deregistration_delay.timeout_seconds"
	for _, seconds := range []string{"3600", "0"} {
		try(client.ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{
			TargetGroupArn: group,
			Attributes:     []elbtypes.TargetGroupAttribute{{Key: aws.String(delay), Value: &seconds}},
		}))(t)
		for _, attribute := range try(client.DescribeTargetGroupAttributes(t.Context(),
			&elb.DescribeTargetGroupAttributesInput{TargetGroupArn: group}))(t).Attributes {
			if *attribute.Key == delay && *attribute.Value != seconds {
				t.Errorf("delay: got %s, want %s", *attribute.Value, seconds)
			}
		}
	}
}

func testRecord(t *testing.T, cfg aws.Config) {
	client := route53.NewFromConfig(cfg)
	zone := try(client.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
		Name: aws.String("records.example.com"), CallerReference: aws.String("records"),
	}))(t).HostedZone.Id
	change := func(action route53types.ChangeAction, name string) {
		t.Helper()
		try(client.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: zone, ChangeBatch: &route53types.ChangeBatch{Changes: []route53types.Change{{
				Action: action, ResourceRecordSet: &route53types.ResourceRecordSet{
					Name: &name, Type: route53types.RRTypeA, TTL: aws.Int64(60),
					ResourceRecords: []route53types.ResourceRecord{{Value: aws.String("192.0.2.1")}},
				},
			}}},
		}))(t)
	}
	change(route53types.ChangeActionCreate, "a.records.example.com")
	change(route53types.ChangeActionCreate, "b.records.example.com")
	change(route53types.ChangeActionDelete, "a.records.example.com")
	change(route53types.ChangeActionCreate, "a.records.example.com")
}

func testBucket(t *testing.T, cfg aws.Config) {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	name := aws.String("closed-bucket")
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
			LocationConstraint: s3types.BucketLocationConstraint(Region),
		},
	}); err != nil {
		t.Fatal(err)
	}
	const policy = `{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["s3:*"], ` +
		`"Resource": ["arn:aws:s3:::closed-bucket/*"], "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}]}`
	if _, err := client.PutBucketPolicy(t.Context(),
		&s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(policy)}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObject(t.Context(),
		&s3.PutObjectInput{Bucket: name, Key: aws.String("key"), Body: strings.NewReader("text")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: name, Key: aws.String("key")}); err != nil {
		t.Error(err)
	}
	got, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: name})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Policy != policy {
		t.Errorf("policy: got %s, want %s", *got.Policy, policy)
	}
}

// wantStopped closes a server, twice, and checks that its port is closed.
func wantStopped(t *testing.T, server *Server) {
	t.Helper()
	for range 2 {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, address := range []string{server.fork.address, strings.TrimPrefix(server.URL(), "http://")} {
		if connection, err := net.Dial("tcp", address); err == nil {
			_ = connection.Close()
			t.Errorf("somebody listens at %s after Close", address)
		}
	}
}

func testService(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), ecs.NewFromConfig(cfg)
	subnets := subnetIDs(t, cfg)
	group := try(ec2.NewFromConfig(cfg).DescribeSecurityGroups(ctx, nil))(t).SecurityGroups[0].GroupId
	network := func(subnet string) *ecstypes.NetworkConfiguration {
		return &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{subnet}, SecurityGroups: []string{*group},
			AssignPublicIp: ecstypes.AssignPublicIpDisabled,
		}}
	}
	try(client.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("c")}))(t)
	task := try(client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("f"), ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("web"),
			Image: aws.String("nginx"), Memory: aws.Int32(128)}},
	}))(t).TaskDefinition.TaskDefinitionArn
	created := try(client.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("c"), ServiceName: aws.String("s"), TaskDefinition: task, DesiredCount: aws.Int32(2),
		LaunchType:           ecstypes.LaunchTypeFargate,
		EnableECSManagedTags: true, HealthCheckGracePeriodSeconds: aws.Int32(90),
		DeploymentConfiguration:     &ecstypes.DeploymentConfiguration{MaximumPercent: aws.Int32(150)},
		NetworkConfiguration:        network(subnets[0]),
		AvailabilityZoneRebalancing: ecstypes.AvailabilityZoneRebalancingEnabled,
	}))(t).Service
	describe := func() ecstypes.Service {
		return try(client.DescribeServices(ctx,
			&ecs.DescribeServicesInput{Cluster: aws.String("c"), Services: []string{"s"}}))(t).Services[0]
	}
	for name, service := range map[string]ecstypes.Service{"created": *created, "described": describe()} {
		if !service.EnableECSManagedTags || *service.HealthCheckGracePeriodSeconds != 90 ||
			service.AvailabilityZoneRebalancing != ecstypes.AvailabilityZoneRebalancingEnabled {
			t.Errorf("%s: the settings are forgotten: %+v", name, service)
		}
		wantSteady(t, name, service, 2, *task)
	}

	second := try(client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("f"), ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("web"),
			Image: aws.String("nginx:2"), Memory: aws.Int32(128)}},
	}))(t).TaskDefinition.TaskDefinitionArn
	try(client.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: aws.String("c"), Service: aws.String("s"), TaskDefinition: second, DesiredCount: aws.Int32(3),
		HealthCheckGracePeriodSeconds: aws.Int32(30), NetworkConfiguration: network(subnets[1]),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{MinimumHealthyPercent: aws.Int32(50)},
	}))(t)
	updated := describe()
	if d := updated.DeploymentConfiguration; aws.ToInt32(d.MaximumPercent) != 150 ||
		aws.ToInt32(d.MinimumHealthyPercent) != 50 {
		t.Errorf("after the update: %+v", d)
	}
	if *updated.HealthCheckGracePeriodSeconds != 30 || !updated.EnableECSManagedTags ||
		updated.NetworkConfiguration.AwsvpcConfiguration.Subnets[0] != subnets[1] {
		t.Errorf("after the update: %+v", updated)
	}
	wantSteady(t, "updated", updated, 3, *second)
}

func wantSteady(t *testing.T, name string, service ecstypes.Service, tasks int32, definition string) {
	t.Helper()
	if service.DesiredCount != tasks || service.RunningCount != tasks || service.PendingCount != 0 {
		t.Errorf("%s: %d desired, %d running, %d pending, want %d running", name, service.DesiredCount,
			service.RunningCount, service.PendingCount, tasks)
	}
	if len(service.Deployments) != 1 {
		t.Fatalf("%s: %d deployments, want 1", name, len(service.Deployments))
	}
	d := service.Deployments[0]
	if *d.Status != "PRIMARY" || d.RolloutState != ecstypes.DeploymentRolloutStateCompleted ||
		d.RunningCount != tasks || *d.TaskDefinition != definition {
		t.Errorf("%s: the deployment is not completed: %+v", name, d)
	}
}

func testLogQuery(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), cloudwatchlogs.NewFromConfig(cfg)
	put := func(id *string, query string) *string {
		return try(client.PutQueryDefinition(ctx, &cloudwatchlogs.PutQueryDefinitionInput{
			QueryDefinitionId: id, Name: aws.String("shop/errors"), QueryString: &query,
			LogGroupNames: []string{"/ecs/shop"},
		}))(t).QueryDefinitionId
	}
	id := put(nil, "fields @message")
	put(nil, "fields @timestamp")
	if again := put(id, "fields @logStream"); *again != *id {
		t.Errorf("the changed query is %s, want %s", *again, *id)
	}
	read := func(prefix string) (queries []string) {
		queryDefinitions := try(client.DescribeQueryDefinitions(ctx,
			&cloudwatchlogs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: &prefix}))(t).QueryDefinitions
		for _, q := range queryDefinitions {
			queries = append(queries, *q.Name+" "+*q.QueryString+" "+strings.Join(q.LogGroupNames, " "))
		}
		return queries
	}
	want := []string{"shop/errors fields @logStream /ecs/shop", "shop/errors fields @timestamp /ecs/shop"}
	if diff := cmp.Diff(want, read("shop/")); diff != "" {
		t.Errorf("the saved queries (-want +got):\n%s", diff)
	}
	if got := read("other/"); got != nil {
		t.Errorf("of another folder: %v", got)
	}
	try(client.DeleteQueryDefinition(ctx, &cloudwatchlogs.DeleteQueryDefinitionInput{QueryDefinitionId: id}))(t)
	if diff := cmp.Diff(want[1:], read("shop/")); diff != "" {
		t.Errorf("after one is deleted (-want +got):\n%s", diff)
	}
}

// testScalingPolicy: an alarm names its policy by the ARN, which AWS keeps when the policy changes.
func testScalingPolicy(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), applicationautoscaling.NewFromConfig(cfg)
	put := func(cooldown int32) string {
		return *try(client.PutScalingPolicy(ctx, &applicationautoscaling.PutScalingPolicyInput{
			ServiceNamespace:  scalingtypes.ServiceNamespaceEcs,
			ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
			ResourceId:        aws.String("service/c/s"), PolicyName: aws.String("p"),
			PolicyType: scalingtypes.PolicyTypeStepScaling,
			StepScalingPolicyConfiguration: &scalingtypes.StepScalingPolicyConfiguration{
				AdjustmentType: scalingtypes.AdjustmentTypeChangeInCapacity, Cooldown: &cooldown,
				StepAdjustments: []scalingtypes.StepAdjustment{{ScalingAdjustment: aws.Int32(1),
					MetricIntervalLowerBound: aws.Float64(0)}},
			},
		}))(t).PolicyARN
	}
	first, changed := put(60), put(120)
	read := try(client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: aws.String("service/c/s"),
	}))(t).ScalingPolicies
	if len(read) != 1 || changed != first || *read[0].PolicyARN != first ||
		*read[0].StepScalingPolicyConfiguration.Cooldown != 120 {
		t.Errorf("got %s, then %s, and read %+v", first, changed, read)
	}
	try(client.DeleteScalingPolicy(ctx, &applicationautoscaling.DeleteScalingPolicyInput{
		ServiceNamespace:  scalingtypes.ServiceNamespaceEcs,
		ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
		ResourceId:        aws.String("service/c/s"), PolicyName: aws.String("p"),
	}))(t)
	if again := put(60); again == first {
		t.Error("a new policy has the ARN of one that was deleted")
	}
}

// testScalableTarget uses the service of testService.
func testScalableTarget(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), applicationautoscaling.NewFromConfig(cfg)
	arn := try(client.RegisterScalableTarget(ctx, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace:  scalingtypes.ServiceNamespaceEcs,
		ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
		ResourceId:        aws.String("service/c/s"), MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(2),
		Tags: map[string]string{"a": "1", "b": "2"},
	}))(t).ScalableTargetARN
	try(client.TagResource(ctx,
		&applicationautoscaling.TagResourceInput{ResourceARN: arn, Tags: map[string]string{"c": "3"}}))(t)
	try(client.UntagResource(ctx,
		&applicationautoscaling.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"a"}}))(t)
	got := try(client.ListTagsForResource(ctx,
		&applicationautoscaling.ListTagsForResourceInput{ResourceARN: arn}))(t).Tags
	if diff := cmp.Diff(map[string]string{"b": "2", "c": "3"}, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func testLoadBalancer(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), elb.NewFromConfig(cfg)
	subnets := subnetIDs(t, cfg)
	for name, scheme := range map[string]elbtypes.LoadBalancerSchemeEnum{
		"public": elbtypes.LoadBalancerSchemeEnumInternetFacing, "private": elbtypes.LoadBalancerSchemeEnumInternal,
	} {
		input := &elb.CreateLoadBalancerInput{Name: &name, Subnets: subnets}
		if scheme == elbtypes.LoadBalancerSchemeEnumInternal {
			input.Scheme = scheme
		}
		if got := try(client.CreateLoadBalancer(ctx, input))(t).LoadBalancers[0].Scheme; got != scheme {
			t.Errorf("%s: got the scheme %q, want %s", name, got, scheme)
		}
	}
}

func testSecurityPolicies(t *testing.T, cfg aws.Config) {
	names := []string{"ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-FS-1-2-Res-2020-10",
		"ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04"}
	found := try(elb.NewFromConfig(cfg).DescribeSSLPolicies(t.Context(),
		&elb.DescribeSSLPoliciesInput{Names: names}))(t).SslPolicies
	if len(found) != len(names) {
		t.Errorf("got %d policies, want those named %q", len(found), names)
	}
}

// subnetIDs are the default VPC's.
func subnetIDs(t *testing.T, cfg aws.Config) []string {
	t.Helper()
	var ids []string
	for _, s := range try(ec2.NewFromConfig(cfg).DescribeSubnets(t.Context(), nil))(t).Subnets {
		ids = append(ids, *s.SubnetId)
	}
	return ids
}

func testRule(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), ec2.NewFromConfig(cfg)
	vpc := try(client.DescribeVpcs(ctx, nil))(t).Vpcs[0].VpcId
	group := try(client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("g"), Description: aws.String("g"), VpcId: vpc,
	}))(t).GroupId
	const text = "Load balancer & others to <tasks>"
	try(client.AuthorizeSecurityGroupIngress(ctx,
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80),
			UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: group, Description: aws.String(text)}},
		}}}))(t)
	found := 0
	for _, r := range try(client.DescribeSecurityGroupRules(ctx, nil))(t).SecurityGroupRules {
		if r.ReferencedGroupInfo != nil {
			found++
			if got := aws.ToString(r.Description); got != text {
				t.Errorf("description: got %q, want %q", got, text)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d rules refer to a group, want 1", found)
	}
}

func testSubnet(t *testing.T, cfg aws.Config) {
	ctx, client := t.Context(), ec2.NewFromConfig(cfg)
	id := try(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16"),
		AmazonProvidedIpv6CidrBlock: aws.Bool(true)}))(t).Vpc.VpcId
	vpc := try(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{*id}}))(t).Vpcs[0]
	subnet := try(client.CreateSubnet(ctx,
		&ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.0.0.0/20")}))(t).Subnet
	block := strings.Replace(*vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock, "/56", "/64", 1)
	association := try(client.AssociateSubnetCidrBlock(ctx, &ec2.AssociateSubnetCidrBlockInput{
		SubnetId: subnet.SubnetId, Ipv6CidrBlock: &block,
	}))(t).Ipv6CidrBlockAssociation
	found := try(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{{
		Name: aws.String("ipv6-cidr-block-association.association-id"), Values: []string{*association.AssociationId},
	}}}))(t).Subnets
	if len(found) != 1 || *found[0].SubnetId != *subnet.SubnetId {
		t.Fatalf("subnets with the range: got %v, want %s", found, *subnet.SubnetId)
	}
	got := found[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlockState.State
	if got != ec2types.SubnetCidrBlockStateCodeAssociated {
		t.Errorf("the range is %s", got)
	}
}

// TestNothingIsLeftWhenTheParentIsKilled: the process that started the local AWS may be killed before it can clean up.
func TestNothingIsLeftWhenTheParentIsKilled(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), serveAndHang+"=1")
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	address := strings.TrimSpace(line)
	if connection, dialErr := net.Dial("tcp", address); err != nil || dialErr != nil {
		t.Fatalf("moto does not run: %q, %v, %v", line, err, dialErr)
	} else {
		_ = connection.Close()
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_ = connection.Close()
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("moto still runs")
		}
	}
}

func TestProxyPassesEverythingElseOn(t *testing.T) {
	for name, tc := range map[string]struct {
		target, body, answer string
		status               int
	}{
		"an action without a patch": {target: "DynamoDB_20120810.ListTables", body: `{"Limit":1}`,
			answer: `{"TableNames":[]}`, status: 200},
		"an error of a patched action": {target: ecsTarget + "DescribeServices", body: `{}`,
			answer: `{"__type":"ClusterNotFoundException"}`, status: 400},
		"an answer that is not JSON": {target: ecsTarget + "DescribeServices", body: `{}`,
			answer: `<html>`, status: 200},
		"a body that is not a form": {body: "%zz", answer: "ok", status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := make([]byte, r.ContentLength)
				if _, err := r.Body.Read(body); string(body) != tc.body {
					t.Errorf("moto was asked %q (%v), want %q", body, err, tc.body)
				}
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.answer)
			}))
			defer backend.Close()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(tc.body))
			request.Header.Set("X-Amz-Target", tc.target)
			got := httptest.NewRecorder()
			newProxy(strings.TrimPrefix(backend.URL, "http://"), Account, awsmodel.Open(t.TempDir()),
				nil).ServeHTTP(got, request)
			if got.Code != tc.status || got.Body.String() != tc.answer {
				t.Errorf("got %d %q, want %d %q", got.Code, got.Body, tc.status, tc.answer)
			}
		})
	}
}

func TestMissingMotoIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), t.TempDir())
	const want = "found no moto_server on the PATH or in .venv; install it with: make tools"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMotoThatEndsAtOnceIsToldWithItsOutput(t *testing.T) {
	folder := t.TempDir()
	// It has botocore.
	const python = `#!/bin/sh
case "$*" in
*find_spec*) echo /botocore ;;
*) echo no module named moto >&2; exit 1 ;;
esac
`
	for name, text := range map[string]string{"moto_server": "#!" + folder + "/python3\n", "python3": python} {
		if err := subprocess.WriteScript(filepath.Join(folder, name), text); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	_, err := Start(t.Context(), folder)
	const want = "loading moto: it ended before it was ready\nno module named moto"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// try ends the test where a call failed.
func try[T any](result T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}
