// Package credentials recognizes credentials in texts by their form, so that no message repeats one.
package credentials

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// forms lists the recognizable forms of credentials. Public keys and Stripe's test keys are not secret.
// Source: gitleaks, config/gitleaks.toml, the rules aws-access-token, private-key, github-*, gitlab-pat,
// stripe-access-token, slack-*-token, gcp-api-key and jwt; the issuers' documentation agrees.
//
// A text without any of the marks does not contain a credential of the form. Searching for marks is much faster than
// matching the expression.
var forms = []struct {
	what  string
	form  *regexp.Regexp
	marks []string
}{
	{"an AWS access key", regexp.MustCompile(`\b(A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{16}\b`),
		[]string{"A3T", "AKIA", "ASIA"}},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----`), []string{"PRIVATE KEY"}},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{82})\b`),
		[]string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[\w-]{20}`), []string{"glpat-"}},
	{"a Stripe key", regexp.MustCompile(`\b[sr]k_(live|prod)_[0-9A-Za-z]{10,99}\b`), []string{"k_live_", "k_prod_"}},
	{"a Slack token", regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{10,}`), []string{"xox"}},
	{"a Google API key", regexp.MustCompile(`\bAIza[\w-]{35}`), []string{"AIza"}},
	{"a JSON Web Token", regexp.MustCompile(`\bey[A-Za-z0-9_-]{17,}\.ey[A-Za-z0-9_/-]{17,}\.[A-Za-z0-9_/-]{10,}`),
		[]string{".ey"}},
}

var (
	withUserInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#"'@]*:[^\s/"'@]+@[^\s/?#"',]*`)
	// placeholder matches what people write instead of a password: ${DB_PASSWORD}, $DB_PASSWORD, <password>, {{
	// password }}, %s, ****.
	placeholder = regexp.MustCompile(`^(\$.*|<.*>|\{.*\}|%.?|\*+|[xX]+|\.+)$`)
)

// Find returns the kind of credential in a text, or "" if there is none.
func Find(text string) (what string) {
	for _, c := range forms {
		if holdsAny(text, c.marks) && c.form.MatchString(text) {
			return c.what
		}
	}
	if !strings.Contains(text, "://") {
		return ""
	}
	for _, address := range withUserInfo.FindAllString(text, -1) {
		if holdsPassword(address) {
			return "a URL with a password"
		}
	}
	return ""
}

// Redact replaces the credentials in a text.
func Redact(text string) string {
	for _, c := range forms {
		if holdsAny(text, c.marks) {
			text = c.form.ReplaceAllString(text, "…")
		}
	}
	if !strings.Contains(text, "://") {
		return text
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

func holdsAny(text string, marks []string) bool {
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) })
}

// holdsPassword reports whether a URL has a password worth protecting, not a placeholder, and not one for the local
// host, which nobody else can reach.
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
