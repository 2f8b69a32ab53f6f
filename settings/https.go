package settings

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"webapp/internal/configfile"
)

// HTTPS encrypts requests between the clients and the load balancer.
type HTTPS struct {
	// Certificates are ARNs of certificates in AWS Certificate Manager, in the load balancer's region, or of server
	// certificates in IAM, at most 26 unless the account's quota is higher. The load balancer chooses one by the host
	// that a client names, and uses the first one for clients that name none. Default: one is requested for the domain.
	// Required without a domain.
	// Source: ELB API, Certificate.
	Certificates []string `yaml:"certificates" arn:"acm,iam"`

	// Policy sets the TLS versions and ciphers that clients may use: the name of one of Elastic Load Balancing's
	// security policies. Policies that allow TLS 1.0 or 1.1 are refused. Default ELBSecurityPolicy-TLS13-1-2-2021-06:
	// TLS 1.3 and 1.2.
	// Source: ELB user guide, "Security policies for your Application Load Balancer".
	Policy string `yaml:"policy"`

	// Redirect redirects plain HTTP requests on port 80 to HTTPS. Default true.
	Redirect bool `yaml:"redirect"`

	// ClientCertificates has clients prove with certificates who they are (mutual TLS). Default: none.
	ClientCertificates *ClientCertificates `yaml:"clientCertificates"`
}

// Domain is the DNS name of the service, in a public hosted zone of Route 53 in the same account.
type Domain struct {
	// Name, such as www.example.com. No two stacks in one account can use the same name, even in different regions. If a
	// certificate is requested for it, at most 64 characters, and with a public top-level domain. Required.
	// Source: ACM API, RequestCertificate.
	Name string `yaml:"name"`

	// Zone is the name of a public hosted zone, such as example.com, also if the load balancer is internal: a private zone
	// is not found. AWS GovCloud (US) has no public zones: use https.certificates there, without a domain. Default: the
	// name without its first part.
	Zone string `yaml:"zone"`

	// Aliases are additional names of the service in the same zone, such as example.com or *.example.com. A certificate
	// has at most 100 names, or 10 until AWS raises the account's quota. Adding a name replaces the certificate; the
	// records that validate it stay. Default: none.
	// Source: ACM user guide, "Quotas".
	Aliases []string `yaml:"aliases"`
}

// maxCertificates is a listener's default certificate and those that it can have in addition, until AWS raises the
// quota.
// Source: ELB user guide, "Quotas for your Application Load Balancers".
const maxCertificates = 1 + 25

var (
	certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$|` +
		`^arn:aws[a-z-]*:iam::[0-9]{12}:server-certificate/[!-~]+$`)
	hostedZoneID = regexp.MustCompile(`^(/hostedzone/)?Z[0-9A-Z]{1,31}$`) // Route 53 API, HostedZone and ResourceId
)

// tlsPrefix begins the name of every policy.
const tlsPrefix = "ELBSecurityPolicy-"

// tlsPolicies are the policies that allow only TLS 1.2 and 1.3, and tlsOldPolicies those that also allow older
// versions, both without the prefix.
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
	byName := map[string]string{}
	configfile.CheckItems(c.At("certificates"), h.Certificates, "list each certificate "+
		"once", func(c configfile.Checker, arn string) {
		checkARN(c, arn, certificateARN, "certificate in ACM or IAM",
			"arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef")
		// A server certificate's path is not part of its name, which is unique in its account (IAM API,
		// UploadServerCertificate).
		account, path, ofIAM := strings.Cut(arn, ":server-certificate/")
		name := account + path[strings.LastIndex(path, "/")+1:]
		if other, ok := byName[name]; ok && ofIAM && other != arn {
			c.Problemf("%s has the name of %s, but an account has only one certificate of a name; remove the wrong one",
				arn, other)
		}
		byName[name] = arn
	})
	if len(h.Certificates) > maxCertificates {
		c.At("certificates").Notef("has %d certificates; a load balancer has at most %d, unless the account's quota "+
			"\"Certificates per Application Load Balancer\" is higher; several names can share one", len(h.Certificates),
			maxCertificates)
	}
	h.checkPolicy(c.At("policy"))
}

// checkPolicy refuses policies with TLS 1.0 or 1.1, which only clients older than 2008 need.
func (h *HTTPS) checkPolicy(c configfile.Checker) {
	const instead = "write ELBSecurityPolicy-TLS13-1-2-2021-06, or ELBSecurityPolicy-TLS13-1-3-2021-06 for TLS 1.3 " +
		"alone"
	switch name := strings.TrimPrefix(h.Policy, tlsPrefix); {
	case name != h.Policy && slices.Contains(tlsPolicies, name):
	case name != h.Policy && slices.Contains(tlsOldPolicies, name):
		c.Problemf("%s allows TLS 1.0 or 1.1, which are not secure; %s", h.Policy, instead)
	default:
		c.Problemf("%q is not a security policy of Elastic Load Balancing; %s", h.Policy, instead)
	}
}

// checkHTTPS applies the rules that span HTTPS, the domain and the listener's port.
func (l *LoadBalancer) checkHTTPS(c configfile.Checker) {
	if len(l.HTTPS.Certificates) == 0 && l.Domain == nil && l.Existing == nil {
		c.At("https").At("certificates").Problemf("is missing: HTTPS needs a certificate; write the ARN of one, or " +
			"set loadBalancer.domain to have one requested")
	}
	if l.HTTPS.Redirect && l.Port == httpPort {
		c.At("port").Problemf("80 is the port on which https.redirect answers plain HTTP; write 443, or https: " +
			"{redirect: false}")
	}
}

// maxCommonName and maxCertificateNames are limits of a certificate (ACM API, RequestCertificate: DomainName and
// SubjectAlternativeNames). defaultCertificateNames is the quota that an account has at first (ACM user guide,
// "Quotas").
const maxCommonName, maxCertificateNames, defaultCertificateNames = 64, 100, 10

// checkRequested applies the rules of the certificate that is requested for the domain.
func (d *Domain) checkRequested(c configfile.Checker) {
	switch names := len(d.Names()); {
	case names > maxCertificateNames:
		c.At("aliases").Problemf("makes %d names with the domain's own; a certificate has at most %d: list "+
			"certificates in https.certificates, or use wildcards",
			names, maxCertificateNames)
	case names > defaultCertificateNames:
		c.At("aliases").Notef("makes %d names with the domain's own; a certificate has at most %d, unless the account's "+
			"quota \"Domain names per ACM certificate\" is higher", names, defaultCertificateNames)
	}
	if len(d.Name) > maxCommonName && c.Valid("name") {
		c.At("name").Problemf("has %d characters; the first name of a certificate has at most %d: write a shorter "+
			"name, and move this one to aliases",
			len(d.Name), maxCommonName)
	}
	for i, name := range d.Names() {
		at := c.At("name")
		if i > 0 {
			at = c.At("aliases").Index(i - 1)
		}
		if !at.Valid("") {
			continue
		}
		if strings.Contains(name, "_") {
			at.Problemf("%q contains an underscore, which a name in a certificate must not; write a hyphen", name)
		}
		checkIssuable(at, name)
	}
}

// ofAmazon are the domains for whose names ACM issues no certificate.
var ofAmazon = []string{"amazonaws.com", "cloudfront.net", "elasticbeanstalk.com"}

// checkIssuable reports a name for which ACM can never issue a certificate: the apply would fail.
// Sources: ACM user guide, "Certificate request fails" (Invalid Public Domain) and "Public certificate characteristics"
// (domains that Amazon owns).
func checkIssuable(c configfile.Checker, name string) {
	const instead = "; write a name in a domain of yours, such as app.example.com, or list certificates in " +
		"https.certificates"
	if suffix, registry := publicsuffix.PublicSuffix(name); !registry && !strings.Contains(suffix, ".") {
		c.Problemf("ACM cannot issue a certificate for %s: .%s is not a public top-level domain"+instead, name, suffix)
	}
	for _, domain := range ofAmazon {
		if isWithinDomain(name, domain) {
			c.Problemf("ACM does not issue a certificate for %s: Amazon owns %s"+instead, name, domain)
		}
	}
}

// Names lists the domain's name and its aliases.
func (d Domain) Names() []string { return append([]string{d.Name}, d.Aliases...) }

func (d *Domain) derive(given func(path string) bool) {
	if !given("domain.zone") {
		_, d.Zone, _ = strings.Cut(d.Name, ".")
	}
}

func (d *Domain) ShorthandKey(string) string { return "name" }

func (d *Domain) Check(c configfile.Checker) {
	switch name, at := strings.TrimPrefix(d.Name, "*."), c.At("name"); {
	case isPlainName(d.Name):
	case isPlainName(name):
		at.Problemf("%s is a wildcard, but the first name is that of the service's URL; write name: www.%s and aliases: "+
			"[%q]", d.Name, name, d.Name)
		return
	default:
		reportName(at, d.Name, "domain name", "www.example.com", isPlainName)
		return
	}
	if d.checkZone(c); !c.Valid("", "zone") {
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
			reportName(at, name, "domain name", "www.example.com", isDomainName)
		case !isWithinDomain(name, d.Zone):
			at.Problemf("%s is not in the hosted zone %s; write a name that ends with .%s, or change zone", name,
				d.Zone, d.Zone)
		}
		configfile.CheckUnique(at, seen, name, at.Path(), "list each name once")
	}
}

// checkZone reports what is not the name of a hosted zone.
func (d *Domain) checkZone(c configfile.Checker) {
	if !c.Given("zone") {
		// Suffixes of the list that are no registry's have an owner, who may have a zone.
		suffix, registry := publicsuffix.PublicSuffix(d.Zone)
		if suffix == d.Zone && (registry || !strings.Contains(suffix, ".")) {
			own, err := publicsuffix.EffectiveTLDPlusOne(d.Name)
			if err != nil {
				own = d.Name // which is a public suffix too
			}
			c.Problemf("the zone would be %s, a public suffix rather than a domain of yours; add zone: %s", d.Zone, own)
		}
		return
	}
	switch at := c.At("zone"); {
	case isPlainName(d.Zone):
	case hostedZoneID.MatchString(d.Zone):
		at.Problemf("%s is the id of a hosted zone; write the name of the zone instead, such as example.com", d.Zone)
	default:
		reportName(at, d.Zone, "name of a hosted zone", "example.com", isPlainName)
	}
}
