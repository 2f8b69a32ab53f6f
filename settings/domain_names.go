package settings

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"webapp/internal/configfile"
)

var (
	domainName = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+` +
		`[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	notInNames = regexp.MustCompile(`[^a-z0-9_-]`)
)

// maxDomainName is the maximum length of a DNS name, and maxDNSLabel that of a part of one (RFC 1035, 2.3.4).
const maxDomainName, maxDNSLabel = 253, 63

// isDomainName reports whether a text is a DNS name of two or more parts, in lower case.
func isDomainName(name string) bool {
	return domainName.MatchString(name) && len(name) <= maxDomainName
}

// isPlainName reports whether a text is a DNS name without a wildcard.
func isPlainName(name string) bool { return isDomainName(name) && !strings.HasPrefix(name, "*") }

// reportName reports a text that is not a name of a kind, such as a domain name. It advises to write the valid name
// that the text is beside upper case, the dot at its end or the rest of a URL; otherwise it says which rule is broken.
func reportName(c configfile.Checker, text, kind, example string, valid func(string) bool) {
	if reportInternational(c, text, valid) {
		return
	}
	name := strings.TrimSuffix(hostOf(text), ".")
	if valid(name) {
		c.Problemf("%q is not a valid %s; write %s", text, kind, name)
		return
	}
	c.Problemf("%q is not a valid %s: %s; write one such as %s", text, kind, wrongName(name), example)
}

// wrongName says which rule of DNS a text breaks that is not a name in it.
func wrongName(name string) string {
	parts := strings.Split(strings.TrimPrefix(name, "*."), ".")
	for _, part := range parts {
		switch wrong := notInNames.FindString(part); {
		case part == "":
			return "a part of it, between or beside dots, is empty"
		case len(part) > maxDNSLabel:
			return fmt.Sprintf("it has a part of %d characters, of which DNS takes at most %d", len(part), maxDNSLabel)
		case wrong == "*":
			return "* can only be the whole first part"
		case wrong != "":
			return fmt.Sprintf("it has the character %q, which no name has", wrong)
		case strings.Trim(part, "-") != part:
			return "a part of it begins or ends with a hyphen"
		}
	}
	switch {
	case len(name) > maxDomainName:
		return fmt.Sprintf("it has %d characters, of which DNS takes at most %d", len(name), maxDomainName)
	case len(parts) == 1:
		return "it has no dot"
	case strings.HasPrefix(name, "*"):
		return "it is a wildcard"
	}
	return "its last part is not a top-level domain"
}

// punycode maps names in all alphabets to what DNS has for them, as browsers do. Wildcards stay.
// Source: Route 53 developer guide, "Formatting internationalized domain names".
var punycode = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// reportInternational reports a name that is valid once it is written in Punycode, and returns whether it was one.
func reportInternational(c configfile.Checker, text string, valid func(string) bool) bool {
	host := strings.TrimSuffix(hostOf(text), ".")
	name, err := punycode.ToASCII(host)
	if err != nil || name == host || !valid(name) {
		return false
	}
	c.Problemf("%q has letters that DNS has only in Punycode; write %s", text, name)
	return true
}
