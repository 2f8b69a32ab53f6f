package localaws

import (
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// Quotas of IAM, which counts no white space (IAM user guide, "IAM and AWS STS quotas").
const (
	inlineCharacters  = 10240 // all inline policies of a role together
	managedCharacters = 6144
	trustCharacters   = 2048
	managedPerRole    = 10
)

func iamRules() map[string]rule {
	return map[string]rule{
		"iam CreateRole": func(_ *account, input object) (*refusal, error) {
			if count(text(input, "AssumeRolePolicyDocument")) > trustCharacters {
				return &refusal{"LimitExceeded",
					fmt.Sprintf("Cannot exceed quota for ACLSizePerRole: %d", trustCharacters)}, nil
			}
			return uniqueTags(nil, input)
		},
		"iam TagRole":             uniqueTags,
		"iam TagPolicy":           uniqueTags,
		"iam CreatePolicy":        managedPolicy,
		"iam CreatePolicyVersion": managedPolicy,
		"iam PutRolePolicy":       inlinePolicy,
		"iam AttachRolePolicy":    attachedPolicy,
	}
}

// count counts the characters of a policy.
func count(policy string) int {
	characters := 0
	for _, r := range policy {
		if !unicode.IsSpace(r) {
			characters++
		}
	}
	return characters
}

func uniqueTags(_ *account, input object) (*refusal, error) {
	seen := map[string]bool{}
	for _, tag := range objects(input, "Tags") {
		key := strings.ToLower(text(tag, "Key"))
		if seen[key] {
			return &refusal{"InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case " +
				"insensitive."}, nil
		}
		seen[key] = true
	}
	return nil, nil
}

func managedPolicy(a *account, input object) (*refusal, error) {
	if count(text(input, "PolicyDocument")) > managedCharacters {
		return &refusal{"LimitExceeded", fmt.Sprintf("Cannot exceed quota for PolicySize: %d", managedCharacters)}, nil
	}
	return uniqueTags(a, input)
}

func inlinePolicy(a *account, input object) (*refusal, error) {
	client := iam.NewFromConfig(a.cfg)
	role := aws.String(text(input, "RoleName"))
	sum := count(text(input, "PolicyDocument"))
	found, err := client.ListRolePolicies(a.ctx, &iam.ListRolePoliciesInput{RoleName: role})
	if err != nil {
		return nil, err
	}
	for _, name := range found.PolicyNames {
		if name == text(input, "PolicyName") {
			continue
		}
		policy, err := client.GetRolePolicy(a.ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		document, err := url.QueryUnescape(*policy.PolicyDocument)
		if err != nil {
			return nil, err
		}
		sum += count(document)
	}
	if sum > inlineCharacters {
		return &refusal{"LimitExceeded",
			fmt.Sprintf("Maximum policy size of %d bytes exceeded for role %s", inlineCharacters, *role)}, nil
	}
	return nil, nil
}

func attachedPolicy(a *account, input object) (*refusal, error) {
	found, err := iam.NewFromConfig(a.cfg).ListAttachedRolePolicies(a.ctx,
		&iam.ListAttachedRolePoliciesInput{RoleName: aws.String(text(input, "RoleName"))})
	if err != nil {
		return nil, err
	}
	others := 0
	for _, policy := range found.AttachedPolicies {
		if *policy.PolicyArn != text(input, "PolicyArn") {
			others++
		}
	}
	if others >= managedPerRole {
		return &refusal{"LimitExceeded",
			fmt.Sprintf("Cannot exceed quota for PoliciesPerRole: %d", managedPerRole)}, nil
	}
	return nil, nil
}

func dnsRules() map[string]rule {
	return map[string]rule{"route53 ChangeResourceRecordSets": changedRecords}
}

// changedRecords: moto makes a record that is there, if its values differ, and deletes one whatever values are given.
func changedRecords(a *account, input object) (*refusal, error) {
	zone := aws.String(text(input, "HostedZoneId"))
	pages := route53.NewListResourceRecordSetsPaginator(route53.NewFromConfig(a.cfg),
		&route53.ListResourceRecordSetsInput{HostedZoneId: zone})
	var records []route53types.ResourceRecordSet
	for pages.HasMorePages() {
		page, err := pages.NextPage(a.ctx)
		if err != nil {
			return nil, err
		}
		records = append(records, page.ResourceRecordSets...)
	}
	for _, change := range objects(inner(input, "ChangeBatch"), "Changes") {
		asked := inner(change, "ResourceRecordSet")
		name, kind := strings.TrimSuffix(text(asked, "Name"), ".")+".", text(asked, "Type")
		at := slices.IndexFunc(records, func(r route53types.ResourceRecordSet) bool {
			return strings.EqualFold(plainName(*r.Name), plainName(name)) && string(r.Type) == kind &&
				aws.ToString(r.SetIdentifier) == text(asked, "SetIdentifier")
		})
		action := strings.ToLower(text(change, "Action"))
		wrong := ""
		switch {
		case action == "create" && at >= 0:
			wrong = "it already exists"
		case action == "delete" && at < 0:
			wrong = "it was not found"
		case action == "delete" && !sameValues(records[at], asked):
			wrong = "the values provided do not match the current values"
		}
		if wrong != "" {
			return &refusal{"InvalidChangeBatch", fmt.Sprintf("[Tried to %s resource record set [name='%s', "+
				"type='%s'] but %s]", action, name, kind, wrong)}, nil
		}
	}
	return nil, nil
}

// plainName is a record's name without what Route 53 writes for a wildcard.
func plainName(name string) string { return strings.ReplaceAll(name, `\052`, "*") }

func sameValues(record route53types.ResourceRecordSet, asked object) bool {
	var have, want []string
	for _, value := range record.ResourceRecords {
		have = append(have, *value.Value)
	}
	for _, value := range objects(asked, "ResourceRecords") {
		want = append(want, text(value, "Value"))
	}
	slices.Sort(have)
	slices.Sort(want)
	if record.TTL != nil && fmt.Sprint(*record.TTL) != fmt.Sprint(asked["TTL"]) {
		return false
	}
	alias := ""
	if record.AliasTarget != nil {
		alias = strings.TrimSuffix(*record.AliasTarget.DNSName, ".")
	}
	return reflect.DeepEqual(have, want) &&
		strings.EqualFold(alias, strings.TrimSuffix(text(inner(asked, "AliasTarget"), "DNSName"), "."))
}

func storageRules() map[string]rule {
	return map[string]rule{
		"s3 CreateBucket": func(_ *account, input object) (*refusal, error) {
			if !bucketName(text(input, "Bucket")) {
				return &refusal{"InvalidBucketName", "The specified bucket is not valid."}, nil
			}
			return nil, nil
		},
		"logs CreateLogGroup":  logKey,
		"logs AssociateKmsKey": logKey,
	}
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bucketName reports whether a new bucket can have a name (S3 user guide, "General purpose bucket naming rules").
func bucketName(name string) bool {
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	_, err := netip.ParseAddr(name)
	return err != nil && bucketForm.MatchString(name) && !strings.Contains(name, "..")
}

var keyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+$`)

// logKey: CloudWatch Logs takes a key by its ARN only (API reference, AssociateKmsKey, kmsKeyId).
func logKey(_ *account, input object) (*refusal, error) {
	if key := text(input, "kmsKeyId"); key != "" && !keyARN.MatchString(key) {
		return &refusal{"InvalidParameterException",
			"The specified KMS key Id could not be found or is not an ARN: " + key}, nil
	}
	return nil, nil
}
