package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"webapp/internal/configfile"
)

// AWS says which account and region the stack is deployed to. Terraform takes whatever is left out from the AWS
// environment (AWS_REGION, AWS_PROFILE, …) in which it runs.
type AWS struct {
	// Region to deploy to, such as eu-west-1. Default: the region of the AWS environment. Required with
	// additionalRegions.
	Region string `yaml:"region"`

	// Account is the only account that Terraform may change, 12 digits. With credentials of another account, plan and
	// apply stop before they read anything. Default: the account of Role; without a role, whatever account the
	// credentials belong to.
	Account string `yaml:"account"`

	// Role is the ARN of the IAM role that Terraform assumes to deploy, using the credentials of the AWS environment.
	// With roles, one set of credentials can deploy to the accounts of several environments. Default: none.
	// Source: IAM user guide, "Using IAM roles".
	Role string `yaml:"role" arn:"iam"`

	// Tags are added to every resource of the stack. Application, Environment, SettingsFile and SettingsCommit (the
	// commit that last changed the file) are always set: give one of them another value here, or "" to leave it out. A
	// resource has at most 50 tags, including these and its Name. Two keys must not differ only in case. Default: none
	// but these.
	// Source: AWS general reference, "Tagging your AWS resources"; IAM user guide, "Tags for AWS Identity and Access
	// Management resources".
	Tags map[string]string `yaml:"tags"`
}

// CommitTag is the tag with the commit that last changed the settings file, on all resources.
const CommitTag = "SettingsCommit"

// The tags of previews: the preview's name, and its last day.
const (
	PreviewTag = "Preview"
	ExpiresTag = "Expires"
)

// Tags returns the tags that every resource of the stack has.
func (s Stack) Tags() map[string]string {
	tags := map[string]string{
		"Application":  s.Name,
		"Environment":  s.Environment,
		"SettingsFile": s.Source.File,
		CommitTag:      s.Source.Commit,
		PreviewTag:     s.PreviewName,
		ExpiresTag:     s.Expires,
	}
	for key, value := range tags {
		tags[key] = tagValue(value)
	}
	maps.Copy(tags, s.AWS.Tags)
	maps.DeleteFunc(tags, func(_, value string) bool { return value == "" })
	return tags
}

func (a *AWS) Check(c configfile.Checker) {
	if a.Region != "" {
		checkRegion(c.At("region"), a.Region)
	}
	if a.Account != "" && !accountID.MatchString(a.Account) {
		c.At("account").Problemf("%q is not a valid AWS account; write its 12 digits in quotes", a.Account)
	}
	if a.Role != "" {
		checkRole(c.At("role"), a.Role, "arn:aws:iam::123456789012:role/deploy")
	}
	if owner := accountOf(a.Role); c.Valid("account", "role") && a.Role != "" && a.Account != "" && a.Account != owner {
		c.At("role").Problemf("is a role in account %s, but Terraform may only change account %s (aws.account); "+
			"write a role in that account"+ownPlace, owner, a.Account)
	}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		checkTag(c.At("tags").Key(key), key, a.Tags[key])
		checkNoCredential(c.At("tags").Key(key), a.Tags[key])
	}
}

// checkRole reports a text that is not a role's ARN.
// Source: IAM API, CreateRole (RoleName and Path).
func checkRole(c configfile.Checker, arn, example string) {
	const maxPath = 512
	_, name, _ := strings.Cut(arn, ":role")
	slash := strings.LastIndex(name, "/") + 1
	switch path, name := name[:slash], name[slash:]; {
	case !roleARN.MatchString(arn):
		checkARN(c, arn, roleARN, "role", example)
	case len(name) > maxRoleName:
		checkPart(c, "role's name", name, maxRoleName, "IAM")
	default:
		checkPart(c, "role's path", path, maxPath, "IAM")
	}
}

// checkPart reports a part of an ARN that is too long.
func checkPart(c configfile.Checker, what, part string, most int, service string) {
	if len(part) > most {
		c.Problemf("has a %s of %d characters, of which %s takes at most %d; write the ARN as AWS shows it", what, len(part),
			service, most)
	}
}

// checkAccountOfRegion reports an additional region that is in another partition but has the account of the primary
// region: an account belongs to a single partition. Source: AWS general reference, "Amazon Resource Names", on
// partitions.
func (s *Stack) checkAccountOfRegion(c configfile.Checker) {
	primary, additional := partitionOf(s.PrimaryRegion), partitionOf(s.AdditionalRegion)
	if primary != "" && additional != primary && s.AWS.Account != "" && !c.Written("account") {
		c.At("account").Problemf("account %s belongs to the partition %s, but %s is in the partition %s, which has "+
			"other accounts; write the account to deploy to"+ownPlace,
			s.AWS.Account, primary, s.AdditionalRegion, additional)
	}
}

// maxTags of a resource. Source: AWS general reference, "Tag naming limits and requirements".
const maxTags = 50

// checkTags applies the rules that hold among the tags.
func (s *Stack) checkTags(c configfile.Checker) {
	all := s.Tags()
	if _, given := s.AWS.Tags[CommitTag]; !given {
		all[CommitTag] = s.Source.Commit // depends on whether the machine has git
	}
	// Most resources have a Name. The task definitions of jobs have none, but more tags of their own.
	more := []string{"Name"}
	if len(s.Jobs) > 0 {
		more = []string{SubnetsTag, SecurityGroupsTag, PublicIPTag}
	}
	own := slices.DeleteFunc(slices.Clone(ownTags), func(key string) bool { _, has := all[key]; return !has })
	for _, key := range more {
		if _, given := all[key]; !given {
			own = append(own, key)
			all[key] = ""
		}
	}
	if n := len(all); n > maxTags {
		c.Problemf("has %d tags, including the stack's own (%s); a resource has at most %d: remove some", n,
			configfile.JoinWords(own, "and"), maxTags)
	}
	// IAM treats keys that differ only in case as the same key, and refuses the second. Its roles have no Name.
	delete(all, "Name")
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		other, again := seen[strings.ToLower(key)]
		seen[strings.ToLower(key)] = key
		if !again {
			continue
		}
		if _, own := s.AWS.Tags[key]; !own {
			key, other = other, key
		}
		c.Key(key).Problemf("differs from the tag %s only in case, and IAM refuses a role that has both; write one "+
			"of them, or %s: \"\" to leave that one out",
			other, other)
	}
}

// ownTags are the tags that resources have without any in the settings.
var ownTags = []string{"Application", "Environment", "SettingsFile", CommitTag, PreviewTag, ExpiresTag}

// tagValue makes a text, such as a file name, a valid tag value.
func tagValue(text string) string {
	letters := []rune(text)
	for i, letter := range letters {
		if !tagText.MatchString(string(letter)) {
			letters[i] = '_'
		}
	}
	return string(letters[max(0, len(letters)-maxTagValue):]) // the end of a path is its most telling part
}

// checkTag applies AWS's rules for tags.
func checkTag(c configfile.Checker, key, value string) {
	switch lower := strings.ToLower(key); {
	case utf8.RuneCountInString(key) > 128 || key == "" || !tagText.MatchString(key):
		c.Problemf("is not a valid tag key; write 1 to 128 letters, digits, spaces and _ . : / = + - @")
	case key == "__proto__":
		c.Problemf("is reserved by JavaScript, in which CDKTF is written, and would be lost; write another key")
	case strings.HasPrefix(lower, "aws:"):
		c.Problemf("begins with aws:, which AWS reserves; write another key")
	case key == "Name":
		c.Problemf("is set for each resource already; write another key, such as Service")
	case strings.HasPrefix(strings.ToLower(value), "aws:"):
		c.Problemf("%q begins with aws:, which AWS reserves; write another value", value)
	case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value):
		c.Problemf("%q (%s) is not a valid tag value; write up to 256 letters, digits, spaces and _ . : / = + - @", value,
			configfile.Characters(value))
	}
}

// AccountID returns the account that the settings name, or "" if they name none.
func (a AWS) AccountID() string {
	if a.Account != "" {
		return a.Account
	}
	return accountOf(a.Role)
}

// accountKey tells accounts apart. If the settings name none, it is that of the credentials, which belong to one
// partition.
func (a AWS) accountKey() string {
	if partition := partitionOf(a.Region); a.AccountID() == "" && partition != "aws" {
		return partition
	}
	return a.AccountID()
}

// accountOf returns the account in an ARN, and regionOf its region, or "" if there is none.
func accountOf(arn string) string { return partOf(arn, 4) }
func regionOf(arn string) string  { return partOf(arn, 3) }

func partOf(arn string, i int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[i]
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	roleARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+$`)
	tagText   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
)
