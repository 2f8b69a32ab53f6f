package settings

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// wrongParameter says which rule is broken by a text that begins as the name or the ARN of a parameter, or "". It does
// not repeat the text, which may be a secret.
// Source: SSM API, PutParameter (Name).
func wrongParameter(text string) string {
	parts := parameterStart.FindStringSubmatch(text)
	if parts == nil {
		return ""
	}
	name := parts[2]
	plain, _, hasVersion := strings.Cut(name, ":")
	switch levels, length := strings.Count(name, "/"), len(cmp.Or(parts[1], shortestParameter)+name); {
	case hasVersion && parameterName.MatchString(plain):
		return "ECS accepts no version or label after it; write the name alone"
	case notInParameters.MatchString(name):
		return "it has a character that a name cannot have; write letters, digits, dots, hyphens and underscores between " +
			"slashes"
	case strings.HasSuffix(name, "/"), strings.Contains(name, "//"):
		return "it ends with a slash, or has two in a row; remove one"
	case levels > maxParameterLevels:
		return fmt.Sprintf("it has %d levels, of which Parameter Store takes at most %d; write a shorter one", levels,
			maxParameterLevels)
	case length > maxParameterARN:
		return fmt.Sprintf("its ARN has %d characters, of which Parameter Store takes at most %d; write a shorter one",
			length, maxParameterARN)
	case namesOfAWS.MatchString(name) && !publicParameter.MatchString(name):
		return "Parameter Store takes no name that begins with aws or ssm; write another one"
	}
	return ""
}

const (
	maxParameterLevels = 15
	maxParameterARN    = 1011
	// shortestParameter is what stands before the name in an ARN, where the name of the region is shortest.
	shortestParameter = "arn:aws:ssm:eu-west-1:123456789012:parameter"
)

// checkSecret reports the ARN of a secret with a name that no secret has, and notes one that probably lacks the
// characters that AWS adds to a name: six of 62, which are seldom lower-case letters alone, as in -secret.
// Sources: Secrets Manager API, CreateSecret (Name) and GetSecretValue (SecretId).
func checkSecret(c configfile.Checker, arn string) {
	const most = 512
	name := fullSecretARN.ReplaceAllString(partOf(arn, 5), "")
	suffix := strings.TrimPrefix(partOf(arn, 5), name)
	switch length := len(strings.TrimPrefix(name, "secret:")); {
	case length > most:
		c.Problemf("has a secret's name of %d characters, of which Secrets Manager takes at most %d; write the secret's own "+
			"ARN", length, most)
	case suffix != "" && strings.Trim(suffix[1:], "abcdefghijklmnopqrstuvwxyz") == "":
		c.Notef("ends in %s, which AWS takes for the hyphen and six characters that it adds to a secret's name; if that is "+
			"still the name, write the whole ARN, with what follows it", suffix)
	}
}

// SecretARNs returns the ARNs of the secrets that ECS reads to start the container, sorted, without duplicates and
// without the key, stage and version of a reference.
func (o ContainerOptions) SecretARNs() []string {
	var arns []string
	if o.Credentials != "" {
		arns = append(arns, o.Credentials)
	}
	for _, reference := range o.Secrets {
		if parts := secretReference.FindStringSubmatch(reference); parts != nil {
			arns = append(arns, parts[1])
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// Parameters returns the SSM parameters that ECS reads to start the container, sorted and without duplicates: ARNs, and
// names that begin with a slash.
func (o ContainerOptions) Parameters() []string {
	var all []string
	for _, reference := range o.Secrets {
		if parameterARN.MatchString(reference) || parameterName.MatchString(reference) {
			all = append(all, reference)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var (
	// The names of secrets created by AWS services contain an exclamation mark, such as rds!db-….
	secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$`)
	// ECS needs all or none of the parts key, stage and version after the ARN: :key:: is valid, but :key and :key: are
	// not.
	secretReference = regexp.MustCompile(`^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:` +
		`secret:[A-Za-z0-9/_+=.@!-]+)(:[^:$]*:[^:$]*:[^:$]*)?$`)
	// ECS developer guide, "Pass Secrets Manager secrets through Amazon ECS environment variables": a stage or a version.
	versionedSecret  = regexp.MustCompile(`^arn:[^:]*:secretsmanager(:[^:]*){5}:[^:]+:[^:]+$`)
	incompleteSecret = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:` +
		`secret:[A-Za-z0-9/_+=.@!-]+:([^:$]*(:[^:$]*)?)$`)
	spacesInSecret = regexp.MustCompile(`^(?s)(\s+arn:aws.*|arn:aws.*(:\s|\s:|\s$))`)
	// parameterName begins with a slash. Parameter Store accepts other names too, but they could be anything, even a
	// secret.
	parameterName = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	// parameterStart matches what begins as a parameter: its ARN without the name, if any, and its name.
	parameterStart = regexp.MustCompile(`^(?s)(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?(/.*)$`)
	namesOfAWS     = regexp.MustCompile(`^(?i)/(aws|ssm)`)
	// publicParameter matches the names of AWS's own parameters that anybody may read, and those that refer to secrets.
	// Source: Systems Manager user guide, "Working with public parameters" and "Referencing AWS Secrets Manager secrets".
	publicParameter = regexp.MustCompile(`^/aws/(service|reference/secretsmanager)/`)
	// notInParameters matches a character that the name of a parameter cannot have.
	notInParameters = regexp.MustCompile(`[^A-Za-z0-9/._-]`)
	parameterARN    = regexp.MustCompile(`^arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+$`)
)
