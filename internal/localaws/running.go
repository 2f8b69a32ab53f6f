package localaws

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"webapp/internal/localaws/live"
)

// StatusPath is the path at which the local AWS reports what runs. No service of AWS has such a path.
const StatusPath = "/local-aws/status"

// respondForRunning responds to requests about what only exists where things run: tasks and scaling activities. It
// returns nil for other requests.
func (p *proxy) respondForRunning(r *http.Request, body []byte) object {
	operation := r.Header.Get("X-Amz-Target")
	var request object
	if p.running == nil || operation == "" || json.Unmarshal(body, &request) != nil {
		return nil
	}
	switch operation {
	case ecsTarget + "ListTasks":
		return p.running.ListTasks(request)
	case ecsTarget + "DescribeTasks":
		return p.running.DescribeTasks(request)
	case ecsTarget + "RunTask":
		return p.runTask(r, request)
	case ecsTarget + "StopTask":
		return p.running.StopTask(request)
	case scalingTarget + "DescribeScalingActivities":
		_, region := signedBy(r)
		return p.running.ScalingActivities(p.account, region, request)
	}
	return nil
}

// changesBalancing are the actions after which load balancers may work differently.
var changesBalancing = []string{
	"CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup", "DeleteListener", "DeleteLoadBalancer",
	"DeleteRule", "DeleteTargetGroup", "ModifyListener", "ModifyLoadBalancerAttributes", "ModifyRule",
	"ModifyTargetGroup", "ModifyTargetGroupAttributes", "ModifyTrustStore", "SetRulePriorities",
	"SetSecurityGroups", "SetSubnets",
}

// balancingARN finds an ARN of load balancing, in XML or in an encoded form, up to the account.
var balancingARN = regexp.MustCompile(`arn(:|%3A)aws[a-z-]*(:|%3A)elasticloadbalancing(:|%3A)[a-z0-9-]+(:|%3A)\d{12}`)

// changesGroups are the actions after which security groups may let something else through.
var changesGroups = []string{
	"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules",
	"RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
}

// follow returns what happens to moto's response to an action on load balancers and security groups: the load balancers
// that run follow every change, and their names lead to this machine. It returns nil for other actions.
func (p *proxy) follow(r *http.Request, form url.Values) func([]byte) []byte {
	if p.running == nil {
		return nil
	}
	switch action := form.Get("Action"); {
	case slices.Contains(changesBalancing, action):
		return func(response []byte) []byte {
			// Who has assumed a role does not say of which account, but the ARNs do.
			if arn := balancingARN.FindString(form.Encode() + string(response)); arn != "" {
				// An error is that of a listener without a free port, which the status shows.
				_ = p.running.BalancingChanged(arn)
			}
			return localNames(response)
		}
	case slices.Contains(changesGroups, action):
		_, region := signedBy(r)
		return func(response []byte) []byte {
			p.running.NetworkChanged(region)
			return response
		}
	case action == "DescribeLoadBalancers":
		return localNames
	case action == "DescribeTargetHealth":
		return func([]byte) []byte { return p.running.TargetHealth(form.Get("TargetGroupArn")) }
	}
	return nil
}

// localNames gives load balancers names that curl and browsers resolve to this machine.
func localNames(response []byte) []byte {
	return bytes.ReplaceAll(response, []byte(".elb.amazonaws.com"), []byte(live.LocalDomain))
}
