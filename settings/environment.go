package settings

import (
	"regexp"
	"strings"
	"unicode"

	"webapp/internal/configfile"
)

// ResetOthers lets an overlay replace a variable with a secret of the same name, or the other way round.
func (o *ContainerSettings) ResetOthers(given []string) {
	isGiven := map[string]bool{}
	for _, key := range given {
		isGiven[key] = true
	}
	replace := func(section string, by, others map[string]string, other string) {
		for name := range by {
			key := configfile.QuoteKey(name)
			if isGiven[configfile.JoinPath(section, key)] && !isGiven[configfile.JoinPath(other, key)] {
				delete(others, name)
			}
		}
	}
	replace("secrets", o.Secrets, o.Environment, "environment")
	replace("environment", o.Environment, o.Secrets, "secrets")
}

func (o *ContainerOptions) checkEnvironment(c configfile.Checker) {
	for name, value := range o.Environment {
		at := c.At("environment").Key(name)
		checkVariableName(at, name)
		checkVariable(at, name, value)
		if strings.Contains(value, "${") {
			at.Notef("the container gets ${…} literally; nothing replaces it")
		}
	}
	for name, reference := range o.Secrets {
		at := c.At("secrets").Key(name)
		checkVariableName(at, name)
		if _, both := o.Environment[name]; both {
			at.Problemf("is also in environment; remove one of the two")
		}
		if parts := incompleteSecret.FindStringSubmatch(reference); parts != nil {
			given := append(strings.Split(parts[1], ":"), "", "")[:3]
			at.Problemf("has only some of the three parts after a secret's ARN (key, stage and version), but ECS needs all "+
				"or none; write :%s:%s: at its end, and put the whole text in quotes", given[0], given[1])
		} else if spacesInSecret.MatchString(reference) {
			at.Problemf("has a space at an end, or beside a colon, which ECS would take for a part of the name; remove it")
		} else if versionedSecret.MatchString(reference) {
			at.Problemf("has both a stage and a version after the secret's ARN, of which ECS takes only one; leave one of " +
				"them out, such as :password:AWSPREVIOUS: for a stage")
		} else if wrong := wrongParameter(reference); wrong != "" {
			at.Problemf("looks like a parameter, but %s", wrong)
		} else if parts := secretReference.FindStringSubmatch(reference); parts != nil {
			checkSecret(at, parts[1])
		} else if !parameterARN.MatchString(reference) && !parameterName.MatchString(reference) {
			// The message leaves out the value: it may be the secret itself, and messages end up in logs.
			at.Problemf("is not a reference to a secret; write the ARN of a secret, such as " +
				"\"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::\" (in quotes), or of a " +
				"parameter, such as arn:aws:ssm:eu-west-1:123456789012:parameter/db, or a parameter's name, such as " +
				"/db")
		}
	}
}

// maxEnvironmentFiles of a container. Source: ECS API, EnvironmentFile.
const maxEnvironmentFiles = 10

func (o *ContainerOptions) checkEnvironmentFiles(c configfile.Checker) {
	configfile.CheckItems(c, o.EnvironmentFiles, "list each file once", func(c configfile.Checker, file string) {
		checkARN(c, file, environmentFileARN, ".env file in S3", "arn:aws:s3:::my-bucket/web.env")
		checkPolicyText(c, file, "rename the file")
		if parts := environmentFileARN.FindStringSubmatch(file); parts != nil {
			checkBucket(c, parts[1])
		}
	})
	if n := len(o.EnvironmentFiles); n > maxEnvironmentFiles {
		c.Problemf("has %d files, but a container can have at most %d; merge some of them", n, maxEnvironmentFiles)
	}
}

// checkVariableName reports names that an environment variable cannot have, and those that ECS sets itself. ECS accepts
// any other name, such as Logging:Level, which .NET reads.
// Source: ECS API, KeyValuePair; ECS developer guide, "Amazon ECS environment variables".
func checkVariableName(c configfile.Checker, name string) {
	switch {
	case strings.TrimSpace(name) == "" || strings.ContainsFunc(name,
		func(r rune) bool { return r == '=' || unicode.IsControl(r) }):
		c.Problemf("%q is not a valid variable name; write one without =, such as LOG_LEVEL", name)
	case strings.HasPrefix(name, "ECS_CONTAINER_METADATA_URI"), strings.HasPrefix(name, "AWS_CONTAINER_CREDENTIALS_"),
		name == "AWS_EXECUTION_ENV":
		c.Problemf("ECS sets %s itself; write another name", name)
	case strings.TrimSpace(name) != name:
		c.Notef("%q begins or ends with a space, which is a part of the variable's name; write it without", name)
	}
}

var environmentFileARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::([^/:*?]+)/[^*?]*\.env$`)
