package live

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"webapp/internal/localaws/engine"
)

type subnet = ec2types.Subnet

// secrets reads what a container's secrets refer to.
type secrets struct {
	ctx context.Context
	cfg aws.Config
}

const cannotPull = "unable to pull secrets or registry auth: execution resource retrieval failed: "

// value returns the value of a secret: of a parameter, or of a secret in Secrets Manager, or of one JSON key of that.
// The words of the errors are ECS's. Source: ECS developer guide, "Amazon ECS stopped tasks error messages".
func (s secrets) value(from string) (string, error) {
	if !strings.Contains(from, ":secretsmanager:") {
		return s.parameter(from)
	}
	parts := strings.Split(from, ":")
	arn, key, stage, version := from, "", "", ""
	if len(parts) == 10 { // arn:aws:secretsmanager:region:account:secret:name:key:stage:version
		arn, key, stage, version = strings.Join(parts[:7], ":"), parts[7], parts[8], parts[9]
	}
	in := &secretsmanager.GetSecretValueInput{SecretId: &arn}
	if stage != "" {
		in.VersionStage = &stage
	}
	if version != "" {
		in.VersionId = &version
	}
	cfg := s.cfg
	cfg.Region = placeOf(arn).region
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(s.ctx, in)
	if err != nil {
		return "", initializationError(cannotPull+"unable to retrieve secret from asm: service call has been retried 1 time(s): "+
			"failed to fetch secret %s from secrets manager: %s", arn, words(err))
	}
	if key == "" {
		return aws.ToString(out.SecretString), nil
	}
	var fields map[string]any
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &fields) != nil {
		return "", initializationError(cannotPull+"unable to retrieve secret from asm: invalid character in the secret %s: it is not JSON", arn)
	}
	switch value := fields[key].(type) {
	case nil:
		return "", initializationError(cannotPull+"retrieved secret from Secrets Manager did not contain json key %s", key)
	case string:
		return value, nil
	default:
		text, err := json.Marshal(value)
		return string(text), err
	}
}

// credentials reads those of a registry from a secret. Source: ECS developer guide, "Private registry authentication".
func (s secrets) credentials(arn string) (engine.Credentials, error) {
	var read engine.Credentials
	text, err := s.value(arn)
	if err != nil {
		return read, err
	}
	if json.Unmarshal([]byte(text), &read) != nil || read.Username == "" {
		return read, initializationError(cannotPull+"the secret %s does not hold a username and a password", arn)
	}
	return read, nil
}

func (s secrets) parameter(from string) (string, error) {
	cfg, name := s.cfg, from
	if strings.HasPrefix(from, "arn:") {
		cfg.Region = placeOf(from).region
		name = from[strings.Index(from, ":parameter")+len(":parameter"):]
	}
	out, err := ssm.NewFromConfig(cfg).GetParameter(s.ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", initializationError(cannotPull+"unable to retrieve secrets from ssm: service call has been retried 1 time(s): "+
			"invalid parameters: %s", name)
	}
	return aws.ToString(out.Parameter.Value), nil
}
