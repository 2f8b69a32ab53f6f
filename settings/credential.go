package settings

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// credentialForms are the forms that credentials have by themselves, whatever they are called. Public keys, and
// Stripe's keys for tests, are no secrets.
// Source: gitleaks, config/gitleaks.toml, the rules aws-access-token, private-key, github-*, gitlab-pat,
// stripe-access-token, slack-*-token, gcp-api-key and jwt; the issuers' own documents of their tokens' prefixes agree.
var credentialForms = []struct {
	what string
	form *regexp.Regexp
}{
	{"an AWS access key", regexp.MustCompile(`\b(A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{82})\b`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[\w-]{20}`)},
	{"a Stripe key", regexp.MustCompile(`\b[sr]k_(live|prod)_[0-9A-Za-z]{10,99}\b`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{10,}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[\w-]{35}`)},
	{"a JSON Web Token", regexp.MustCompile(`\bey[A-Za-z0-9_-]{17,}\.ey[A-Za-z0-9_/-]{17,}\.[A-Za-z0-9_/-]{10,}`)},
}

var (
	withUserInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#"'@]*:[^\s/"'@]+@[^\s/?#"',]*`)
	// placeholder is what somebody writes in the place of a password: ${DB_PASSWORD}, $DB_PASSWORD, <password>, {{
	// password }}, %s, ****.
	placeholder = regexp.MustCompile(`^(\$.*|<.*>|\{.*\}|%.?|\*+|[xX]+|\.+)$`)
)

// credentialIn says which kind of credential a text holds; empty where it holds none.
func credentialIn(text string) (what string) {
	for _, c := range credentialForms {
		if c.form.MatchString(text) {
			return c.what
		}
	}
	for _, address := range withUserInfo.FindAllString(text, -1) {
		if holdsPassword(address) {
			return "a URL with a password"
		}
	}
	return ""
}

// withoutCredentials takes the credentials out of a problem's text, whichever setting they were written in: problems
// end up in logs.
func withoutCredentials(text string) string {
	for _, c := range credentialForms {
		text = c.form.ReplaceAllString(text, "…")
	}
	return withUserInfo.ReplaceAllStringFunc(text, func(address string) string {
		scheme, rest, _ := strings.Cut(address, "://")
		_, host, _ := strings.Cut(rest, "@")
		if !holdsPassword(address) {
			return address
		}
		return scheme + "://…@" + host
	})
}

// holdsPassword reports whether a URL has a password that is worth something. A host of the task itself is reached by
// nobody else.
func holdsPassword(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	user, host, _ := strings.Cut(rest, "@")
	_, password, _ := strings.Cut(user, ":")
	if unescaped, err := url.PathUnescape(password); err == nil {
		password = unescaped
	}
	name := (&url.URL{Host: host}).Hostname()
	return !placeholder.MatchString(password) && name != "localhost" && name != "127.0.0.1" && name != "::1"
}

// checkNoCredential reports a text that holds a credential, without repeating it: problems end up in logs.
func checkNoCredential(c checker, text string) {
	if what := credentialIn(text); what != "" {
		c.problemf("holds what looks like %s; it would be readable in the file, the state and the console: "+
			"put it into Secrets Manager, and its ARN into the container's secrets", what)
	}
}

// checkNoCredentials does so for all texts of a value: the items of a list, and the values and keys of a mapping.
func checkNoCredentials(c checker, value any) {
	switch v := value.(type) {
	case string:
		checkNoCredential(c, v)
	case []any:
		for _, item := range v {
			checkNoCredentials(c, item)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			checkNoCredential(c, key)
			checkNoCredentials(c, v[key])
		}
	}
}
