package given_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/awstest"
	"webapp/internal/given"
	"webapp/internal/localaws"
	"webapp/settings"
)

const project = "../.."

// TestEverythingThatSettingsNameIsThere prepares the stacks of every example, and of the files of this test. Each file
// has accounts of its own.
func TestEverythingThatSettingsNameIsThere(t *testing.T) {
	server, _ := awstest.Start(t, project)
	for i, file := range files(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			home := fmt.Sprintf("9000000000%02d", i)
			record := given.Record{}
			for n, before := range parse(t, text) {
				before.AWS = inAccount(before.AWS, home)
				prepared, err := given.Prepare(t.Context(), server.URL(), localaws.Account, before, record)
				if err != nil {
					t.Fatal(err)
				}
				now := parse(t, []byte(strings.NewReplacer(prepared.Pairs()...).Replace(string(text))))[n]
				now.AWS = inAccount(now.AWS, home)
				wantEverything(t, given.Config(server.URL(), localaws.Account, now), now)

				again, err := given.Prepare(t.Context(), server.URL(), localaws.Account, before, record)
				if err != nil {
					t.Fatal(err)
				}
				if len(again.Created) > 0 {
					t.Errorf("created again: %v", again.Created)
				}
				if diff := cmp.Diff(prepared.IDs, again.IDs); diff != "" {
					t.Errorf("ids (-first +second time):\n%s", diff)
				}
			}
		})
	}
}

// TestWhatIsCreatedIsSaid, in the words of the settings.
func TestWhatIsCreatedIsSaid(t *testing.T) {
	server, _ := awstest.Start(t, project)
	for file, want := range map[string][]string{
		"examples/minimal.yaml":      nil,
		"examples/existing-vpc.yaml": {"VPC shared"},
		"examples/https-domain.yaml": {"hosted zone example.com"},
		"examples/shared-listener.yaml": {
			"VPC vpc-0123456789abcdef0", "security group sg-0123456789abcdef0", "load balancer shared",
			"listener arn:aws:elasticloadbalancing:eu-west-1:123456789012:" +
				"listener/app/shared/0123456789abcdef/0123456789abcdef",
			"namespace shared.internal", "log group /teams/orders",
		},
	} {
		text, err := os.ReadFile(filepath.Join(project, file))
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := given.Prepare(t.Context(), server.URL(), localaws.Account, parse(t, text)[0], given.Record{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, prepared.Created); diff != "" {
			t.Errorf("%s: created (-want +got):\n%s", file, diff)
		}
	}
}

// TestRegion: zones are in a region that the user has in the AWS environment.
func TestRegion(t *testing.T) {
	const service = "name: shop\ncontainer: {image: nginx, ports: [80]}\n"
	for text, want := range map[string]string{
		"": "", "aws: {region: eu-west-1}": "eu-west-1", "network: {new: {zoneNames: [us-east-1b, " +
			"us-east-1a]}}": "us-east-1",
	} {
		if got := given.Region(parse(t, []byte(service+text))[0]); got != want {
			t.Errorf("%q: got the region %q, want %q", text, got, want)
		}
	}
}

func files(t *testing.T) []string {
	t.Helper()
	examples, err := filepath.Glob(filepath.Join(project, "examples", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(examples, own)
}

func parse(t *testing.T, text []byte) []settings.Stack {
	t.Helper()
	all, err := settings.Parse("webapp.yaml", text, settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inAccount says which account a stack is deployed to where its settings do not.
func inAccount(s settings.AWS, account string) settings.AWS {
	if s.AccountID() == "" {
		s.Account = account
	}
	return s
}

// wantEverything looks up whatever settings name, as AWS and Terraform do.
func wantEverything(t *testing.T, cfg aws.Config, s settings.Stack) {
	t.Helper()
	l := &lookup{t: t, cfg: cfg, network: ec2.NewFromConfig(cfg)}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	if l.fine(err, "the account") && *identity.Account != s.AWS.AccountID() {
		t.Errorf("the account is %s, want %s", *identity.Account, s.AWS.AccountID())
	}
	vpc := l.vpc(s.Network.Existing)
	l.groups(vpc, s)
	l.lists(slices.Concat(s.LoadBalancer.AllowedSources, s.Namespace.AllowedSources))
	l.loadBalancer(vpc, s.LoadBalancer)
	if s.Namespace.Existing {
		found, err := servicediscovery.NewFromConfig(cfg).ListNamespaces(t.Context(), nil)
		if l.fine(err, "namespaces") && (len(found.Namespaces) != 1 || *found.Namespaces[0].Name != s.Namespace.Name) {
			t.Errorf("namespaces: %v", found.Namespaces)
		}
	}
	if alarms := s.Observability.Alarms; alarms != nil && alarms.Topic != "" {
		_, err := sns.NewFromConfig(cfg).GetTopicAttributes(t.Context(),
			&sns.GetTopicAttributesInput{TopicArn: &alarms.Topic})
		l.fine(err, alarms.Topic)
	}
	for _, w := range s.Workloads() {
		if q := w.Receives; q != nil && q.Existing != "" {
			_, err := sqs.NewFromConfig(cfg).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &q.Name})
			l.fine(err, q.Name)
		}
		if name := w.Logs.Existing; name != "" {
			found, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(t.Context(),
				&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
			if l.fine(err, name) && len(found.LogGroups) != 1 {
				t.Errorf("log groups of the name %s: %v", name, found.LogGroups)
			}
		}
		for _, arn := range slices.Concat([]string{w.Task.Role.PermissionsBoundary}, w.Task.Role.Policies,
			w.Task.ExecutionRole.Policies) {
			if arn != "" {
				_, err := iam.NewFromConfig(cfg).GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: &arn})
				l.fine(err, arn)
			}
		}
		for _, c := range w.Containers() {
			l.secrets(c.ContainerOptions)
			l.environmentFiles(c.ContainerOptions)
		}
		for _, v := range w.Task.Volumes {
			if v.FileSystem != "" && s.Network.New == nil {
				found, err := efs.NewFromConfig(cfg).DescribeMountTargets(t.Context(), &efs.DescribeMountTargetsInput{
					FileSystemId: &v.FileSystem,
				})
				if l.fine(err, v.FileSystem) && len(found.MountTargets) < 2 {
					t.Errorf("%s has %d mount targets, want one in each zone", v.FileSystem, len(found.MountTargets))
				}
				l.accessPoint(v)
			}
		}
	}
}

func (l *lookup) accessPoint(v *settings.Volume) {
	if v.AccessPoint == "" {
		return
	}
	found, err := efs.NewFromConfig(l.cfg).DescribeAccessPoints(l.t.Context(), &efs.DescribeAccessPointsInput{
		AccessPointId: &v.AccessPoint,
	})
	if l.fine(err, v.AccessPoint) && *found.AccessPoints[0].FileSystemId != v.FileSystem {
		l.t.Errorf("%s is of the file system %s, want %s", v.AccessPoint, *found.AccessPoints[0].FileSystemId,
			v.FileSystem)
	}
}

// environmentFiles looks up the objects in S3.
func (l *lookup) environmentFiles(c *settings.ContainerOptions) {
	for _, arn := range c.EnvironmentFiles {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(arn, "arn:aws:s3:::"), "/")
		_, err := s3.NewFromConfig(l.cfg, func(o *s3.Options) { o.UsePathStyle = true }).HeadObject(l.t.Context(),
			&s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		l.fine(err, arn)
	}
}

// secrets looks up the secrets and parameters of a container, as ECS does, and their JSON keys.
func (l *lookup) secrets(c *settings.ContainerOptions) {
	for _, arn := range c.SecretARNs() {
		found, err := secretsmanager.NewFromConfig(l.cfg).GetSecretValue(l.t.Context(),
			&secretsmanager.GetSecretValueInput{SecretId: &arn})
		if !l.fine(err, arn) {
			continue
		}
		for _, reference := range c.Secrets {
			rest, ok := strings.CutPrefix(reference, arn+":")
			if key, _, _ := strings.Cut(rest, ":"); ok && key != "" {
				var values map[string]string
				if json.Unmarshal([]byte(*found.SecretString), &values) != nil || values[key] == "" {
					l.t.Errorf("the secret %s has no value for the key %s", arn, key)
				}
			}
		}
	}
	for _, reference := range c.Parameters() {
		name := reference
		if _, rest, ok := strings.Cut(reference, ":parameter/"); ok {
			name = "/" + rest
		}
		_, err := ssm.NewFromConfig(l.cfg).GetParameter(l.t.Context(), &ssm.GetParameterInput{Name: &name})
		l.fine(err, reference)
	}
}

type lookup struct {
	t       *testing.T
	cfg     aws.Config
	network *ec2.Client
}

// fine reports what was not found.
func (l *lookup) fine(err error, what string) bool {
	l.t.Helper()
	if err != nil {
		l.t.Errorf("%s: %v", what, err)
	}
	return err == nil
}

// vpc returns the id of the only VPC that is as the settings say; of the default VPC where they name none.
func (l *lookup) vpc(existing *settings.ExistingVPC) string {
	l.t.Helper()
	var filters []types.Filter
	want := func(name, value string) {
		filters = append(filters, types.Filter{Name: &name, Values: []string{value}})
	}
	switch {
	case existing == nil:
		want("is-default", "true")
	case existing.ID != "":
		want("vpc-id", existing.ID)
	case existing.Name != "":
		want("tag:Name", existing.Name)
	default:
		for key, value := range existing.Tags {
			want("tag:"+key, value)
		}
	}
	found, err := l.network.DescribeVpcs(l.t.Context(), &ec2.DescribeVpcsInput{Filters: filters})
	if !l.fine(err, "the VPC") {
		return ""
	}
	if len(found.Vpcs) != 1 {
		l.t.Errorf("%d VPCs are as the settings say, want 1", len(found.Vpcs))
		return ""
	}
	id := *found.Vpcs[0].VpcId
	if existing != nil {
		l.subnets(id, existing.PublicSubnets)
		l.subnets(id, existing.PrivateSubnets)
	}
	return id
}

// subnets are in two zones at least, and all that are named in different ones.
func (l *lookup) subnets(vpc string, s *settings.ExistingSubnets) {
	l.t.Helper()
	if s == nil {
		return
	}
	filters := []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}
	for key, value := range s.Tags {
		filters = append(filters, types.Filter{Name: aws.String("tag:" + key), Values: []string{value}})
	}
	found, err := l.network.DescribeSubnets(l.t.Context(),
		&ec2.DescribeSubnetsInput{Filters: filters, SubnetIds: s.IDs})
	if !l.fine(err, "subnets") {
		return
	}
	zones := map[string]bool{}
	for _, subnet := range found.Subnets {
		zones[*subnet.AvailabilityZone] = true
	}
	if len(zones) < max(2, len(s.IDs)) {
		l.t.Errorf("%d subnets (%v %v) in %d zones", len(found.Subnets), s.IDs, s.Tags, len(zones))
	}
}

func (l *lookup) groups(vpc string, s settings.Stack) {
	l.t.Helper()
	ids := slices.Clone(s.Namespace.AllowedSources)
	for _, w := range s.Workloads() {
		ids = append(ids, w.Service.SecurityGroups...)
	}
	if existing := s.LoadBalancer.Existing; existing != nil {
		ids = append(ids, existing.SecurityGroup)
	}
	for _, id := range ids {
		if !strings.HasPrefix(id, "sg-") {
			continue
		}
		found, err := l.network.DescribeSecurityGroups(l.t.Context(),
			&ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}})
		if l.fine(err, id) && *found.SecurityGroups[0].VpcId != vpc {
			l.t.Errorf("%s is in %s, want %s", id, *found.SecurityGroups[0].VpcId, vpc)
		}
	}
}

func (l *lookup) lists(ids []string) {
	l.t.Helper()
	for _, id := range ids {
		if strings.HasPrefix(id, "pl-") {
			found, err := l.network.DescribeManagedPrefixLists(l.t.Context(),
				&ec2.DescribeManagedPrefixListsInput{PrefixListIds: []string{id}})
			if l.fine(err, id) && len(found.PrefixLists) != 1 {
				l.t.Errorf("%s is not there", id)
			}
		}
	}
}

// clientCertificates creates a trust store from the file with authorities, or finds the one that is given.
func (l *lookup) clientCertificates(k settings.ClientCertificates) {
	l.t.Helper()
	client := elb.NewFromConfig(l.cfg)
	if k.TrustStore != "" {
		_, err := client.DescribeTrustStores(l.t.Context(),
			&elb.DescribeTrustStoresInput{TrustStoreArns: []string{k.TrustStore}})
		l.fine(err, k.TrustStore)
	}
	if k.Authorities != "" {
		bucket, key := k.AuthoritiesFile()
		in := &elb.CreateTrustStoreInput{Name: aws.String("lookup"), CaCertificatesBundleS3Bucket: &bucket,
			CaCertificatesBundleS3Key: &key}
		if k.AuthoritiesVersion != "" {
			in.CaCertificatesBundleS3ObjectVersion = &k.AuthoritiesVersion
		}
		_, err := client.CreateTrustStore(l.t.Context(), in)
		l.fine(err, k.Authorities)
	}
}

func (l *lookup) loadBalancer(vpc string, s settings.LoadBalancer) {
	l.t.Helper()
	ctx := l.t.Context()
	if s.Existing != nil {
		balancing := elb.NewFromConfig(l.cfg)
		found, err := balancing.DescribeListeners(ctx,
			&elb.DescribeListenersInput{ListenerArns: []string{s.Existing.Listener}})
		if l.fine(err, s.Existing.Listener) {
			of, err := balancing.DescribeLoadBalancers(ctx,
				&elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{*found.Listeners[0].LoadBalancerArn}})
			if l.fine(err, "the load balancer") && *of.LoadBalancers[0].VpcId != vpc {
				l.t.Errorf("the load balancer is in %s, want %s", *of.LoadBalancers[0].VpcId, vpc)
			}
		}
	}
	if s.Domain != nil {
		found, err := route53.NewFromConfig(l.cfg).ListHostedZones(ctx, nil)
		if l.fine(err, "hosted zones") {
			var names []string
			for _, zone := range found.HostedZones {
				names = append(names, *zone.Name)
			}
			if of := slices.DeleteFunc(names,
				func(name string) bool { return name != s.Domain.Zone+"." }); len(of) != 1 {
				l.t.Errorf("there are %d hosted zones %s, want 1", len(of), s.Domain.Zone)
			}
		}
	}
	if s.HTTPS != nil {
		for _, arn := range s.HTTPS.Certificates {
			_, err := acm.NewFromConfig(l.cfg).DescribeCertificate(ctx,
				&acm.DescribeCertificateInput{CertificateArn: &arn})
			l.fine(err, arn)
		}
		if k := s.HTTPS.ClientCertificates; k != nil {
			l.clientCertificates(*k)
		}
	}
	if s.WebACL != "" {
		parts := strings.Split(s.WebACL, "/")
		_, err := wafv2.NewFromConfig(l.cfg).GetWebACL(ctx,
			&wafv2.GetWebACLInput{Name: &parts[2], Id: &parts[3], Scope: waftypes.ScopeRegional})
		l.fine(err, s.WebACL)
	}
	if s.AccessLogs != nil && s.AccessLogs.Bucket != "" {
		_, err := s3.NewFromConfig(l.cfg, func(o *s3.Options) { o.UsePathStyle = true }).HeadBucket(ctx,
			&s3.HeadBucketInput{Bucket: &s.AccessLogs.Bucket})
		l.fine(err, s.AccessLogs.Bucket)
	}
}
