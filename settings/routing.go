package settings

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Routing selects the requests that a service gets: those that match all of its conditions. A request matches a
// condition if it matches any of its values. All conditions together may have at most 5 values and 5 wildcards (* and
// ?); in an older account, whose quota is higher, 6 wildcards.
// Source: ELB user guide, "Listener rules" and "Quotas for your Application Load Balancers".
type Routing struct {
	// Paths of the requests, such as /api/*, each of up to 128 characters: letters, digits, and any of _-.$/~"'@:+& and
	// the wildcards. The wildcard * matches any characters, and ? a single one. The path reaches the service unchanged:
	// no prefix is removed. Default: any path.
	Paths []string `yaml:"paths" empty:"list paths, such as [/api/*]"`

	// Hosts of the requests, such as api.example.com or *.example.com, each up to 128 characters, with only letters
	// after the last dot. Default: any host.
	Hosts []string `yaml:"hosts" empty:"list hosts, such as [api.example.com]"`

	// Headers of the requests by name, each with the values that match; * and ? as in Paths. Default: any headers.
	Headers map[string][]string `yaml:"headers" secret:"true" empty:"write headers, such as {X-Version: [beta]}"`

	// Sources are the ranges of IPv4 or IPv6 addresses from which the requests come. If clients use a proxy, its
	// address counts. Default: any address.
	Sources []string `yaml:"sources" empty:"list ranges of addresses, such as [203.0.113.0/24]"`

	// Priority of the rule among those of the listener, 1 (first) to 50000, each used once. To swap the priorities of
	// two services, first move one of them to a free number and apply: two rules cannot have the same priority, even
	// for a moment. Default: more specific rules come first. Exact hosts come before hosts with wildcards, and these
	// before any host; then likewise for paths; then rules with more conditions or longer patterns. The default follows
	// from this rule and its service alone, so adding another service changes no priority. If two rules would have
	// the same default, one of them gets the nearest free number, and a note says so.
	Priority int `yaml:"priority" range:"1,50000" optional:"true"`

	// Before are the rules of a preview that come before this one. It is nil for rules with a priority.
	Before []string `yaml:"-" json:",omitempty"`
}

const (
	maxPriority = 50_000
	// MaxConditionValues is the most values that all conditions of a rule have together.
	MaxConditionValues = 5
	// SureWildcards is the most wildcards that they have together in any account, and maxWildcards in one with an older
	// quota. Source: awsdocs/elb-application-load-balancers-user-guide, pull request 32, AWS's answer.
	SureWildcards, maxWildcards = 5, 6

	maxConditionLength = 128
	maxHeaderName      = 40
)

// noteUnnamedHosts notes hosts that are not in loadBalancer.domain, and so get neither a DNS record nor a certificate
// from this stack. A CDN, another DNS service or a given certificate may provide them.
func (l *LoadBalancer) noteUnnamedHosts(c configfile.Checker, r *Routing) {
	if l.Domain == nil || l.Existing != nil || r == nil {
		return
	}
	requested := len(l.HTTPS.Certificates) == 0
	for i, host := range r.Hosts {
		at, name := c.At("hosts").Index(i), strings.ToLower(host)
		switch {
		case l.Domain.certifies(name):
		case l.Domain.hasRecord(name):
			if requested {
				at.Notef("%s is missing from the certificate, in which * stands for a single part of a name; add it to "+
					"loadBalancer.domain.aliases", host)
			}
		default:
			lacks := "gets no DNS record"
			if requested {
				lacks += " and is missing from the certificate"
			}
			at.Notef("%s %s; add it to loadBalancer.domain.aliases, unless its DNS record is managed elsewhere", host,
				lacks)
		}
	}
}

// certifies reports whether a certificate of the domain's names is valid for a host. A wildcard stands for one label.
// Source: ACM user guide, "Public certificate characteristics".
func (d *Domain) certifies(host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.ContainsFunc(d.Names(), func(name string) bool { return name == host || name == "*."+parent })
}

// hasRecord reports whether the records of the domain's names answer for a host. A wildcard answers for all names below
// it, but for none below another record.
// Sources: Route 53 developer guide, "Using an asterisk (*) in the names of hosted zones and records"; RFC 4592, 2.2.1.
func (d *Domain) hasRecord(host string) bool {
	for names, name := d.Names(), host; name != ""; {
		if slices.Contains(names, name) {
			return name == host
		}
		if _, name, _ = strings.Cut(name, "."); slices.Contains(names, "*."+name) {
			return true
		}
	}
	return false
}

var (
	hostPattern = regexp.MustCompile(`^[A-Za-z0-9*?-][A-Za-z0-9*?.-]*\.[A-Za-z]+$`)
	pathPattern = regexp.MustCompile(`^[/*?][A-Za-z0-9_.$/~"'@:+&*?-]*$`)
	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	emptyParts  = regexp.MustCompile(`\.{2,}`)
	longPart    = regexp.MustCompile(fmt.Sprintf(`[A-Za-z0-9-]{%d,}`, maxDNSLabel+1)) // a wildcard may stand for a dot
	// No wildcards: ELB API, HttpHeaderConditionConfig.
	headerName   = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]+$")
	headerValues = regexp.MustCompile(`^[ -~]+$`)
)

func (r *Routing) Check(c configfile.Checker) {
	values := len(r.Paths) + len(r.Hosts) + len(r.Sources)
	for i, path := range r.Paths {
		checkPattern(c.At("paths").Index(i), path, pathPattern, "path", "letters, digits and _-.$/~\"'@:+&*?, beginning "+
			"with /", "/api/*")
	}
	for i, host := range r.Hosts {
		if at := c.At("hosts").Index(i); !reportInternational(at, host, hostPattern.MatchString) {
			checkPattern(at, host, hostPattern, "host", "letters, digits and -.*?, with only letters after the last dot",
				"api.example.com")
			checkParts(at, host)
		}
	}
	valid := c.Valid("paths", "hosts", "headers", "sources")
	for name, wanted := range r.Headers {
		at := c.At("headers").Key(name)
		valid = valid && at.Valid("")
		values += len(wanted)
		switch {
		case !headerName.MatchString(name) || len(name) > maxHeaderName:
			at.Problemf("%q is not a valid header name; write 1 to %d letters, digits and hyphens, such as X-Version",
				name, maxHeaderName)
		case strings.EqualFold(name, "Host"):
			at.Problemf("use hosts instead: the load balancer matches the Host header only there")
		case len(wanted) == 0:
			at.Problemf("has no values; write the values that match, such as [beta]")
		}
		for i, value := range wanted {
			// The message leaves out the value: proxies often authenticate with a secret header.
			if !headerValues.MatchString(value) || len(value) > maxConditionLength {
				at.Index(i).Problemf("is not a valid header value (%s); write 1 to %d ASCII characters, such as beta",
					configfile.Characters(value), maxConditionLength)
			}
		}
	}
	for i, source := range r.Sources {
		at := c.At("sources").Index(i)
		checkCIDR(at, source)
		if source == "255.255.255.255/32" { // ELB user guide, "Source IP address conditions"
			at.Problemf("%s is the broadcast address, which a listener refuses; write another range", source)
		}
	}
	switch {
	case !valid:
	case values == 0:
		if c.Valid("") {
			c.Problemf("has no condition; write paths, hosts, headers or sources")
		}
	case values > MaxConditionValues && r.Before != nil:
		c.Problemf("has %d values in its conditions with the host that a preview adds, but a rule has at most %d; use "+
			"wildcards, or fewer values", values, MaxConditionValues)
	case values > MaxConditionValues:
		c.Problemf("has %d values in its conditions, but a rule has at most %d; use wildcards, or fewer values", values,
			MaxConditionValues)
	case r.wildcards() > maxWildcards:
		c.Problemf("has %d wildcards (* and ?) in its conditions, but a rule has at most %d; use fewer wildcards",
			r.wildcards(), SureWildcards)
	case r.wildcards() > SureWildcards:
		c.Notef("has %d wildcards (* and ?) in its conditions, but a rule has at most %d, except in an older account, whose "+
			"quota is %d; use fewer wildcards", r.wildcards(), SureWildcards, maxWildcards)
	}
}

// wildcards counts the wildcards of all conditions.
func (r *Routing) wildcards() int {
	n := 0
	for _, patterns := range slices.Concat([][]string{r.Paths, r.Hosts}, slices.Collect(maps.Values(r.Headers))) {
		for _, pattern := range patterns {
			n += strings.Count(pattern, "*") + strings.Count(pattern, "?")
		}
	}
	return n
}

func checkPattern(c configfile.Checker, pattern string, valid *regexp.Regexp, what, characters, example string) {
	switch wild := placeholder.ReplaceAllString(pattern, "*"); {
	case wild != pattern && valid.MatchString(wild):
		c.Problemf("%q has a placeholder in braces, which the load balancer does not know; write * for any text, such as %s",
			pattern, wild)
	case !valid.MatchString(pattern) || len(pattern) > maxConditionLength:
		c.Problemf("%q (%s) is not a valid %s; write up to %d %s, such as %s", pattern, configfile.Characters(pattern),
			what, maxConditionLength, characters, example)
	}
}

// checkParts reports a host that cannot be a DNS name: it has an empty label, or one longer than maxDNSLabel.
// Source: RFC 1035, 2.3.4.
func checkParts(c configfile.Checker, host string) {
	if plain := emptyParts.ReplaceAllString(host, "."); plain != host {
		c.Problemf("%q has nothing between two dots, which no host has; write %s", host, plain)
	}
	if long := longPart.FindString(host); long != "" {
		c.Problemf("%q has a part of %d characters, but a host has at most %d between two dots; write a shorter one", host,
			len(long), maxDNSLabel)
	}
}

// checkSource reports what is neither the id of a prefix list nor a range of addresses.
func checkSource(c configfile.Checker, who string) {
	_, id, isARN := strings.Cut(who, ":prefix-list/")
	switch {
	case isARN:
		c.Problemf("%q is the ARN of a prefix list; write its id, %s", who, id)
	case strings.HasPrefix(who, "com.amazonaws."):
		c.Problemf("%q is the name of a prefix list; write its id, such as pl-0123456789abcdef0", who)
	case strings.HasPrefix(who, "pl-"):
		if !prefixListID.MatchString(who) {
			c.Problemf("%q is not the id of a prefix list; write one such as pl-0123456789abcdef0", who)
		}
	case !strings.ContainsAny(who, ".:"):
		c.Problemf("%q is not a valid source; write a range of addresses, such as 203.0.113.0/24 or 2001:db8::/32, or the "+
			"id of a prefix list, such as pl-0123456789abcdef0", who)
	default:
		checkCIDR(c, who)
	}
}

// checkCIDR reports a text that is not a range of IPv4 or IPv6 addresses.
func checkCIDR(c configfile.Checker, text string) {
	block, err := netip.ParsePrefix(text)
	switch {
	case text == "0.0.0.0" || text == "::":
		c.Problemf("%s is a single address, which no client has; write %s/0 for all addresses", text, text)
	case err != nil && adviseRange(text) != "":
		c.Problemf("%s is a single address; write it as a range, %s", text, adviseRange(text))
	case err != nil:
		c.Problemf("%q is not a valid range of addresses; write one such as 203.0.113.0/24 or 2001:db8::/32", text)
	case block != block.Masked():
		c.Problemf("%s has address bits beyond its /%d; write %s", text, block.Bits(), block.Masked())
	}
}

// canonicalRanges writes ranges of addresses as AWS does, in place. Otherwise two spellings of one range would be rules
// that AWS takes for duplicates, and every plan would change what AWS reads back.
// Source: EC2 API, Ipv6Range CidrIpv6.
func canonicalRanges(sources []string) {
	for i, text := range sources {
		if block, err := netip.ParsePrefix(text); err == nil && block == block.Masked() {
			sources[i] = block.String()
		}
	}
}
