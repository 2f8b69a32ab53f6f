package localaws

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/assume"
)

// testCalls asks services of every protocol. What they answer does not matter.
func testCalls(t *testing.T, server *Server, cfg aws.Config) {
	ctx := t.Context()
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	before := len(server.Calls())
	_, _ = ec2.NewFromConfig(cfg).AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String("sg-0"), IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80),
			IpRanges:         []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}},
			UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: aws.String("sg-1")}},
		}},
	})
	_, _ = elb.NewFromConfig(cfg).CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("-"), HealthCheckEnabled: aws.Bool(true),
		Tags: []elbtypes.Tag{{Key: aws.String("Team"), Value: aws.String("")}},
	})
	_, _ = ecs.NewFromConfig(cfg).DeleteService(ctx,
		&ecs.DeleteServiceInput{Service: aws.String("none"), Force: aws.Bool(true)})
	_, _ = route53.NewFromConfig(cfg).ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String("Z0"), ChangeBatch: &route53types.ChangeBatch{Changes: []route53types.Change{{
			Action: route53types.ChangeActionCreate, ResourceRecordSet: &route53types.ResourceRecordSet{
				Name: aws.String("a.example.com"), Type: route53types.RRTypeA, TTL: aws.Int64(60),
				ResourceRecords: []route53types.ResourceRecord{{Value: aws.String("10.0.0.1")}},
			},
		}}},
	})
	_, _ = buckets.PutBucketTagging(ctx,
		&s3.PutBucketTaggingInput{Bucket: aws.String("none"), Tagging: &s3types.Tagging{
			TagSet: []s3types.Tag{{Key: aws.String("Team"), Value: aws.String("web")}},
		}})
	_, _ = buckets.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String("none"),
		LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")},
		}}},
	})
	_, _ = buckets.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("none"), MaxKeys: aws.Int32(3)})
	_, _ = buckets.PutObject(ctx,
		&s3.PutObjectInput{Bucket: aws.String("none"), Key: aws.String("a/b c"), Body: strings.NewReader("secret")})
	_, _ = sns.NewFromConfig(cfg).CreateTopic(ctx,
		&sns.CreateTopicInput{Name: aws.String("t"), Attributes: map[string]string{"DisplayName": "T"}})
	_, _ = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)

	type call struct {
		name  string
		input string
	}
	var got []call
	for _, c := range server.Calls()[before:] {
		for _, unstable := range []string{"ChecksumAlgorithm", "ContentMD5", "ChecksumCRC32",
			"ContentLength", "ContentType"} {
			delete(c.Input, unstable)
		}
		input, err := json.Marshal(c.Input)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, call{c.Service + " " + c.Operation, string(input)})
	}
	want := []call{
		{"ec2 AuthorizeSecurityGroupIngress", `{"GroupId":"sg-0","IpPermissions":[{"FromPort":80,"IpProtocol":"tcp",` +
			`"IpRanges":[{"CidrIp":"10.0.0.0/8"}],"UserIdGroupPairs":[{"GroupId":"sg-1"}]}]}`},
		{"elbv2 CreateTargetGroup", `{"HealthCheckEnabled":true,"Name":"-","Tags":[{"Key":"Team","Value":""}]}`},
		{"ecs DeleteService", `{"force":true,"service":"none"}`},
		{"route53 ChangeResourceRecordSets", `{"ChangeBatch":{"Changes":[{"Action":"CREATE","ResourceRecordSet":` +
			`{"Name":"a.example.com","ResourceRecords":[{"Value":"10.0.0.1"}],"TTL":60,"Type":"A"}}]},` +
			`"HostedZoneId":"Z0"}`},
		{"s3 PutBucketTagging", `{"Bucket":"none","Tagging":{"TagSet":[{"Key":"Team","Value":"web"}]}}`},
		{"s3 PutBucketLifecycleConfiguration",
			`{"Bucket":"none","LifecycleConfiguration":{"Rules":[{"Filter":{"Prefix":""},"Status":"Enabled"}]}}`},
		{"s3 ListObjectsV2", `{"Bucket":"none","MaxKeys":3}`},
		{"s3 PutObject", `{"Body":"","Bucket":"none","Key":"a/b c"}`},
		{"sns CreateTopic", `{"Attributes":{"DisplayName":"T"},"Name":"t"}`},
		{"sts GetCallerIdentity", `{}`},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(call{})); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// testInvalid: the answers are read by the SDKs, as an API's error.
func testInvalid(t *testing.T, cfg aws.Config) {
	ctx := t.Context()
	for name, tc := range map[string]struct {
		call          func() error
		code, message string
	}{
		"JSON": {
			code: "ValidationException",
			message: `1 validation error detected: ` +
				`Value '-.example.com' at 'DomainName' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: ` +
				`(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])`,
			call: func() error {
				_, err := acm.NewFromConfig(cfg).RequestCertificate(ctx,
					&acm.RequestCertificateInput{DomainName: aws.String("-.example.com")})
				return err
			},
		},
		"JSON, of a service with a code of its own": {
			code: "InvalidParameterException",
			message: `1 validation error detected: Value 'NOWHERE' at 'launchType' failed to satisfy constraint: ` +
				`Member must satisfy enum value set: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]`,
			call: func() error {
				_, err := ecs.NewFromConfig(cfg).CreateService(ctx,
					&ecs.CreateServiceInput{ServiceName: aws.String("s"), LaunchType: ecstypes.LaunchType("NOWHERE")})
				return err
			},
		},
		"two at once": {
			code: "ValidationException",
			message: `2 validation errors detected: Value '' at 'ResourceId' failed to satisfy constraint: ` +
				`Member must have length greater than or equal to 1; ` +
				`Value '' at 'ScheduledActionName' failed to satisfy constraint: ` +
				`Member must have length greater than or equal to 1`,
			call: func() error {
				_, err := applicationautoscaling.NewFromConfig(cfg).DeleteScheduledAction(ctx,
					&applicationautoscaling.DeleteScheduledActionInput{
						ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScheduledActionName: aws.String(""),
						ResourceId:        aws.String(""),
						ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
					})
				return err
			},
		},
		"query": {
			code: "ValidationError",
			message: `1 validation error detected: Value 'a b' at 'RoleName' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: [\w+=,.@-]+`,
			call: func() error {
				_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("a b")})
				return err
			},
		},
		"query, of a service that prefers CBOR": {
			code: "ValidationError",
			message: `1 validation error detected: Value '0' at 'MaxRecords' failed to satisfy constraint: ` +
				`Member must have value greater than or equal to 1`,
			call: func() error {
				_, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx,
					&cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(0)})
				return err
			},
		},
		"ec2": {
			code: "InvalidParameterValue",
			message: `1 validation error detected: Value '3' at 'MaxResults' failed to satisfy constraint: ` +
				`Member must have value greater than or equal to 5`,
			call: func() error {
				_, err := ec2.NewFromConfig(cfg).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{MaxResults: aws.Int32(3)})
				return err
			},
		},
		"rest-xml": {
			code: "InvalidInput",
			message: `1 validation error detected: ` +
				`Value '-1' at 'ChangeBatch.Changes.1.member.ResourceRecordSet.TTL' failed to satisfy constraint: ` +
				`Member must have value greater than or equal to 0`,
			call: func() error {
				_, err := route53.NewFromConfig(cfg).ChangeResourceRecordSets(ctx,
					&route53.ChangeResourceRecordSetsInput{
						HostedZoneId: aws.String("Z0"),
						ChangeBatch: &route53types.ChangeBatch{Changes: []route53types.Change{{
							Action: route53types.ChangeActionCreate, ResourceRecordSet: &route53types.ResourceRecordSet{
								Name: aws.String("a.example.com"), Type: route53types.RRTypeA, TTL: aws.Int64(-1),
							},
						}}},
					})
				return err
			},
		},
		"s3": {
			code: "InvalidArgument",
			message: `1 validation error detected: ` +
				`Value 'On' at 'VersioningConfiguration.Status' failed to satisfy constraint: ` +
				`Member must satisfy enum value set: [Enabled, Suspended]`,
			call: func() error {
				_, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).PutBucketVersioning(ctx,
					&s3.PutBucketVersioningInput{
						Bucket:                  aws.String("b"),
						VersioningConfiguration: &s3types.VersioningConfiguration{Status: "On"},
					})
				return err
			},
		},
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, tc.call(), tc.code, tc.message) })
	}
}

// wantRefused fails where a call was not refused with this error.
func wantRefused(t *testing.T, err error, code, message string) {
	t.Helper()
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	if refused.ErrorCode() != code || refused.ErrorMessage() != message {
		t.Errorf("got  %s: %s\nwant %s: %s", refused.ErrorCode(), refused.ErrorMessage(), code, message)
	}
}

// TestTheUsersEnvironmentDoesNotMatter: moto is a client of AWS's SDK itself, and was misled by the user's variables.
func TestTheUsersEnvironmentDoesNotMatter(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_PROFILE": "there-is-no-such-profile", "AWS_CONFIG_FILE": "/there/is/no/such/file",
		"AWS_DEFAULT_REGION": "nowhere",
		"AWS_ENDPOINT_URL":   "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "many", "HTTP_PROXY": "http://127.0.0.1:1",
		"MOTO_ACCOUNT_ID": "999999999999",
	} {
		t.Setenv(name, value)
	}
	server := startShared(t, ForAccount("210987654321"))
	cfg := Config(server.URL())
	if got := *try(sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil))(t).Account; got != "210987654321" {
		t.Errorf("the account is %s, want the one that the server was started for", got)
	}
	arn := *try(ecs.NewFromConfig(cfg).CreateCluster(t.Context(),
		&ecs.CreateClusterInput{ClusterName: aws.String("c")}))(t).Cluster.ClusterArn
	if want := "arn:aws:ecs:eu-west-1:210987654321:cluster/c"; arn != want {
		t.Errorf("got %s, want %s", arn, want)
	}
}

// TestAccounts: the local AWS is one account, and who takes on a role of another one is in that one.
func TestAccounts(t *testing.T) {
	server := startShared(t, ForAccount("210987654321"))
	cfg := Config(server.URL())
	for role, account := range map[string]string{"": "210987654321",
		"arn:aws:iam::109876543210:role/deploy": "109876543210"} {
		as := assume.Role(cfg, role, "")
		arn := *try(ecs.NewFromConfig(as).CreateCluster(t.Context(),
			&ecs.CreateClusterInput{ClusterName: aws.String("c")}))(t).Cluster.ClusterArn
		if want := "arn:aws:ecs:eu-west-1:" + account + ":cluster/c"; arn != want {
			t.Errorf("got %s, want %s", arn, want)
		}
		// What AWS refuses is looked up in the same account.
		client := ec2.NewFromConfig(as)
		vpc := try(client.CreateVpc(t.Context(),
			&ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId
		try(client.CreateSubnet(t.Context(),
			&ec2.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.0.0.0/24")}))(t)
		if _, err := client.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: vpc}); err == nil ||
			!strings.Contains(err.Error(), "DependencyViolation") {
			t.Errorf("the VPC of the account %s, which has a subnet: %v", account, err)
		}
	}
}

// loaded is the moto of all tests that do nothing to it.
var loaded = sync.OnceValues(func() (*Moto, error) { return LoadMoto(context.Background(), project) })

// startShared is startFor on the moto of all tests.
func startShared(t *testing.T, options ...Option) *Server {
	t.Helper()
	return startFor(t, append(options, On(try(loaded())(t)))...)
}

func startFor(t *testing.T, options ...Option) *Server {
	t.Helper()
	server, err := Start(t.Context(), project, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// TestServersOnOneMotoShareNothing, and each ends alone.
func TestServersOnOneMotoShareNothing(t *testing.T) {
	one, other := startShared(t), startShared(t)
	clusters := func(server *Server) []string {
		t.Helper()
		return try(ecs.NewFromConfig(Config(server.URL())).ListClusters(t.Context(), nil))(t).ClusterArns
	}
	try(ecs.NewFromConfig(Config(one.URL())).CreateCluster(t.Context(),
		&ecs.CreateClusterInput{ClusterName: aws.String("c")}))(t)
	if got := len(clusters(one)); got != 1 {
		t.Errorf("one has %d clusters, want 1", got)
	}
	if got := clusters(other); len(got) != 0 {
		t.Errorf("the other has %q", got)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if connection, err := net.Dial("tcp", one.fork.address); err == nil {
		t.Error("moto still runs")
		_ = connection.Close()
	}
	clusters(other)
}

// TestWhoeverAsksGetsAnAnswerWithoutMoto, and at once: an error that clients take for a passing one would have them try
// again.
func TestWhoeverAsksGetsAnAnswerWithoutMoto(t *testing.T) {
	server := startFor(t)
	client := ec2.NewFromConfig(Config(server.URL()))

	t.Log("moto is stopped")
	server.http.Handler.(*proxy).answerWithin(time.Second)
	if err := server.moto.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	_, err := client.DescribeVpcs(t.Context(), nil)
	wantRefused(t, err, "LocalAWSNotRunning",
		"moto_server, which keeps what the local AWS holds, does not answer: "+
			"net/http: timeout awaiting response headers")
	server.http.Handler.(*proxy).answerWithin(motoAnswersWithin)
	if err := server.moto.process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	try(client.DescribeVpcs(t.Context(), nil))(t)

	t.Log("moto has ended")
	if err := server.moto.process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Ended()
	_, err = client.DescribeVpcs(t.Context(), nil)
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "LocalAWSNotRunning" ||
		!strings.HasPrefix(refused.ErrorMessage(), "moto_server, which keeps what the local AWS holds, has ended. "+
			"Its last words:\n") {
		t.Errorf("got %v", err)
	}
	request := try(http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL()+"/moto-api/", nil))(t)
	response := try(http.DefaultClient.Do(request))(t)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusBadGateway {
		t.Errorf("got the status %s", response.Status)
	}
}
