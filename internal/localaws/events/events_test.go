package events

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

var failed = Event{
	Source: "aws.ecs", DetailType: "ECS Deployment State Change", Resources: []string{"arn:service/shop/shop"},
	Detail: object{
		"eventName": "SERVICE_DEPLOYMENT_FAILED", "reason": "tasks failed to start.", "tries": 3,
		"containers": []any{object{"name": "job", "exitCode": 0}, object{"name": "agent", "exitCode": 143},
			object{"name": "x"}},
	},
}

func TestPatterns(t *testing.T) {
	document, err := failed.document()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{}`:                      true,
		`{"source": ["aws.ecs"]}`: true,
		`{"source": ["aws.ec2"]}`: false,
		`{"source": ["aws.ec2", "aws.ecs"], "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}}`: true,
		`{"source": ["aws.ecs"], "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]}}`:         false,
		`{"resources": [{"prefix": "arn:service/shop/"}]}`:                                           true,
		`{"resources": [{"prefix": "arn:service/other/"}]}`:                                          false,
		`{"resources": ["arn:service/shop/shop"]}`:                                                   true,
		`{"detail": {"reason": [{"suffix": "start."}], "tries": [3]}}`:                               true,
		`{"detail": {"reason": [{"equals-ignore-case": "TASKS failed to start."}]}}`:                 true,
		`{"detail": {"eventName": [{"anything-but": ["SERVICE_DEPLOYMENT_FAILED"]}]}}`:               false,
		`{"detail": {"eventName": [{"anything-but": {"prefix": "SERVICE_TASK"}}]}}`:                  true,
		`{"detail": {"missing": [{"exists": false}], "reason": [{"exists": true}]}}`:                 true,
		`{"detail": {"missing": [null]}}`:                                                            false,
		`{"detail": {"$or": [{"eventName": ["OTHER"]}, {"tries": [3]}]}}`:                            true,
		`{"detail": {"$or": [{"eventName": ["OTHER"]}, {"tries": [4]}]}}`:                            false,
		`{"detail": {"tries": [4], "$or": [{"tries": [3]}]}}`:                                        false,
		`{"detail": {"containers": {"name": ["agent"], "exitCode": [{"anything-but": [0]}]}}}`:       true,
		`{"detail": {"containers": {"name": ["job"], "exitCode": [{"anything-but": [0]}]}}}`:         false,
		`{"detail": {"containers": {"name": ["x"], "exitCode": [{"anything-but": [0]}]}}}`:           false,
		`{"other": {"nested": ["x"]}}`:                                                               false,
	} {
		pattern := object{}
		if err := json.Unmarshal([]byte(text), &pattern); err != nil {
			t.Fatal(err)
		}
		if got := matches(pattern, document); got != want {
			t.Errorf("%s matches: %v, want %v", text, got, want)
		}
	}
}

func TestInputs(t *testing.T) {
	document, err := failed.document()
	if err != nil {
		t.Fatal(err)
	}
	for want, target := range map[string]types.Target{
		`"arn:service/shop/shop failed after 3: tasks failed to start. "`: {InputTransformer: &types.InputTransformer{
			InputTemplate: aws.String(`"<service> failed after <tries>: <reason> <nothing>"`),
			InputPathsMap: map[string]string{
				"service": "$.resources[0]", "reason": "$.detail.reason", "tries": "$.detail.tries", "nothing": "$.resources[7]",
			},
		}},
		"constant":                    {Input: aws.String("constant")},
		"ECS Deployment State Change": {InputPath: aws.String("$.detail-type")},
	} {
		if got := input(target, document); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
