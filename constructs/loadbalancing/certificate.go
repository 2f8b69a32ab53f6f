package loadbalancing

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificate"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/acmcertificatevalidation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroute53zone"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route53record"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/internal/expression"
	"webapp/settings"
)

// certificates are those of a listener: the default one, and more that are chosen by the host that a client names.
type certificates struct {
	first string
	more  []string
}

// newCertificates takes the certificates of the settings, or has one made for the domain.
func newCertificates(scope constructs.Construct, s settings.LoadBalancer) *certificates {
	if given := s.HTTPS.Certificates; len(given) > 0 {
		return &certificates{first: given[0], more: given[1:]}
	}
	return &certificates{first: requestCertificate(constructs.NewConstruct(scope, jsii.String("certificate")), *s.Domain)}
}

// requestCertificate has a certificate made for all names of a domain. AWS issues it when it finds the records that it asks for
// in the names' zone, which proves that they are ours; the listener waits for that.
func requestCertificate(scope constructs.Construct, domain settings.Domain) (arn string) {
	certificate := acmcertificate.NewAcmCertificate(scope, jsii.String("Resource"), &acmcertificate.AcmCertificateConfig{
		DomainName:              &domain.Name,
		SubjectAlternativeNames: jsii.Strings(domain.Aliases...),
		ValidationMethod:        jsii.String("DNS"),
		Tags:                    &map[string]*string{"Name": &domain.Name},
		// With another name the listener moves to the new certificate before the old one goes.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	})
	zone := findZone(scope, domain)
	options := expression.Address(certificate) + ".domain_validation_options"
	var records []*string
	for _, name := range domain.Names() {
		asked := func(attribute string) *string {
			return jsii.String(fmt.Sprintf("${one([for o in %s : o.%s if o.domain_name == %q])}", options, attribute, name))
		}
		record := route53record.NewRoute53Record(scope, jsii.String("proof-"+idOf(name)), &route53record.Route53RecordConfig{
			ZoneId:  zone.ZoneId(),
			Name:    asked("resource_record_name"),
			Type:    asked("resource_record_type"),
			Records: &[]*string{asked("resource_record_value")},
			Ttl:     jsii.Number(60),
			// A name and its wildcard, and another stack's certificate for the same name, ask for the same record.
			AllowOverwrite: true,
		})
		records = append(records, record.Fqdn())
	}
	return *acmcertificatevalidation.NewAcmCertificateValidation(scope, jsii.String("validation"), &acmcertificatevalidation.AcmCertificateValidationConfig{
		CertificateArn:        certificate.Arn(),
		ValidationRecordFqdns: &records,
	}).CertificateArn()
}

func findZone(scope constructs.Construct, domain settings.Domain) dataawsroute53zone.DataAwsRoute53Zone {
	return dataawsroute53zone.NewDataAwsRoute53Zone(scope, jsii.String("zone"), &dataawsroute53zone.DataAwsRoute53ZoneConfig{
		Name: &domain.Zone, PrivateZone: false,
	})
}

// nameInDNS has the domain's names lead to the load balancer.
func (l *LoadBalancer) nameInDNS(domain settings.Domain) {
	scope := constructs.NewConstruct(l.scope, jsii.String("domain"))
	zone := findZone(scope, domain)
	types := []string{"A"}
	if l.settings.DualStack {
		types = append(types, "AAAA")
	}
	for _, name := range domain.Names() {
		for _, typ := range types {
			route53record.NewRoute53Record(scope, jsii.String(idOf(name)+"-"+strings.ToLower(typ)), &route53record.Route53RecordConfig{
				ZoneId: zone.ZoneId(),
				Name:   &name,
				Type:   &typ,
				Alias: &route53record.Route53RecordAlias{
					Name: l.resource.DnsName(), ZoneId: l.resource.ZoneId(), EvaluateTargetHealth: true,
				},
			})
		}
	}
}

// idOf makes an id of a domain name, so that another name in the list moves none.
func idOf(name string) string {
	return strings.NewReplacer("*", "any", ".", "-").Replace(name)
}
