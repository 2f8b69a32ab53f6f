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
		"github" + "_pat_" + letters(76):                                                  "a GitHub token",
		"https://hooks.slack.com/" + "services/T00000000/B00000000/" + letters(24):        "a Slack webhook",
		"S" + "G." + letters(22) + "." + letters(43):                                      "a SendGrid key",
		"np" + "m_" + letters(36):                                                         "an npm token",
		"sk" + "-proj-" + letters(48):                                                     "an API key",
		"sk" + "-ant-api03-" + letters(95):                                                "an API key",
		"ke" + "y-" + strings.Repeat("0123456789abcdef", 2):                               "a Mailgun key",
		"123456789" + ":A" + letters(34):                                                  "a Telegram token",
		"Basic YWRtaW46" + "aHVudGVyMg==":                                                 "an Authorization header",
		"Authorization: Bearer " + letters(24):                                            "an Authorization header",
		"jdbc:mysql://db/app?user=app&password=" + "hunter2":                              "a password or key",
		"host=db user=app password=" + "hunter2 dbname=app":                               "a password or key",
		"Server=db;User Id=app;Password=" + "hunter2;":                                    "a password or key",
		"Server=db;Uid=app;Pwd=" + "hunter2":                                              "a password or key",
		"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + letters(40) + "==":   "a password or key",
		"Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey=" + letters(43) + "=":  "a password or key",
		"cache:6379,password=" + "hunter2,ssl=True":                                       "a password or key",
		"-Dspring.datasource.password=" + "hunter2":                                       "a password or key",
		"--db-password=" + "hunter2":                                                      "a password or key",
		"export DB_PASSWORD=" + "hunter2; exec app":                                       "a password or key",
		`DB_PASSWORD="hun` + `ter 2" exec app`:                                            "a password or key",

		"password=":                              "",
		"--password=$DB_PASSWORD":                "",
		"--password=${DB_PASSWORD}":              "",
		"export DB_PASSWORD=$(cat /run/x)":       "",
		`DB_PASSWORD="$(cat /run/x)" exec app`:   "",
		"DB_PASSWORD=`cat /run/x`":               "",
		"password=file:/run/secrets/db":          "",
		"--private-key=server.pem":               "",
		"--password-file=/run/secrets/db":        "",
		"--secret=prod/db":                       "",
		"grant_type=client_credentials&scope=a":  "",
		"grant_type=password":                    "",
		"--require-token=true":                   "",
		"SharedAccessKeyName=Root":               "",
		"Basic authentication is required":       "",
		"Bearer authentication":                  "",
		"monkey-business":                        "",
		"task-projection":                        "",
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

func TestCredentialsAreKnownByTheirNames(t *testing.T) {
	for _, name := range strings.Fields(`DB_PASSWORD API_KEY ApiKey SECRET_KEY_BASE DB_PASS RAILS_MASTER_KEY
		ENCRYPTION_KEY SIGNING_KEY Auth:SigningKey HMAC_KEY FERNET_KEY AIRFLOW__CORE__FERNET_KEY APP_KEY DD_APP_KEY
		NEW_RELIC_LICENSE_KEY STORAGE_ACCOUNT_KEY WORDPRESS_AUTH_KEY MYSQL_PWD SNOWFLAKE_PWD PGPASS KEYSTORE_PASSPHRASE
		REDIS_AUTH TWILIO_AUTH BASIC_AUTH LDAP_BIND_PW spring.datasource.password --api-key --requirepass
		ACCESS_TOKEN_SECRET DB_PASSWORD_SECRET`) {
		for value, want := range map[string]bool{"hunter2": true, "changeme": true, "": false, "/run/secrets/x": false,
			"true": false, "disabled": false, "100": false, "arn:aws:kms:eu-west-1:123456789012:key/a": false,
			"alias/app": false, "certs/tls.key": false} {
			if got := Named(name, value); got != want {
				t.Errorf("%s: %s: got %t, want %t", name, value, got, want)
			}
		}
	}
	for _, name := range strings.Fields(`PASSWORD_MIN_LENGTH KMS_KEY_ID S3_KEY_PREFIX FOREIGN_KEY_CHECKS MESSAGE_KEY
		DYNAMODB_SORT_KEY HASH_KEY SSH_PUBLIC_KEY TLS_KEY_FILE PUSHER_APP_KEY OAUTH_CLIENT_ID AWS_SECRET_NAME COMPASS
		SEGMENT_WRITE_KEY RECAPTCHA_SITE_KEY DB_AUTH SMTP_AUTH API_KEY_ID SIGNING_KEY_ID TOKEN_TTL CACHE_KEY OAUTH_KEY`) {
		if Named(name, "abc") {
			t.Errorf("%s suggests a secret", name)
		}
	}
	if Named("DB_PASSWORD_SECRET", "prod/db") || !Named("DB_PASSWORD", "prod/db") {
		t.Error("only the name of a secret is none")
	}
	for words, want := range map[[2]string]bool{{"--password", "hunter2"}: true, {"--password", "$PASSWORD"}: false,
		{"--password", "--verbose"}: false, {"--no-password", "app"}: false, {"password", "hunter2"}: false,
		{"--token-file", "a"}: false, {"--private-key", "server.pem"}: false} {
		if got := Option(words[0], words[1]); got != want {
			t.Errorf("%v: got %t, want %t", words, got, want)
		}
	}
}

func TestPublishedCredentials(t *testing.T) {
	key := "AI" + "za" + strings.Repeat("a1B2c", 7)
	if FindUnpublished(key) != "" || FindUnpublished("AKIA"+"IOSFODNN7EXAMPLE") == "" {
		t.Error("only a key that is made for web pages may be published")
	}
}

func TestRedactedTextHasNoCredential(t *testing.T) {
	for text, want := range map[string]string{
		"a Password=" + "hunter2;B=c --token='x y' d":          "a Password=…;B=c --token=… d",
		"Basic YWRtaW46" + "aHVudGVyMg==":                      "…",
		"postgres://user:hunter" + "2@db/app?password=hunter2": "postgres://…@db/app?password=…",
		"password=$X user=b":                                   "password=$X user=b",
	} {
		if got := Redact(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
