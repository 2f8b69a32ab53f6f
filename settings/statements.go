package settings

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/iamactions"
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
	case service == "iam" && resource != "*" && resource != "root" && !isOneOf(kindsOfIAM):
		c.Problemf("%q does not name a type of resource in IAM; write one such as arn:%s:iam::%s:role/%s", arn, partition,
			account, resource)
	case service == "ssm" && strings.HasPrefix(resource, "parameter/") && strings.Contains(resource, "//"):
		c.Problemf("%q has two slashes in a row, which no parameter has: its ARN has only one after parameter; write "+
			"arn:%s:ssm:%s:%s:%s", arn, partition, region, account, twoSlashes.ReplaceAllString(resource, "/"))
	case accountDigits.MatchString(account) && !accountID.MatchString(account):
		c.Problemf("%q has an account of %d digits, but an account's id has 12; write all of them", arn, len(account))
	}
	checkVariables(c, arn)
}

var (
	accountDigits = regexp.MustCompile(`^[0-9]+$`)
	twoSlashes    = regexp.MustCompile(`/{2,}`)

	// placesOfS3 are what S3 has in a region or account.
	// Source: Service authorization reference, Amazon S3, "Resource types".
	placesOfS3 = []string{"accesspoint", "job", "storage-lens", "storage-lens-group", "async-request", "access-grants"}

	// kindsOfIAM are what IAM has besides the account's root user.
	// Source: Service authorization reference, AWS Identity and Access Management, "Resource types".
	kindsOfIAM = []string{"user", "federated-user", "role", "group", "instance-profile", "mfa", "server-certificate",
		"policy", "sms-mfa", "saml-provider", "oidc-provider", "report", "access-report", "delegation-request",
		"role-template"}
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

// checkFit reports actions that none of the resources fits, which permit nothing. Where the statement permits something
// else, it is a note.
// Source: Service authorization reference, "Actions, resources, and condition keys": a resource must be of a type that
// the action takes, and an action that takes none is only permitted on *.
func (s *Statement) checkFit(c configfile.Checker, permits bool) {
	reported := map[string]bool{} // one report is enough for all actions that take the same
	for i, action := range s.Actions {
		at := c.At("actions").Index(i)
		service, types, found := resourcesOf(action)
		if !found || !at.Valid("") || fitsOne(s.Resources, service, types) {
			continue
		}
		takes := strings.Join(examplesOf(types, s.Resources[0]), " or ")
		if reported[takes] {
			continue
		}
		reported[takes] = true
		report := at.Notef
		if !permits && s.isCertain(action, len(types) == 0) {
			report = at.Problemf
		}
		switch {
		case len(types) > 0:
			on := s.Resources[0]
			if len(s.Resources) > 1 {
				on = "any of these resources"
			}
			report("%s is not possible on %s, and permits nothing; write a resource that it takes, such as %s, or \"*\"",
				action, on, takes)
		case len(s.Actions) > 1:
			report("%s is only possible on \"*\", and permits nothing here; move it to a statement of its own, with "+
				"resources: [\"*\"], or remove it", action)
		default:
			report("%s is only possible on \"*\", and permits nothing here; write resources: [\"*\"]", action)
		}
	}
}

// checkConditionKey reports a key that no request for the actions has, so that a comparison with its value never
// matches. Some keys are in requests to other services too, such as ec2:SourceInstanceARN.
// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
func (s *Statement) checkConditionKey(c configfile.Checker, operator, key string) {
	owner, _, _ := strings.Cut(strings.ToLower(key), ":")
	if len(s.Actions) == 0 || !slices.Contains(withOwnKeys, owner) || matchesWithoutKey.MatchString(operator) {
		return
	}
	for _, action := range s.Actions {
		service, _, _ := strings.Cut(strings.ToLower(action), ":")
		if service == owner || !slices.Contains(wellKnown, service) {
			return
		}
	}
	c.Problemf("%s is a key of %s, which no request for these actions has, so the statement permits nothing; write one "+
		"that they have, such as aws:ResourceTag/team, or remove it", key, owner)
}

var (
	// withOwnKeys are services whose condition keys only their own requests have.
	withOwnKeys = []string{"cognito-idp", "dynamodb", "elasticfilesystem", "execute-api", "kms", "s3", "secretsmanager",
		"ses", "sns", "sqs", "states"}
	// matchesWithoutKey matches the operators that are, or may be, true for a request without the key.
	matchesWithoutKey = regexp.MustCompile(`^ForAllValues:|Not|^(ForAnyValue:)?Null$|IfExists$`)
)

// resourcesOf returns the service of an action, and the ARNs of what the action takes, in lower case or with wildcards.
// An access point stands for its bucket, which is in the list too. The ARN of a secret that exists ends with characters
// that Secrets Manager adds. A request for the newest revision of a task definition names none. One for all log groups
// is for the group without a name, although the reference has only * for it.
// Sources: Secrets Manager user guide, "What's in a Secrets Manager secret?"; terraform-provider-aws, issue 8804, and
// maxbanton/cwh, pull request 83, with AWS's refusals of DescribeLogGroups.
func resourcesOf(action string) (service string, types []string, found bool) {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	types, found = iamactions.Resources(service, name)
	for i, arn := range types {
		arn = strings.TrimSuffix(arn, ":${TaskDefinitionRevisionNumber}")
		if name != "createsecret" { // the secret does not exist yet
			arn = strings.Replace(arn, ":secret:${SecretId}", ":secret:${SecretName}-??????", 1)
		}
		types[i] = arn
	}
	if service == "logs" && name == "describeloggroups" {
		types = []string{"arn:${Partition}:logs:${Region}:${Account}:log-group::log-stream:"}
	}
	if service == "s3" && len(types) > 1 {
		types = slices.DeleteFunc(types, func(arn string) bool { return strings.Contains(arn, ":accesspoint/") })
	}
	return service, types, found
}

// isCertain reports whether the reference is enough to say that an action permits nothing on the resources. It has gaps
// for services that containers rarely call. Of those that list or describe what there is, some take the ARN of all,
// such as arn:aws:dynamodb:eu-west-1:123456789012:table/*, of which it says nothing.
func (s *Statement) isCertain(action string, takesNone bool) bool {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	related := []string{service}
	for _, arn := range iamactions.ResourcesOf(service) {
		related = append(related, partOf(arn, 2))
	}
	foreign, known := true, true
	for _, arn := range s.Resources {
		foreign = foreign && !slices.Contains(related, partOf(arn, 2))
		known = known && slices.Contains(wellKnown, partOf(arn, 2))
	}
	lists := strings.HasPrefix(name, "list") || strings.HasPrefix(name, "describe")
	switch {
	case foreign:
		return known || slices.Contains(wellKnown, service)
	case takesNone && lists:
		return service == "ec2" || service == "s3" // its ARN of all is in fits
	case takesNone:
		return slices.Contains(wellKnown, service) && !slices.Contains(withGaps, service)
	}
	return slices.Contains(wellKnown, service)
}

var (
	// wellKnown are services whose actions and resources are complete enough in the reference: of what AWS's own managed
	// policies permit, it contradicts little there.
	wellKnown = []string{"bedrock", "cloudwatch", "cognito-idp", "dynamodb", "ec2", "ecr", "ecs", "elasticfilesystem",
		"events", "execute-api", "firehose", "iam", "kinesis", "kms", "lambda", "logs", "rds-db", "s3", "scheduler",
		"secretsmanager", "ses", "sns", "sqs", "ssm", "states", "sts", "xray"}
	// withGaps have actions without a resource in the reference that take one, or need no permission at all.
	withGaps = []string{"bedrock", "cognito-idp", "kinesis", "logs", "ssm"}
	// withoutPlace have resources of AWS itself or of all regions, whose ARNs have no account or region.
	// Sources: Systems Manager user guide, "Working with public parameters"; Bedrock user guide, "Global cross-Region
	// inference"; Service authorization reference, AWS Health and AWS Security Hub, "Resource types".
	withoutPlace   = []string{"bedrock", "health", "securityhub", "ssm"}
	policyVariable = regexp.MustCompile(`\$\{[^}]*\}`)
	// typeOfResource matches the ARN of a type whose fifth part is an account.
	typeOfResource = regexp.MustCompile(`^arn:[^:]*:[^:]*:[^:]*:(aws|\*|\$\{[^}]*\})?:.`)
)

// fitsOne reports whether an action of the service can be permitted on one of the resources at least.
func fitsOne(resources []string, service string, types []string) bool {
	for _, arn := range resources {
		if arn == "*" {
			return true
		}
		// IAM user guide, "Amazon S3: Allows access to S3 bucket objects": the list of all buckets has this ARN.
		if service == "s3" && (len(types) == 0 && partOf(arn, 5) == "*" ||
			len(types) > 0 && strings.HasPrefix(partOf(arn, 5), "accesspoint/")) {
			return true
		}
		if slices.ContainsFunc(types, func(typ string) bool { return fits(arn, typ) }) {
			return true
		}
	}
	return false
}

// fits reports whether an ARN, which may have wildcards, can be that of a resource of a type. The parts are compared
// one by one. A name that is all of the last part, as that of a bucket or queue, has no slashes and colons.
func fits(arn, typ string) bool {
	if !typeOfResource.MatchString(typ) {
		return true // the reference has a few of another form
	}
	given := strings.SplitN(policyVariable.ReplaceAllString(arn, "*"), ":", 6)
	wanted := strings.SplitN(policyVariable.ReplaceAllString(typ, "?*"), ":", 6)
	for i := range given {
		if given[i] == "" && i < 5 && slices.Contains(withoutPlace, given[2]) {
			continue
		}
		if !overlap(given[i], wanted[i]) {
			return false
		}
	}
	return wanted[5] != "?*" || !strings.ContainsAny(given[5], "/:")
}

// overlap reports whether some text matches both patterns, in which * stands for any characters and ? for one.
func overlap(a, b string) bool {
	// reached[j] says whether the part of a so far and b[:j] can be the same text.
	reached := make([]bool, len(b)+1)
	reached[0] = true
	for j := range len(b) {
		reached[j+1] = reached[j] && b[j] == '*'
	}
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		next[0] = reached[0] && a[i] == '*'
		for j := range len(b) {
			switch {
			case a[i] == '*' || b[j] == '*':
				next[j+1] = next[j] || reached[j+1]
			case a[i] == b[j] || a[i] == '?' || b[j] == '?':
				next[j+1] = reached[j]
			}
		}
		reached = next
	}
	return reached[len(b)]
}

// examplesOf writes the ARNs of types, at most two, with the place of a resource.
func examplesOf(types []string, resource string) []string {
	const partition, service, region, account = 1, 2, 3, 4
	place := map[int]string{
		partition: partOf(resource, partition),
		service:   "ec2", // of the backups of any service
		region:    cmp.Or(partOf(resource, region), sampleRegion(partOf(resource, partition))),
		account:   cmp.Or(partOf(resource, account), "123456789012"),
	}
	var all []string
	for _, typ := range types[:min(len(types), 2)] {
		parts := strings.SplitN(typ, ":", 6)
		for i := range parts {
			if policyVariable.MatchString(parts[i]) && place[i] != "" {
				parts[i] = place[i]
			}
		}
		all = append(all, policyVariable.ReplaceAllStringFunc(strings.Join(parts, ":"), func(name string) string {
			return strings.Trim(name, "${}")
		}))
	}
	return all
}

// sampleRegion returns a region of a partition for an example.
func sampleRegion(partition string) string {
	if regions := partitions[partition]; partition != "aws" && len(regions) > 0 {
		return regions[0]
	}
	return "eu-west-1"
}
