package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Role grants AWS permissions to the containers. By default they have none.
type Role struct {
	Grants

	// PermissionsBoundary is the ARN of a policy that limits the permissions of all the service's roles, for accounts
	// that require one. That of the service at the top of the file also limits the role of network.new.flowLogs.
	// Default: none.
	PermissionsBoundary string `yaml:"permissionsBoundary" arn:"iam" was:"boundary"`
}

// Grants are permissions of a role.
type Grants struct {
	// Policies are the ARNs of managed policies, such as arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess. A role has at
	// most 10, unless the account's quota is higher, which can be up to 25. Default: none.
	// Source: IAM user guide, "IAM and AWS STS quotas".
	Policies []string `yaml:"policies" arn:"iam"`

	// Statements are permissions written out here. They become inline policies of the role, up to 10,240 characters;
	// longer ones continue in managed policies, which count towards those of the role. Default: none.
	Statements []Statement `yaml:"statements"`
}

// Statement permits actions on resources.
// Source: IAM user guide, "IAM JSON policy element reference".
type Statement struct {
	// Actions to permit, such as s3:GetObject. * matches any characters, but cannot be a whole action. Required.
	Actions []string `yaml:"actions"`

	// Resources are the ARNs on which the actions are permitted. * matches any characters. Required.
	Resources []string `yaml:"resources"`

	// Conditions under which the actions are permitted, by operator and key, such as {StringEquals:
	// {aws:ResourceTag/team: [web]}}. The action must support the key for its resource, or nothing is permitted: the
	// tags of an S3 object, for example, are not in aws:ResourceTag but in s3:ExistingObjectTag/team. Default: none.
	// Source: Service authorization reference, "Actions, resources, and condition keys".
	Conditions Conditions `yaml:"conditions" empty:"write operators with keys and values"`
}

var (
	policyARN = regexp.MustCompile(
		`^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,128}$`)
	iamAction         = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$`)
	resourceARN       = regexp.MustCompile(`^(\*|arn:(aws[a-z-]*|\*):[a-z0-9-]+:[a-z0-9*?-]*:(aws|[0-9*?]*):.+)$`)
	conditionOperator = regexp.MustCompile(`^(((ForAllValues|ForAnyValue):)?` +
		`(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|` +
		`Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|((ForAllValues|ForAnyValue):)?Null)$`)
)

func (r *Role) Check(c configfile.Checker) {
	r.Grants.Check(c)
	if r.PermissionsBoundary != "" {
		checkARN(c.At("permissionsBoundary"), r.PermissionsBoundary, policyARN, "managed "+
			"policy", "arn:aws:iam::123456789012:policy/boundary")
		checkManagedPolicy(c.At("permissionsBoundary"), r.PermissionsBoundary)
	}
}

func (g *Grants) Check(c configfile.Checker) {
	configfile.CheckItems(c.At("policies"), g.Policies, "list each policy once",
		func(c configfile.Checker, arn string) {
			if strings.HasSuffix(arn, ":policy/AdministratorAccess") ||
				strings.HasSuffix(arn, ":policy/IAMFullAccess") {
				c.Problemf("%s would let whoever gets hold of the role do anything in the account; use a narrower "+
					"policy, or write statements", arn)
			} else {
				checkARN(c, arn, policyARN, "managed policy", "arn:aws:iam::aws:policy/"+policyNamed(arn))
				checkManagedPolicy(c, arn)
			}
		})
	switch n, at := len(g.Policies), c.At("policies"); {
	case n > maxRaised:
		at.Problemf("has %d policies; a role has at most %d: write statements", n, maxRaised)
	case n > maxAttached:
		at.Notef("has %d policies; a role has at most %d, %s", n, maxAttached, attachedQuota)
	}
}

func (s *Statement) Check(c configfile.Checker) {
	if len(s.Actions) == 0 {
		c.At("actions").Problemf("is missing; write the permitted actions, such as [s3:GetObject]")
	}
	for i, action := range s.Actions {
		at := c.At("actions").Index(i)
		switch {
		case permitsAll(action) && slices.Contains(s.Resources, "*"):
			instead := ""
			if strings.Contains(action, ":") {
				instead = ", or single resources"
			}
			at.Problemf("%q on every resource is more than a service needs; write single actions, such as "+
				"s3:GetObject"+instead, action)
		case permitsAll(action) && !strings.Contains(action, ":"):
			at.Problemf("%q is every action of every service; write single actions, such as s3:GetObject, or those of a "+
				"service, such as s3:*", action)
		case !iamAction.MatchString(action):
			at.Problemf("%q is not an action; write a service and an action, such as s3:GetObject", action)
		}
	}
	if len(s.Resources) == 0 {
		c.At("resources").Problemf("is missing; write the ARNs on which the actions are permitted")
	}
	const wildcard = "write a wildcard (* or ?) for it"
	configfile.CheckItems(c.At("resources"), s.Resources, "list each resource once",
		func(c configfile.Checker, arn string) {
			checkPolicyText(c, arn, wildcard)
			checkResource(c, arn)
		})
	s.checkPermits(c)
	for operator, keys := range s.Conditions {
		at := c.At("conditions").Key(operator)
		if !conditionOperator.MatchString(operator) {
			at.Problemf("%q is not one of IAM's condition operators; write one such as StringEquals", operator)
			continue
		}
		for key, values := range keys {
			if !strings.Contains(key, ":") {
				at.Key(key).Problemf("%q is not a condition key; write one with the service before a colon, such as "+
					"aws:ResourceTag/team", key)
			}
			s.checkConditionKey(at.Key(key), operator, key)
			checkPolicyText(at.Key(key), key, wildcard)
			for i, value := range values {
				checkPolicyText(at.Key(key).Index(i), value, wildcard)
				checkConditionValue(at.Key(key).Index(i), operator, value)
			}
			if len(values) == 0 {
				at.Key(key).Problemf("has no values; write the values to compare with, such as [web]")
			}
		}
	}
}

// permitsAll reports whether an action is a wildcard alone, or that of a service: s3:*, or s3:** or s3:?*, which IAM
// reads as the same.
func permitsAll(action string) bool {
	_, name, ok := strings.Cut(action, ":")
	if !ok {
		name = action
	}
	return strings.Contains(name, "*") && strings.Trim(name, "*?") == ""
}

// checkPolicyText reports characters that IAM does not allow in policies.
// Source: IAM API, PutRolePolicy PolicyDocument.
func checkPolicyText(c configfile.Checker, text, instead string) {
	for _, r := range text {
		if r > 0xFF || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			c.Problemf("contains the character %q, which IAM does not allow in policies; %s", r, instead)
			return
		}
	}
}
