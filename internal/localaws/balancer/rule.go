package balancer

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rule sends the requests that meet all of its conditions to an action.
type Rule struct {
	Priority   int // 0 for the default rule
	Conditions []Condition
	Action     Action
}

// Condition is met by a request when one of the values matches. Source: "Condition types for listener rules".
type Condition struct {
	Field string // host-header, path-pattern, http-header, query-string, http-request-method or source-ip
	// Name is the header's, for http-header.
	Name string
	// Values are patterns with * and ?. For query-string they are key=value, or a value alone.
	Values []string
}

// Action is what happens to a request: only one of its parts is set, and a login perhaps, which comes first.
type Action struct {
	Login    *Login
	Forward  []Forward
	Redirect *Redirect
	Fixed    *Fixed
}

// Forward is one of the target groups that share a rule's requests.
type Forward struct {
	Group  string // its ARN
	Weight int
}

// Redirect sends the client elsewhere. An empty part keeps the request's.
type Redirect struct {
	Protocol, Host, Port, Path, Query string
	Status                            int
}

// Fixed is an answer of the load balancer itself.
type Fixed struct {
	Status            int
	ContentType, Body string
}

// match returns the first rule whose conditions a request meets.
func match(rules []Rule, r *http.Request) (Rule, bool) {
	i := slices.IndexFunc(rules, func(rule Rule) bool {
		return !slices.ContainsFunc(rule.Conditions, func(c Condition) bool { return !c.met(r) })
	})
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

func (c Condition) met(r *http.Request) bool {
	switch c.Field {
	case "host-header":
		return c.any(hostname(r), foldCase)
	case "path-pattern":
		return c.any(r.URL.EscapedPath(), exactCase)
	case "http-request-method":
		return slices.Contains(c.Values, r.Method)
	case "http-header":
		return slices.ContainsFunc(r.Header.Values(c.Name), func(v string) bool { return c.any(v, foldCase) })
	case "query-string":
		return slices.ContainsFunc(c.Values, func(v string) bool { return inQuery(r.URL.Query(), v) })
	case "source-ip":
		return slices.ContainsFunc(c.Values, func(v string) bool { return comesFrom(r, v) })
	}
	return false
}

const (
	exactCase = ""
	foldCase  = "(?i)"
)

func (c Condition) any(text, flags string) bool {
	return slices.ContainsFunc(c.Values, func(pattern string) bool {
		return wildcard(pattern,
			flags).MatchString(text)
	})
}

// wildcard compiles a pattern in which * stands for any text, also none, and ? for one character.
func wildcard(pattern, flags string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `.`)
	return regexp.MustCompile("(?s)" + flags + "^" + quoted + "$")
}

func inQuery(query url.Values, pattern string) bool {
	key, value, hasKey := strings.Cut(pattern, "=")
	if !hasKey {
		key, value = "*", pattern
	}
	for k, values := range query {
		if !wildcard(key, foldCase).MatchString(k) {
			continue
		}
		if slices.ContainsFunc(values, wildcard(value, foldCase).MatchString) {
			return true
		}
	}
	return false
}

func comesFrom(r *http.Request, cidr string) bool {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(clientIP(r))
	return err == nil && prefix.Contains(address.Unmap())
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func hostname(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		return r.Host
	}
	return host
}

// location is where a redirect leads. Source: "Redirect actions".
func (d Redirect) location(r *http.Request, https bool, port int) string {
	scheme := "http"
	if https {
		scheme = "https"
	}
	fill := strings.NewReplacer("#{protocol}", strings.ToUpper(scheme), "#{host}", hostname(r), "#{port}",
		strconv.Itoa(port),
		"#{path}", strings.TrimPrefix(r.URL.EscapedPath(), "/"), "#{query}", r.URL.RawQuery)
	part := func(text, otherwise string) string {
		if text == "" {
			text = otherwise
		}
		return fill.Replace(text)
	}
	protocol := strings.ToLower(part(d.Protocol, "#{protocol}"))
	to := fmt.Sprintf("%s://%s", protocol, part(d.Host, "#{host}"))
	toPort := part(d.Port, "#{port}")
	if usual := map[string]string{"http": "80", "https": "443"}; toPort != usual[protocol] {
		to += ":" + toPort
	}
	to += part(d.Path, "/#{path}")
	if query := part(d.Query, "#{query}"); query != "" {
		to += "?" + query
	}
	return to
}
