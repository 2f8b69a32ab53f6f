package credentials

import (
	"strings"
	"testing"
)

// The credentials are put together here, so that no scanner takes this file for a leak.
func TestCredentialsAreKnownByTheirForm(t *testing.T) {
	letters := func(n int) string { return strings.Repeat("a1B2c3D4", n/8+1)[:n] }
	for text, want := range map[string]string{
		"AKIA" + strings.ToUpper(letters(16)):                                             "an AWS access key",
		"key: ASIA" + strings.ToUpper(letters(16)) + ", more":                             "an AWS access key",
		"-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE":                                      "a private key",
		"-----BEGIN " + "PRIVATE KEY-----":                                                "a private key",
		"-----BEGIN PGP " + "PRIVATE KEY BLOCK-----":                                      "a private key",
		"gh" + "p_" + letters(36):                                                         "a GitHub token",
		"gh" + "s_" + letters(36):                                                         "a GitHub token",
		"github" + "_pat_" + letters(82):                                                  "a GitHub token",
		"gl" + "pat-" + letters(20):                                                       "a GitLab token",
		"sk" + "_live_" + letters(24):                                                     "a Stripe key",
		"rk" + "_live_" + letters(24):                                                     "a Stripe key",
		"xox" + "b-123456789012-123456789012-" + letters(24):                              "a Slack token",
		"xox" + "p-123456789012-123456789012-" + letters(24):                              "a Slack token",
		"AI" + "za" + letters(35):                                                         "a Google API key",
		"Bearer ey" + letters(20) + ".ey" + letters(30) + "." + letters(43):               "a JSON Web Token",
		"postgres://user:pa" + "ss@db.example.com/app":                                    "a URL with a password",
		"postgresql+asyncpg://user:p%40ss" + "@db:5432/app?sslmode=require":               "a URL with a password",
		"redis://:pa" + "ss@cache.example.com:6379/0":                                     "a URL with a password",
		"see https://bob:hunter" + "2@example.com/feed and more":                          "a URL with a password",
		"mongodb://a:b" + "@h1:27017,h2:27017/db":                                         "a URL with a password",
		"jdbc:mysql://root:to" + "or@db/app":                                              "a URL with a password",
		"amqps://user:${PASSWORD}@mq.example.com,amqps://user:hunter" + "2@mq.example.co": "a URL with a password",

		"":                                       "",
		"https://user@example.com/path":          "",
		"https://example.com:8443/a@b":           "",
		"https://example.com/?to=a:b@c":          "",
		"http://[::1]:8080/":                     "",
		"postgres://user:@db/app":                "",
		"postgres://user:${DB_PASSWORD}@db/app":  "",
		"postgres://user:$DB_PASSWORD@db/app":    "",
		"postgres://user:<password>@db/app":      "",
		"postgres://user:{{password}}@db/app":    "",
		"postgres://%s:%s@db/app":                "",
		"postgres://user:****@db/app":            "",
		"postgres://app:app@localhost:5432/test": "",
		"redis://:x@127.0.0.1:6379":              "",
		"mailto:user@example.com":                "",
		"git@github.com:org/repo.git":            "",
		"ssh://git@github.com:22/org/repo":       "",
		"sk_test_" + letters(24):                 "", // moves no money
		"pk_live_" + letters(24):                 "", // public by design
		"ghp_short":                              "",
		"xoxo-hugs":                              "",
		"-----BEGIN CERTIFICATE-----":            "",
		"-----BEGIN PUBLIC KEY-----":             "",
		"eyeglasses.eyebrows.lashes":             "",
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::": "",
		"sha256:" + strings.Repeat("0123456789abcdef", 4):                           "",
		"8.8.8.8:53":              "",
		"EAKIA0123456789ABCDEFGH": "",
	} {
		if got := Find(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
