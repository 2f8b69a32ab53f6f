package settings

import (
	"regexp"
	"strings"
)

// HTTPS encrypts the requests on their way to the load balancer.
type HTTPS struct {
	// Certificates are ARNs of certificates in AWS Certificate Manager, in the load balancer's region; the first one is for
	// clients that name no host, the others are chosen by the host that a client names. At most 26. Default: one is requested
	// for the domain. Required without a domain.
	Certificates []string `yaml:"certificates"`

	// Policy is which versions of TLS and ciphers clients may use, one of Elastic Load Balancing's that begin with TLS 1.2 or
	// 1.3. Default ELBSecurityPolicy-TLS13-1-2-2021-06: TLS 1.3 and 1.2.
	// Source: ELB user guide, "Security policies for your Application Load Balancer".
	Policy string `yaml:"policy"`

	// Redirect answers plain HTTP on port 80 with where to go instead. Default true.
	Redirect bool `yaml:"redirect"`
}

// Domain is the name in DNS that the service answers at, in a public hosted zone of Route 53 in the same account.
type Domain struct {
	// Name, such as www.example.com. Required.
	Name string `yaml:"name"`

	// Zone is the hosted zone's name, such as example.com. Default: the name without its first part.
	Zone string `yaml:"zone"`

	// Aliases are more names in the zone for the same service, such as example.com or *.example.com. Default: none.
	Aliases []string `yaml:"aliases"`
}

// maxCertificates are those that a listener has, beside its default one (quotas of Application Load Balancers).
const maxCertificates = 1 + 25

var (
	certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$`)
	tlsPolicy      = regexp.MustCompile(`^ELBSecurityPolicy-TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?-20[0-9]{2}-[0-9]{2}$`)
	domainName     = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

func (h *HTTPS) setDefaults() {
	h.Policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
	h.Redirect = true
}

func (h *HTTPS) check(c checker) {
	eachOnce(c.at("certificates"), h.Certificates, "list each certificate once", func(c checker, arn string) {
		checkARN(c, arn, certificateARN, "certificate in ACM", "arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef")
	})
	if len(h.Certificates) > maxCertificates {
		c.at("certificates").problemf("has %d certificates; a listener has at most %d: put several names into one", len(h.Certificates), maxCertificates)
	}
	if !tlsPolicy.MatchString(h.Policy) {
		c.at("policy").problemf("%q is no policy that allows only TLS 1.2 and 1.3 with strong ciphers; write ELBSecurityPolicy-TLS13-1-2-2021-06, "+
			"or ELBSecurityPolicy-TLS13-1-3-2021-06 for TLS 1.3 alone", h.Policy)
	}
}

// checkHTTPS applies the rules that span HTTPS, the domain and the listener's port.
func (l *LoadBalancer) checkHTTPS(c checker) {
	if len(l.HTTPS.Certificates) == 0 && l.Domain == nil && l.Existing == nil {
		c.at("https").at("certificates").problemf("is missing: HTTPS needs a certificate; write its ARN, or a domain, for which one is requested")
	}
	if l.HTTPS.Redirect && l.Port == httpPort {
		c.at("port").problemf("80 is the port of plain HTTP, which https.redirect answers; write 443, or https: {redirect: false}")
	}
}

// checkCertificates: a listener takes certificates of its own region only.
func (s *Settings) checkCertificates(c checker) {
	if s.LoadBalancer.HTTPS == nil || s.AWS.Region == "" {
		return
	}
	for i, arn := range s.LoadBalancer.HTTPS.Certificates {
		if certificateARN.MatchString(arn) && regionOf(arn) != s.AWS.Region {
			c.at("loadBalancer.https.certificates").index(i).problemf("is a certificate in %s, and the listener in aws.region (%s) takes those of its own region only",
				regionOf(arn), s.AWS.Region)
		}
	}
}

// Names lists all names of the domain, the first one first.
func (d Domain) Names() []string { return append([]string{d.Name}, d.Aliases...) }

func (d *Domain) setDefaults() {}

func (d *Domain) derive(given func(path string) bool) {
	if !given("domain.zone") {
		_, d.Zone, _ = strings.Cut(d.Name, ".")
	}
}

func (d *Domain) check(c checker) {
	if !domainName.MatchString(d.Name) || strings.HasPrefix(d.Name, "*") {
		c.at("name").problemf("%q is no domain name; write one such as www.example.com, in lower case", d.Name)
		return
	}
	if !domainName.MatchString(d.Zone) {
		c.problemf("%q is no hosted zone's name; write zone, such as zone: example.com, in lower case", d.Zone)
		return
	}
	seen := map[string]string{}
	for i, name := range d.Names() {
		at := c.at("name")
		if i > 0 {
			at = c.at("aliases").index(i - 1)
		}
		switch {
		case !domainName.MatchString(name):
			at.problemf("%q is no domain name; write one such as www.example.com, in lower case", name)
		case name != d.Zone && !strings.HasSuffix(name, "."+d.Zone):
			at.problemf("%s is not in the hosted zone %s; write a name that ends with .%s, or its own zone as zone", name, d.Zone, d.Zone)
		}
		unique(at, seen, name, at.path, "list each name once")
	}
}
