package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"webapp/internal/configfile"
)

// AWS says which account and region the stack belongs to. What is left out comes from the AWS environment
// (AWS_REGION, AWS_PROFILE, …) when Terraform runs.
type AWS struct {
	// Region to deploy to, such as eu-west-1. Default: the AWS environment's. Required with additional regions.
	Region string `yaml:"region"`

	// Account is the only account that Terraform may change, 12 digits. With the credentials of another one, plan and
	// apply stop before they read anything. Default: the account of Role; without it whatever account the credentials
	// belong to.
	Account string `yaml:"account"`

	// Role is the ARN of a role that Terraform takes on to deploy, with the credentials of the AWS environment. It is
	// how one set of credentials reaches the accounts of several environments. Default: none.
	// Source: IAM user guide, "Using IAM roles".
	Role string `yaml:"role"`

	// Tags of everything in the stack. Application, Environment, SettingsFile and SettingsCommit (the commit that last
	// changed the file) are there already: give one another value here, or "" to leave it out. With these and each
	// resource's Name there are at most 50. No two keys differ in case only. Default: none but these.
	// Source: AWS general reference, "Tagging your AWS resources"; IAM user guide, "Tags for AWS Identity and Access
	// Management resources".
	Tags map[string]string `yaml:"tags"`
}

// CommitTag is the tag with the commit that last changed the settings file, on all resources.
const CommitTag = "SettingsCommit"

// Tags of everything in the stack.
func (s Stack) Tags() map[string]string {
	tags := map[string]string{
		"Application":  s.Name,
		"Environment":  s.Environment,
		"SettingsFile": s.Source.File,
		CommitTag:      s.Source.Commit,
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
		c.At("account").Problemf("%q is no AWS account; write its 12 digits in quotes", a.Account)
	}
	if a.Role != "" {
		checkARN(c.At("role"), a.Role, roleARN, "role", "arn:aws:iam::123456789012:role/deploy")
	}
	if owner := accountOf(a.Role); c.Valid("account", "role") && a.Role != "" && a.Account != "" && a.Account != owner {
		c.At("role").Problemf("is a role of the account %s, and Terraform may change %s only (aws.account); write a "+
			"role of that one", owner, a.Account)
	}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		checkTag(c.At("tags").Key(key), key, a.Tags[key])
		checkNoCredential(c.At("tags").Key(key), a.Tags[key])
	}
}

// checkAccountOfRegion reports an additional region of another partition with the account of the environment's own: each
// account is in one partition. Source: AWS general reference, "Amazon Resource Names", on partitions.
func (s *Stack) checkAccountOfRegion(c configfile.Checker) {
	primary, additional := partitionOf(s.PrimaryRegion), partitionOf(s.AdditionalRegion)
	if primary != "" && additional != primary && s.AWS.Account != "" && !c.Written("account") {
		c.At("account").Problemf("%s is an account of the partition %s, and %s is in %s, which has accounts of its "+
			"own; write the one to deploy to under additionalRegions.%s",
			s.AWS.Account, primary, s.AdditionalRegion, additional, s.AdditionalRegion)
	}
}

// maxTags of a resource. Source: AWS general reference, "Tag naming limits and requirements".
const maxTags = 50

// checkTags applies the rules that hold among the tags.
func (s *Stack) checkTags(c configfile.Checker) {
	all := s.Tags()
	all["Name"] = s.Name // of most resources
	if _, given := s.AWS.Tags[CommitTag]; !given {
		all[CommitTag] = s.Source.Commit // is there or not as the machine has git
	}
	if n := len(all); n > maxTags {
		c.Problemf("are %d with the stack's own (%s); a resource has at most %d: remove some", n, configfile.JoinWords(ownTags, "and"), maxTags)
	}
	// IAM takes keys that differ in case for one, and refuses the second. Its roles have no Name.
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
		c.Key(key).Problemf("differs from the tag %s in case only, and IAM refuses a role that has both; write one "+
			"of them, or %s: \"\" to leave that one out",
			other, other)
	}
}

// ownTags are those that every resource has before the settings give any.
var ownTags = []string{"Application", "Environment", "SettingsFile", CommitTag, "Name"}

// tagValue makes a text fit into a tag, such as the name of a file.
func tagValue(text string) string {
	letters := []rune(text)
	for i, letter := range letters {
		if !tagText.MatchString(string(letter)) {
			letters[i] = '_'
		}
	}
	return string(letters[max(0, len(letters)-maxTagValue):]) // the end of a path says most
}

// checkTag applies AWS's rules for tags.
func checkTag(c configfile.Checker, key, value string) {
	switch lower := strings.ToLower(key); {
	case utf8.RuneCountInString(key) > 128 || key == "" || !tagText.MatchString(key):
		c.Problemf("is not a valid tag key; write 1 to 128 letters, digits, spaces and _ . : / = + - @")
	case key == "__proto__":
		c.Problemf("is a key that JavaScript, which CDKTF is written in, keeps for itself, and that would be lost; " +
			"write another key")
	case strings.HasPrefix(lower, "aws:"):
		c.Problemf("begins with aws:, which AWS keeps for itself; write another key")
	case key == "Name":
		c.Problemf("is each resource's own name; write another key, such as Service")
	case strings.HasPrefix(strings.ToLower(value), "aws:"):
		c.Problemf("%q begins with aws:, which AWS keeps for itself; write another value", value)
	case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value):
		c.Problemf("%q (%d characters) is not a valid tag value; write up to 256 letters, digits, spaces and _ . : / = + - @", value, utf8.RuneCountInString(value))
	}
}

// AccountID is the account that the settings name; empty where they name none.
func (a AWS) AccountID() string {
	if a.Account != "" {
		return a.Account
	}
	return accountOf(a.Role)
}

// accountOf is the account in an ARN, and regionOf its region; empty where there is none.
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
	roleARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,576}$`)
	tagText   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
)
