package settings

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Routing is which of the listener's requests a service gets: those that meet all of its conditions. A condition is met
// by any of its values. All conditions together have at most 5 values and 5 wildcards (* and ?).
// Source: ELB user guide, "Listener rules" and "Quotas for your Application Load Balancers".
type Routing struct {
	// Paths of the requests, such as /api/*, of at most 128 letters, digits and _-.$/~"'@:+&; * stands for any
	// characters and ? for one. Default: any path.
	Paths []string `yaml:"paths" empty:"list paths, such as [/api/*]"`

	// Hosts that the requests name, such as api.example.com or *.example.com, of at most 128 characters, with letters
	// only behind the last dot. Default: any host.
	Hosts []string `yaml:"hosts" empty:"list hosts, such as [api.example.com]"`

	// Headers of the requests by name, each with the values that it may have; * and ? as in Paths. Default: any
	// headers.
	Headers map[string][]string `yaml:"headers" secret:"true" empty:"write headers with their values, such as {X-Version: [beta]}"`

	// Sources are the ranges of addresses, IPv4 or IPv6, that the requests come from; those of a proxy where the
	// clients use one. Default: anywhere.
	Sources []string `yaml:"sources" empty:"list ranges of addresses, such as [203.0.113.0/24]"`

	// Priority of the rule among those of the listener, 1 (first) to 50000, no two the same. Default: exact hosts come
	// before hosts with wildcards, and these before any host; then the same for paths; then what asks for more, such as
	// a longer path or a header. It depends on this service alone, so that adding another one renumbers none. To
	// exchange two priorities that the file says, move one to a free number and apply that first: AWS gives no two
	// rules the same one, not even for a moment.
	Priority int `yaml:"priority" range:"1,50000" optional:"true"`
}

const (
	maxPriority        = 50_000
	maxConditionValues = 5
	maxWildcards       = 5 // of all conditions together; the guide's page of quotas says 6, that of the conditions 5
	maxConditionLength = 128
	maxHeaderName      = 40
)

// noteUnnamedHosts: the stack names hosts in DNS, and has a certificate made, by loadBalancer.domain only. Others may
// do it instead: a CDN, another DNS, a certificate that is given.
func (l *LoadBalancer) noteUnnamedHosts(c configfile.Checker, r *Routing) {
	if l.Domain == nil || r == nil {
		return
	}
	lacks := "gets no record in DNS"
	if len(l.HTTPS.Certificates) == 0 {
		lacks += " and is not in the certificate"
	}
	for i, host := range r.Hosts {
		if !l.Domain.answersAt(strings.ToLower(host)) {
			c.At("hosts").Index(i).Notef("%s %s; add it to loadBalancer.domain.aliases, unless something else leads "+
				"requests for it here", host, lacks)
		}
	}
}

// answersAt reports whether one of the domain's names stands for a host. A wildcard stands for one label.
// Source: ACM user guide, "Public certificate characteristics"; Route 53 developer guide, "Using an asterisk (*)".
func (d *Domain) answersAt(host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.ContainsFunc(d.Names(), func(name string) bool { return name == host || name == "*."+parent })
}

var (
	hostPattern  = regexp.MustCompile(`^[A-Za-z0-9*?-][A-Za-z0-9*?.-]*\.[A-Za-z]+$`)
	pathPattern  = regexp.MustCompile(`^[/*?][A-Za-z0-9_.$/~"'@:+&*?-]*$`)
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]+$") // no wildcards: ELB API, HttpHeaderConditionConfig
	headerValues = regexp.MustCompile(`^[ -~]+$`)
)

func (r *Routing) Check(c configfile.Checker) {
	values := len(r.Paths) + len(r.Hosts) + len(r.Sources)
	checkPatterns(c.At("paths"), r.Paths, pathPattern, "path", "letters, digits and _-.$/~\"'@:+&*?, beginning with /", "/api/*")
	checkPatterns(c.At("hosts"), r.Hosts, hostPattern, "host", "letters, digits and -.*?, with letters only behind the last dot", "api.example.com")
	for name, wanted := range r.Headers {
		at := c.At("headers").Key(name)
		values += len(wanted)
		switch {
		case !headerName.MatchString(name) || len(name) > maxHeaderName:
			at.Problemf("%q is not a valid header name; write 1 to %d letters, digits and hyphens, such as X-Version", name, maxHeaderName)
		case strings.EqualFold(name, "Host"):
			at.Problemf("the load balancer reads this header by another condition; write hosts")
		case len(wanted) == 0:
			at.Problemf("has no value; write those that the header may have, such as [beta]")
		}
		for i, value := range wanted {
			// Without the value: a header is often how a proxy proves itself.
			if !headerValues.MatchString(value) || len(value) > maxConditionLength {
				at.Index(i).Problemf("is not a header's value (%d characters); write 1 to %d characters of ASCII, such as beta", len(value), maxConditionLength)
			}
		}
	}
	for i, source := range r.Sources {
		at := c.At("sources").Index(i)
		checkCIDR(at, source)
		if source == "255.255.255.255/32" { // ELB user guide, "Source IP address conditions"
			at.Problemf("%s is an address that no request comes from, and that a listener refuses; write another range", source)
		}
	}
	switch {
	case !c.Valid("paths", "hosts", "headers", "sources"):
	case values == 0:
		c.Problemf("has no condition, so that it would choose nothing; write paths, hosts, headers or sources")
	case values > maxConditionValues:
		c.Problemf("has %d values in its conditions; a rule has at most %d: use wildcards, or fewer", values, maxConditionValues)
	case r.wildcards() > maxWildcards:
		c.Problemf("has %d wildcards (* and ?) in its conditions; a rule has at most %d: write fewer, or split the service's paths",
			r.wildcards(), maxWildcards)
	}
}

// wildcards counts those of all conditions.
func (r *Routing) wildcards() int {
	n := 0
	for _, patterns := range slices.Concat([][]string{r.Paths, r.Hosts}, slices.Collect(maps.Values(r.Headers))) {
		for _, pattern := range patterns {
			n += strings.Count(pattern, "*") + strings.Count(pattern, "?")
		}
	}
	return n
}

func checkPatterns(c configfile.Checker, patterns []string, valid *regexp.Regexp, what, characters, example string) {
	for i, pattern := range patterns {
		if !valid.MatchString(pattern) || len(pattern) > maxConditionLength {
			c.Index(i).Problemf("%q (%d characters) is not a %s that a listener takes; write up to %d %s, such as %s",
				pattern, len(pattern), what, maxConditionLength, characters, example)
		}
	}
}

// checkRange reports a text that is no range of addresses, IPv4 or IPv6.
func checkCIDR(c configfile.Checker, text string) {
	block, err := netip.ParsePrefix(text)
	switch {
	case err != nil && adviseRange(text) != "":
		c.Problemf("%s is a single address; write it as a range, %s", text, adviseRange(text))
	case err != nil:
		c.Problemf("%q is not a valid range of addresses; write one such as 203.0.113.0/24 or 2001:db8::/32", text)
	case block != block.Masked():
		c.Problemf("%s has address bits beyond its /%d; write %s", text, block.Bits(), block.Masked())
	}
}
