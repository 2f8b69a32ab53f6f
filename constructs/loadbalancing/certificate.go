package loadbalancing

import (
	"fmt"
	"slices"
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

// requestCertificate has a certificate made for all names of a domain. AWS issues it when it finds the records that it
// asks for in the names' zone, which proves that they are ours; the listener waits for that.
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
	var records []*string
	var duplicates []string
	for _, name := range provenNames(domain) {
		record := proveOwnership(scope, certificate, zone, name)
		records = append(records, record.Fqdn())
		former := expression.FormerAddress("aws_route53_record", "load-balancer", "certificate", "proof-"+idOf(wildcard+name))
		if !slices.Contains(domain.Names(), name) {
			record.MoveFromId(&former)
		} else if slices.Contains(domain.Names(), wildcard+name) {
			duplicates = append(duplicates, former)
		}
	}
	forget(scope, duplicates)
	return *acmcertificatevalidation.NewAcmCertificateValidation(scope, jsii.String("validation"), &acmcertificatevalidation.AcmCertificateValidationConfig{
		CertificateArn:        certificate.Arn(),
		ValidationRecordFqdns: &records,
	}).CertificateArn()
}

// provenNames are the names that AWS asks a record for: a name and its wildcard share one.
func provenNames(domain settings.Domain) []string {
	var names []string
	for _, name := range domain.Names() {
		if name = strings.TrimPrefix(name, wildcard); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

const wildcard = "*."

// proveOwnership creates the record by which AWS knows that a name is ours. The certificate is replaced when a name is
// added, but the record stays: AWS asks every certificate of an account for the same record of a name, in all regions,
// and looks for it again at each renewal. At plan time Terraform does not know what a new certificate will ask for; it
// would replace the record, and with the old one delete what the new certificate needs.
// Source: ACM user guide, "DNS validation" (the record is created for the domain and the account, and replacement
// certificates use it as long as it is in place).
func proveOwnership(scope constructs.Construct, certificate acmcertificate.AcmCertificate, zone dataawsroute53zone.DataAwsRoute53Zone,
	name string,
) route53record.Route53Record {
	asked := func(attribute string) *string {
		return jsii.String(fmt.Sprintf(`${[for o in %s.domain_validation_options : o.%s if trimprefix(o.domain_name, %q) == %q][0]}`,
			expression.Address(certificate), attribute, wildcard, name))
	}
	return route53record.NewRoute53Record(scope, jsii.String("proof-"+idOf(name)), &route53record.Route53RecordConfig{
		ZoneId:  zone.ZoneId(),
		Name:    asked("resource_record_name"),
		Type:    asked("resource_record_type"),
		Records: &[]*string{asked("resource_record_value")},
		Ttl:     jsii.Number(60),
		// Another certificate for the name, of this account, has created the same record.
		AllowOverwrite: true,
		Lifecycle:      &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("name", "type", "records")},
	})
}

// forget takes resources out of Terraform's state and leaves them in place. Earlier releases had a record for a name
// and one for its wildcard: two resources, but the same record in DNS, which is still needed.
func forget(scope constructs.Construct, addresses []string) {
	var blocks []any
	for _, address := range addresses {
		blocks = append(blocks, map[string]any{"from": address, "lifecycle": map[string]any{"destroy": false}})
	}
	if len(blocks) > 0 {
		cdktf.TerraformStack_Of(scope).AddOverride(jsii.String("removed"), blocks)
	}
}

func findZone(scope constructs.Construct, domain settings.Domain) dataawsroute53zone.DataAwsRoute53Zone {
	return dataawsroute53zone.NewDataAwsRoute53Zone(scope, jsii.String("zone"), &dataawsroute53zone.DataAwsRoute53ZoneConfig{
		Name: &domain.Zone, PrivateZone: false,
	})
}

// NameInDNS has the domain's names, where there are any, lead to the load balancer once the services answer there: when
// it is replaced, clients go to the old one until then.
func (l *LoadBalancer) NameInDNS(services []cdktf.ITerraformDependable) {
	if l.settings.Domain == nil || l.Shared() {
		return
	}
	domain := *l.settings.Domain
	scope := constructs.NewConstruct(l.scope, jsii.String("domain"))
	zone := findZone(scope, domain)
	types := []string{"A"}
	if l.settings.DualStack {
		types = append(types, "AAAA")
	}
	for _, name := range domain.Names() {
		for _, typ := range types {
			route53record.NewRoute53Record(scope, jsii.String(idOf(name)+"-"+strings.ToLower(typ)), &route53record.Route53RecordConfig{
				ZoneId:    zone.ZoneId(),
				Name:      &name,
				Type:      &typ,
				DependsOn: &services,
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
