// Package credentials recognizes credentials by their form, and by the names that they are given to, so that no message
// repeats one.
package credentials

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// forms lists the recognizable forms of credentials. Public keys and Stripe's test keys are not secret.
// Source: gitleaks, config/gitleaks.toml, the rules aws-access-token, private-key, github-*, gitlab-pat,
// stripe-access-token, slack-*, gcp-api-key, jwt, sendgrid-api-token, npm-access-token, openai-api-key, anthropic-*,
// mailgun-private-api-token, telegram-bot-api-token and curl-auth-header; the issuers' documentation agrees.
//
// A text without any of the marks does not contain a credential of the form. Searching for marks is much faster than
// matching the expression.
var forms = []struct {
	what  string
	form  *regexp.Regexp
	marks []string
	// published is set for credentials of which some are made to be public, such as those in web pages.
	published bool
}{
	{what: "an AWS access key", form: regexp.MustCompile(`\b(A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{16}\b`),
		marks: []string{"A3T", "AKIA", "ASIA"}},
	{what: "a private key", form: regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----`),
		marks: []string{"PRIVATE KEY"}},
	{what: "a GitHub token", form: regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60,})\b`),
		marks: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}},
	{what: "a GitLab token", form: regexp.MustCompile(`\bglpat-[\w-]{20}`), marks: []string{"glpat-"}},
	{what: "a Stripe key", form: regexp.MustCompile(`\b[sr]k_(live|prod)_[0-9A-Za-z]{10,99}\b`),
		marks: []string{"k_live_", "k_prod_"}},
	{what: "a Slack token", form: regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{10,}`), marks: []string{"xox"}},
	{what: "a Slack webhook", form: regexp.MustCompile(`hooks\.slack\.com/(services|workflows|triggers)/\w+/\w+/\w+`),
		marks: []string{"hooks.slack.com/"}},
	{what: "a Google API key", form: regexp.MustCompile(`\bAIza[\w-]{35}`), marks: []string{"AIza"}, published: true},
	{what: "a JSON Web Token", form: regexp.MustCompile(`\bey[A-Za-z0-9_-]{17,}\.ey[A-Za-z0-9_/-]{17,}\.` +
		`[A-Za-z0-9_/-]{10,}`), marks: []string{".ey"}, published: true},
	{what: "a SendGrid key", form: regexp.MustCompile(`\bSG\.[\w-]{22}\.[\w-]{43}\b`), marks: []string{"SG."}},
	{what: "an npm token", form: regexp.MustCompile(`\bnpm_[0-9A-Za-z]{36}\b`), marks: []string{"npm_"}},
	{what: "an API key", form: regexp.MustCompile(`\bsk-((proj|svcacct|admin|ant)-[\w-]{20,}|` +
		`[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20})`), marks: []string{"sk-"}}, // of OpenAI or Anthropic
	{what: "a Mailgun key", form: regexp.MustCompile(`\bkey-[0-9a-f]{32}\b`), marks: []string{"key-"}},
	{what: "a Telegram token", form: regexp.MustCompile(`\b[0-9]{5,16}:A[\w-]{34}\b`), marks: []string{":A"}},
	{what: "an Authorization header", form: regexp.MustCompile(`\bBearer [\w~+/.=-]{20,}`), marks: []string{"Bearer "}},
}

var (
	withUserInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#"'@]*:[^\s/"'@]+@[^\s/?#"',]*`)
	// placeholder matches what people write instead of a password: ${DB_PASSWORD}, $DB_PASSWORD, <password>, {{
	// password }}, %s, ****.
	placeholder = regexp.MustCompile(`^(\$.*|<.*>|\{.*\}|%.?|\*+|[xX]+|\.+)$`)

	basic = regexp.MustCompile(`\bBasic ([A-Za-z0-9+/]{6,}={0,2})`)
	// pair matches a name and its value in a text, as in a URL, a connection string, an option or a shell's export.
	pair = regexp.MustCompile(`([\w.-]*\w)=("[^"]*"|'[^']*'|[^\s;&,"']+)`)
	// elsewhere matches a value that says where the credential is: in a file, a variable or the output of a command.
	elsewhere = regexp.MustCompile("^(@|`|(file|env|ssm|vault|op):)")

	secretName = regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|secret_key_base|credentials?|` +
		`(^|[_.:-])((pg|require_?)?pass|pwd|pw|(account|auth)[_-]?key)|(redis|twilio|basic)_auth|^(dd_|datadog_)?app_key|` +
		`(api|private|access|secret|master|encryption|signing|hmac|fernet|license)[_-]?key)$`)
	// harmless matches values that are never secret, whatever their name: nothing, a number, a switch such as the value of
	// ALLOW_EMPTY_PASSWORD, a path, the name of a file with a key, an ARN or a KMS alias.
	harmless = regexp.MustCompile(`^((?i)[0-9.]*|true|false|yes|no|on|off|none|enabled|disabled|/.*|` +
		`[\w./-]+\.(pem|key|p8|p12|jks|json|txt)|arn:.*|alias/.*)$`)
	// nameOfSecret matches the name of a secret in a store: prod/db in DB_PASSWORD_SECRET.
	nameOfSecret = regexp.MustCompile(`^[a-z0-9_.-]+(/[a-z0-9_.-]+)+$`)
)

// Named reports whether a value is likely to be a credential because of its name, such as DB_PASSWORD or --api-key.
func Named(name, value string) bool {
	isName := strings.HasSuffix(strings.ToLower(name), "secret") && nameOfSecret.MatchString(value)
	return secretName.MatchString(name) && !harmless.MatchString(value) && !isName
}

// Option reports whether a value that follows an option of a command is likely to be a credential: --password hunter2.
func Option(option, value string) bool {
	return strings.HasPrefix(option, "-") && !strings.HasPrefix(value, "-") && !strings.HasPrefix(option, "--no-") &&
		isAssigned(option, value)
}

// isAssigned is like Named, for a text in which a value may also be a placeholder or refer to another place.
func isAssigned(name, value string) bool {
	return Named(name, value) && !placeholder.MatchString(value) && !elsewhere.MatchString(value)
}

// findPair returns where the first value of a pair is that is likely to be a credential; to is 0 if there is none.
func findPair(text string) (from, to int) {
	if !strings.Contains(text, "=") {
		return 0, 0
	}
	for _, at := range pair.FindAllStringSubmatchIndex(text, -1) {
		if isAssigned(text[at[2]:at[3]], strings.Trim(text[at[4]:at[5]], `"'`)) {
			return at[4], at[5]
		}
	}
	return 0, 0
}

// isBasic reports whether a text has the user and password of HTTP's basic authentication (RFC 7617).
func isBasic(text string) bool {
	return slices.ContainsFunc(basic.FindAllStringSubmatch(text, -1), func(parts []string) bool {
		decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[1], "="))
		_, password, ok := strings.Cut(string(decoded), ":")
		return err == nil && ok && password != ""
	})
}

// Find returns the kind of credential in a text, or "" if there is none.
func Find(text string) (what string) { return find(text, false) }

// FindUnpublished is like Find, for a text that everybody may read: it leaves out what is made to be published.
func FindUnpublished(text string) (what string) { return find(text, true) }

func find(text string, isPublished bool) string {
	for _, c := range forms {
		if (!isPublished || !c.published) && holdsAny(text, c.marks) && c.form.MatchString(text) {
			return c.what
		}
	}
	if isBasic(text) {
		return "an Authorization header"
	}
	if strings.Contains(text, "://") {
		for _, address := range withUserInfo.FindAllString(text, -1) {
			if holdsPassword(address) {
				return "a URL with a password"
			}
		}
	}
	if _, to := findPair(text); to > 0 {
		return "a password or key"
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
	if isBasic(text) {
		text = basic.ReplaceAllString(text, "…")
	}
	if strings.Contains(text, "://") {
		text = withUserInfo.ReplaceAllStringFunc(text, func(address string) string {
			scheme, rest, _ := strings.Cut(address, "://")
			_, host, _ := strings.Cut(rest, "@")
			if !holdsPassword(address) {
				return address
			}
			return scheme + "://…@" + host
		})
	}
	var redacted strings.Builder
	for from, to := findPair(text); to > 0; from, to = findPair(text) {
		redacted.WriteString(text[:from] + "…")
		text = text[to:]
	}
	return redacted.String() + text
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
