package live

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"webapp/internal/awsread"
	"webapp/internal/iampolicy"
)

// role is an IAM role that a task's session has assumed.
type role struct {
	arn, name string
	task      string // the name of the session
	region    string
	trust     iampolicy.Policy
	policies  iampolicy.Identity
}

// roleReader reads a role.
type roleReader struct {
	*awsread.Reader
	client *iam.Client
}

// readRole reads a role, nil if there is none of this ARN.
func (w *World) readRole(ctx context.Context, where place, arn, task string) (*role, error) {
	cfg := w.config(where)
	r := &roleReader{awsread.New(ctx, cfg), iam.NewFromConfig(cfg)}
	found, record, err := r.trusting(ctx, arn)
	if found == nil {
		return nil, err
	}
	found.task, found.region = task, where.region
	r.inline(found)
	r.attached(found)
	if b := record.PermissionsBoundary; b != nil {
		boundary := r.managed(aws.ToString(b.PermissionsBoundaryArn))
		found.policies.Boundary = &boundary
	}
	return found, r.Err()
}

// trusting reads a role with its trust policy alone, nil if there is none of this ARN.
func (r *roleReader) trusting(ctx context.Context, arn string) (*role, *iamtypes.Role, error) {
	found := &role{arn: arn, name: awsread.ResourceName(arn)}
	out, err := r.client.GetRole(ctx, &iam.GetRoleInput{RoleName: &found.name})
	var missing *iamtypes.NoSuchEntityException
	if errors.As(err, &missing) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	found.trust = r.parse(aws.ToString(out.Role.AssumeRolePolicyDocument))
	return found, out.Role, nil
}

// TrustsScheduler reports whether EventBridge Scheduler may take on a role for the schedules of a group. It may not
// take on a role that does not exist.
// Source: EventBridge Scheduler user guide, "Confused deputy prevention".
func TrustsScheduler(ctx context.Context, cfg aws.Config, roleARN, group string) (bool, error) {
	r := &roleReader{awsread.New(ctx, cfg), iam.NewFromConfig(cfg)}
	found, _, err := r.trusting(ctx, roleARN)
	if err == nil {
		err = r.Err()
	}
	where := place{account: placeOf(roleARN).account, region: cfg.Region}
	return found != nil && found.trustsScheduler(where, group), err
}

// trustsScheduler reports whether EventBridge Scheduler may take on the role for the schedules of a group.
func (r *role) trustsScheduler(where place, group string) bool {
	return r.canBeAssumed("scheduler.amazonaws.com", fmt.Sprintf("arn:%s:scheduler:%s:%s:schedule-group/%s",
		partitionOf(r.arn), where.region, where.account, group))
}

func (r *roleReader) inline(found *role) {
	pages := iam.NewListRolePoliciesPaginator(r.client, &iam.ListRolePoliciesInput{RoleName: &found.name})
	names := awsread.All(r.Reader, "the policies of the role "+found.name, pages,
		func(out *iam.ListRolePoliciesOutput) []string { return out.PolicyNames })
	for _, name := range names {
		out := awsread.Call(r.Reader, "the policy "+name, r.client.GetRolePolicy,
			&iam.GetRolePolicyInput{RoleName: &found.name, PolicyName: &name})
		found.policies.Policies = append(found.policies.Policies, r.parse(aws.ToString(out.PolicyDocument)))
	}
}

func (r *roleReader) attached(found *role) {
	in := &iam.ListAttachedRolePoliciesInput{RoleName: &found.name}
	policies := awsread.All(r.Reader, "the managed policies of the role "+found.name,
		iam.NewListAttachedRolePoliciesPaginator(r.client, in),
		func(out *iam.ListAttachedRolePoliciesOutput) []iamtypes.AttachedPolicy { return out.AttachedPolicies })
	for _, policy := range policies {
		found.policies.Policies = append(found.policies.Policies, r.managed(aws.ToString(policy.PolicyArn)))
	}
}

// managed reads the default version of a managed policy.
func (r *roleReader) managed(arn string) iampolicy.Policy {
	policy := awsread.Call(r.Reader, "the policy "+arn, r.client.GetPolicy, &iam.GetPolicyInput{PolicyArn: &arn})
	if policy.Policy == nil {
		return iampolicy.Policy{}
	}
	version := awsread.Call(r.Reader, "the policy "+arn, r.client.GetPolicyVersion, &iam.GetPolicyVersionInput{
		PolicyArn: &arn, VersionId: policy.Policy.DefaultVersionId,
	})
	if version.PolicyVersion == nil {
		return iampolicy.Policy{}
	}
	return r.parse(aws.ToString(version.PolicyVersion.Document))
}

// parse reads a document, which the API encodes as in a URL. Nothing is parsed after an error.
func (r *roleReader) parse(document string) iampolicy.Policy {
	if r.Err() != nil {
		return iampolicy.Policy{}
	}
	text, err := url.PathUnescape(document)
	if err != nil {
		text = document
	}
	policy, err := iampolicy.Parse(text)
	if err != nil {
		r.Fail("reading a policy: %w", err)
	}
	return policy
}

// canBeAssumed reports whether a service of AWS may take on the role for something with an ARN.
func (r *role) canBeAssumed(service, sourceARN string) bool {
	return r.trust.Decide(iampolicy.Request{
		Action: "sts:AssumeRole", Resource: r.arn, Principal: iampolicy.Principal{Service: service},
		Context: map[string][]string{"aws:SourceAccount": {placeOf(sourceARN).account}, "aws:SourceArn": {sourceARN}},
	}).Allowed
}

// denial returns AWS's words for why the role may not do something, "" if it may. Services are used over TLS only.
func (r *role) denial(action, resource string) string { return r.denialWith(action, resource, "", "") }

// denialWith is denial for a request with a condition key of its own.
func (r *role) denialWith(action, resource, key, value string) string {
	decision := r.policies.Decide(iampolicy.Request{
		Action: action, Resource: resource, Principal: iampolicy.Principal{ARN: r.arn},
		Context: map[string][]string{
			"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {r.region},
			"aws:CurrentTime":  {time.Now().UTC().Format(time.RFC3339)},
			"aws:PrincipalArn": {r.arn}, "aws:PrincipalAccount": {placeOf(r.arn).account},
			key: {value},
		},
	})
	if decision.Allowed {
		return ""
	}
	session := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s",
		partitionOf(r.arn), placeOf(r.arn).account, r.name, r.task)
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s",
		session, action, resource, decision.Reason)
}

// apiError is how the SDK in ECS's agents words an error of an AWS API. The id of the request is the task's.
func apiError(service, operation, task, message string) string {
	return fmt.Sprintf("operation error %s: %s, https response error StatusCode: 400, RequestID: %s, %s",
		service, operation, requestID(task), message)
}

// requestID is an id in the form of AWS's, which errors name for its support.
func requestID(task string) string {
	const digits = 32
	if len(task) != digits {
		return task
	}
	return strings.Join([]string{task[:8], task[8:12], task[12:16], task[16:20], task[20:]}, "-")
}
