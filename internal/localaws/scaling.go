package localaws

import (
	"fmt"
	"slices"
	"sync"
)

const scalingTarget = "AnyScaleFrontendService."

// tags remembers the tags of scalable targets, by ARN.
type tags struct {
	mutex sync.Mutex
	byARN map[string]map[string]any
}

// scalingPatches let scalable targets have tags. moto answers these actions with status 500, upon which Terraform tries
// again for many minutes.
func scalingPatches() map[string]patch {
	t := &tags{byARN: map[string]map[string]any{}}
	p := &policies{arns: map[string]any{}}
	return map[string]patch{
		scalingTarget + "RegisterScalableTarget": {rewriteResponse: func(request, response object) {
			arn, _ := response["ScalableTargetARN"].(string)
			t.add(arn, request["Tags"])
		}},
		scalingTarget + "DescribeScalingPolicies": {rewriteResponse: func(request, response object) {
			onlyOfResource(request, response)
			p.keepARNs(response)
		}},
		scalingTarget + "PutScalingPolicy":    {rewriteResponse: p.keepARN},
		scalingTarget + "DeleteScalingPolicy": {rewriteResponse: p.forget},
		scalingTarget + "TagResource": {respond: func(request object) object {
			arn, _ := request["ResourceARN"].(string)
			t.add(arn, request["Tags"])
			return object{}
		}},
		scalingTarget + "UntagResource": {respond: func(request object) object {
			arn, _ := request["ResourceARN"].(string)
			t.remove(arn, request["TagKeys"])
			return object{}
		}},
		scalingTarget + "ListTagsForResource": {respond: func(request object) object {
			arn, _ := request["ResourceARN"].(string)
			return object{"Tags": t.list(arn)}
		}},
	}
}

// onlyOfResource leaves the policies of the resource that is asked for: where their names are given too, moto looks at
// these only, and services may have policies of the same name.
func onlyOfResource(request, response object) {
	policies, _ := response["ScalingPolicies"].([]any)
	if request["ResourceId"] == nil {
		return
	}
	response["ScalingPolicies"] = slices.DeleteFunc(policies, func(item any) bool {
		policy, ok := item.(object)
		return ok && policy["ResourceId"] != request["ResourceId"]
	})
}

// policies remembers the ARNs of scaling policies: moto gives one another ARN whenever it changes, which its alarm
// would then miss.
type policies struct {
	mutex sync.Mutex
	arns  map[string]any // the first one, by what the policy is of and its name
}

func policyKey(policy object) string {
	return fmt.Sprint(policy["ResourceId"], " ", policy["ScalableDimension"], " ", policy["PolicyName"])
}

func (p *policies) keepARN(request, response object) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := policyKey(request)
	if known, ok := p.arns[key]; ok {
		response["PolicyARN"] = known
	} else {
		p.arns[key] = response["PolicyARN"]
	}
}

func (p *policies) keepARNs(response object) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	listed, _ := response["ScalingPolicies"].([]any)
	for _, item := range listed {
		if policy, ok := item.(object); ok && p.arns[policyKey(policy)] != nil {
			policy["PolicyARN"] = p.arns[policyKey(policy)]
		}
	}
}

func (p *policies) forget(request, _ object) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.arns, policyKey(request))
}

func (t *tags) add(arn string, added any) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.byARN[arn] == nil {
		t.byARN[arn] = object{}
	}
	pairs, _ := added.(object)
	for key, value := range pairs {
		t.byARN[arn][key] = value
	}
}

func (t *tags) remove(arn string, keys any) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	names, _ := keys.([]any)
	for _, name := range names {
		if key, ok := name.(string); ok {
			delete(t.byARN[arn], key)
		}
	}
}

// list returns a copy: the answer is written after the lock is released.
func (t *tags) list(arn string) object {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	listed := object{}
	for key, value := range t.byARN[arn] {
		listed[key] = value
	}
	return listed
}
