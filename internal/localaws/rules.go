package localaws

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"webapp/internal/awsread"
	"webapp/internal/localaws/loopback"
)

// rule refuses what AWS refuses in one operation and moto does not, nil if nothing is wrong. An error means that what
// the request names cannot be looked up, which is for moto to answer.
type rule func(a *account, input object) (*refusal, error)

// account is where a rule looks things up: moto, with the account and region of the request.
type account struct {
	ctx      context.Context
	cfg      aws.Config
	read     *awsread.Reader
	services *services
}

// refuseIf refuses a request if something is wrong with it, unless that could not be looked up.
func (a *account) refuseIf(wrong bool, code, format string, values ...any) (*refusal, error) {
	if err := a.read.Err(); err != nil || !wrong {
		return nil, err
	}
	return &refusal{code, fmt.Sprintf(format, values...)}, nil
}

// rules are those of all operations, by service and operation.
func rules() map[string]rule {
	all := map[string]rule{}
	for _, some := range []map[string]rule{
		loadBalancingRules(), networkRules(), ecsRules(), iamRules(), discoveryRules(), dnsRules(), storageRules(),
		scheduleRules(),
	} {
		maps.Copy(all, some)
	}
	return all
}

// credential is what a signature says of who asks, and where: Credential=KEY/20260101/eu-west-1/ecs/aws4_request.
var credential = regexp.MustCompile(`Credential=([^/]*)/\d{8}/([^/]*)/`)

// signedBy is the access key that a request is signed with, and the region that it is for.
func signedBy(r *http.Request) (key, region string) {
	if found := credential.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		return found[1], found[2]
	}
	return "local", Region
}

// accountOf is the account and region that a request is for.
func accountOf(r *http.Request, motoAddress string, s *services) *account {
	key, region := signedBy(r)
	cfg := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String("http://" + motoAddress),
		HTTPClient:   loopback.Client,
		Credentials:  credentials.NewStaticCredentialsProvider(key, "local", ""),
	}
	if id := r.Header.Get(accountHeader); id != "" {
		cfg.APIOptions = append(cfg.APIOptions, smithyhttp.AddHeaderValue(accountHeader, id))
	}
	return &account{ctx: r.Context(), cfg: cfg, read: awsread.New(r.Context(), cfg), services: s}
}

// text, texts and objects read a parameter, empty where it is not given.

func text(input object, name string) string {
	value, _ := input[name].(string)
	return value
}

func texts(input object, name string) []string {
	var all []string
	list, _ := input[name].([]any)
	for _, item := range list {
		if value, ok := item.(string); ok {
			all = append(all, value)
		}
	}
	return all
}

func objects(input object, name string) []object {
	var all []object
	list, _ := input[name].([]any)
	for _, item := range list {
		if value, ok := item.(object); ok {
			all = append(all, value)
		}
	}
	return all
}

func inner(input object, name string) object {
	value, _ := input[name].(object)
	return value
}
