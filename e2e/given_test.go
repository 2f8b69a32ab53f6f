package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// given makes what an example takes as given, and returns what to replace in it, in pairs: ids are AWS's to choose.
var given = map[string]func(*testing.T, aws.Config) []string{
	"https-domain": func(t *testing.T, cfg aws.Config) []string {
		must(route53.NewFromConfig(cfg).CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
			Name: aws.String("example.com"), CallerReference: aws.String("given"),
		}))(t)
		return nil
	},
	"named-subnets": func(t *testing.T, cfg aws.Config) []string {
		v := createVPC(t, cfg, "shared")
		v.tag(v.id, "team", "platform")
		ids := v.subnetsByRange()
		for _, cidr := range []string{"10.20.2.0/24", "10.20.3.0/24", "10.20.4.0/24"} { // two of them in one zone
			v.tag(ids[cidr], "tier", "apps")
		}
		return []string{"subnet-0123456789abcdef0", ids["10.20.0.0/24"], "subnet-0123456789abcdef1", ids["10.20.1.0/24"]}
	},
	"restricted": func(t *testing.T, cfg aws.Config) []string {
		var certificates []string
		for _, name := range []string{"office.example.com", "office.example.org"} {
			certificates = append(certificates, *must(acm.NewFromConfig(cfg).RequestCertificate(t.Context(), &acm.RequestCertificateInput{
				DomainName: &name,
			}))(t).CertificateArn)
		}
		must(s3.NewFromConfig(cfg, pathStyle).CreateBucket(t.Context(), &s3.CreateBucketInput{
			Bucket:                    aws.String("company-access-logs"),
			CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(cfg.Region)},
		}))(t)
		list := must(ec2.NewFromConfig(cfg).CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
			PrefixListName: aws.String("partners"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(5),
		}))(t).PrefixList
		acl := must(wafv2.NewFromConfig(cfg).CreateWebACL(t.Context(), &wafv2.CreateWebACLInput{
			Name: aws.String("office"), Scope: waftypes.ScopeRegional,
			DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
			VisibilityConfig: &waftypes.VisibilityConfig{
				CloudWatchMetricsEnabled: false, MetricName: aws.String("office"), SampledRequestsEnabled: false,
			},
		}))(t).Summary
		return []string{
			"arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef", certificates[0],
			"arn:aws:acm:eu-west-1:123456789012:certificate/76543210-89ab-cdef-0123-456789abcdef", certificates[1],
			"pl-0123456789abcdef0", *list.PrefixListId,
			"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/office/01234567-89ab-cdef-0123-456789abcdef", *acl.ARN,
		}
	},
	"shared-listener": func(t *testing.T, cfg aws.Config) []string {
		v := createVPC(t, cfg, "shared")
		ids := v.subnetsByRange()
		group := must(v.client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
			GroupName: aws.String("shared-balancer"), Description: aws.String("The shared load balancer"), VpcId: &v.id,
		}))(t).GroupId
		client := elb.NewFromConfig(cfg)
		balancer := must(client.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{
			Name: aws.String("shared"), Subnets: []string{ids["10.20.0.0/24"], ids["10.20.1.0/24"]}, SecurityGroups: []string{*group},
		}))(t).LoadBalancers[0]
		listener := must(client.CreateListener(t.Context(), &elb.CreateListenerInput{
			LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
			DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumFixedResponse,
				FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: aws.String("404")}}},
		}))(t).Listeners[0]
		must(servicediscovery.NewFromConfig(cfg).CreatePrivateDnsNamespace(t.Context(), &servicediscovery.CreatePrivateDnsNamespaceInput{
			Name: aws.String("shared.internal"), Vpc: &v.id,
		}))(t)
		return []string{
			"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef", *listener.ListenerArn,
			"sg-0123456789abcdef0", *group, "vpc-0123456789abcdef0", v.id,
		}
	},
	"sidecar-and-efs": func(t *testing.T, cfg aws.Config) []string {
		v := createVPC(t, cfg, "shop")
		group := must(ec2.NewFromConfig(cfg).CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
			GroupName: aws.String("file-system-clients"), Description: aws.String("Clients of the file system"), VpcId: &v.id,
		}))(t)
		return []string{"sg-0123456789abcdef0", *group.GroupId}
	},
}

func (v existingVPC) tag(resource, key, value string) {
	v.t.Helper()
	must(v.client.CreateTags(v.t.Context(), &ec2.CreateTagsInput{
		Resources: []string{resource}, Tags: []ec2types.Tag{{Key: &key, Value: &value}},
	}))(v.t)
}

// subnetsByRange returns the ids of the VPC's subnets.
func (v existingVPC) subnetsByRange() map[string]string {
	v.t.Helper()
	ids := map[string]string{}
	for _, s := range must(v.client.DescribeSubnets(v.t.Context(), &ec2.DescribeSubnetsInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{v.id}}},
	}))(v.t).Subnets {
		ids[*s.CidrBlock] = *s.SubnetId
	}
	return ids
}
