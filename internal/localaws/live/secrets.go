package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"webapp/internal/localaws/engine"
)

// The beginnings of AWS's words for a secret or a registry's credentials that cannot be had.
const (
	pullSecrets = "ResourceInitializationError: unable to pull secrets or registry auth: "
	retrieval   = "execution resource retrieval failed: "
	fromASM     = retrieval + "unable to retrieve secret from asm: service call has been retried 1 time(s): "
	fromSSM     = retrieval + "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
)

// secret returns the value of what a container's secret refers to: a parameter, a secret in Secrets Manager, or one
// JSON key of that.
func (p *preflight) secret(from string) (string, error) {
	if strings.Contains(from, ":secretsmanager:") {
		return p.secretOfManager(from)
	}
	return p.parameter(from)
}

func (p *preflight) secretOfManager(from string) (string, error) {
	parts := strings.Split(from, ":")
	arn, key, stage, version := from, "", "", ""
	if len(parts) == 10 { // arn:aws:secretsmanager:region:account:secret:name:key:stage:version
		arn, key, stage, version = strings.Join(parts[:7], ":"), parts[7], parts[8], parts[9]
	}
	region := placeOf(arn).region
	if hint := p.attachment.toService("secretsmanager", region); hint != "" {
		return "", refuse(hint, pullSecrets+"unable to retrieve secret from asm: There is a connection issue "+
			"between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch "+
			"secret %s from secrets manager: operation error Secrets Manager: GetSecretValue, https response error "+
			"StatusCode: 0, RequestID: , canceled, context deadline exceeded", arn)
	}
	client := secretsmanager.NewFromConfig(p.world.config(place{p.where.account, region}))
	described, err := client.DescribeSecret(p.ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
	if err != nil {
		return "", p.noSecret(arn, err)
	}
	if err := p.mayReadSecret(arn, described); err != nil {
		return "", err
	}
	in := &secretsmanager.GetSecretValueInput{SecretId: &arn}
	if stage != "" {
		in.VersionStage = &stage
	}
	if version != "" {
		in.VersionId = &version
	}
	out, err := client.GetSecretValue(p.ctx, in)
	if err != nil {
		return "", p.noSecret(arn, err)
	}
	return jsonKey(arn, key, aws.ToString(out.SecretString))
}

func (p *preflight) noSecret(arn string, err error) error {
	return refuse(fmt.Sprintf("The secret %s does not exist, or has no value. Create it, or correct the container's "+
		"secrets.", arn),
		pullSecrets+fromASM+"failed to fetch secret %s from secrets manager: %s", arn,
		apiError("Secrets Manager", "GetSecretValue", p.task, words(err)))
}

// mayReadSecret checks that the execution role may read a secret, and decrypt it where its key is a customer's.
func (p *preflight) mayReadSecret(arn string, s *secretsmanager.DescribeSecretOutput) error {
	refused := func(hint, message string) error {
		return refuse(hint, pullSecrets+fromASM+"failed to fetch secret %s from secrets manager: %s", arn,
			p.accessDenied("Secrets Manager", "GetSecretValue", message))
	}
	const action = "secretsmanager:GetSecretValue"
	if denial := p.denied(action, aws.ToString(s.ARN)); denial != "" {
		return refused(p.hintDenied(action, arn), denial)
	}
	key := p.keyARN(aws.ToString(s.KmsKeyId), placeOf(arn).region)
	if key != "" && p.denied("kms:Decrypt", key) != "" {
		return refused(p.hintKey(key), "Access to KMS is not allowed")
	}
	return nil
}

func (p *preflight) accessDenied(service, operation, message string) string {
	return apiError(service, operation, p.task, "api error AccessDeniedException: "+message)
}

func (p *preflight) hintKey(key string) string {
	return fmt.Sprintf("List the key under task.secretKmsKeys. %s", p.hintDenied("kms:Decrypt", key))
}

// keyARN returns the ARN of a customer's key, "" for a key of AWS's own and for an alias, whose key is not known here.
func (p *preflight) keyARN(id, region string) string {
	switch {
	case id == "" || strings.HasPrefix(id, "alias/") || strings.Contains(id, ":alias/"):
		return ""
	case strings.HasPrefix(id, "arn:"):
		return id
	}
	return p.arn("kms", place{p.where.account, region}, "key/"+id)
}

// jsonKey returns a secret's value, or that of one of its keys.
func jsonKey(arn, key, text string) (string, error) {
	if key == "" {
		return text, nil
	}
	hint := fmt.Sprintf("Add the key %s to the JSON object in the secret %s, or correct the container's secrets.",
		key, arn)
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return "", refuse(hint, pullSecrets+fromASM+"invalid character in the secret %s: it is not JSON", arn)
	}
	switch value := fields[key].(type) {
	case nil:
		return "", refuse(hint, pullSecrets+fromASM+"retrieved secret from Secrets Manager did not contain json key "+
			"%s", key)
	case string:
		return value, nil
	default:
		text, err := json.Marshal(value)
		return string(text), err
	}
}

// credentials reads those of a registry from a secret. Source: ECS developer guide, "Private registry authentication".
func (p *preflight) credentials(arn string) (engine.Credentials, error) {
	var read engine.Credentials
	text, err := p.secret(arn)
	if err != nil {
		return read, err
	}
	if json.Unmarshal([]byte(text), &read) != nil || read.Username == "" {
		return read, refuse("Write the secret as {\"username\": \"…\", \"password\": \"…\"}.",
			pullSecrets+retrieval+"the secret %s does not hold a username and a password", arn)
	}
	return read, nil
}

// parameter reads a parameter, which is given by its ARN, or by its name if it is in the task's region.
func (p *preflight) parameter(from string) (string, error) {
	where, name := p.where, from
	if strings.HasPrefix(from, "arn:") {
		where.region = placeOf(from).region
		name = from[strings.Index(from, ":parameter")+len(":parameter"):]
	}
	if hint := p.attachment.toService("ssm", where.region); hint != "" {
		return "", refuse(hint, pullSecrets+"unable to retrieve secrets from ssm: The task cannot pull secrets "+
			"from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager "+
			"Parameter Store. Check your task network configuration. RequestCanceled: request context canceled "+
			"caused by: context deadline exceeded")
	}
	arn := p.arn("ssm", where, "parameter/"+strings.TrimPrefix(name, "/"))
	const action = "ssm:GetParameters"
	if denial := p.denied(action, arn); denial != "" {
		return "", refuse(p.hintDenied(action, arn), pullSecrets+fromSSM+"%s",
			p.accessDenied("SSM", "GetParameters", denial))
	}
	client := ssm.NewFromConfig(p.world.config(where))
	out, err := client.GetParameter(p.ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return "", refuse(fmt.Sprintf("The parameter %s does not exist. Create it, or correct the "+
			"container's secrets.", name),
			pullSecrets+fromSSM+"invalid ssm parameters: %s", name)
	}
	if out.Parameter.Type == ssmtypes.ParameterTypeSecureString {
		err = p.mayDecryptParameter(client, name, where.region)
	}
	return aws.ToString(out.Parameter.Value), err
}

// mayDecryptParameter checks that the execution role may use the key of a parameter, where it is a customer's.
func (p *preflight) mayDecryptParameter(client *ssm.Client, name, region string) error {
	byName := ssmtypes.ParameterStringFilter{
		Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name},
	}
	described, err := client.DescribeParameters(p.ctx, &ssm.DescribeParametersInput{
		ParameterFilters: []ssmtypes.ParameterStringFilter{byName},
	})
	if err != nil {
		return err
	}
	for _, parameter := range described.Parameters {
		key := p.keyARN(aws.ToString(parameter.KeyId), region)
		if key == "" {
			continue
		}
		if denial := p.denied("kms:Decrypt", key); denial != "" {
			return refuse(p.hintKey(key), pullSecrets+fromSSM+"%s", p.accessDenied("SSM", "GetParameters", denial))
		}
	}
	return nil
}

// words is what AWS says of an error: its code and message.
func words(err error) string {
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	var network net.Error
	if errors.As(err, &network) {
		return fmt.Sprintf("the local AWS does not answer: %v", network)
	}
	return strings.TrimSpace(err.Error())
}
