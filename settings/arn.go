package settings

import (
	"regexp"
	"strings"

	"webapp/internal/configfile"
)

// checkARN reports a text that is not an ARN of the expected kind.
func checkARN(c configfile.Checker, text string, valid *regexp.Regexp, what, example string) {
	object, ok := strings.CutPrefix(text, "s3://")
	if arn := "arn:aws:s3:::" + object; ok && valid.MatchString(arn) {
		example = arn
	}
	switch {
	case !valid.MatchString(text):
		c.Problemf("%q is not the ARN of a %s; write one such as %s", text, what, example)
	case len(text) > maxARN:
		c.Problemf("has %d characters, but an ARN has at most %d; write the ARN of a %s, such as %s", len(text), maxARN,
			what, example)
	}
}

// maxARN is the maximum length of ARNs in IAM and WAF.
// Sources: IAM API, AttachRolePolicy PolicyArn; WAF API, AssociateWebACL WebACLArn.
const maxARN = 2048

// checkKey reports a text that is not the ARN of a KMS key. An alias is not accepted: CloudWatch Logs does not resolve
// it, and a policy that names an alias permits nothing. Of the AWS managed keys, only that of the service can be used.
// Sources: CloudWatch Logs API, AssociateKmsKey; KMS developer guide, "Specifying KMS keys in IAM policy statements".
func checkKey(c configfile.Checker, arn, service string) {
	switch owner := awsManagedKey(arn); {
	case owner != "" && owner != service:
		c.Problemf("%s is the AWS managed key of another service; write the ARN of a customer managed key, such as "+
			"arn:aws:kms:eu-west-1:123456789012:key/0123…", arn)
	case kmsAliasARN.MatchString(arn):
		c.Problemf("%s is an alias, but the key itself is needed; write the key's ARN, such as "+
			"arn:aws:kms:eu-west-1:123456789012:key/0123…", arn)
	default:
		checkARN(c, arn, kmsKeyARN, "KMS key", "arn:aws:kms:eu-west-1:123456789012:key/0123…")
	}
}

// awsManagedKey returns the service whose AWS managed key an alias is, or "" for another key. Nobody can change the
// policy of such a key: it lets the account use it through that service, and no other service use it.
// Sources: KMS API, CreateAlias; KMS developer guide, "AWS managed keys".
func awsManagedKey(arn string) string {
	service, isOne := strings.CutPrefix(partOf(arn, 5), "alias/aws/")
	if !isOne {
		return ""
	}
	return service
}

var (
	kmsKeyARN   = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,128}$`)
	kmsAliasARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:alias/[A-Za-z0-9/_-]{1,250}$`)
)
