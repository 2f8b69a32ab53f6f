package iampolicy

import (
	"strings"
	"testing"
)

const (
	object = "arn:aws:s3:::reports/2026/jan.csv"
	role   = "arn:aws:iam::123456789012:role/web"
)

// policy reads a policy with these statements.
func policy(t *testing.T, statements ...string) Policy {
	t.Helper()
	p, err := Parse(`{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAStatementIsAboutARequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statement string
		action    string
		resource  string
		want      bool
	}{
		"the action and resource": {`"Action": "s3:GetObject", "Resource": "` + object + `"`, "s3:GetObject",
			object, true},
		"one of several": {`"Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["x", "` + object + `"]`,
			"s3:GetObject", object, true},
		"an action in another case": {`"Action": "S3:getobject", "Resource": "*"`, "s3:GetObject", object, true},
		"a resource in another case": {`"Action": "s3:*", "Resource": "arn:aws:s3:::Reports/*"`, "s3:GetObject",
			object, false},
		"another action":           {`"Action": "s3:PutObject", "Resource": "*"`, "s3:GetObject", object, false},
		"another service's action": {`"Action": "sqs:*", "Resource": "*"`, "s3:GetObject", object, false},
		"a star in an action":      {`"Action": "s3:Get*", "Resource": "*"`, "s3:GetObject", object, true},
		"a question mark":          {`"Action": "s3:GetObjec?", "Resource": "*"`, "s3:GetObject", object, true},
		"a question mark too many": {`"Action": "s3:GetObject?", "Resource": "*"`, "s3:GetObject", object, false},
		"a star over slashes": {`"Action": "*", "Resource": "arn:aws:s3:::reports/*.csv"`, "s3:GetObject",
			object, true},
		"stars that must go back": {`"Action": "*", "Resource": "*re*re*rts/*a*.csv"`, "s3:GetObject",
			"re-reports/ab.csv", true},
		"another bucket": {`"Action": "*", "Resource": "arn:aws:s3:::report/*"`, "s3:GetObject", object,
			false},
		"every other action":          {`"NotAction": "s3:PutObject", "Resource": "*"`, "s3:GetObject", object, true},
		"the action that is left out": {`"NotAction": "s3:Get*", "Resource": "*"`, "s3:GetObject", object, false},
		"every other resource": {`"Action": "*", "NotResource": "arn:aws:s3:::secrets/*"`, "s3:GetObject",
			object, true},
		"a resource that is left out": {`"Action": "*", "NotResource": ["arn:aws:s3:::reports/*"]`, "s3:GetObject",
			object, false},
		"a variable": {`"Action": "*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"`,
			"s3:GetObject", object, true},
		"a variable's default": {`"Action": "*", "Resource": "arn:aws:s3:::${aws:username, 'reports'}/*"`,
			"s3:GetObject", object, true},
		"a variable without a value": {`"Action": "*", "Resource": "arn:aws:s3:::reports/*${aws:username}"`,
			"s3:GetObject", object, false},
		"no wildcard in a value": {`"Action": "*", "Resource": "arn:aws:s3:::reports/${aws:PrincipalTag/any}"`,
			"s3:GetObject", object, false},
		"a star that is one": {`"Action": "*", "Resource": "arn:aws:s3:::reports/${*}"`, "s3:GetObject",
			"arn:aws:s3:::reports/*", true},
		"a star that is only one": {`"Action": "*", "Resource": "arn:aws:s3:::reports/${*}"`, "s3:GetObject",
			object, false},
		"a dollar before a brace": {`"Action": "*", "Resource": "arn:aws:s3:::reports/${$}{x}"`, "s3:GetObject",
			"arn:aws:s3:::reports/${x}", true},
	} {
		r := Request{Action: test.action, Resource: test.resource, Context: map[string][]string{
			"aws:PrincipalTag/bucket": {"reports"}, "aws:PrincipalTag/any": {"*"},
		}}
		identity := Identity{Policies: []Policy{policy(t, `{"Effect": "Allow", `+test.statement+`}`)}}
		if got := identity.Decide(r).Allowed; got != test.want {
			t.Errorf("%s: allowed is %t, want %t", name, got, test.want)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	given := map[string][]string{
		"aws:SourceAccount":      {"123456789012"},
		"aws:SourceArn":          {"arn:aws:ecs:eu-west-1:123456789012:task/web/1"},
		"aws:SecureTransport":    {"true"},
		"aws:SourceIp":           {"203.0.113.7"},
		"aws:CurrentTime":        {"2026-03-01T12:00:00Z"},
		"aws:MultiFactorAuthAge": {"100"},
		"aws:ResourceTag/team":   {"web"},
		"aws:PrincipalTag/team":  {"web"},
		"aws:TagKeys":            {"team", "stage"},
	}
	for condition, want := range map[string]bool{
		`"StringEquals": {"aws:SourceAccount": "123456789012"}`:                   true,
		`"StringEquals": {"AWS:sourceaccount": ["1", "123456789012"]}`:            true,
		`"StringEquals": {"aws:SourceAccount": "12345678901?"}`:                   false,
		`"StringEquals": {"aws:SourceAccount": "1"}`:                              false,
		`"StringEquals": {"aws:nothing": "1"}`:                                    false,
		`"StringEqualsIfExists": {"aws:nothing": "1"}`:                            true,
		`"StringEqualsIfExists": {"aws:SourceAccount": "1"}`:                      false,
		`"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}`:    true,
		`"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/other}"}`:   false,
		`"StringEqualsIgnoreCase": {"aws:ResourceTag/team": "WEB"}`:               true,
		`"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}`:                    true,
		`"StringNotEquals": {"aws:SourceAccount": ["1", "123456789012"]}`:         false,
		`"StringNotEquals": {"aws:nothing": "1"}`:                                 true,
		`"StringLike": {"aws:SourceAccount": "1234*"}`:                            true,
		`"StringNotLike": {"aws:SourceAccount": "1234*"}`:                         false,
		`"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}`:    true,
		`"ArnEquals": {"aws:SourceArn": "arn:aws:ecs:*:123456789012:task/web/*"}`: true,
		`"ArnLike": {"aws:SourceArn": "arn:aws:*"}`:                               false,
		`"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:*:*"}`:               false,
		`"ArnNotLike": {"aws:SourceArn": "arn:aws:sqs:*:*:*"}`:                    true,
		`"Bool": {"aws:SecureTransport": "false"}`:                                false,
		`"Bool": {"aws:SecureTransport": true}`:                                   true,
		`"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}`:                         true,
		`"IpAddress": {"aws:SourceIp": "203.0.113.8"}`:                            false,
		`"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.0.0.0/8"]}`:      false,
		`"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}`:                     true,
		`"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": "101"}`:           false,
		`"DateGreaterThan": {"aws:CurrentTime": "2026-02-28"}`:                    true,
		`"DateLessThan": {"aws:CurrentTime": "2026-02-28T00:00:00Z"}`:             false,
		`"Null": {"aws:nothing": "true"}`:                                         true,
		`"Null": {"aws:SourceAccount": "true"}`:                                   false,
		`"Null": {"aws:SourceAccount": "false"}`:                                  true,
		`"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage", "x"]}`:    true,
		`"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}`:                  false,
		`"ForAllValues:StringEquals": {"aws:nothing": ["team"]}`:                  true,
		`"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}`:                   true,
		`"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}`:                      false,
		`"ForAnyValue:StringEquals": {"aws:nothing": ["team"]}`:                   false,
		`"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team"]}`:                true,
		`"ForAllValues:StringNotEquals": {"aws:TagKeys": ["team"]}`:               false,
		// All operators and all keys must hold.
		`"StringEquals": {"aws:SourceAccount": "123456789012", "aws:ResourceTag/team": "x"}`:              false,
		`"StringEquals": {"aws:SourceAccount": "123456789012"}, "Bool": {"aws:SecureTransport": "false"}`: false,
		`"StringEquals": {"aws:SourceAccount": "123456789012"}, "Bool": {"aws:SecureTransport": "true"}`:  true,
	} {
		p := policy(t, `{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {`+condition+`}}`)
		r := Request{Action: "s3:GetObject", Resource: object, Context: given}
		if got := (Identity{Policies: []Policy{p}}).Decide(r).Allowed; got != want {
			t.Errorf("%s: allowed is %t, want %t", condition, got, want)
		}
	}
}

// TestEvaluation has the cases of IAM's flow chart. Source: IAM user guide, "Policy evaluation for requests within a
// single account", and the words of "Troubleshoot access denied error messages".
func TestEvaluation(t *testing.T) {
	t.Parallel()
	const (
		allow      = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`
		allowOther = `{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}`
		deny       = `{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}`
		denyOther  = `{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}`
		identity   = "because no identity-based policy allows the s3:GetObject action"
		boundary   = "because no permissions boundary allows the s3:GetObject action"
	)
	for name, test := range map[string]struct {
		policies []string
		boundary string
		want     string // the reason, "" where the request is allowed
	}{
		"no policy":                      {nil, "", identity},
		"a policy allows":                {[]string{allow}, "", ""},
		"another action":                 {[]string{allowOther}, "", identity},
		"one of several policies allows": {[]string{allowOther, allow}, "", ""},
		"a deny in another policy": {[]string{allow, deny}, "", "with an explicit deny in an " +
			"identity-based policy"},
		"a deny in the same policy": {[]string{deny + "," + allow}, "", "with an explicit deny in an " +
			"identity-based policy"},
		"a deny of something else":    {[]string{allow, denyOther}, "", ""},
		"both allow":                  {[]string{allow}, allow, ""},
		"the boundary alone allows":   {nil, allow, identity},
		"the boundary does not allow": {[]string{allow}, allowOther, boundary},
		"the boundary denies": {[]string{allow}, allow + "," + deny, "with an explicit deny in a " +
			"permissions boundary"},
		"a deny counts more than no boundary": {[]string{deny}, allowOther, "with an explicit deny in an " +
			"identity-based policy"},
	} {
		var i Identity
		for _, statements := range test.policies {
			i.Policies = append(i.Policies, policy(t, statements))
		}
		if test.boundary != "" {
			p := policy(t, test.boundary)
			i.Boundary = &p
		}
		got := i.Decide(Request{Action: "s3:GetObject", Resource: object})
		if want := (Decision{Allowed: test.want == "", Reason: test.want}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	t.Parallel()
	tasks, web := Principal{Service: "ecs-tasks.amazonaws.com"}, Principal{ARN: role}
	for name, test := range map[string]struct {
		statement string
		who       Principal
		want      bool
	}{
		"the service": {`"Principal": {"Service": "ecs-tasks.amazonaws.com"}`, tasks, true},
		"one of several services": {`"Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}`,
			tasks, true},
		"another service":         {`"Principal": {"Service": "ecs.amazonaws.com"}`, tasks, false},
		"a role is not a service": {`"Principal": {"AWS": "` + role + `"}`, tasks, false},
		"the role":                {`"Principal": {"AWS": "` + role + `"}`, web, true},
		"another role":            {`"Principal": {"AWS": "` + role + `2"}`, web, false},
		"the account":             {`"Principal": {"AWS": "123456789012"}`, web, true},
		"the account's root":      {`"Principal": {"AWS": "arn:aws:iam::123456789012:root"}`, web, true},
		"another account":         {`"Principal": {"AWS": "arn:aws:iam::210987654321:root"}`, web, false},
		"everyone":                {`"Principal": "*"`, tasks, true},
		"everyone on AWS":         {`"Principal": {"AWS": "*"}`, web, true},
		"everyone else":           {`"NotPrincipal": {"AWS": "` + role + `2"}`, web, true},
		"who is left out":         {`"NotPrincipal": {"AWS": "` + role + `"}`, web, false},
	} {
		p := policy(t, `{"Effect": "Allow", "Action": "sts:AssumeRole", `+test.statement+`}`)
		got := p.Decide(Request{Action: "sts:AssumeRole", Resource: role, Principal: test.who}).Allowed
		if got != test.want {
			t.Errorf("%s: allowed is %t, want %t", name, got, test.want)
		}
	}
}

func TestThePolicyOfAResourceDenies(t *testing.T) {
	t.Parallel()
	p := policy(t, `{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}`,
		`{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
			"Condition": {"Bool": {"aws:SecureTransport": "false"}}}`)
	for secure, want := range map[string]Decision{
		"true":  {Allowed: true},
		"false": {Reason: "with an explicit deny in a resource-based policy"},
	} {
		r := Request{Action: "s3:GetObject", Resource: object,
			Context: map[string][]string{"aws:SecureTransport": {secure}}}
		if got := p.Decide(r); got != want {
			t.Errorf("aws:SecureTransport %s: got %+v, want %+v", secure, got, want)
		}
	}
}

// Without the newer version of the language a variable is a text. Source: IAM user guide, "IAM JSON policy elements:
// Version".
func TestVariablesNeedTheNewerVersion(t *testing.T) {
	t.Parallel()
	p, err := Parse(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}/*"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]bool{"arn:aws:s3:::ann/x": false, "arn:aws:s3:::${aws:username}/x": true} {
		r := Request{Action: "s3:GetObject", Resource: resource, Context: map[string][]string{"aws:username": {"ann"}}}
		if got := (Identity{Policies: []Policy{p}}).Decide(r).Allowed; got != want {
			t.Errorf("%s: allowed is %t, want %t", resource, got, want)
		}
	}
}

func TestPoliciesThatIAMRefuses(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		`no JSON`,
		`{"Statement": [{"Effect": "Permit", "Action": "*", "Resource": "*"}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": {"StringSame": {"aws:username": "x"}}}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": {"ForSome:StringEquals": {"aws:username": "x"}}}]}`,
	} {
		if _, err := Parse(document); err == nil {
			t.Errorf("%s was read", document)
		}
	}
}
