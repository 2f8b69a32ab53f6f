package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// HTTPS encrypts the requests on their way to the load balancer.
type HTTPS struct {
	// Certificates are ARNs of certificates in AWS Certificate Manager, in the load balancer's region, or of server
	// certificates in IAM; the first one is for clients that name no host, the others are chosen by the host that a
	// client names. At most 26. Default: one is requested for the domain. Required without a domain.
	// Source: ELB API, Certificate.
	Certificates []string `yaml:"certificates"`

	// Policy is which versions of TLS and which ciphers clients may use: one of Elastic Load Balancing's policies with
	// TLS 1.2 and 1.3 only. AWS has others, with TLS 1.0 and 1.1, which are refused here. Default
	// ELBSecurityPolicy-TLS13-1-2-2021-06: TLS 1.3 and 1.2.
	// Source: ELB user guide, "Security policies for your Application Load Balancer".
	Policy string `yaml:"policy"`

	// Redirect answers plain HTTP on port 80 with where to go instead. Default true.
	Redirect bool `yaml:"redirect"`
}

// Domain is the name in DNS that the service answers at, in a public hosted zone of Route 53 in the same account.
type Domain struct {
	// Name, such as www.example.com; of at most 64 characters where a certificate is requested for it. Required.
	// Source: ACM API, RequestCertificate.
	Name string `yaml:"name"`

	// Zone is the hosted zone's name, such as example.com. Default: the name without its first part.
	Zone string `yaml:"zone"`

	// Aliases are more names in the zone for the same service, such as example.com or *.example.com. A certificate
	// holds at most 100 names, and 10 until AWS has raised the account's quota. Adding one replaces the certificate;
	// the records that validate it stay. Default: none.
	// Source: ACM user guide, "Quotas".
	Aliases []string `yaml:"aliases"`
}

// maxCertificates are those that a listener has, beside its default one (quotas of Application Load Balancers).
const maxCertificates = 1 + 25

var (
	certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$|^arn:aws[a-z-]*:iam::[0-9]{12}:server-certificate/[!-~]+$`)
	domainName     = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
)

// tlsPrefix begins the name of every policy.
const tlsPrefix = "ELBSecurityPolicy-"

// tlsPolicies are the policies that allow TLS 1.2 and 1.3 only, and tlsOldPolicies those that allow older versions too,
// by the rest of their names.
// Source: ELB user guide, "Security policies for your Application Load Balancer".
var tlsPolicies = []string{
	"TLS13-1-2-2021-06", "TLS13-1-2-Res-2021-06", "TLS13-1-2-Ext1-2021-06", "TLS13-1-2-Ext2-2021-06",
	"TLS13-1-3-2021-06", "TLS13-1-2-PQ-2025-09", "TLS13-1-2-Res-PQ-2025-09", "TLS13-1-2-Ext1-PQ-2025-09",
	"TLS13-1-2-Ext2-PQ-2025-09", "TLS13-1-3-PQ-2025-09", "TLS13-1-2-FIPS-2023-04", "TLS13-1-2-Res-FIPS-2023-04",
	"TLS13-1-2-Ext0-FIPS-2023-04", "TLS13-1-2-Ext1-FIPS-2023-04", "TLS13-1-2-Ext2-FIPS-2023-04",
	"TLS13-1-3-FIPS-2023-04", "TLS13-1-2-FIPS-PQ-2025-09", "TLS13-1-2-Res-FIPS-PQ-2025-09",
	"TLS13-1-2-Ext0-FIPS-PQ-2025-09", "TLS13-1-2-Ext1-FIPS-PQ-2025-09", "TLS13-1-2-Ext2-FIPS-PQ-2025-09",
	"TLS13-1-3-FIPS-PQ-2025-09", "TLS13-1-2-RFC9151-FIPS-2023-07", "TLS13-1-2-Ext0-RFC9151-FIPS-2023-07",
	"TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07", "TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07",
	"TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07", "TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07",
	"TLS13-1-3-RFC9151-FIPS-2023-07", "TLS-1-2-2017-01", "TLS-1-2-Ext-2018-06", "FS-1-2-2019-08", "FS-1-2-Res-2019-08",
	"FS-1-2-Res-2020-10",
}

var tlsOldPolicies = []string{
	"2016-08", "2015-05", "TLS-1-0-2015-04", "TLS-1-1-2017-01", "FS-2018-06", "FS-1-1-2019-08", "TLS13-1-0-2021-06",
	"TLS13-1-1-2021-06", "TLS13-1-0-PQ-2025-09", "TLS13-1-0-FIPS-2023-04", "TLS13-1-1-FIPS-2023-04",
	"TLS13-1-0-FIPS-PQ-2025-09", "TLS13-1-1-FIPS-PQ-2025-09",
}

func (h *HTTPS) SetDefaults() {
	h.Policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
	h.Redirect = true
}

func (h *HTTPS) Check(c configfile.Checker) {
	configfile.CheckItems(c.At("certificates"), h.Certificates, "list each certificate once", func(c configfile.Checker, arn string) {
		checkARN(c, arn, certificateARN, "certificate in ACM", "arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef")
	})
	if len(h.Certificates) > maxCertificates {
		c.At("certificates").Problemf("has %d certificates; a listener has at most %d: put several names into one", len(h.Certificates), maxCertificates)
	}
	h.checkPolicy(c.At("policy"))
}

// checkPolicy refuses what older clients than those of 2008 would need; nobody should have to ask whether a service
// still takes it.
func (h *HTTPS) checkPolicy(c configfile.Checker) {
	const instead = "write ELBSecurityPolicy-TLS13-1-2-2021-06, or ELBSecurityPolicy-TLS13-1-3-2021-06 for TLS 1.3 alone"
	switch name := strings.TrimPrefix(h.Policy, tlsPrefix); {
	case name != h.Policy && slices.Contains(tlsPolicies, name):
	case name != h.Policy && slices.Contains(tlsOldPolicies, name):
		c.Problemf("%s allows TLS 1.0 or 1.1, which are broken, and is refused here though AWS has it; %s", h.Policy, instead)
	default:
		c.Problemf("%q is not a policy of Elastic Load Balancing; %s", h.Policy, instead)
	}
}

// checkHTTPS applies the rules that span HTTPS, the domain and the listener's port.
func (l *LoadBalancer) checkHTTPS(c configfile.Checker) {
	if len(l.HTTPS.Certificates) == 0 && l.Domain == nil && l.Existing == nil {
		c.At("https").At("certificates").Problemf("is missing: HTTPS needs a certificate; write its ARN, or a " +
			"domain, for which one is requested")
	}
	if l.HTTPS.Redirect && l.Port == httpPort {
		c.At("port").Problemf("80 is the port of plain HTTP, which https.redirect answers; write 443, or https: " +
			"{redirect: false}")
	}
}

// maxCommonName and maxCertificateNames are those of a certificate (ACM API, RequestCertificate: DomainName and
// SubjectAlternativeNames).
const maxCommonName, maxCertificateNames = 64, 100

// checkRequested applies the rules of the certificate that is requested for the domain.
func (d *Domain) checkRequested(c configfile.Checker) {
	if names := len(d.Names()); names > maxCertificateNames {
		c.At("aliases").Problemf("are %d names with the domain's own; a certificate holds at most %d: name "+
			"certificates in https.certificates, or use wildcards",
			names, maxCertificateNames)
	}
	if len(d.Name) > maxCommonName && c.Valid("name") {
		c.At("name").Problemf("has %d characters; the first name of a certificate has at most %d: write a shorter "+
			"one, and this one among the aliases",
			len(d.Name), maxCommonName)
	}
	for i, name := range d.Names() {
		at := c.At("name")
		if i > 0 {
			at = c.At("aliases").Index(i - 1)
		}
		if strings.Contains(name, "_") && at.Valid("") {
			at.Problemf("%q has an underscore, which a certificate's name must not have; write a hyphen", name)
		}
	}
}

// Names lists all names of the domain, the first one first.
func (d Domain) Names() []string { return append([]string{d.Name}, d.Aliases...) }

func (d *Domain) derive(given func(path string) bool) {
	if !given("domain.zone") {
		_, d.Zone, _ = strings.Cut(d.Name, ".")
	}
}

// isDomainName says whether a text is a name in DNS of two or more parts, in lower case.
func isDomainName(name string) bool {
	return domainName.MatchString(name) && len(name) <= maxDomainName
}

// maxDomainName is the length that DNS has.
const maxDomainName = 253

func (d *Domain) Check(c configfile.Checker) {
	if !isDomainName(d.Name) || strings.HasPrefix(d.Name, "*") {
		c.At("name").Problemf("%q is not a valid domain name; write one such as www.example.com, in lower case", d.Name)
		return
	}
	if !isDomainName(d.Zone) || strings.HasPrefix(d.Zone, "*") {
		c.Problemf("%q is not a valid name of a hosted zone; write zone, such as zone: example.com, in lower case", d.Zone)
		return
	}
	seen := map[string]string{}
	for i, name := range d.Names() {
		at := c.At("name")
		if i > 0 {
			at = c.At("aliases").Index(i - 1)
		}
		switch {
		case !isDomainName(name):
			at.Problemf("%q is not a valid domain name; write one such as www.example.com, in lower case", name)
		case name != d.Zone && !strings.HasSuffix(name, "."+d.Zone):
			at.Problemf("%s is not in the hosted zone %s; write a name that ends with .%s, or its own zone as zone", name, d.Zone, d.Zone)
		}
		configfile.CheckUnique(at, seen, name, at.Path(), "list each name once")
	}
}
