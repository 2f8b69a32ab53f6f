package loadbalancing

import (
	"fmt"
	"maps"
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
	"webapp/internal/names"
	"webapp/settings"
)

// certificates are the ARNs of a listener's certificates. The default one serves every host that no other one is for.
type certificates struct {
	standard   string
	additional []string
}

// newCertificates returns the certificates of the settings, or requests one for the domain.
func newCertificates(scope constructs.Construct, s settings.LoadBalancer) *certificates {
	if given := s.HTTPS.Certificates; len(given) > 0 {
		return &certificates{standard: given[0], additional: given[1:]}
	}
	scope = constructs.NewConstruct(scope, jsii.String("certificate"))
	return &certificates{standard: requestCertificate(scope, *s.Domain)}
}

// requestCertificate requests a certificate for all names of a domain. AWS issues it once it finds certain records in
// the names' zone, which prove that the zone is ours. The listener waits for that.
func requestCertificate(scope constructs.Construct, domain settings.Domain) (arn string) {
	config := &acmcertificate.AcmCertificateConfig{
		DomainName:              &domain.Name,
		SubjectAlternativeNames: jsii.Strings(domain.Aliases...),
		ValidationMethod:        jsii.String("DNS"),
		Tags:                    &map[string]*string{"Name": &domain.Name},
		// When the name changes, the listener moves to the new certificate before the old one is deleted.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	certificate := acmcertificate.NewAcmCertificate(scope, jsii.String("Resource"), config)
	zone := findZone(scope, domain)
	var records []*string
	var duplicates []string
	validated := validatedNames(domain)
	ids := idsOf(validated)
	for _, name := range validated {
		record := newValidationRecord(scope, certificate, zone, name, ids[name])
		records = append(records, record.Fqdn())
		id := idOf(wildcard + name)
		former := expression.FormerAddress("aws_route53_record", "load-balancer", "certificate", "proof-"+id)
		if slices.Contains(slices.Collect(maps.Values(ids)), id) {
			continue // another name's record is there
		}
		if !slices.Contains(domain.Names(), name) {
			record.MoveFromId(&former)
		} else if slices.Contains(domain.Names(), wildcard+name) {
			duplicates = append(duplicates, former)
		}
	}
	forget(scope, duplicates)
	validation := acmcertificatevalidation.NewAcmCertificateValidation(scope, jsii.String("validation"),
		&acmcertificatevalidation.AcmCertificateValidationConfig{
			CertificateArn: certificate.Arn(), ValidationRecordFqdns: &records,
		})
	return *validation.CertificateArn()
}

// validatedNames returns the names that need a record of their own. A name and its wildcard share one.
func validatedNames(domain settings.Domain) []string {
	var names []string
	for _, name := range domain.Names() {
		if name = strings.TrimPrefix(name, wildcard); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

const wildcard = "*."

// newValidationRecord creates the record that proves to AWS that a name is ours. The certificate is replaced when a
// name is added, but the record stays: for a given name and account, AWS requires the same record for every
// certificate, in every region, and checks it again at each renewal. At plan time Terraform does not know the record of
// a new certificate. It would replace the record, and deleting the old one would delete what the new certificate needs.
// Source: ACM user guide, "DNS validation" (the record is created for the domain and the account, and replacement
// certificates use it as long as it is in place).
func newValidationRecord(
	scope constructs.Construct, certificate acmcertificate.AcmCertificate,
	zone dataawsroute53zone.DataAwsRoute53Zone, name, id string,
) route53record.Route53Record {
	required := func(attribute string) *string {
		return jsii.String(fmt.Sprintf(
			`${[for o in %s.domain_validation_options : o.%s if trimprefix(o.domain_name, %q) == %q][0]}`,
			expression.Address(certificate), attribute, wildcard, name))
	}
	return route53record.NewRoute53Record(scope, jsii.String("proof-"+id), &route53record.Route53RecordConfig{
		ZoneId:  zone.ZoneId(),
		Name:    required("resource_record_name"),
		Type:    required("resource_record_type"),
		Records: &[]*string{required("resource_record_value")},
		Ttl:     jsii.Number(60),
		// Another certificate of this account, for the same name, may have created the record already.
		AllowOverwrite: true,
		Lifecycle:      &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("name", "type", "records")},
	})
}

// forget removes resources from Terraform's state without destroying them. Earlier releases had two resources for a
// name and its wildcard, but both were the same DNS record, which is still needed.
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
	return dataawsroute53zone.NewDataAwsRoute53Zone(scope, jsii.String("zone"),
		&dataawsroute53zone.DataAwsRoute53ZoneConfig{Name: &domain.Zone, PrivateZone: false})
}

// AddDNSRecords points the names of the domain, if there is one, to the load balancer. Terraform does so after it has
// deployed the services: when the load balancer is replaced, clients use the old one until then.
func (l *LoadBalancer) AddDNSRecords(services []cdktf.ITerraformDependable) {
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
	ids := idsOf(domain.Names())
	for _, name := range domain.Names() {
		for _, typ := range types {
			id := ids[name] + "-" + strings.ToLower(typ)
			route53record.NewRoute53Record(scope, &id, &route53record.Route53RecordConfig{
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

// idsOf returns the construct ids for domain names, by name. They do not depend on the names' places in the list, so
// that adding a name replaces no record. Where two names would have one id, such as a-b.example.com and
// a.b.example.com, the one that comes later has a hash of its name in its id.
func idsOf(domainNames []string) map[string]string {
	ids, taken := map[string]string{}, map[string]bool{}
	for _, name := range domainNames {
		id := idOf(name)
		if taken[id] {
			id += "-" + names.Hash(name)
		}
		ids[name], taken[id] = id, true
	}
	return ids
}

func idOf(name string) string {
	return strings.NewReplacer("*", "any", ".", "-").Replace(name)
}
