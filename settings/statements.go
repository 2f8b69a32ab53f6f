package settings

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/configfile"
)

// checkResource reports a resource that IAM refuses, or that cannot exist.
// Source: moto, iam/policy_validation.py, which has IAM's own error messages.
func checkResource(c configfile.Checker, arn string) {
	checkARN(c, arn, resourceARN, "resource", "arn:aws:s3:::my-bucket/*")
	if !resourceARN.MatchString(arn) || arn == "*" {
		return
	}
	parts := strings.SplitN(arn, ":", 6)
	partition, service, region, account, resource := parts[1], parts[2], parts[3], parts[4], parts[5]
	isOneOf := func(kinds []string) bool {
		return slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(resource, kind+"/") })
	}
	switch {
	case strings.TrimSpace(arn) != arn:
		c.Problemf("%q ends with a space; remove it", arn)
	case service == "s3" && region+account != "" && !isOneOf(placesOfS3):
		c.Problemf("%q has a region or an account, which the ARN of a bucket does not have; write arn:%s:s3:::%s", arn,
			partition, resource)
	case service == "iam" && region != "":
		c.Problemf("%q has a region, but an ARN of IAM has none; write arn:%s:iam::%s:%s", arn, partition, account,
			resource)
	case service == "iam" && resource != "*" && !isOneOf(kindsOfIAM):
		c.Problemf("%q does not name a type of resource in IAM; write one such as arn:%s:iam::%s:role/%s", arn, partition,
			account, resource)
	case accountDigits.MatchString(account) && !accountID.MatchString(account):
		c.Problemf("%q has an account of %d digits, but an account's id has 12; write all of them", arn, len(account))
	}
	checkVariables(c, arn)
}

var (
	accountDigits = regexp.MustCompile(`^[0-9]+$`)

	// placesOfS3 are what S3 has in a region or account.
	// Source: Service authorization reference, Amazon S3, "Resource types".
	placesOfS3 = []string{"accesspoint", "job", "storage-lens", "storage-lens-group", "async-request", "access-grants"}

	kindsOfIAM = []string{"user", "federated-user", "role", "group", "instance-profile", "mfa", "server-certificate",
		"policy", "sms-mfa", "saml-provider", "oidc-provider", "report", "access-report"}
)

// checkVariables reports a policy variable without an end.
// Source: IAM user guide, "IAM policy elements: Variables and tags".
func checkVariables(c configfile.Checker, text string) {
	for _, rest := range strings.Split(text, "${")[1:] {
		if !strings.Contains(rest, "}") {
			c.Problemf("%q has a variable that begins with ${ but does not end; write } after its name, or ${$}{ for the "+
				"two characters themselves", text)
			return
		}
	}
}

// checkConditionValue reports a value that the operator cannot compare with. IAM refuses dates of another form; any
// other value would never match.
// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
func checkConditionValue(c configfile.Checker, operator, value string) {
	checkVariables(c, value)
	if strings.Contains(value, "${") { // the value is that of the request
		return
	}
	_, name, ofSet := strings.Cut(operator, ":")
	if !ofSet {
		name = operator
	}
	wrong := ""
	switch name = strings.TrimSuffix(name, "IfExists"); {
	case strings.HasPrefix(name, "Date"):
		if !conditionDate.MatchString(value) {
			wrong = "a date; write one such as 2026-12-31T23:59:59Z"
		}
	case strings.HasPrefix(name, "Numeric"):
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			wrong = "a number; write one such as 10"
		}
	case name == "Bool", name == "Null":
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			wrong = `true or false; write "true" or "false"`
		}
	case name == "IpAddress", name == "NotIpAddress":
		_, notRange := netip.ParsePrefix(value)
		if _, notAddress := netip.ParseAddr(value); notRange != nil && notAddress != nil {
			wrong = "an address or a range of addresses; write one such as 203.0.113.0/24"
		}
	}
	if wrong != "" {
		c.Problemf("%q is not %s", value, wrong)
	}
}

// conditionDate matches a date of ISO 8601, whose parts may be left out from the end, or seconds since 1970.
var conditionDate = regexp.MustCompile(`^([0-9]{1,18}|[0-9]{4}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01])` +
	`([Tt]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?` +
	`)?)?)?)$`)
