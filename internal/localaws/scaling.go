package localaws

import (
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
	return map[string]patch{
		scalingTarget + "RegisterScalableTarget": {amend: func(request, response object) {
			arn, _ := response["ScalableTargetARN"].(string)
			t.add(arn, request["Tags"])
		}},
		scalingTarget + "DescribeScalingPolicies": {amend: onlyOfResource},
		scalingTarget + "TagResource": {answer: func(request object) object {
			arn, _ := request["ResourceARN"].(string)
			t.add(arn, request["Tags"])
			return object{}
		}},
		scalingTarget + "UntagResource": {answer: func(request object) object {
			arn, _ := request["ResourceARN"].(string)
			t.remove(arn, request["TagKeys"])
			return object{}
		}},
		scalingTarget + "ListTagsForResource": {answer: func(request object) object {
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
