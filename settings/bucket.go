package settings

import (
	"net/netip"
	"regexp"
	"strings"

	"webapp/internal/configfile"
)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bucketPrefixes and bucketSuffixes are reserved by S3 for access points, directory and table buckets, and S3 on
// Outposts.
var (
	bucketPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// checkBucket reports a name that a bucket cannot have.
// Source: S3 user guide, "General purpose bucket naming rules".
func checkBucket(c configfile.Checker, name string) {
	if problem := notABucket(name); problem != "" {
		c.Problemf("%q %s", name, problem)
	}
}

// notABucket returns the second half of a sentence about a name that S3 refuses, or "" for a valid name.
func notABucket(name string) string {
	_, err := netip.ParseAddr(name)
	switch {
	case !bucketName.MatchString(name):
		return "is not a valid bucket name; write 3 to 63 lower-case letters, digits, dots and hyphens, beginning " +
			"and ending with a letter or digit"
	case strings.Contains(name, ".."):
		return "has two dots in a row, which S3 refuses; write one"
	case err == nil:
		return "looks like an IP address, which S3 refuses; write another name"
	}
	if prefix := reservedPrefix(name); prefix != "" {
		return "begins with " + prefix + ", which S3 reserves; write another name"
	}
	for _, suffix := range bucketSuffixes {
		if strings.HasSuffix(name, suffix) {
			return "ends with " + suffix + ", which S3 reserves; write another name"
		}
	}
	return ""
}

// reservedPrefix returns the prefix of a name that S3 reserves, or "".
func reservedPrefix(name string) string {
	for _, prefix := range bucketPrefixes {
		if strings.HasPrefix(name, prefix) {
			return prefix
		}
	}
	return ""
}

// checkPrefix reports a prefix of files in a bucket that is not valid, and what to write instead. Slashes at its ends
// have a message of their own. An empty one is none.
func checkPrefix(c configfile.Checker, prefix string, isValid func(string) bool, instead string) {
	switch trimmed := strings.Trim(prefix, "/"); {
	case prefix == "" || isValid(prefix):
	case isValid(trimmed):
		c.Problemf("%q begins or ends with a slash; write %s", prefix, trimmed)
	default:
		c.Problemf("%q is not a valid prefix; write %s", prefix, instead)
	}
}

// checkCreatedBucket reports an application whose name cannot begin that of the bucket that the stack creates.
func (s *Settings) checkCreatedBucket(c configfile.Checker) {
	prefix, logs := reservedPrefix(s.Name), s.LoadBalancer.AccessLogs
	if prefix != "" && logs != nil && logs.Bucket == "" {
		c.At("loadBalancer.accessLogs").Problemf("would create a bucket whose name begins as the application's "+
			"does, with %s, which S3 reserves; write a bucket that exists, such as {bucket: shop-logs}, or change name", prefix)
	}
}
