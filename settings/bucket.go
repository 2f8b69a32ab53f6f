package settings

import (
	"net/netip"
	"regexp"
	"strings"

	"webapp/internal/configfile"
)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Beginnings and ends of buckets' names that S3 keeps for itself: access points, directory and table buckets, S3 on
// Outposts.
var (
	bucketPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// checkBucket reports what cannot be the name of a bucket.
// Source: S3 user guide, "General purpose bucket naming rules".
func checkBucket(c configfile.Checker, name string) {
	if problem := notABucket(name); problem != "" {
		c.Problemf("%q %s", name, problem)
	}
}

// notABucket is half a sentence about a name that S3 refuses; empty for one that it takes.
func notABucket(name string) string {
	_, err := netip.ParseAddr(name)
	switch {
	case !bucketName.MatchString(name):
		return "is not a bucket's name; write 3 to 63 lower-case letters, digits, dots and hyphens, beginning and " +
			"ending with a letter or digit"
	case strings.Contains(name, ".."):
		return "has two dots side by side, which S3 refuses; write one"
	case err == nil:
		return "has the form of an IP address, which S3 refuses; write another name"
	}
	for _, prefix := range bucketPrefixes {
		if strings.HasPrefix(name, prefix) {
			return "begins with " + prefix + ", which S3 keeps for itself; write another name"
		}
	}
	for _, suffix := range bucketSuffixes {
		if strings.HasSuffix(name, suffix) {
			return "ends with " + suffix + ", which S3 keeps for itself; write another name"
		}
	}
	return ""
}
