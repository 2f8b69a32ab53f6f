package localaws

import (
	"slices"
	"strings"
	"sync"
)

// Call is a request that the local AWS got.
type Call struct {
	// Service is botocore's name of it: elbv2, servicediscovery. Operation is its API's: CreateListener.
	Service, Operation string
	// Input are the parameters by their names in the API, as encoding/json decodes them, numbers as json.Number.
	Input map[string]any
	// Agent is the program that sent it, by its User-Agent header. Key is the id of the access key that it was signed
	// with, and Region the one that it was signed for.
	Agent, Key, Region string
	// Response is moto's, of a call that may change something and succeeded.
	Response []byte
	// Refused is the code of the error with which the call was refused before it reached moto, empty if it was not.
	Refused string
}

// ReadOnly reports whether a call changes nothing.
func (c Call) ReadOnly() bool {
	for _, verb := range []string{"Describe", "Get", "Head", "List"} {
		if strings.HasPrefix(c.Operation, verb) {
			return true
		}
	}
	return false
}

// ByTerraform reports whether Terraform sent a call: its AWS provider or its S3 backend.
func (c Call) ByTerraform() bool { return strings.Contains(c.Agent, "HashiCorp") }

// Text returns a parameter that is a text, empty where the call has none.
func (c Call) Text(parameter string) string {
	text, _ := c.Input[parameter].(string)
	return text
}

// callLog are the calls in the order in which they arrived. A nil one keeps nothing.
type callLog struct {
	mutex sync.Mutex
	calls []Call
}

// add returns the number of the call.
func (l *callLog) add(c Call) int {
	if l == nil {
		return 0
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.calls = append(l.calls, c)
	return len(l.calls) - 1
}

func (l *callLog) refused(number int, code string) {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.calls[number].Refused = code
}

// answered keeps the response to a call.
func (l *callLog) answered(number int, response []byte) {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.calls[number].Response = response
}

func (l *callLog) all() []Call {
	if l == nil {
		return nil
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return slices.Clone(l.calls)
}

// iamPrefixes are the services that IAM's actions name otherwise than botocore.
var iamPrefixes = map[string]string{"efs": "elasticfilesystem", "elbv2": "elasticloadbalancing"}

// iamActions are the operations that IAM knows by other actions than their own name, and those that need more than one.
// The source is the service authorization reference, by service: "Actions defined by …".
var iamActions = map[string][]string{
	"s3 HeadBucket":                       {"s3:ListBucket"},
	"s3 HeadObject":                       {"s3:GetObject"},
	"s3 ListObjects":                      {"s3:ListBucket"},
	"s3 ListObjectsV2":                    {"s3:ListBucket"},
	"s3 ListObjectVersions":               {"s3:ListBucketVersions"},
	"s3 ListBuckets":                      {"s3:ListAllMyBuckets"},
	"s3 DeleteObjects":                    {"s3:DeleteObject", "s3:DeleteObjectVersion"},
	"s3 GetPublicAccessBlock":             {"s3:GetBucketPublicAccessBlock"},
	"s3 PutPublicAccessBlock":             {"s3:PutBucketPublicAccessBlock"},
	"s3 DeletePublicAccessBlock":          {"s3:PutBucketPublicAccessBlock"},
	"s3 GetBucketEncryption":              {"s3:GetEncryptionConfiguration"},
	"s3 PutBucketEncryption":              {"s3:PutEncryptionConfiguration"},
	"s3 DeleteBucketEncryption":           {"s3:PutEncryptionConfiguration"},
	"s3 GetBucketLifecycleConfiguration":  {"s3:GetLifecycleConfiguration"},
	"s3 PutBucketLifecycleConfiguration":  {"s3:PutLifecycleConfiguration"},
	"s3 DeleteBucketLifecycle":            {"s3:PutLifecycleConfiguration"},
	"s3 GetBucketAccelerateConfiguration": {"s3:GetAccelerateConfiguration"},
	"s3 GetBucketCors":                    {"s3:GetBucketCORS"},
	"s3 GetBucketReplication":             {"s3:GetReplicationConfiguration"},
	"s3 GetObjectLockConfiguration":       {"s3:GetBucketObjectLockConfiguration"},
	"s3 DeleteBucketTagging":              {"s3:PutBucketTagging"},
	"ecs RegisterTaskDefinition":          {"ecs:RegisterTaskDefinition", "iam:PassRole"},
	"ecs RunTask":                         {"ecs:RunTask", "iam:PassRole"},
	"ec2 CreateFlowLogs":                  {"ec2:CreateFlowLogs", "iam:PassRole"},
	"scheduler CreateSchedule":            {"scheduler:CreateSchedule", "iam:PassRole"},
	"scheduler UpdateSchedule":            {"scheduler:UpdateSchedule", "iam:PassRole"},
	"scheduler DeleteScheduleGroup":       {"scheduler:DeleteScheduleGroup", "scheduler:DeleteSchedule"},
	"wafv2 AssociateWebACL":               {"wafv2:AssociateWebACL", "elasticloadbalancing:SetWebACL"},
	"wafv2 DisassociateWebACL":            {"wafv2:DisassociateWebACL", "elasticloadbalancing:SetWebACL"},
	"servicediscovery CreatePrivateDnsNamespace": {
		"servicediscovery:CreatePrivateDnsNamespace", "ec2:DescribeRegions", "ec2:DescribeVpcs",
		"route53:AssociateVPCWithHostedZone",
		"route53:CreateHostedZone", "route53:GetHostedZone", "route53:ListHostedZonesByName",
	},
}

// tagging are the actions that a request needs which gives what it makes its tags. Where the key is absent, the
// service's own action of creation will do.
var tagging = map[string]string{
	"acm":                             "acm:AddTagsToCertificate",
	"application-autoscaling":         "application-autoscaling:TagResource",
	"cloudwatch":                      "cloudwatch:TagResource",
	"ec2":                             "ec2:CreateTags",
	"ecs":                             "ecs:TagResource",
	"elbv2":                           "elasticloadbalancing:AddTags",
	"events":                          "events:TagResource",
	"iam":                             "iam:TagRole",
	"iam CreatePolicy":                "iam:TagPolicy",
	"iam CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
	"logs":                            "logs:TagResource",
	"scheduler":                       "scheduler:TagResource",
	"servicediscovery":                "servicediscovery:TagResource",
	"sns":                             "sns:TagResource",
	"sqs":                             "sqs:TagQueue",
}

// Actions returns the actions of IAM that a call needs.
func (c Call) Actions() []string {
	actions := iamActions[c.Service+" "+c.Operation]
	if actions == nil {
		actions = []string{orElse(iamPrefixes[c.Service], c.Service) + ":" + c.Operation}
	}
	if c.Operation == "DeleteTags" { // names tags too, and gives none
		return actions
	}
	for _, parameter := range []string{"Tags", "tags", "TagSpecifications"} {
		added := orElse(tagging[c.Service+" "+c.Operation], tagging[c.Service])
		if added != "" && c.Input[parameter] != nil && !slices.Contains(actions, added) {
			actions = append(slices.Clone(actions), added)
		}
	}
	return actions
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
