package settings

import (
	"net/netip"
	"path"
	"regexp"
	"strings"

	"webapp/internal/configfile"
)

// dotFolder matches a prefix with a folder . or .. in it.
var dotFolder = regexp.MustCompile(`(^|/)\.{1,2}(/|$)`)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bucketPrefixes and bucketSuffixes are reserved by S3 for access points, directory and table buckets, and S3 on
// Outposts.
var (
	bucketPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

// regionalSuffix ends the names of the buckets in an account's regional namespace, and regionalBucket matches these:
// PREFIX-ACCOUNT-REGION-an. To create one takes the API's parameter BucketNamespace, which the AWS provider does not
// have. In the global namespace there may be older buckets whose names end like that.
// Source: S3 user guide, "Namespaces for general purpose buckets".
const regionalSuffix = "-an"

var regionalBucket = regexp.MustCompile(`^.+-[0-9]{12}-[a-z]{2,4}(-[a-z]+)+-[0-9]` + regionalSuffix + `$`)

// checkBucket reports a name that a bucket cannot have.
// Source: S3 user guide, "General purpose bucket naming rules".
func checkBucket(c configfile.Checker, name string) {
	switch problem := notABucket(name); {
	case problem != "":
		c.Problemf("%q %s", name, problem)
	case strings.HasSuffix(name, regionalSuffix) && !regionalBucket.MatchString(name):
		c.Notef("%s ends with -an, as S3 now allows only in an account's regional namespace, where a name is "+
			"PREFIX-ACCOUNT-REGION-an; make sure that this bucket exists", name)
	}
}

// checkNewBucket is checkBucket for one that a stack creates.
func checkNewBucket(c configfile.Checker, name string) {
	if notABucket(name) == "" && strings.HasSuffix(name, regionalSuffix) {
		c.Problemf("%q ends with -an, which S3 reserves for buckets in an account's regional namespace, and those cannot be "+
			"created here; write another name", name)
		return
	}
	checkBucket(c, name)
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
	switch trimmed, clean := strings.Trim(prefix, "/"), strings.TrimLeft(path.Clean(prefix), "/"); {
	case prefix == "":
	case dotFolder.MatchString(prefix):
		if isValid(clean) && !dotFolder.MatchString(clean) {
			instead = clean
		}
		c.Problemf("%q has a part . or .., which S3 refuses or takes for the name of a folder; write %s", prefix, instead)
	case isValid(prefix):
	case isValid(trimmed):
		c.Problemf("%q begins or ends with a slash; write %s", prefix, trimmed)
	default:
		c.Problemf("%q is not a valid prefix; write %s", prefix, instead)
	}
}

// checkCreatedBucket reports an application's name with which S3 allows no bucket's name to begin. In the name of the
// created bucket, a hyphen follows it.
func (s *Settings) checkCreatedBucket(c configfile.Checker) {
	prefix, logs := reservedPrefix(s.Name+"-"), s.LoadBalancer.AccessLogs
	if prefix != "" && logs != nil && logs.Bucket == "" {
		c.At("loadBalancer.accessLogs").Problemf("would create a bucket whose name begins with the application's, and so "+
			"with %s, which S3 reserves; write a bucket that exists, such as {bucket: shop-logs}, or change name", prefix)
	}
}
