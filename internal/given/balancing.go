package given

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// firstPort is the port of the first listener of a load balancer; the next ones follow.
const firstPort = 443

// listener creates the listener that the settings name, with its load balancer. It uses HTTPS, which all protocols of
// target groups work with: gRPC requires it.
func (p *preparing) listener() error {
	existing := p.settings.LoadBalancer.Existing
	if existing == nil {
		return nil
	}
	name := nameIn(existing.Listener, 2)
	balancer, err := p.once("load balancer "+name, func() (*string, error) {
		v, err := p.inVPC()
		if err != nil {
			return nil, err
		}
		group := p.IDs[existing.SecurityGroup]
		if group == "" {
			created, err := p.createGroup("given-" + name)
			if err != nil {
				return nil, err
			}
			group = *created
		}
		created, err := elb.NewFromConfig(p.cfg).CreateLoadBalancer(p.ctx, &elb.CreateLoadBalancerInput{
			Name: &name, Subnets: v.public, SecurityGroups: []string{group},
		})
		if err != nil {
			return nil, err
		}
		return created.LoadBalancers[0].LoadBalancerArn, nil
	})
	if err != nil {
		return err
	}
	return p.named("listener", existing.Listener, func() (*string, error) { return p.createListener(balancer) })
}

func (p *preparing) createListener(balancer string) (*string, error) {
	certificate, err := p.requestCertificate()
	if err != nil {
		return nil, err
	}
	client := elb.NewFromConfig(p.cfg)
	there, err := client.DescribeListeners(p.ctx, &elb.DescribeListenersInput{LoadBalancerArn: &balancer})
	if err != nil {
		return nil, err
	}
	created, err := client.CreateListener(p.ctx, &elb.CreateListenerInput{
		LoadBalancerArn: &balancer, Protocol: types.ProtocolEnumHttps,
		Certificates: []types.Certificate{{CertificateArn: certificate}},
		Port:         aws.Int32(firstPort + int32(len(there.Listeners))), //nolint:gosec // there are at most 50
		DefaultActions: []types.Action{{
			Type:                types.ActionTypeEnumFixedResponse,
			FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("404")},
		}},
	})
	if err != nil {
		return nil, err
	}
	return created.Listeners[0].ListenerArn, nil
}

func (p *preparing) requestCertificate() (*string, error) {
	created, err := acm.NewFromConfig(p.cfg).RequestCertificate(p.ctx,
		&acm.RequestCertificateInput{DomainName: aws.String("given.example.com")})
	if err != nil {
		return nil, err
	}
	return created.CertificateArn, nil
}

// hostedZone creates the zone of the domain.
func (p *preparing) hostedZone() error {
	domain := p.settings.LoadBalancer.Domain
	if domain == nil {
		return nil
	}
	what := "hosted zone " + domain.Zone
	_, err := p.onceInAccount(what, func() (*string, error) {
		created, err := route53.NewFromConfig(p.cfg).CreateHostedZone(p.ctx,
			&route53.CreateHostedZoneInput{Name: &domain.Zone, CallerReference: &what})
		if err != nil {
			return nil, err
		}
		return created.HostedZone.Id, nil
	})
	return err
}

// certificates creates those that the settings name.
func (p *preparing) certificates() error {
	if p.settings.LoadBalancer.HTTPS == nil {
		return nil
	}
	for _, arn := range p.settings.LoadBalancer.HTTPS.Certificates {
		if err := p.named("certificate", arn, p.requestCertificate); err != nil {
			return err
		}
	}
	return nil
}

// webACL creates the one that the settings name.
func (p *preparing) webACL() error {
	arn := p.settings.LoadBalancer.WebACL
	if arn == "" {
		return nil
	}
	name := nameIn(arn, 2)
	return p.named("web ACL", arn, func() (*string, error) {
		created, err := wafv2.NewFromConfig(p.cfg).CreateWebACL(p.ctx, &wafv2.CreateWebACLInput{
			Name: &name, Scope: waftypes.ScopeRegional,
			DefaultAction:    &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
			VisibilityConfig: &waftypes.VisibilityConfig{MetricName: &name},
		})
		if err != nil {
			return nil, err
		}
		return created.Summary.ARN, nil
	})
}

// accessLogs creates the bucket that the settings name.
func (p *preparing) accessLogs() error {
	logs := p.settings.LoadBalancer.AccessLogs
	if logs == nil || logs.Bucket == "" {
		return nil
	}
	return p.bucket(logs.Bucket)
}

func (p *preparing) bucket(name string) error {
	_, err := p.onceIn("everywhere", "bucket "+name, func() (*string, error) {
		input := &s3.CreateBucketInput{Bucket: &name}
		if p.cfg.Region != "us-east-1" { // S3 uses it by default, and rejects it as a constraint
			region := s3types.BucketLocationConstraint(p.cfg.Region)
			input.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: region}
		}
		if _, err := p.s3().CreateBucket(p.ctx, input); err != nil {
			return nil, fmt.Errorf("in %s: %w", p.cfg.Region, err)
		}
		return &name, nil
	})
	return err
}

func (p *preparing) s3() *s3.Client {
	return s3.NewFromConfig(p.cfg, func(o *s3.Options) { o.UsePathStyle = true })
}
